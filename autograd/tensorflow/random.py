"""Random tensors. The numbers are NumPy's, not TensorFlow's."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ops.creation import random as core
from .creation import sizes_of
from .dtypes import as_dtype
from .tensors import EagerTensor, tensor_of

#: For each seed that an operation was given, its own source of numbers.
_by_seed: dict[int, core.Generator] = {}


def set_seed(seed: int) -> None:
    """Start the generator again, so that what follows is repeated."""
    _by_seed.clear()
    core.manual_seed(seed)


def generator_of(seed: int | None) -> core.Generator | None:
    """The source of an operation with a seed of its own; None for the common one."""
    if seed is None:
        return None
    if seed not in _by_seed:
        _by_seed[seed] = core.Generator().manual_seed(seed)
    return _by_seed[seed]


def normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> EagerTensor:
    """Normal random numbers."""
    return _scaled(core.draw_normal(sizes_of(shape), as_dtype(dtype).numpy, generator_of(seed)), mean, stddev)


def truncated_normal(
    shape: Any,
    mean: Any = 0.0,
    stddev: Any = 1.0,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> EagerTensor:
    """Normal random numbers within two standard deviations of the mean: those beyond are drawn again."""
    kind, source = as_dtype(dtype).numpy, generator_of(seed)
    numbers = np.atleast_1d(core.draw_normal(sizes_of(shape), kind, source))
    while (beyond := np.abs(numbers) > 2).any():
        numbers[beyond] = core.draw_normal((int(beyond.sum()),), kind, source)
    return _scaled(numbers.reshape(sizes_of(shape)), mean, stddev)


def uniform(
    shape: Any,
    minval: Any = 0,
    maxval: Any = None,
    dtype: Any = "float32",
    seed: int | None = None,
    name: str | None = None,
) -> EagerTensor:
    """Random numbers from [minval, maxval), [0, 1) by default; integers if the dtype is one.

    Raises:
        ValueError: integers without `maxval`.
    """
    kind, sizes = as_dtype(dtype).numpy, sizes_of(shape)
    if kind.kind in "iu":
        if maxval is None:
            raise ValueError(f"Must specify maxval for integer dtype {as_dtype(dtype)!r}")
        numbers = core.source(generator_of(seed)).integers(int(minval), int(maxval), sizes)
        return EagerTensor(np.asarray(numbers, kind)[()] if not sizes else np.asarray(numbers, kind))
    low = tensor_of(minval, hint=kind).array
    high = tensor_of(1.0 if maxval is None else maxval, hint=kind).array
    return _scaled(core.draw_uniform(sizes, kind, generator_of(seed)), low, high - low)


def _scaled(numbers: Any, start: Any, scale: Any) -> EagerTensor:
    kind = np.result_type(numbers)
    start, scale = (tensor_of(v, hint=kind).array for v in (start, scale))
    return EagerTensor(np.asarray(numbers * scale + start, kind)[()])


def shuffle(value: Any, seed: int | None = None, name: str | None = None) -> EagerTensor:
    """The slices along the first axis in random order."""
    array = np.asarray(tensor_of(value).array)
    return EagerTensor(array[core.source(generator_of(seed)).permutation(len(array))])


def categorical(
    logits: Any, num_samples: int, dtype: Any = "int64", seed: int | None = None, name: str | None = None
) -> EagerTensor:
    """Class numbers (N, num_samples) drawn by the probabilities softmax(logits) of each row."""
    table = np.asarray(tensor_of(logits).array, np.float64)
    # The largest of logits with Gumbel noise is distributed as the softmax says.
    noise = core.source(generator_of(seed)).gumbel(size=(len(table), int(num_samples), table.shape[1]))
    return EagerTensor(np.argmax(table[:, None] + noise, axis=-1).astype(as_dtype(dtype).numpy))
