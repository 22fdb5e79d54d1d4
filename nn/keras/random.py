"""`keras.random`: random tensors, and SeedGenerator, a source of random numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.base.symbolic import as_array
from autograd.core.tensor import wrap
from autograd.ops.creation import random as core
from autograd.tensorflow.dtypes import as_dtype
from autograd.tensorflow.tensors import EagerTensor, tensor_of

from .. import init


class SeedGenerator:
    """A source of random numbers whose state advances with every call; the seed determines all of them.

    >>> one, other = SeedGenerator(3), SeedGenerator(3)
    >>> bool(np.all(normal((4,), seed=one) == normal((4,), seed=other)))
    True
    """

    def __init__(self, seed: int | None = None) -> None:
        self.seed = int(core.source(None).integers(2**31)) if seed is None else seed
        self.source = core.Generator().manual_seed(self.seed)


def _source(seed: Any) -> core.Generator | None:
    """The generator for a seed: the global one for None, a new one for a number, or that of a SeedGenerator."""
    if isinstance(seed, SeedGenerator):
        return seed.source
    return None if seed is None else core.Generator().manual_seed(int(seed))


def normal(shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None) -> EagerTensor:
    """Normal random numbers; with a number as seed, every call returns the same ones."""
    drawn = core.draw_normal(_sizes(shape), as_dtype(dtype or "float32").numpy, _source(seed))
    return tensor_of(drawn) * stddev + mean


def uniform(shape: Any, minval: float = 0.0, maxval: float = 1.0, dtype: Any = None, seed: Any = None) -> EagerTensor:
    """Uniform random numbers from [minval, maxval)."""
    drawn = core.draw_uniform(_sizes(shape), as_dtype(dtype or "float32").numpy, _source(seed))
    return tensor_of(drawn) * (maxval - minval) + minval


def randint(shape: Any, minval: int, maxval: int, dtype: Any = "int32", seed: Any = None) -> EagerTensor:
    """Random integers from [minval, maxval)."""
    drawn = core.source(_source(seed)).integers(minval, maxval, _sizes(shape))
    return tensor_of(as_array(drawn, as_dtype(dtype).numpy))


def shuffle(x: Any, axis: int = 0, seed: Any = None) -> EagerTensor:
    """The slices along an axis, in random order."""
    array = as_array(tensor_of(x).array)
    order = core.source(_source(seed)).permutation(array.shape[axis])
    return tensor_of(np.take(array, order, axis))


def truncated_normal(
    shape: Any, mean: float = 0.0, stddev: float = 1.0, dtype: Any = None, seed: Any = None
) -> EagerTensor:
    """Normal random numbers within two standard deviations of the mean."""
    tensor = wrap(np.empty(_sizes(shape), as_dtype(dtype or "float32").numpy))
    init.trunc_normal_(tensor, 0.0, 1.0, -2.0, 2.0, _source(seed))
    return tensor_of(tensor.array) * stddev + mean


def categorical(logits: Any, num_samples: int, dtype: Any = "int32", seed: Any = None) -> EagerTensor:
    """Random class indices (rows, num_samples) with the probabilities given by logits (rows, classes)."""
    scores = as_array(tensor_of(logits).array)[:, None]
    noise = core.source(_source(seed)).gumbel(size=(len(scores), num_samples, scores.shape[-1]))
    return tensor_of(np.argmax(scores + noise, -1).astype(as_dtype(dtype).numpy))


def dropout(inputs: Any, rate: float, noise_shape: Any = None, seed: Any = None) -> EagerTensor:
    """Set each element to 0 with probability `rate`, and divide the others by 1 - rate.

    The random mask has the shape `noise_shape`, in which None stands for a size of the input, and is broadcast to it.
    """
    x = tensor_of(inputs)
    sizes = [n if m is None else m for n, m in zip(x.array.shape, noise_shape or x.array.shape, strict=True)]
    kept = as_array(core.draw_uniform(tuple(sizes), np.dtype(np.float32), _source(seed))) >= rate
    return x * tensor_of((kept / (1 - rate if rate < 1 else 1)).astype(x.array.dtype))


def _sizes(shape: Any) -> tuple[int, ...]:
    return tuple(int(size) for size in shape)
