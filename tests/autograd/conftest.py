"""A fixture for the tests of `autograd.extend`."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograd.core.primitive import registry


@pytest.fixture
def restored_registry() -> Iterator[None]:
    """The test starts without the operations that other tests, doctests or pages define, and leaves none."""
    before = dict(registry)
    for name, made in before.items():
        if made.defined_in:
            del registry[name]
    yield
    registry.clear()
    registry.update(before)
