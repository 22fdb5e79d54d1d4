"""The multinomial distribution: how often each of K classes is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from autograd import broadcast_tensors, lgamma, ones_like, where, zeros
from autograd.core.tensor import Tensor

from . import constraints
from .categorical import Categorical
from .one_hot_categorical import OfClasses


class Multinomial(OfClasses):
    """How often each class occurs in `total_count` draws of `Categorical(probs, logits)`: (*, K).

    >>> from autograd import tensor
    >>> Multinomial(3, tensor([1.0, 1.0])).log_prob(tensor([1.0, 2.0])).exp()
    tensor(0.3750)
    """

    arg_constraints: ClassVar[constraints.Ranges] = {"probs": constraints.simplex, "logits": constraints.real_vector}

    def __init__(
        self, total_count: int = 1, probs: Tensor | None = None, logits: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        if not isinstance(total_count, int):
            raise NotImplementedError(
                "inhomogeneous total_count is not supported: expected one int for the whole batch, but got "
                f"{type(total_count).__name__}"
            )
        self.total_count, self._categorical = total_count, Categorical(probs, logits)
        shape = self.param_shape
        super().__init__(shape[:-1], shape[-1:], validate_args)

    @property
    def support(self) -> constraints.Constraint:
        return constraints.multinomial(self.total_count)

    @property
    def mean(self) -> Tensor:
        return self.probs * self.total_count

    @property
    def variance(self) -> Tensor:
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        drawn = self._categorical.sample((self.total_count, *sample_shape))
        drawn = drawn.permute(*range(1, drawn.ndim), 0)
        counts = zeros(self._extended_shape(sample_shape), dtype=self.probs.dtype)
        return counts.scatter_add(-1, drawn, ones_like(drawn, dtype=counts.dtype))

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        logits, value = broadcast_tensors(self.logits, value)
        logits = where((value == 0) & logits.isinf(), 0.0, logits)
        return lgamma(value.sum(-1) + 1) - lgamma(value + 1).sum(-1) + (logits * value).sum(-1)
