"""ModelCheckpoint: save weights during training."""

from __future__ import annotations

import os

from ..saving import check_weights_name
from .base import Logs
from .monitor import Monitor


class ModelCheckpoint(Monitor):
    """Save the model's weights after every epoch, or only when the monitored value improves.

    Args:
        filepath: must end in ".weights.npz"; may contain "{epoch}" and names of logged values, as in
            "{epoch:02d}-{val_loss:.2f}.weights.npz".
        monitor, mode: as in `EarlyStopping`.
        verbose: 1 to print a line for each file written.
        save_best_only: save only when the value is the best so far.
        save_weights_only: must be True: saving whole models is not supported.

    Raises:
        ValueError: the file name has another ending, or save_weights_only is False.
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
                "ModelCheckpoint: saving whole models is not supported. Pass save_weights_only=True and a filepath "
                "that ends in '.weights.npz'"
            )
        check_weights_name(filepath)
        self.filepath = os.fspath(filepath)
        self.verbose, self.save_best_only = verbose, save_best_only

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        """Save the weights, if due."""
        if self.save_best_only:
            value = self.value_of(logs)
            if value is None or not self.is_better(value, self.best):
                return
            self.best = value
        path = self.filepath.format(epoch=epoch + 1, **(logs or {}))
        self.model.save_weights(path)
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: saving model to {path}")
