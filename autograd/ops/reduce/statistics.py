"""Statistics: covariances, quantiles, means and medians without NaN, modes, histograms."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...base.dtypes import Array
from ...base.numpy_warnings import silenced
from ...base.symbolic import as_array, as_one_call
from ...core.operation import as_dtype
from ...core.public import numpy_names
from ...core.tensor import Tensor, wrap
from ..arguments import check_dim
from ..elementwise.complex_numbers import conj, real
from ..elementwise.elementary import sqrt
from ..elementwise.selection import where
from ..half_precision import in_single_precision
from ..new_memory import with_own_memory
from ..shape.diagonals import diagonal
from ..shape.indexing import along, take_at
from ..shape.reshape import movedim, squeeze, transpose, unsqueeze
from . import named_results
from .ordering import order_along, shared_among_equals, sort, values_and_indices
from .reductions import check_not_empty, nansum, sum

__all__ = ["corrcoef", "cov", "histc", "histogram", "mode", "nanmean", "nanmedian", "nanquantile", "quantile"]


@in_single_precision
def cov(
    input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None
) -> Tensor:
    """The covariance matrix of variables, which are the rows of `input`; the columns are observations.

    Args:
        input: (variables, observations), or (observations,) for a single variable.
        correction: subtracted from the number of observations that the sum is divided by.
        fweights: (observations,), integers: how often each observation occurred.
        aweights: (observations,), floating-point: the weight of each observation.

    Raises:
        RuntimeError: `input` has more than two dims; weights have the wrong shape or dtype, or are negative.
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
    products = deviations @ conj(transpose(deviations * w, 0, 1))
    return squeeze(products / where(freedom.array <= 0, 0, freedom))


@in_single_precision
def corrcoef(input: Tensor) -> Tensor:
    """The correlation matrix of variables: their covariances divided by the products of their standard deviations."""
    c = cov(input)
    if not c.array.ndim:
        return c / c
    deviation = sqrt(real(diagonal(c)))
    return c / unsqueeze(deviation, 1) / deviation


@numpy_names
@with_own_memory
def quantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """The `q`-th quantiles of all elements, or along `dim`; NaN if an element is NaN.

    Args:
        input: floating-point, of any shape.
        q: a number or vector of fractions from 0 to 1; the quantiles of a vector are stacked in a new first dim.
        dim: the dim; None for the flattened tensor.
        keepdim: whether the dim is kept with size 1.
        interpolation: "linear", "lower", "higher", "midpoint" or "nearest", between two neighbouring elements.

    Raises:
        RuntimeError: a fraction is not in [0, 1], or the elements are not of float32 or float64.
    """
    axis = _axis_of(dim, input)
    size = input.array.size if axis is None else input.array.shape[axis]
    has_nan = np.any(np.isnan(input.array), axis=axis)
    return _quantile(input, q, dim, keepdim, interpolation, np.full(has_nan.shape, size), has_nan)


@numpy_names
@with_own_memory
def nanquantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Tensor:
    """As `quantile`, but ignoring NaN."""
    axis = _axis_of(dim, input)
    count = as_array(np.sum(~np.isnan(input.array), axis=axis))
    return _quantile(input, q, dim, keepdim, interpolation, count, count == 0)


def _axis_of(dim: int | None, input: Tensor) -> int | None:
    """`dim` as a number from 0; None for all elements: of a 0-d tensor, every `dim` means them."""
    axis = None if dim is None else check_dim(dim, input.array.ndim)
    return axis if input.array.ndim else None


def _quantile(
    input: Tensor, q: Any, dim: int | None, keepdim: bool, interpolation: str, count: Array, is_nan: Any
) -> Tensor:
    """The quantiles of the first `count` elements of each sorted group; NaN where `is_nan`."""
    if input.array.dtype not in (np.float32, np.float64):
        raise RuntimeError(f"quantile() input tensor must be either float or double dtype, but got {input.dtype}")
    if interpolation not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise RuntimeError(
            "quantile() interpolation must be one of linear, lower, higher, midpoint or nearest, but got "
            f"{interpolation}"
        )
    if not input.array.size:
        raise RuntimeError("quantile() input tensor must be non-empty")
    flat = dim is None or not input.array.ndim
    x = sort(input.reshape(-1) if flat else movedim(input, dim, -1), -1).values
    fractions = q if isinstance(q, Tensor) else wrap(as_array(q, x.array.dtype))
    if np.any((fractions.array < 0) | (fractions.array > 1)):
        raise RuntimeError(f"quantile() q values must be in the range [0, 1], but got {fractions.tolist()!r:.60}")
    last = wrap(np.maximum(count - 1, 0).astype(x.array.dtype))
    exact = where(is_nan, x.array.shape[-1] - 1, fractions.reshape(-1, *(1,) * count.ndim) * last)
    rounded: dict[str, Any] = {"lower": np.floor, "higher": np.ceil, "nearest": np.round}
    rank = rounded.get(interpolation, np.asarray)(exact.array)
    low, high = np.floor(rank).astype(np.int64), np.ceil(rank).astype(np.int64)
    weight = exact - low.astype(x.array.dtype) if interpolation == "linear" else (low < high) / 2
    below, above = (movedim(take_at(x, along(np.moveaxis(i, 0, -1), x.array.ndim - 1)), -1, 0) for i in (low, high))
    out = below + as_dtype(weight, x.array.dtype) * (above - below)
    if keepdim:
        kept = [1 if flat or i == dim % input.array.ndim else n for i, n in enumerate(input.array.shape)]
        out = out.reshape([len(out.array), *kept])
    return out if fractions.array.ndim else out[0]


@numpy_names
@in_single_precision
def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Tensor:
    """The mean of all elements, or along `dim`, ignoring NaN."""
    count = sum(wrap(~np.isnan(input.array)), dim, keepdim)
    return nansum(input, dim, keepdim, dtype=dtype) / count


@numpy_names
@with_own_memory
def nanmedian(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
    """As `median`, but ignoring NaN."""
    if dim is None:
        if not input.array.size:
            return input.sum() * math.nan
        return shared_among_equals(input, nanmedian(input.detach().reshape(-1), 0).values)
    axis = check_dim(dim, input.array.ndim)
    array = np.atleast_1d(input.array)
    middle = np.maximum(np.sum(~np.isnan(array), axis, keepdims=True) - 1, 0) // 2
    positions = np.take_along_axis(order_along(array, axis, False), middle, axis)
    return named_results.nanmedian(*values_and_indices(input, positions, axis, keepdim))


@numpy_names
def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> named_results.mode:
    """The most frequent value along `dim`, of several the smallest, and the index of its last occurrence."""
    axis = check_dim(dim, input.array.ndim)
    check_not_empty("mode", input, [axis])
    last = as_one_call(_last_of_most, np.moveaxis(np.atleast_1d(input.array), axis, -1))
    return named_results.mode(*values_and_indices(input, np.moveaxis(last, -1, axis), axis, keepdim))


def _last_of_most(x: Array) -> Array:
    """Along the last dim, the index of the last of the equal elements that are most, of several the smallest."""
    order = order_along(x, x.ndim - 1, False)
    ordered, places = np.take_along_axis(x, order, -1), np.arange(x.shape[-1])
    new = np.ones(x.shape, bool)
    np.not_equal(ordered[..., 1:], ordered[..., :-1], out=new[..., 1:])
    before = places - np.maximum.accumulate(np.where(new, places, 0), -1)
    return np.take_along_axis(order, np.argmax(before, -1)[..., None], -1)


_histogram = silenced(np.histogram)


def _check_range(name: str, low: Any, high: Any) -> None:
    if not (np.isfinite(low) and np.isfinite(high)):
        raise RuntimeError(f"{name}: range of [{low}, {high}] is not finite: give finite edges")


def histc(input: Tensor, bins: int = 100, min: Any = 0, max: Any = 0) -> Tensor:
    """The numbers of elements in `bins` equal intervals from `min` to `max`; by default, of all elements.

    Raises:
        RuntimeError: `min` or `max` is not finite.
    """
    if min == max and input.array.size:
        min, max = (float(f(input.array)) for f in (np.min, np.max))
    if min == max:
        min, max = min - 1, max + 1
    _check_range("histc", min, max)
    return wrap(_histogram(input.array, bins, (min, max))[0].astype(input.array.dtype))


class Histogram(NamedTuple):
    """The number of elements, or the sum of their weights, in each bin, and the edges of the bins."""

    hist: Tensor
    bin_edges: Tensor


def histogram(
    input: Tensor, bins: Any = 100, *, range: Any = None, weight: Tensor | None = None, density: bool = False
) -> Histogram:
    """The histogram of the elements.

    Args:
        input: of any shape.
        bins: the number of bins of equal width, or a vector of the edges.
        range: the outer edges; None for the smallest and the largest element.
        weight: the weight of each element, in the shape of `input`.
        density: whether to divide by the total and by the widths of the bins, so that the integral is 1.

    Raises:
        RuntimeError: an outer edge is not finite.
    """
    kind = input.array.dtype
    if isinstance(bins, Tensor):
        edges = bins.array
    else:
        low, high = (
            range if range is not None else (input.array.min(), input.array.max()) if input.array.size else (0, 1)
        )
        if low == high:
            low, high = low - 0.5, high + 0.5
        _check_range("histogram", low, high)
        edges = np.linspace(low, high, bins + 1, dtype=kind)
    weights = None if weight is None else weight.array.reshape(-1)
    counts, _ = _histogram(input.array.reshape(-1), edges, weights=weights, density=density)
    return Histogram(wrap(counts.astype(kind)), wrap(edges.astype(kind)))
