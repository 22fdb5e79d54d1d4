"""LRScheduler: the base of the learning rate schedules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.core.tensor import Tensor

from ..optimizer import Optimizer
from ..settings import as_number


class LRScheduler:
    """Base of the schedules: a subclass defines `get_lr`, which computes the learning rates of the next epoch.

    Call `step()` once an epoch, after the optimizer's `step()`. The constructor sets the rates of the first epoch.

    Args:
        optimizer: the optimizer whose groups' "lr" is set.
        last_epoch: the epoch to resume after; -1 starts a new schedule.

    Attributes:
        optimizer: as given.
        base_lrs: the initial rate of each group.
        last_epoch: the epoch whose rates are set, counted from 0.

    Raises:
        TypeError: `optimizer` is not an Optimizer.
        KeyError: a schedule is resumed, but a group has no "initial_lr".
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", as_number(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(f"param 'initial_lr' is not specified in param_groups[{i}] when resuming an optimizer")
        self.base_lrs: list[float] = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self._last_lr: list[float] = self._current_lrs()
        self.step()

    def get_lr(self) -> list[float]:
        """The rate of each group for `last_epoch`; every subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__}: a subclass of LRScheduler must define `get_lr`")

    def get_last_lr(self) -> list[float]:
        """The rate of each group that was set last."""
        return self._last_lr

    def step(self) -> None:
        """Set the rates of the next epoch."""
        self._step_count += 1
        self.last_epoch += 1
        self._set(self.get_lr())

    def begin(self) -> None:
        """Start again from the initial rates, as `SequentialLR` does when it reaches this schedule."""
        self._set(self.base_lrs)
        self._step_count = 1
        self.last_epoch = 0
        self._set(self.get_lr())

    def _set(self, rates: Sequence[float]) -> None:
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            set_rate(group, lr)
        self._last_lr = self._current_lrs()

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer and functions."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer" and not _is_callable(value)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load the state that `state_dict` returned."""
        self.__dict__.update(state_dict)

    def _current_lrs(self) -> list[float]:
        return [as_number(group["lr"]) for group in self.optimizer.param_groups]

    def _scaled_lrs(self, factor: float) -> list[float]:
        """The current rates times a factor."""
        return [lr * factor for lr in self._current_lrs()]


def set_rate(group: dict[str, Any], lr: float) -> None:
    """Set the learning rate of a group; if a Tensor holds it, the Tensor is kept and filled."""
    if isinstance(group["lr"], Tensor):
        group["lr"].fill_(lr)
    else:
        group["lr"] = lr


def for_each_group(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """One value for each group, from a list or tuple of as many values, or from one value for all groups."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    groups = len(optimizer.param_groups)
    values = list(value) if isinstance(value, (list, tuple)) else [value] * groups
    if len(values) != groups:
        raise ValueError(f"Expected {groups} {name}s, but got {len(values)}")
    return values


def _is_callable(value: Any) -> bool:
    """Whether the value is a function or a list that holds one."""
    return callable(value) or (isinstance(value, list) and any(map(callable, value)))
