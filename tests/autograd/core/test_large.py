"""Backward passes of large elementwise operations, in parts on several threads: the gradients of one thread."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator

import numpy as np
import pytest
from hypothesis import given

import autograd as torch
import nn  # noqa: F401 - registers its primitives
from autograd.base import threads
from autograd.core import large
from autograd.core.primitive import registry
from autograd.testing import domains
from autograd.testing.engine.draw import Draw
from autograd.testing.strategies import draws
from tests.tools.shares import share

ELEMENTWISE = sorted(name for name, made in registry.items() if made.elementwise is not None and not made.defined_in)


@pytest.fixture(autouse=True, scope="module")
def _small_is_large() -> Iterator[None]:
    """Parts from 7 elements on, each of at most 5, on three threads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("autograd.core.backward.LARGE", 7)
        patch.setattr("autograd.core.large._STRETCH", 5)
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
    xs = [torch.tensor(x, requires_grad=True) for x in inputs]
    out = function(*xs)
    out.backward(torch.tensor(np.cos(np.arange(out.numel())).reshape(out.shape).astype(inputs[0].dtype)))
    return [x.grad.numpy() for x in xs if x.grad is not None]


@pytest.mark.parametrize("name", ELEMENTWISE)
@share(1 / 8)
@given(draw=draws())
def test_the_rules_of_every_elementwise_primitive_give_the_same_in_parts(name: str, draw: Draw) -> None:
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
    "a constant factor": lambda x, y: x * torch.ones(4, 6, dtype=x.dtype) * 3 + y,
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS.keys())
def test_cotangents_are_added_up_as_on_one_thread(program: Callable[..., torch.Tensor]) -> None:
    x, y = np.random.default_rng(0).normal(size=(2, 4, 6))
    for layout in (x, np.asfortranarray(x)):
        in_parts, whole = in_parts_and_whole(functools.partial(gradients, program, layout, y))
        for one, other in zip(in_parts, whole, strict=True):  # type: ignore[call-overload]  # two lists
            np.testing.assert_array_equal(one, other, strict=True)


def test_parts_are_used(monkeypatch: pytest.MonkeyPatch) -> None:
    cut: list[str] = []
    pull_back = large.pull_back_in_parts
    monkeypatch.setattr(
        "autograd.core.backward.pull_back_in_parts",
        lambda node, *rest: (cut.append(node.primitive.name), pull_back(node, *rest))[1],
    )
    gradients(lambda x: (x.exp() * x).sin(), np.ones((4, 6)))
    assert cut == ["sin", "mul", "exp"]
    gradients(lambda x: (x * 2).T.sin(), np.ones((4, 6)))
    assert cut[3:] == [], "the arguments are not contiguous, and neither is a cotangent that is transposed"


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
        covered = [i for part in threads.parts(size) for i in range(size)[part]]
        assert covered == list(range(size))
