"""The exponential distribution."""

from __future__ import annotations

from collections.abc import Sequence

from autograd import log, rand
from autograd.core.tensor import Tensor

from .distribution import Distribution, check, parameters


class Exponential(Distribution):
    """The time to the next event, where `rate` events are expected in one unit of time."""

    has_rsample = True
    _shown = ("rate",)

    def __init__(self, rate: Tensor | float, validate_args: bool | None = None) -> None:
        (self.rate,) = parameters(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)
        check(self, "rate", self.rate > 0, "GreaterThan(lower_bound=0.0)")

    @property
    def mean(self) -> Tensor:
        return 1 / self.rate

    @property
    def variance(self) -> Tensor:
        return self.rate**-2

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return -log(1 - rand(*self._extended(sample_shape), dtype=self.rate.dtype)) / self.rate

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value, "GreaterThanEq(lower_bound=0.0)", lambda x: x >= 0)
        return self.rate.log() - self.rate * value

    def entropy(self) -> Tensor:
        return 1.0 - self.rate.log()
