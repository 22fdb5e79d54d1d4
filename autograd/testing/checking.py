"""Comparing vector-Jacobian products with an oracle, at a random cotangent, to any order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..backprop import grad
from ..dtypes import Array
from ..primitive import array_of
from ..tensor import Tensor, wrap
from .domains import domains
from .drawing import Draw
from .oracles import complex_step, finite_difference

#: A function of arrays that returns one array or several, and of Tensors that returns Tensors.
Function = Callable[..., Any]

#: What the oracles' comparison allows, relative to the largest entry, at first order and beyond.
TOLERANCE = {"complex step": (1e-12, 1e-10), "differences": (1e-9, 1e-7)}


class Mismatch(AssertionError):
    """A gradient that the oracle contradicts."""


def check_primitive(name: str, draw: Draw | None = None, order: int = 2) -> None:
    """Check one primitive of the registry on a sample of its domain, up to the order given.

    Raises:
        KeyError: the primitive has no domain.
        Mismatch: a rule is wrong.

    >>> check_primitive("exp")
    """
    draw = Draw() if draw is None else draw
    domain = domains[name]
    sample = domain.sample(draw)
    oracle = "complex step" if domain.analytic else "differences"
    check_vjp(sample.call, sample.inputs, draw.rng, oracle, name=name, order=order)


def check_vjp(
    function: Function,
    inputs: Sequence[Array],
    rng: np.random.Generator | None = None,
    oracle: str = "differences",
    name: str = "function",
    order: int = 1,
) -> None:
    """Compare the gradient of every input with the oracle's, for a random cotangent.

    The second order is the first of another function: the one that takes inputs and cotangent to the gradients.

    Args:
        function: of Tensors and of arrays, which returns one value or a tuple.
        inputs: its arguments, floating-point or complex arrays.
        rng: where the cotangent comes from.
        oracle: "complex step" for analytic functions of real inputs, or "differences".
        name: what to call the function in messages.
        order: how many orders are checked.

    Raises:
        Mismatch: a gradient is wrong, not finite, or has another shape or dtype than its input.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    outs = _several(function(*inputs))
    cotangents = tuple(random_like(out, rng) for out in outs)
    got = gradients(function, inputs, cotangents)
    recorded = gradients(function, inputs, cotangents, create_graph=True)
    limit = TOLERANCE[oracle][0 if name.count("'") == 0 else 1]
    estimate = _by_complex_step if oracle == "complex step" else _by_differences
    for i, (x, g, again) in enumerate(zip(inputs, got, recorded, strict=True)):
        where = f"{name}: the gradient of input {i}"
        if np.shape(g) != np.shape(x) or np.asarray(g).dtype != np.asarray(x).dtype:
            raise Mismatch(
                f"{where} has shape {np.shape(g)} and dtype {g.dtype}, but the input has {np.shape(x)} and "
                f"{np.asarray(x).dtype}"
            )
        if not np.allclose(g, again, rtol=1e-14, atol=0, equal_nan=True):  # NumPy rounds by layout
            raise Mismatch(f"{where} is\n{g}\nbut with create_graph\n{again}")
        expected, error = estimate(function, inputs, cotangents, i)
        scale = max(1.0, float(np.max(np.abs(expected), initial=0)))
        wrong = np.abs(g - expected) > limit * scale + 4 * error
        if np.any(wrong | ~np.isfinite(g)):
            raise Mismatch(
                f"{where} is\n{g}\nbut by {oracle}\n{expected}\nfor inputs {inputs} and cotangents {cotangents}: "
                f"the largest difference is {np.max(np.abs(g - expected)):.3g}, the limit {limit * scale:.3g}"
            )
    if order > 1:
        holomorphic = oracle == "complex step"
        further = _gradient_of(function, len(inputs), holomorphic)
        check_vjp(further, (*inputs, *cotangents), rng, oracle, f"{name}'", order - 1)


def gradients(
    function: Function, inputs: Sequence[Any], cotangents: Sequence[Any], create_graph: bool = False
) -> tuple[Array, ...]:
    """The gradients by the engine, as arrays."""
    tensors = [wrap(x).requires_grad_() for x in inputs]
    found = _pulled(function, tensors, [wrap(g) for g in cotangents], create_graph)
    return tuple(np.asarray(g.array)[()] for g in found)


def random_like(x: Array, rng: np.random.Generator) -> Array:
    """Random numbers between 0.5 and 1.5 in size, of either sign, in the shape and type of `x`."""
    x = np.asarray(x)

    def part() -> Array:
        return rng.choice([-1.0, 1.0], x.shape) * rng.uniform(0.5, 1.5, x.shape)

    return np.asarray(part() + 1j * part() if x.dtype.kind == "c" else part()).astype(x.dtype)[()]


def _pulled(function: Function, xs: Sequence[Tensor], gs: Sequence[Tensor], create_graph: bool) -> tuple[Tensor, ...]:
    """The gradients at `xs`; an output that no input reaches gives nothing."""
    pairs = [(out, g) for out, g in zip(_several(function(*xs)), gs, strict=True) if out.requires_grad]
    if not pairs:
        return tuple(wrap(np.zeros(x.array.shape, x.array.dtype)[()]) for x in xs)
    outs, cotangents = zip(*pairs, strict=True)
    return grad(outs, list(xs), cotangents, create_graph=create_graph, materialize_grads=True)  # type: ignore[return-value]


def _gradient_of(function: Function, count: int, holomorphic: bool) -> Function:
    """The function that takes `count` inputs and the cotangents to the gradients.

    For the complex step it must be analytic, so the conjugations that belong to complex gradients are taken back.
    """

    def gradient(*args: Any) -> Any:
        xs, gs = args[:count], args[count:]
        if any(isinstance(a, Tensor) for a in args):
            if not holomorphic:
                return _pulled(function, xs, gs, create_graph=True)
            return tuple(gx.conj() for gx in _pulled(function, xs, [g.conj() for g in gs], create_graph=True))
        if holomorphic:
            return tuple(np.conj(gx) for gx in gradients(function, xs, [np.conj(g) for g in gs]))
        return gradients(function, xs, gs)

    return gradient


def _several(out: Any) -> tuple[Any, ...]:
    return tuple(out) if isinstance(out, tuple) else (out,)


def _pairing(function: Function, inputs: Sequence[Array], cotangents: Sequence[Array], i: int, x: Array) -> Any:
    """Σ g·out, with `x` as input i: what the gradients are the slopes of."""
    outs = _several(function(*inputs[:i], x[()], *inputs[i + 1 :]))
    return sum(np.sum(np.conj(g) * np.asarray(array_of(out))) for g, out in zip(cotangents, outs, strict=True))


def _by_complex_step(
    function: Function, inputs: Sequence[Array], cotangents: Sequence[Array], i: int
) -> tuple[Array, Array]:
    x = np.asarray(inputs[i])
    inputs = [other + 0j for other in inputs]
    slopes = np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        direction = np.zeros(x.shape)
        direction[place] = 1
        slopes[place] = complex_step(lambda z: _pairing(function, inputs, cotangents, i, z), x, direction)
    return slopes, np.zeros(x.shape)


def _by_differences(
    function: Function, inputs: Sequence[Array], cotangents: Sequence[Array], i: int
) -> tuple[Array, Array]:
    """The slopes along the real axis, and for complex inputs, i times those along the imaginary one."""
    x = np.asarray(inputs[i])
    slopes, errors = np.zeros(x.shape, x.dtype), np.zeros(x.shape)
    for place in np.ndindex(x.shape):
        for unit in (1, 1j) if x.dtype.kind == "c" else (1,):

            def moved(t: float, place: Any = place, unit: Any = unit) -> float:
                y = x.copy()
                y[place] += unit * t
                return float(np.real(_pairing(function, inputs, cotangents, i, y)))

            value, error = finite_difference(moved)
            slopes[place] += unit * value
            errors[place] += error
    return slopes, errors
