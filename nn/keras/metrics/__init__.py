"""Metrics: values accumulated over the batches of an epoch."""

from typing import TYPE_CHECKING

from .accuracy import *
from .auc import *
from .base import *
from .confusion import *
from .means import *
from .regression import *
from .scores import *

if not TYPE_CHECKING:  # type checkers read the imports above
    __all__ = [name for name, value in globals().items() if callable(value)]
