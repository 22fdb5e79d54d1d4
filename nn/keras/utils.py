"""`keras.utils`: one-hot rows, padded sequences, seeds, pictures of models."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from autograd.ops.creation.random import manual_seed

from .config import register_keras_serializable
from .metrics.base import plain
from .naming import clear_session
from .plotting import plot_model

__all__ = [
    "clear_session", "normalize", "pad_sequences", "plot_model", "register_keras_serializable", "set_random_seed",
    "to_categorical",
]  # fmt: skip


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """One-hot rows for class indices.

    Args:
        x: class indices; a last dim of size 1 is removed.
        num_classes: the size of the rows, above all indices; by default the largest index plus 1.

    >>> to_categorical([0, 2])
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    indices = plain(x).astype(np.int64)
    if indices.ndim > 1 and indices.shape[-1] == 1:
        indices = indices[..., 0]
    count = int(indices.max(initial=-1)) + 1 if num_classes is None else num_classes
    if indices.size and not 0 <= indices.min() <= indices.max() < count:
        raise ValueError(
            f"to_categorical: class indices must be from 0 to {count - 1} (num_classes={count}), but they go from "
            f"{indices.min()} to {indices.max()}"
        )
    return (indices[..., None] == np.arange(count)).astype(float)


def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray:
    """The rows of an array, each divided by its norm; rows of zeros stay zero."""
    array = plain(x)
    norm = np.linalg.norm(array, order, axis, keepdims=True)
    return array / np.where(norm == 0, 1, norm)


def pad_sequences(
    sequences: Any, maxlen: int | None = None, dtype: Any = "int32", padding: str = "pre", truncating: str = "pre",
    value: float = 0.0,
) -> np.ndarray:  # fmt: skip
    """Sequences of different lengths as one array.

    Args:
        sequences: a list of sequences of numbers, or of arrays of the same shape.
        maxlen: the length of the rows; by default that of the longest sequence.
        dtype: of the array.
        padding: "pre" or "post": the end at which short sequences are padded.
        truncating: "pre" or "post": the end at which long sequences are truncated.
        value: the value to pad with.

    Raises:
        ValueError: `sequences` is not a list of sequences, an argument is unknown, or elements differ in shape.

    >>> pad_sequences([[1, 2, 3], [4]], padding="post")
    array([[1, 2, 3],
           [4, 0, 0]], dtype=int32)
    """
    for argument, end in (("Padding", padding), ("Truncating", truncating)):
        if end not in ("pre", "post"):
            raise ValueError(f'{argument} type "{end}" not understood: it must be "pre" or "post"')
    if not hasattr(sequences, "__len__"):
        raise ValueError("`sequences` must be iterable.")
    scalar = next((sequence for sequence in sequences if not hasattr(sequence, "__len__")), None)
    if scalar is not None:
        raise ValueError(f"`sequences` must be a list of iterables. Found non-iterable: {scalar}")
    arrays = [np.asarray(sequence) for sequence in sequences]
    length = max(map(len, arrays), default=0) if maxlen is None else maxlen
    rows = {array.shape[1:] for array in arrays if len(array)}
    if len(rows) > 1:
        raise ValueError(f"The elements of all sequences must have the same shape, but their shapes are {sorted(rows)}")
    out = np.full((len(arrays), length, *next(iter(rows), ())), value, dtype)
    for row, array in zip(out, arrays):
        kept = array[:length] if truncating == "post" else array[max(len(array) - length, 0) :]
        start = 0 if padding == "post" else length - len(kept)
        if len(kept):
            row[start : start + len(kept)] = kept
    return out


def set_random_seed(seed: int) -> None:
    """Seed the random numbers of Python, NumPy and this library."""
    random.seed(seed)
    np.random.seed(seed)
    manual_seed(seed)
