"""Counting and searching: unique values, histograms of integers, confusion matrices, sorted search, masks."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ..ops.shape import indexing, reshape
from .dtypes import as_dtype
from .elementwise import cast
from .errors import invalid
from .tensors import EagerTensor, checked, tensor_of

#: The names at the top level of `autograd.tensorflow`; the others are in tf.math.
__all__ = ["searchsorted", "sequence_mask", "unique", "unique_with_counts"]


class Unique(NamedTuple):
    """The distinct values `y`, and for each element the index `idx` of its value in `y`."""

    y: EagerTensor
    idx: EagerTensor


class UniqueWithCounts(NamedTuple):
    """As `Unique`, with the number of occurrences of each value."""

    y: EagerTensor
    idx: EagerTensor
    count: EagerTensor  # type: ignore[assignment]  # TensorFlow's name; it hides tuple.count


@checked("UniqueWithCounts")
def unique_with_counts(x: Any, out_idx: Any = "int32", name: str | None = None) -> UniqueWithCounts:
    """The distinct values of a vector in the order of first occurrence, their indices and their counts.

    Raises:
        InvalidArgumentError: `x` is not a vector.
    """
    array = np.asarray(tensor_of(x).array)
    if array.ndim != 1:
        raise invalid("Unique", f"unique expects a 1D vector, but the shape is {array.shape}")
    _, first, inverse, counts = np.unique(array, return_index=True, return_inverse=True, return_counts=True)
    order = np.argsort(first)
    rank = np.empty_like(order)
    rank[order] = np.arange(len(order))
    kind = as_dtype(out_idx).numpy
    indices, count = EagerTensor(rank[inverse].astype(kind)), EagerTensor(counts[order].astype(kind))
    return UniqueWithCounts(EagerTensor(array[first[order]]), indices, count)


@checked("Unique")
def unique(x: Any, out_idx: Any = "int32", name: str | None = None) -> Unique:
    """The distinct values of a vector in the order of first occurrence, and their indices.

    >>> unique([3, 1, 3]).y.numpy()
    array([3, 1], dtype=int32)
    """
    return Unique(*unique_with_counts(x, out_idx)[:2])


@checked("DenseBincount")
def bincount(
    arr: Any, weights: Any = None, minlength: int | None = None, maxlength: int | None = None, dtype: Any = "int32",
    name: str | None = None,
) -> EagerTensor:  # fmt: skip
    """The number of occurrences of 0, 1, 2, …; with `weights`, the sum of the weights of each number.

    >>> print(bincount([1, 1, 3]))
    tf.Tensor([0 2 0 1], shape=(4,), dtype=int32)
    """
    numbers = np.ravel(tensor_of(arr).array)
    if numbers.size and numbers.min() < 0:
        raise invalid("DenseBincount", f"Input arr must be non-negative, but contains {numbers.min()}")
    length = max(int(numbers.max(initial=-1)) + 1, minlength or 0)
    length = length if maxlength is None else min(length, maxlength)
    counted = numbers < length
    if weights is None:
        return EagerTensor(np.bincount(numbers[counted], minlength=length)[:length].astype(as_dtype(dtype).numpy))
    w = EagerTensor.result(reshape.reshape(tensor_of(weights), (-1,)))
    if w.array.shape != numbers.shape:
        raise invalid("DenseBincount", f"weights must have the shape of arr, {numbers.shape}, not {w.array.shape}")
    return EagerTensor.result(indexing.put_at(indexing.getitem(w, counted), (length,), (numbers[counted],)))


@checked("ScatterNd")
def confusion_matrix(
    labels: Any, predictions: Any, num_classes: int | None = None, weights: Any = None, dtype: Any = "int32",
    name: str | None = None,
) -> EagerTensor:  # fmt: skip
    """The confusion matrix: row i, column j counts the examples of class i that were predicted as class j.

    Raises:
        InvalidArgumentError: a class number is negative, or not below `num_classes`.

    >>> print(confusion_matrix([0, 1, 1], [0, 1, 0]))
    tf.Tensor(
    [[1 0]
     [1 1]], shape=(2, 2), dtype=int32)
    """
    rows, columns = (np.ravel(tensor_of(numbers).array).astype(np.int64) for numbers in (labels, predictions))
    largest = max(int(rows.max(initial=-1)), int(columns.max(initial=-1)))
    count = largest + 1 if num_classes is None else int(num_classes)
    if largest >= count or min(rows.min(initial=0), columns.min(initial=0)) < 0:
        smallest = min(int(rows.min(initial=0)), int(columns.min(initial=0)))
        raise invalid(
            "ScatterNd", f"labels and predictions must be in [0, {count}), but are in [{smallest}, {largest}]"
        )
    ones = EagerTensor(np.ones(rows.shape, as_dtype(dtype).numpy))
    values = ones if weights is None else cast(reshape.reshape(tensor_of(weights), (-1,)), dtype)
    if not rows.shape == columns.shape == values.array.shape:
        raise invalid(
            "ScatterNd",
            f"labels, predictions and weights must have the same size, but have {rows.size}, {columns.size} and "
            f"{values.array.size}",
        )
    return EagerTensor.result(indexing.put_at(values, (count, count), (rows, columns)))


@checked("InTopKV2")
def in_top_k(targets: Any, predictions: Any, k: int, name: str | None = None) -> EagerTensor:
    """Whether the target class of each row is among the `k` classes with the largest predictions."""
    classes, table = np.asarray(tensor_of(targets).array), np.asarray(tensor_of(predictions).array)
    if classes.ndim != 1 or table.ndim != 2 or len(classes) != len(table):
        raise invalid(
            "InTopKV2",
            f"expected targets (N,) and predictions (N, classes), but got shapes {classes.shape} and {table.shape}",
        )
    known = (classes >= 0) & (classes < table.shape[1])  # no row is right about another class
    own = np.take_along_axis(table, np.where(known, classes, 0)[:, None].astype(np.int64), 1)
    return EagerTensor(((table > own).sum(1) < k) & np.isfinite(own[:, 0]) & known)


@checked("SearchSorted")
def searchsorted(
    sorted_sequence: Any, values: Any, side: str = "left", out_type: Any = "int32", name: str | None = None
) -> EagerTensor:
    """The indices at which to insert the values into a sorted vector, on the "left" or "right" of equal elements.

    In a batch of vectors (N, M), each row is searched for the values in the same row of `values`.
    """
    row, wanted = (np.asarray(tensor_of(part).array) for part in (sorted_sequence, values))
    if row.ndim == 1:
        positions = np.searchsorted(row, wanted, side)  # type: ignore[call-overload]  # any string
        return EagerTensor(positions.astype(as_dtype(out_type).numpy))
    rows = [searchsorted(r, w, side, out_type).array for r, w in zip(row, wanted)]
    return EagerTensor(np.stack(rows))


@checked("ZeroFraction")
def zero_fraction(value: Any, name: str | None = None) -> EagerTensor:
    """The fraction of elements that are 0."""
    array = np.asarray(tensor_of(value).array)
    return EagerTensor(np.float32((array == 0).mean() if array.size else np.nan))


@checked("SequenceMask")
def sequence_mask(lengths: Any, maxlen: Any = None, dtype: Any = "bool", name: str | None = None) -> EagerTensor:
    """For each length a row of booleans: true in the first `length` places, then false.

    >>> print(sequence_mask([1, 3]))
    tf.Tensor(
    [[ True False False]
     [ True  True  True]], shape=(2, 3), dtype=bool)
    """
    counts = np.asarray(tensor_of(lengths).array)
    width = int(counts.max(initial=0)) if maxlen is None else int(maxlen)
    return EagerTensor((np.arange(width) < counts[..., None]).astype(as_dtype(dtype).numpy))
