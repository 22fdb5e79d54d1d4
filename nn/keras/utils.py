"""`keras.utils`: one-hot rows, padded sequences, seeds, pictures of models."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from autograd.ops.creation.random import manual_seed
from autograd.tensorflow.elementwise import maximum
from autograd.tensorflow.linalg import norm
from autograd.tensorflow.tensors import tensor_of

from .batches import pack as pack_x_y_sample_weight, unpack as unpack_x_y_sample_weight
from .checks import integer, number
from .config import (
    custom_object_scope,
    get_custom_objects,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize_keras_object,
)
from .images import array_to_img, img_to_array
from .losses.base import EPSILON
from .metrics.base import plain
from .naming import clear_session
from .plotting import plot_model
from .py_dataset import PyDataset
from .saving import CustomObjectScope, deserialize_keras_object
from .sequences import pad_sequences, timeseries_dataset_from_array

__all__ = [
    "CustomObjectScope", "PyDataset", "Sequence", "array_to_img", "clear_session", "custom_object_scope",
    "deserialize_keras_object", "get_custom_objects", "get_registered_name", "get_registered_object", "img_to_array",
    "normalize", "pack_x_y_sample_weight", "pad_sequences", "plot_model", "register_keras_serializable",
    "serialize_keras_object", "set_random_seed", "timeseries_dataset_from_array", "to_categorical",
    "unpack_x_y_sample_weight",
]  # fmt: skip

#: The older name.
Sequence = PyDataset


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
    given = None if num_classes is None else integer(num_classes, "num_classes", 1)
    if indices.ndim > 1 and indices.shape[-1] == 1:
        indices = indices[..., 0]
    count = int(indices.max(initial=-1)) + 1 if given is None else given
    if indices.size and not 0 <= indices.min() <= indices.max() < count:
        raise ValueError(
            f"to_categorical: class indices must be from 0 to {count - 1} (num_classes={count}), but they go from "
            f"{indices.min()} to {indices.max()}"
        )
    return (indices[..., None] == np.arange(count)).astype(float)


def normalize(x: Any, axis: int = -1, order: int = 2) -> Any:
    """Values divided by their norm along an axis; where it is 0 they stay as they are.

    An array gives an array, of at least two dims as in Keras; tensors and lists give a tensor, which has a gradient.
    """
    if not isinstance(x, np.ndarray):
        x = tensor_of(x)
        return x / maximum(norm(x, order, axis, keepdims=True), EPSILON)
    lengths = np.linalg.norm(np.atleast_2d(x), order, axis if x.ndim > 1 else -1, keepdims=True)
    return x / np.where(lengths == 0, 1, lengths)


def set_random_seed(seed: int) -> None:
    """Seed the random numbers of Python, NumPy and this library."""
    seed = number(integer(seed, "seed"), "seed", 0, 2**32 - 1)
    random.seed(seed)
    np.random.seed(seed)
    manual_seed(seed)
