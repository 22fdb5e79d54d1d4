"""Statistics: covariances, quantiles, running extremes, differences, areas and distances."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...core.operation import as_dtype
from ...core.tensor import Tensor, wrap
from ..arguments import check_dim, numpy_names
from ..elementwise.arithmetic import conj, real
from ..elementwise.comparison import logical_xor
from ..elementwise.composites import logaddexp
from ..elementwise.elementary import sqrt
from ..elementwise.selection import where
from ..matrix.products import matmul
from ..shape.indexing import along, take
from ..shape.joining import cat
from ..shape.reshape import diagonal, movedim, squeeze, transpose, unsqueeze
from . import named_results
from .ordering import order_along, picked, places_of, searchsorted, sort
from .reductions import cumsum, nansum, norm, sum


def cov(
    input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None
) -> Tensor:
    """The covariances of the rows, whose columns are observations.

    Args:
        input: (variables, observations), or the observations of one variable.
        correction: what is taken from the number of observations before it divides.
        fweights: (observations,), how often each occurred.
        aweights: (observations,), how much each counts.

    Raises:
        RuntimeError: there are too many dims, or weights that do not fit, are negative or of a wrong type.
    """
    if input.array.ndim > 2:
        raise RuntimeError(f"cov(): expected input to have two or fewer dimensions but got shape {input.array.shape}")
    count = input.array.shape[-1] if input.array.ndim else 1
    for name, kinds, weights in (("fweights", "iu", fweights), ("aweights", "f", aweights)):
        if weights is None:
            continue
        if weights.array.ndim > 1 or weights.array.size != count or weights.array.dtype.kind not in kinds:
            raise RuntimeError(
                f"cov(): expected {count} {'integers' if kinds == 'iu' else 'floating-point numbers'} as {name}, one "
                f"for each observation, but got shape {weights.array.shape} of {weights.dtype}"
            )
        if np.any(weights.array < 0):
            raise RuntimeError(f"cov(): {name} cannot be negative")
    x = input if input.array.ndim == 2 else input.reshape(1, -1)
    x = x if x.array.dtype.kind in "fc" else x.float()
    w: Any = wrap(np.ones(x.array.shape[1], np.int64))
    for weights in (fweights, aweights):
        w = w if weights is None else w * weights
    total = sum(w)
    freedom = total - correction * (sum(w * aweights) / total if aweights is not None else 1)
    deviations = x - unsqueeze(sum(x * w, 1) / total, 1)
    products = matmul(deviations, conj(transpose(deviations * w, 0, 1)))
    return squeeze(products / where(freedom.array <= 0, 0, freedom))


def corrcoef(input: Tensor) -> Tensor:
    """The correlations of the rows: their covariances over the products of their deviations."""
    c = cov(input)
    if not c.array.ndim:
        return c / c
    deviation = sqrt(real(diagonal(c)))
    return c / unsqueeze(deviation, 1) / deviation


@numpy_names
def quantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """The values below which the fractions `q` of the elements lie; NaN where there is one.

    Raises:
        RuntimeError: a fraction is not in [0, 1].
    """
    bad = np.isnan(input.array)
    size = input.array.size if dim is None else input.array.shape[dim] if input.array.ndim else 1
    some = np.any(bad, axis=None if dim is None or not input.array.ndim else dim)
    return _quantile(input, q, dim, keepdim, interpolation, np.full(some.shape, size), some)


@numpy_names
def nanquantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """The quantiles of the elements that are numbers.

    Raises:
        RuntimeError: a fraction is not in [0, 1].
    """
    axis = None if dim is None or not input.array.ndim else dim
    count = np.asarray(np.sum(~np.isnan(input.array), axis=axis))
    return _quantile(input, q, dim, keepdim, interpolation, count, count == 0)


def _quantile(
    input: Tensor, q: Any, dim: int | None, keepdim: bool, interpolation: str, count: Array, bad: Any
) -> Tensor:
    """The quantiles of groups of `count` numbers, which stand before the NaNs; NaN where `bad`."""
    flat = dim is None or not input.array.ndim
    x = sort(input.reshape(-1) if flat else movedim(input, dim, -1), -1).values
    fractions = q if isinstance(q, Tensor) else wrap(np.asarray(q, x.array.dtype))
    if np.any((fractions.array < 0) | (fractions.array > 1)):
        raise RuntimeError("quantile() q values must be in the range [0, 1]")
    last = wrap(np.maximum(count - 1, 0).astype(x.array.dtype))
    exact = where(bad, x.array.shape[-1] - 1, fractions.reshape(-1, *(1,) * count.ndim) * last)
    rounded: dict[str, Any] = {"lower": np.floor, "higher": np.ceil, "nearest": np.round}
    rank = rounded.get(interpolation, np.asarray)(exact.array)
    low, high = np.floor(rank).astype(np.int64), np.ceil(rank).astype(np.int64)
    weight = exact - low.astype(x.array.dtype) if interpolation == "linear" else (low < high) / 2
    below, above = (movedim(take(x, along(np.moveaxis(i, 0, -1), x.array.ndim - 1)), -1, 0) for i in (low, high))
    out = below + as_dtype(weight, x.array.dtype) * (above - below)
    if keepdim:
        kept = [1 if flat or i == dim % input.array.ndim else n for i, n in enumerate(input.array.shape)]
        out = out.reshape([len(out.array), *kept])
    return out if fractions.array.ndim else out[0]


@numpy_names
def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of the elements that are numbers."""
    count = sum(wrap(~np.isnan(input.array)), dim, keepdim)
    return nansum(input, dim, keepdim, dtype=dtype) / count


@numpy_names
def nanmedian(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """The middle of the elements that are numbers, the lower of two; with a dim, values and indices along it."""
    if dim is None:
        return nanmedian(input.reshape(-1), 0).values
    axis = check_dim(dim, input.array.ndim)
    array = np.atleast_1d(input.array)
    middle = np.maximum(np.sum(~np.isnan(array), axis, keepdims=True) - 1, 0) // 2
    positions = np.take_along_axis(order_along(array, axis, False), middle, axis)
    return named_results.nanmedian(*_chosen(input, positions, axis, keepdim))


def _chosen(input: Tensor, positions: Array, axis: int, keepdim: bool) -> tuple[Tensor, Tensor]:
    if not input.array.ndim:
        return input.clone(), wrap(np.int64(0))
    return picked(input, positions, axis, keepdim), places_of(positions, axis, keepdim)


@numpy_names
def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> named_results.mode:
    """The most frequent value along `dim`, the smallest of several, and where it stands last."""
    axis = check_dim(dim, input.array.ndim)
    array = np.moveaxis(np.atleast_1d(input.array), axis, -1)
    same = array[..., :, None] == array[..., None, :]
    frequency = same.sum(-1)
    most = frequency == frequency.max(-1, keepdims=True)
    order = order_along(array, array.ndim - 1, False)
    first = np.argmax(np.take_along_axis(most, order, -1), -1)[..., None]
    place = np.take_along_axis(order, first, -1)
    equal = array == np.take_along_axis(array, place, -1)
    last = array.shape[-1] - 1 - np.argmax(equal[..., ::-1], -1)[..., None]
    return named_results.mode(*_chosen(input, np.moveaxis(last, -1, axis), axis, keepdim))


def histc(input: Tensor, bins: int = 100, min: Any = 0, max: Any = 0) -> Tensor:
    """How many elements fall into each of `bins` equal intervals from `min` to `max`, or of all elements."""
    if min == max and input.array.size:
        min, max = (float(f(input.array)) for f in (np.min, np.max))
    if min == max:
        min, max = min - 1, max + 1
    return wrap(np.histogram(input.array, bins, (min, max))[0].astype(input.array.dtype))


def bucketize(input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """The interval between the sorted `boundaries` in which each element lies."""
    out = searchsorted(boundaries, input, right=right)
    return as_dtype(out, np.dtype(np.int32)) if out_int32 else out


# -- running ----------------------------------------------------------------------------------------------


def _running(extreme: Any, input: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """The running extreme values along a dim, and where the last of each stands."""
    axis = check_dim(dim, input.array.ndim)
    if not input.array.ndim:
        return input.clone(), wrap(np.int64(0))
    x = np.moveaxis(input.array, axis, -1)
    new = (x == extreme.accumulate(x, -1)) | np.isnan(x)
    places = np.maximum.accumulate(np.where(new, np.arange(x.shape[-1]), 0), -1)
    positions = np.ascontiguousarray(np.moveaxis(places, -1, axis))
    return take(input, along(positions, axis)), wrap(positions)


@numpy_names
def cummax(input: Tensor, dim: int) -> named_results.cummax:
    """The largest elements so far along `dim`, and where they stand."""
    return named_results.cummax(*_running(np.maximum, input, dim))


@numpy_names
def cummin(input: Tensor, dim: int) -> named_results.cummin:
    """The smallest elements so far along `dim`, and where they stand."""
    return named_results.cummin(*_running(np.minimum, input, dim))


@numpy_names
def logcumsumexp(input: Tensor, dim: int) -> Tensor:
    """The logarithms of the running sums of eˣ along `dim`: by doubling, as `cumprod`, or if complex one by one.

    A complex logarithm is one of many: in sequence it stays on the branch of what came before.
    """
    axis = check_dim(dim, input.array.ndim)
    if not input.array.ndim:
        return input.clone()
    x, step = movedim(input, axis, 0), 1
    if x.array.dtype.kind == "c":
        rows = [x[:1]]
        for i in range(1, len(x.array)):
            rows.append(logaddexp(rows[-1], x[i : i + 1]))
        return movedim(cat(rows), 0, axis)
    while step < len(x.array):
        x = cat([x[:step], logaddexp(x[step:], x[:-step])])
        step *= 2
    return movedim(x, 0, axis)


# -- differences and areas ----------------------------------------------------------------------------------


def _neighbours(x: Tensor, dim: int) -> tuple[Tensor, Tensor]:
    """All but the first and all but the last slice along a dim."""
    before = (slice(None),) * check_dim(dim, x.array.ndim)
    return x[(*before, slice(1, None))], x[(*before, slice(None, -1))]


@numpy_names
def diff(
    input: Tensor, n: int = 1, dim: int = -1, prepend: Tensor | None = None, append: Tensor | None = None
) -> Tensor:
    """The differences of neighbours along `dim`, taken `n` times.

    Raises:
        RuntimeError: `n` is negative.
    """
    if n < 0:
        raise RuntimeError(f"diff: order must be non-negative but got {n}")
    if n == 0:
        return input.clone()
    x = cat([part for part in (prepend, input, append) if part is not None], dim)
    for _ in range(n):
        after, before = _neighbours(x, dim)
        x = logical_xor(after, before) if x.array.dtype.kind == "b" else after - before
    return x


def _areas(y: Tensor, x: Tensor | None, dx: Any, dim: int) -> Tensor:
    """The areas of the trapezoids between neighbours."""
    after, before = _neighbours(y, dim)
    if x is None:
        return (after + before) * (1 if dx is None else dx) / 2
    axis = check_dim(dim, y.array.ndim)
    if x.array.ndim == 1:
        x = x.reshape([-1 if i == axis else 1 for i in range(y.array.ndim)])
    elif x.array.ndim < y.array.ndim:
        x = x.reshape([1] * (y.array.ndim - x.array.ndim) + list(x.array.shape))
    return (after + before) * diff(x, dim=dim) / 2


@numpy_names
def trapezoid(y: Tensor, x: Tensor | None = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """The area under `y` along `dim` by the trapezoidal rule, at the points `x` or with steps `dx` (1)."""
    return sum(_areas(y, x, dx, dim), dim)


trapz = trapezoid


@numpy_names
def cumulative_trapezoid(y: Tensor, x: Tensor | None = None, *, dx: Any = None, dim: int = -1) -> Tensor:
    """The areas so far under `y` along `dim` by the trapezoidal rule."""
    return cumsum(_areas(y, x, dx, dim), dim)


# -- distances --------------------------------------------------------------------------------------------


def dist(input: Tensor, other: Tensor, p: Any = 2) -> Tensor:
    """The p-norm of the difference."""
    return norm(input - other, p)


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = "") -> Tensor:
    """The p-norms of the differences of every row of `x1` and every row of `x2`."""
    return norm(unsqueeze(x1, -2) - unsqueeze(x2, -3), p, -1)


def renorm(input: Tensor, p: Any, dim: int, maxnorm: Any) -> Tensor:
    """The slices along `dim` scaled down to a p-norm of at most `maxnorm`.

    Raises:
        RuntimeError: there are fewer than two dims.
    """
    if input.array.ndim < 2:
        raise RuntimeError(f"renorm: input needs at least 2 dimensions, but its shape is {input.array.shape}")
    axis = check_dim(dim, input.array.ndim)
    size = norm(input, p, tuple(i for i in range(input.array.ndim) if i != axis), True)
    return input * where(size.array > maxnorm, maxnorm / (size + 1e-7), 1)
