"""examples/course/site.py: the published lessons have their results, and open without a network."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_the_site_has_the_results_of_lessons_and_loads_nothing(tmp_path):
    pytest.importorskip("markdown2")
    command = [sys.executable, str(ROOT / "examples" / "course" / "site.py"), str(tmp_path), "02", "05"]
    ran = subprocess.run(
        command, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT), "PATH": ""}, check=False
    )
    assert ran.returncode == 0, ran.stderr
    pages = {path.name: path.read_text(encoding="utf-8") for path in tmp_path.glob("*.html")}
    assert set(pages) == {"index.html", "02_chain.html", "05_order.html"}
    for page in pages.values():
        assert re.findall(r'(?:src|href)="(?!data:|#)([^"]*:[^"]*)"', page) == []  # nothing from another place
        assert all((tmp_path / link).exists() for link in re.findall(r'<a href="([^"#]*)', page))
        assert "font-family" in page or "monospace" in page
    lesson = pages["05_order.html"]
    assert "<h1>5. A graph, walked backward in order</h1>" in lesson
    assert "The run says y, cube, square, x." in lesson  # printed
    assert "square = mul" in lesson and "<iframe srcdoc=" in lesson  # a picture, and a page to play with
    assert "<summary>A solution</summary>" in lesson and "<summary>The check</summary>" in lesson
