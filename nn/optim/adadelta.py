"""Adadelta: steps scaled by running means of the squared gradients and of the squared steps."""

from __future__ import annotations

from typing import Any

import numpy as np

from .gradients import count_step, real_gradients, write_real
from .optimizer import Optimizer, Parameters


class Adadelta(Optimizer):
    """w ← w - lr d, where d = g √(D + eps) / √(v + eps), and v and D are running means of g² and d² (Zeiler, 2012).

    Args:
        params: see `Optimizer`.
        lr: learning rate.
        rho: decay rate of the running means v and D.
        eps: added under both roots.
        weight_decay: this multiple of the parameter is added to its gradient.
        maximize: ascend along the gradient instead of descending.
        foreach, capturable, differentiable: see `Optimizer`.

    Raises:
        ValueError: a setting is negative, or rho is above 1.
    """

    checked_settings = ("rho", "lr", "eps", "weight_decay")

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
        defaults = dict(
            lr=lr, rho=rho, eps=eps, weight_decay=weight_decay,
            maximize=maximize, foreach=foreach, capturable=capturable, differentiable=differentiable,
        )  # fmt: skip
        super().__init__(params, defaults)

    def update(self, group: dict[str, Any]) -> None:
        """Take one step for the parameters of one group."""
        rho, eps = group["rho"], group["eps"]
        for parameter, g in real_gradients(group):
            state = self.state_of(parameter, square_avg=0, acc_delta=0)
            count_step(state)
            square, moved = write_real(state["square_avg"]), write_real(state["acc_delta"])
            square *= rho
            square += (1 - rho) * g * g
            step = np.sqrt(moved + eps) / np.sqrt(square + eps) * g
            moved *= rho
            moved += (1 - rho) * step * step
            weights = write_real(parameter)
            weights -= group["lr"] * step
