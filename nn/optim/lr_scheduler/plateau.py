"""ReduceLROnPlateau: a schedule that lowers the rate when a measure stops improving."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import Any

from autograd.core.errors import users_level

from ..optimizer import Optimizer
from ..settings import as_number
from .scheduler import EPOCH_WARNING, LRScheduler, for_each_group, set_rate


class ReduceLROnPlateau(LRScheduler):
    """Multiply the rate by `factor` when a measure has not improved for more than `patience` epochs.

    Call `step(measure)` once an epoch.

    Args:
        mode: "min" if a smaller measure is better, "max" if a larger one is.
        factor: below 1.
        patience: the number of epochs without improvement that are tolerated.
        threshold: a measure must improve by more than this.
        threshold_mode: "rel" if `threshold` is a fraction of the best measure, "abs" if it is a difference.
        cooldown: after a reduction, this many epochs are not counted.
        min_lr: the lowest rate, one number or one for each group.
        eps: the rate is left alone if it would change by no more than this.

    Raises:
        ValueError: the factor is 1 or more, or a mode is unknown.
    """

    def __init__(
        self, optimizer: Optimizer, mode: str = "min", factor: float = 0.1, patience: int = 10, threshold: float = 1e-4,
        threshold_mode: str = "rel", cooldown: int = 0, min_lr: float | Sequence[float] = 0, eps: float = 1e-8,
    ) -> None:  # fmt: skip
        if factor >= 1.0:
            raise ValueError(f"Factor should be < 1.0, but got {factor}")
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode!r} is unknown: expected 'min' or 'max'")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode!r} is unknown: expected 'rel' or 'abs'")
        self.optimizer = optimizer
        self.mode, self.factor, self.patience = mode, factor, patience
        self.threshold, self.threshold_mode = threshold, threshold_mode
        self.cooldown, self.min_lrs = cooldown, for_each_group("min_lr", optimizer, min_lr)
        self.eps, self.last_epoch = eps, 0
        self._last_lr = self._current_lrs()
        self._reset()

    def _reset(self) -> None:
        """Forget all measures."""
        self.best = {"min": math.inf, "max": -math.inf}[self.mode]
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    def step(self, metrics: Any, epoch: int | None = None) -> None:
        """End an epoch with this measure, and set the rates of the next one. `epoch`, its number, is deprecated."""
        measure = float(metrics)
        if epoch is not None:
            warnings.warn(EPOCH_WARNING, stacklevel=users_level())
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self.is_better(measure, self.best):
            self.best = measure
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            for group, low in zip(self.optimizer.param_groups, self.min_lrs, strict=True):
                lr = as_number(group["lr"])
                lower = max(lr * self.factor, low)
                if lr - lower > self.eps:
                    set_rate(group, lower)
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = self._current_lrs()

    @property
    def in_cooldown(self) -> bool:
        """Whether the current epoch is not counted, because the rate was reduced shortly before."""
        return self.cooldown_counter > 0

    def is_better(self, a: float, best: float) -> bool:
        """Whether `a` is an improvement on `best`."""
        sign = {"min": -1, "max": 1}[self.mode]
        if self.threshold_mode == "abs":
            return sign * a > sign * best + self.threshold
        return sign * a > sign * best * (1 + sign * self.threshold)
