"""Mixtures of distributions of one family."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

from autograd import logsumexp
from autograd.core.tensor import Tensor

from .categorical import Categorical
from .constraints import Constraint, MixtureSameFamilyConstraint
from .distribution import Distribution


class MixtureSameFamily(Distribution):
    """A mixture of K distributions of one family: a `Categorical` selects one of them for each draw.

    Args:
        mixture_distribution: the probabilities of the K components. Its batch shape broadcasts with the mixture's.
        component_distribution: the components, along its last batch dim.
        validate_args: False to skip the check of values.

    Raises:
        ValueError: the first is not a Categorical, the second not a Distribution, or the numbers of components differ.

    >>> from autograd import tensor
    >>> from nn.distributions import Normal
    >>> MixtureSameFamily(Categorical(tensor([0.5, 0.5])), Normal(tensor([0.0, 2.0]), 1.0)).mean
    tensor(1.)
    """

    def __init__(
        self, mixture_distribution: Categorical, component_distribution: Distribution, validate_args: bool | None = None
    ) -> None:
        if not isinstance(mixture_distribution, Categorical):
            raise ValueError(
                "MixtureSameFamily: expected the mixture distribution to be a Categorical, but got "
                f"{type(mixture_distribution).__name__}"
            )
        if not isinstance(component_distribution, Distribution):
            raise ValueError(
                "MixtureSameFamily: expected the component distribution to be a Distribution, but got "
                f"{type(component_distribution).__name__}"
            )
        batch, count = component_distribution.batch_shape, mixture_distribution.param_shape[-1]
        if not batch or batch[-1] != count:
            raise ValueError(
                f"The mixture distribution has {count} components, but the last dim of the component distribution's "
                f"batch shape {batch} has a different size"
            )
        self.mixture_distribution, self.component_distribution = mixture_distribution, component_distribution
        super().__init__(batch[:-1], component_distribution.event_shape, validate_args)

    def expand(self, batch_shape: Sequence[int], _instance: Self | None = None) -> Self:
        new = super().expand(batch_shape, _instance)
        count = self.mixture_distribution.param_shape[-1]
        new.component_distribution = self.component_distribution.expand((*batch_shape, count))
        new.mixture_distribution = self.mixture_distribution.expand(batch_shape)
        return new

    @property
    def support(self) -> Constraint:
        return MixtureSameFamilyConstraint(self.component_distribution.support)

    @property
    def mean(self) -> Tensor:
        return self._averaged(self.component_distribution.mean)

    @property
    def variance(self) -> Tensor:
        within = self._averaged(self.component_distribution.variance)
        offset = self.component_distribution.mean - self._with_component_dim(self.mean)
        return within + self._averaged(offset**2)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        draws = self.component_distribution.sample(sample_shape)
        chosen = self.mixture_distribution.sample(sample_shape)
        dim = draws.ndim - 1 - len(self.event_shape)
        chosen = chosen.reshape((*chosen.shape, *[1] * (draws.ndim - chosen.ndim)))
        shape = [*draws.shape]
        shape[dim] = 1
        return draws.gather(dim, chosen.expand(shape)).squeeze(dim)

    def cdf(self, value: Tensor) -> Tensor:
        self._check_value(value)
        each = self.component_distribution.cdf(self._with_component_dim(value))
        return (each * self.mixture_distribution.probs).sum(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        each = self.component_distribution.log_prob(self._with_component_dim(value))
        return logsumexp(each + self.mixture_distribution.logits, -1)

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self.mixture_distribution},\n  {self.component_distribution})"

    def _with_component_dim(self, x: Tensor) -> Tensor:
        """`x` with a dim of size 1 for the components."""
        return x.unsqueeze(-1 - len(self.event_shape))

    def _averaged(self, x: Tensor) -> Tensor:
        """The mean of `x` over the components, weighted by their probabilities."""
        probs = self.mixture_distribution.probs
        events = len(self.event_shape)
        return (probs.reshape((*probs.shape, *[1] * events)) * x).sum(-1 - events)
