"""Dropout and noise, which act in training only."""

from __future__ import annotations

import math
from typing import Any, Unpack

import numpy as np

from autograd.core.tensor import Tensor, wrap
from autograd.ops.creation.random import draw_normal

from ... import functional as F
from ..checks import number
from .base import Common
from .shapes import SameShapeWithoutWeights


class Dropout(SameShapeWithoutWeights):
    """In training, set each element to 0 with probability `rate`, and divide the others by 1 - rate.

    Args:
        rate: the probability, from 0 to 1.
        noise_shape: ignored: every element is dropped independently.
        seed: ignored: the random numbers come from the global generator.
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.rate = number(rate, "rate", 0, 1)

    def call(self, inputs: Tensor, training: bool = False) -> Any:
        return F.dropout(inputs, self.rate) if training and self.rate else inputs


class _SpatialDropout(Dropout):
    """Dropout of whole channels, the last dim."""

    def call(self, inputs: Tensor, training: bool = False) -> Any:
        if not training or not self.rate:
            return inputs
        shape = (inputs.array.shape[0], *[1] * (inputs.array.ndim - 2), inputs.array.shape[-1])
        return inputs * F.dropout(wrap(np.ones(shape, inputs.array.dtype)), self.rate)


class SpatialDropout1D(_SpatialDropout):
    """In training, drop whole features of a sequence (N, steps, features) with probability `rate`."""


class SpatialDropout2D(_SpatialDropout):
    """In training, drop whole channels of an image (N, H, W, C) with probability `rate`."""


class GaussianDropout(Dropout):
    """In training, multiply each element by normal noise of mean 1 and variance rate / (1 - rate), as in `Dropout`."""

    def call(self, inputs: Tensor, training: bool = False) -> Any:
        if not training or not self.rate:
            return inputs
        deviation = np.float32(math.sqrt(self.rate / (1 - self.rate)))
        return inputs * wrap(1 + draw_normal(inputs.array.shape, inputs.array.dtype, None) * deviation)


class GaussianNoise(SameShapeWithoutWeights):
    """In training, add normal noise with standard deviation `stddev`, at most 1."""

    def __init__(self, stddev: float, seed: int | None = None, **common: Unpack[Common]) -> None:
        number(stddev, "stddev", 0, 1)
        super().__init__(**common)
        self.stddev = stddev

    def call(self, inputs: Tensor, training: bool = False) -> Any:
        if not training or not self.stddev:
            return inputs
        return inputs + wrap(draw_normal(inputs.array.shape, inputs.array.dtype, None) * np.float32(self.stddev))
