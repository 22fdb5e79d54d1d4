"""Rprop: steps whose size grows while the gradient keeps its sign."""

from __future__ import annotations

from typing import Any

import numpy as np

from .gradients import count_step, real_gradients, write_real
from .optimizer import Optimizer, Parameters
from .settings import check_not_negative


class Rprop(Optimizer):
    """Every weight has a step size of its own, which grows while the sign of its gradient stays and shrinks when it
    changes; the gradient's size does not count. For whole batches (Riedmiller and Braun, 1993).

    Args:
        params: parameters, or dicts of "params" and settings for them.
        lr: the first step size.
        etas: by what it shrinks, below 1, and grows, above 1.
        step_sizes: the smallest and the largest.
        maximize: ascend.
        foreach, capturable, differentiable: as `Optimizer` says.

    Raises:
        ValueError: a negative learning rate, or etas that don't shrink and grow.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError for settings out of range."""
        check_not_negative(group, lr="learning rate")
        if not 0 < group["etas"][0] < 1 < group["etas"][1]:
            raise ValueError(f"Invalid eta values: {group['etas'][0]}, {group['etas'][1]}")

    def update(self, group: dict[str, Any]) -> None:
        """Step with the parameters of one group."""
        (shrink, grow), (smallest, largest) = group["etas"], group["step_sizes"]
        for parameter, g in real_gradients(group):
            state = self.remembered(parameter, prev=0, step_size=group["lr"])
            count_step(state)
            before, sizes = write_real(state["prev"]), write_real(state["step_size"])
            turn = np.sign(g * before)
            sizes *= np.where(turn > 0, grow, np.where(turn < 0, shrink, 1))
            np.clip(sizes, smallest, largest, out=sizes)
            kept = np.where(turn < 0, 0, g)
            weights = write_real(parameter)
            weights -= np.sign(kept) * sizes
            before[...] = kept
