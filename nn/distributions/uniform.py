"""The uniform distribution."""

from __future__ import annotations

from collections.abc import Sequence

from autograd import log, rand
from autograd.core.tensor import Tensor

from .constraints import Constraint
from .distribution import Distribution, broadcast_parameters


class Uniform(Distribution):
    """The uniform distribution on [low, high)."""

    has_rsample = True
    _shown = ("low", "high")

    def __init__(self, low: Tensor | float, high: Tensor | float, validate_args: bool | None = None) -> None:
        self.low, self.high = broadcast_parameters(low, high)
        super().__init__(self.low.shape, validate_args=validate_args)
        if self._validate_args and not (self.low < self.high).all():
            raise ValueError("Uniform is not defined when low >= high")

    @property
    def mean(self) -> Tensor:
        return (self.high + self.low) / 2

    @property
    def variance(self) -> Tensor:
        return (self.high - self.low) ** 2 / 12

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.low + rand(*self._extended_shape(sample_shape), dtype=self.low.dtype) * (self.high - self.low)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value, Constraint("Interval()", lambda x: (x >= self.low) & (x <= self.high)))
        inside = (self.low <= value) & (value < self.high)
        return log(inside.to(self.low.dtype)) - log(self.high - self.low)

    def entropy(self) -> Tensor:
        return log(self.high - self.low)
