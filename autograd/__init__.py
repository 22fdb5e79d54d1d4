"""Automatic differentiation that you can see through, under PyTorch's names.

>>> import autograd as torch
>>> x = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
>>> (x**2).sum().backward()
>>> x.grad
tensor([2., 4., 6.])
"""

from __future__ import annotations

import builtins
import importlib
import warnings
from typing import TYPE_CHECKING, Any

from . import aliases, amp, cuda, fft, graph, linalg, losses, methods, signal, special
from .amp import autocast, is_autocast_enabled
from .arranging import (
    addbmm,
    addr,
    atleast_2d,
    atleast_3d,
    block_diag,
    cartesian_prod,
    column_stack,
    combinations,
    cross,
    diagflat,
    dsplit,
    dstack,
    hsplit,
    inner,
    isin,
    kron,
    msort,
    scalar_tensor,
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
from .base.allocator import keep_freed_memory
from .base.device import (
    channels_last,
    channels_last_3d,
    contiguous_format,
    device,
    layout,
    memory_format,
    preserve_format,
    strided,
)
from .base.dtypes import (
    bfloat16,
    bool_ as bool,
    can_cast,
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
    float_ as float,
    get_default_dtype,
    half,
    iinfo,
    int8,
    int16,
    int32,
    int64,
    int_ as int,
    long,
    promote_types,
    result_type,
    set_default_dtype,
    short,
    uint8,
    uint16,
    uint32,
    uint64,
)
from .core.grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from .core.tensor import Size, Tensor
from .cpu_only import get_device, is_conj, is_inference, is_neg
from .graph import save_on_cpu, saved_tensors_hooks
from .linalg.factorizations import householder_product, lu_unpack
from .linalg.older_names import (
    chain_matmul,
    cholesky,
    cholesky_inverse,
    cholesky_solve,
    geqrf,
    logdet,
    lu_solve,
    norm,
    ormqr,
    pca_lowrank,
    pinverse,
    qr,
    svd,
    svd_lowrank,
    triangular_solve,
)
from .linalg.solvers import det, inv, matrix_exp, matrix_power, slogdet
from .numerical import as_strided_scatter, frexp, gradient, histogram, histogramdd, nonzero_static
from .ops.creation.conversion import clone
from .ops.creation.from_data import (
    arange,
    as_tensor,
    asarray,
    complex,
    empty,
    eye,
    from_numpy,
    frombuffer,
    full,
    linspace,
    logspace,
    meshgrid,
    one_hot,
    ones,
    tensor,
    zeros,
)
from .ops.creation.like import (
    empty_like,
    full_like,
    ones_like,
    rand_like,
    randint_like,
    randn_like,
    zeros_like,
)
from .ops.creation.random import (
    Generator,
    bernoulli,
    binomial,
    default_generator,
    get_rng_state,
    initial_seed,
    manual_seed,
    multinomial,
    normal,
    poisson,
    rand,
    randint,
    randn,
    randperm,
    seed,
    set_rng_state,
)
from .ops.elementwise.arithmetic import (
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
from .ops.elementwise.comparison import (
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
    is_nonzero,
    is_same_size,
    is_signed,
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
    numel,
    pi,
    signbit,
)
from .ops.elementwise.composites import (
    clamp_max,
    clamp_min,
    constant_pad_nd,
    copysign,
    deg2rad,
    fill,
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
    resolve_conj,
    resolve_neg,
    rsub,
    sinc,
    view_as_complex,
    view_as_real,
    xlogy,
)
from .ops.elementwise.elementary import (
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
from .ops.elementwise.selection import broadcast_shapes, clamp, masked_fill, maximum, minimum, relu, where
from .ops.matrix.functions import adjoint
from .ops.matrix.products import (
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
from .ops.protocols.copying import from_dlpack
from .ops.protocols.printing import set_printoptions
from .ops.reduce.ordering import (
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
from .ops.reduce.reductions import (
    amax,
    amin,
    aminmax,
    cumprod,
    cumsum,
    logsumexp,
    mean,
    nansum,
    prod,
    std,
    std_mean,
    sum,
    trace,
    var,
    var_mean,
)
from .ops.reduce.statistics import (
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
from .ops.shape.indexing import (
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
from .ops.shape.joining import (
    atleast_1d,
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
from .ops.shape.padding import pad
from .ops.shape.reshape import (
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
from .ops.shape.scattering import index_reduce, scatter_reduce
from .ops.shape.strided import as_strided, empty_permuted, empty_strided
from .ops.shape.view_copies import (
    alias_copy,
    as_strided_copy,
    detach_copy,
    diagonal_copy,
    expand_copy,
    narrow_copy,
    permute_copy,
    select_copy,
    split_copy,
    split_with_sizes_copy,
    squeeze_copy,
    t_copy,
    transpose_copy,
    unbind_copy,
    unfold_copy,
    unsafe_chunk,
    unsafe_split,
    unsafe_split_with_sizes,
    unsqueeze_copy,
    view_as_complex_copy,
    view_as_real_copy,
    view_copy,
)
from .ops.special.error_function import erf, erfc, erfinv
from .ops.special.gamma import digamma, igamma, igammac, lgamma
from .overwriting import (
    diagonal_scatter,
    index_copy,
    index_put,
    masked_scatter,
    put,
    select_scatter,
    slice_scatter,
)
from .probabilities import log_softmax, softmax
from .settings import (
    accelerator,
    are_deterministic_algorithms_enabled,
    compile,
    get_default_device,
    get_float32_matmul_precision,
    get_num_threads,
    mps,
    set_default_device,
    set_default_tensor_type,
    set_float32_matmul_precision,
    set_num_threads,
    use_deterministic_algorithms,
    xpu,
)
from .signal.spectrograms import (
    bartlett_window,
    blackman_window,
    hamming_window,
    hann_window,
    istft,
    kaiser_window,
    stft,
)
from .special import i0, multigammaln as mvlgamma, polygamma
from .transforms.anomaly import (
    detect_anomaly,
    is_anomaly_check_nan_enabled,
    is_anomaly_enabled,
    set_detect_anomaly,
)
from .transforms.function import Function
from .transforms.gradients import backward, grad
from .typed_tensors import (
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

__version__ = "0.1.0"

__all__ = [
    "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "Function", "Generator", "HalfTensor",
    "IntTensor", "LongTensor", "ShortTensor", "Size", "Tensor", "Variable", "abs", "absolute", "accelerator", "acos",
    "acosh", "add", "addbmm", "addcdiv", "addcmul", "addmm", "addmv", "addr", "adjoint", "alias_copy", "all",
    "allclose", "amax", "amin", "aminmax", "amp", "angle", "any", "arange", "arccos", "arccosh", "arcsin", "arcsinh",
    "arctan", "arctan2", "arctanh", "are_deterministic_algorithms_enabled", "argmax", "argmin", "argsort", "argwhere",
    "as_strided", "as_strided_copy", "as_strided_scatter", "as_tensor", "asarray", "asin", "asinh", "atan", "atan2",
    "atanh", "atleast_1d", "atleast_2d", "atleast_3d", "autocast", "backends", "backward", "baddbmm",
    "bartlett_window", "bernoulli", "bfloat16", "bincount", "binomial", "bitwise_and", "bitwise_left_shift",
    "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "blackman_window", "block_diag", "bmm", "bool",
    "broadcast_shapes", "broadcast_tensors", "broadcast_to", "bucketize", "can_cast", "cartesian_prod", "cat", "cdist",
    "cdouble", "ceil", "cfloat", "chain_matmul", "channels_last", "channels_last_3d", "cholesky", "cholesky_inverse",
    "cholesky_solve", "chunk", "clamp", "clamp_max", "clamp_min", "clip", "clone", "column_stack", "combinations",
    "compile", "complex", "complex128", "complex64", "concat", "concatenate", "conj", "conj_physical",
    "constant_pad_nd", "contiguous_format", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
    "conv_transpose3d", "copysign", "corrcoef", "cos", "cosh", "count_nonzero", "cov", "cross", "cuda", "cummax",
    "cummin", "cumprod", "cumsum", "cumulative_trapezoid", "default_generator", "deg2rad", "det", "detach",
    "detach_copy", "detect_anomaly", "device", "diag", "diag_embed", "diagflat", "diagonal", "diagonal_copy",
    "diagonal_scatter", "diff", "digamma", "dist", "div", "divide", "dot", "double", "dsplit", "dstack", "dtype", "e",
    "einsum", "empty", "empty_like", "empty_permuted", "empty_strided", "enable_grad", "eq", "equal", "erf", "erfc",
    "erfinv", "exp", "exp2", "expand_copy", "expm1", "eye", "fft", "fill", "finfo", "fix", "flatten", "flip", "fliplr",
    "flipud", "float", "float16", "float32", "float64", "float_power", "floor", "floor_divide", "fmax", "fmin", "fmod",
    "frac", "frexp", "from_dlpack", "from_numpy", "frombuffer", "full", "full_like", "func", "functional", "gather",
    "gcd", "ge", "geqrf", "ger", "get_default_device", "get_default_dtype", "get_device",
    "get_float32_matmul_precision", "get_num_threads", "get_rng_state", "grad", "gradient", "greater", "greater_equal",
    "gt", "half", "hamming_window",
    "hann_window", "heaviside", "histc", "histogram", "histogramdd", "householder_product", "hsplit", "hstack",
    "hypot", "i0", "igamma", "igammac", "iinfo", "imag", "index_add", "index_copy", "index_fill", "index_put",
    "index_reduce", "index_select", "inf", "inference_mode", "initial_seed", "inner", "int", "int16", "int32", "int64",
    "int8", "inv", "inverse", "is_anomaly_check_nan_enabled", "is_anomaly_enabled", "is_autocast_enabled",
    "is_complex", "is_conj", "is_floating_point", "is_grad_enabled", "is_inference", "is_inference_mode_enabled",
    "is_neg", "is_nonzero", "is_same_size", "is_signed", "is_tensor", "isclose", "isfinite", "isin", "isinf", "isnan",
    "isneginf", "isposinf", "isreal", "istft", "kaiser_window", "kron", "kthvalue", "layout", "lcm", "ldexp", "le",
    "lerp", "less", "less_equal", "lgamma", "linalg", "linear", "linspace", "load", "log", "log10", "log1p", "log2",
    "log_softmax", "logaddexp", "logaddexp2", "logcumsumexp", "logdet", "logical_and", "logical_not", "logical_or",
    "logical_xor", "logit", "logspace", "logsumexp", "long", "lt", "lu_solve", "lu_unpack", "manual_seed", "masked",
    "masked_fill", "masked_scatter", "masked_select", "matmul", "matrix_exp", "matrix_power", "max", "maximum", "mean",
    "median", "memory_format", "meshgrid", "min", "minimum", "mm", "mode", "moveaxis", "movedim", "mps", "msort",
    "mul", "multinomial", "multiply", "mv", "mvlgamma", "nan", "nan_to_num", "nanmean", "nanmedian", "nanquantile",
    "nansum", "narrow", "narrow_copy", "ne", "neg", "negative", "newaxis", "nextafter", "no_grad", "nonzero",
    "nonzero_static", "norm", "normal", "not_equal", "numel", "one_hot", "ones", "ones_like", "orgqr", "ormqr",
    "outer", "pad", "pca_lowrank", "permute", "permute_copy", "pi", "pinverse", "poisson", "polar", "polygamma",
    "positive", "pow", "preserve_format", "prod", "promote_types", "put", "qr", "quantile", "rad2deg", "rand",
    "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm", "ravel", "real", "reciprocal", "relu",
    "remainder", "renorm", "repeat_interleave", "reshape", "resolve_conj", "resolve_neg", "result_type", "roll",
    "rot90", "round", "row_stack", "rsqrt", "rsub", "save", "save_on_cpu", "saved_tensors_hooks", "scalar_tensor",
    "scatter", "scatter_add", "scatter_reduce", "searchsorted", "seed", "select", "select_copy", "select_scatter",
    "set_default_device", "set_default_dtype", "set_default_tensor_type", "set_detect_anomaly",
    "set_float32_matmul_precision", "set_grad_enabled", "set_num_threads", "set_printoptions", "set_rng_state", "sgn",
    "short", "sigmoid", "sign", "signal", "signbit", "sin", "sinc", "sinh", "slice_scatter", "slogdet", "softmax",
    "sort", "special", "split", "split_copy", "split_with_sizes", "split_with_sizes_copy", "sqrt", "square", "squeeze",
    "squeeze_copy", "stack", "std", "std_mean", "stft", "strided", "sub", "subtract", "sum", "svd", "svd_lowrank",
    "swapaxes", "swapdims", "t", "t_copy", "take", "take_along_dim", "tan", "tanh", "tensor", "tensor_split",
    "tensordot", "tile", "topk", "trace", "transpose", "transpose_copy", "trapezoid", "trapz", "triangular_solve",
    "tril", "tril_indices", "triu", "triu_indices", "true_divide", "trunc", "uint16", "uint32", "uint64", "uint8",
    "unbind", "unbind_copy", "unflatten", "unfold_copy", "unique", "unique_consecutive", "unravel_index",
    "unsafe_chunk", "unsafe_split", "unsafe_split_with_sizes", "unsqueeze", "unsqueeze_copy",
    "use_deterministic_algorithms", "vander", "var", "var_mean", "vdot", "view_as_complex", "view_as_complex_copy",
    "view_as_real", "view_as_real_copy", "view_copy", "vmap", "vsplit", "vstack", "where", "xlogy", "xpu", "zeros",
    "zeros_like",
]  # fmt: skip

inverse, orgqr = inv, householder_product
conj_physical = conj
detach, ger, newaxis = Tensor.detach, outer, None
absolute, clip, divide, true_divide, subtract = abs, clamp, div, div, sub
swapaxes = swapdims = transpose
moveaxis = movedim

methods.put_on_tensor()
keep_freed_memory()
# Infinity and NaN are values, as in PyTorch: log(0) is -inf, and no warning.
warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"autograd\.")

aliases.hang()

if TYPE_CHECKING:
    from . import func, functional, masked
    from .func import vmap
    from .saving.serialization import load, save
    from .tape.gradient_tape import GradientTape

#: What is imported when it is first asked for, and where it is: an import of the package shall be quick.
_LATE = {
    "func": "", "functional": "", "masked": "", "vmap": "func",
    "save": "saving.serialization", "load": "saving.serialization",
    "GradientTape": "tape.gradient_tape", "gradcheck": "testing", "gradgradcheck": "testing",
}  # fmt: skip
#: What PyTorch has at the top level too, with the same arguments.
_FUNCTIONAL = {
    "adaptive_avg_pool1d", "adaptive_max_pool1d", "alpha_dropout", "avg_pool1d", "bilinear", "celu", "channel_shuffle",
    "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "cosine_similarity",
    "dropout", "feature_alpha_dropout", "group_norm", "hardshrink", "layer_norm", "max_pool1d", "max_pool2d",
    "max_pool3d", "pairwise_distance", "pdist", "pixel_shuffle", "pixel_unshuffle", "prelu", "rms_norm", "rrelu",
    "selu", "threshold",
}  # fmt: skip
_ROOMS = ("backends", "teaching", "tensorflow", "testing", "utils")


def Variable(data: Any, requires_grad: builtins.bool = False, volatile: builtins.bool = False) -> Tensor:
    """The tensor: what PyTorch needed a wrapper for before 0.4.

    >>> Variable(ones(2), requires_grad=True)
    tensor([1., 1.], requires_grad=True)
    """
    return as_tensor(data).detach().requires_grad_(requires_grad)


def __getattr__(name: str) -> Any:
    """Open a door, or a room that is entered only when it is asked for."""
    if name.endswith("_") and not name.startswith("_") and hasattr(Tensor, name):
        return getattr(Tensor, name)  # relu_(x) is x.relu_()
    if _LATE.get(name):
        return getattr(importlib.import_module(f"{__name__}.{_LATE[name]}"), name)
    if name in _FUNCTIONAL:
        return getattr(importlib.import_module("nn.functional"), name)
    if f"{__name__}.{name}" in aliases.DOORS or name in _ROOMS or name in _LATE:
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'autograd' has no attribute {name!r}")
