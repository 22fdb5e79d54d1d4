"""The in-place forms of functions that need no more than to be written over their first argument.

To add one, name its function here.
"""

from __future__ import annotations

from types import ModuleType

from ... import arranging, overwriting, special
from ..elementwise import arithmetic, comparison, composites, elementary
from ..matrix import products
from ..reduce import reductions, statistics
from ..shape import reshape, scattering
from ..special import error_function, gamma
from .writing import in_place

_FUNCTIONS: dict[ModuleType, str] = {
    arithmetic: "fix float_power fmod frac multiply negative sgn true_divide",
    comparison: "eq ge gt le lt ne logical_and logical_not logical_or logical_xor "
    "bitwise_and bitwise_not bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift "
    "greater greater_equal less less_equal not_equal",
    composites: "absolute clamp_max clamp_min copysign deg2rad gcd heaviside lcm ldexp logit nan_to_num nextafter "
    "rad2deg sinc xlogy",
    elementary: "acos acosh arccos arccosh arcsin arcsinh arctan arctanh asin asinh atan atan2 arctan2 atanh cosh "
    "exp2 expm1 hypot log10 log1p log2 sinh tan",
    reductions: "cumprod cumsum",
    reshape: "tril triu",
    products: "addmm addmv baddbmm",
    scattering: "index_reduce scatter_reduce",
    gamma: "digamma igamma igammac lgamma",
    error_function: "erfc erfinv",
    special: "i0",
    arranging: "addbmm addr",
    overwriting: "index_copy index_put masked_scatter put",
    statistics: "renorm",
}

FORMS = {
    f"{name}_": in_place(f"{name}_", getattr(module, name))
    for module, names in _FUNCTIONS.items()
    for name in names.split()
}
