"""Automatic differentiation that you can see through, under PyTorch's names.

>>> import autograd as torch
>>> x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
>>> (x**2).sum().backward()
>>> x.grad
tensor([2., 4., 6.])
"""

from __future__ import annotations

import importlib
import warnings
from typing import Any

from . import losses, methods
from .arithmetic import (
    abs, add, angle, ceil, conj, div, fix, float_power, floor, floor_divide, fmod, frac, imag, mul, multiply, neg,
    negative, pow, real, remainder, round, sgn, sign, square, sub, trunc,
)  # fmt: skip
from .backprop import grad
from .comparison import (
    all, allclose, any, bitwise_and, bitwise_left_shift, bitwise_not, bitwise_or, bitwise_right_shift, bitwise_xor,
    count_nonzero, e, eq, equal, ge, greater, greater_equal, gt, inf, is_complex, is_floating_point, is_tensor,
    isclose, isfinite, isinf, isnan, isneginf, isposinf, le, less, less_equal, logical_and, logical_not, logical_or,
    logical_xor, lt, nan, ne, not_equal, pi, signbit,
)  # fmt: skip
from .conversion import clone
from .creation import (
    arange, as_tensor, asarray, complex, empty, empty_like, eye, from_numpy, full, full_like, linspace, logspace,
    meshgrid, one_hot, ones, ones_like, rand_like, randint_like, randn_like, tensor, zeros, zeros_like,
)  # fmt: skip
from .dtypes import (
    bool_ as bool,
    cdouble, cfloat, complex64, complex128, double, dtype, finfo, float16, float32, float64, get_default_dtype, half,
    iinfo, int8, int16, int32, int64, long, promote_types, set_default_dtype, short, uint8, uint16, uint32, uint64,
)  # fmt: skip
from .dtypes import float_ as float
from .dtypes import int_ as int
from .elementary import (
    acos, acosh, arccos, arccosh, arcsin, arcsinh, arctan, arctan2, arctanh, asin, asinh, atan, atan2, atanh, cos, cosh,
    erf, erfc, exp, exp2, expm1, hypot, log, log1p, log2, log10, reciprocal, rsqrt, sigmoid, sin, sinh, sqrt, tan, tanh,
)  # fmt: skip
from .graph import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from .indexing import (
    gather, index_add, index_fill, index_select, masked_select, repeat_interleave, scatter, scatter_add, take_along_dim,
)  # fmt: skip
from .joining import (
    atleast_1d, cat, chunk, concat, concatenate, hstack, narrow, row_stack, select, split, stack, tensor_split, unbind,
    vstack,
)  # fmt: skip
from .linalg import (
    addcdiv, addcmul, addmm, addmv, baddbmm, bmm, dot, einsum, linear, matmul, mm, mv, outer, tensordot,
)  # fmt: skip
from .memory import keep_freed_memory
from .ordering import (
    argmax, argmin, argsort, argwhere, bincount, kthvalue, max, median, min, nonzero, searchsorted, sort, topk, unique,
)  # fmt: skip
from .padding import pad
from .printing import set_printoptions
from .random import (
    Generator, bernoulli, default_generator, get_rng_state, initial_seed, manual_seed, multinomial, normal, rand,
    randint, randn, randperm, seed, set_rng_state,
)  # fmt: skip
from .reductions import (
    amax, amin, aminmax, cumprod, cumsum, logsumexp, mean, nansum, norm, prod, std, std_mean, sum, trace, var, var_mean,
)  # fmt: skip
from .selection import broadcast_shapes, clamp, masked_fill, maximum, minimum, relu, where
from .shapes import (
    broadcast_tensors, broadcast_to, diag, diag_embed, diagonal, flatten, flip, fliplr, flipud, movedim, permute,
    ravel, reshape, roll, rot90, squeeze, t, tile, transpose, tril, triu, unflatten, unsqueeze,
)  # fmt: skip
from .softmax import log_softmax, softmax
from .tensor import Size, Tensor

__version__ = "0.1.0"

absolute, clip, divide, true_divide, subtract = abs, clamp, div, div, sub
swapaxes = swapdims = transpose
moveaxis = movedim

methods.put_on_tensor()
keep_freed_memory()
# Infinity and NaN are values, as in PyTorch: log(0) is -inf, and no warning.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"autograd\.")

_DOORS = {
    "autograd": "autograd",
    "nn": "nn",
    "optim": "nn.optim",
    "utils": "autograd.utils",
    "testing": "autograd.testing",
    "teaching": "autograd.teaching",
    "tensorflow": "autograd.tensorflow",
}


def __getattr__(name: str) -> Any:
    """Open a door to a package above this one, when it is asked for."""
    if name in _DOORS:
        return importlib.import_module(_DOORS[name])
    raise AttributeError(f"module 'autograd' has no attribute {name!r}")
