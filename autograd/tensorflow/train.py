"""`tf.train`: checkpoints of variables.

>>> import tempfile
>>> import autograd.tensorflow as tf
>>> step = tf.Variable(0)
>>> with tempfile.TemporaryDirectory() as folder:
...     manager = tf.train.CheckpointManager(tf.train.Checkpoint(step=step), folder, max_to_keep=2)
...     names = []
...     for _ in range(3):
...         _ = step.assign_add(1)
...         _ = manager.save()
...     names = [path.rsplit("-", 1)[1] for path in manager.checkpoints]
...     _ = step.assign(0)
...     _ = manager.restore_or_initialize()
>>> names, int(step)
(['2', '3'], 3)
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from .checkpoint import (
    ENDING,
    Checkpoint,
    CheckpointReader,
    latest_checkpoint,
    list_variables,
    load_checkpoint,
    read_state,
    write_state,
)

__all__ = [
    "Checkpoint", "CheckpointManager", "CheckpointReader", "latest_checkpoint", "list_variables", "load_checkpoint",
]  # fmt: skip


class CheckpointManager:
    """The last checkpoints in a folder: older ones are removed.

    Args:
        checkpoint: a Checkpoint.
        directory: the folder.
        max_to_keep: the number of checkpoints to keep; None for all.
        keep_checkpoint_every_n_hours: must be None: it is not supported.
        checkpoint_name: the names of the files begin with it.
        step_counter: a variable that counts steps, for `checkpoint_interval`.
        checkpoint_interval: the least number of steps between two checkpoints.
        init_fn: called by `restore_or_initialize` if there is no checkpoint.

    Attributes:
        checkpoints: the paths of the checkpoints, the latest last.
    """

    def __init__(
        self, checkpoint: Checkpoint, directory: str | os.PathLike[str], max_to_keep: int | None,
        keep_checkpoint_every_n_hours: float | None = None, checkpoint_name: str = "ckpt", step_counter: Any = None,
        checkpoint_interval: int | None = None, init_fn: Callable[[], Any] | None = None,
    ) -> None:  # fmt: skip
        if max_to_keep is not None and max_to_keep <= 0:
            raise ValueError(f"The argument `max_to_keep` must be positive, or None, but got {max_to_keep}")
        if keep_checkpoint_every_n_hours is not None:
            raise NotImplementedError("keep_checkpoint_every_n_hours is not supported: pass a larger max_to_keep")
        if (step_counter is None) != (checkpoint_interval is None):
            raise ValueError("checkpoint_interval needs a step_counter, and a step_counter a checkpoint_interval")
        self.checkpoint, self.directory = checkpoint, os.fspath(directory)
        self._max_to_keep, self._prefix = max_to_keep, os.path.join(self.directory, checkpoint_name)
        self._step_counter, self.checkpoint_interval, self._init_fn = step_counter, checkpoint_interval, init_fn
        self._last_step: int | None = None
        self.checkpoints = read_state(self.directory)

    @property
    def latest_checkpoint(self) -> str | None:
        """The path of the latest checkpoint, to pass to `restore`; None if there is none."""
        return self.checkpoints[-1] if self.checkpoints else None

    def save(self, checkpoint_number: Any = None, check_interval: bool = True, options: Any = None) -> str | None:
        """Write a checkpoint, remove those that are too many, and return the path.

        Args:
            checkpoint_number: the number in the name; by default that of the checkpoint's `save_counter`.
            check_interval: whether to write none, and return None, before `checkpoint_interval` is over.
            options: ignored.
        """
        step = None if self._step_counter is None else int(self._step_counter)
        last, interval = self._last_step, self.checkpoint_interval
        if check_interval and step is not None and last is not None and interval is not None and step - last < interval:
            return None
        number = None if checkpoint_number is None else int(checkpoint_number)
        path = self.checkpoint.write_numbered(self._prefix, number)
        self._last_step = step
        paths = [*(old for old in self.checkpoints if old != path), path]
        self.checkpoints = paths if self._max_to_keep is None else paths[-self._max_to_keep :]
        write_state(self.directory, self.checkpoints)  # before files are removed, so that it never lists a missing one
        for old in paths[: -len(self.checkpoints)]:
            os.unlink(old + ENDING)
        return path

    def restore_or_initialize(self) -> str | None:
        """Restore the latest checkpoint and return its path; without one call `init_fn` and return None."""
        if self.latest_checkpoint is None:
            if self._init_fn is not None:
                self._init_fn()
            return None
        self.checkpoint.restore(self.latest_checkpoint)
        self._last_step = None if self._step_counter is None else int(self._step_counter)
        return self.latest_checkpoint
