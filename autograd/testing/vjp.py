"""Vector-Jacobian products compared with an oracle's, for a random cotangent, to any order: `check_vjp`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..base.dtypes import Array
from ..core.operation import array_of
from ..core.tensor import Tensor, wrap
from .domains import domains
from .engine.calls import Mismatch, direction_of
from .engine.draw import Draw, Sample
from .engine.oracles import complex_step, evaluation_noise, finite_difference
from .engine.tensor_rule import pull

#: A function that takes arrays or Tensors, and returns one value or a tuple of the same kind.
Function = Callable[..., Any]

#: The tolerance for rounding in the gradient, relative to its largest entry, at first order and at higher orders. The
#: error that the differences estimate for themselves is added to it.
TOLERANCE = {"complex step": (1e-12, 1e-10), "differences": (1e-12, 1e-12)}

#: For an input with more elements than this, differences are taken along one random direction only, for speed.
MANY = 4


def check_primitive(name: str, draw: Draw | None = None, order: int = 2) -> None:
    """Check a primitive of the registry on a sample of its domain, up to the given order.

    Raises:
        KeyError: the primitive has no domain.
        Mismatch: a rule is wrong.

    >>> check_primitive("exp")
    """
    draw = Draw() if draw is None else draw
    call, inputs = domains[name].sample(draw)
    oracle = "complex step" if domains[name].analytic else "differences"
    check_vjp(call, inputs, draw.rng, oracle, name=name, order=order)


def check_vjp(
    function: Function,
    inputs: Sequence[Array],
    rng: np.random.Generator | None = None,
    oracle: str = "differences",
    name: str = "function",
    order: int = 1,
) -> None:
    """Compare the gradient of every input with the oracle's, for a random cotangent.

    The second order is the first order of the function that maps inputs and cotangents to gradients, and so on.

    Args:
        function: takes Tensors or arrays, and returns one value or a tuple.
        inputs: its arguments, floating-point or complex arrays.
        rng: draws the cotangent.
        oracle: "complex step" for analytic functions of real inputs, or "differences".
        name: the name of the function in messages.
        order: the highest order to check.

    Raises:
        Mismatch: a gradient is wrong or not finite, or its shape or dtype is not that of its input.
    """
    rng = np.random.default_rng(0) if rng is None else rng
    for found in comparisons(function, inputs, rng, oracle, name, order):
        limit = TOLERANCE[oracle][min(found.order, 2) - 1] * found.scale
        wrong = np.abs(found.gradient - found.expected) > limit + 4 * found.error
        if np.any(wrong | ~np.isfinite(found.gradient)):
            raise Mismatch(
                f"{found.where} is\n{found.gradient}\nbut by {oracle}\n{found.expected}\nfor inputs {found.inputs} and "
                f"cotangents {found.cotangents}: the largest difference is "
                f"{np.max(np.abs(found.gradient - found.expected)):.3g}, the limit {limit:.3g}"
            )


class Comparison(NamedTuple):
    """One gradient, from the engine and from the oracle.

    Attributes:
        where: a description of the gradient.
        order: 1 for the gradient of the function, 2 for the gradient of that gradient.
        gradient: as the engine computes it.
        expected: as the oracle finds it.
        error: the error bound of the oracle; 0 for the complex step.
        inputs, cotangents: the point at which it was computed.
    """

    where: str
    order: int
    gradient: Array
    expected: Array
    error: Array
    inputs: tuple[Array, ...]
    cotangents: tuple[Array, ...]

    @property
    def scale(self) -> float:
        """The size of the largest entry; at least 0.01, because where everything cancels only rounding is left."""
        return max(0.01, float(np.max(np.abs(self.expected), initial=0)))


def comparisons(
    function: Function, inputs: Sequence[Array], rng: np.random.Generator, oracle: str, name: str, order: int
) -> Iterator[Comparison]:
    """The gradients of every input, order by order, with the oracle's.

    Raises:
        Mismatch: a gradient has another shape or dtype than its input, or changes with `create_graph=True`.
    """
    function_of_order, at = function, tuple(inputs)
    for here in range(1, order + 1):
        cotangents = tuple(direction_of(out, rng)[()] for out in _as_tuple(function_of_order(*at)))
        got = gradients(function_of_order, at, cotangents)
        recorded = gradients(function_of_order, at, cotangents, create_graph=True)
        dashes = "'" * (here - 1)
        for i, (x, found, again) in enumerate(zip(at, got, recorded, strict=True)):
            g, where = found, f"{name}{dashes}: the gradient of input {i}"
            if np.shape(g) != np.shape(x) or np.asarray(g).dtype != np.asarray(x).dtype:
                raise Mismatch(
                    f"{where} has shape {np.shape(g)} and dtype {g.dtype}, but the input has {np.shape(x)} and "
                    f"{np.asarray(x).dtype}"
                )
            rounding = 1e-14 * np.max(np.abs(again), initial=0, where=np.isfinite(again))
            if not np.allclose(g, again, rtol=1e-14, atol=rounding, equal_nan=True):  # sums are rounded by their order
                raise Mismatch(f"{where} is\n{g}\nbut with create_graph\n{again}")
            pairing = _Pairing(function_of_order, at, cotangents, i)
            if oracle == "complex step":
                expected, error = pairing.by_complex_step(), np.zeros(np.shape(x))
            else:
                g, expected, error = pairing.by_differences(g, rng)
            yield Comparison(where, here, g, expected, error, at, cotangents)
        function_of_order = _gradient_of(function_of_order, len(at), oracle == "complex step")
        at = (*at, *cotangents)


def gradients(
    function: Function, inputs: Sequence[Any], cotangents: Sequence[Any], create_graph: bool = False
) -> tuple[Array, ...]:
    """The gradients by the engine, as arrays."""
    tensors = [wrap(x).requires_grad_() for x in inputs]
    found = _pull(function, tensors, [wrap(g) for g in cotangents], create_graph)
    return tuple(np.asarray(g.array)[()] for g in found)


def in_single_precision(sample: Sample, rng: np.random.Generator) -> list[float]:
    """The errors of the gradients in single precision, against double precision, relative to the largest entry.

    Raises:
        Mismatch: the precision of a gradient is not that of its input.
    """
    small = {"f": np.float32, "c": np.complex64}
    inputs: list[Array] = [np.asarray(x).astype(small[np.asarray(x).dtype.kind])[()] for x in sample.inputs]
    out = sample.call(*inputs)
    g = direction_of(out, rng)[()]
    wide = [np.asarray(v, np.result_type(v, np.float64))[()] for v in (*inputs, g)]
    errors = [0.0]
    single, double = gradients(sample.call, inputs, [g]), gradients(sample.call, wide[:-1], wide[-1:])
    for i, (x, a, b) in enumerate(zip(inputs, single, double, strict=True)):
        if np.asarray(a).dtype != np.asarray(x).dtype:
            raise Mismatch(f"the gradient of input {i} is {a.dtype}, but the input is {np.asarray(x).dtype}")
        errors.append(float(np.max(np.abs(a - b), initial=0) / max(0.1, np.max(np.abs(b), initial=0))))
    return errors


def _pull(function: Function, xs: Sequence[Tensor], gs: Sequence[Tensor], create_graph: bool) -> tuple[Tensor, ...]:
    """The gradients of the inputs `xs`, zeros for one that no output depends on."""
    found = pull(_as_tuple(function(*xs)), xs, gs, create_graph=create_graph)
    return tuple(wrap(np.zeros_like(x.array)[()]) if g is None else g for x, g in zip(xs, found))


def _gradient_of(function: Function, count: int, holomorphic: bool) -> Function:
    """The function that maps `count` inputs and the cotangents to the gradients.

    The complex step needs it to be analytic, so the conjugations that belong to complex gradients are undone.
    """

    def gradient(*args: Any) -> Any:
        xs, gs = args[:count], args[count:]
        recorded = any(isinstance(a, Tensor) for a in args)
        if holomorphic:
            gs = tuple(g.conj() for g in gs)
        found = _pull(function, xs, gs, create_graph=True) if recorded else gradients(function, xs, gs)
        return tuple(gx.conj() for gx in found) if holomorphic else found

    return gradient


def _as_tuple(out: Any) -> tuple[Any, ...]:
    return tuple(out) if isinstance(out, tuple) else (out,)


class _Pairing(NamedTuple):
    """Σ g·out as a function of input `i`: the number that the gradients are the derivatives of."""

    function: Function
    inputs: Sequence[Array]
    cotangents: Sequence[Array]
    i: int

    def at(self, x: Array) -> Any:
        """The number with `x` as the input."""
        outs = _as_tuple(self.function(*self.inputs[: self.i], x[()], *self.inputs[self.i + 1 :]))
        return sum(np.sum(np.conj(g) * np.asarray(array_of(out))) for g, out in zip(self.cotangents, outs, strict=True))

    def along(self, direction: Array) -> Callable[[float], float]:
        """The number as a function of the step along a direction."""
        x = np.asarray(self.inputs[self.i])
        return lambda t: float(np.real(self.at(x + t * direction)))

    def by_complex_step(self) -> Array:
        """The derivative by each element."""
        x = np.asarray(self.inputs[self.i])
        complex_inputs = self._replace(inputs=[other + 0j for other in self.inputs])
        return np.reshape([complex_step(complex_inputs.at, x, unit) for unit in _units(x)], x.shape)

    def by_differences(self, g: Array, rng: np.random.Generator) -> tuple[Array, Array, Array]:
        """The gradient `g`, the differences and their error: element by element, or along one direction."""
        x = np.asarray(self.inputs[self.i])
        direction = direction_of(x, rng)
        along = self.along(direction)
        whole = x.size <= MANY
        if not whole:
            g = np.asarray(np.sum(np.conj(g) * direction).real)

        def estimate(noise: float) -> tuple[Array, Array]:
            if whole:
                return self._by_element(noise)
            value, error = finite_difference(along, noise=noise)
            return np.asarray(value), np.asarray(error)

        expected, error = estimate(0.0)
        if np.any(np.abs(g - expected) > error):  # perhaps through rounding inside the function
            expected, error = estimate(4 * float(evaluation_noise(along)))
        return g, expected, error

    def _by_element(self, noise: float) -> tuple[Array, Array]:
        """The derivatives along the real axis, plus for complex inputs i times those along the imaginary axis."""
        x = np.asarray(self.inputs[self.i])
        axes = (1, 1j) if x.dtype.kind == "c" else (1,)
        found = [[finite_difference(self.along(axis * unit), noise=noise) for axis in axes] for unit in _units(x)]
        slopes = [sum(axis * value for axis, (value, _) in zip(axes, parts)) for parts in found]
        errors = [sum(error for _, error in parts) for parts in found]
        return np.reshape(slopes, x.shape), np.reshape(errors, x.shape)


def _units(x: Array) -> Array:
    """For each element of `x` an array with 1 there and 0 elsewhere."""
    return np.eye(x.size).reshape(x.size, *x.shape)
