"""ModelCheckpoint: save weights during training."""

from __future__ import annotations

import os

from ..saving import check_weights_name
from .base import Logs
from .monitor import Monitor


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
