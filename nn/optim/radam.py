"""RAdam: Adam with rectified first steps, which rest on few gradients."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .gradients import count_step, real_gradients, write_real
from .optimizer import Optimizer, Parameters


class RAdam(Optimizer):
    """Adam with steps scaled by a factor that corrects for the variance of the running mean of g² (Liu, 2019).

    In the first steps, while the variance is intractable, the running mean of g² is not used.

    Args:
        params: see `Optimizer`.
        lr: learning rate.
        betas: decay rates of the running means of g and g².
        eps: added to the denominator, so that it is not 0.
        weight_decay: this multiple of the parameter is added to its gradient.
        decoupled_weight_decay: scale down the parameter itself instead, as AdamW does.
        maximize: ascend along the gradient instead of descending.
        foreach, capturable, differentiable: see `Optimizer`.

    Raises:
        ValueError: a setting is negative, or a beta is not in [0, 1).
    """

    checked_settings = ("lr", "eps", "weight_decay", "betas")

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        defaults = dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize, foreach=foreach, capturable=capturable, differentiable=differentiable,
        )  # fmt: skip
        super().__init__(params, defaults)

    def update(self, group: dict[str, Any]) -> None:
        """Take one step for the parameters of one group."""
        beta1, beta2 = group["betas"]
        for parameter, g in real_gradients(group):
            state = self.state_of(parameter, exp_avg=0, exp_avg_sq=0)
            steps = count_step(state)
            mean, square = write_real(state["exp_avg"]), write_real(state["exp_avg_sq"])
            mean += (1 - beta1) * (g - mean)
            square *= beta2
            square += (1 - beta2) * g * g
            step = mean / (1 - beta1**steps)
            scale = _rectification(beta2, steps)
            if scale is not None:
                step *= math.sqrt(1 - beta2**steps) * scale / (np.sqrt(square) + group["eps"])
            weights = write_real(parameter)
            weights -= group["lr"] * step


def _rectification(beta: float, steps: int) -> float | None:
    """The factor r of a step, from the length of the running mean of g²; None while the variance is intractable."""
    longest = 2 / (1 - beta) - 1
    length = longest - 2 * steps * beta**steps / (1 - beta**steps)
    if length <= 5:
        return None
    return math.sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length))
