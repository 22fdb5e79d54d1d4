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
from typing import TYPE_CHECKING, Any

from . import cuda, doors, graph, losses, methods
from .anomaly import (
    detect_anomaly,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    set_detect_anomaly,
)
from .arithmetic import (
    abs,
    add,
    angle,
    ceil,
    conj,
    div,
    fix,
    float_power,
    floor,
    floor_divide,
    fmod,
    frac,
    imag,
    mul,
    multiply,
    neg,
    negative,
    pow,
    real,
    remainder,
    round,
    sgn,
    sign,
    square,
    sub,
    trunc,
)
from .arranging import (
    addbmm,
    addr,
    atleast_1d,
    atleast_2d,
    atleast_3d,
    block_diag,
    cartesian_prod,
    column_stack,
    combinations,
    cross,
    diagflat,
    diagonal_scatter,
    dsplit,
    dstack,
    hsplit,
    index_copy,
    index_put,
    inner,
    isin,
    kron,
    masked_scatter,
    msort,
    put,
    scalar_tensor,
    select_scatter,
    slice_scatter,
    split_with_sizes,
    take,
    tril_indices,
    triu_indices,
    unique_consecutive,
    unravel_index,
    vander,
    vdot,
    vsplit,
)
from .backprop import grad
from .comparison import (
    all,
    allclose,
    any,
    bitwise_and,
    bitwise_left_shift,
    bitwise_not,
    bitwise_or,
    bitwise_right_shift,
    bitwise_xor,
    count_nonzero,
    e,
    eq,
    equal,
    ge,
    greater,
    greater_equal,
    gt,
    inf,
    is_complex,
    is_floating_point,
    is_tensor,
    isclose,
    isfinite,
    isinf,
    isnan,
    isneginf,
    isposinf,
    le,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    lt,
    nan,
    ne,
    not_equal,
    pi,
    signbit,
)
from .composites import (
    clamp_max,
    clamp_min,
    copysign,
    deg2rad,
    fmax,
    fmin,
    gcd,
    heaviside,
    isreal,
    lcm,
    ldexp,
    lerp,
    logaddexp,
    logaddexp2,
    logit,
    nan_to_num,
    nextafter,
    polar,
    positive,
    rad2deg,
    rsub,
    sinc,
    xlogy,
)
from .conversion import clone
from .convolution import conv1d, conv2d, conv_transpose1d, conv_transpose2d
from .copying import from_dlpack
from .creation import (
    arange,
    as_tensor,
    asarray,
    complex,
    empty,
    empty_like,
    eye,
    from_numpy,
    full,
    full_like,
    linspace,
    logspace,
    meshgrid,
    one_hot,
    ones,
    ones_like,
    rand_like,
    randint_like,
    randn_like,
    tensor,
    zeros,
    zeros_like,
)
from .device import device
from .dtypes import (
    bool_ as bool,
)
from .dtypes import (
    cdouble,
    cfloat,
    complex64,
    complex128,
    double,
    dtype,
    finfo,
    float16,
    float32,
    float64,
    get_default_dtype,
    half,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    long,
    promote_types,
    set_default_dtype,
    short,
    uint8,
    uint16,
    uint32,
    uint64,
)
from .dtypes import float_ as float
from .dtypes import int_ as int
from .elementary import (
    acos,
    acosh,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cos,
    cosh,
    erf,
    erfc,
    exp,
    exp2,
    expm1,
    hypot,
    log,
    log1p,
    log2,
    log10,
    reciprocal,
    rsqrt,
    sigmoid,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)
from .function import Function
from .graph import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from .hooks import backward
from .indexing import (
    gather,
    index_add,
    index_fill,
    index_select,
    masked_select,
    repeat_interleave,
    scatter,
    scatter_add,
    take_along_dim,
)
from .joining import (
    cat,
    chunk,
    concat,
    concatenate,
    hstack,
    narrow,
    row_stack,
    select,
    split,
    stack,
    tensor_split,
    unbind,
    vstack,
)
from .legacy import (
    BoolTensor,
    ByteTensor,
    CharTensor,
    DoubleTensor,
    FloatTensor,
    HalfTensor,
    IntTensor,
    LongTensor,
    ShortTensor,
)
from .linalg import (
    addcdiv,
    addcmul,
    addmm,
    addmv,
    baddbmm,
    bmm,
    dot,
    einsum,
    linear,
    matmul,
    mm,
    mv,
    outer,
    tensordot,
)
from .memory import keep_freed_memory
from .ordering import (
    argmax,
    argmin,
    argsort,
    argwhere,
    bincount,
    kthvalue,
    max,
    median,
    min,
    nonzero,
    searchsorted,
    sort,
    topk,
    unique,
)
from .padding import pad
from .printing import set_printoptions
from .probabilities import log_softmax, softmax
from .random import (
    Generator,
    bernoulli,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    multinomial,
    normal,
    rand,
    randint,
    randn,
    randperm,
    seed,
    set_rng_state,
)
from .recording import saved_tensors_hooks
from .reductions import (
    amax,
    amin,
    aminmax,
    cumprod,
    cumsum,
    logsumexp,
    mean,
    nansum,
    norm,
    prod,
    std,
    std_mean,
    sum,
    trace,
    var,
    var_mean,
)
from .selection import broadcast_shapes, clamp, masked_fill, maximum, minimum, relu, where
from .shapes import (
    broadcast_tensors,
    broadcast_to,
    diag,
    diag_embed,
    diagonal,
    flatten,
    flip,
    fliplr,
    flipud,
    movedim,
    permute,
    ravel,
    reshape,
    roll,
    rot90,
    squeeze,
    t,
    tile,
    transpose,
    tril,
    triu,
    unflatten,
    unsqueeze,
)
from .statistics import (
    bucketize,
    cdist,
    corrcoef,
    cov,
    cummax,
    cummin,
    cumulative_trapezoid,
    diff,
    dist,
    histc,
    logcumsumexp,
    mode,
    nanmean,
    nanmedian,
    nanquantile,
    quantile,
    renorm,
    trapezoid,
    trapz,
)
from .tensor import Size, Tensor

__version__ = "0.1.0"

__all__ = [
    "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor", "LongTensor",
    "ShortTensor", "cuda", "device",
    "Function", "Generator", "Size", "Tensor", "abs", "absolute", "acos", "acosh", "add", "addbmm", "addcdiv",
    "addcmul", "addmm", "addmv", "addr", "all", "allclose", "amax", "amin", "aminmax", "angle", "any", "arange",
    "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "argmax", "argmin", "argsort",
    "argwhere", "as_tensor", "asarray", "asin", "asinh", "atan", "atan2", "atanh", "atleast_1d", "atleast_2d",
    "atleast_3d", "backward", "baddbmm", "bernoulli", "bincount", "bitwise_and", "bitwise_left_shift", "bitwise_not",
    "bitwise_or", "bitwise_right_shift", "bitwise_xor", "block_diag", "bmm", "bool", "broadcast_shapes",
    "broadcast_tensors", "broadcast_to", "bucketize", "cartesian_prod", "cat", "cdist", "cdouble", "ceil", "cfloat",
    "chunk", "clamp", "clamp_max", "clamp_min", "clip", "clone", "column_stack", "combinations", "complex",
    "complex128", "complex64", "concat", "concatenate", "conj", "conv1d", "conv2d", "conv_transpose1d",
    "conv_transpose2d", "copysign", "corrcoef", "cos", "cosh", "count_nonzero", "cov", "cross", "cummax", "cummin",
    "cumprod", "cumsum", "cumulative_trapezoid", "default_generator", "deg2rad", "detect_anomaly", "diag",
    "diag_embed", "diagflat", "diagonal", "diagonal_scatter", "diff", "dist", "div", "divide", "dot", "double",
    "dsplit", "dstack", "dtype", "e", "einsum", "empty", "empty_like", "enable_grad", "eq", "equal", "erf", "erfc",
    "exp", "exp2", "expm1", "eye", "finfo", "fix", "flatten", "flip", "fliplr", "flipud", "float", "float16",
    "float32", "float64", "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod", "frac", "from_dlpack",
    "from_numpy", "full", "full_like", "func", "functional", "gather", "gcd", "ge", "get_default_dtype",
    "get_rng_state", "grad", "greater", "greater_equal", "gt", "half", "heaviside", "histc", "hsplit", "hstack",
    "hypot", "iinfo", "imag", "index_add", "index_copy", "index_fill", "index_put", "index_select", "inf",
    "inference_mode", "initial_seed", "inner", "int", "int16", "int32", "int64", "int8",
    "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "is_complex", "is_floating_point", "is_grad_enabled",
    "is_inference_mode_enabled", "is_tensor", "isclose", "isfinite", "isin", "isinf", "isnan", "isneginf", "isposinf",
    "isreal", "kron", "kthvalue", "lcm", "ldexp", "le", "lerp", "less", "less_equal", "linear", "linspace", "load",
    "log", "log10", "log1p", "log2", "log_softmax", "logaddexp", "logaddexp2", "logcumsumexp", "logical_and",
    "logical_not", "logical_or", "logical_xor", "logit", "logspace", "logsumexp", "long", "lt", "manual_seed",
    "masked_fill", "masked_scatter", "masked_select", "matmul", "max", "maximum", "mean", "median", "meshgrid", "min",
    "minimum", "mm", "mode", "moveaxis", "movedim", "msort", "mul", "multinomial", "multiply", "mv", "nan",
    "nan_to_num", "nanmean", "nanmedian", "nanquantile", "nansum", "narrow", "ne", "neg", "negative", "nextafter",
    "no_grad", "nonzero", "norm", "normal", "not_equal", "one_hot", "ones", "ones_like", "outer", "pad", "permute",
    "pi", "polar", "positive", "pow", "prod", "promote_types", "put", "quantile", "rad2deg", "rand", "rand_like",
    "randint", "randint_like", "randn", "randn_like", "randperm", "ravel", "real", "reciprocal", "relu", "remainder",
    "renorm", "repeat_interleave", "reshape", "roll", "rot90", "round", "row_stack", "rsqrt", "rsub", "save",
    "saved_tensors_hooks", "scalar_tensor", "scatter", "scatter_add", "searchsorted", "seed", "select",
    "select_scatter", "set_default_dtype", "set_detect_anomaly", "set_grad_enabled", "set_printoptions",
    "set_rng_state", "sgn", "short", "sigmoid", "sign", "signbit", "sin", "sinc", "sinh", "slice_scatter", "softmax",
    "sort", "split", "split_with_sizes", "sqrt", "square", "squeeze", "stack", "std", "std_mean", "sub", "subtract",
    "sum", "swapaxes", "swapdims", "t", "take", "take_along_dim", "tan", "tanh", "tensor", "tensor_split",
    "tensordot", "tile", "topk", "trace", "transpose", "trapezoid", "trapz", "tril", "tril_indices", "triu",
    "triu_indices", "true_divide", "trunc", "uint16", "uint32", "uint64", "uint8", "unbind", "unflatten", "unique",
    "unique_consecutive", "unravel_index", "unsqueeze", "vander", "var", "var_mean", "vdot", "vmap", "vsplit",
    "vstack", "where", "xlogy", "zeros", "zeros_like",
]  # fmt: skip

absolute, clip, divide, true_divide, subtract = abs, clamp, div, div, sub
swapaxes = swapdims = transpose
moveaxis = movedim

methods.put_on_tensor()
keep_freed_memory()
# Infinity and NaN are values, as in PyTorch: log(0) is -inf, and no warning.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"autograd\.")

doors.hang()

if TYPE_CHECKING:
    from . import func, functional
    from .func import vmap
    from .serialization import load, save

#: What is imported when it is first asked for, and where it is: an import of the package shall be quick.
_LATE = {"func": "", "functional": "", "vmap": "func", "save": "serialization", "load": "serialization"}
_ROOMS = ("teaching", "tensorflow", "testing", "utils")
# PyTorch keeps it beside the nodes, `autograd.graph.saved_tensors_hooks`.
setattr(graph, "saved_tensors_hooks", saved_tensors_hooks)  # noqa: B010


def __getattr__(name: str) -> Any:
    """Open a door, or a room that is entered only when it is asked for."""
    if _LATE.get(name):
        return getattr(importlib.import_module(f"{__name__}.{_LATE[name]}"), name)
    if f"{__name__}.{name}" in doors.DOORS or name in _ROOMS or name in _LATE:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'autograd' has no attribute {name!r}")
