"""progress: a bar on a terminal, and nothing elsewhere."""

from __future__ import annotations

import io
import sys
from types import ModuleType, SimpleNamespace

import autograd
from autograd.teaching import progress, walk
from autograd.teaching.progress import if_long


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_there_is_no_progress_bar_in_a_pipe():
    pipe = io.StringIO()
    assert list(progress(range(3), "epochs", file=pipe)) == [0, 1, 2]
    assert pipe.getvalue() == ""


def test_a_progress_bar_on_a_terminal_ends_full():
    terminal = Terminal()
    assert list(progress([1, 2], "epochs", file=terminal)) == [1, 2]
    first, *_, last = terminal.getvalue().split("\r")[1:]
    assert first.startswith("epochs ....") and last.startswith("epochs " + "#" * 30 + " 2/2  0:00")
    assert last.endswith("\n") and terminal.getvalue().count("\n") == 1


def test_a_bar_of_unknown_length_counts_and_an_interrupted_loop_ends_the_line():
    terminal = Terminal()
    for item in progress(iter("abc"), file=terminal):
        if item == "b":
            break
    assert terminal.getvalue().endswith("1 in 0:00\n")


def test_a_notebook_shows_a_bar_below_the_cell(monkeypatch):
    shown = []

    class Handle:
        def update(self, data, raw):
            shown.append(data)

    def display(data, raw, display_id):
        shown.append(data)
        return Handle()

    ipython, displaying = ModuleType("IPython"), ModuleType("IPython.display")
    ipython.get_ipython, displaying.display = lambda: SimpleNamespace(kernel=1), display
    monkeypatch.setitem(sys.modules, "IPython", ipython)
    monkeypatch.setitem(sys.modules, "IPython.display", displaying)
    assert list(progress("ab", "<epochs>")) == ["a", "b"]
    assert '<progress value="2" max="2" aria-label="&lt;epochs&gt;"></progress>' in shown[-1]["text/html"]
    assert "&lt;epochs&gt;  2/2  0:00" in shown[-1]["text/html"] and "##" in shown[-1]["text/plain"]
    assert list(progress(iter("ab"))) == ["a", "b"] and "2 in 0:00" in shown[-1]["text/html"]
    pipe = io.StringIO()
    before = len(shown)
    assert list(progress("ab", file=pipe)) == ["a", "b"] and len(shown) == before
    ipython.get_ipython = lambda: SimpleNamespace()  # IPython on a terminal
    assert list(progress("ab")) == ["a", "b"] and len(shown) == before


def test_only_a_long_graph_has_a_progress_bar(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    x = autograd.ones(1, requires_grad=True)
    walk(x * 2)
    assert terminal.getvalue() == ""
    assert list(if_long(range(50_000), "graph", 50_000))[-1] == 49_999
    assert "graph ##" in terminal.getvalue() and "50000/50000" in terminal.getvalue()
