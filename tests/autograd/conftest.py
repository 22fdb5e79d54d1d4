"""Fixtures: texts compared with recorded files, and a registry that is restored."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from autograd.core.primitive import registry


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compares a text with a file of the folder `golden` beside the test; `GOLDEN=write pytest FILE` rewrites them."""
    folder = request.path.with_name("golden")

    def check(name: str, text: str) -> None:
        if os.environ.get("GOLDEN") == "write":
            folder.mkdir(exist_ok=True)
            (folder / name).write_text(text, encoding="utf-8")
        recorded = (folder / name).read_text(encoding="utf-8")
        test = request.path.relative_to(request.config.rootpath)
        assert text == recorded, f"golden/{name} says otherwise; if the new text is right: GOLDEN=write pytest {test}"

    return check


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
