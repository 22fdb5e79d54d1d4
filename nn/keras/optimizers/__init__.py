"""Keras' optimizers."""

from . import schedules
from .base import Optimizer
from .further import Adadelta, Adamax, AdamW, Nadam
from .named import get
from .sgd import SGD, Adagrad, Adam, RMSprop

__all__ = [
    "SGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "Nadam", "Optimizer", "RMSprop", "get", "schedules",
]  # fmt: skip
