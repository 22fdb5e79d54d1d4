"""Convolution as three primitives: the convolution of an input with a weight, and its transposes in either argument.

The vector-Jacobian products of each are the other two, so derivatives of any order stay within the three.
"""

from __future__ import annotations

from ...base.dtypes import Array
from ...base.half_precision import in_single
from ...core.operation import Operation, primitive
from ..reduce.reductions import sum_axes
from .columns import convolved, convolved_input, convolved_weight


def _spatial(g: Array) -> tuple[int, ...]:
    return (0, *range(2, g.ndim))


#: The convolution of `x` (N, C, *size) with `weight` (O, C/groups, *kernel), plus `bias` (O,) or None.
convolve: Operation = primitive(
    "convolution",
    in_single(convolved),
    x=lambda g, weight, geometry: convolve_input(g, weight, geometry),
    weight=lambda g, x, geometry: convolve_weight(x, g, geometry),
    bias=lambda g: sum_axes(g, _spatial(g), False),
    doc="Each window times the weights, summed",
)
#: The transpose of `convolve` in the input: `y` (N, O, *out) and the weight give (N, C, *size).
convolve_input: Operation = primitive(
    "convolution_input",
    in_single(convolved_input),
    y=lambda g, weight, geometry: convolve(g, weight, None, geometry),
    weight=lambda g, y, geometry: convolve_weight(g, y, geometry),
    doc="The transpose of a convolution with respect to its input",
)
#: The transpose of `convolve` in the weight: `x` and `y` give (O, C/groups, *kernel).
convolve_weight: Operation = primitive(
    "convolution_weight",
    in_single(convolved_weight),
    x=lambda g, y, geometry: convolve_input(y, g, geometry),
    y=lambda g, x, geometry: convolve(x, g, None, geometry),
    doc="The transpose of a convolution with respect to its weights",
)
