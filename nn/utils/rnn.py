"""Batches of sequences of different lengths: padded to one length, or packed without padding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from autograd import cat, full, stack
from autograd.base.symbolic import as_array
from autograd.core.tensor import Tensor, wrap
from autograd.surface import make_public as _make_public

from ..modules.packed_sequence import PackedSequence

__all__ = [
    "PackedSequence", "invert_permutation", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence",
    "pad_sequence", "unpack_sequence", "unpad_sequence",
]  # fmt: skip


def pack_padded_sequence(
    input: Tensor, lengths: Tensor | Sequence[int], batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack a padded batch.

    Args:
        input: (L, N, *), or (N, L, *) if `batch_first`.
        lengths: the length of each sequence, from 1 to L.
        batch_first: whether the batch is the first dim.
        enforce_sorted: require that the sequences are sorted, longest first; otherwise they are sorted here.

    Raises:
        RuntimeError: a length is out of range, or the lengths are not sorted.

    >>> from autograd import tensor
    >>> pack_padded_sequence(tensor([[1, 2, 3], [4, 0, 0]]), [3, 1], batch_first=True).data
    tensor([1, 4, 2, 3])
    """
    sizes = as_array(lengths.array if isinstance(lengths, Tensor) else lengths, np.int64)
    x = input.transpose(0, 1) if batch_first else input
    if sizes.shape != (x.shape[1],):
        raise RuntimeError(f"Expected `len(lengths)` to be equal to batch_size, but got {sizes.size} and {x.shape[1]}")
    if sizes.size == 0 or sizes.min() <= 0:
        raise RuntimeError(
            "Length of all samples has to be greater than 0, but found an element in 'lengths' that is <= 0: "
            f"{sizes.tolist()!r:.80}"
        )
    if sizes.max() > x.shape[0]:
        raise RuntimeError(f"Expected lengths of at most {x.shape[0]}, but got {sizes.max()}")
    order = None
    if enforce_sorted:
        if np.any(np.diff(sizes) > 0):
            raise RuntimeError(
                "`lengths` array must be sorted in decreasing order when `enforce_sorted` is True. You can pass "
                "`enforce_sorted=False` to sort them here"
            )
    else:
        order = np.argsort(-sizes, kind="stable")
        x, sizes = x[:, wrap(order)], sizes[order]
    steps, rows = np.nonzero(np.arange(sizes[0])[:, None] < sizes)
    data = x[wrap(steps), wrap(rows)]
    batch_sizes = wrap(np.bincount(steps))
    return PackedSequence(
        data, batch_sizes, *((None, None) if order is None else (wrap(order), wrap(np.argsort(order))))
    )


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """Unpack a packed batch: the padded batch and the lengths.

    Args:
        sequence: the result of `pack_padded_sequence` or of a recurrent layer.
        batch_first: whether the batch is the first dim of the result.
        padding_value: the value after the end of a sequence.
        total_length: the length to pad to; by default that of the longest sequence.

    Raises:
        ValueError: `total_length` is less than the length of the longest sequence.
    """
    sizes = as_array(sequence.batch_sizes.array)
    count = len(sizes) if total_length is None else total_length
    if count < len(sizes):
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but got "
            f"total_length={count} and max sequence length being {len(sizes)}"
        )
    held = np.concatenate([sizes, np.zeros(count - len(sizes), sizes.dtype)])
    starts, rows = np.concatenate([[0], np.cumsum(held)[:-1]]), np.arange(sizes[0])
    inside = rows < held[:, None]
    found = sequence.data[wrap(np.where(inside, starts[:, None] + rows, 0))]
    mask = wrap(~inside.reshape(*inside.shape, *[1] * (found.ndim - 2)))
    padded = found.masked_fill(mask, padding_value)
    lengths = wrap(inside.sum(0))
    if sequence.unsorted_indices is not None:
        padded, lengths = padded[:, sequence.unsorted_indices], lengths[sequence.unsorted_indices]
    return (padded.transpose(0, 1) if batch_first else padded), lengths


def pad_sequence(
    sequences: Iterable[Tensor], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Pad sequences (L, *) of different lengths to one batch (longest, N, *), or (N, longest, *) if `batch_first`.

    Args:
        sequences: Tensors that differ only in the size of their first dim.
        batch_first: whether the batch is the first dim of the result.
        padding_value: the value of the padding.
        padding_side: "right" to pad at the end, "left" to pad at the start.

    Raises:
        RuntimeError: the side is unknown, there is no sequence, or their shapes differ in another dim.
        TypeError: a sequence is not a Tensor.

    >>> from autograd import tensor
    >>> pad_sequence([tensor([1, 2]), tensor([3])], batch_first=True).tolist()
    [[1, 2], [3, 0]]
    """
    if padding_side not in ("right", "left"):
        raise RuntimeError(f"Expected padding_side to be one of left or right, but got {padding_side}.")
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences).__name__}"
        )
    sequences = list(sequences)
    if not sequences:
        raise RuntimeError("pad_sequence: received an empty list of sequences")
    for position, x in enumerate(sequences):
        if not isinstance(x, Tensor):
            raise TypeError(f"pad_sequence: expected Tensor as element {position}, but got {type(x).__name__}")
        if x.ndim == 0 or x.shape[1:] != sequences[0].shape[1:]:
            raise RuntimeError(
                f"pad_sequence: the sequences must have shape (L, *) with the same *, but element {position} has shape "
                f"{tuple(x.shape)}, and the first {tuple(sequences[0].shape)}"
            )
    longest = max(len(sequence) for sequence in sequences)
    padded = []
    for x in sequences:
        more = full((longest - len(x), *x.shape[1:]), padding_value, dtype=x.dtype)
        padded.append(cat([x, more] if padding_side == "right" else [more, x]))
    return stack(padded, 0 if batch_first else 1)


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes this one; None for None."""
    return None if permutation is None else permutation.argsort()


def unpad_sequence(padded_sequences: Tensor, lengths: Any, batch_first: bool = False) -> list[Tensor]:
    """Split a padded batch into its sequences."""
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    sizes = lengths.tolist() if isinstance(lengths, Tensor) else list(lengths)
    return [row[:size] for row, size in zip(rows.unbind(0), sizes, strict=True)]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences (L, *) of different lengths; for the errors see `pack_padded_sequence`."""
    return pack_padded_sequence(pad_sequence(sequences), [len(x) for x in sequences], enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """Split a packed batch into its sequences."""
    padded, lengths = pad_packed_sequence(packed_sequences)
    return unpad_sequence(padded, lengths)


_make_public(globals())
