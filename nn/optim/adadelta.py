"""Adadelta: steps scaled by how large steps and gradients were lately."""

from __future__ import annotations

from typing import Any

import numpy as np

from .gradients import count_step, real_gradients, write_real
from .optimizer import Optimizer, Parameters
from .settings import check_not_negative


class Adadelta(Optimizer):
    """w ← w - lr d, where d = g √(D + eps) / √(v + eps), and v and D are running means of g² and d² (Zeiler, 2012).

    Args:
        params: parameters, or dicts of "params" and settings for them.
        lr: learning rate.
        rho: how much of the last v and D is kept.
        eps: keeps the denominator from 0.
        weight_decay: how much of the parameter is added to its gradient.
        maximize: ascend.
        foreach, capturable, differentiable: as `Optimizer` says.

    Raises:
        ValueError: a negative setting, or a rho above 1.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "rho": rho,
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
        if not 0 <= group["rho"] <= 1:
            raise ValueError(f"Invalid rho value: {group['rho']}")
        check_not_negative(group, lr="learning rate", eps="epsilon value", weight_decay="weight_decay value")

    def update(self, group: dict[str, Any]) -> None:
        """Step with the parameters of one group."""
        rho, eps = group["rho"], group["eps"]
        for parameter, g in real_gradients(group):
            state = self.remembered(parameter, square_avg=0, acc_delta=0)
            count_step(state)
            square, moved = write_real(state["square_avg"]), write_real(state["acc_delta"])
            square *= rho
            square += (1 - rho) * g * g
            step = np.sqrt(moved + eps) / np.sqrt(square + eps) * g
            moved *= rho
            moved += (1 - rho) * step * step
            weights = write_real(parameter)
            weights -= group["lr"] * step
