"""Adadelta: steps scaled by running means of the squared gradients and of the squared steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from .optimizer import Optimizer, Parameters


class Adadelta(Optimizer):
    """w ← w - lr d, where d = g √(D + eps) / √(v + eps), and v and D are running means of g² and d² (Zeiler, 2012).

    Args:
        rho: decay rate of the running means v and D, in [0, 1].
        eps: added under both roots.
        others: see `Optimizer`.
    """

    checked_settings = ("rho", "lr", "eps", "weight_decay")

    def __init__(
        self, params: Parameters, lr: float = 1.0, rho: float = 0.9, eps: float = 1e-6, weight_decay: float = 0,
        foreach: bool | None = None, *, capturable: bool = False, maximize: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, dict(
            lr=lr, rho=rho, eps=eps, weight_decay=weight_decay,
            maximize=maximize, foreach=foreach, capturable=capturable, differentiable=differentiable,
        ))  # fmt: skip

    def update(self, group: dict[str, Any]) -> None:
        rho, eps = group["rho"], group["eps"]
        for arrays in self.each_stretch(group, square_avg=0, acc_delta=0):
            weights, g, _, square, moved = arrays
            square *= rho
            square += (1 - rho) * g * g
            step = np.sqrt(moved + eps) / np.sqrt(square + eps) * g
            moved *= rho
            moved += (1 - rho) * step * step
            weights -= group["lr"] * step
