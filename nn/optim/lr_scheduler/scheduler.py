"""TODO: say what idea this file holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.core.tensor import Tensor

from ..optimizer import Optimizer
from ..settings import as_number


class LRScheduler:
    """Base of the schedules: a subclass says in `get_lr` what the learning rates of the groups are next.

    Call `step()` once an epoch, after the optimizer's. The first rates are set at once.

    Attributes:
        optimizer: whose groups' "lr" is changed.
        base_lrs: the rates that the groups started with.
        last_epoch: how many steps were taken.

    Raises:
        TypeError: `optimizer` is none.
        KeyError: a schedule is to go on from `last_epoch`, but a group does not know its "initial_lr".
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
        self._last_lr: list[float] = self._rates()
        self.step()

    def get_lr(self) -> list[float]:
        """The rate of each group for `last_epoch`; a subclass says which."""
        raise NotImplementedError(f"{type(self).__name__}: a schedule says in `get_lr` what the rates are")

    def get_last_lr(self) -> list[float]:
        """The rates that were set last."""
        return self._last_lr

    def step(self) -> None:
        """Go on by one epoch."""
        self._step_count += 1
        self.last_epoch += 1
        self._set(self.get_lr())

    def begin(self) -> None:
        """Start again, from the first rates: what a `SequentialLR` does when it comes to this schedule."""
        self._set(self.base_lrs)
        self._step_count = 1
        self.last_epoch = 0
        self._set(self.get_lr())

    def _set(self, rates: Sequence[float]) -> None:
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            set_rate(group, lr)
        self._last_lr = self._rates()

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer and functions."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer" and not _calls(value)}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        self.__dict__.update(state_dict)

    def _rates(self) -> list[float]:
        return [as_number(group["lr"]) for group in self.optimizer.param_groups]


def set_rate(group: dict[str, Any], lr: float) -> None:
    """Give a group a learning rate; a Tensor that holds it is kept, and filled."""
    if isinstance(group["lr"], Tensor):
        group["lr"].fill_(lr)
    else:
        group["lr"] = lr


def for_each_group(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """One value for each group, from one for all or a sequence.

    Raises:
        TypeError: `optimizer` is none.
        ValueError: another number of values than there are groups.
    """
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    groups = len(optimizer.param_groups)
    values = list(value) if isinstance(value, (list, tuple)) else [value] * groups
    if len(values) != groups:
        raise ValueError(f"Expected {groups} {name}s, but got {len(values)}")
    return values


def _calls(value: Any) -> bool:
    return callable(value) or (isinstance(value, list) and any(map(callable, value)))
