"""Rprop: steps whose size grows while the gradient keeps its sign."""

from __future__ import annotations

from typing import Any

import numpy as np

from .gradients import count_step, real_gradients, write_real
from .optimizer import Optimizer, Parameters


class Rprop(Optimizer):
    """Resilient backpropagation (Riedmiller and Braun, 1993): only the sign of the gradient counts.

    Every weight has its own step size, which grows while the sign of its gradient stays the same and shrinks when it
    changes. For training on the whole data set at once, not on batches.

    Args:
        params: see `Optimizer`.
        lr: the initial step size.
        etas: the factors by which a step size shrinks (below 1) and grows (above 1).
        step_sizes: the smallest and the largest step size.
        maximize: ascend along the gradient instead of descending.
        foreach, capturable, differentiable: see `Optimizer`.

    Raises:
        ValueError: `lr` is negative, or the etas are not 0 < etas[0] < 1 < etas[1].
    """

    checked_settings = ("lr", "etas")

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
        defaults = dict(
            lr=lr, etas=etas, step_sizes=step_sizes,
            maximize=maximize, foreach=foreach, capturable=capturable, differentiable=differentiable,
        )  # fmt: skip
        super().__init__(params, defaults)

    def update(self, group: dict[str, Any]) -> None:
        """Take one step for the parameters of one group."""
        (shrink, grow), (smallest, largest) = group["etas"], group["step_sizes"]
        for parameter, g in real_gradients(group):
            state = self.state_of(parameter, prev=0, step_size=group["lr"])
            count_step(state)
            before, sizes = write_real(state["prev"]), write_real(state["step_size"])
            turn = np.sign(g * before)
            sizes *= np.where(turn > 0, grow, np.where(turn < 0, shrink, 1))
            np.clip(sizes, smallest, largest, out=sizes)
            kept = np.where(turn < 0, 0, g)
            weights = write_real(parameter)
            weights -= np.sign(kept) * sizes
            before[...] = kept
