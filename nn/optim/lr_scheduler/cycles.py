"""Cyclic schedules: a single cycle, repeated cycles, and a cosine with restarts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from ..optimizer import Optimizer
from .scheduler import LRScheduler, for_each_group, set_rate


class OneCycleLR(LRScheduler):
    """The 1cycle policy (Smith, 2018): over a whole training, the rate rises to `max_lr` and falls to almost 0.

    Call `step()` after every batch.

    Args:
        optimizer: the optimizer whose rates are set; its momentum (or first beta) moves in the opposite direction.
        max_lr: the highest rate, one number or one for each group.
        total_steps: the number of steps in the cycle.
        epochs, steps_per_epoch: two numbers whose product is `total_steps`, in place of it.
        pct_start: the fraction of the steps in which the rate rises.
        anneal_strategy: "cos" or "linear", the shape of the curve between two rates.
        cycle_momentum: also change the momentum.
        base_momentum, max_momentum: the bounds of the momentum, one number each or one for each group.
        div_factor: `max_lr` divided by the initial rate.
        final_div_factor: the initial rate divided by the final one.
        three_phase: let the rate first fall to the initial one, in as many steps as it rose, and then to the final one.

    Raises:
        ValueError: there is no number of steps, a setting is out of range, or the optimizer has no momentum to change;
            in `step`: the cycle is over.
    """

    def __init__(
        self, optimizer: Optimizer, max_lr: float | Sequence[float], total_steps: int | None = None,
        epochs: int | None = None, steps_per_epoch: int | None = None, pct_start: float = 0.3,
        anneal_strategy: str = "cos", cycle_momentum: bool = True, base_momentum: float | Sequence[float] = 0.85,
        max_momentum: float | Sequence[float] = 0.95, div_factor: float = 25.0, final_div_factor: float = 1e4,
        three_phase: bool = False, last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
            total_steps = epochs * steps_per_epoch
        if total_steps <= 0:
            raise ValueError(f"Expected positive integer total_steps, but got {total_steps}")
        if not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}")
        self.total_steps = total_steps
        self.anneal_strategy = anneal_strategy
        self.cycle_momentum = cycle_momentum
        up, end = pct_start * total_steps - 1.0, total_steps - 1
        # Each phase: its last step, and the rates and momenta at its start and end.
        self._phases = [(up, "initial_lr", "max_lr", "max_momentum", "base_momentum")]
        if three_phase:
            down = 2 * pct_start * total_steps - 2.0
            self._phases.append((down, "max_lr", "initial_lr", "base_momentum", "max_momentum"))
            self._phases.append((end, "initial_lr", "min_lr", "max_momentum", "max_momentum"))
        else:
            self._phases.append((end, "max_lr", "min_lr", "base_momentum", "max_momentum"))
        highest = for_each_group("max_lr", optimizer, max_lr)
        if cycle_momentum:
            _prepare_momentum(optimizer, base_momentum, max_momentum, last_epoch)
        if last_epoch == -1:
            for group, top in zip(optimizer.param_groups, highest, strict=True):
                first = top / div_factor
                group.update(initial_lr=first, max_lr=top, min_lr=first / final_div_factor)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The rates at this step of the cycle. The momentum is set too."""
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"Tried to step {self.last_epoch} times. The specified number of total steps is {self.total_steps}"
            )
        last = len(self._phases) - 1
        place = next((i for i, phase in enumerate(self._phases) if self.last_epoch <= phase[0]), last)
        end, lr_from, lr_to, momentum_from, momentum_to = self._phases[place]
        start = self._phases[place - 1][0] if place else 0.0
        part = (self.last_epoch - start) / (end - start)
        groups = self.optimizer.param_groups
        if self.cycle_momentum:
            for group in groups:
                _set_momentum(group, self._between(group[momentum_from], group[momentum_to], part))
        return [self._between(group[lr_from], group[lr_to], part) for group in groups]

    def _between(self, start: float, end: float, part: float) -> float:
        if self.anneal_strategy == "linear":
            return (end - start) * part + start
        return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)


class CyclicLR(LRScheduler):
    """The rate rises and falls linearly between two bounds, again and again (Smith, 2017).

    Call `step()` after every batch.

    Args:
        optimizer: the optimizer whose rates are set; its momentum (or first beta) moves in the opposite direction.
        base_lr, max_lr: the bounds of the rate, one number each or one for each group.
        step_size_up: the number of steps in which the rate rises.
        step_size_down: the number of steps in which it falls; `step_size_up` by default.
        mode: "triangular"; "triangular2", in which the amplitude halves with each cycle; or "exp_range", in which it is
            multiplied by `gamma` at each step.
        gamma: for "exp_range".
        scale_fn: a function that computes the amplitude, in place of a mode.
        scale_mode: the argument of `scale_fn`: "cycle", the number of the cycle from 1, or "iterations", of the step.
        cycle_momentum: also change the momentum.
        base_momentum, max_momentum: the bounds of the momentum, one number each or one for each group.

    Raises:
        ValueError: the mode is unknown, or the optimizer has no momentum to change.

    >>> from autograd import tensor
    >>> from nn.optim import SGD
    >>> optimizer = SGD([tensor([1.0], requires_grad=True)], lr=1.0)
    >>> schedule = CyclicLR(optimizer, 1.0, 3.0, step_size_up=2, cycle_momentum=False)
    >>> rates = []
    >>> for batch in range(6):
    ...     rates += schedule.get_last_lr()
    ...     optimizer.step()
    ...     schedule.step()
    >>> rates
    [1.0, 2.0, 3.0, 2.0, 1.0, 2.0]
    """

    def __init__(
        self, optimizer: Optimizer, base_lr: float | Sequence[float], max_lr: float | Sequence[float],
        step_size_up: int = 2000, step_size_down: int | None = None, mode: str = "triangular", gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None, scale_mode: str = "cycle", cycle_momentum: bool = True,
        base_momentum: float | Sequence[float] = 0.8, max_momentum: float | Sequence[float] = 0.9, last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if scale_fn is None and mode not in ("triangular", "triangular2", "exp_range"):
            raise ValueError(
                "mode is invalid and scale_fn is None: expected 'triangular', 'triangular2' or 'exp_range', but got "
                f"{mode!r}"
            )
        base_lrs = for_each_group("base_lr", optimizer, base_lr)
        self.max_lrs = for_each_group("max_lr", optimizer, max_lr)
        self.total_size = float(step_size_up + (step_size_up if step_size_down is None else step_size_down))
        self.step_ratio = step_size_up / self.total_size
        self.mode, self.gamma = mode, gamma
        self.scale_fn, self.scale_mode = scale_fn, scale_mode
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.base_momentums, self.max_momentums = _prepare_momentum(
                optimizer, base_momentum, max_momentum, last_epoch
            )
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, base_lrs, strict=True):
                set_rate(group, lr)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def get_lr(self) -> list[float]:
        """The rates at this step of its cycle. The momentum is set too."""
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        scale = self._scale(cycle)
        if self.cycle_momentum:
            groups = zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True)
            for group, low, high in groups:
                _set_momentum(group, high - (high - low) * height * scale)
        return [low + (high - low) * height * scale for low, high in zip(self.base_lrs, self.max_lrs, strict=True)]

    def _scale(self, cycle: int) -> float:
        """The amplitude of a cycle, or of the current step."""
        if self.scale_fn is not None:
            return self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.mode == "exp_range":
            return self.gamma**self.last_epoch
        return 1.0 if self.mode == "triangular" else 1 / 2.0 ** (cycle - 1)


class CosineAnnealingWarmRestarts(LRScheduler):
    """The rate falls along half a cosine to `eta_min` and restarts, again and again (Loshchilov and Hutter, 2017).

    Args:
        T_0: the number of epochs until the first restart.
        T_mult: each period is this many times as long as the one before.
        eta_min: the lowest rate.

    Raises:
        ValueError: `T_0` or `T_mult` is not a positive integer.
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        if T_0 <= 0 or not isinstance(T_0, int):
            raise ValueError(f"Expected positive integer T_0, but got {T_0}")
        if T_mult < 1 or not isinstance(T_mult, int):
            raise ValueError(f"Expected integer T_mult >= 1, but got {T_mult}")
        self.T_0 = self.T_i = T_0
        self.T_mult, self.eta_min = T_mult, eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        """The point of the curve after `T_cur` of the `T_i` epochs of this period."""
        height = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * height for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Set the rates of the next epoch, or of the given one, which may be a fraction: epoch + batch / batches.

        Raises:
            ValueError: the epoch is negative.
        """
        self._step_count += 1
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            self.last_epoch += 1
            self.T_cur += 1
        elif epoch < 0:
            raise ValueError(f"Expected non-negative epoch, but got {epoch}")
        else:
            self.last_epoch, self.T_cur, self.T_i = math.floor(epoch), epoch, self.T_0
        while self.T_cur >= self.T_i:
            self.T_cur -= self.T_i
            self.T_i *= self.T_mult
        self._set(self.get_lr())

    def _update_lr(self, epoch: int | None = None) -> None:
        self.step(epoch)


def _prepare_momentum(
    optimizer: Optimizer, base: float | Sequence[float], highest: float | Sequence[float], last_epoch: int
) -> tuple[list[float], list[float]]:
    """Store the bounds of the momentum in the groups, start at the upper one, and return them."""
    if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
        raise ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled")
    lows = for_each_group("base_momentum", optimizer, base)
    highs = for_each_group("max_momentum", optimizer, highest)
    if last_epoch == -1:
        for group, low, high in zip(optimizer.param_groups, lows, highs, strict=True):
            _set_momentum(group, high)
            group.update(max_momentum=high, base_momentum=low)
    return lows, highs


def _set_momentum(group: dict[str, Any], value: float) -> None:
    if "betas" in group:
        group["betas"] = (value, *group["betas"][1:])
    else:
        group["momentum"] = value
