"""`tf.math`: elementwise functions, reductions, counting and special functions."""
# ruff: noqa: F403, F405  (the names of __all__ that are also at the top level come from __all__ of two files)

from __future__ import annotations

from .control import add_n
from .counting import bincount, confusion_matrix, in_top_k, zero_fraction
from .elementwise import *
from .elementwise import (
    ceil,
    divide_no_nan,
    erf,
    erfc,
    expm1,
    floordiv,
    floormod,
    is_finite,
    is_inf,
    is_nan,
    log,
    log1p,
    logical_xor,
    mod,
    multiply_no_nan,
    reciprocal,
    rint,
    rsqrt,
    scalar_mul,
    softplus,
    squared_difference,
)
from .nn import log_softmax, softmax, softsign
from .products import l2_normalize
from .reductions import *
from .reductions import count_nonzero, reduce_euclidean_norm, reduce_std, reduce_variance, top_k
from .scattering import segment_max, segment_mean, segment_min, segment_sum, unsorted_segment_mean, unsorted_segment_sum
from .special import (
    angle,
    bessel_i0,
    bessel_i1,
    conj,
    cumprod,
    digamma,
    erfinv,
    igamma,
    igammac,
    imag,
    lgamma,
    log_sigmoid,
    ndtri,
    polyval,
    real,
    reciprocal_no_nan,
    xdivy,
    xlog1py,
    xlogy,
)

__all__ = [
    "abs", "acos", "acosh", "add", "add_n", "angle", "argmax", "argmin", "asin", "asinh", "atan", "atan2", "atanh",
    "bessel_i0", "bessel_i1", "bincount", "ceil", "confusion_matrix", "conj", "cos", "cosh", "count_nonzero", "cumprod",
    "cumsum", "digamma", "divide", "divide_no_nan", "equal", "erf", "erfc", "erfinv", "exp", "expm1", "floor",
    "floordiv", "floormod", "greater", "greater_equal", "igamma", "igammac", "imag", "in_top_k", "is_finite", "is_inf",
    "is_nan", "l2_normalize", "less", "less_equal", "lgamma", "log", "log1p", "log_sigmoid", "log_softmax",
    "logical_and", "logical_not", "logical_or", "logical_xor", "maximum", "minimum", "mod", "multiply",
    "multiply_no_nan", "ndtri", "negative", "not_equal", "polyval", "pow", "real", "reciprocal", "reciprocal_no_nan",
    "reduce_all", "reduce_any", "reduce_euclidean_norm", "reduce_logsumexp", "reduce_max", "reduce_mean", "reduce_min",
    "reduce_prod", "reduce_std", "reduce_sum", "reduce_variance", "rint", "round", "rsqrt", "scalar_mul", "segment_max",
    "segment_mean", "segment_min", "segment_sum", "sigmoid", "sign", "sin", "sinh", "softmax", "softplus", "softsign",
    "sqrt", "square", "squared_difference", "subtract", "tan", "tanh", "top_k", "truediv", "unsorted_segment_mean",
    "unsorted_segment_sum", "xdivy", "xlog1py", "xlogy", "zero_fraction",
]  # fmt: skip
