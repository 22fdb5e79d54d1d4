"""Every operator and method of Tensor: each is a function first, and gets its place on the class here.

To add a method, write the function beside its family and name it in the class below. The first
parameter of the function is the tensor.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import (
    cpu_only,
    special,
    typed_tensors,
)
from .core.tensor import Tensor
from .linalg import older_names, products as matrix_powers, solvers
from .ops.creation import conversion, like, random
from .ops.elementwise import arithmetic, comparison, complex_numbers, composites, elementary, selection
from .ops.fused import softmax as softmaxes
from .ops.inplace import filling, forms, writing
from .ops.matrix import distances, functions, products
from .ops.protocols import copying, numpy_ufuncs, printing, python_protocols
from .ops.reduce import cumulative, differences, ordering, reductions, statistics
from .ops.shape import (
    diagonals,
    indexing,
    reordering,
    reshape as shapes,
    scattering,
    splitting,
    strided,
)
from .ops.special import bessel, error_function, gamma
from .signal import spectrograms
from .transforms import gradients


def _reflected(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """The operator with its operands exchanged: what Python calls for `2 - x`."""

    def reflected(self: Any, other: Any) -> Any:
        return function(other, self)

    reflected.__name__ = reflected.__qualname__ = f"reflected_{function.__name__}"
    return reflected


def notebook_html(self: Tensor) -> str | None:
    """What a notebook shows: the numbers and the graph; None, for the numbers alone, if there is no graph."""
    from .teaching.notebook import tensor_html  # a room above: opened when a notebook asks for it

    return tensor_html(self)


class Methods:
    """The operators and methods of Tensor."""

    __slots__ = ()

    # operators
    __add__ = arithmetic.plus
    __radd__ = _reflected(arithmetic.plus)
    __sub__ = arithmetic.minus
    __rsub__ = _reflected(arithmetic.minus)
    __mul__ = arithmetic.mul
    __rmul__ = _reflected(arithmetic.mul)
    __truediv__ = arithmetic.quotient
    __rtruediv__: Callable[[Any, Any], Any] = arithmetic.divided_into
    __rdiv__ = __rtruediv__
    __floordiv__ = arithmetic.floor_divide
    __rfloordiv__ = _reflected(arithmetic.floor_divide)
    __mod__ = arithmetic.remainder
    __rmod__ = _reflected(arithmetic.remainder)
    __pow__ = arithmetic.pow
    __rpow__ = _reflected(arithmetic.pow)
    __matmul__ = products.matmul
    __rmatmul__ = _reflected(products.matmul)
    __neg__ = arithmetic.neg
    __abs__ = arithmetic.abs
    __eq__ = comparison.eq
    __ne__ = comparison.ne
    __lt__ = comparison.lt
    __le__ = comparison.le
    __gt__ = comparison.gt
    __ge__ = comparison.ge
    __and__ = comparison.bitwise_and
    __rand__ = comparison.bitwise_and
    __or__ = comparison.bitwise_or
    __ror__ = comparison.bitwise_or
    __xor__ = comparison.bitwise_xor
    __rxor__ = comparison.bitwise_xor
    __hash__ = object.__hash__
    __invert__ = comparison.bitwise_not
    __lshift__ = comparison.bitwise_left_shift
    __rshift__ = comparison.bitwise_right_shift
    __getitem__ = indexing.getitem
    __array_ufunc__ = numpy_ufuncs.array_ufunc

    # arithmetic
    add = arithmetic.add
    sub = subtract = arithmetic.sub
    mul = multiply = arithmetic.mul
    div = divide = true_divide = arithmetic.div
    floor_divide = arithmetic.floor_divide
    remainder = arithmetic.remainder
    fmod = arithmetic.fmod
    pow = arithmetic.pow
    float_power = arithmetic.float_power
    neg = negative = arithmetic.neg
    square = arithmetic.square
    abs = absolute = arithmetic.abs
    sign = arithmetic.sign
    sgn = arithmetic.sgn
    floor = arithmetic.floor
    ceil = arithmetic.ceil
    trunc = fix = arithmetic.trunc
    round = arithmetic.round
    frac = arithmetic.frac
    conj = complex_numbers.conj
    angle = complex_numbers.angle
    real = property(complex_numbers.real)
    imag = property(complex_numbers.imag)

    # elementary functions
    sqrt = elementary.sqrt
    rsqrt = elementary.rsqrt
    reciprocal = elementary.reciprocal
    exp = elementary.exp
    exp2 = elementary.exp2
    expm1 = elementary.expm1
    log = elementary.log
    log1p = elementary.log1p
    log2 = elementary.log2
    log10 = elementary.log10
    sin = elementary.sin
    cos = elementary.cos
    tan = elementary.tan
    asin = arcsin = elementary.asin
    acos = arccos = elementary.acos
    atan = arctan = elementary.atan
    atan2 = arctan2 = elementary.atan2
    sinh = elementary.sinh
    cosh = elementary.cosh
    tanh = elementary.tanh
    asinh = arcsinh = elementary.asinh
    acosh = arccosh = elementary.acosh
    atanh = arctanh = elementary.atanh
    hypot = elementary.hypot
    sigmoid = elementary.sigmoid

    # choosing
    relu = selection.relu
    clamp = clip = selection.clamp
    maximum = selection.maximum
    minimum = selection.minimum
    masked_fill = selection.masked_fill
    where = selection.where_method

    # reductions
    sum = reductions.sum
    mean = reductions.mean
    nansum = reductions.nansum
    prod = reductions.prod
    amax = reductions.amax
    amin = reductions.amin
    aminmax = reductions.aminmax
    var = reductions.var
    std = reductions.std
    norm = older_names.norm
    trace = reductions.trace
    cumsum = cumulative.cumsum
    cumprod = cumulative.cumprod
    logsumexp = reductions.logsumexp
    log_softmax = softmaxes.log_softmax
    softmax = softmaxes.softmax

    # order
    max = ordering.max
    min = ordering.min
    argmax = ordering.argmax
    argmin = ordering.argmin
    sort = ordering.sort
    argsort = ordering.argsort
    topk = ordering.topk
    kthvalue = ordering.kthvalue
    median = ordering.median
    unique = ordering.unique
    nonzero = ordering.nonzero
    argwhere = ordering.argwhere
    bincount = ordering.bincount

    # shapes
    reshape = shapes.reshape
    reshape_as = shapes.reshape_as
    view = shapes.view
    view_as = shapes.view_as
    flatten = shapes.flatten
    unflatten = shapes.unflatten
    ravel = shapes.ravel
    squeeze = shapes.squeeze
    unsqueeze = shapes.unsqueeze
    permute = shapes.permute
    transpose = swapaxes = swapdims = shapes.transpose
    t = shapes.t
    T = property(shapes.reversed_dims)
    mT = property(shapes.matrix_transpose)
    movedim = moveaxis = shapes.movedim
    expand = shapes.expand
    expand_as = shapes.expand_as
    broadcast_to = shapes.broadcast_to
    repeat = reordering.repeat
    tile = reordering.tile
    flip = reordering.flip
    fliplr = reordering.fliplr
    flipud = reordering.flipud
    roll = reordering.roll
    rot90 = reordering.rot90
    diagonal = diagonals.diagonal
    diag = diagonals.diag
    diag_embed = diagonals.diag_embed
    tril = diagonals.tril
    triu = diagonals.triu

    # joining and taking apart
    split = splitting.split
    chunk = splitting.chunk
    tensor_split = splitting.tensor_split
    unbind = splitting.unbind
    narrow = splitting.narrow
    select = splitting.select
    stft = spectrograms.stft
    istft = spectrograms.istft

    # indexing
    gather = indexing.gather
    take_along_dim = indexing.take_along_dim
    index_select = indexing.index_select
    index_add = scattering.index_add
    index_fill = scattering.index_fill
    masked_select = indexing.masked_select
    scatter = scattering.scatter
    scatter_add = scattering.scatter_add
    repeat_interleave = indexing.repeat_interleave

    diagonal_scatter = scattering.diagonal_scatter
    index_copy = scattering.index_copy
    index_put = scattering.index_put
    masked_scatter = scattering.masked_scatter
    put = scattering.put
    select_scatter = scattering.select_scatter
    slice_scatter = scattering.slice_scatter
    scatter_reduce = scattering.scatter_reduce
    index_reduce = scattering.index_reduce

    # composites
    clamp_max = composites.clamp_max
    clamp_min = composites.clamp_min
    copysign = composites.copysign
    deg2rad = composites.deg2rad
    rad2deg = composites.rad2deg
    fmax = composites.fmax
    fmin = composites.fmin
    ldexp = composites.ldexp
    logaddexp = composites.logaddexp
    logaddexp2 = composites.logaddexp2
    heaviside = composites.heaviside
    lerp = composites.lerp
    logit = composites.logit
    nan_to_num = composites.nan_to_num
    positive = composites.positive
    sinc = composites.sinc
    xlogy = composites.xlogy
    gcd = composites.gcd
    lcm = composites.lcm
    isreal = complex_numbers.isreal
    nextafter = composites.nextafter

    digamma = gamma.digamma
    lgamma = gamma.lgamma
    igamma = gamma.igamma
    igammac = gamma.igammac
    erf = error_function.erf
    erfc = error_function.erfc
    erfinv = error_function.erfinv
    i0 = bessel.i0
    mvlgamma = special.multigammaln
    polygamma = special.polygamma_of

    frexp = composites.frexp
    histogram = statistics.histogram
    resolve_conj = composites.resolve_conj
    resolve_neg = composites.resolve_neg
    conj_physical = complex_numbers.conj
    as_strided_scatter = scattering.as_strided_scatter

    # the memory it shows
    as_strided = strided.as_strided
    unfold = strided.unfold
    untyped_storage = strided.untyped_storage
    set_ = strided.set_
    resize_ = strided.resize_
    resize_as_ = strided.resize_as_
    storage = strided.storage  # the last: from here on it is the method

    # statistics
    cov = statistics.cov
    corrcoef = statistics.corrcoef
    quantile = statistics.quantile
    nanquantile = statistics.nanquantile
    nanmean = statistics.nanmean
    nanmedian = statistics.nanmedian
    mode = statistics.mode
    histc = statistics.histc
    cummax = cumulative.cummax
    cummin = cumulative.cummin
    logcumsumexp = cumulative.logcumsumexp
    diff = differences.diff
    dist = distances.dist
    renorm = distances.renorm

    # arranging
    hsplit = splitting.hsplit
    vsplit = splitting.vsplit
    dsplit = splitting.dsplit
    kron = products.kron
    inner = products.inner
    vdot = products.vdot
    addr = products.addr
    addbmm = products.addbmm
    cross = products.cross
    split_with_sizes = splitting.split_with_sizes
    take = indexing.take
    msort = ordering.msort
    unique_consecutive = ordering.unique_consecutive
    diagflat = diagonals.diagflat
    sum_to_size = reductions.sum_to_size

    # linear algebra
    matmul = products.matmul
    mm = products.mm
    bmm = products.bmm
    mv = products.mv
    dot = products.dot
    outer = ger = products.outer
    addmm = products.addmm
    addmv = products.addmv
    baddbmm = products.baddbmm
    addcmul = products.addcmul
    addcdiv = products.addcdiv

    inverse = solvers.inv
    det = solvers.det
    slogdet = solvers.slogdet
    logdet = older_names.logdet
    matrix_power = matrix_powers.matrix_power
    matrix_exp = matrix_powers.matrix_exp
    svd = older_names.svd
    qr = older_names.qr
    cholesky = older_names.cholesky
    cholesky_solve = older_names.cholesky_solve
    cholesky_inverse = older_names.cholesky_inverse
    triangular_solve = older_names.triangular_solve
    lu = older_names.lu
    lu_solve = older_names.lu_solve
    geqrf = older_names.geqrf
    pinverse = older_names.pinverse
    H = property(older_names.transposed_conjugate)
    mH = property(functions.adjoint)
    adjoint = functions.adjoint

    # comparing and testing
    eq = comparison.eq
    ne = not_equal = comparison.ne
    lt = less = comparison.lt
    le = less_equal = comparison.le
    gt = greater = comparison.gt
    ge = greater_equal = comparison.ge
    logical_and = comparison.logical_and
    logical_or = comparison.logical_or
    logical_xor = comparison.logical_xor
    logical_not = comparison.logical_not
    bitwise_and = comparison.bitwise_and
    bitwise_or = comparison.bitwise_or
    bitwise_xor = comparison.bitwise_xor
    bitwise_not = comparison.bitwise_not
    isnan = comparison.isnan
    isinf = comparison.isinf
    isposinf = comparison.isposinf
    isneginf = comparison.isneginf
    isfinite = comparison.isfinite
    signbit = comparison.signbit
    all = comparison.all
    any = comparison.any
    count_nonzero = comparison.count_nonzero
    equal = comparison.equal
    is_nonzero = comparison.is_nonzero
    is_same_size = comparison.is_same_size
    is_signed = comparison.is_signed
    bitwise_left_shift = comparison.bitwise_left_shift
    bitwise_right_shift = comparison.bitwise_right_shift
    isclose = comparison.isclose
    allclose = comparison.allclose

    # random
    bernoulli = random.bernoulli
    multinomial = random.multinomial

    # converting
    to = conversion.to
    type = typed_tensors.type_of
    cpu = cpu_only.cpu
    cuda = cpu_only.cuda
    get_device = cpu_only.get_device
    is_pinned = cpu_only.is_pinned
    pin_memory = cpu_only.pin_memory
    to_dense = cpu_only.to_dense
    share_memory_ = cpu_only.share_memory_
    is_shared = cpu_only.is_shared
    is_conj = cpu_only.is_conj
    is_neg = cpu_only.is_neg
    is_inference = cpu_only.is_inference
    new = typed_tensors.new
    type_as = conversion.type_as
    clone = conversion.clone
    contiguous = conversion.contiguous
    float = conversion.to_float
    double = conversion.to_double
    half = conversion.to_half
    bfloat16 = conversion.to_bfloat16
    int = conversion.to_int
    long = conversion.to_long
    short = conversion.to_short
    char = conversion.to_char
    byte = conversion.to_byte
    bool = conversion.to_bool
    cfloat = conversion.to_cfloat
    cdouble = conversion.to_cdouble
    new_tensor = like.new_tensor
    new_zeros = like.new_zeros
    new_ones = like.new_ones
    new_empty = like.new_empty
    new_full = like.new_full

    # in place
    __setitem__ = writing.setitem
    __iadd__ = forms.add_
    __isub__ = forms.sub_
    __imul__ = forms.mul_
    __itruediv__ = forms.div_
    __ifloordiv__ = forms.floor_divide_
    __imod__ = forms.remainder_
    __ipow__ = forms.pow_
    add_ = forms.add_
    sub_ = subtract_ = forms.sub_
    mul_ = forms.mul_
    div_ = divide_ = forms.div_
    pow_ = forms.pow_
    floor_divide_ = forms.floor_divide_
    remainder_ = forms.remainder_
    addcmul_ = forms.addcmul_
    addcdiv_ = forms.addcdiv_
    lerp_ = forms.lerp_
    apply_ = forms.apply_
    fill_ = filling.fill_
    zero_ = filling.zero_
    copy_ = filling.copy_
    normal_ = filling.normal_
    uniform_ = filling.uniform_
    random_ = filling.random_
    bernoulli_ = filling.bernoulli_
    exponential_ = filling.exponential_
    geometric_ = filling.geometric_
    log_normal_ = filling.log_normal_
    cauchy_ = filling.cauchy_
    fill_diagonal_ = filling.fill_diagonal_
    unsqueeze_ = forms.unsqueeze_
    squeeze_ = forms.squeeze_
    transpose_ = swapaxes_ = swapdims_ = forms.transpose_
    t_ = forms.t_
    detach_ = forms.detach_

    # the graph
    backward = gradients.backward_of_one
    register_post_accumulate_grad_hook = gradients.register_post_accumulate_grad_hook

    # Python's and NumPy's protocols
    __init__ = typed_tensors.initialize
    __repr__ = printing.format_tensor
    __format__ = python_protocols.formatted
    __array__ = python_protocols.array
    __float__ = python_protocols.to_float
    __int__ = python_protocols.to_int
    __complex__ = python_protocols.to_complex
    __index__ = python_protocols.index
    __bool__ = python_protocols.truth
    __len__ = python_protocols.length
    __iter__ = python_protocols.iterate
    __contains__ = python_protocols.contains
    item = python_protocols.item
    tolist = python_protocols.tolist
    numpy = python_protocols.numpy
    _number = python_protocols.number
    _version = property(strided.version_of)
    _repr_html_ = notebook_html

    # copies
    __copy__ = copying.shallow_copy
    __deepcopy__ = copying.deep_copy
    __reduce_ex__ = copying.reduce
    __dlpack__ = copying.to_dlpack
    __dlpack_device__ = copying.dlpack_device


def put_on_tensor() -> None:
    """Give Tensor the operators and methods."""
    methods = {
        name: function
        for name, function in vars(Methods).items()
        if name not in ("__module__", "__annotations__", "__doc__", "__slots__", "__dict__", "__weakref__")
    }
    for name, function in {**methods, **forms.in_place_forms(methods)}.items():
        setattr(Tensor, name, function)
