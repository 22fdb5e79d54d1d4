"""Schedules made of other schedules: one after another, or all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from ..optimizer import Optimizer
from .plateau import ReduceLROnPlateau
from .scheduler import LRScheduler


class _Combined(LRScheduler):
    """Base of the two: a list of schedules of one optimizer.

    Raises:
        ValueError: the list is empty, or one of the schedules needs a measure or has another optimizer.
    """

    def __init__(self, optimizer: Optimizer | None, schedulers: Sequence[LRScheduler]) -> None:
        name = type(self).__name__
        if not schedulers:
            raise ValueError(f"{name} expects at least one scheduler to be chained, but got no scheduler.")
        self.optimizer = schedulers[0].optimizer if optimizer is None else optimizer
        for place, scheduler in enumerate(schedulers):
            if not hasattr(scheduler, "optimizer"):
                raise TypeError(f"{name} at index {place} should have `optimizer` as its attribute.")
            if isinstance(scheduler, ReduceLROnPlateau):
                raise ValueError(
                    f"{name} does not support `ReduceLROnPlateau` scheduler as it requires additional kwargs to be "
                    f"specified when calling `step`, but got one at index {place} in the given schedulers sequence."
                )
            if scheduler.optimizer is not self.optimizer:
                raise ValueError(
                    f"{name} expects all schedulers to belong to the same optimizer, but got scheduler "
                    f"{type(scheduler).__name__} at index {place}, which has a different one."
                )
        self._schedulers = list(schedulers)
        self.base_lrs = [group["initial_lr"] for group in self.optimizer.param_groups]
        self._last_lr = self._current_lrs()

    def state_dict(self) -> dict[str, Any]:
        """All attributes but the optimizer and functions, and the states of the schedules."""
        return super().state_dict() | {"_schedulers": [scheduler.state_dict() for scheduler in self._schedulers]}

    def _undo(self) -> None:
        for scheduler in self._schedulers:
            scheduler._undo()

    def _rewind(self) -> None:
        for scheduler in self._schedulers:
            scheduler._rewind()

    def begin(self) -> None:
        """Go to epoch 0, from the initial rates."""
        self._set(self.base_lrs)
        self._rewind()
        self._initial_step()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.__dict__.update({key: value for key, value in state_dict.items() if key != "_schedulers"})
        for scheduler, state in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            scheduler.load_state_dict(state)


class SequentialLR(_Combined):
    """One schedule after another: each starts at its milestone, at its epoch 0.

    A schedule that computes its rates from the initial ones starts from those. `MultiplicativeLR` multiplies the
    present rates.

    Args:
        schedulers: at least one, all of this optimizer.
        milestones: the epochs at which the second schedule starts, the third, and so on.

    Raises:
        ValueError: the schedules cannot be combined, or their number is not that of the milestones plus 1.

    >>> from autograd import tensor
    >>> from nn.optim import SGD
    >>> from nn.optim.lr_scheduler import ExponentialLR, LinearLR
    >>> optimizer = SGD([tensor([1.0], requires_grad=True)], lr=1.0)
    >>> warm_up = LinearLR(optimizer, start_factor=0.5, total_iters=2)
    >>> schedule = SequentialLR(optimizer, [warm_up, ExponentialLR(optimizer, 0.5)], milestones=[2])
    >>> rates = []
    >>> for epoch in range(5):
    ...     rates += schedule.get_last_lr()
    ...     optimizer.step()
    ...     schedule.step()
    >>> rates
    [0.5, 0.75, 1.0, 0.5, 0.25]
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: Sequence[LRScheduler], milestones: Sequence[int], last_epoch: int = -1
    ) -> None:
        super().__init__(optimizer, schedulers)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than the number of "
                f"milestone points, but got number of schedulers {len(schedulers)} and the number of milestones to be "
                f"equal to {len(milestones)}"
            )
        for number in (*milestones, last_epoch):
            if not isinstance(number, int):
                raise TypeError(f"SequentialLR: an epoch must be an int, not {type(number).__name__}")
        self._milestones = list(milestones)
        self._set(self.base_lrs)
        self._undo()
        self._initial_step()
        self.last_epoch = last_epoch + 1

    def step(self) -> None:
        self.last_epoch += 1
        place = bisect_right(self._milestones, self.last_epoch)
        current = self._schedulers[place]
        if place and self._milestones[place - 1] == self.last_epoch:
            current.begin()
        else:
            current.step()
        self._last_lr = self._current_lrs()

    def _initial_step(self) -> None:
        """Start with the schedule of epoch 0."""
        self.last_epoch = 0
        self._schedulers[bisect_right(self._milestones, 0)]._initial_step()
        self._last_lr = self._current_lrs()


class ChainedScheduler(_Combined):
    """All schedules at every epoch, each applied to the rates that the one before it has set.

    Args:
        schedulers: at least one, all of one optimizer.
        optimizer: that optimizer; by default the one of the first schedule.

    Raises:
        ValueError: the schedules cannot be combined.
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        super().__init__(optimizer, schedulers)

    def step(self) -> None:
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = self._current_lrs()

    def _initial_step(self) -> None:
        for scheduler in self._schedulers:
            scheduler._initial_step()
        self._last_lr = self._current_lrs()
