"""TransformedDistribution: the distribution of f(x) for a random x."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from autograd import no_grad
from autograd.core.tensor import Tensor

from .constraints import Constraint
from .distribution import Distribution
from .independent import Independent
from .transforms import ComposeTransform, Transform
from .transforms.base import with_events
from .utils import _sum_rightmost


class TransformedDistribution(Distribution):
    """The distribution of y = f(x) for draws x of a base distribution; the start of every normalizing flow.

    log p(y) = log p(x) - log |det ∂y/∂x|

    Args:
        base_distribution: the distribution of x.
        transforms: the transform f, or a list of them in the order of application.
        validate_args: False to skip the check of values.

    >>> from autograd import tensor
    >>> from nn.distributions import ExpTransform, Normal
    >>> log_normal = TransformedDistribution(Normal(0.0, 1.0), ExpTransform())
    >>> log_normal.log_prob(tensor(1.0)), log_normal.cdf(tensor(1.0))
    (tensor(-0.9189), tensor(0.5000))
    """

    def __init__(
        self, base_distribution: Distribution, transforms: Transform | Sequence[Transform],
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        self.transforms = [transforms] if isinstance(transforms, Transform) else list(transforms)
        for transform in self.transforms:
            if not isinstance(transform, Transform):
                raise ValueError(f"transforms must be a Transform or a list of them, but got {transform!r}")
        base, whole = base_distribution, ComposeTransform(self.transforms)
        shape, needed = (*base.batch_shape, *base.event_shape), whole.domain.event_dim
        if len(shape) < needed:
            raise ValueError(f"base_distribution needs to have shape with size at least {needed}, but got {shape}")
        out_shape = whole.forward_shape(shape)
        in_shape = whole.inverse_shape(out_shape)
        if in_shape != shape:
            base = base.expand(in_shape[: len(in_shape) - len(base.event_shape)])
        if needed > len(base.event_shape):
            base = Independent(base, needed - len(base.event_shape))
        self.base_dist, self.has_rsample = base, base.has_rsample
        events = whole.codomain.event_dim + len(base.event_shape) - needed
        super().__init__(out_shape[: len(out_shape) - events], out_shape[len(out_shape) - events :], validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Self | None = None) -> Self:
        new = super().expand(batch_shape, _instance)
        inner = ComposeTransform(self.transforms).inverse_shape((*batch_shape, *self.event_shape))
        new.base_dist = self.base_dist.expand(inner[: len(inner) - len(self.base_dist.event_shape)])
        return new

    @property
    def support(self) -> Constraint:
        base = self.transforms[-1].codomain if self.transforms else self.base_dist.support
        return with_events(base, len(self.event_shape) - base.event_dim)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with no_grad():
            return self._transformed(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self._transformed(self.base_dist.rsample(sample_shape))

    def _transformed(self, x: Any) -> Tensor:
        for transform in self.transforms:
            x = transform(x)
        return x

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        events, y = len(self.event_shape), value
        total: Any = 0
        for transform in reversed(self.transforms):
            x = transform.inv(y)
            events += transform.domain.event_dim - transform.codomain.event_dim
            total = total - _sum_rightmost(transform.log_abs_det_jacobian(x, y), events - transform.domain.event_dim)
            y = x
        return total + _sum_rightmost(self.base_dist.log_prob(y), events - len(self.base_dist.event_shape))

    def cdf(self, value: Tensor) -> Tensor:
        for transform in reversed(self.transforms):
            value = transform.inv(value)
        return self._from_above(self.base_dist.cdf(value))

    def icdf(self, value: Tensor) -> Tensor:
        return self._transformed(self.base_dist.icdf(self._from_above(value)))

    def _from_above(self, p: Tensor) -> Tensor:
        """1 - p if the transforms decrease, else p."""
        sign: Any = ComposeTransform(self.transforms).sign
        return p if isinstance(sign, int) and sign == 1 else sign * (p - 0.5) + 0.5

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"
