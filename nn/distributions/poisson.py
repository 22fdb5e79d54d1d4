"""Poisson's distribution."""

from __future__ import annotations

from collections.abc import Sequence

from autograd import lgamma, poisson as draw_poisson, xlogy
from autograd.core.tensor import Tensor

from .distribution import Distribution, check, parameters


class Poisson(Distribution):
    """How often something happens that is expected `rate` times."""

    _shown = ("rate",)

    def __init__(self, rate: Tensor | float, validate_args: bool | None = None) -> None:
        (self.rate,) = parameters(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)
        check(self, "rate", self.rate >= 0, "GreaterThanEq(lower_bound=0.0)")

    @property
    def mean(self) -> Tensor:
        return self.rate

    @property
    def mode(self) -> Tensor:
        return self.rate.floor()

    @property
    def variance(self) -> Tensor:
        return self.rate

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return draw_poisson(self.rate.detach().expand(*self._extended(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value, "IntegerGreaterThan(lower_bound=0)", lambda x: (x >= 0) & (x == x.floor()))
        return xlogy(value, self.rate) - self.rate - lgamma(value + 1)
