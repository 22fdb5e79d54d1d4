"""Transforms of numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd import Tensor, broadcast_shapes, finfo, ones_like, sigmoid

from ...functional import logsigmoid, softplus
from .. import constraints
from ..utils import _sum_rightmost
from .base import Transform, with_events


class ExpTransform(Transform):
    """y = exp x."""

    domain, codomain, bijective, sign, _compared = constraints.real, constraints.positive, True, 1, ()

    def _call(self, x: Any) -> Any:
        return x.exp()

    def _inverse(self, y: Any) -> Any:
        return y.log()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return x


class SigmoidTransform(Transform):
    """y = 1 / (1 + exp(-x)), kept off 0 and 1."""

    domain, codomain, bijective, sign, _compared = constraints.real, constraints.unit_interval, True, 1, ()

    def _call(self, x: Any) -> Any:
        return inside(sigmoid(x))

    def _inverse(self, y: Any) -> Any:
        return inside(y).logit()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return logsigmoid(x) + logsigmoid(-x)


def inside(y: Any) -> Any:
    """Numbers from 0 to 1, kept off both."""
    return y.clamp(finfo(y.dtype).tiny, 1 - finfo(y.dtype).eps)


class SoftplusTransform(Transform):
    """y = log(1 + exp x)."""

    domain, codomain, bijective, sign, _compared = constraints.real, constraints.positive, True, 1, ()

    def _call(self, x: Any) -> Any:
        return softplus(x)

    def _inverse(self, y: Any) -> Any:
        return y + (-(-y).expm1()).log()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return logsigmoid(x)


class TanhTransform(Transform):
    """y = tanh x."""

    domain, codomain, bijective, sign, _compared = constraints.real, constraints.interval(-1.0, 1.0), True, 1, ()

    def _call(self, x: Any) -> Any:
        return x.tanh()

    def _inverse(self, y: Any) -> Any:
        return y.atanh()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return 2 * (math.log(2) - x - softplus(-2 * x))  # log(1 - tanh² x), exact for large x too


class AbsTransform(Transform):
    """y = |x|; its inverse returns y itself."""

    domain, codomain, _compared = constraints.real, constraints.positive, ()

    def _call(self, x: Any) -> Any:
        return x.abs()

    def _inverse(self, y: Any) -> Any:
        return y


class PowerTransform(Transform):
    """y = x to the power of `exponent`, of positive numbers."""

    domain, codomain, bijective, _compared = constraints.positive, constraints.positive, True, ("exponent",)

    def __init__(self, exponent: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.exponent = exponent

    @property
    def sign(self) -> Any:
        return _sign(self.exponent)

    def _call(self, x: Any) -> Any:
        return x.pow(self.exponent)

    def _inverse(self, y: Any) -> Any:
        return y.pow(1 / self.exponent)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return (self.exponent * y / x).abs().log()

    def forward_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return tuple(broadcast_shapes(tuple(shape), _shape(self.exponent)))

    inverse_shape = forward_shape


class AffineTransform(Transform):
    """y = loc + scale · x, for numbers or, with `event_dim`, vectors or matrices."""

    bijective, _compared = True, ("loc", "scale")

    def __init__(self, loc: Any, scale: Any, event_dim: int = 0, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.loc, self.scale = loc, scale
        self.domain = self.codomain = with_events(constraints.real, event_dim)

    @property
    def sign(self) -> Any:
        return _sign(self.scale)

    def _call(self, x: Any) -> Any:
        return self.loc + self.scale * x

    def _inverse(self, y: Any) -> Any:
        return (y - self.loc) / self.scale

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return _sum_rightmost((ones_like(x) * self.scale).abs().log(), self.event_dim)

    def forward_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return tuple(broadcast_shapes(tuple(shape), _shape(self.loc), _shape(self.scale)))

    inverse_shape = forward_shape


def _sign(x: Any) -> Any:
    return x.sign() if isinstance(x, Tensor) else (x > 0) - (x < 0)


def _shape(x: Any) -> tuple[int, ...]:
    return tuple(getattr(x, "shape", ()))


class CumulativeDistributionTransform(Transform):
    """y = F(x), the cumulative distribution function of a distribution; its inverse is the quantile."""

    codomain, bijective, sign, _compared = constraints.unit_interval, True, 1, ("distribution",)

    def __init__(self, distribution: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.distribution, self.domain = distribution, distribution.support

    def _call(self, x: Any) -> Any:
        return self.distribution.cdf(x)

    def _inverse(self, y: Any) -> Any:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return self.distribution.log_prob(x)
