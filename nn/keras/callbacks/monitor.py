"""Callbacks that watch a value, and stop training: EarlyStopping and TerminateOnNaN."""

from __future__ import annotations

import math
import warnings

import numpy as np

from ..naming import by_name
from .base import Callback, Logs


class Monitor(Callback):
    """What the callbacks that watch one value share: whether it became better.

    Args:
        monitor: the name of the value.
        mode: "min" if less is better, "max" if more; "auto" takes "max" for an accuracy.
        min_delta: by how much a better value must differ.
    """

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0) -> None:
        by_name("mode", mode, dict.fromkeys(("auto", "min", "max")))
        self.monitor, self.mode = monitor, mode
        rising = mode == "max" or (mode == "auto" and ("acc" in monitor or monitor.endswith("auc")))
        self._sign = -1 if rising else 1
        self.min_delta = abs(min_delta)
        self.best: float | None = None

    def value_of(self, logs: Logs | None) -> float | None:
        """The value that is watched; None, with a warning, if it is not there."""
        found = (logs or {}).get(self.monitor)
        if found is None:
            warnings.warn(
                f"{type(self).__name__} watches {self.monitor!r}, which is not available. Available are: "
                f"{', '.join(logs or {})}",
                stacklevel=3,
            )
        return found

    def is_better(self, value: float, than: float | None) -> bool:
        """Whether a value is better than another."""
        return than is None or self._sign * value < self._sign * than - self.min_delta


class EarlyStopping(Monitor):
    """Stop when a value has not become better for some epochs.

    Args:
        monitor: the name of the value.
        min_delta: by how much a better value must differ.
        patience: how many epochs it may fail to become better.
        verbose: 1 says when training stopped.
        mode: "min" if less is better, "max" if more; "auto" takes "max" for an accuracy.
        baseline: what must be reached first.
        restore_best_weights: whether the model gets the weights of the best epoch in the end.
        start_from_epoch: the first epoch that counts.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        min_delta: float = 0,
        patience: int = 0,
        verbose: int = 0,
        mode: str = "auto",
        baseline: float | None = None,
        restore_best_weights: bool = False,
        start_from_epoch: int = 0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin again."""
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = None
        self.best_weights: list[np.ndarray] | None = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Stop, or wait."""
        value = self.value_of(logs)
        if value is None or epoch < self.start_from_epoch:
            return
        self.wait += 1
        if self.is_better(value, self.best):
            self.best, self.best_epoch = value, epoch
            if self.restore_best_weights:
                self.best_weights = self.model.get_weights()
            if self.baseline is None or self.is_better(value, self.baseline):
                self.wait = 0
        elif self.wait >= self.patience and epoch > 0:
            self.stopped_epoch = epoch
            self.model.stop_training = True
        if self.restore_best_weights and self.best_weights is None:
            self.best_weights, self.best_epoch = self.model.get_weights(), epoch

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Give the model its best weights, if asked for."""
        if self.verbose and self.stopped_epoch:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose:
                print(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)


class TerminateOnNaN(Callback):
    """Stop when the loss is infinite or NaN."""

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Stop, if it is."""
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            print(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True
