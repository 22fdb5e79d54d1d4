"""progress: a bar on a terminal, and nothing elsewhere."""

from __future__ import annotations

import io
import sys

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


def test_only_a_long_graph_has_a_progress_bar(monkeypatch):
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    x = autograd.ones(1, requires_grad=True)
    walk(x * 2)
    assert terminal.getvalue() == ""
    assert list(if_long(range(50_000), "graph", 50_000))[-1] == 49_999
    assert "graph ##" in terminal.getvalue() and "50000/50000" in terminal.getvalue()
