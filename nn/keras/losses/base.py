"""Loss: a function of true and predicted values, reduced to one number; and what all losses need."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.core.operation import as_dtype
from autograd.core.tensor import Tensor, wrap
from autograd.tensorflow.tensors import EagerTensor

from ..config import Configured
from ..layers.base import eager
from ..naming import by_name, snake_case

#: How near to 0 and 1 probabilities may come before their logarithm is taken.
EPSILON = 1e-7

LossFunction = Callable[..., Tensor]


class Loss(Configured):
    """Base of the losses: one value for each sample, reduced to one.

    A subclass says in `call` what the values are.

    Args:
        name: how it is called.
        reduction: "sum_over_batch_size" (the mean), "sum", or "none".

    Raises:
        ValueError: an unknown reduction.
    """

    def __init__(self, name: str | None = None, reduction: str | None = "sum_over_batch_size") -> None:
        self.name = name or snake_case(type(self).__name__)
        self.reduction = reduction or "none"
        by_name("reduction", self.reduction, dict.fromkeys(("sum_over_batch_size", "mean", "sum", "none")))

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """One value for each sample."""
        raise NotImplementedError(f"{type(self).__name__} must say in call(y_true, y_pred) what its values are")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """The loss of a batch.

        Args:
            y_true, y_pred: the true and the predicted values.
            sample_weight: a weight for each sample.
        """
        values = self.call(y_true, y_pred)
        if sample_weight is not None:
            weight = np.asarray(sample_weight, values.array.dtype)
            values = values * wrap(weight.reshape(weight.shape + (1,) * (values.array.ndim - weight.ndim)))
        if self.reduction == "none":
            return EagerTensor.result(values)
        total = values.sum() if values.array.ndim else values
        return EagerTensor.result(total if self.reduction == "sum" else total / max(values.array.size, 1))


class _Plain(Loss):
    """A loss whose values are those of a function without further arguments."""

    function: Any

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """One value for each sample."""
        values: Tensor = type(self).function(y_true, y_pred)
        return values


class LossFunctionWrapper(Loss):
    """A function of true and predicted values as a loss.

    Args:
        function: called with `y_true` and `y_pred`; gives a value for each sample.
        reduction, name: as for `Loss`.
    """

    def __init__(
        self, function: LossFunction, reduction: str | None = "sum_over_batch_size", name: str | None = None
    ) -> None:
        super().__init__(name or getattr(function, "__name__", None), reduction)
        self.function = function

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """What the function gives for floating-point tensors."""
        true, pred = of_one_rank(y_true, y_pred)
        values = self.function(eager(true), eager(pred))
        if not isinstance(values, Tensor):
            raise ValueError(f"The loss function {self.name!r} must return a tensor, but returned {values!r}")
        return values


def eager_result(function: LossFunction) -> LossFunction:
    """The function, whose result only tapes track."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Tensor:
        return EagerTensor.result(function(*args, **kwargs))

    return wrapped


def tensors(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Both as tensors, the predictions floating-point; what is no tensor in single precision."""
    true, pred = (
        y if isinstance(y, Tensor) else EagerTensor(array.astype(np.float32) if array.dtype.kind == "f" else array)
        for y, array in ((y, np.asarray(getattr(y, "array", y))) for y in (y_true, y_pred))
    )
    return true, pred if pred.array.dtype.kind == "f" else as_dtype(pred, np.dtype(np.float32))


def of_one_rank(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Both as floating-point tensors; where one has one dim more, of size 1, with as many dims: (N,) as (N, 1)."""
    true, pred = tensors(y_true, y_pred)
    true = as_dtype(true, pred.array.dtype)
    more = true.array.ndim - pred.array.ndim
    if more == -1 and pred.array.shape[-1] == 1:
        true = true.reshape(*true.array.shape, 1)
    elif more == 1 and true.array.shape[-1] == 1:
        true = true.reshape(*true.array.shape[:-1])
    return true, pred


def aligned(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """As `of_one_rank`, for values that belong together one by one.

    Raises:
        ValueError: the shapes do not broadcast.
    """
    true, pred = of_one_rank(y_true, y_pred)
    try:
        np.broadcast_shapes(true.array.shape, pred.array.shape)
    except ValueError:
        raise ValueError(
            f"Shapes of y_true and y_pred do not fit: y_true has {true.array.shape}, y_pred {pred.array.shape}"
        ) from None
    return true, pred
