"""Callbacks that change the learning rate: LearningRateScheduler and ReduceLROnPlateau."""

from __future__ import annotations

import inspect
from collections.abc import Callable

import numpy as np

from .base import Callback, Logs
from .monitor import Monitor


class LearningRateScheduler(Callback):
    """Set the learning rate before every epoch.

    Args:
        schedule: a function of the epoch index and, if it takes a second argument, of the current learning rate; it
            returns the new rate.
        verbose: 1 to print the new rate.
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        self.schedule, self.verbose = schedule, verbose
        try:
            inspect.signature(schedule).bind(0, 0.0)
        except TypeError:
            self.schedule = lambda epoch, _: schedule(epoch)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Set the learning rate; ValueError if the schedule does not return a number."""
        rate = float(self.model.optimizer.learning_rate.array)
        new = self.schedule(epoch, rate)
        if not isinstance(new, (int, float, np.floating)):
            raise ValueError(
                f"The output of the `schedule` function should be a float. Got: {new!r} of {type(new).__name__}"
            )
        self.model.optimizer.learning_rate = new
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {new}.")

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if isinstance(logs, dict):
            logs["learning_rate"] = float(self.model.optimizer.learning_rate.array)


class ReduceLROnPlateau(Monitor):
    """Multiply the learning rate by a factor when a value has not improved for some epochs.

    Args:
        monitor, mode, min_delta: as in `EarlyStopping`.
        factor: the factor, below 1.
        patience: the number of epochs without improvement to wait.
        verbose: 1 to print when the rate is reduced.
        cooldown: the number of epochs to ignore after a reduction.
        min_lr: the lowest learning rate.
    """

    def __init__(
        self, monitor: str = "val_loss", factor: float = 0.1, patience: int = 10, verbose: int = 0, mode: str = "auto",
        min_delta: float = 1e-4, cooldown: int = 0, min_lr: float = 0.0,
    ) -> None:  # fmt: skip
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau does not support a factor >= 1.0. Received factor={factor}")
        super().__init__(monitor, mode, min_delta)
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.best = None
        self.wait = self.cooldown_counter = 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Reduce the learning rate if the patience is exhausted."""
        optimizer = self.model.optimizer
        rate = float(optimizer.learning_rate.array)
        if isinstance(logs, dict):
            logs["learning_rate"] = rate
        value = self.value_of(logs)
        if value is None:
            return
        if self.cooldown_counter:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.is_better(value, self.best):
            self.best, self.wait = value, 0
        elif not self.cooldown_counter:
            self.wait += 1
            if self.wait >= self.patience and rate > np.float32(self.min_lr):  # the rate is in float32
                optimizer.learning_rate = new = max(rate * self.factor, self.min_lr)
                if self.verbose:
                    print(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}.")
                self.cooldown_counter, self.wait = self.cooldown, 0
