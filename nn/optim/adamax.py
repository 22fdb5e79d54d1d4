"""Adamax: Adam with a decaying maximum of the gradient in place of its root mean square."""

from __future__ import annotations

from typing import Any

import numpy as np

from .optimizer import Optimizer, Parameters


class Adamax(Optimizer):
    """w ← w - lr m / u, where m is a bias-corrected running mean of g, and u a decaying maximum of |g|.

    Args:
        betas: decay rates of m and u, in [0, 1).
        eps: added to |g|, so that u is not 0.
        others: see `Optimizer`.
    """

    checked_settings = ("lr", "eps", "weight_decay", "betas")

    def __init__(
        self, params: Parameters, lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0, foreach: bool | None = None, *, maximize: bool = False, differentiable: bool = False,
        capturable: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay,
            maximize=maximize, foreach=foreach, capturable=capturable, differentiable=differentiable,
        ))  # fmt: skip

    def update(self, group: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        for arrays in self.each_stretch(group, exp_avg=0, exp_inf=0):
            weights, g, steps, mean, largest = arrays
            mean += (1 - beta1) * (g - mean)
            np.maximum(largest * beta2, np.abs(g) + group["eps"], out=largest)
            weights -= group["lr"] / (1 - beta1**steps) * (mean / largest)
