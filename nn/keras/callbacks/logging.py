"""Callbacks that record values: History, ProgbarLogger and CSVLogger."""

from __future__ import annotations

import csv
import os
import sys
from typing import TextIO

from ..progress import ProgressBar
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
