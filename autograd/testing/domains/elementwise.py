"""Domains of the elementwise primitives."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...core.operation import array_of
from ...core.primitive import registry
from ...ops.elementwise import selection
from ..engine.draw import Draw, Sample
from .domain import domain, of_any_shape


def _one(fill: Callable[..., Array]) -> Callable[[Draw], Any]:
    """One argument of any shape, drawn by a method of `Draw`."""
    return lambda draw: ((fill(draw, draw.shape()),), ())


def _on(low: float, high: float, *names: str, analytic: bool = True) -> None:
    """Give unary primitives an interval as their domain."""
    domain(*names, analytic=analytic)(_one(lambda draw, shape: draw.uniform(shape, low, high)))


_on(-2, 2, "exp", "exp2", "expm1", "sin", "cos", "sinh", "cosh", "tanh", "sigmoid", "atan", "asinh")
_on(-2, 2, "neg", "square")
_on(0.4, 3, "sqrt", "rsqrt", "log", "log2", "log10", "root")
_on(-0.6, 3, "log1p")
_on(-1.2, 1.2, "tan")
_on(-0.8, 0.8, "asin", "acos", "atanh")
_on(1.3, 3, "acosh")
_on(-3, 3, "erf", "erfc", analytic=False)
domain("reciprocal")(_one(Draw.nonzero))
domain("abs", "sign", "relu", analytic=False)(_one(Draw.nonzero))
domain("floor", "ceil", "trunc", "round", "frac", analytic=False)(_one(Draw.between_whole))
domain("conj", "real", "imag", "angle", "modulus", "view_as_real", analytic=False)(_one(Draw.complex))
domain("view_as_complex", analytic=False)(lambda draw: ((draw.uniform((*draw.shape(), 2)),), ()))


def _pairs(first: Callable[..., Array], second: Callable[..., Array]) -> Callable[[Draw], Any]:
    """Two arguments that broadcast, each drawn by a method of `Draw`."""
    return lambda draw: (tuple(fill(draw, shape) for fill, shape in zip((first, second), draw.pair_of_shapes())), ())


_on(0.2, 3, "entr", analytic=False)
_on(0.2, 0.8, "logit", analytic=False)
domain("xlogy", "xlog1py", analytic=False)(_pairs(Draw.uniform, lambda draw, shape: draw.uniform(shape, 0.4, 2.5)))
domain("copysign", "nextafter", "complex", analytic=False)(_pairs(Draw.nonzero, Draw.nonzero))
domain("add", "sub", "mul", "div")(_pairs(Draw.uniform, Draw.nonzero))
domain("atan2", "hypot", analytic=False)(_pairs(Draw.nonzero, Draw.nonzero))
domain("pow")(_pairs(lambda draw, shape: draw.uniform(shape, 0.4, 2.5), Draw.uniform))


@domain("maximum", "minimum", analytic=False)
def _pair_without_ties(draw: Draw) -> Any:
    a, b = draw.pair_of_shapes()
    values = draw.distinct((math.prod(a) + math.prod(b),))
    return (draw.layout(values[: math.prod(a)].reshape(a)), draw.layout(values[math.prod(a) :].reshape(b))), ()


@domain("floor_divide", "trunc_divide", "remainder", "fmod", analytic=False)
def _division_with_remainder(draw: Draw) -> Any:
    full, divisors = draw.pair_of_shapes()
    full = np.broadcast_shapes(full, divisors)
    y = draw.layout(np.asarray(np.sign(draw.nonzero(divisors)) * draw.rng.uniform(1, 2, divisors)))
    # The quotient stays at least 0.25 away from whole numbers, more than the steps of the differences.
    return (draw.layout(np.asarray(y * (draw.rng.integers(-2, 2, full) + draw.rng.uniform(0.4, 0.6, full)))), y), ()


@domain("where")
def _choice(draw: Draw) -> Sample:
    a, b = draw.pair_of_shapes()
    mask = draw.rng.random(np.broadcast_shapes(a, b)) < 0.5
    return Sample(lambda x, y: selection.where(mask, x, y), (draw.uniform(a), draw.uniform(b)))


domain("keep")(of_any_shape(lambda draw, shape: (draw.rng.random(shape) < 0.5,)))


domain("relu_back", analytic=False)(
    lambda draw: ((draw.uniform(shape := draw.shape()), np.maximum(draw.nonzero(shape), 0.0)), ())
)


@domain("clamp", analytic=False)
def _limits(draw: Draw) -> Sample:
    low, high = draw.choice([(-0.1, 0.1), (-1.1, None), (None, 0.0), (0.1, -0.1)])
    return Sample(lambda x: selection.clamp(x, low, high), (draw.nonzero(draw.shape()),))


domain("hardtanh", analytic=False)(
    lambda draw: ((draw.nonzero(draw.shape()),), draw.choice([(-9.0, 0.1), (-0.1, 9.0)]))
)
domain("pow_number")(
    lambda draw: ((draw.uniform(draw.shape(), 0.4, 2.5),), (draw.choice([0, 1, 2, 3, 4, -1, -2, 0.5, 2.5, -0.5]),))
)


@domain("exp_number")
def _number_to_power(draw: Draw) -> Sample:
    base = draw.choice([2, 0.5, 3.0, 1])
    return Sample(lambda y: registry["exp_number"].function(base, y), (draw.uniform(draw.shape()),))


@domain("to_copy", analytic=False)
def _conversion(draw: Draw) -> Any:
    x = draw.complex(draw.shape()) if draw.integer(0, 1) else draw.uniform(draw.shape())
    return (np.asarray(x),), (np.dtype(draw.choice(["float64", "complex128"])),)


def _give_gelu(name: str) -> None:
    """Any numbers, with the distribution function as an argument, as in the function that users call."""

    @domain(name, analytic=False)
    def _numbers(draw: Draw) -> Sample:
        def call(x: Any) -> Any:
            return registry[name].function(x, registry["erf"].function(array_of(x) * 0.5**0.5) * 0.5 + 0.5)

        return Sample(call, (draw.uniform(draw.shape(), -3, 3),))


_give_gelu("gelu")
_give_gelu("gelu_slope")


# These primitives are in the registry once `nn` is imported.
_on(-3, 3, "softplus", "log_sigmoid", analytic=False)
domain("elu", analytic=False)(lambda draw: ((draw.nonzero(draw.shape()),), (1.5, 0.5)))
domain("leaky_relu", analytic=False)(lambda draw: ((draw.nonzero(draw.shape()),), (0.25,)))
_on(-2, 2, "hardsigmoid", analytic=False)
domain("huber", analytic=False)(lambda draw: ((draw.nonzero(draw.shape()),), (draw.choice([9.0, 0.1]),)))
domain("binary_cross_entropy_with_logits", analytic=False)(
    lambda draw: ((draw.nonzero(shape := draw.shape()), draw.uniform(shape)), ())
)
domain("binary_cross_entropy", analytic=False)(
    lambda draw: ((draw.uniform(shape := draw.shape(), 0.25, 0.75), draw.uniform(shape, 0.25, 0.75)), ())
)
