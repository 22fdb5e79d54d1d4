"""The program that draws the README's pictures runs, and the README tells what it prints."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parents[2]


def test_it_draws_the_readmes_pictures_and_prints_what_the_readme_says(tmp_path):
    pytest.importorskip("matplotlib")
    command = [sys.executable, str(HERE / "examples" / "see_through.py"), "--out", str(tmp_path)]
    ran = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True)
    readme = (HERE / "README.md").read_text(encoding="utf-8")
    told = readme.partition("```text\nBackward:")[2].partition("```")[0]
    assert told and told in ran.stdout
    for name in ("graph.svg", "lenet.svg", "vanishing.png"):
        assert (tmp_path / name).stat().st_size > 1000
        assert f"examples/pictures/{name}" in readme and (HERE / "examples" / "pictures" / name).is_file()
