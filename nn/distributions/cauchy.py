"""The Cauchy distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd import full_like, rand
from autograd.core.tensor import Tensor

from .location_scale import _LocationScale


class Cauchy(_LocationScale):
    """The Cauchy distribution: of a ratio of two normal numbers, with tails so heavy that it has no mean.

    >>> from autograd import tensor
    >>> Cauchy(0.0, 1.0).cdf(tensor([0.0, 1.0]))
    tensor([0.5000, 0.7500])
    """

    @property
    def mean(self) -> Tensor:
        return full_like(self.loc, math.nan)

    @property
    def variance(self) -> Tensor:
        return full_like(self.loc, math.inf)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.icdf(rand(self._extended_shape(sample_shape), dtype=self.loc.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        return -(math.pi * self.scale).log() - ((value - self.loc) / self.scale).square().log1p()

    def entropy(self) -> Tensor:
        return (4 * math.pi * self.scale).log()

    def cdf(self, value: Tensor) -> Tensor:
        self._check_value(value)
        return ((value - self.loc) / self.scale).atan() / math.pi + 0.5

    def icdf(self, value: Tensor) -> Tensor:
        return self.loc + self.scale * (math.pi * (value - 0.5)).tan()
