"""The categorical distribution: one of K classes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from autograd import arange, broadcast_shapes, finfo, log, logsumexp, multinomial
from autograd.core.tensor import Size, Tensor

from . import constraints
from .constraints import Constraint
from .distribution import Distribution


class Categorical(Distribution):
    """A class from 0 to K - 1, with probabilities proportional to `probs`, (*, K), or equal to softmax(`logits`).

    >>> from autograd import tensor
    >>> Categorical(tensor([1.0, 3.0])).log_prob(tensor(1)).exp()
    tensor(0.7500)
    """

    arg_constraints: ClassVar[constraints.Ranges] = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True

    def __init__(
        self, probs: Tensor | None = None, logits: Tensor | None = None, validate_args: bool | None = None
    ) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("Either `probs` or `logits` must be specified, but not both.")
        given = logits if probs is None else probs
        name = "logits" if probs is None else "probs"
        if not isinstance(given, Tensor):
            raise TypeError(f"`{name}` must be a Tensor, but got {type(given).__name__}")
        if given.dim() < 1:
            raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        self._shown = (name,)
        if probs is None:
            self.logits = given - logsumexp(given, -1, keepdim=True)
            self.probs = self.logits.exp()
        else:
            self.probs = given / given.sum(-1, keepdim=True)
            self.logits = log(self.probs.clamp(finfo(given.dtype).eps, 1 - finfo(given.dtype).eps))
        super().__init__(given.shape[:-1], validate_args=validate_args)

    @property
    def param_shape(self) -> Size:
        """The shape of `probs` and of `logits`, (*, K)."""
        return self.logits.shape

    @property
    def _num_events(self) -> int:
        return self.logits.shape[-1]

    @property
    def support(self) -> Constraint:
        return constraints.integer_interval(0, self._num_events - 1)

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
        shape = self._extended_shape(sample_shape)
        rows = self.probs.detach().reshape(-1, self._num_events)
        drawn = multinomial(rows, math.prod(shape[: len(shape) - len(self.batch_shape)]), replacement=True)
        return drawn.T.reshape(shape)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        shape = broadcast_shapes(tuple(value.shape), tuple(self.batch_shape))
        chosen = value.long().expand(shape).unsqueeze(-1)
        return self.logits.expand(*shape, self._num_events).gather(-1, chosen).squeeze(-1)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = arange(self._num_events).reshape(-1, *[1] * len(self.batch_shape))
        return values.expand(-1, *self.batch_shape) if expand else values

    def entropy(self) -> Tensor:
        return -(self.logits.clamp(min=finfo(self.logits.dtype).min) * self.probs).sum(-1)
