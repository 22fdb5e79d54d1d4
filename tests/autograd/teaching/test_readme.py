"""The README of teaching: its programs run and print what it shows, and its pictures and links exist."""

from __future__ import annotations

import re
from pathlib import Path

from autograd import teaching

FOLDER = Path(__file__).parents[3] / "autograd" / "teaching"
README = (FOLDER / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(python|text)\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


def test_the_programs_run_in_order_and_print_the_text_that_follows(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = {"__name__": "__main__"}
    printed = ""
    for kind, block in BLOCKS:
        if kind == "python":
            exec(compile(block, "README.md", "exec"), names)
            printed = capsys.readouterr().out
        else:
            assert block in printed
    assert {path.name for path in tmp_path.iterdir()} == {"model.svg", "loss.html"}


def test_the_files_it_links_and_names_exist():
    links = re.findall(r"(?:\]\(|src=\")([^)\"]+)", README)
    assert links and all((FOLDER / link).exists() for link in links)
    order = README.partition("## Reading order")[2]
    assert all((FOLDER / f"{name}.py").exists() for name in re.findall(r"`(\w+)`", order))


def test_every_public_function_is_in_the_table():
    table = README.partition("## Explain")[0]
    functions = {name for name in teaching.__all__ if name[0].islower()} - {"walk", "steps"}
    assert all(f"`{name}" in table for name in functions)
