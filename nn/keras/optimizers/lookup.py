"""Optimizers looked up by name, such as "adam"."""

from __future__ import annotations

from typing import Any

from ..naming import by_name
from .adadelta import Adadelta
from .adagrad import Adagrad
from .adam import Adam, Adamax, AdamW, Nadam
from .base import Optimizer
from .rmsprop import RMSprop
from .sgd import SGD

_KNOWN = {kind.__name__: kind for kind in (SGD, RMSprop, Adam, Adagrad, Adadelta, Adamax, AdamW, Nadam)}


def get(identifier: Any) -> Optimizer:
    """The optimizer of a name or of a class; an Optimizer as it is.

    Raises:
        ValueError: an unknown name.
    """
    if isinstance(identifier, type) and issubclass(identifier, Optimizer):
        return identifier()  # type: ignore[call-arg]  # every optimizer has a default learning rate
    if isinstance(identifier, Optimizer):
        return identifier
    known: dict[str, Any] = {**_KNOWN, **{name.lower(): kind for name, kind in _KNOWN.items()}}
    made: Optimizer = by_name("optimizer", identifier, known)()
    return made
