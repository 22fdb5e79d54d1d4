"""The Poisson distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from autograd import lgamma, poisson as draw_poisson, xlogy
from autograd.core.tensor import Tensor

from . import constraints
from .distribution import Distribution
from .utils import broadcast_all


class Poisson(Distribution):
    """The number of events in an interval, if `rate` are expected."""

    _shown = ("rate",)
    arg_constraints: ClassVar[constraints.Ranges] = {"rate": constraints.nonnegative}
    support = constraints.nonnegative_integer

    def __init__(self, rate: Tensor | float, validate_args: bool | None = None) -> None:
        (self.rate,) = broadcast_all(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

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
        return draw_poisson(self.rate.detach().expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        return xlogy(value, self.rate) - self.rate - lgamma(value + 1)
