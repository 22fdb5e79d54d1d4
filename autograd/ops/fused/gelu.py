"""GELU as a primitive: its rule uses the normal distribution function, which the forward has computed."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...base.symbolic import as_array
from ...core.operation import Operation, primitive
from ...core.tensor import Tensor, wrap
from ..elementwise.composites import as_float
from ..elementwise.elementary import exp
from ..special.error_function import erf


def _density(x: Any) -> Any:
    """The density of the normal distribution."""
    return exp(x * x * -0.5) * (1 / math.sqrt(2 * math.pi))


def _slope_at(x: Array, cdf: Array) -> Array:
    """P(Z ≤ x) + x φ(x), in one new array: large ones take longer to make than to compute."""
    out = as_array(x * x)
    out *= -0.5
    np.exp(out, out=out)
    out *= 1 / math.sqrt(2 * math.pi)
    out *= x
    out += cdf
    return out


# P(Z ≤ x) is passed as an array. It is not an independent input: the rules for x account for it.
_slope: Operation = primitive(
    "gelu_slope",
    _slope_at,
    x=lambda g, x: g * (2 - x * x) * _density(x),
    keeps_layout=True,
    doc="P(Z ≤ x) + x φ(x), the slope of gelu, for the normal density φ: (2 - x²) φ(x)",
)
_gelu: Operation = primitive(
    "gelu",
    lambda x, cdf: x * cdf,
    x=lambda g, x, cdf: g * _slope(x, cdf),
    keeps_layout=True,
    doc="x P(Z ≤ x) for a standard normal Z: P(Z ≤ x) + x φ(x), for the normal density φ",
)


def gelu(x: Tensor) -> Tensor:
    """x P(Z ≤ x) for a standard normal Z."""
    x = as_float(x)
    cdf = erf(wrap(x.array * math.sqrt(0.5))).array
    cdf += 1
    cdf *= 0.5
    result: Tensor = _gelu(x, cdf)
    return result
