"""The metrics by name."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..naming import by_name, snake_case
from . import base, confusion, scores

_CLASSES: dict[str, Any] = {
    name: kind
    for module in (base, confusion, scores)
    for name, kind in vars(module).items()
    if isinstance(kind, type) and issubclass(kind, base.Metric) and not name.startswith("_")
    if kind not in (base.Metric, base.MeanMetricWrapper, base.Accuracy, scores.MeanIoU)
}
#: Names that do not follow from the classes'.
_SNAKE = {"LogCoshError": "logcosh", "AUC": "auc"}
_SHORT = {
    name: _CLASSES[whole]
    for short, whole in (
        ("mse", "MeanSquaredError"), ("mae", "MeanAbsoluteError"), ("mape", "MeanAbsolutePercentageError"),
        ("msle", "MeanSquaredLogarithmicError"), ("rmse", "RootMeanSquaredError"),
    )
    for name in (short, short.upper())
}  # fmt: skip
_CROSSENTROPIES = (base.BinaryCrossentropy, base.SparseCategoricalCrossentropy, base.CategoricalCrossentropy)
_ACCURACIES = (base.BinaryAccuracy, base.SparseCategoricalAccuracy, base.CategoricalAccuracy)
_BY_SHAPES = {
    "accuracy": _ACCURACIES, "acc": _ACCURACIES, "crossentropy": _CROSSENTROPIES, "ce": _CROSSENTROPIES,
}  # fmt: skip


def check(identifier: Any) -> None:
    """Raise ValueError for a name that `for_values` would not know."""
    if isinstance(identifier, str):
        by_name("metric", identifier, _known())


def for_values(identifier: Any, y_true: Any, y_pred: Any) -> base.Metric:
    """The metric of a name, a class or a function; a Metric as it is.

    "accuracy" and "crossentropy" mean the binary kind for one prediction a sample, the sparse one where the true
    values are class numbers, else the categorical one.

    Raises:
        ValueError: an unknown name.
    """
    if isinstance(identifier, type) and issubclass(identifier, base.Metric):
        return identifier()
    if isinstance(identifier, base.Metric):
        return identifier
    if callable(identifier):
        return base.MeanMetricWrapper(identifier)
    if identifier in _BY_SHAPES:
        binary, sparse, categorical = _BY_SHAPES[identifier]
        true, pred = np.shape(base.plain(y_true)), np.shape(base.plain(y_pred))
        if pred[-1:] == (1,):
            made = binary()
        else:
            made = sparse() if len(true) < len(pred) or true[-1:] == (1,) else categorical()
    else:
        made = by_name("metric", identifier, _known())()
    made.name = identifier
    return made


def _known() -> dict[str, Any]:
    return {
        **_CLASSES,
        **{_SNAKE.get(name, snake_case(name)): kind for name, kind in _CLASSES.items()},
        **_SHORT,
        **_BY_SHAPES,
    }
