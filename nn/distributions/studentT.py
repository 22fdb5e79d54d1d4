"""Student's distribution: as the normal one, with heavy tails."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd import digamma, lgamma, randn, where
from autograd.core.tensor import Tensor

from .distribution import Distribution, check, is_number, parameters
from .gamma_draws import standard_gamma


class StudentT(Distribution):
    """`loc` and `scale` as of a normal distribution; the fewer degrees of freedom `df`, the more lies far away.

    >>> StudentT(2.0).variance
    tensor(inf)
    """

    has_rsample = True
    _shown = ("df", "loc", "scale")

    def __init__(
        self, df: Tensor | float, loc: Tensor | float = 0.0, scale: Tensor | float = 1.0,
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        self.df, self.loc, self.scale = parameters(df, loc, scale)
        super().__init__(self.df.shape, validate_args=validate_args)
        check(self, "df", self.df > 0, "GreaterThan(lower_bound=0.0)")
        check(self, "loc", is_number(self.loc), "Real()")
        check(self, "scale", self.scale > 0, "GreaterThan(lower_bound=0.0)")

    @property
    def mean(self) -> Tensor:
        """The mean; NaN where there is none, for one degree of freedom or less."""
        return where(self.df <= 1, math.nan, self.loc)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The variance; infinite for two degrees of freedom or less, NaN for one or less."""
        wide = where(self.df <= 1, math.nan, math.inf)
        return where(self.df <= 2, wide, self.scale**2 * self.df / (self.df - 2))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended(sample_shape)
        half = 0.5 * self.df.expand(*shape)
        return self.loc + self.scale * randn(*shape, dtype=self.df.dtype) * (half / standard_gamma(half)).sqrt()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value, "Real()", is_number)
        y = (value - self.loc) / self.scale
        return -0.5 * (self.df + 1) * (y**2 / self.df).log1p() - self.scale.log() - self._log_norm()

    def entropy(self) -> Tensor:
        half = 0.5 * (self.df + 1)
        return self.scale.log() + half * (digamma(half) - digamma(0.5 * self.df)) + self._log_norm()

    def _log_norm(self) -> Tensor:
        return 0.5 * (math.pi * self.df).log() + lgamma(0.5 * self.df) - lgamma(0.5 * (self.df + 1))
