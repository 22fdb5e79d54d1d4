"""Student's t-distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from autograd import digamma, lgamma, randn, where
from autograd.core.tensor import Tensor

from . import constraints
from .distribution import Distribution
from .gamma_draws import standard_gamma
from .utils import broadcast_all


class StudentT(Distribution):
    """As the normal distribution, but with heavier tails: the heavier, the fewer degrees of freedom `df`.

    >>> StudentT(2.0).variance
    tensor(inf)
    """

    has_rsample = True
    _shown = ("df", "loc", "scale")
    arg_constraints: ClassVar[constraints.Ranges] = {
        "df": constraints.positive,
        "loc": constraints.real,
        "scale": constraints.positive,
    }
    support = constraints.real

    def __init__(
        self, df: Tensor | float, loc: Tensor | float = 0.0, scale: Tensor | float = 1.0,
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        self.df, self.loc, self.scale = broadcast_all(df, loc, scale)
        super().__init__(self.df.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        """The mean; NaN for `df` <= 1, where it is undefined."""
        return where(self.df <= 1, math.nan, self.loc)

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        """The variance; infinite for 1 < `df` <= 2, NaN for `df` <= 1."""
        undefined = where(self.df <= 1, math.nan, math.inf)
        return where(self.df <= 2, undefined, self.scale**2 * self.df / (self.df - 2))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        shape = self._extended_shape(sample_shape)
        half = 0.5 * self.df.expand(shape)
        return self.loc + self.scale * randn(shape, dtype=self.df.dtype) * (half / standard_gamma(half)).sqrt()

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        y = (value - self.loc) / self.scale
        return -0.5 * (self.df + 1) * (y**2 / self.df).log1p() - self.scale.log() - self._log_norm()

    def entropy(self) -> Tensor:
        half = 0.5 * (self.df + 1)
        return self.scale.log() + half * (digamma(half) - digamma(0.5 * self.df)) + self._log_norm()

    def _log_norm(self) -> Tensor:
        return 0.5 * (math.pi * self.df).log() + lgamma(0.5 * self.df) - lgamma(0.5 * (self.df + 1))
