"""Backward passes of large elementwise operations, in runs on several threads: the gradients of one thread."""

from __future__ import annotations

import functools
import tracemalloc
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd as torch
import nn  # noqa: F401 - registers its primitives
from autograd.base import parts
from autograd.core import large
from autograd.core.primitive import registry
from autograd.testing import domains
from autograd.testing.engine.draw import Draw
from autograd.testing.strategies import draws
from tests.tools.shares import share

ELEMENTWISE = sorted(name for name, made in registry.items() if made.elementwise is not None and not made.defined_in)


@pytest.fixture(autouse=True, scope="module")
def _small_is_large() -> Iterator[None]:
    """Forwards and runs from 7 numbers of float32 on, in stretches of at most 5, on three threads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("autograd.core.backward.LARGE", 28)
        patch.setattr("autograd.core.large.LARGE", 28)
        patch.setattr("autograd.core.operation.LARGE", 28)
        patch.setattr("autograd.base.parts._seconds_per_element", lambda *_: np.inf)
        patch.setattr("autograd.core.large._WORTH", 1)
        patch.setattr("autograd.base.parts.STRETCH", 20)
        before = torch.get_num_threads()
        torch.set_num_threads(3)
        yield
        torch.set_num_threads(before)


def in_parts_and_whole(run: Callable[[], object]) -> tuple[object, object]:
    """What a function returns with three threads, and with one."""
    in_parts = run()
    torch.set_num_threads(1)
    try:
        return in_parts, run()
    finally:
        torch.set_num_threads(3)


def gradients(function: Callable[..., torch.Tensor], *inputs: np.ndarray) -> list[np.ndarray]:
    """The gradients of the inputs, and what the function returned."""
    xs = [torch.tensor(x, requires_grad=True) for x in inputs]
    out = function(*xs)
    out.backward(torch.tensor(np.cos(np.arange(out.numel())).reshape(out.shape).astype(inputs[0].dtype)))
    return [*(x.grad.numpy() for x in xs if x.grad is not None), out.detach().numpy()]


@pytest.mark.parametrize("name", ELEMENTWISE)
@share(1 / 8)
@given(draw=draws())
def test_every_elementwise_primitive_and_its_rules_give_the_same_in_parts(name: str, draw: Draw) -> None:
    sample = domains[name].sample(draw)
    inputs = [np.resize(x.real.ravel(), 23) for x in np.broadcast_arrays(*sample.inputs)]
    without_gradient = len(registry[name].parameters) - len(inputs)  # the first arguments of some
    for dtype in (np.float32, np.float64):
        constants = [torch.full((23,), 1.5).to(dtype)] * without_gradient
        function = functools.partial(registry[name].function, *constants)
        xs = [x.astype(dtype) for x in inputs]
        in_parts, whole = in_parts_and_whole(functools.partial(gradients, function, *xs))
        np.testing.assert_array_equal(in_parts, whole, strict=True)


PROGRAMS = {
    "a product with itself": lambda x, y: x * x,
    "a sum with itself": lambda x, y: x + x,
    "a value used by a chain": lambda x, y: ((x * y + 0.5) * y - x) / (y * y + 1),
    "the cotangent itself": lambda x, y: (x + y) + (x - y),
    "operations that are not cut": lambda x, y: (x * y).T.exp().T * x.sum() + y[:1] * x,
    "a number on the left": lambda x, y: 2.0 / (3.0 + x * x) - y,
    "two shapes in turn": lambda x, y: [(part := y[:3]), sum(v.sum() for v in [x.sin(), part.cos()])][1],
    "a constant factor": lambda x, y: x * torch.ones(4, 6, dtype=x.dtype) * 3 + y,
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_cotangents_are_added_up_as_on_one_thread(program: Callable[..., torch.Tensor]) -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 4, 6))
    for layout in (x, np.asfortranarray(x)):
        in_parts, whole = in_parts_and_whole(functools.partial(gradients, program, layout, y))
        for one, other in zip(in_parts, whole, strict=True):  # type: ignore[call-overload]  # two lists
            np.testing.assert_array_equal(one, other, strict=True)


@pytest.fixture
def runs(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """The names of the operations of each run that has ended."""
    ended: list[list[str]] = []
    end = large.Run.end

    def noted(run: large.Run, *rest: Any) -> None:
        ended.append([node.primitive.name for node, *_ in run.steps])
        end(run, *rest)

    monkeypatch.setattr(large.Run, "end", noted)
    monkeypatch.setattr("autograd.core.backward.observed", {})  # a hook that another test left ends runs at leaves
    return ended


def test_elementwise_nodes_that_follow_each_other_are_one_run(runs: list[list[str]]) -> None:
    gradients(lambda x: (x.exp() * x).sin(), np.ones((4, 6)))
    assert runs == [["sin", "mul", "exp"]]
    runs.clear()
    gradients(lambda x: (x.exp() * x).reshape(24).sin().cos(), np.ones((4, 6)))
    assert runs == [["cos", "sin"], ["mul", "exp"]], "a run has one shape"
    runs.clear()
    gradients(lambda x: (x * 2).T.sin(), np.ones((4, 6)))
    assert runs == [], "the arguments are not contiguous, and neither is a cotangent that is transposed"


def test_a_run_ends_where_it_computes_the_gradients_of_two_leaves(runs: list[list[str]]) -> None:
    gradients(lambda x, *ws: functools.reduce(torch.mul, ws, x.exp()), *np.ones((5, 24)))
    assert runs == [["mul", "mul"], ["mul", "mul"], ["exp"]]
    runs.clear()
    gradients(lambda x, w: x * w * w * w * w, *np.ones((2, 24)))
    assert runs == [["mul"] * 4]


OPERATIONS: dict[str, Callable[[torch.Tensor, torch.Tensor], torch.Tensor]] = {
    "add": lambda x, y: x + y,
    "sub": lambda x, y: x - y,
    "mul": lambda x, y: x * y,
    "maximum": torch.maximum,
    "tanh": lambda x, _: x.tanh(),
    "sin": lambda x, _: x.sin(),
    "affine": lambda x, _: 0.5 * x - 0.25,
    "sigmoid": lambda x, _: x.sigmoid(),
    "double": lambda x, _: x.double(),
    "broadcast": lambda x, y: x * y[:1],
    "transposed": lambda x, _: (x.reshape(4, 6).T * 2).T.reshape(24),
    "whole": lambda x, y: x + y.sum() / 24,
    "detached": lambda x, _: x.detach(),
}
#: What to do in turn with a list of values: an operation, or a mark, and the places of its operands from the end.
STEPS = st.lists(
    st.tuples(st.sampled_from([*OPERATIONS] * 2 + ["hook", "keep", "leaf"]), *[st.integers(1, 8)] * 2),
    min_size=3,
)


@share(5)
@given(steps=STEPS, wanted=st.integers(0, 8), keep=st.booleans(), worth=st.sampled_from([1, 50_000, 2**60]))
def test_any_graph_gives_the_same_gradients_and_calls_the_same_hooks(
    steps: list[tuple[str, int, int]], wanted: int, keep: bool, worth: int
) -> None:
    def run() -> list[Any]:
        seen: list[Any] = []  # what each hook is called with, in order

        def hook(g: torch.Tensor, place: int, factor: float | None = None) -> torch.Tensor | None:
            seen.append((place, bits(g)))
            return None if factor is None else g * factor

        values = [torch.linspace(-1, 1, 24, requires_grad=True), torch.linspace(0, 1, 24, requires_grad=True)]
        for kind, i, j in steps:
            x, y = values[-min(i, len(values))], values[-min(j, len(values))]
            if kind == "leaf":
                values.append(torch.linspace(0.5, -0.5, 24, requires_grad=True))
            elif kind in OPERATIONS:
                values.append(OPERATIONS[kind](x, y))
            elif x.requires_grad and kind == "hook":
                x.register_hook(functools.partial(hook, place=i, factor=None if j < 4 else 0.5))
            elif x.requires_grad and x.is_leaf:
                x.register_post_accumulate_grad_hook(lambda x, i=i: hook(x.grad, place=-i))
            elif x.requires_grad:
                x.retain_grad()
        out = functools.reduce(torch.add, values[2:], values[0] * values[1])
        g = torch.linspace(0, 1, 24).to(out.dtype)
        if wanted:
            sources = [value for value in values if value.requires_grad][-wanted:]
            seen += map(bits, torch.autograd.grad(out, sources, g, retain_graph=True, allow_unused=True))
        for _ in range(1 + keep):
            out.backward(g, retain_graph=keep)
        return [*seen, *[bits(value.grad) for value in values if value.is_leaf or value.retains_grad]]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(large, "_WORTH", worth)  # from few rules on, from five, or never
        in_parts, whole = in_parts_and_whole(run)
    assert in_parts == whole


def bits(g: torch.Tensor | None) -> tuple[str, bytes] | None:
    return None if g is None else (g.numpy().dtype.str, g.numpy().tobytes())


CHAINS = {  # and how many more arrays than the walk alone their runs may take: mostly fewer
    "one weight": (lambda x, ws: functools.reduce(lambda x, _: x * ws[0] + 0.5, ws, x), -1),
    "one term in several runs": (lambda x, ws: functools.reduce(lambda x, _: (x - ws[0])[:], ws, x), -1.5),
    "functions": (lambda x, ws: functools.reduce(lambda x, _: x.tanh().sin(), ws, x), -1),
    "a weight for each product": (lambda x, ws: functools.reduce(torch.mul, ws, x), 1.5),
}


@pytest.mark.parametrize(("program", "more"), CHAINS.values(), ids=CHAINS.keys())
def test_a_long_chain_takes_no_more_memory_in_runs(
    program: Callable[..., torch.Tensor], more: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(parts, "STRETCH", 2**10)

    def peak() -> int:
        tracemalloc.start()
        x, *ws = (torch.ones(2**15, requires_grad=True) for _ in range(11))
        out, g = program(x, ws), torch.ones(2**15)
        before = tracemalloc.get_traced_memory()[0]
        out.backward(g)
        most = tracemalloc.get_traced_memory()[1] - before
        tracemalloc.stop()
        return most

    in_runs, whole = in_parts_and_whole(peak)
    assert in_runs < whole + more * 4 * 2**15


def test_saved_values_are_checked_and_freed_as_without_runs() -> None:
    x = torch.linspace(0, 1, 24, requires_grad=True)
    y = (x + 0.0).tanh()
    z = y.sin() * 2
    z.backward(torch.ones(24))
    with pytest.raises(RuntimeError, match="backward through the graph a second time"):
        y.backward(torch.ones(24))
    y = x.tanh()
    z = y.sin() * 2
    y.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.backward(torch.ones(24))
    assert x.grad is not None
    before = x.grad.clone()
    with torch.autograd.set_detect_anomaly(True), pytest.raises(RuntimeError, match="SqrtBackward0"):
        ((x * 0).sqrt() * 2).sin().backward(torch.zeros(24))
    assert torch.equal(x.grad, before)


def test_neither_the_cotangent_nor_what_the_user_holds_is_written_to() -> None:
    x = torch.linspace(0, 1, 24, requires_grad=True)
    cotangent = torch.ones(24)
    y = x + 0.0
    y.retain_grad()
    z = y * y + y + y * 3
    z.backward(cotangent)
    assert (cotangent == 1).all()
    kept = y.grad.clone()
    (x * x).backward(cotangent)
    assert torch.equal(y.grad, kept)
    assert torch.allclose(y.grad, 2 * y.detach() + 4)


def test_an_error_in_a_part_is_raised_by_backward() -> None:
    x = torch.linspace(0, 1, 24, requires_grad=True)
    y = x.sqrt()
    with np.errstate(divide="raise"), pytest.raises(RuntimeError, match="divide by zero"):
        y.backward(torch.ones(24))


def test_second_derivatives_are_recorded_whole() -> None:
    x = torch.linspace(1, 2, 24, requires_grad=True, dtype=torch.float64)
    (g,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    (second,) = torch.autograd.grad(g.sum(), x)
    assert torch.allclose(second, 6 * x)


def test_parts_cover_every_element_once() -> None:
    for size in (1, 2, 3, 7, 24):
        covered = [i for part in parts.parts(size) for i in range(size)[part]]
        assert covered == list(range(size))
