"""The categorical distribution over one-hot vectors, and what it shares with other vectors of classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Self

from autograd import one_hot
from autograd.core.tensor import Size, Tensor

from . import constraints
from .categorical import Categorical
from .distribution import Distribution


class OfClasses(Distribution):
    """A distribution of vectors with an entry for each of the classes of a `Categorical`."""

    _categorical: Categorical

    def expand(self, batch_shape: Sequence[int], _instance: Self | None = None) -> Self:
        new = super().expand(batch_shape, _instance)
        new._categorical = self._categorical.expand(batch_shape)
        return new

    @property
    def param_shape(self) -> Size:
        """The shape of `probs` and of `logits`, (*, K)."""
        return self._categorical.param_shape

    @property
    def probs(self) -> Tensor:
        """The probabilities, (*, K)."""
        return self._categorical.probs

    @property
    def logits(self) -> Tensor:
        """The logarithms of the probabilities, (*, K)."""
        return self._categorical.logits


class OneHotCategorical(OfClasses):
    """As `Categorical`, but a draw is a one-hot vector, (*, K).

    >>> from autograd import tensor
    >>> OneHotCategorical(tensor([0.0, 1.0])).sample()
    tensor([0., 1.])
    """

    arg_constraints: ClassVar[constraints.Ranges] = Categorical.arg_constraints
    support = constraints.one_hot
    has_enumerate_support = True

    def __init__(
        self, probs: Tensor | None = None, logits: Tensor | None = None, validate_args: bool | None = None
    ) -> None:
        self._categorical = Categorical(probs, logits, validate_args)
        shape = self._categorical.param_shape
        super().__init__(shape[:-1], shape[-1:], validate_args)

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        return self._one_hot(self._categorical.mode)

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self._one_hot(self._categorical.sample(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        return self._categorical.log_prob(value.argmax(-1))

    def enumerate_support(self, expand: bool = True) -> Tensor:
        return self._one_hot(self._categorical.enumerate_support(expand))

    def entropy(self) -> Tensor:
        return self._categorical.entropy()

    def _one_hot(self, classes: Tensor) -> Tensor:
        vectors: Tensor = one_hot(classes, self.event_shape[0]).to(self.probs.dtype)
        return vectors
