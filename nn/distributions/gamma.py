"""The gamma distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from autograd import digamma, igamma, lgamma, xlogy
from autograd.core.tensor import Tensor

from . import constraints
from .distribution import Distribution
from .gamma_draws import standard_gamma
from .utils import broadcast_all


class Gamma(Distribution):
    """The gamma distribution with shape `concentration` and inverse scale `rate`.

    >>> Gamma(3.0, 2.0).mean
    tensor(1.5000)
    """

    has_rsample = True
    _shown = ("concentration", "rate")
    arg_constraints: ClassVar[constraints.Ranges] = {
        "concentration": constraints.positive,
        "rate": constraints.positive,
    }
    support = constraints.nonnegative

    def __init__(self, concentration: Tensor | float, rate: Tensor | float, validate_args: bool | None = None) -> None:
        self.concentration, self.rate = broadcast_all(concentration, rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.rate

    @property
    def mode(self) -> Tensor:
        return ((self.concentration - 1) / self.rate).clamp(min=0)

    @property
    def variance(self) -> Tensor:
        return self.concentration / self.rate**2

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return standard_gamma(self.concentration.expand(self._extended_shape(sample_shape))) / self.rate

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        a, rate = self.concentration, self.rate
        return xlogy(a, rate) + xlogy(a - 1, value) - rate * value - lgamma(a)

    def entropy(self) -> Tensor:
        a = self.concentration
        return a - self.rate.log() + lgamma(a) + (1 - a) * digamma(a)

    def cdf(self, value: Tensor) -> Tensor:
        self._check_value(value)
        return igamma(self.concentration, self.rate * value)
