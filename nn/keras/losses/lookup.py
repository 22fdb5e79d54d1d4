"""Losses looked up by name, such as "mse"."""

from __future__ import annotations

from inspect import isfunction
from typing import Any

from ..config import publish_functions
from ..naming import resolve
from . import crossentropy as ce, margin, regression as reg
from .base import Loss, LossFunctionWrapper

__all__ = ["get"]

_ABBREVIATIONS = {
    "mse": reg.mean_squared_error, "mae": reg.mean_absolute_error, "mape": reg.mean_absolute_percentage_error,
    "msle": reg.mean_squared_logarithmic_error, "kld": ce.kl_divergence,
}  # fmt: skip
_KNOWN: dict[str, Any] = {
    **{name: getattr(module, name) for module in (reg, ce, margin) for name in module.__all__},
    **_ABBREVIATIONS,
    **{short.upper(): function for short, function in _ABBREVIATIONS.items()},
}
publish_functions({name: known for name, known in _KNOWN.items() if isfunction(known)})


def get(identifier: Any) -> Any:
    """The function or Loss for a name or a class; either is returned unchanged. ValueError for an unknown name."""
    return resolve("loss", identifier, _KNOWN)


def as_loss(identifier: Any) -> Loss:
    """Like `get`, but a function is wrapped in a Loss."""
    found = get(identifier)
    name = identifier if isinstance(identifier, str) else None
    return found if isinstance(found, Loss) else LossFunctionWrapper(found, name=name)
