"""The README's programs run and print what it says, and what it points to is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)
PROGRAMS = [block for block in BLOCKS if "print(" in block]
#: What a line prints, as the README says behind it.
SAID = re.compile(r"^print\(.*\)  # (.*)$", re.MULTILINE)


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.splitlines()[-1][:30])
def test_a_program_runs_and_prints_what_it_says(program, capsys):
    exec(compile(program, "README.md", "exec"), {"__name__": "__main__"})
    printed = capsys.readouterr().out
    for said in SAID.findall(program):
        assert said in printed.splitlines()
    if not SAID.search(program):  # then the text below shows it, or a part of it
        after = README[README.index(program) :]
        shown = re.search(r"^```text\n(.*?)^```", after, re.DOTALL | re.MULTILINE)[1]
        assert shown in printed


def test_every_block_of_python_is_python():
    assert len(PROGRAMS) >= 4
    for block in BLOCKS:
        compile(block, "README.md", "exec")


def test_what_the_readme_points_to_is_there():
    links = re.findall(r"\]\(([^)#]+)\)|src=\"([^\"]+)\"", README)
    paths = [path for pair in links for path in pair if path and "://" not in path]
    named = re.findall(r"`((?:autograd|nn|examples)/[\w/.]+)`", README)
    assert paths and named
    missing = [path for path in {*paths, *named} if not (ROOT / path).exists()]
    assert not missing
