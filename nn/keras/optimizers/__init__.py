"""Keras' optimizers."""

from . import schedules
from .further import Adadelta, Adamax, AdamW, Nadam
from .named import get
from .usual import SGD, Adagrad, Adam, Optimizer, RMSprop

__all__ = [
    "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Nadam", "Optimizer", "RMSprop", "get", "schedules",
]  # fmt: skip
