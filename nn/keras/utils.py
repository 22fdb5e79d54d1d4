"""Small things that programs use: one-hot rows, seeds, pictures of models."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from autograd.random import manual_seed

from .metrics import plain
from .naming import clear_session
from .plotting import plot_model

__all__ = ["clear_session", "normalize", "plot_model", "set_random_seed", "to_categorical"]


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


def set_random_seed(seed: int) -> None:
    """Start Python's, NumPy's and this library's random numbers again from `seed`."""
    random.seed(seed)
    np.random.seed(seed)
    manual_seed(seed)
