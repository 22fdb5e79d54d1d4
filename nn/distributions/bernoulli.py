"""The Bernoulli distribution: 0 or 1."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from autograd import arange, bernoulli as draw_bernoulli, broadcast_tensors, finfo, log, sigmoid, where
from autograd.core.tensor import Size, Tensor

from ..functional import binary_cross_entropy_with_logits
from . import constraints
from .distribution import Distribution
from .utils import broadcast_all


class Bernoulli(Distribution):
    """1 with probability `probs`, or sigmoid(`logits`); otherwise 0."""

    arg_constraints: ClassVar[constraints.Ranges] = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True

    def __init__(
        self, probs: Tensor | float | None = None, logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        if logits is None:
            (self.probs,) = broadcast_all(probs)
            self._shown = ("probs",)
            inside = self.probs.clamp(finfo(self.probs.dtype).eps, 1 - finfo(self.probs.dtype).eps)
            self.logits = log(inside) - (-inside).log1p()
        else:
            (self.logits,) = broadcast_all(logits)
            self._shown = ("logits",)
            self.probs = sigmoid(self.logits)
        super().__init__(self.logits.shape, validate_args=validate_args)

    @property
    def param_shape(self) -> Size:
        """The shape of `probs` and of `logits`."""
        return self.logits.shape

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
        return draw_bernoulli(self.probs.detach().expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        logits, value = broadcast_tensors(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value.to(logits.dtype), reduction="none")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = arange(2, dtype=self.probs.dtype).reshape(2, *[1] * len(self.batch_shape))
        return values.expand(2, *self.batch_shape) if expand else values

    def entropy(self) -> Tensor:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")
