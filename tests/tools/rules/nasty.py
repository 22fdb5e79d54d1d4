"""Right gradients of functions that are hard on differences, written once for NumPy, PyTorch and JAX.

`m` is the module of array functions: numpy, torch or jax.numpy. A rule is `vjp(m, g, out, *arrays)`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from autograd.testing import Values
from tests.tools.rules.planted import (
    ALL,
    complexes,
    conv_inputs,
    convolve,
    inv,
    mT,
    padded,
    softmax,
    solvable,
    summed_to,
    vectors,
)


class Nasty(NamedTuple):
    """A function with a right rule, and where it is checked."""

    func: Callable[..., Any]
    vjp: Callable[..., Any]
    domain: Any = (-2, 2)
    options: dict[str, Any] = {}  # noqa: RUF012 - never written to
    worlds: tuple[str, ...] = ALL


ANALYTIC = {"analytic": True}
DOUBLE: dict[str, Any] = {"dtypes": ()}


def near(*points: float) -> Values:
    """Numbers that come within 0.01 of kinks."""
    return Values(-2, 2, off=points, margin=0.01)


def single(low: float, high: float) -> Callable[[Any], Any]:
    return lambda draw: (draw.uniform(draw.shape(min_side=1), low, high).astype(np.float32),)


def large(*shapes: tuple[int, ...]) -> Callable[[Any], Any]:
    return lambda draw: tuple(draw.rng.uniform(-2, 2, shape) for shape in shapes)


def hilbert(draw: Any) -> Any:
    n = draw.integer(2, 4)
    return 1 / (1 + np.add.outer(np.arange(n), np.arange(n))) + 1e-3 * draw.rng.uniform(-1, 1, (n, n)), np.ones((n, 1))


def log_cosh(m: Any, x: Any) -> Any:
    return abs(x) + m.log1p(m.exp(-2 * abs(x))) - 0.6931471805599453


def variance_with_offset(m: Any, x: Any) -> Any:
    return m.mean((x + 1e4 - m.mean(x + 1e4)) ** 2)


NASTY: dict[str, Nasty] = {
    # steep
    "exp(10x)": Nasty(lambda m, x: m.exp(10 * x), lambda m, g, out, x: 10 * g * out, (-2, 2), ANALYTIC),
    "tanh(100x)": Nasty(lambda m, x: m.tanh(100 * x), lambda m, g, out, x: 100 * g * (1 - out * out), (-0.05, 0.05)),
    "x to the power of 9": Nasty(lambda m, x: x**9, lambda m, g, out, x: 9 * g * x**8, (-3, 3), ANALYTIC),
    "atan(50x)": Nasty(lambda m, x: m.arctan(50 * x), lambda m, g, out, x: 50 * g / (1 + 2500 * x * x), (-0.1, 0.1)),
    "exp(exp(x))": Nasty(lambda m, x: m.exp(m.exp(x)), lambda m, g, out, x: g * out * m.exp(x), (-1, 2), ANALYTIC),
    "a pole beside the points": Nasty(lambda m, x: 1 / x, lambda m, g, out, x: -g * out * out, (0.05, 0.2), ANALYTIC),
    "log near 0": Nasty(lambda m, x: m.log(x), lambda m, g, out, x: g / x, (1e-6, 1e-3)),
    "a root near 0": Nasty(lambda m, x: m.sqrt(x), lambda m, g, out, x: g / (2 * out), (1e-8, 1e-4)),
    "a narrow bell": Nasty(
        lambda m, x: m.exp(-1000 * x * x), lambda m, g, out, x: -2000 * g * x * out, (-0.1, 0.1)
    ),
    "tan near its pole": Nasty(lambda m, x: m.tan(x), lambda m, g, out, x: g * (1 + out * out), (1.4, 1.55), DOUBLE),
    # flat
    "flat at 0": Nasty(lambda m, x: m.exp(-1 / (x * x)), lambda m, g, out, x: 2 * g * out / x**3, (0.05, 0.3)),
    "x to the power of 8 near 0": Nasty(lambda m, x: x**8, lambda m, g, out, x: 8 * g * x**7, (-0.05, 0.05)),
    "tiny values": Nasty(lambda m, x: 1e-12 * m.sin(x), lambda m, g, out, x: 1e-12 * g * m.cos(x)),
    "very tiny values": Nasty(lambda m, x: 1e-100 * x * x, lambda m, g, out, x: 2e-100 * g * x, (-2, 2), DOUBLE),
    "a turning point": Nasty(lambda m, x: m.cos(x), lambda m, g, out, x: -g * m.sin(x), (-1e-4, 1e-4)),
    "a slow decay": Nasty(lambda m, x: m.exp(-x), lambda m, g, out, x: -g * out, (30, 40)),
    # saturated
    "a saturated tanh": Nasty(lambda m, x: m.tanh(x), lambda m, g, out, x: g * (1 - out) * (1 + out), (8, 12)),
    "a fully saturated tanh": Nasty(lambda m, x: m.tanh(x), lambda m, g, out, x: g * (1 - out * out), (25, 30)),
    "a saturated sigmoid": Nasty(
        lambda m, x: 1 / (1 + m.exp(-x)), lambda m, g, out, x: g * m.exp(-x) * out * out, (30, 40)
    ),
    "a sigmoid far below": Nasty(
        lambda m, x: 1 / (1 + m.exp(-x)), lambda m, g, out, x: g * out * (1 - out), (-40, -30)
    ),
    "softplus far below": Nasty(
        lambda m, x: m.log1p(m.exp(x)), lambda m, g, out, x: g / (1 + m.exp(-x)), (-40, -30)
    ),
    "softplus far above": Nasty(
        lambda m, x: m.logaddexp(x, 0 * x), lambda m, g, out, x: g / (1 + m.exp(-x)), (30, 40)
    ),
    "log cosh": Nasty(log_cosh, lambda m, g, out, x: g * m.tanh(x), (0.5, 30)),
    # oscillating
    "sin(50x)": Nasty(lambda m, x: m.sin(50 * x), lambda m, g, out, x: 50 * g * m.cos(50 * x)),
    "sin(300x)": Nasty(lambda m, x: m.sin(300 * x), lambda m, g, out, x: 300 * g * m.cos(300 * x), (-2, 2), DOUBLE),
    "sin(1/x)": Nasty(lambda m, x: m.sin(1 / x), lambda m, g, out, x: -g * m.cos(1 / x) / (x * x), (0.05, 1)),
    "a chirp": Nasty(lambda m, x: m.cos(x * x), lambda m, g, out, x: -2 * g * x * m.sin(x * x), (9, 12)),
    "a beat": Nasty(
        lambda m, x: m.sin(20 * x) + m.sin(21 * x), lambda m, g, out, x: g * (20 * m.cos(20 * x) + 21 * m.cos(21 * x))
    ),
    # kinked beside the point
    "abs beside its kink": Nasty(lambda m, x: abs(x), lambda m, g, out, x: g * m.sign(x), near(0)),
    "relu beside its kink": Nasty(lambda m, x: m.maximum(x, 0 * x), lambda m, g, out, x: g * (x > 0), near(0)),
    "clip beside its kinks": Nasty(
        lambda m, x: m.clip(x, -1, 1), lambda m, g, out, x: g * (abs(x) < 1), near(-1, 1)
    ),
    "a step function": Nasty(lambda m, x: m.floor(x) + 0 * x, lambda m, g, out, x: 0 * g * x, near(-1, 0, 1)),
    "a jump beside the point": Nasty(
        lambda m, x: m.where(x > 0, x + 5, x * x), lambda m, g, out, x: g * m.where(x > 0, 0 * x + 1, 2 * x), near(0)
    ),
    "the power of 1.5 beside 0": Nasty(
        lambda m, x: abs(x) ** 1.5, lambda m, g, out, x: 1.5 * g * m.sign(x) * m.sqrt(abs(x)), near(0)
    ),
    "the root of |x| beside 0": Nasty(
        lambda m, x: m.sqrt(abs(x)), lambda m, g, out, x: g * m.sign(x) / (2 * out), near(0)
    ),
    "Huber's loss": Nasty(
        lambda m, x: m.where(abs(x) < 1, x * x / 2, abs(x) - 0.5), lambda m, g, out, x: g * m.clip(x, -1, 1),
        near(-1, 1),
    ),
    "a hinge": Nasty(
        lambda m, x, y: m.maximum(1 - x * y, 0 * x * y),
        lambda m, g, out, x, y: (summed_to(m, -g * y * (x * y < 1), x), summed_to(m, -g * x * (x * y < 1), y)),
        [(0.5, 0.9), (0.5, 1)],
    ),
    "the largest element": Nasty(
        lambda m, x: m.amax(x), lambda m, g, out, x: g * (x == out), lambda draw: (draw.distinct((3,)),)
    ),
    "the norm of a short vector": Nasty(
        lambda m, x: m.sqrt(m.sum(x * x)), lambda m, g, out, x: g * x / out, vectors(1e-3, 2e-3)
    ),
    "sorted": Nasty(
        lambda m, x: (m.sort(x)[0] if m.__name__ == "torch" else m.sort(x)) * 1.0,
        lambda m, g, out, x: g[m.argsort(m.argsort(x))], lambda draw: (draw.distinct((draw.integer(1, 4),)),),
    ),
    # ill-conditioned
    "lost digits": Nasty(lambda m, x: (x + 1e5) - 1e5, lambda m, g, out, x: g * 1, (-2, 2)),
    "more lost digits": Nasty(lambda m, x: (x + 1e8) - 1e8, lambda m, g, out, x: g * 1, (-2, 2), DOUBLE),
    "log(exp(x))": Nasty(lambda m, x: m.log(m.exp(x)), lambda m, g, out, x: g * 1),
    "a rounded corner": Nasty(
        lambda m, x: m.sqrt(x * x + 1e-6), lambda m, g, out, x: g * x / out, (-0.01, 0.01)
    ),
    "1 - cos": Nasty(
        lambda m, x: (1 - m.cos(x)) / (x * x),
        lambda m, g, out, x: g * (m.sin(x) / x**2 - 2 * (1 - m.cos(x)) / x**3), (0.01, 0.1), DOUBLE,
    ),
    "expm1(x)/x": Nasty(
        lambda m, x: m.expm1(x) / x, lambda m, g, out, x: g * (m.exp(x) - out) / x, (0.01, 0.1), DOUBLE
    ),
    "a variance far from 0": Nasty(
        variance_with_offset, lambda m, g, out, x: 2 * g * (x - m.mean(x)) / x.shape[0], vectors(least=2), DOUBLE
    ),
    "logsumexp of large numbers": Nasty(
        lambda m, x: m.log(m.sum(m.exp(x - m.amax(x)))) + m.amax(x), lambda m, g, out, x: g * m.exp(x - out),
        vectors(500, 1000),
    ),
    "softmax": Nasty(
        softmax, lambda m, g, out, x: out * (g - m.sum(g * out)), vectors(-5, 5), ANALYTIC
    ),
    "a nearly singular system": Nasty(
        lambda m, a, b: inv(m, a) @ b,
        lambda m, g, out, a, b: (-(mT(m, inv(m, a)) @ g) @ mT(m, out), mT(m, inv(m, a)) @ g), hilbert, DOUBLE,
    ),
    "a system": Nasty(
        lambda m, a, b: inv(m, a) @ b,
        lambda m, g, out, a, b: (-(mT(m, inv(m, a)) @ g) @ mT(m, out), mT(m, inv(m, a)) @ g), solvable,
    ),
    "a determinant": Nasty(
        lambda m, a: m.linalg.det(a), lambda m, g, out, a: g * out * mT(m, inv(m, a)),
        lambda draw: solvable(draw)[:1],
    ),
    "Wilkinson's polynomial": Nasty(
        lambda m, x: (x - 1) * (x - 2) * (x - 3) * (x - 4) * (x - 5),
        lambda m, g, out, x: g * sum(out / (x - k) for k in range(1, 6)), (2.1, 2.9), DOUBLE,
    ),
    # float32
    "sin in float32": Nasty(lambda m, x: m.sin(x), lambda m, g, out, x: g * m.cos(x), single(-2, 2)),
    "exp in float32": Nasty(lambda m, x: m.exp(x), lambda m, g, out, x: g * out, single(-2, 2)),
    "a square in float32": Nasty(lambda m, x: x * x, lambda m, g, out, x: 2 * g * x, single(0.5, 2)),
    # complex
    "a complex square": Nasty(
        lambda m, z: z * z, lambda m, g, out, z: 2 * g * (z if m.__name__ == "jax.numpy" else m.conj(z)), complexes()
    ),
    "a complex exp": Nasty(
        lambda m, z: m.exp(z), lambda m, g, out, z: g * (out if m.__name__ == "jax.numpy" else m.conj(out)),
        complexes(),
    ),
    "a squared modulus": Nasty(
        lambda m, z: m.real(z * m.conj(z)),
        lambda m, g, out, z: 2 * g * (m.conj(z) if m.__name__ == "jax.numpy" else z), complexes(),
    ),
    "a conjugate": Nasty(lambda m, z: m.conj(z) * 2, lambda m, g, out, z: 2 * m.conj(g), complexes()),
    "a complex product": Nasty(
        lambda m, a, b: a * b,
        lambda m, g, out, a, b: (g * b, g * a) if m.__name__ == "jax.numpy" else (g * m.conj(b), g * m.conj(a)),
        complexes(2),
    ),
    # large
    "a sum of 600": Nasty(
        lambda m, x: m.sum(m.sin(x)), lambda m, g, out, x: g * m.cos(x), large((600,)), {"examples": 1}
    ),
    "a product of matrices": Nasty(
        lambda m, a, b: a @ b, lambda m, g, out, a, b: (g @ mT(m, b), mT(m, a) @ g), large((12, 20), (20, 8)),
        {"examples": 1},
    ),
    "700 elements": Nasty(
        lambda m, x: m.tanh(x), lambda m, g, out, x: g * (1 - out * out), large((700,)), {"examples": 1}
    ),
    "large numbers": Nasty(lambda m, x: x * x, lambda m, g, out, x: 2 * g * x, (1e7, 1e8)),
    "huge numbers": Nasty(lambda m, x: m.sqrt(x), lambda m, g, out, x: g / (2 * out), (1e100, 1e101), DOUBLE),
    "small numbers": Nasty(lambda m, x: x * x, lambda m, g, out, x: 2 * g * x, (1e-8, 1e-7)),
    "numbers of several sizes": Nasty(
        lambda m, x, y: x * y, lambda m, g, out, x, y: (summed_to(m, g * y, x), summed_to(m, g * x, y)),
        [(1e-6, 1e-5), (1e5, 1e6)], ANALYTIC,
    ),
    "a convolution": Nasty(
        convolve,
        lambda m, g, out, x, w: (
            convolve(m, padded(m, g, len(w) - 1, len(w) - 1), m.flip(w, (0,))), convolve(m, x, g)
        ),
        conv_inputs,
    ),
}  # fmt: skip
