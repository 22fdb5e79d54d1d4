"""Initializers: the initial values of a weight, from its shape."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.base.dtypes import to_numpy_dtype
from autograd.core.tensor import Tensor, wrap
from autograd.ops.creation.random import Generator
from autograd.tensorflow.creation import checked_sizes
from autograd.tensorflow.tensors import EagerTensor, tensor_of

from .. import init
from .checks import integer
from .config import Configured
from .naming import lookup, resolve, snake_case
from .ranks import broadcast

#: The standard deviation of a standard normal distribution truncated to [-2, 2].
_STD_OF_TRUNCATED = 0.87962566103423978


class Initializer(Configured):
    """Base class of initializers: called with a shape, it returns a tensor. A subclass writes the values in `fill`."""

    def __call__(self, shape: Any, dtype: Any = None) -> EagerTensor:
        """Create a tensor of a shape.

        Raises:
            TypeError: the shape does not consist of integers.
            InvalidArgumentError: a size is negative.
        """
        sizes = checked_sizes("Fill", shape)
        tensor = wrap(np.zeros(sizes, "float32" if dtype is None else to_numpy_dtype(dtype)))
        self.fill(tensor)
        return EagerTensor(tensor.array)

    def fill(self, tensor: Tensor) -> None:
        """Write the initial values into a tensor of zeros."""
        raise NotImplementedError(f"{type(self).__name__} must define fill()")


class Zeros(Initializer):
    """Zeros."""

    def fill(self, tensor: Tensor) -> None:
        """Leave the zeros."""


class Constant(Initializer):
    """A constant: a number, or values that broadcast to the shape.

    >>> Constant(2.0)((2,)).numpy()
    array([2., 2.], dtype=float32)
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def fill(self, tensor: Tensor) -> None:
        value = np.asarray(tensor_of(self.value).array, tensor.array.dtype)
        tensor.array[...] = broadcast("value", value, tensor.array.shape)


class Ones(Constant):
    """Ones."""

    def __init__(self) -> None:
        super().__init__(1.0)


class Identity(Initializer):
    """`gain` on the diagonal of a matrix; ValueError for a shape that is not 2-D."""

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def fill(self, tensor: Tensor) -> None:
        init.eye_(tensor)
        tensor.array[...] *= np.asarray(self.gain, tensor.array.dtype)


class _Random(Initializer):
    """Base class of random initializers; with a seed, every call draws the same values."""

    def __init__(self, seed: int | None) -> None:
        self.seed = None if seed is None else integer(seed, "seed", -(2**62))

    def _generator(self) -> Generator | None:
        return None if self.seed is None else Generator().manual_seed(self.seed)


class RandomUniform(_Random):
    """Uniform random values from [minval, maxval)."""

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.minval, self.maxval = minval, maxval

    def fill(self, tensor: Tensor) -> None:
        init.uniform_(tensor, self.minval, self.maxval, self._generator())


class RandomNormal(_Random):
    """Normal random values."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    def fill(self, tensor: Tensor) -> None:
        init.normal_(tensor, self.mean, self.stddev, self._generator())


class TruncatedNormal(RandomNormal):
    """Normal random values within two standard deviations of the mean."""

    def fill(self, tensor: Tensor) -> None:
        if not self.stddev:
            init.constant_(tensor, self.mean)
            return
        reach = 2 * self.stddev
        init.trunc_normal_(
            tensor, self.mean, self.stddev, self.mean - reach, self.mean + reach, generator=self._generator()
        )


class VarianceScaling(_Random):
    """Random values of mean 0 and variance scale / n, for n inputs or outputs.

    Args:
        scale: a positive number.
        mode: n is the number of inputs, "fan_in", of outputs, "fan_out", or their mean, "fan_avg".
        distribution: "truncated_normal", "untruncated_normal" or "uniform".
        seed: makes every call draw the same values.
    """

    def __init__(
        self, scale: float = 1.0, mode: str = "fan_in", distribution: str = "truncated_normal", seed: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(seed)
        if scale <= 0:
            raise ValueError(f"`scale` must be positive, but got scale={scale}")
        lookup("mode of VarianceScaling", mode, dict.fromkeys(("fan_in", "fan_out", "fan_avg")))
        lookup("distribution", distribution, dict.fromkeys(("truncated_normal", "untruncated_normal", "uniform")))
        self.scale, self.mode, self.distribution = scale, mode, distribution

    def fill(self, tensor: Tensor) -> None:
        fan_in, fan_out = fans(tensor.array.shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        std = math.sqrt(self.scale / max(1.0, fan))
        if self.distribution == "uniform":
            limit = math.sqrt(3) * std
            RandomUniform(-limit, limit, self.seed).fill(tensor)
        elif self.distribution == "truncated_normal":
            TruncatedNormal(0.0, std / _STD_OF_TRUNCATED, self.seed).fill(tensor)
        else:
            RandomNormal(0.0, std, self.seed).fill(tensor)


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """The number of inputs and outputs that a weight (*window, inputs, outputs) connects.

    >>> fans((3, 3, 16, 32))
    (144, 288)
    """
    if len(shape) < 2:
        size = shape[0] if shape else 1
        return size, size
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


class _Preset(VarianceScaling):
    """Base class of VarianceScaling with fixed scale, mode and distribution."""

    preset: tuple[float, str, str]

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(*self.preset, seed)


class GlorotUniform(_Preset, preset=(1.0, "fan_avg", "uniform")):
    """Uniform with variance 1 / n for n the mean of inputs and outputs (Glorot and Bengio, 2010)."""


class GlorotNormal(_Preset, preset=(1.0, "fan_avg", "truncated_normal")):
    """Like `GlorotUniform`, from a truncated normal distribution."""


class HeUniform(_Preset, preset=(2.0, "fan_in", "uniform")):
    """Uniform with variance 2 / n for n inputs, suited to ReLU (He, 2015)."""


class HeNormal(_Preset, preset=(2.0, "fan_in", "truncated_normal")):
    """Like `HeUniform`, from a truncated normal distribution."""


class LecunUniform(_Preset, preset=(1.0, "fan_in", "uniform")):
    """Uniform with variance 1 / n for n inputs (LeCun, 1998)."""


class LecunNormal(_Preset, preset=(1.0, "fan_in", "truncated_normal")):
    """Like `LecunUniform`, from a truncated normal distribution."""


class Orthogonal(_Random):
    """A random matrix with orthonormal rows or columns, times `gain` (Saxe, 2013); ValueError for fewer than 2 dims."""

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def fill(self, tensor: Tensor) -> None:
        shape = tensor.array.shape
        if len(shape) < 2:
            raise ValueError(f"The tensor to initialize must be at least two-dimensional. Received: shape={shape}")
        rows = tensor.reshape(math.prod(shape[:-1]), shape[-1])
        tensor.array[...] = init.orthogonal_(rows, self.gain, self._generator()).array.reshape(shape)


_CLASSES = (
    Zeros, Ones, Identity, RandomUniform, RandomNormal, TruncatedNormal, GlorotUniform, GlorotNormal, HeUniform,
    HeNormal, LecunUniform, LecunNormal, Orthogonal,
)  # fmt: skip
_KNOWN: dict[str, type[Initializer]] = {
    **{kind.__name__: kind for kind in _CLASSES},
    **{snake_case(kind.__name__): kind for kind in _CLASSES},
    "uniform": RandomUniform,
    "normal": RandomNormal,
}


def get(identifier: Any) -> Callable[..., Any]:
    """The initializer for a name or a class; functions are returned unchanged. ValueError for an unknown name."""
    return resolve("initializer", identifier, _KNOWN)
