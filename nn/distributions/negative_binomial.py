"""The negative binomial distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from autograd import lgamma, poisson
from autograd.core.tensor import Size, Tensor

from ..functional import logsigmoid
from . import constraints
from .distribution import Distribution
from .gamma import Gamma
from .utils import broadcast_all, logits_to_probs, probs_to_logits


class NegativeBinomial(Distribution):
    """How many successes of probability `probs`, or sigmoid(`logits`), come before `total_count` failures.

    >>> from autograd import tensor
    >>> NegativeBinomial(2.0, 0.5).log_prob(tensor([0.0, 1.0])).exp()
    tensor([0.2500, 0.2500])
    """

    arg_constraints: ClassVar[constraints.Ranges] = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self, total_count: Tensor | float, probs: Tensor | float | None = None, logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        if logits is None:
            self.total_count, self.probs = broadcast_all(total_count, probs)
            self.logits = probs_to_logits(self.probs, is_binary=True)
        else:
            self.total_count, self.logits = broadcast_all(total_count, logits)
            self.probs = logits_to_probs(self.logits, is_binary=True)
        self._shown = ("total_count", "probs" if logits is None else "logits")
        super().__init__(self.probs.shape, validate_args=validate_args)

    @property
    def param_shape(self) -> Size:
        """The shape of `probs` and of `logits`."""
        return self.probs.shape

    @property
    def mean(self) -> Tensor:
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Tensor:
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0)

    @property
    def variance(self) -> Tensor:
        return self.mean / (-self.logits).sigmoid()

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws of a Poisson distribution whose rate is of a gamma distribution."""
        rates = Gamma(self.total_count.detach(), (-self.logits.detach()).exp(), validate_args=False)
        return poisson(rates.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        """log C(value + total_count - 1, value) + total_count log(1 - p) + value log p."""
        self._check_value(value)
        weight = self.total_count * logsigmoid(-self.logits) + value * logsigmoid(self.logits)
        ways = lgamma(self.total_count + value) - lgamma(value + 1) - lgamma(self.total_count)
        return weight + ways.masked_fill(self.total_count + value == 0, 0.0)  # no failures: 0 successes for certain
