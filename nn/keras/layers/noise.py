"""Dropout and noise, which act in training only."""

from __future__ import annotations

import math
from typing import Any, Unpack

import numpy as np

from autograd.core.tensor import Tensor, wrap
from autograd.ops.creation.random import draw_normal

from ... import functional as F
from ..symbols import Shape
from .base import Common, Layer
from .shapes import _SameShape


class Dropout(Layer):
    """In training, each element 0 with probability `rate`, and the others larger by 1 / (1 - rate).

    Args:
        rate: the probability, from 0 to 1.
        noise_shape: the shape of what is drawn; where a size is 1 all elements along that dim share their fate, None
            takes the input's.
        seed: for the same draws in every run.

    Raises:
        ValueError: the rate is no probability.
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        if not 0 <= rate <= 1:
            raise ValueError(
                f"Invalid value received for argument `rate`. Expected a float value between 0 and 1. Received: {rate}"
            )
        self.rate = rate
        self.built = True

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """The input, with elements dropped in training."""
        return F.dropout(inputs, self.rate) if training and self.rate else inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape


class SpatialDropout1D(Dropout):
    """In training, whole features of a sequence (N, steps, features) 0 with probability `rate`."""

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """The input, with features dropped in training."""
        return _without_maps(inputs, self.rate) if training and self.rate else inputs


class SpatialDropout2D(Dropout):
    """In training, whole channels of an image (N, H, W, C) 0 with probability `rate`."""

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """The input, with channels dropped in training."""
        return _without_maps(inputs, self.rate) if training and self.rate else inputs


def _without_maps(x: Tensor, rate: float) -> Any:
    shape = (x.array.shape[0], *[1] * (x.array.ndim - 2), x.array.shape[-1])
    return x * F.dropout(wrap(np.ones(shape, x.array.dtype)), rate)


class GaussianDropout(Dropout):
    """In training, each element times a normal random number around 1, which varies as with `Dropout` of that rate."""

    def call(self, inputs: Tensor, training: bool = False) -> Any:
        """The input, times noise in training."""
        if not training or not self.rate:
            return inputs
        deviation = np.float32(math.sqrt(self.rate / (1 - self.rate)))
        return inputs * wrap(1 + draw_normal(inputs.array.shape, inputs.array.dtype, None) * deviation)


class GaussianNoise(_SameShape):
    """In training, the input with normal noise of a standard deviation added."""

    def __init__(self, stddev: float, seed: int | None = None, **common: Unpack[Common]) -> None:
        if not stddev >= 0:
            raise ValueError(f"Invalid value received for argument `stddev`. Expected a float >= 0. Received: {stddev}")
        super().__init__(**common)
        self.stddev = stddev

    def call(self, inputs: Tensor, training: bool = False) -> Any:
        """The input, with noise in training."""
        if not training or not self.stddev:
            return inputs
        return inputs + wrap(draw_normal(inputs.array.shape, inputs.array.dtype, None) * np.float32(self.stddev))
