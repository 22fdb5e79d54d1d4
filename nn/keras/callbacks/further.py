"""Callbacks beyond the usual ones: a rate that falls on a plateau, functions as a callback, a stop at NaN."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .base import Callback, Logs
from .monitor import Monitor


class ReduceLROnPlateau(Monitor):
    """Multiply the learning rate by a factor when a value has not become better for some epochs.

    Args:
        monitor: the name of the value.
        factor: by what the rate is multiplied, below 1.
        patience: how many epochs the value may fail to become better.
        verbose: 1 says when the rate falls.
        mode: "min" if less is better, "max" if more; "auto" takes "max" for an accuracy.
        min_delta: by how much a better value must differ.
        cooldown: how many epochs after a fall do not count.
        min_lr: where the rate stays.

    Raises:
        ValueError: the factor is not below 1.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau does not support a factor >= 1.0. Received factor={factor}")
        super().__init__(monitor, mode, min_delta)
        self.factor, self.patience, self.verbose = factor, patience, verbose
        self.cooldown, self.min_lr = cooldown, min_lr

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin again."""
        self.best = None
        self.wait = self.cooldown_counter = 0

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Let the rate fall, or wait."""
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
            if self.wait >= self.patience and rate > self.min_lr:
                optimizer.learning_rate = max(rate * self.factor, self.min_lr)
                if self.verbose:
                    new = float(optimizer.learning_rate.array)
                    print(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {new}.")
                self.cooldown_counter, self.wait = self.cooldown, 0


class LambdaCallback(Callback):
    """Functions that are called at the events by whose names they are given.

    Args:
        on_epoch_begin, on_epoch_end: called with the epoch's number and the values.
        on_train_begin, on_train_end: called with the values.
        on_train_batch_begin, on_train_batch_end: called with the batch's number and the values.
    """

    def __init__(
        self,
        on_epoch_begin: Callable[..., Any] | None = None,
        on_epoch_end: Callable[..., Any] | None = None,
        on_train_begin: Callable[..., Any] | None = None,
        on_train_end: Callable[..., Any] | None = None,
        on_train_batch_begin: Callable[..., Any] | None = None,
        on_train_batch_end: Callable[..., Any] | None = None,
    ) -> None:
        given = {
            "on_epoch_begin": on_epoch_begin, "on_epoch_end": on_epoch_end, "on_train_begin": on_train_begin,
            "on_train_end": on_train_end, "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
        }  # fmt: skip
        for event, function in given.items():
            if function is not None:
                setattr(self, event, function)


class TerminateOnNaN(Callback):
    """Stop when the loss is infinite or NaN."""

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Stop, if it is."""
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            print(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True
