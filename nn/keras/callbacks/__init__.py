"""Keras' callbacks."""

from .base import Callback, CallbackList
from .further import LambdaCallback, ReduceLROnPlateau, TerminateOnNaN
from .monitor import CSVLogger, EarlyStopping, History, LearningRateScheduler, ModelCheckpoint, ProgbarLogger

__all__ = [
    "CSVLogger", "Callback", "CallbackList", "EarlyStopping", "History", "LambdaCallback", "LearningRateScheduler",
    "ModelCheckpoint", "ProgbarLogger", "ReduceLROnPlateau", "TerminateOnNaN",
]  # fmt: skip
