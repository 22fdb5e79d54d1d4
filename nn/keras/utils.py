"""Small things that programs use: one-hot rows, seeds, pictures of models."""

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
    "clear_session",
    "normalize",
    "pad_sequences",
    "plot_model",
    "register_keras_serializable",
    "set_random_seed",
    "to_categorical",
]


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """A one-hot row for each class number.

    Args:
        x: class numbers; a last dim of size 1 is overlooked.
        num_classes: how long the rows are; the largest number plus 1 if left out.

    Raises:
        ValueError: a number is negative, or not below `num_classes`.

    >>> to_categorical([0, 2])
    array([[1., 0., 0.],
           [0., 0., 1.]])
    """
    numbers = plain(x).astype(np.int64)
    if numbers.ndim > 1 and numbers.shape[-1] == 1:
        numbers = numbers[..., 0]
    count = int(numbers.max(initial=-1)) + 1 if num_classes is None else num_classes
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < count:
        raise ValueError(
            f"to_categorical: the class numbers must be from 0 to {count - 1} (num_classes={count}), but they go from "
            f"{numbers.min()} to {numbers.max()}"
        )
    return (numbers[..., None] == np.arange(count)).astype(float)


def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray:
    """The rows of an array, each divided by its norm; rows of zeros stay."""
    array = plain(x)
    norm = np.linalg.norm(array, order, axis, keepdims=True)
    return array / np.where(norm == 0, 1, norm)


def pad_sequences(
    sequences: Any,
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: float = 0.0,
) -> np.ndarray:
    """Sequences of different lengths as one array.

    Args:
        sequences: a list of sequences, of numbers or of rows of one shape.
        maxlen: how long all become; as long as the longest if left out.
        dtype: of the array.
        padding: "pre" or "post": where short ones are filled up.
        truncating: "pre" or "post": where long ones are cut.
        value: what they are filled up with.

    Raises:
        ValueError: no list of sequences, another word, or rows of different shapes.

    >>> pad_sequences([[1, 2, 3], [4]], padding="post")
    array([[1, 2, 3],
           [4, 0, 0]], dtype=int32)
    """
    for said, word in (("Padding", padding), ("Truncating", truncating)):
        if word not in ("pre", "post"):
            raise ValueError(f'{said} type "{word}" not understood: it is "pre" or "post"')
    if not hasattr(sequences, "__len__"):
        raise ValueError("`sequences` must be iterable.")
    lone = next((sequence for sequence in sequences if not hasattr(sequence, "__len__")), None)
    if lone is not None:
        raise ValueError(f"`sequences` must be a list of iterables. Found non-iterable: {lone}")
    arrays = [np.asarray(sequence) for sequence in sequences]
    length = max(map(len, arrays), default=0) if maxlen is None else maxlen
    rows = {array.shape[1:] for array in arrays if len(array)}
    if len(rows) > 1:
        raise ValueError(f"The parts of all sequences must have one shape, but they have {sorted(rows)}")
    out = np.full((len(arrays), length, *next(iter(rows), ())), value, dtype)
    for row, array in zip(out, arrays):
        kept = array[:length] if truncating == "post" else array[max(len(array) - length, 0) :]
        start = 0 if padding == "post" else length - len(kept)
        if len(kept):
            row[start : start + len(kept)] = kept
    return out


def set_random_seed(seed: int) -> None:
    """Start Python's, NumPy's and this library's random numbers again from `seed`."""
    random.seed(seed)
    np.random.seed(seed)
    manual_seed(seed)
