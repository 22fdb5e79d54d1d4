"""Initializers: how the first values of a weight are drawn, from its shape."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograd.base.dtypes import to_numpy_dtype
from autograd.core.tensor import Tensor, wrap
from autograd.ops.creation.random import Generator

from .. import init
from .config import Configured
from .naming import lookup, resolve

#: The standard deviation that is left of 1 when a normal distribution is cut at ±2.
_STD_OF_TRUNCATED = 0.87962566103423978


class Initializer(Configured):
    """Base of the initializers: called with a shape, it returns a Tensor. A subclass fills one in `fill`."""

    def __call__(self, shape: Sequence[int], dtype: Any = None) -> Tensor:
        """A new Tensor of the shape."""
        tensor = wrap(np.zeros(tuple(shape), "float32" if dtype is None else to_numpy_dtype(dtype)))
        self.fill(tensor)
        return tensor

    def fill(self, tensor: Tensor) -> None:
        """Write the first values into the tensor, which holds zeros."""
        raise NotImplementedError(f"{type(self).__name__} must say in fill() what its first values are")


class Zeros(Initializer):
    """Zeros."""

    def fill(self, tensor: Tensor) -> None:
        """Leave the zeros."""


class Constant(Initializer):
    """One value.

    >>> Constant(2.0)((2,))
    tensor([2., 2.])
    """

    def __init__(self, value: float = 0.0) -> None:
        self.value = value

    def fill(self, tensor: Tensor) -> None:
        """Write the value everywhere."""
        init.constant_(tensor, self.value)


class Ones(Constant):
    """Ones."""

    def __init__(self) -> None:
        super().__init__(1.0)


class Identity(Initializer):
    """`gain` on the diagonal of a matrix."""

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def fill(self, tensor: Tensor) -> None:
        """Write the diagonal."""
        init.eye_(tensor)
        tensor.array *= self.gain


class _Drawn(Initializer):
    """An initializer that draws; with a seed it draws the same values in every call."""

    def __init__(self, seed: int | None) -> None:
        self.seed = seed

    def _generator(self) -> Generator | None:
        return None if self.seed is None else Generator().manual_seed(self.seed)


class RandomUniform(_Drawn):
    """Values drawn uniformly from [minval, maxval)."""

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.minval, self.maxval = minval, maxval

    def fill(self, tensor: Tensor) -> None:
        """Draw the values."""
        init.uniform_(tensor, self.minval, self.maxval, self._generator())


class RandomNormal(_Drawn):
    """Values drawn from a normal distribution."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean, self.stddev = mean, stddev

    def fill(self, tensor: Tensor) -> None:
        """Draw the values."""
        init.normal_(tensor, self.mean, self.stddev, self._generator())


class TruncatedNormal(RandomNormal):
    """Values drawn from a normal distribution, and again while they are more than two deviations from the mean."""

    def fill(self, tensor: Tensor) -> None:
        """Draw the values."""
        reach = 2 * self.stddev
        init.trunc_normal_(
            tensor, self.mean, self.stddev, self.mean - reach, self.mean + reach, generator=self._generator()
        )


class VarianceScaling(_Drawn):
    """Values of mean 0 whose variance is `scale` over the number of inputs, of outputs, or of their mean.

    Args:
        scale: a positive number.
        mode: "fan_in", "fan_out" or "fan_avg".
        distribution: "truncated_normal", "untruncated_normal" or "uniform".
        seed: for the same values in every call.

    Raises:
        ValueError: an unknown mode or distribution, or a scale that is not positive.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
    ) -> None:
        super().__init__(seed)
        if scale <= 0:
            raise ValueError(f"`scale` must be positive, but got scale={scale}")
        lookup("mode of VarianceScaling", mode, dict.fromkeys(("fan_in", "fan_out", "fan_avg")))
        self._draw = lookup(
            "distribution",
            distribution,
            {"truncated_normal": _truncated, "untruncated_normal": _normal, "uniform": _uniform},
        )
        self.scale, self.mode, self.distribution = scale, mode, distribution

    def fill(self, tensor: Tensor) -> None:
        """Draw the values."""
        fan_in, fan_out = fans(tensor.array.shape)
        fan = {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[self.mode]
        self._draw(tensor, math.sqrt(self.scale / max(1.0, fan)), self._generator())


def _truncated(tensor: Tensor, std: float, generator: Generator | None) -> None:
    wide = std / _STD_OF_TRUNCATED
    init.trunc_normal_(tensor, 0.0, wide, -2 * wide, 2 * wide, generator=generator)


def _normal(tensor: Tensor, std: float, generator: Generator | None) -> None:
    init.normal_(tensor, 0.0, std, generator)


def _uniform(tensor: Tensor, std: float, generator: Generator | None) -> None:
    limit = math.sqrt(3) * std
    init.uniform_(tensor, -limit, limit, generator)


def fans(shape: tuple[int, ...]) -> tuple[int, int]:
    """How many inputs and outputs a weight (*window, inputs, outputs) connects.

    >>> fans((3, 3, 16, 32))
    (144, 288)
    """
    if len(shape) < 2:
        size = shape[0] if shape else 1
        return size, size
    window = math.prod(shape[:-2])
    return window * shape[-2], window * shape[-1]


class GlorotUniform(VarianceScaling):
    """Uniform, of variance 1 over the mean of inputs and outputs (Glorot and Bengio, 2010)."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_avg", "uniform", seed)


class GlorotNormal(VarianceScaling):
    """As `GlorotUniform`, from a truncated normal distribution."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_avg", "truncated_normal", seed)


class HeUniform(VarianceScaling):
    """Uniform, of variance 2 over the inputs (He, 2015): for ReLU."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(2.0, "fan_in", "uniform", seed)


class HeNormal(VarianceScaling):
    """As `HeUniform`, from a truncated normal distribution."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(2.0, "fan_in", "truncated_normal", seed)


class LecunUniform(VarianceScaling):
    """Uniform, of variance 1 over the inputs (LeCun, 1998)."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_in", "uniform", seed)


class LecunNormal(VarianceScaling):
    """As `LecunUniform`, from a truncated normal distribution."""

    def __init__(self, seed: int | None = None) -> None:
        super().__init__(1.0, "fan_in", "truncated_normal", seed)


class Orthogonal(_Drawn):
    """A random matrix with orthonormal rows or columns, times `gain` (Saxe, 2013)."""

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = gain

    def fill(self, tensor: Tensor) -> None:
        """Draw the matrix."""
        rows = tensor.reshape(-1, tensor.array.shape[-1])
        tensor.array[...] = init.orthogonal_(rows, self.gain, self._generator()).array.reshape(tensor.array.shape)


_KNOWN: dict[str, type[Initializer]] = {
    "zeros": Zeros,
    "ones": Ones,
    "identity": Identity,
    "random_uniform": RandomUniform,
    "uniform": RandomUniform,
    "random_normal": RandomNormal,
    "normal": RandomNormal,
    "truncated_normal": TruncatedNormal,
    "glorot_uniform": GlorotUniform,
    "glorot_normal": GlorotNormal,
    "he_uniform": HeUniform,
    "he_normal": HeNormal,
    "lecun_uniform": LecunUniform,
    "lecun_normal": LecunNormal,
    "orthogonal": Orthogonal,
}


def get(identifier: Any) -> Callable[..., Any]:
    """The initializer of a name, of a class, or a function (shape, dtype) as it is.

    Raises:
        ValueError: an unknown name.
    """
    return resolve("initializer", identifier, _KNOWN | {kind.__name__: kind for kind in _KNOWN.values()})
