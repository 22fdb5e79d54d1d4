"""Callbacks that watch a value: EarlyStopping, ModelCheckpoint and TerminateOnNaN."""

from __future__ import annotations

import math
import os
import warnings

import numpy as np

from ..naming import lookup
from ..saving import check_model_name, check_weights_name
from .base import Callback, Logs


class Monitor(Callback):
    """Base class of callbacks that watch one logged value for improvement; arguments as in `EarlyStopping`."""

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0) -> None:
        lookup("mode", mode, dict.fromkeys(("auto", "min", "max")))
        self.monitor, self.mode = monitor, mode
        maximize = mode == "max" or (mode == "auto" and ("acc" in monitor or monitor.endswith("auc")))
        self._sign = -1 if maximize else 1
        self.min_delta = abs(min_delta)
        self.best: float | None = None

    def value_of(self, logs: Logs | None) -> float | None:
        """The watched value; None, with a warning, if it was not logged."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            warnings.warn(
                f"{type(self).__name__} watches {self.monitor!r}, which is not available. Available are: "
                f"{', '.join(logs or {})}",
                stacklevel=3,
            )
        return value

    def is_better(self, value: float, than: float | None) -> bool:
        """Whether `value` improves on `than`; any value improves on None."""
        return than is None or self._sign * value < self._sign * than - self.min_delta


class EarlyStopping(Monitor):
    """Stop training when a value has not improved for some epochs.

    Args:
        monitor: the name of the logged value to watch.
        min_delta: the smallest change that counts as an improvement.
        patience: the number of epochs without improvement to wait.
        verbose: 1 to print when training stops.
        mode: "min" if lower is better, "max" if higher is better; "auto" means "max" for accuracies and AUC.
        baseline: a value to improve on; improvements short of it do not reset the patience.
        restore_best_weights: whether to give the model the weights of the best epoch at the end.
        start_from_epoch: the first epoch to watch.
    """

    def __init__(
        self, monitor: str = "val_loss", min_delta: float = 0, patience: int = 0, verbose: int = 0, mode: str = "auto",
        baseline: float | None = None, restore_best_weights: bool = False, start_from_epoch: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(monitor, mode, min_delta)
        self.patience, self.verbose, self.baseline = patience, verbose, baseline
        self.restore_best_weights, self.start_from_epoch = restore_best_weights, start_from_epoch

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.wait = self.stopped_epoch = self.best_epoch = 0
        self.best = None
        self.best_weights: list[np.ndarray] | None = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Stop training if the patience is exhausted."""
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
        """Restore the best weights, if requested."""
        if self.verbose and self.stopped_epoch:
            print(f"Epoch {self.stopped_epoch + 1}: early stopping")
        if self.best_weights is not None:
            if self.verbose:
                print(f"Restoring model weights from the end of the best epoch: {self.best_epoch + 1}.")
            self.model.set_weights(self.best_weights)


class ModelCheckpoint(Monitor):
    """Save the model, or its weights, after every epoch, or only when the monitored value improves.

    Args:
        filepath: must end in ".keras", for weights in ".weights.npz"; may contain "{epoch}" and names of logged values,
            as in "{epoch:02d}-{val_loss:.2f}.keras".
        monitor, mode: as in `EarlyStopping`.
        verbose: 1 to print a line for each file written.
        save_best_only: save only when the value is the best so far.
        save_weights_only: whether to save the weights alone.
    """

    def __init__(
        self, filepath: str | os.PathLike[str], monitor: str = "val_loss", verbose: int = 0,
        save_best_only: bool = False, save_weights_only: bool = False, mode: str = "auto",
    ) -> None:  # fmt: skip
        super().__init__(monitor, mode)
        (check_weights_name if save_weights_only else check_model_name)(filepath)
        self.filepath, self.save_weights_only = os.fspath(filepath), save_weights_only
        self.verbose, self.save_best_only = verbose, save_best_only

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Save the model or its weights, if due."""
        if self.save_best_only:
            value = self.value_of(logs)
            if value is None or not self.is_better(value, self.best):
                return
            self.best = value
        path = self.filepath.format(epoch=epoch + 1, **(logs or {}))
        (self.model.save_weights if self.save_weights_only else self.model.save)(path)
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: saving model to {path}")


class TerminateOnNaN(Callback):
    """Stop training when the loss is infinite or NaN."""

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        loss = (logs or {}).get("loss")
        if loss is not None and not math.isfinite(loss):
            print(f"Batch {batch}: Invalid loss, terminating training")
            self.model.stop_training = True
