"""Callbacks that record values: History, ProgbarLogger and CSVLogger."""

from __future__ import annotations

import csv
import os
import sys
from typing import TextIO

from ..progress import ProgressBar
from .base import Callback, Logs


class History(Callback):
    """The logged values of every epoch, as `fit` returns them.

    Attributes:
        epoch: the indices of the epochs.
        history: for each name a list with one value per epoch.
    """

    def __init__(self) -> None:
        self.on_train_begin()

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self.epoch: list[int] = []
        self.history: dict[str, list[float]] = {}

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)


class ProgbarLogger(Callback):
    """Print a progress bar, in the style that the `verbose` of `fit`, `evaluate` or `predict` sets."""

    def __init__(self) -> None:
        self._inside_fit = False

    def on_train_begin(self, logs: Logs | None = None) -> None:
        """Validations that follow belong to epochs: they get no bar of their own."""
        self._inside_fit = True

    def on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        sys.stdout.write(f"Epoch {epoch + 1}/{self.params['epochs']}\n")
        self._start()

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Finish the bar, and keep the number of steps for the next epoch's bar."""
        self._finish(logs)
        self.params["steps"] = self._steps

    def on_test_begin(self, logs: Logs | None = None) -> None:
        """Start a bar, unless this is the validation of an epoch."""
        if not self._inside_fit:
            self._start()

    def on_test_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        if not self._inside_fit:
            self._advance(batch, logs)

    def on_test_end(self, logs: Logs | None = None) -> None:
        if not self._inside_fit:
            self._finish(logs)

    def _start(self, logs: Logs | None = None) -> None:
        """Start a bar."""
        self._bar = ProgressBar(self.params["steps"], self.params["verbose"])
        self._steps = 0

    def _advance(self, batch: int, logs: Logs | None = None) -> None:
        """Advance the bar."""
        self._steps = batch + 1
        self._bar.update(self._steps, logs or {})

    def _finish(self, logs: Logs | None = None) -> None:
        """Finish the bar."""
        self._bar.update(self._steps, logs or {}, finished=True)

    on_predict_begin, on_predict_batch_end, on_predict_end = _start, _advance, _finish
    on_train_batch_end = _advance


class CSVLogger(Callback):
    """Write the values of every epoch as a row of a CSV file.

    Args:
        filename: the file to write.
        separator: the column separator.
        append: whether to add rows to an existing file rather than replace it.
    """

    def __init__(self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False) -> None:
        self.filename, self.separator, self.append = os.fspath(filename), separator, append

    def on_train_begin(self, logs: Logs | None = None) -> None:
        self._has_header = self.append and os.path.exists(self.filename) and os.path.getsize(self.filename) > 0
        self._file: TextIO = open(self.filename, "a" if self.append else "w", newline="", encoding="utf-8")  # noqa: SIM115 - open until the end
        self._writer = csv.writer(self._file, delimiter=self.separator, lineterminator=os.linesep)
        self._names: list[str] | None = None

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Write a row, and the header before the first one."""
        values = logs or {}
        if self._names is None:
            self._names = sorted(values)
            if not any(name.startswith("val_") for name in values):
                # With validation_freq > 1, only later epochs have validation values.
                self._names += [f"val_{name}" for name in self._names]
            if not self._has_header:
                self._writer.writerow(["epoch", *self._names])
        self._writer.writerow([epoch, *(values.get(name, "NA") for name in self._names)])
        self._file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._file.close()
