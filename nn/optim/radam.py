"""RAdam: Adam with rectified first steps, which rest on few gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.base.symbolic import number, sqrt

from .optimizer import Optimizer, Parameters


class RAdam(Optimizer):
    """Adam with steps scaled by a factor that corrects for the variance of the running mean of g² (Liu, 2019).

    In the first steps, while the variance is intractable, the running mean of g² is not used.

    Args:
        betas: decay rates of the running means of g and g², in [0, 1).
        others: see `Optimizer`.
    """

    checked_settings = ("lr", "eps", "weight_decay", "betas")

    def __init__(
        self, params: Parameters, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0, decoupled_weight_decay: bool = False, *, foreach: bool | None = None,
        maximize: bool = False, capturable: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize, foreach=foreach, capturable=capturable, differentiable=differentiable,
        ))  # fmt: skip

    def update(self, group: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        for arrays in self.each_stretch(group, exp_avg=0, exp_avg_sq=0):
            weights, g, steps, mean, square = arrays
            mean += (1 - beta1) * (g - mean)
            square *= beta2
            square += (1 - beta2) * g * g
            step = mean / (1 - beta1**steps)
            tractable, scale = _rectification(beta2, steps)
            rectified = sqrt(1 - beta2**steps) * scale / (np.sqrt(square) + group["eps"])
            step *= np.where(tractable, rectified, 1)  # and no branch, so that one program serves all steps
            weights -= group["lr"] * step


def _rectification(beta: float, steps: int) -> tuple[Any, float]:
    """Whether the variance is tractable, by the length of the running mean of g², and if so the factor r of a step."""
    longest = 2 / (1 - beta) - 1
    length = longest - 2 * steps * beta**steps / (1 - beta**steps)
    n, most = np.maximum(length, 5), np.maximum(longest, 5)  # what is below is not used
    ratio = (n - 4) * (n - 2) * most / ((most - 4) * (most - 2) * n)
    return np.greater(length, 5), number(np.sqrt(ratio))
