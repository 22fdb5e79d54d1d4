"""The usual callbacks: the history, the progress bar, stopping early, saving, rates and tables."""

from __future__ import annotations

import csv
import inspect
import os
import sys
import warnings
from collections.abc import Callable
from typing import TextIO

import numpy as np

from ..naming import by_name
from ..progress import ProgressBar
from ..saving import check_weights_name
from .base import Callback, Logs


class History(Callback):
    """What every epoch gave: fit returns it.

    Attributes:
        epoch: the numbers of the epochs.
        history: for each name its values, one an epoch.
    """

    def __init__(self) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Begin again."""
        self.epoch = []
        self.history = {}

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Note the values."""
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class ProgbarLogger(Callback):
    """The progress on the terminal: `verbose` of the run says how."""

    def __init__(self) -> None:
        self._evaluating_alone = True

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """The validations that follow are shown with their epochs."""
        self._evaluating_alone = False

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Begin a bar."""
        sys.stdout.write(f"Epoch {epoch + 1}/{self.params['epochs']}\n")
        self._begin()

    def on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Go on."""
        self._go_on(batch, logs)

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Finish the bar."""
        self._bar.update(self._steps, logs or {}, finished=True)
        self.params["steps"] = self._steps

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Begin a bar, unless this is the validation of an epoch."""
        if self._evaluating_alone:
            self._begin()

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Go on."""
        if self._evaluating_alone:
            self._go_on(batch, logs)

    def on_test_end(self, logs: Logs | None = None) -> None:
        """Finish the bar."""
        if self._evaluating_alone:
            self._bar.update(self._steps, logs or {}, finished=True)

    def on_predict_begin(self, logs: Logs | None = None) -> None:
        """Begin a bar."""
        self._begin()

    def on_predict_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        """Go on."""
        self._go_on(batch, None)

    def on_predict_end(self, logs: Logs | None = None) -> None:
        """Finish the bar."""
        self._bar.update(self._steps, {}, finished=True)

    def _begin(self) -> None:
        self._bar = ProgressBar(self.params["steps"], self.params["verbose"])
        self._steps = 0

    def _go_on(self, batch: int, logs: Logs | None) -> None:
        self._steps = batch + 1
        self._bar.update(self._steps, logs or {})


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


class ModelCheckpoint(Monitor):
    """Save the model's weights after every epoch, or after those that are the best so far.

    Args:
        filepath: ends in ".weights.npz"; may name "{epoch}" and values, as in "{epoch:02d}-{val_loss:.2f}.weights.npz".
        monitor: the name of the value by which an epoch is the best.
        verbose: 1 says when a file is written.
        save_best_only: whether only the best so far are saved.
        save_weights_only: must be True: whole models are not saved here.
        mode: "min" if less is better, "max" if more; "auto" takes "max" for an accuracy.

    Raises:
        ValueError: the name of the file has another ending, or whole models are asked for.
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
    ) -> None:
        super().__init__(monitor, mode)
        if not save_weights_only:
            raise ValueError(
                "ModelCheckpoint: whole models are not saved here: pass save_weights_only=True, and a filepath that "
                "ends in '.weights.npz'"
            )
        check_weights_name(filepath)
        self.filepath = os.fspath(filepath)
        self.verbose, self.save_best_only = verbose, save_best_only

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Save, if it is time to."""
        if self.save_best_only:
            value = self.value_of(logs)
            if value is None or not self.is_better(value, self.best):
                return
            self.best = value
        path = self.filepath.format(epoch=epoch + 1, **(logs or {}))
        self.model.save_weights(path)
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: saving model to {path}")


class LearningRateScheduler(Callback):
    """Set the learning rate before every epoch.

    Args:
        schedule: called with the epoch's number, from 0, and the learning rate, if it takes that; gives the new one.
        verbose: 1 says what it is.
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        self.schedule, self.verbose = schedule, verbose
        try:
            inspect.signature(schedule).bind(0, 0.0)
        except TypeError:
            self.schedule = lambda epoch, _: schedule(epoch)

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        """Set the learning rate.

        Raises:
            ValueError: the schedule gives no number.
        """
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
        """Add the learning rate to the history."""
        if isinstance(logs, dict):
            logs["learning_rate"] = float(self.model.optimizer.learning_rate.array)


class CSVLogger(Callback):
    """Write every epoch's values as a line of a table.

    Args:
        filename: of the table.
        separator: between the columns.
        append: whether lines are added to a table that is there.
    """

    def __init__(self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False) -> None:
        self.filename, self.separator, self.append = os.fspath(filename), separator, append
        self._file: TextIO | None = None

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Open the table."""
        goes_on = self.append and os.path.exists(self.filename) and os.path.getsize(self.filename) > 0
        self._file = open(self.filename, "a" if self.append else "w", newline="", encoding="utf-8")  # noqa: SIM115
        self._writer = csv.writer(self._file, delimiter=self.separator, lineterminator=os.linesep)
        self._names: list[str] | None = None
        self._goes_on = goes_on

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write a line, and the column names before the first."""
        values = logs or {}
        if self._names is None:
            self._names = sorted(values)
            if not any(name.startswith("val_") for name in values):
                # A later epoch may be validated.
                self._names += [f"val_{name}" for name in self._names]
            if not self._goes_on:
                self._writer.writerow(["epoch", *self._names])
        self._writer.writerow([epoch, *(values.get(name, "NA") for name in self._names)])
        if self._file is not None:
            self._file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        """Close the table."""
        if self._file is not None:
            self._file.close()
            self._file = None
