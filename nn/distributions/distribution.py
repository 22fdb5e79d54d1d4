"""What all distributions share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd import broadcast_shapes, broadcast_tensors, no_grad, tensor
from autograd.core.tensor import Size, Tensor


class Distribution:
    """Base of the distributions: `batch_shape` counts independent ones, `event_shape` is the shape of one draw.

    Raises:
        ValueError: a parameter is out of its range; or neither or both of `probs` and `logits` are given.
    """

    has_rsample = False
    _shown: tuple[str, ...] = ()

    _validate_args = True

    def __init__(
        self, batch_shape: Sequence[int] = (), event_shape: Sequence[int] = (), validate_args: bool | None = None
    ) -> None:
        self.batch_shape, self.event_shape = Size(batch_shape), Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Whether parameters and values are checked where a distribution is not told: True at first."""
        if value not in (True, False):
            raise ValueError(f"set_default_validate_args expects True or False, but got {value!r}")
        Distribution._validate_args = value

    @property
    def mean(self) -> Tensor:
        """The mean."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its mean")

    @property
    def mode(self) -> Tensor:
        """Where the density is highest."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its mode")

    @property
    def variance(self) -> Tensor:
        """The variance."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its variance")

    @property
    def stddev(self) -> Tensor:
        """The root of the variance."""
        return self.variance.sqrt()

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws of shape sample_shape + batch_shape + event_shape, outside any graph."""
        with no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws that the parameters' gradients pass through.

        Raises:
            NotImplementedError: the distribution has no such formula.
        """
        raise NotImplementedError(f"{type(self).__name__} has no rsample: its draws are no smooth function")

    def log_prob(self, value: Tensor) -> Tensor:
        """The logarithm of the density, or of the probability, at `value`."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its log_prob")

    def entropy(self) -> Tensor:
        """The entropy, in nats."""
        raise NotImplementedError(f"{type(self).__name__} has no formula for its entropy")

    def perplexity(self) -> Tensor:
        """exp of the entropy."""
        return self.entropy().exp()

    def _extended(self, sample_shape: Sequence[int]) -> tuple[int, ...]:
        return (*sample_shape, *self.batch_shape, *self.event_shape)

    def _check_value(self, value: Any, allowed: str, is_allowed: Any) -> None:
        if not self._validate_args:
            return
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        try:
            broadcast_shapes(tuple(value.shape), self._extended(()))
        except RuntimeError:
            raise ValueError(
                f"Value is not broadcastable with batch_shape+event_shape: {value.shape} vs {Size(self._extended(()))}."
            ) from None
        if not is_allowed(value).all():
            raise ValueError(
                f"Expected value argument (Tensor of shape {tuple(value.shape)}) to be within the support ({allowed}) "
                f"of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        values = [(name, getattr(self, name)) for name in self._shown]
        return f"{type(self).__name__}({', '.join(f'{n}: {x if x.numel() == 1 else x.shape}' for n, x in values)})"


def parameters(*values: Any) -> tuple[Tensor, ...]:
    """Numbers and tensors as tensors of one shape."""
    for value in values:
        if not isinstance(value, (Tensor, int, float)):
            raise ValueError(f"Input arguments must all be numbers or Tensors, but got {type(value).__name__}")
    kinds = [value for value in values if isinstance(value, Tensor)]
    dtype = kinds[0].dtype if kinds else None
    tensors = [value if isinstance(value, Tensor) else tensor(float(value), dtype=dtype) for value in values]
    return tuple(broadcast_tensors(*tensors))


def check(distribution: Distribution, name: str, ok: Tensor, constraint: str) -> None:
    if distribution._validate_args and not ok.all():
        value = getattr(distribution, name)
        raise ValueError(
            f"Expected parameter {name} (Tensor of shape {tuple(value.shape)}) of distribution {distribution!r} to "
            f"satisfy the constraint {constraint}, but found invalid values:\n{value}"
        )


def is_number(value: Tensor) -> Tensor:
    return ~value.isnan()
