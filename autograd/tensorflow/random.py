"""`tf.random`: random tensors, drawn by NumPy's generator, so that seeds do not give TensorFlow's numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..ops.creation import random as core
from .creation import checked_sizes, sizes_of
from .dtypes import as_dtype
from .tensors import EagerTensor, checked, tensor_of

#: The generator of each seed that was passed to an operation.
_by_seed: dict[int, core.Generator] = {}


def set_seed(seed: int) -> None:
    """Seed the global generator, and restart the generators of operations with a seed."""
    _by_seed.clear()
    core.manual_seed(seed)


def generator_of(seed: int | None) -> core.Generator | None:
    """The generator of an operation with its own seed; None stands for the global generator."""
    if seed is None:
        return None
    if seed not in _by_seed:
        _by_seed[seed] = core.Generator().manual_seed(seed)
    return _by_seed[seed]


@checked("RandomStandardNormal")
def normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32", seed: int | None = None,
    name: str | None = None,
) -> EagerTensor:  # fmt: skip
    """Random numbers from a normal distribution; gradients reach `mean` and `stddev`."""
    return _scaled(
        core.draw_normal(checked_sizes("RandomStandardNormal", shape), as_dtype(dtype).numpy, generator_of(seed)),
        mean,
        stddev,
    )


@checked("TruncatedNormal")
def truncated_normal(
    shape: Any, mean: Any = 0.0, stddev: Any = 1.0, dtype: Any = "float32", seed: int | None = None,
    name: str | None = None,
) -> EagerTensor:  # fmt: skip
    """Random numbers from a normal distribution truncated at two standard deviations, by rejection."""
    kind, source = as_dtype(dtype).numpy, generator_of(seed)
    numbers = np.atleast_1d(core.draw_normal(checked_sizes("TruncatedNormal", shape), kind, source))
    while (beyond := np.abs(numbers) > 2).any():
        numbers[beyond] = core.draw_normal((int(beyond.sum()),), kind, source)
    return _scaled(numbers.reshape(sizes_of(shape)), mean, stddev)


@checked("RandomUniform")
def uniform(
    shape: Any, minval: Any = 0, maxval: Any = None, dtype: Any = "float32", seed: int | None = None,
    name: str | None = None,
) -> EagerTensor:  # fmt: skip
    """Random numbers from [minval, maxval), by default [0, 1).

    Raises:
        ValueError: the dtype is an integer but `maxval` is not given.
    """
    kind, sizes = as_dtype(dtype).numpy, checked_sizes("RandomUniform", shape)
    if kind.kind in "iu":
        if maxval is None:
            raise ValueError(f"Must specify maxval for integer dtype {as_dtype(dtype)!r}")
        numbers = core.source(generator_of(seed)).integers(int(minval), int(maxval), sizes)
        return EagerTensor(np.asarray(numbers, kind)[()] if not sizes else np.asarray(numbers, kind))
    low, high = (tensor_of(v, hint=kind) for v in (minval, 1.0 if maxval is None else maxval))
    return _scaled(core.draw_uniform(sizes, kind, generator_of(seed)), low, high - low)


def _scaled(numbers: Any, start: Any, scale: Any) -> EagerTensor:
    """numbers · scale + start, recorded, so that gradients reach both."""
    return tensor_of(np.asarray(numbers)) * scale + start


@checked("RandomShuffle")
def shuffle(value: Any, seed: int | None = None, name: str | None = None) -> EagerTensor:
    """The tensor with its slices along the first axis in random order."""
    array = np.asarray(tensor_of(value).array)
    return EagerTensor(array[core.source(generator_of(seed)).permutation(len(array))])


@checked("Multinomial")
def categorical(
    logits: Any, num_samples: int, dtype: Any = "int64", seed: int | None = None, name: str | None = None
) -> EagerTensor:
    """Class numbers (N, num_samples), drawn from the distribution softmax(logits) of each row of `logits`."""
    table = np.asarray(tensor_of(logits).array, np.float64)
    # The Gumbel-max trick: argmax(logits + Gumbel noise) has the distribution softmax(logits).
    noise = core.source(generator_of(seed)).gumbel(size=(len(table), int(num_samples), table.shape[1]))
    return EagerTensor(np.argmax(table[:, None] + noise, axis=-1).astype(as_dtype(dtype).numpy))
