"""The categorical distribution: one of K classes."""

from __future__ import annotations

import math
from collections.abc import Sequence

from autograd import broadcast_shapes, finfo, log, logsumexp, multinomial
from autograd.core.tensor import Tensor

from . import constraints
from .distribution import Distribution


class Categorical(Distribution):
    """A class from 0 to K - 1, with probabilities proportional to `probs`, (*, K), or equal to softmax(`logits`).

    >>> from autograd import tensor
    >>> Categorical(tensor([1.0, 3.0])).log_prob(tensor(1)).exp()
    tensor(0.7500)
    """

    def __init__(
        self, probs: Tensor | None = None, logits: Tensor | None = None, validate_args: bool | None = None
    ) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        given = logits if probs is None else probs
        assert given is not None
        name = "logits" if probs is None else "probs"
        if given.dim() < 1:
            raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        self._shown = (name,)
        super().__init__(given.shape[:-1], validate_args=validate_args)
        self.param_shape = given.shape
        self._num_events = given.shape[-1]
        if probs is None:
            self.logits = given
            self._check_parameter("logits", constraints.real_vector)
            self.logits = given - logsumexp(given, -1, keepdim=True)
            self.probs = self.logits.exp()
        else:
            self.probs = given
            self._check_parameter("probs", constraints.weights)
            self.probs = given / given.sum(-1, keepdim=True)
            self.logits = log(self.probs.clamp(finfo(given.dtype).eps, 1 - finfo(given.dtype).eps))

    @property
    def mean(self) -> Tensor:
        return self.probs.detach().sum(-1) * math.nan

    @property
    def variance(self) -> Tensor:
        return self.mean

    @property
    def mode(self) -> Tensor:
        return self.probs.argmax(-1)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        rows = self.probs.detach().reshape(-1, self._num_events)
        drawn = multinomial(rows, math.prod(sample_shape), replacement=True)
        return drawn.T.reshape(self._extended_shape(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value, constraints.integer_interval(0, self._num_events - 1))
        shape = broadcast_shapes(tuple(value.shape), tuple(self.batch_shape))
        chosen = value.long().expand(*shape).unsqueeze(-1)
        return self.logits.expand(*shape, self._num_events).gather(-1, chosen).squeeze(-1)

    def entropy(self) -> Tensor:
        return -(self.logits.clamp(min=finfo(self.logits.dtype).min) * self.probs).sum(-1)
