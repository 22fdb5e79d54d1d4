"""Metrics looked up by name, such as "mae", or by the shapes of the values, as "accuracy" is."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..naming import lookup, snake_case
from . import accuracy as acc, auc, base, confusion, means, regression, scores
from .base import MeanMetricWrapper, Metric, plain

#: Classes that no name stands for: base classes, one that needs arguments, and one whose name means another metric.
_WITHOUT_NAME = {"Metric", "MeanMetricWrapper", "MeanIoU", "Accuracy"}
_CLASSES: dict[str, Any] = {
    name: kind
    for module in (base, means, acc, regression, confusion, auc, scores)
    for name in module.__all__
    if isinstance(kind := getattr(module, name), type) and name not in _WITHOUT_NAME
}
#: Names that `snake_case` of the class name does not give.
_OTHER_NAMES = {"LogCoshError": "logcosh", "AUC": "auc"}
_ABBREVIATIONS = {
    "mse": means.MeanSquaredError, "mae": means.MeanAbsoluteError, "mape": means.MeanAbsolutePercentageError,
    "msle": means.MeanSquaredLogarithmicError, "rmse": regression.RootMeanSquaredError,
}  # fmt: skip
_ACCURACIES = (acc.BinaryAccuracy, acc.SparseCategoricalAccuracy, acc.CategoricalAccuracy)
_CROSSENTROPIES = (means.BinaryCrossentropy, means.SparseCategoricalCrossentropy, means.CategoricalCrossentropy)
#: Names that mean the binary, the sparse or the categorical metric, depending on the shapes of the values.
_BY_SHAPES = {
    "accuracy": _ACCURACIES, "acc": _ACCURACIES, "crossentropy": _CROSSENTROPIES, "ce": _CROSSENTROPIES,
}  # fmt: skip
_KNOWN: dict[str, Any] = {
    **_CLASSES,
    **{_OTHER_NAMES.get(name, snake_case(name)): kind for name, kind in _CLASSES.items()},
    **_ABBREVIATIONS,
    **{short.upper(): kind for short, kind in _ABBREVIATIONS.items()},
    **_BY_SHAPES,
}


def check(identifier: Any) -> None:
    """Raise ValueError for a name that is unknown."""
    if isinstance(identifier, str):
        lookup("metric", identifier, _KNOWN)


def for_values(identifier: Any, y_true: Any, y_pred: Any) -> Metric:
    """The metric for a name, a class or a function; a Metric is returned unchanged.

    "accuracy" and "crossentropy" mean the binary metric if there is one prediction per sample, the sparse one if the
    true values are class indices, and the categorical one otherwise.
    """
    if isinstance(identifier, type) and issubclass(identifier, Metric):
        return identifier()
    if isinstance(identifier, Metric):
        return identifier
    if callable(identifier):
        return MeanMetricWrapper(identifier)
    kind = lookup("metric", identifier, _KNOWN)
    if identifier in _BY_SHAPES:
        true, pred = np.shape(plain(y_true)), np.shape(plain(y_pred))
        binary, sparse, categorical = kind
        several = sparse if len(true) < len(pred) or true[-1:] == (1,) else categorical
        kind = binary if pred[-1:] == (1,) else several
    metric: Metric = kind()
    metric.name = identifier
    return metric
