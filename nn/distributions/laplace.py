"""The Laplace distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd import finfo, rand
from autograd.core.tensor import Tensor

from .location_scale import _LocationScale


class Laplace(_LocationScale):
    """The Laplace distribution: exponential on both sides of `loc`, with a mean distance of `scale` from it.

    >>> from autograd import tensor
    >>> Laplace(0.0, 1.0).log_prob(tensor(0.0)).exp()
    tensor(0.5000)
    """

    @property
    def variance(self) -> Tensor:
        return 2 * self.scale**2

    @property
    def stddev(self) -> Tensor:
        return math.sqrt(2) * self.scale

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        centred = 2 * rand(self._extended_shape(sample_shape), dtype=self.loc.dtype) - 1
        # rand can return 0, for which the logarithm would be infinite.
        centred = centred.clamp(min=finfo(self.loc.dtype).eps - 1)
        return self.loc - self.scale * centred.sign() * (-centred.abs()).log1p()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        return -(2 * self.scale).log() - (value - self.loc).abs() / self.scale

    def entropy(self) -> Tensor:
        return 1 + (2 * self.scale).log()

    def cdf(self, value: Tensor) -> Tensor:
        self._check_value(value)
        offset = value - self.loc
        return 0.5 - 0.5 * offset.sign() * (-offset.abs() / self.scale).expm1()

    def icdf(self, value: Tensor) -> Tensor:
        offset = value - 0.5
        return self.loc - self.scale * offset.sign() * (-2 * offset.abs()).log1p()
