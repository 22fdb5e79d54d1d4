"""Callbacks: logging, early stopping, checkpoints and learning rates during training."""

from .base import Callback, CallbackList, LambdaCallback
from .learning_rate import LearningRateScheduler, ReduceLROnPlateau
from .logging import CSVLogger, History, ProgbarLogger
from .monitor import EarlyStopping, ModelCheckpoint, TerminateOnNaN

__all__ = [
    "CSVLogger", "Callback", "CallbackList", "EarlyStopping", "History", "LambdaCallback", "LearningRateScheduler",
    "ModelCheckpoint", "ProgbarLogger", "ReduceLROnPlateau", "TerminateOnNaN",
]  # fmt: skip
