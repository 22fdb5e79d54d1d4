"""Loss: a function of true and predicted values, reduced to one number; and helpers that all losses use."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.core.operation import as_dtype
from autograd.core.tensor import Tensor, wrap
from autograd.tensorflow.tensors import EagerTensor

from ..config import Configured
from ..layers.base import eager
from ..naming import lookup, snake_case

__all__ = ["Loss", "LossFunctionWrapper"]

#: Probabilities are clipped to [EPSILON, 1 - EPSILON] before their logarithm is taken.
EPSILON = 1e-7

LossFunction = Callable[..., Tensor]


class Loss(Configured):
    """Base class of losses: one value per sample, reduced to one number. A subclass computes the values in `call`.

    Args:
        name: the name of the loss.
        reduction: "sum_over_batch_size" (the mean), "sum", or "none".
    """

    def __init__(self, name: str | None = None, reduction: str | None = "sum_over_batch_size") -> None:
        self.name = name or snake_case(type(self).__name__)
        self.reduction = reduction or "none"
        lookup("reduction", self.reduction, dict.fromkeys(("sum_over_batch_size", "mean", "sum", "none")))

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """One value per sample."""
        raise NotImplementedError(f"{type(self).__name__} must define call(y_true, y_pred)")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """The loss of a batch.

        Args:
            y_true, y_pred: the true and the predicted values.
            sample_weight: a weight per sample.
        """
        values = self.call(y_true, y_pred)
        if sample_weight is not None:
            weight = np.asarray(sample_weight, values.array.dtype)
            values = values * wrap(weight.reshape(weight.shape + (1,) * (values.array.ndim - weight.ndim)))
        if self.reduction == "none":
            return EagerTensor.result(values)
        total = values.sum() if values.array.ndim else values
        return EagerTensor.result(total if self.reduction == "sum" else total / max(values.array.size, 1))


class FunctionLoss(Loss):
    """Base class of the losses that a function of true and predicted values computes.

    `class Hinge(FunctionLoss, function=hinge)` calls `hinge`, with the loss's attributes as its further arguments.
    """

    function: LossFunction

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        return self.function(y_true, y_pred, *(getattr(self, option) for option in _options(self.function)))


@functools.cache
def _options(function: LossFunction) -> tuple[str, ...]:
    """The names of the parameters after `y_true` and `y_pred`."""
    return tuple(inspect.signature(function).parameters)[2:]


class LossFunctionWrapper(Loss):
    """A user's function of true and predicted values as a loss.

    Args:
        function: called with `y_true` and `y_pred`; returns one value per sample.
        reduction, name: as for `Loss`.
    """

    def __init__(
        self, function: LossFunction, reduction: str | None = "sum_over_batch_size", name: str | None = None
    ) -> None:
        super().__init__(name or getattr(function, "__name__", None), reduction)
        self.function = function

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """Call the function on floating-point tensors."""
        true, pred = same_rank(y_true, y_pred)
        values = self.function(eager(true), eager(pred))
        if not isinstance(values, Tensor):
            raise ValueError(f"The loss function {self.name!r} must return a tensor, but returned {values!r}")
        return values


def eager_result(function: LossFunction) -> LossFunction:
    """Make a function return an EagerTensor, which only tapes record."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Tensor:
        return EagerTensor.result(function(*args, **kwargs))

    return wrapped


def tensors(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Both values as tensors: floating-point arrays become float32, and so do integer predictions."""
    true, pred = (
        y if isinstance(y, Tensor) else EagerTensor(array.astype(np.float32) if array.dtype.kind == "f" else array)
        for y, array in ((y, np.asarray(getattr(y, "array", y))) for y in (y_true, y_pred))
    )
    return true, pred if pred.array.dtype.kind == "f" else as_dtype(pred, np.dtype(np.float32))


def same_rank(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Both values as floating-point tensors. True values (N,) for predictions (N, 1) become (N, 1), and vice versa."""
    true, pred = tensors(y_true, y_pred)
    true = as_dtype(true, pred.array.dtype)
    extra_dims = true.array.ndim - pred.array.ndim
    if extra_dims == -1 and pred.array.shape[-1] == 1:
        true = true.reshape(*true.array.shape, 1)
    elif extra_dims == 1 and true.array.shape[-1] == 1:
        true = true.reshape(*true.array.shape[:-1])
    return true, pred


def aligned(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Like `same_rank`, for values compared elementwise; ValueError if their shapes do not broadcast."""
    true, pred = same_rank(y_true, y_pred)
    try:
        np.broadcast_shapes(true.array.shape, pred.array.shape)
    except ValueError:
        raise ValueError(
            f"y_true and y_pred must have shapes that broadcast, but y_true has {true.array.shape} and y_pred has "
            f"{pred.array.shape}"
        ) from None
    return true, pred
