"""Rprop: steps whose size grows while the gradient keeps its sign."""

from __future__ import annotations

from typing import Any

import numpy as np

from .optimizer import Optimizer, Parameters


class Rprop(Optimizer):
    """Resilient backpropagation (Riedmiller and Braun, 1993): only the sign of the gradient counts.

    Every weight has its own step size, which grows while the sign of its gradient stays the same and shrinks when it
    changes. For training on the whole data set at once, not on batches.

    Args:
        lr: the initial step size.
        etas: the factors by which a step size shrinks, between 0 and 1, and grows, above 1.
        step_sizes: the smallest and the largest step size.
        others: see `Optimizer`.
    """

    checked_settings = ("lr", "etas")

    def __init__(
        self, params: Parameters, lr: float = 1e-2, etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50), *, capturable: bool = False, foreach: bool | None = None,
        maximize: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, dict(
            lr=lr, etas=etas, step_sizes=step_sizes,
            maximize=maximize, foreach=foreach, capturable=capturable, differentiable=differentiable,
        ))  # fmt: skip

    def update(self, group: dict[str, Any]) -> None:
        (shrink, grow), (smallest, largest) = group["etas"], group["step_sizes"]
        for arrays in self.each_stretch(group, prev=0, step_size=group["lr"]):
            weights, g, _, before, sizes = arrays
            turn = np.sign(g * before)
            sizes *= np.where(turn > 0, grow, np.where(turn < 0, shrink, 1))
            np.clip(sizes, smallest, largest, out=sizes)
            kept = np.where(turn < 0, 0, g)
            weights -= np.sign(kept) * sizes
            before[...] = kept
