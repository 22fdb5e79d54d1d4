"""The Bernoulli distribution: 0 or 1."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd import bernoulli as draw_bernoulli, broadcast_tensors, finfo, log, sigmoid, where
from autograd.core.tensor import Tensor

from ..functional import binary_cross_entropy_with_logits
from . import constraints
from .distribution import Distribution, broadcast_parameters


class Bernoulli(Distribution):
    """1 with probability `probs`, or sigmoid(`logits`); otherwise 0."""

    def __init__(
        self, probs: Tensor | float | None = None, logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        if logits is None:
            (self.probs,) = broadcast_parameters(probs)
            self._shown = ("probs",)
            inside = self.probs.clamp(finfo(self.probs.dtype).eps, 1 - finfo(self.probs.dtype).eps)
            self.logits = log(inside) - (-inside).log1p()
        else:
            (self.logits,) = broadcast_parameters(logits)
            self._shown = ("logits",)
            self.probs = sigmoid(self.logits)
        super().__init__(self.logits.shape, validate_args=validate_args)
        if logits is None:
            self._check_parameter("probs", constraints.unit_interval)

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        return where(self.probs == 0.5, math.nan, (self.probs >= 0.5).to(self.probs.dtype))

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return draw_bernoulli(self.probs.detach().expand(*self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value, constraints.boolean)
        logits, value = broadcast_tensors(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value.to(logits.dtype), reduction="none")

    def entropy(self) -> Tensor:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")
