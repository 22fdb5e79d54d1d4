"""A KeyboardInterrupt at any line of the engine leaves tensors and tapes as they were before or as they are after."""

from __future__ import annotations

import linecache
import sys
import threading
from pathlib import Path

import pytest

import autograd
from autograd import tensor
from autograd.tape import GradientTape

PACKAGE = str(Path(autograd.__file__).parent)


class Interrupts:
    """Calls a function again and again, interrupted at each of its lines inside the package in turn."""

    def __init__(self, function):
        self.function = function

    def __iter__(self):
        """The number of the line at which the call was interrupted, after each interrupted call."""
        at = 0
        while self._interrupted(at):
            yield at
            at += 1

    def _interrupted(self, at):
        passed = 0

        def trace(frame, event, _):
            nonlocal passed
            if not frame.f_code.co_filename.startswith(PACKAGE):
                return None
            if event == "line" and not _begins_or_ends_a_block(frame):
                passed += 1
                if passed == at + 1:
                    sys.settrace(None)
                    raise KeyboardInterrupt
            return trace

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            self.function()
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(before)
        return False


def _begins_or_ends_a_block(frame):
    """Whether a `with` is entered or left: Python handles no signal between a C lock and its block; a trace would."""
    return linecache.getline(frame.f_code.co_filename, frame.f_lineno).lstrip().startswith("with ")


WRITES = {
    "y[0] = 5": lambda y: y.__setitem__(0, 5.0),
    "y[:2] = y[1:3]": lambda y: y.__setitem__(slice(0, 2), y[1:3]),
    "y *= 3": lambda y: y.mul_(3.0),
    "y += y": lambda y: y.add_(y),
    "y.exp_()": lambda y: y.exp_(),
    "y.fill_(2)": lambda y: y.fill_(2.0),
}


@pytest.mark.parametrize("part", [lambda b: b, lambda b: b[:3]], ids=["whole", "view"])
@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_an_interrupted_write_is_in_the_memory_and_in_the_graph_or_in_neither(write, part):
    made = {}

    def make():
        x = tensor([0.1, 0.2, 0.3, 0.4], requires_grad=True)
        base = x * 2
        made["x"], made["base"], made["part"] = x, base, part(base)

    def outcome():
        (made["base"] * tensor([1.0, 2.0, 3.0, 4.0])).sum().backward()
        return made["base"].tolist(), made["x"].grad.tolist()

    make()
    before = outcome()
    make()
    write(made["part"])
    after = outcome()
    found = []
    make()
    for _ in Interrupts(lambda: write(made["part"])):
        found.append(outcome())
        make()
    assert before != after and len(found) > 10
    assert all(one in (before, after) for one in found)
    assert after in found  # the interrupt between the write and the graph


def test_a_write_that_was_interrupted_is_counted_if_it_was_made():
    made = {}

    def make():
        made["y"] = tensor([0.5], requires_grad=True).exp()

    make()
    value = made["y"].item()
    for _ in Interrupts(lambda: made["y"].detach().mul_(2)):
        if made["y"].item() != value:
            with pytest.raises(RuntimeError, match="modified by an inplace operation"):
                made["y"].backward()
        make()


def test_a_tape_that_was_interrupted_in_watch_can_watch_again_and_takes_its_leaf_back():
    made = {}

    def make():
        made["x"], made["tape"] = tensor([1.0, 2.0]), GradientTape()
        made["tape"].__enter__()

    make()
    count = 0
    for _ in Interrupts(lambda: made["tape"].watch(made["x"])):
        x, tape = made["x"], made["tape"]
        if count % 2:
            tape.watch(x)
            y = x * x
        tape.__exit__(None, None, None)
        assert not x.requires_grad
        if count % 2:
            assert tape.gradient(y, x).tolist() == [2, 4]
        count += 1
        make()
    made["tape"].__exit__(None, None, None)
    assert count > 10


def test_interrupts_leave_no_lock_held():
    found = []
    thread = threading.Thread(target=lambda: found.append(autograd.zeros(1).add_(1).item()), daemon=True)
    thread.start()
    thread.join(timeout=10)
    assert found == [1]
