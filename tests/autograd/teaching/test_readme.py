"""The README of teaching lists the public functions and the files (tests/test_readme.py runs its programs)."""

from __future__ import annotations

import re
from pathlib import Path

from autograd import teaching

FOLDER = Path(teaching.__file__).parent
README = (FOLDER / "README.md").read_text(encoding="utf-8")


def test_every_public_function_is_in_the_table():
    table = README.partition("## Explain")[0]
    functions = {name for name in teaching.__all__ if name[0].islower()} - {"walk", "steps"}
    assert all(f"`{name}" in table for name in functions)


def test_the_reading_order_names_files():
    order = README.partition("## Reading order")[2]
    assert all((FOLDER / f"{name}.py").exists() for name in re.findall(r"`(\w+)`", order))
