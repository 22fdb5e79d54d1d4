"""LRScheduler: the base of the learning rate schedules."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable, Sequence
from types import FunctionType
from typing import Any

from autograd.base.symbolic import depends_on
from autograd.core.errors import users_level
from autograd.core.public_methods import public_class_of_the_project, public_methods
from autograd.core.tensor import Tensor

from ...constructor_names import name_inherited_constructor
from ..optimizer import Optimizer

EPOCH_WARNING = "The epoch parameter of `scheduler.step()` is deprecated: call `scheduler.step()` without it."


def _all_or_nothing(method: Callable[..., Any]) -> Callable[..., Any]:
    """A constructor or `step` that, if it fails, leaves the schedule and the optimizer's settings as they were."""

    @functools.wraps(method)
    def called(self: LRScheduler, *args: Any, **kwargs: Any) -> Any:
        fields = dict(vars(self))
        given = (fields.get("optimizer"), *args, *kwargs.values())
        groups = [group for x in given if isinstance(x, Optimizer) for group in x.param_groups]
        settings = [{name: _copied(value) for name, value in group.items() if name != "params"} for group in groups]
        try:
            return method(self, *args, **kwargs)
        except Exception:
            for group, before in zip(groups, settings, strict=True):
                for name in group.keys() - before.keys() - {"params"}:
                    del group[name]
                for name, value in before.items():
                    if isinstance(value, Tensor) and isinstance(group.get(name), Tensor):
                        group[name].data.copy_(value)
                    else:
                        group[name] = value
            vars(self).clear()
            vars(self).update(fields)
            raise

    return called


@public_methods
class LRScheduler:
    """Base of the schedules: a subclass defines `get_lr`, which computes the learning rates of the next epoch.

    Call `step()` once an epoch, after the optimizer's `step()`. The constructor sets the rates of the first epoch.
    A schedule whose rates follow from the epoch alone also defines `_get_closed_form_lr`, which computes them from
    `base_lrs`; where it is not defined, `get_lr` starts again from the present rates.

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

    #: Whether the rates of the first epoch are being set: a schedule that scales the last rate leaves them alone.
    _is_initial = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        name_inherited_constructor(cls)
        for name in ("__init__", "step"):
            if name in vars(cls) and cls.__module__.startswith("nn."):
                setattr(cls, name, _all_or_nothing(vars(cls)[name]))
        public_class_of_the_project(cls)

    @_all_or_nothing
    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", _copied(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(f"param 'initial_lr' is not specified in param_groups[{i}] when resuming an optimizer")
        self.base_lrs: list[float] = [_copied(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._initial_step()

    def _initial_step(self) -> None:
        """Set the rates of the first epoch."""
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def get_lr(self) -> list[float]:
        """The rate of each group for `last_epoch`; every subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__}: a subclass of LRScheduler must define `get_lr`")

    def get_last_lr(self) -> list[float]:
        """The rate of each group that was set last: a number, or a copy of the Tensor if a Tensor holds the rate."""
        depends_on(self)
        return self._last_lr

    @_all_or_nothing
    def step(self, epoch: int | None = None) -> None:
        """Set the rates of the next epoch; of the given one, which is deprecated.

        Warns:
            UserWarning: `epoch` is given, or the optimizer has not taken a step yet: then the first rates are unused.
        """
        if self._step_count == 1 and not self.optimizer._opt_called:
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in the opposite order: "
                "otherwise the first rate of the schedule is skipped.",
                stacklevel=users_level(),
            )
        self._step_count += 1
        if epoch is not None:
            warnings.warn(EPOCH_WARNING, stacklevel=users_level())
        self._update_lr(epoch)

    def begin(self) -> None:
        """Go to epoch 0, as `SequentialLR` does when it reaches this schedule.

        The rates are those of `_get_closed_form_lr`; a schedule without one applies its formula to the present rates.
        """
        self._update_lr(0)

    def _undo(self) -> None:
        """Forget the first epoch, which the constructor has set."""
        self.last_epoch -= 1

    def _rewind(self) -> None:
        """Go back to before the first epoch."""
        self.last_epoch = -1

    def _update_lr(self, epoch: int | None = None) -> None:
        """Set the rates of the next epoch, or of the given one."""
        if epoch is None:
            self.last_epoch += 1
            self._set(self.get_lr())
        else:
            self.last_epoch = epoch
            self._set(getattr(self, "_get_closed_form_lr", self.get_lr)())

    def _set(self, rates: Sequence[float]) -> None:
        for group, lr in zip(self.optimizer.param_groups, rates, strict=True):
            set_rate(group, lr)
        self._last_lr = self._current_lrs()

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer; of a function None, of another callable object a copy of its attributes."""
        return {key: _state_of(value) for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Load the state that `state_dict` returned; functions stay, and callable objects get their attributes back."""
        for key, value in state_dict.items():
            own = self.__dict__.get(key)
            if not _restored(own, value):
                self.__dict__[key] = value

    def _current_lrs(self) -> list[float]:
        return [_copied(group["lr"]) for group in self.optimizer.param_groups]

    def _scaled_lrs(self, factor: float) -> list[float]:
        """The current rates times a factor."""
        return [lr * factor for lr in self._current_lrs()]


def _copied(lr: Any) -> Any:
    """A rate that does not change with the group's: a copy, if a Tensor holds it."""
    return lr.detach().clone() if isinstance(lr, Tensor) else lr


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


def _state_of(value: Any) -> Any:
    """What a state dict holds of an attribute: of a callable, or a list of callables, their attributes only."""
    if isinstance(value, list) and any(map(callable, value)):
        return [_state_of(each) for each in value]
    if not callable(value):
        return value
    return None if isinstance(value, FunctionType) else dict(getattr(value, "__dict__", {}))


def _restored(own: Any, state: Any) -> bool:
    """Whether `own` is a callable, or a list of them, which keeps its identity; its attributes are set from `state`."""
    if isinstance(own, list) and any(map(callable, own)):
        return all([_restored(each, saved) for each, saved in zip(own, state, strict=True)])
    if callable(own) and state is not None and hasattr(own, "__dict__"):
        own.__dict__.update(state)
    return callable(own)
