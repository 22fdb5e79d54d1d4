"""Gradients with known mistakes, written once for NumPy, PyTorch and JAX.

`m` is the module of array functions: numpy, torch or jax.numpy. A rule is `vjp(m, g, out, *arrays)`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd.testing import Values

ALL, NUMPY, EAGER, TRACED = ("numpy", "torch", "jax"), ("numpy",), ("numpy", "torch"), ("torch", "jax")


class Planted(NamedTuple):
    """A function with a wrong rule.

    Attributes:
        func: the function of `m` and arrays.
        vjp: its rule.
        domain: where it is checked.
        cause: the name of the cause that may be given; other causes would be wrong.
        elements: the largest number of elements to which the largest input must shrink.
        worlds: where the mistake can be made.
        options: further options of the check.
    """

    func: Callable[..., Any]
    vjp: Callable[..., Any]
    domain: Any = (-2, 2)
    cause: str | None = None
    elements: int = 2
    worlds: tuple[str, ...] = ALL
    options: dict[str, Any] = {}  # noqa: RUF012 - never written to


TWO = [(0.5, 2), (0.5, 2)]
OFF_ZERO = Values(-2, 2, off=(0,))


def summed_to(m: Any, g: Any, x: Any, total: Callable[..., Any] | None = None) -> Any:
    """A cotangent summed over the dims that broadcasting added to `x`; `total` may be another reduction."""
    total = m.sum if total is None else total
    while g.ndim > x.ndim:
        g = total(g, axis=0)
    for axis, n in enumerate(x.shape):
        if n == 1 and g.shape[axis] != 1:
            g = total(g, axis=axis, keepdims=True)
    return g


def vectors(low: float = 0.5, high: float = 2.0, least: int = 1) -> Callable[[Any], Any]:
    return lambda draw: (draw.rng.uniform(low, high, draw.integer(least, 4)),)


def matrices(*shapes: str) -> Callable[[Any], Any]:
    """Matrices whose sides are letters, the same letter for the same side."""

    def drawn(draw: Any) -> Any:
        sides = {letter: draw.integer(1, 3) for letter in sorted({*"".join(shapes)})}
        return tuple(draw.rng.uniform(-2, 2, [sides[letter] for letter in shape]) for shape in shapes)

    return drawn


def complexes(count: int = 1) -> Callable[[Any], Any]:
    return lambda draw: (
        draw.complex(shape := draw.shape(max_dims=1, min_side=1)),
        *(draw.complex(shape) for _ in range(count - 1)),
    )


def ones_like(m: Any, x: Any) -> Any:
    return m.ones_like(x)


def without_last(m: Any, g: Any) -> Any:
    return m.concatenate([g[1:], 0 * g[:1]])


def softmax(m: Any, x: Any) -> Any:
    e = m.exp(x)
    return e / m.sum(e)


def stop(x: Any) -> Any:
    """The value without its derivative."""
    if hasattr(x, "detach"):
        return x.detach()
    if isinstance(x, np.ndarray):
        return x
    import jax  # only where it is installed

    return jax.lax.stop_gradient(x)


def strides_of(x: Any) -> Any:
    return np.asarray(x).strides


counter = itertools.count()
first_seen: list[Any] = []
buffer = np.zeros(1)


def remember(m: Any, x: Any) -> Any:
    """x³, which keeps the first array of each shape that it sees for its rule."""
    if not any(seen.shape == x.shape for seen in first_seen):
        first_seen.append(stop(x) * 1)
    return x**3


def remembered(x: Any) -> Any:
    return next(seen for seen in first_seen if seen.shape == x.shape)


def overwrite(m: Any, x: Any) -> Any:
    out = m.sin(x)
    if x.ndim:
        x[...] = out
    return out


def overwrite_in_rule(m: Any, g: Any, out: Any, x: Any) -> Any:
    if x.ndim:
        stop(x)[...] = 0
    return g


def is_single(x: Any) -> bool:
    return "float32" in str(x.dtype)


def convolve(m: Any, x: Any, w: Any) -> Any:
    n = x.shape[0] - w.shape[0] + 1
    return sum(x[i : i + n] * w[i] for i in range(w.shape[0]))


def padded(m: Any, x: Any, before: int, after: int) -> Any:
    return m.concatenate([0 * x[:1]] * before + [x] + [0 * x[:1]] * after)


def conv_inputs(draw: Any) -> Any:
    size = draw.integer(1, 3)
    return draw.rng.uniform(0.5, 2, size + draw.integer(0, 3)), draw.rng.uniform(0.5, 2, size)


def solvable(draw: Any) -> Any:
    n = draw.integer(1, 3)
    return 3 * np.eye(n) + draw.rng.uniform(-1, 1, (n, n)), draw.rng.uniform(-1, 1, (n, 1))


def inv(m: Any, a: Any) -> Any:
    return m.linalg.inv(a)


def mT(m: Any, a: Any) -> Any:
    return m.swapaxes(a, -1, -2)


PLANTED: dict[str, Planted] = {
    "a sign": Planted(lambda m, x: m.sin(x), lambda m, g, out, x: -g * m.cos(x), cause="wrong sign"),
    "the sign of the second argument": Planted(
        lambda m, x, y: x - y, lambda m, g, out, x, y: (summed_to(m, g, x), summed_to(m, g, y)), TWO, "wrong sign"
    ),
    "a lost sign": Planted(lambda m, x: abs(x), lambda m, g, out, x: g * 1, OFF_ZERO, "lost sign or wrong sign"),
    "a factor": Planted(lambda m, x: x * x, lambda m, g, out, x: g * x, cause="constant factor"),
    "a factor of 1.0005": Planted(lambda m, x: x * x, lambda m, g, out, x: 2.001 * g * x, cause="constant factor"),
    "a sum for a mean": Planted(
        lambda m, x: m.mean(x), lambda m, g, out, x: g * ones_like(m, x), vectors(least=1), "constant factor"
    ),
    "half of it": Planted(lambda m, x: m.sqrt(x), lambda m, g, out, x: g / out, (0.5, 2), "constant factor"),
    "no sum over a broadcast dim": Planted(
        lambda m, x, y: x * y, lambda m, g, out, x, y: (g * y, g * x), TWO, "broadcast not undone", 2, ("numpy", "jax")
    ),
    "the first row for the sum": Planted(
        lambda m, x, y: x * y,
        lambda m, g, out, x, y: (
            summed_to(m, g * y, x),
            summed_to(m, g * x, y, lambda v, axis, keepdims=False: v[:1] if keepdims else v[0]),
        ),
        lambda draw: (draw.rng.uniform(0.5, 2, (draw.integer(1, 3), 2)), draw.rng.uniform(1, 2, 2)),
        "broadcast not undone", 4,
    ),
    "a mean for the sum over a broadcast dim": Planted(
        lambda m, x, y: x + y,
        lambda m, g, out, x, y: (summed_to(m, g, x, m.mean), summed_to(m, g, y, m.mean)),
        [(0.5, 2), (0.5, 2)], "constant factor",
    ),
    "a transposed matrix": Planted(
        lambda m, x, w: x @ w, lambda m, g, out, x, w: (g @ w, mT(m, x) @ g), matrices("ab", "bb"), "transposed", 4
    ),
    "a transposed gradient": Planted(
        lambda m, x, w: x @ w, lambda m, g, out, x, w: (g @ mT(m, w), mT(m, g) @ x), matrices("aa", "aa"),
        "transposed", 4,
    ),
    "no transposition": Planted(
        lambda m, x: mT(m, x) * 2, lambda m, g, out, x: g * 2, matrices("aa"), "transposed", 4
    ),
    "no conjugate": Planted(
        lambda m, z: z * z, lambda m, g, out, z: g * 2 * (z if m.__name__ != "jax.numpy" else m.conj(z)), complexes(),
        "not conjugated",
    ),
    "no conjugate in the second argument": Planted(
        lambda m, a, b: a * b,
        lambda m, g, out, a, b: (g * b, g * m.conj(a)) if m.__name__ == "jax.numpy" else (g * m.conj(b), g * a),
        complexes(2), "not conjugated",
    ),
    "the second argument only": Planted(
        lambda m, x, y: x * y * y,
        lambda m, g, out, x, y: (summed_to(m, g * y * y, x), summed_to(m, g * y * x, y)), TWO, "constant factor",
    ),
    "the second argument of a quotient": Planted(
        lambda m, x, y: x / y,
        lambda m, g, out, x, y: (summed_to(m, g / y, x), summed_to(m, g * x / y**2, y)), TWO, "wrong sign",
    ),
    "none for the second argument": Planted(
        lambda m, x, y: x * y,
        lambda m, g, out, x, y: (summed_to(m, g * y, x), 0 * y), TWO, "cut off",
    ),
    "only at negative strides": Planted(
        lambda m, x: x * x, lambda m, g, out, x: g * 2 * x * (1.5 if min(strides_of(x), default=0) < 0 else 1),
        cause="constant factor", worlds=NUMPY,
    ),
    "only in Fortran order": Planted(
        lambda m, x: x * x, lambda m, g, out, x: g * 2 * x.ravel("K").reshape(x.shape),
        cause="transposed", elements=4, worlds=NUMPY,
    ),
    "only in float32": Planted(
        lambda m, x: x * x, lambda m, g, out, x: g * x * (2.01 if is_single(x) else 2), (0.5, 2)
    ),
    "values only in float32": Planted(
        lambda m, x: x * (1.01 if is_single(x) else 1), lambda m, g, out, x: g * 1, (0.5, 2)
    ),
    "a gradient of float64 in float32": Planted(
        lambda m, x: x * x, lambda m, g, out, x: np.asarray(2 * g * x, np.float64), worlds=NUMPY
    ),
    "only at second order": Planted(
        lambda m, x: x**3, lambda m, g, out, x: 3 * g * stop(x) * x, worlds=TRACED, cause="constant factor"
    ),
    "no second order": Planted(
        lambda m, x: x**3, lambda m, g, out, x: 3 * g * stop(x * x), worlds=TRACED, cause="cut off"
    ),
    "a stale value": Planted(
        remember, lambda m, g, out, x: 3 * g * remembered(x) ** 2, worlds=EAGER, cause="constant factor"
    ),
    "a value overwritten by the function": Planted(
        overwrite, lambda m, g, out, x: g * m.cos(x), worlds=NUMPY, cause="changed input"
    ),
    "a value overwritten by the rule": Planted(
        lambda m, x: x * 1, overwrite_in_rule, worlds=EAGER, cause="changed input"
    ),
    "a random function": Planted(
        lambda m, x: x * (1 + 1e-9 * next(counter)), lambda m, g, out, x: g * 1, cause="non-determinism"
    ),
    "a random rule": Planted(
        lambda m, x: x * 1, lambda m, g, out, x: g * (1 + 1e-9 * next(counter)), cause="non-determinism"
    ),
    "a cotangent overwritten by the rule": Planted(
        lambda m, x: x * 2, lambda m, g, out, x: np.multiply(g, 2, out=g), worlds=NUMPY
    ),
    "a detached factor": Planted(lambda m, x: x * m.exp(x), lambda m, g, out, x: g * m.exp(x)),
    "a detached sum": Planted(
        lambda m, x: x / m.sum(x), lambda m, g, out, x: g / m.sum(x), vectors(), elements=2
    ),
    "a diagonal softmax": Planted(
        softmax, lambda m, g, out, x: g * out * (1 - out), vectors(), "missing term"
    ),
    "no normalization": Planted(
        lambda m, x: m.log(m.sum(m.exp(x))), lambda m, g, out, x: g * m.exp(x), vectors(), "constant factor"
    ),
    "a difference off by one": Planted(
        lambda m, x: x[1:] - x[:-1],
        lambda m, g, out, x: padded(m, g, 1, 0) - padded(m, g, 1, 0), vectors(least=2), "cut off",
    ),
    "a running sum off by one": Planted(
        lambda m, x: m.cumsum(x, 0),
        lambda m, g, out, x: m.sum(g) - m.cumsum(g, 0), vectors(), "missing term or cut off or partly cut off",
    ),
    "a running sum that is not reversed": Planted(
        lambda m, x: m.cumsum(x, 0), lambda m, g, out, x: m.cumsum(g, 0), vectors(least=1), "transposed or missing term"
    ),
    "a roll in the wrong direction": Planted(
        lambda m, x: m.roll(x, 1, 0) ** 2, lambda m, g, out, x: m.roll(2 * g * m.roll(x, 1, 0), 1, 0), vectors(),
        "transposed", 3,
    ),
    "one index too high": Planted(
        lambda m, x: x[:1] * 2, lambda m, g, out, x: padded(m, 2 * g, 1, x.shape[0] - 2), vectors(least=2),
        "partly cut off or missing term",
    ),
    "assignment for addition at a repeated index": Planted(
        lambda m, x: m.stack([x[0], x[0]]), lambda m, g, out, x: padded(m, g[1:], 0, x.shape[0] - 1), vectors(),
        "missing term or broadcast not undone",
    ),
    "a kink at the point": Planted(
        lambda m, x: abs(x), lambda m, g, out, x: g * m.sign(x), lambda draw: (np.zeros(draw.integer(1, 3)),), "kink"
    ),
    "a kink in the wrong place": Planted(
        lambda m, x: m.maximum(x, 0 * x), lambda m, g, out, x: g * (x > -0.5), OFF_ZERO
    ),
    "branches exchanged": Planted(
        lambda m, x: m.where(x > 0, x * x, -x), lambda m, g, out, x: g * m.where(x < 0, 2 * x, -ones_like(m, x)),
        OFF_ZERO,
    ),
    "a product for a quotient": Planted(lambda m, x: m.log(x), lambda m, g, out, x: g * x, (0.5, 2)),
    "no square": Planted(lambda m, x: m.tanh(x), lambda m, g, out, x: g * (1 - out)),
    "the base for the exponent": Planted(
        lambda m, x, y: x**y,
        lambda m, g, out, x, y: (summed_to(m, g * y * x ** (y - 1), x), summed_to(m, g * out * m.log(y), y)), TWO,
    ),
    "no division by the norm": Planted(
        lambda m, x: m.sqrt(m.sum(x * x)), lambda m, g, out, x: g * x, vectors(), "constant factor"
    ),
    "all elements for the largest": Planted(
        lambda m, x: m.amax(x), lambda m, g, out, x: g * ones_like(m, x), vectors(least=1), elements=2
    ),
    "no factor g": Planted(
        lambda m, x: m.sin(x), lambda m, g, out, x: m.cos(x), cause="ignores the cotangent"
    ),
    "g twice": Planted(lambda m, x: m.sin(x), lambda m, g, out, x: g * g * m.cos(x), cause="ignores the cotangent"),
    "something added": Planted(
        lambda m, x: m.sin(x), lambda m, g, out, x: g * m.cos(x) + 1e-3, cause="ignores the cotangent"
    ),
    "a NaN": Planted(
        lambda m, x: x * x, lambda m, g, out, x: g * 2 * x * m.sqrt(abs(x) - x - 0.5) / m.sqrt(abs(x) - x - 0.5),
        (0.5, 2), "not finite",
    ),
    "only above 1.5": Planted(
        lambda m, x: x * x, lambda m, g, out, x: g * 2 * m.where(x > 1.5, 0.9 * x, x), (-2, 2), "constant factor", 4
    ),
    "only the last of three": Planted(
        lambda m, x: x * x,
        lambda m, g, out, x: 2 * g * x * m.concatenate([ones_like(m, x[:2]), 1.1 * ones_like(m, x[2:])]),
        vectors(least=1), elements=3,
    ),
    "a scalar of shape (1,)": Planted(
        lambda m, x: x * 2, lambda m, g, out, x: (2 * g).reshape(x.shape or (1,)), worlds=NUMPY,
        cause="broadcast not undone",
    ),
    "a flipped kernel": Planted(
        convolve,
        lambda m, g, out, x, w: (
            convolve(m, padded(m, g, len(w) - 1, len(w) - 1), w),
            convolve(m, x, g),
        ),
        conv_inputs, elements=3,
    ),
    "a solver that is not transposed": Planted(
        lambda m, a, b: inv(m, a) @ b,
        lambda m, g, out, a, b: (-(inv(m, a) @ g) @ mT(m, out), inv(m, a) @ g), solvable, "transposed", 4,
    ),
    "an inverse with one factor": Planted(
        inv, lambda m, g, out, a: -mT(m, out) @ g, lambda draw: solvable(draw)[:1], elements=4
    ),
    "a determinant without the inverse": Planted(
        lambda m, a: m.linalg.det(a), lambda m, g, out, a: g * out * ones_like(m, a),
        lambda draw: solvable(draw)[:1], elements=4,
    ),
    "a variance without Bessel's correction": Planted(
        lambda m, x: m.sum((x - m.mean(x)) ** 2) / (x.shape[0] - 1),
        lambda m, g, out, x: 2 * g * (x - m.mean(x)) / x.shape[0], vectors(least=2), "constant factor",
    ),
}  # fmt: skip


def is_found_rightly(case: Planted, error: Any) -> None:
    """The cause is that of the case or none, and the smallest input is small and shown as code."""
    cause = getattr(error, "cause", None)
    assert cause is None or cause in (case.cause or "").split(" or "), cause
    assert max(x.size for x in error.inputs) <= case.elements, error.inputs
    assert "The smallest input found:\n    x0 = np." in error.__notes__[0]
