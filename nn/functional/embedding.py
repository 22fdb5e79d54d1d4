"""Embedding: rows of a table, looked up by number, one by one or in bags."""

from __future__ import annotations

import numpy as np

from autograd import where
from autograd.core.aliasing import write
from autograd.core.tensor import Tensor, wrap
from autograd.ops.fused.embedding import add_rows, rows


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of a table at the numbers in `input`.

    Args:
        input: integers of any shape (*).
        weight: the table, (V, D).
        padding_idx: a number whose row gets no gradient.
        max_norm: rows looked up that are longer are shortened to this first, in place.
        norm_type: the p of the norm that `max_norm` bounds.
        scale_grad_by_freq: divide a row's gradient by how often it was looked up.
        sparse: taken for PyTorch's sake; gradients are dense.

    Returns:
        (*, D).

    Raises:
        IndexError: a number is out of range.
        RuntimeError: `input` holds no integers, or `weight` is no table.
        TypeError: `input` is no Tensor.

    >>> from autograd import tensor
    >>> embedding(tensor([1, 0]), tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[3.0, 4.0], [1.0, 2.0]]
    """
    numbers = _row_numbers("embedding", input, weight)
    padding = _padding_row(padding_idx, weight)
    if max_norm is not None:
        _shorten(weight, numbers, max_norm, norm_type)
    out: Tensor = rows(weight, numbers, padding, scale_grad_by_freq)
    return out


def embedding_bag(
    input: Tensor,
    weight: Tensor,
    offsets: Tensor | None = None,
    max_norm: float | None = None,
    norm_type: float = 2,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Tensor | None = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """The sum, the mean or the largest of the rows of a table at the numbers of each bag. An empty bag gives 0.

    Args:
        input: integers; (B, n) is B bags of n numbers, (n,) is split by `offsets`.
        weight: the table, (V, D).
        offsets: where each bag starts in a one-dimensional `input`, (B,), from 0 upwards.
        max_norm: rows looked up that are longer are shortened to this first, in place.
        norm_type: the p of the norm that `max_norm` bounds.
        scale_grad_by_freq: divide a row's gradient by how often it was looked up; not with "max".
        mode: "sum", "mean" or "max".
        sparse: taken for PyTorch's sake; gradients are dense.
        per_sample_weights: a factor for each number, of the shape of `input`; only with "sum".
        include_last_offset: whether `offsets` ends with the length of `input`.
        padding_idx: a number that doesn't count.

    Returns:
        (B, D).

    Raises:
        ValueError: arguments that don't fit together.
        IndexError: a number is out of range.
        RuntimeError: `input` holds no integers, or `weight` is no table.

    >>> from autograd import tensor
    >>> table = tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> embedding_bag(tensor([0, 1, 1]), table, tensor([0, 2]), mode="sum").tolist()
    [[4.0, 6.0], [3.0, 4.0]]
    """
    if mode not in ("sum", "mean", "max"):
        raise ValueError("mode has to be one of sum, mean or max")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            f"embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got "
            f"mode={mode!r}). Please open a feature request on GitHub."
        )
    if per_sample_weights is not None and per_sample_weights.shape != input.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it must have the "
            f"same shape as the input ({input.shape})"
        )
    numbers = _row_numbers("embedding_bag", input, weight)
    padding = _padding_row(padding_idx, weight)
    sizes = _bag_sizes(numbers, offsets, include_last_offset)
    numbers = numbers.reshape(-1)
    if max_norm is not None:
        _shorten(weight, numbers, max_norm, norm_type)
    bags = np.repeat(np.arange(len(sizes)), sizes)
    counts = np.ones(numbers.shape, bool) if padding is None else numbers != padding
    found: Tensor = rows(weight, numbers, padding, scale_grad_by_freq)
    if mode == "max":
        return _largest(found, bags[counts], np.flatnonzero(counts), len(sizes))
    if per_sample_weights is not None:
        found = found * per_sample_weights.reshape(-1, 1)
    if padding is not None:
        found = found * wrap(counts[:, None].astype(weight.array.dtype))
    out: Tensor = add_rows(found, bags, len(sizes))
    if mode == "sum":
        return out
    held = np.maximum(np.bincount(bags[counts], minlength=len(sizes)), 1)
    return out / wrap(held[:, None].astype(weight.array.dtype))


def _bag_sizes(numbers: np.ndarray, offsets: Tensor | None, include_last_offset: bool) -> np.ndarray:
    """How many numbers each bag holds."""
    if numbers.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets)}"
            )
        return np.full(len(numbers), numbers.shape[1])
    if numbers.ndim != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {numbers.ndim}")
    if offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if offsets.ndim != 1:
        raise ValueError("offsets has to be a 1D Tensor")
    starts = np.asarray(offsets.array)
    if len(starts) and starts[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. "
            f"However, got {starts[0]}"
        )
    if len(starts) and starts[-1] > len(numbers):
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length: got offsets[-1]={starts[-1]} and input's length "
            f"{len(numbers)}"
        )
    return np.diff(starts if include_last_offset else np.append(starts, len(numbers)))


def _largest(found: Tensor, bags: np.ndarray, places: np.ndarray, count: int) -> Tensor:
    """For each bag the largest value of every feature among the rows found at its places."""
    sizes = np.bincount(bags, minlength=count)
    if not len(places):
        return found.new_zeros((count, found.shape[1]))
    starts = np.cumsum(sizes) - sizes
    inside = np.arange(sizes.max()) < sizes[:, None]
    at = places[np.minimum(starts[:, None] + np.arange(sizes.max()), len(places) - 1)]
    values = where(inside[..., None], found[wrap(at)], -np.inf).max(1).values
    return where((sizes > 0)[:, None], values, 0.0)


def _row_numbers(name: str, input: Tensor, weight: Tensor) -> np.ndarray:
    """The numbers of rows of the table."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}: the input must be Tensor, not {type(input).__name__}: make one with tensor(...)")
    if weight.ndim != 2:
        raise RuntimeError(f"{name}: 'weight' must be 2-D, (V, D), but got {list(weight.shape)}")
    numbers = np.asarray(input.array)
    if numbers.dtype.kind not in "iu":
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"{input.dtype} instead (while checking arguments for {name})"
        )
    count = weight.array.shape[0]
    if numbers.size and (numbers.min() < 0 or numbers.max() >= count):
        wrong = numbers.min() if numbers.min() < 0 else numbers.max()
        raise IndexError(f"index out of range in self: {wrong} is not a row of a table of {count}")
    return numbers


def _padding_row(padding_idx: int | None, weight: Tensor) -> int | None:
    count = weight.array.shape[0]
    if padding_idx is None:
        return None
    if not -count <= padding_idx < count:
        raise AssertionError(f"padding_idx must be within num_embeddings, but got {padding_idx} of {count}")
    return padding_idx % count


def _shorten(weight: Tensor, numbers: np.ndarray, max_norm: float, norm_type: float) -> None:
    """Shorten the rows at `numbers` to `max_norm`, in place."""
    used = np.unique(numbers)
    lengths = np.linalg.norm(weight.array[used], norm_type, axis=1)
    long = lengths > max_norm
    if long.any():
        write(weight)[used[long]] *= (max_norm / (lengths[long] + 1e-7))[:, None].astype(weight.array.dtype)
