"""`keras.random`: random tensors, and SeedGenerator, a source of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import random as core
from autograd.tensorflow.dtypes import as_dtype
from autograd.tensorflow.tensors import EagerTensor, tensor_of


class SeedGenerator:
    """A source of random numbers, which goes on from call to call; from a seed always the same ones.

    >>> one, other = SeedGenerator(3), SeedGenerator(3)
    >>> bool(np.all(normal((4,), seed=one) == normal((4,), seed=other)))
    True
    """

    def __init__(self, seed: int | None = None) -> None:
        self.seed = int(core.source(None).integers(2**31)) if seed is None else seed
        self.source = core.Generator().manual_seed(self.seed)


def _source(seed: Any) -> core.Generator | None:
    """What to draw from: the common source, an own one for each call with a number, or a SeedGenerator's."""
    if isinstance(seed, SeedGenerator):
        return seed.source
    return None if seed is None else core.Generator().manual_seed(int(seed))


def normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None) -> EagerTensor:
    """Normal random numbers. With a number as the seed the same ones at each call."""
    drawn = core.draw_normal(_sizes(shape), as_dtype(dtype or "float32").numpy, _source(seed))
    return tensor_of(drawn) * stddev + mean


def uniform(shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None) -> EagerTensor:
    """Random numbers from [minval, maxval)."""
    drawn = core.draw_uniform(_sizes(shape), as_dtype(dtype or "float32").numpy, _source(seed))
    return tensor_of(drawn) * (maxval - minval) + minval


def randint(shape: Any, minval: int, maxval: int, dtype: Any = "int32", seed: Any = None) -> EagerTensor:
    """Random integers from [minval, maxval)."""
    drawn = core.source(_source(seed)).integers(minval, maxval, _sizes(shape))
    return tensor_of(np.asarray(drawn, as_dtype(dtype).numpy))


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> EagerTensor:
    """The slices along an axis in random order."""
    array = np.asarray(tensor_of(x).array)
    order = core.source(_source(seed)).permutation(array.shape[axis])
    return tensor_of(np.take(array, order, axis))


def _sizes(shape: Any) -> tuple[int, ...]:
    return tuple(int(size) for size in shape)
