"""The optimizers by name."""

from __future__ import annotations

from typing import Any

from ..naming import by_name
from .base import Optimizer
from .further import Adadelta, Adamax, AdamW, Nadam
from .sgd import SGD, Adagrad, Adam, RMSprop

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
