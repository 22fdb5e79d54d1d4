"""Call sites: how a line of the user's program is shown, in a file, in a notebook, and without a source."""

from __future__ import annotations

import linecache
import sys
from types import ModuleType, SimpleNamespace

import pytest

from autograd import tensor
from autograd.teaching import remember, walk

PROGRAM = """
def double(x):
    return x * 2

y = double(x) + x.exp()
"""


def lines(path, text=PROGRAM):
    """The lines of the operations of a program that a file contains."""
    linecache.cache[path] = (len(text), None, text.splitlines(keepends=True), path)
    variables = {"x": tensor(1.0, requires_grad=True)}
    with remember():
        exec(compile(text, path, "exec"), variables)
    found = [entry.site for entry in walk(variables["y"], {}) if entry.site]
    del linecache.cache[path]
    return found


def test_a_line_of_a_file_has_its_path_number_and_function():
    shown = []
    linecache.cache["<here>"] = (0, None, [], "")
    text = PROGRAM
    for site in lines("<here>", text):
        shown.append(site.place)
    assert shown == ["<here>:3, in double", "<here>:5, in <module>", "<here>:5, in <module>"]


def test_without_a_source_the_place_is_shown_alone():
    site = lines("<gone>")[0]
    assert str(site) == "<gone>:3, in double" and site.underlined is None


def test_a_cell_of_a_notebook_is_named_by_its_number(monkeypatch):
    ipython = ModuleType("IPython")
    known = {"/tmp/ipykernel_77/123.py": ("Cell", "In[2]")}
    shell = SimpleNamespace(compile=SimpleNamespace(format_code_name=known.get))
    ipython.get_ipython = lambda: shell
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    first, second, _ = lines("/tmp/ipykernel_77/123.py")
    assert (first.place, second.place) == ("Cell In[2], line 3, in double", "Cell In[2], line 5")
    ipython.get_ipython = lambda: None
    assert first.place == "Cell In[?], line 3, in double"  # read outside of the notebook


@pytest.mark.parametrize(
    ("line", "marked"),
    [
        ("y = x.exp() + x", "x.exp()"),
        ("ü = 'äöü'; y = (x.exp()) * 2", "x.exp()"),
        ("y = x.exp()", None),
        ("y = (1 +\n   x.exp())", "x.exp()"),
        ("y = 1 + x.exp(\n)", "x.exp("),
    ],
)
def test_the_operation_is_underlined_if_the_line_has_others(line, marked):
    path = "<line>"
    linecache.cache[path] = (len(line), None, line.splitlines(keepends=True), path)
    variables = {"x": tensor(1.0, requires_grad=True)}
    with remember():
        exec(compile(line, path, "exec"), variables)
    site = next(entry.site for entry in walk(variables["y"], {}) if entry.primitive == "exp")
    if marked is None:
        assert site.underlined is None
    else:
        code, mark = site.underlined.split("\n")
        assert code[mark.index("^") : len(mark)] == marked
