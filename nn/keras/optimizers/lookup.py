"""Optimizers looked up by name, such as "adam"."""

from __future__ import annotations

from typing import Any

from ..config import deserialize
from ..naming import lookup
from .adagrad import Adadelta, Adagrad, RMSprop
from .adam import Adam, Adamax, AdamW, Nadam
from .base import Optimizer
from .sgd import SGD

_CLASSES = {kind.__name__: kind for kind in (SGD, RMSprop, Adam, Adagrad, Adadelta, Adamax, AdamW, Nadam)}
_KNOWN: dict[str, Any] = {**_CLASSES, **{name.lower(): kind for name, kind in _CLASSES.items()}}


def get(identifier: Any) -> Optimizer:
    """The optimizer for a name or a class; an Optimizer is returned unchanged. ValueError for an unknown name."""
    if isinstance(identifier, type) and issubclass(identifier, Optimizer):
        return identifier()  # type: ignore[call-arg]  # every optimizer has a default learning rate
    if isinstance(identifier, Optimizer):
        return identifier
    if isinstance(identifier, dict):
        optimizer: Optimizer = deserialize(identifier)
        return optimizer
    optimizer = lookup("optimizer", identifier, _KNOWN)()
    return optimizer
