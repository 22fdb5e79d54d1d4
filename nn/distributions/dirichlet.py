"""The Dirichlet distribution: K proportions that sum to 1."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from autograd import digamma, lgamma, one_hot, where, xlogy
from autograd.core.tensor import Tensor

from . import constraints
from .distribution import Distribution
from .gamma_draws import standard_gamma


class Dirichlet(Distribution):
    """The Dirichlet distribution with mean concentration / sum(concentration); `concentration` is (*, K).

    >>> from autograd import tensor
    >>> Dirichlet(tensor([1.0, 3.0])).mean
    tensor([0.2500, 0.7500])
    """

    has_rsample = True
    _shown = ("concentration",)
    arg_constraints: ClassVar[constraints.Ranges] = {"concentration": constraints.positive_vector}
    support = constraints.simplex

    def __init__(self, concentration: Tensor, validate_args: bool | None = None) -> None:
        if not isinstance(concentration, Tensor):
            raise TypeError(f"`concentration` must be a Tensor, but got {type(concentration).__name__}")
        if concentration.dim() < 1:
            raise ValueError(f"`concentration` parameter must be at least one-dimensional, but got {concentration}")
        self.concentration = concentration
        super().__init__(concentration.shape[:-1], concentration.shape[-1:], validate_args)

    @property
    def mean(self) -> Tensor:
        return self.concentration / self.concentration.sum(-1, keepdim=True)

    @property
    def mode(self) -> Tensor:
        """The value of the highest density; one of them if several corners share it."""
        a = self.concentration
        above = (a - 1).clamp(min=0)
        corner = one_hot(above.argmax(-1), a.shape[-1]).to(a.dtype)
        return where((a < 1).all(-1, keepdim=True), corner, above / above.sum(-1, keepdim=True))

    @property
    def variance(self) -> Tensor:
        total = self.concentration.sum(-1, keepdim=True)
        return self.concentration * (total - self.concentration) / (total**2 * (total + 1))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        parts = standard_gamma(self.concentration.expand(self._extended_shape(sample_shape)))
        return parts / parts.sum(-1, keepdim=True)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        return xlogy(self.concentration - 1, value).sum(-1) - self._log_norm()

    def entropy(self) -> Tensor:
        a, total = self.concentration, self.concentration.sum(-1)
        return self._log_norm() + (total - a.shape[-1]) * digamma(total) - ((a - 1) * digamma(a)).sum(-1)

    def _log_norm(self) -> Tensor:
        return lgamma(self.concentration).sum(-1) - lgamma(self.concentration.sum(-1))
