"""Embedding: rows of a table, looked up by number."""

from __future__ import annotations

import numpy as np

from autograd.embedding import rows
from autograd.tensor import Tensor
from autograd.versions import write


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
        RuntimeError: `input` holds no integers.

    >>> from autograd import tensor
    >>> embedding(tensor([1, 0]), tensor([[1.0, 2.0], [3.0, 4.0]])).tolist()
    [[3.0, 4.0], [1.0, 2.0]]
    """
    numbers = np.asarray(input.array)
    if numbers.dtype.kind not in "iu":
        raise RuntimeError(
            "Expected tensor for argument #1 'indices' to have one of the following scalar types: Long, Int; but got "
            f"{input.dtype} instead (while checking arguments for embedding)"
        )
    count = weight.array.shape[0]
    if numbers.size and (numbers.min() < 0 or numbers.max() >= count):
        wrong = numbers.min() if numbers.min() < 0 else numbers.max()
        raise IndexError(f"index out of range in self: {wrong} is not a row of a table of {count}")
    if padding_idx is not None:
        if not -count <= padding_idx < count:
            raise AssertionError(f"padding_idx must be within num_embeddings, but got {padding_idx} of {count}")
        padding_idx %= count
    if max_norm is not None:
        _shorten(weight, numbers, max_norm, norm_type)
    out: Tensor = rows(weight, numbers, padding_idx, scale_grad_by_freq)
    return out


def _shorten(weight: Tensor, numbers: np.ndarray, max_norm: float, norm_type: float) -> None:
    """Shorten the rows at `numbers` to `max_norm`, in place."""
    used = np.unique(numbers)
    lengths = np.linalg.norm(weight.array[used], norm_type, axis=1)
    long = lengths > max_norm
    if long.any():
        write(weight)[used[long]] *= (max_norm / (lengths[long] + 1e-7))[:, None].astype(weight.array.dtype)
