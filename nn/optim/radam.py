"""RAdam: Adam whose first steps, of which the mean square is not known well yet, are rectified."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .gradients import count_step, real_gradients, write_real
from .optimizer import Optimizer, Parameters
from .settings import check_betas, check_not_negative


class RAdam(Optimizer):
    """Adam, with steps scaled by how well the mean square is known; not at all known, it is left out (Liu, 2019).

    Args:
        params: parameters, or dicts of "params" and settings for them.
        lr: learning rate.
        betas: how much of the last mean of g and of g² is kept.
        eps: keeps the denominator from 0.
        weight_decay: how much of the parameter is added to its gradient.
        decoupled_weight_decay: whether the decay shrinks the parameter itself, as in AdamW.
        maximize: ascend.
        foreach, capturable, differentiable: as `Optimizer` says.

    Raises:
        ValueError: a negative setting, or a beta that isn't in [0, 1).
    """

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
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError for settings out of range."""
        check_not_negative(group, lr="learning rate", eps="epsilon value", weight_decay="weight_decay value")
        check_betas(group)

    def update(self, group: dict[str, Any]) -> None:
        """Step with the parameters of one group."""
        beta1, beta2 = group["betas"]
        for parameter, g in real_gradients(group):
            state = self.remembered(parameter, exp_avg=0, exp_avg_sq=0)
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
    """By what a step is scaled for what the mean square is known; None while too little is known."""
    longest = 2 / (1 - beta) - 1
    length = longest - 2 * steps * beta**steps / (1 - beta**steps)
    if length <= 5:
        return None
    return math.sqrt((length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length))
