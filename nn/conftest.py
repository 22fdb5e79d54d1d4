"""For pytest, not part of the wheel: the examples in the docstrings of a file run alone, as in `autograd`."""

from autograd.conftest import pytest_collect_file
