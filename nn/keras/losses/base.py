"""Loss: a function of true and predicted values, reduced to one number; and helpers that all losses use."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from autograd.base.dtypes import NumpyDType, to_numpy_dtype
from autograd.core.operation import as_dtype
from autograd.core.tensor import Tensor
from autograd.tensorflow.elementwise import divide_no_nan
from autograd.tensorflow.errors import invalid
from autograd.tensorflow.tensors import EagerTensor, tensor_of

from ..config import Configured
from ..layers.base import eager
from ..naming import lookup, snake_case
from ..ranks import same_rank

__all__ = ["Loss", "LossFunctionWrapper"]

#: Probabilities are clipped to [EPSILON, 1 - EPSILON] before their logarithm is taken.
EPSILON = 1e-7

_MEANS = ("sum_over_batch_size", "mean")
_REDUCTIONS = (*_MEANS, "mean_with_sample_weight", "sum", "none")

LossFunction = Callable[..., Tensor]


class Loss(Configured):
    """Base class of losses: one value per sample, reduced to one number. A subclass computes the values in `call`.

    Args:
        name: the name of the loss.
        reduction: "sum_over_batch_size" (the mean), "mean_with_sample_weight" (the sum, divided by that of the
            weights), "sum", or "none".
        dtype: that the values and the weights are converted to; float32 by default.
    """

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: Any = None
    ) -> None:
        self.name = name or snake_case(type(self).__name__)
        self.reduction = reduction or "none"
        lookup("reduction", self.reduction, dict.fromkeys(_REDUCTIONS))
        self.dtype = to_numpy_dtype(dtype or "float32").name

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """One value per sample."""
        raise NotImplementedError(f"{type(self).__name__} must define call(y_true, y_pred)")

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """The loss of a batch.

        Args:
            y_true, y_pred: the true and the predicted values.
            sample_weight: a weight per sample, or weights that broadcast with the values of `call`; gradients reach it.

        Raises:
            InvalidArgumentError: the weights do not broadcast with the values.
        """
        dtype = np.dtype(self.dtype)
        values: Tensor = eager(self.call(_converted(y_true, dtype), _converted(y_pred, dtype)))
        given = None if sample_weight is None else _converted(sample_weight, values.array.dtype)
        weight = counted(values, given, self.reduction in _MEANS)
        if weight is not None:
            values, weight = same_rank(values, weight)
            values = values * weight
        return EagerTensor.result(_reduced(values, weight, self.reduction))


def _converted(value: Any, dtype: NumpyDType) -> EagerTensor:
    """A value as a tensor of a dtype; a tensor of that dtype is returned as it is, with the logits behind it."""
    return EagerTensor.result(as_dtype(tensor_of(value), dtype))


def _reduced(values: Tensor, weight: Tensor | None, reduction: str) -> Tensor:
    """The weighted values as one number, or unchanged for "none" and, as in Keras, if there are no samples."""
    if reduction == "none" or values.array.shape in ((), (0,)):
        return values
    total = values.sum()
    if reduction == "sum":
        return total
    if reduction == "mean_with_sample_weight" and weight is not None:
        return divide_no_nan(total, weight.sum())
    return total / max(values.array.size, 1)


def counted(values: Tensor, weight: Tensor | None, as_mean: bool = False) -> Tensor | None:
    """The weights with 0 for each sample that a loss function ignored, which it marks in `values.keras_mask`.

    Args:
        as_mean: whether the weighted values will be divided by the number of all samples. The weights of the others
            are then larger, so that the quotient is their mean.
    """
    mask = getattr(values, "keras_mask", None)
    if mask is None:
        return weight
    share = mask.size / max(mask.sum(), 1) if as_mean else 1
    counts = EagerTensor((mask * share).astype(values.array.dtype))
    if weight is None:
        return counts
    counts, weight = same_rank(counts, weight)
    return EagerTensor.result(weight * counts)


class FunctionLoss(Loss):
    """Base class of the losses that a function of true and predicted values computes.

    `class Hinge(FunctionLoss, function=hinge)` calls `hinge`, with the loss's attributes as its further arguments.
    """

    function: LossFunction

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(name, reduction, dtype)

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
        reduction, name, dtype: as for `Loss`.
    """

    def __init__(
        self, function: LossFunction, reduction: str | None = "sum_over_batch_size", name: str | None = None,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(name or getattr(function, "__name__", None), reduction, dtype)
        self.function = function

    def call(self, y_true: Any, y_pred: Any) -> Tensor:
        """Call the function on floating-point tensors of the same rank."""
        values = self.function(*same_rank(*tensors(y_true, y_pred)))
        if not isinstance(values, Tensor):
            raise ValueError(f"The loss function {self.name!r} must return a tensor, but returned {values!r}")
        return values


def eager_result(function: LossFunction) -> LossFunction:
    """Make a function return an EagerTensor, which only tapes record; InvalidArgumentError for a wrong axis."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Tensor:
        try:
            out: Tensor = eager(function(*args, **kwargs))
        except IndexError as error:
            raise invalid(function.__name__, str(error)) from None
        return out

    return wrapped


def tensors(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Both values as tensors: floating-point arrays become float32, and so do integer predictions."""
    true, pred = (
        y if isinstance(y, Tensor) else EagerTensor(array.astype(np.float32) if array.dtype.kind == "f" else array)
        for y, array in ((y, np.asarray(tensor_of(y).array)) for y in (y_true, y_pred))
    )
    return true, pred if pred.array.dtype.kind == "f" else as_dtype(pred, np.dtype(np.float32))


def aligned(y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Both values as floating-point tensors of the same rank; ValueError if their shapes do not broadcast."""
    true, pred = tensors(y_true, y_pred)
    true, pred = same_rank(as_dtype(true, pred.array.dtype), pred)
    try:
        np.broadcast_shapes(true.array.shape, pred.array.shape)
    except ValueError:
        raise ValueError(
            f"y_true and y_pred must have shapes that broadcast, but y_true has {true.array.shape} and y_pred has "
            f"{pred.array.shape}"
        ) from None
    return true, pred


def same_shape(kind: str, y_true: Any, y_pred: Any) -> tuple[Tensor, Tensor]:
    """Like `aligned`; the ValueError for shapes that differ names the loss or metric `kind`."""
    true, pred = aligned(y_true, y_pred)
    if true.array.shape != pred.array.shape:
        raise ValueError(
            f"{kind}: y_true and y_pred must have the same shape, but have {true.array.shape} and {pred.array.shape}"
        )
    return true, pred
