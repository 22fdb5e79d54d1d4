"""Schedules: learning rates that change from epoch to epoch. Also called `optim.lr_scheduler`."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from autograd.core.tensor import Tensor

from ..optimizer import Optimizer, as_number


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


class _OfFunctions(LRScheduler):
    """A schedule by a function of the epoch, or one for each group."""

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | Sequence[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        self.lr_lambdas = for_each_group("lr_lambda", optimizer, lr_lambda)
        super().__init__(optimizer, last_epoch)


class LambdaLR(_OfFunctions):
    """The first rate times a function of the epoch, one function or one for each group."""

    def get_lr(self) -> list[float]:
        """The first rate times the function's value."""
        return [base * function(self.last_epoch) for base, function in zip(self.base_lrs, self.lr_lambdas, strict=True)]


class MultiplicativeLR(_OfFunctions):
    """The rate times a function of the epoch, after every epoch; one function or one for each group."""

    def get_lr(self) -> list[float]:
        """The last rate times the function's value."""
        if self.last_epoch <= 0:
            return self._rates()
        return [lr * function(self.last_epoch) for lr, function in zip(self._rates(), self.lr_lambdas, strict=True)]


class StepLR(LRScheduler):
    """The rate times `gamma` after every `step_size` epochs.

    >>> from autograd import tensor
    >>> from nn.optim import SGD
    >>> optimizer = SGD([tensor([1.0], requires_grad=True)], lr=1.0)
    >>> schedule = StepLR(optimizer, step_size=2, gamma=0.5)
    >>> rates = []
    >>> for epoch in range(5):
    ...     rates.append(optimizer.param_groups[0]["lr"])
    ...     optimizer.step()
    ...     schedule.step()
    >>> rates
    [1.0, 1.0, 0.5, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The last rate, times `gamma` at the end of a stretch."""
        falls = self.last_epoch > 0 and self.last_epoch % self.step_size == 0
        return [lr * self.gamma for lr in self._rates()] if falls else self._rates()


class MultiStepLR(LRScheduler):
    """The rate times `gamma` at each of the epochs in `milestones`."""

    def __init__(
        self, optimizer: Optimizer, milestones: Sequence[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The last rate, times `gamma` for each milestone that is this epoch."""
        times = self.milestones[self.last_epoch]
        return [lr * self.gamma**times for lr in self._rates()] if times else self._rates()


class ExponentialLR(LRScheduler):
    """The rate times `gamma` after every epoch."""

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The last rate times `gamma`."""
        return [lr * self.gamma for lr in self._rates()] if self.last_epoch > 0 else self._rates()


class ConstantLR(LRScheduler):
    """The rate times `factor` for the first `total_iters` epochs."""

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        if not 0 <= factor <= 1:
            raise ValueError(f"Constant multiplicative factor expected to be between 0 and 1, but got {factor}.")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The last rate, scaled at the first epoch and scaled back at the end."""
        if self.last_epoch == 0:
            return [lr * self.factor for lr in self._rates()]
        if self.last_epoch == self.total_iters:
            return [lr * (1.0 / self.factor) for lr in self._rates()]
        return self._rates()


class LinearLR(LRScheduler):
    """The rate times a factor that goes in a straight line from one to another, within `total_iters` epochs."""

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1:
            raise ValueError("Starting multiplicative factor expected to be greater than 0 and less or equal to 1.")
        if not 0 <= end_factor <= 1:
            raise ValueError("Ending multiplicative factor expected to be between 0 and 1.")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The last rate, times what the line rises by."""
        if self.last_epoch == 0:
            return [lr * self.start_factor for lr in self._rates()]
        if self.last_epoch > self.total_iters:
            return self._rates()
        rise = self.end_factor - self.start_factor
        by = 1.0 + rise / (self.total_iters * self.start_factor + (self.last_epoch - 1) * rise)
        return [lr * by for lr in self._rates()]


class PolynomialLR(LRScheduler):
    """The first rate times (1 - epoch / total_iters) ^ power, down to 0 after `total_iters` epochs."""

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The last rate, times what the curve falls by."""
        if self.last_epoch == 0 or self.last_epoch > self.total_iters:
            return self._rates()
        left, before = (1.0 - epoch / self.total_iters for epoch in (self.last_epoch, self.last_epoch - 1))
        return [lr * (left / before) ** self.power for lr in self._rates()]


class CosineAnnealingLR(LRScheduler):
    """The rate on half a cosine, down to `eta_min` in `T_max` epochs, and up again (Loshchilov and Hutter, 2017)."""

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The next point of the curve, from the last rate, so that schedules can be combined."""
        if self.last_epoch == 0:
            return self._rates()
        low, epoch, period = self.eta_min, self.last_epoch, self.T_max
        if self._step_count == 1:
            height = (1 + math.cos(math.pi * epoch / period)) / 2
            return [low + (base - low) * height for base in self.base_lrs]
        if (epoch - 1 - period) % (2 * period) == 0:
            rise = (1 - math.cos(math.pi / period)) / 2
            return [lr + (base - low) * rise for base, lr in zip(self.base_lrs, self._rates(), strict=True)]
        ratio = (1 + math.cos(math.pi * epoch / period)) / (1 + math.cos(math.pi * (epoch - 1) / period))
        return [ratio * (lr - low) + low for lr in self._rates()]


class ReduceLROnPlateau(LRScheduler):
    """The rate times `factor` when a measure has not improved for more than `patience` epochs.

    Call `step(measure)` once an epoch.

    Args:
        optimizer: whose rates are changed.
        mode: "min" if a smaller measure is better, "max" if a larger one is.
        factor: below 1.
        patience: how many epochs without improvement are borne.
        threshold: by how much a measure must improve to count.
        threshold_mode: "rel" for a part of the best measure, "abs" for a number.
        cooldown: how many epochs are not counted after the rate has fallen.
        min_lr: the lowest rate, a number or one for each group.
        eps: a smaller change of the rate is not made.

    Raises:
        ValueError: a factor of 1 or more, or an unknown mode.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | Sequence[float] = 0,
        eps: float = 1e-8,
    ) -> None:
        if factor >= 1.0:
            raise ValueError("Factor should be < 1.0.")
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown!")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown!")
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        groups = len(optimizer.param_groups)
        if isinstance(min_lr, Sequence) and len(min_lr) != groups:
            raise ValueError(f"expected {groups} min_lrs, got {len(min_lr)}")
        self.optimizer = optimizer
        self.mode = mode
        self.factor = factor
        self.patience = patience
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.cooldown = cooldown
        self.min_lrs = list(min_lr) if isinstance(min_lr, Sequence) else [min_lr] * groups
        self.eps = eps
        self.last_epoch = 0
        self._last_lr = self._rates()
        self._reset()

    def _reset(self) -> None:
        """Forget the measures seen."""
        self.best = {"min": math.inf, "max": -math.inf}[self.mode]
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    def step(self, metrics: Any) -> None:  # type: ignore[override]  # PyTorch's signature
        """Go on by one epoch with this measure."""
        measure = float(metrics)
        self.last_epoch += 1
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
        self._last_lr = self._rates()

    @property
    def in_cooldown(self) -> bool:
        """Whether epochs are not counted now."""
        return self.cooldown_counter > 0

    def is_better(self, a: float, best: float) -> bool:
        """Whether `a` is an improvement on `best`."""
        sign = {"min": -1, "max": 1}[self.mode]
        if self.threshold_mode == "abs":
            return sign * a > sign * best + self.threshold
        return sign * a > sign * best * (1 + sign * self.threshold)


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
