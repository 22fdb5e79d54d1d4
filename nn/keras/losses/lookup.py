"""Losses looked up by name, such as "mse"."""

from __future__ import annotations

from typing import Any

from ..naming import resolve
from . import crossentropy as ce, margin, regression as reg
from .base import Loss, LossFunction, LossFunctionWrapper

_FUNCTIONS: dict[str, LossFunction] = {
    function.__name__: function
    for function in (
        reg.mean_squared_error, reg.mean_absolute_error, reg.mean_absolute_percentage_error,
        reg.mean_squared_logarithmic_error, reg.huber, reg.log_cosh, reg.cosine_similarity, ce.binary_crossentropy,
        ce.categorical_crossentropy, ce.sparse_categorical_crossentropy, ce.kl_divergence, ce.poisson, margin.hinge,
        margin.squared_hinge, margin.categorical_hinge,
    )
}  # fmt: skip
_ABBREVIATIONS = {
    "mse": reg.mean_squared_error, "mae": reg.mean_absolute_error, "mape": reg.mean_absolute_percentage_error,
    "msle": reg.mean_squared_logarithmic_error, "kld": ce.kl_divergence,
}  # fmt: skip
_CLASSES: dict[str, type[Loss]] = {
    kind.__name__: kind
    for kind in (
        reg.MeanSquaredError, reg.MeanAbsoluteError, reg.MeanAbsolutePercentageError, reg.MeanSquaredLogarithmicError,
        reg.Huber, reg.LogCosh, reg.CosineSimilarity, ce.BinaryCrossentropy, ce.CategoricalCrossentropy,
        ce.SparseCategoricalCrossentropy, ce.KLDivergence, ce.Poisson, margin.Hinge, margin.SquaredHinge,
        margin.CategoricalHinge,
    )
}  # fmt: skip
_KNOWN: dict[str, Any] = {
    **_FUNCTIONS,
    **_ABBREVIATIONS,
    **{short.upper(): function for short, function in _ABBREVIATIONS.items()},
    **_CLASSES,
}


def get(identifier: Any) -> Any:
    """The loss function, or the Loss, for a name or a class; a Loss or a function is returned unchanged.

    Raises:
        ValueError: an unknown name.
    """
    return resolve("loss", identifier, _KNOWN)


def as_loss(identifier: Any) -> Loss:
    """Like `get`, but a function is wrapped in a Loss.

    Raises:
        ValueError: an unknown name.
    """
    found = get(identifier)
    name = identifier if isinstance(identifier, str) else None
    return found if isinstance(found, Loss) else LossFunctionWrapper(found, name=name)
