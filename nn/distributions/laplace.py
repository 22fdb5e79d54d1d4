"""Laplace's distribution."""

from __future__ import annotations

from collections.abc import Sequence

from autograd import finfo, rand
from autograd.core.tensor import Tensor

from .distribution import Distribution, check, is_number, parameters


class Laplace(Distribution):
    """The two-sided exponential distribution around `loc`, where the mean distance from `loc` is `scale`.

    >>> from autograd import tensor
    >>> Laplace(0.0, 1.0).log_prob(tensor(0.0)).exp()
    tensor(0.5000)
    """

    has_rsample = True
    _shown = ("loc", "scale")

    def __init__(self, loc: Tensor | float, scale: Tensor | float, validate_args: bool | None = None) -> None:
        self.loc, self.scale = parameters(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)
        check(self, "loc", is_number(self.loc), "Real()")
        check(self, "scale", self.scale > 0, "GreaterThan(lower_bound=0.0)")

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return 2 * self.scale**2

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        centred = 2 * rand(*self._extended(sample_shape), dtype=self.loc.dtype) - 1
        # At -1, which rand can give, the logarithm is infinite.
        centred = centred.clamp(min=finfo(self.loc.dtype).eps - 1)
        return self.loc - self.scale * centred.sign() * (-centred.abs()).log1p()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value, "Real()", is_number)
        return -(2 * self.scale).log() - (value - self.loc).abs() / self.scale

    def entropy(self) -> Tensor:
        return 1 + (2 * self.scale).log()

    def cdf(self, value: Tensor) -> Tensor:
        """The probability of a draw up to `value`."""
        offset = value - self.loc
        return 0.5 - 0.5 * offset.sign() * (-offset.abs() / self.scale).expm1()

    def icdf(self, value: Tensor) -> Tensor:
        """Up to where draws have the probability `value`."""
        offset = value - 0.5
        return self.loc - self.scale * offset.sign() * (-2 * offset.abs()).log1p()
