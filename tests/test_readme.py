"""The programs of the READMEs run and print what is said beside them, and every link leads somewhere."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in [ROOT / "README.md", *(ROOT / "autograd").rglob("*.md"), *(ROOT / "nn").rglob("*.md")]
}
BLOCK = re.compile(r"^```python\n(.*?)^```", re.DOTALL | re.MULTILINE)
BLOCKS = [(page, block) for page, text in PAGES.items() for block in BLOCK.findall(text)]
PROGRAMS = [(page, block) for page, block in BLOCKS if "print(" in block]
#: What a line prints, in the comment behind it.
PRINTED = re.compile(r"^print\(.*\)  # (.*)$", re.MULTILINE)


@pytest.mark.parametrize(("page", "program"), PROGRAMS, ids=lambda value: value.splitlines()[-1][:40])
def test_a_program_runs_and_prints_what_the_page_says(page, program, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    exec(compile(program, page, "exec"), {"__name__": "__main__"})
    printed = capsys.readouterr().out
    for line in PRINTED.findall(program):
        assert line in printed.splitlines()
    if not PRINTED.search(program):  # then the next block of text is a part of what it prints
        after = PAGES[page].partition(program)[2]
        shown = re.search(r"^```text\n(.*?)^```", after, re.DOTALL | re.MULTILINE)[1]
        assert shown in printed


@pytest.mark.parametrize(("page", "program"), [(page, block) for page, block in BLOCKS if "\ndef test_" in block])
def test_a_test_of_a_page_passes(page, program, request):
    names = {}
    exec(compile(program, page, "exec"), names)
    for test in (value for name, value in names.items() if name.startswith("test_")):
        test(*map(request.getfixturevalue, inspect.signature(test).parameters))


def test_no_line_of_a_page_is_too_long():
    lines = [(page, line) for page, text in PAGES.items() for line in text.splitlines() if len(line) > 120]
    assert not [line for page, line in lines if line[0] not in "|!" and "OPERATIONS" not in page]


@pytest.mark.parametrize("page", PAGES)
def test_every_block_of_python_compiles(page):
    for block in BLOCK.findall(PAGES[page]):
        compile(block, page, "exec")


def test_there_are_programs_to_run():
    assert len(PROGRAMS) >= 4


@pytest.mark.parametrize("page", PAGES)
def test_every_link_and_path_of_a_page_exists(page):
    text = PAGES[page]
    links = re.findall(r"\]\(([^)#]+)\)|src=\"([^\"]+)\"", text)
    from_here = {path for pair in links for path in pair if path and "://" not in path}
    from_the_top = set(re.findall(r"`((?:autograd|nn|examples|tests)/[\w/.]+)`", text))
    here = (ROOT / page).parent
    missing = [p for p in from_here if not (here / p).exists()] + [p for p in from_the_top if not (ROOT / p).exists()]
    assert not missing


def test_the_front_page_is_short():
    assert PAGES["README.md"].count("\n") <= 185
