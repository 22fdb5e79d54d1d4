"""The half-normal and the half-Cauchy distribution: the absolute values of symmetric ones."""

from __future__ import annotations

import math
from typing import ClassVar

from autograd import full_like, zeros_like
from autograd.core.tensor import Tensor

from . import constraints
from .cauchy import Cauchy
from .location_scale import _LocationScale
from .normal import Normal
from .transformed_distribution import TransformedDistribution
from .transforms import AbsTransform


class _Half(TransformedDistribution):
    """Base of the distributions of |x|, where x is symmetric about 0: its density is twice that of x."""

    has_rsample = True
    arg_constraints: ClassVar[constraints.Ranges] = {"scale": constraints.positive}
    support = constraints.nonnegative
    base_dist: _LocationScale
    _symmetric: ClassVar[type[_LocationScale]]

    def __init__(self, scale: Tensor | float, validate_args: bool | None = None) -> None:
        super().__init__(self._symmetric(0.0, scale, validate_args), AbsTransform(), validate_args)

    @property
    def scale(self) -> Tensor:
        return self.base_dist.scale

    @property
    def mode(self) -> Tensor:
        return zeros_like(self.scale)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        return self.base_dist.log_prob(value) + math.log(2)

    def cdf(self, value: Tensor) -> Tensor:
        self._check_value(value)
        return 2 * self.base_dist.cdf(value) - 1

    def icdf(self, value: Tensor) -> Tensor:
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> Tensor:
        return self.base_dist.entropy() - math.log(2)


class HalfNormal(_Half):
    """The distribution of |x|, where x is normal with mean 0 and standard deviation `scale`."""

    _symmetric = Normal

    @property
    def mean(self) -> Tensor:
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Tensor:
        return self.scale.square() * (1 - 2 / math.pi)


class HalfCauchy(_Half):
    """The distribution of |x|, where x is of a Cauchy distribution with location 0 and this `scale`."""

    _symmetric = Cauchy

    @property
    def mean(self) -> Tensor:
        return full_like(self.scale, math.inf)

    @property
    def variance(self) -> Tensor:
        return full_like(self.scale, math.inf)
