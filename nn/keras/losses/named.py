"""The losses by name."""

from __future__ import annotations

from typing import Any

from ..naming import made
from . import base, margin

_NAMES = (
    "mean_squared_error", "mean_absolute_error", "binary_crossentropy", "categorical_crossentropy",
    "sparse_categorical_crossentropy", "mean_absolute_percentage_error", "mean_squared_logarithmic_error", "huber",
    "log_cosh", "kl_divergence", "poisson", "hinge", "squared_hinge", "categorical_hinge", "cosine_similarity",
)  # fmt: skip
_SHORT = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
}
_FUNCTIONS: dict[str, base.LossFunction] = {
    name: getattr(base if hasattr(base, name) else margin, name) for name in _NAMES
}
_FUNCTIONS |= {name: _FUNCTIONS[whole] for name, whole in _SHORT.items()}
_FUNCTIONS |= {name.upper(): _FUNCTIONS[whole] for name, whole in _SHORT.items()}
_CLASSES = {
    kind.__name__: kind
    for module in (base, margin)
    for kind in vars(module).values()
    if isinstance(kind, type) and issubclass(kind, base.Loss) and kind is not base.LossFunctionWrapper
    if not kind.__name__.startswith("_") and kind is not base.Loss
}


def get(identifier: Any) -> Any:
    """The function of a name, the loss of a class's name or of a class; a Loss or a function as it is.

    Raises:
        ValueError: an unknown name.
    """
    return made("loss", identifier, {**_FUNCTIONS, **_CLASSES})


def as_loss(identifier: Any) -> base.Loss:
    """As `get`, a function as a Loss.

    Raises:
        ValueError: an unknown name.
    """
    found = get(identifier)
    name = identifier if isinstance(identifier, str) else None
    return found if isinstance(found, base.Loss) else base.LossFunctionWrapper(found, name=name)
