"""RMSprop: steps scaled by a running mean of the squared gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from .gradients import count_step, real_gradients, write_real
from .optimizer import Optimizer, Parameters
from .settings import check_not_negative


class RMSprop(Optimizer):
    """w ← w - lr g / (√v + eps), where v is a running mean of g².

    Args:
        params: parameters, or dicts of "params" and settings for them.
        lr: learning rate.
        alpha: how much of the last v is kept.
        eps: keeps the denominator from 0.
        weight_decay: how much of the parameter is added to its gradient.
        momentum: how much of the last step is kept.
        centered: subtract the square of the mean gradient from v: a variance.
        maximize: ascend.
        foreach, capturable, differentiable: as `Optimizer` says.

    Raises:
        ValueError: a negative setting.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError for settings out of range."""
        check_not_negative(
            group,
            lr="learning rate",
            eps="epsilon value",
            momentum="momentum value",
            weight_decay="weight_decay value",
            alpha="alpha value",
        )

    def update(self, group: dict[str, Any]) -> None:
        """Step with the parameters of one group."""
        lr, alpha, eps, momentum = group["lr"], group["alpha"], group["eps"], group["momentum"]
        kept = {"square_avg": 0}
        if momentum:
            kept["momentum_buffer"] = 0
        if group["centered"]:
            kept["grad_avg"] = 0
        for parameter, g in real_gradients(group):
            state = self.remembered(parameter, **kept)
            count_step(state)
            square = write_real(state["square_avg"])
            square *= alpha
            square += (1 - alpha) * (g * g)
            if group["centered"]:
                mean = write_real(state["grad_avg"])
                mean += (1 - alpha) * (g - mean)
                square = square - mean * mean
            direction = g / (np.sqrt(square) + eps)
            if momentum:
                buffer = write_real(state["momentum_buffer"])
                buffer *= momentum
                buffer += direction
                direction = buffer
            weights = write_real(parameter)
            weights -= lr * direction
