"""Libraries that were written for PyTorch run without a change, and answer what they answer with PyTorch."""

from __future__ import annotations

import pytest

from tests.tools.libraries import differences, installed_version, pinned_version, programs, recorded, run


@pytest.mark.parametrize("name", programs())
def test_a_library_answers_what_it_answers_with_pytorch(name: str) -> None:
    version = pinned_version(name)
    if installed_version(name) != version:
        pytest.skip(f"needs {name} {version}: pip install --no-deps -r tests/libraries/requirements.txt")
    assert differences(run(name, "-m", "autograd.as_torch"), recorded()[name]) == []


def test_every_program_has_recorded_answers() -> None:
    assert list(recorded()) == programs()
