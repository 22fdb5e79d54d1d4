"""Embedding: look up rows of a table by index, one by one or in bags."""

from __future__ import annotations

import numpy as np

from autograd import one_hot, where
from autograd.base.numpy_warnings import silenced
from autograd.base.symbolic import as_array
from autograd.core.errors import not_a_tensor
from autograd.core.tensor import Tensor, wrap
from autograd.core.writes import write
from autograd.ops.shape.indexing import put_at, rows

__all__ = ["embedding", "embedding_bag", "one_hot"]


def embedding(
    input: Tensor,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """The rows of the table `weight` at the indices `input`.

    Args:
        input: row indices, integers of any shape (*).
        weight: the table, (V, D).
        padding_idx: index of a row that receives no gradient.
        max_norm: looked-up rows with a larger norm are first scaled to it, in place.
        norm_type: the p of that norm.
        scale_grad_by_freq: divide a row's gradient by the number of its lookups.
        sparse: accepted for compatibility with PyTorch; gradients are dense.

    Returns:
        (*, D).

    Raises:
        IndexError: an index is out of range.
        RuntimeError: `input` is not an integer tensor, or `weight` is not a matrix.
        TypeError: `input` is not a Tensor.

    >>> from autograd import tensor
    >>> embedding(tensor([1, 0]), tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[3.0, 4.0], [1.0, 2.0]]
    """
    indices = _row_indices("embedding", input, weight)
    padding = padding_row(padding_idx, len(weight.array))
    if max_norm is not None:
        _clip_row_norms(weight, indices, max_norm, norm_type)
    return rows(weight, indices, padding, scale_grad_by_freq)


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
    """The sum, mean or maximum of the table rows in each bag of indices; 0 for an empty bag.

    Args:
        input: row indices: (B, n) for B bags of n indices, or (n,), which `offsets` splits into bags.
        weight: the table, (V, D).
        offsets: the start of each bag in a one-dimensional `input`, (B,), ascending from 0.
        max_norm, norm_type, scale_grad_by_freq, sparse: as for `embedding`; no `scale_grad_by_freq` with "max".
        mode: "sum", "mean" or "max".
        per_sample_weights: a weight for each index, of the shape of `input`; only with "sum".
        include_last_offset: whether the last element of `offsets` is the length of `input`.
        padding_idx: an index that is ignored.

    Returns:
        (B, D).

    Raises:
        ValueError: arguments that exclude each other, or do not match, or `weight` is not a matrix.
        RuntimeError: an index or `padding_idx` is out of range, or a dtype is wrong.

    >>> from autograd import tensor
    >>> table = tensor([[1.0, 2.0], [3.0, 4.0]])
    >>> embedding_bag(tensor([0, 1, 1]), table, tensor([0, 2]), mode="sum").tolist()
    [[4.0, 6.0], [3.0, 4.0]]
    """
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"mode has to be one of sum, mean or max, but got {mode!r}")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency: use mode='sum' or 'mean'")
    _check_bag_weights(input, weight, per_sample_weights, mode)
    try:
        indices = _row_indices("embedding_bag", input, weight)
        padding = padding_row(padding_idx, len(weight.array))
    except (IndexError, AssertionError) as error:
        raise RuntimeError(f"embedding_bag: {error}") from None
    sizes = _bag_sizes(indices, offsets, include_last_offset)
    indices = indices.reshape(-1)[: sizes.sum()]
    if max_norm is not None:
        _clip_row_norms(weight, indices, max_norm, norm_type)
    bags = np.repeat(np.arange(len(sizes)), sizes)
    counts = np.ones(indices.shape, bool) if padding is None else indices != padding
    found: Tensor = rows(weight, indices, padding, scale_grad_by_freq)
    if mode == "max":
        return _bag_maxima(found, bags[counts], np.flatnonzero(counts), len(sizes))
    if per_sample_weights is not None:
        found = found * per_sample_weights.reshape(-1, 1)[: len(indices)]
    if padding is not None:
        found = found * wrap(counts[:, None].astype(weight.array.dtype))
    out: Tensor
    if input.array.ndim == 2:
        out = found.reshape(*input.array.shape, found.array.shape[1]).sum(1)
    else:
        out = put_at(found, (len(sizes), found.array.shape[1]), bags)
    if mode == "sum":
        return out
    lengths = np.maximum(np.bincount(bags[counts], minlength=len(sizes)), 1)
    return out / wrap(lengths[:, None].astype(weight.array.dtype))


def _check_bag_weights(input: Tensor, weight: Tensor, per_sample_weights: Tensor | None, mode: str) -> None:
    """Raise unless the table and the weights of the indices fit each other, the indices and the mode."""
    if per_sample_weights is not None and mode != "sum":
        raise NotImplementedError(
            f"embedding_bag: per_sample_weights was not None. per_sample_weights is only supported for mode='sum' (got "
            f"mode={mode!r}). Multiply the rows of F.embedding by the weights instead."
        )
    if per_sample_weights is not None and per_sample_weights.shape != input.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({per_sample_weights.shape}) is not None, then it must have the "
            f"same shape as the input ({input.shape})"
        )
    if weight.ndim != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.ndim}")
    for name, x in (("weight", weight), ("per_sample_weights", per_sample_weights)):
        if x is not None and (x.array.dtype.kind != "f" or x.dtype is not weight.dtype):
            raise RuntimeError(f"embedding_bag: {name} must have the float dtype of weight, but is {x.dtype}")


def _bag_sizes(indices: np.ndarray, offsets: Tensor | None, include_last_offset: bool) -> np.ndarray:
    """The number of indices in each bag."""
    if indices.ndim == 2:
        if offsets is not None:
            raise ValueError(
                "if input is 2D, then offsets has to be None, as input is treated is a mini-batch of fixed length "
                f"sequences. However, found offsets of type {type(offsets)}"
            )
        return np.full(len(indices), indices.shape[1])
    if indices.ndim != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {indices.ndim}")
    if offsets is None:
        raise ValueError("offsets has to be a 1D Tensor but got None")
    if offsets.ndim != 1:
        raise ValueError(f"offsets has to be a 1D Tensor, but got shape {tuple(offsets.shape)}")
    starts = as_array(offsets.array)
    if starts.dtype.kind not in "iu":
        raise RuntimeError(f"embedding_bag: expected offsets of integers, but got {offsets.dtype}")
    if len(starts) and starts[0] != 0:
        raise RuntimeError(
            "offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position 0. "
            f"However, got {starts[0]}"
        )
    if len(starts) and starts[-1] > len(indices):
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length: got offsets[-1]={starts[-1]} and input's length "
            f"{len(indices)}"
        )
    return np.diff(starts if include_last_offset else np.append(starts, len(indices)))


def _bag_maxima(found: Tensor, bags: np.ndarray, positions: np.ndarray, count: int) -> Tensor:
    """For each bag, the maximum of every feature over the rows of `found` at the bag's positions."""
    sizes = np.bincount(bags, minlength=count)
    if not len(positions):
        return found.new_zeros((count, found.shape[1]))
    starts = np.cumsum(sizes) - sizes
    inside = np.arange(sizes.max()) < sizes[:, None]
    at = positions[np.minimum(starts[:, None] + np.arange(sizes.max()), len(positions) - 1)]
    values = where(inside[..., None], found[wrap(at)], -np.inf).max(1).values
    return where((sizes > 0)[:, None], values, 0.0)


def _row_indices(name: str, input: Tensor, weight: Tensor) -> np.ndarray:
    """The indices as an array, checked against the table."""
    if not isinstance(input, Tensor):
        raise TypeError(f"{name}: the input must be {not_a_tensor(input)}")
    if weight.ndim != 2:
        raise RuntimeError(f"{name}: 'weight' must be 2-D, (V, D), but got {list(weight.shape)}")
    indices = as_array(input.array)
    if indices.dtype.kind not in "iu":
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"{input.dtype} instead (while checking arguments for {name})"
        )
    count = weight.array.shape[0]
    if indices.size and (indices.min() < 0 or indices.max() >= count):
        wrong = indices.min() if indices.min() < 0 else indices.max()
        raise IndexError(f"index out of range in self: {wrong} is not a row of a weight of shape {list(weight.shape)}")
    return indices


def padding_row(padding_idx: int | None, count: int) -> int | None:
    """The padding's row in a table of `count` rows, counted from the front."""
    if padding_idx is None:
        return None
    if not -count <= padding_idx < count:
        raise AssertionError(f"padding_idx must be within num_embeddings, but got {padding_idx} of {count}")
    return padding_idx % count


@silenced
def _clip_row_norms(weight: Tensor, indices: np.ndarray, max_norm: float, norm_type: float) -> None:
    """Scale the rows at `indices` whose norm exceeds `max_norm` to that norm, in place."""
    used = np.unique(indices)
    norms = np.linalg.norm(weight.array[used], norm_type, axis=1)
    too_long = norms > max_norm
    if too_long.any():
        write(weight)[used[too_long]] *= (max_norm / (norms[too_long] + 1e-7))[:, None].astype(weight.array.dtype)
