"""Adamax: Adam with the largest gradient in place of the mean square."""

from __future__ import annotations

from typing import Any

import numpy as np

from .gradients import count_step, real_gradients, write_real
from .optimizer import Optimizer, Parameters
from .settings import check_betas, check_not_negative


class Adamax(Optimizer):
    """w ← w - lr m / u, where m is a running mean of g, corrected for its start, and u the largest |g|, which fades.

    Args:
        params: parameters, or dicts of "params" and settings for them.
        lr: learning rate.
        betas: how much of the last m and of the last u is kept.
        eps: keeps u from 0.
        weight_decay: how much of the parameter is added to its gradient.
        maximize: ascend.
        foreach, capturable, differentiable: as `Optimizer` says.

    Raises:
        ValueError: a negative setting, or a beta that isn't in [0, 1).
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
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
            state = self.remembered(parameter, exp_avg=0, exp_inf=0)
            steps = count_step(state)
            mean, largest = write_real(state["exp_avg"]), write_real(state["exp_inf"])
            mean += (1 - beta1) * (g - mean)
            np.maximum(largest * beta2, np.abs(g) + group["eps"], out=largest)
            weights = write_real(parameter)
            weights -= group["lr"] / (1 - beta1**steps) * (mean / largest)
