"""The work of a graph grows with its number of nodes, not with its paths: counted in function calls, not in time."""

from __future__ import annotations

import sys
from collections.abc import Callable

import pytest

import autograd
from autograd import tensor
from autograd.core.graph import all_nodes
from autograd.tape import GradientTape


def fan_out(x, n):
    total = x
    for _ in range(n):
        total = total + x * 0.5
    return total


def tree(x, n):
    level = [x * 1.0 for _ in range(n)]
    while len(level) > 1:
        level = [a + b for a, b in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def ladder(x, n):
    a, b = x * 1.0, x * 2.0
    for _ in range(n):
        a, b = (a + b) * 0.5, (a - b) * 0.5
    return a + b


def diamonds(x, n):
    for _ in range(n):
        x = x * 0.5 + x * 0.5
    return x


SHAPES = {"fan-out": fan_out, "tree": tree, "ladder": ladder, "diamonds": diamonds}


def backward(x, out):
    out.backward()


def backward_with_hooks(x, out):
    with x.register_hook(lambda g: g):
        out.backward()


def gradient(x, out):
    autograd.grad(out, x)


def gradient_with_graph(x, out):
    autograd.grad(out, x, create_graph=True)


def walk(x, out):
    all_nodes([out.node])


USES = [backward, backward_with_hooks, gradient, gradient_with_graph, walk]


def calls(work: Callable[[], object]) -> int:
    """How many functions are called, of Python and of C."""
    count = 0

    def event(frame: object, kind: str, _: object) -> None:
        nonlocal count
        count += kind in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(event)
    try:
        work()
    finally:
        sys.setprofile(before)
    return count


def assert_linear(count: Callable[[int], int], factor: float = 1) -> None:
    """8 times the size takes about 8 times the calls; `factor` times as many where something is searched."""
    small, large = count(128), count(1024)
    assert 7 * small <= large + 8 * 200
    assert large <= 8 * factor * small


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_building_a_graph_takes_linear_work(shape):
    assert_linear(lambda n: calls(lambda: shape(tensor(0.9, requires_grad=True), n)))


@pytest.mark.parametrize("use", USES)
@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_walking_back_takes_linear_work(shape, use):
    def count(n):
        x = tensor(0.9, requires_grad=True)
        out = shape(x, n)
        return calls(lambda: use(x, out))

    assert_linear(count)


@pytest.mark.parametrize("shape", SHAPES.values(), ids=SHAPES)
def test_a_tape_takes_linear_work(shape):
    def count(n):
        x = tensor(0.9)
        with GradientTape() as tape:
            tape.watch(x)
            out = shape(x, n)
        return calls(lambda: tape.gradient(out, x))

    assert_linear(count)


def test_a_tape_that_pauses_often_takes_linear_work():
    def count(n):
        x = tensor(0.9)
        with GradientTape() as tape:
            tape.watch(x)
            out = x
            for _ in range(n):
                with tape.stop_recording():
                    pass
                out = out * 0.5
        return calls(lambda: tape.gradient(out, x))

    assert_linear(count, factor=1.5)


def test_writes_in_place_take_linear_work():
    def count(n):
        x = tensor([0.9, 0.8], requires_grad=True)
        y = x * 1

        def work():
            for _ in range(n):
                y.mul_(0.5)
                y[0] = y[1] * 2
            y.sum().backward()

        return calls(work)

    assert_linear(count)


def test_a_ladder_of_two_to_the_sixty_paths_has_the_right_gradient():
    x = tensor(0.9, dtype=autograd.float64, requires_grad=True)
    a = b = x * 1.0
    for _ in range(60):
        a, b = a + b, b + a
    (a * 2.0**-60).backward()
    assert x.grad.item() == 1.0
