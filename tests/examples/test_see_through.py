"""examples/see_through.py draws the pictures of the README of teaching, and prints the explanation in it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


def test_it_draws_the_pictures_and_prints_the_explanation_in_the_readme(tmp_path):
    pytest.importorskip("matplotlib")
    command = [sys.executable, str(ROOT / "examples" / "see_through.py"), "--out", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    readme = (ROOT / "autograd" / "teaching" / "README.md").read_text(encoding="utf-8")
    explanation = readme.partition("```text\nBackward:")[2].partition("```")[0]
    assert explanation and explanation in ran.stdout
    for name in ("graph.svg", "lenet.svg", "vanishing.png"):
        assert (tmp_path / name).stat().st_size > 1000
        assert f"examples/pictures/{name}" in readme and (ROOT / "examples" / "pictures" / name).is_file()
