"""Adamax: Adam with a decaying maximum of the gradient in place of its root mean square."""

from __future__ import annotations

from typing import Any

import numpy as np

from .gradients import count_step, real_gradients, write_real
from .optimizer import Optimizer, Parameters


class Adamax(Optimizer):
    """w ← w - lr m / u, where m is a bias-corrected running mean of g, and u a decaying maximum of |g|.

    Args:
        params: see `Optimizer`.
        lr: learning rate.
        betas: decay rates of m and u.
        eps: added to |g|, so that u is not 0.
        weight_decay: this multiple of the parameter is added to its gradient.
        maximize: ascend along the gradient instead of descending.
        foreach, capturable, differentiable: see `Optimizer`.

    Raises:
        ValueError: a setting is negative, or a beta is not in [0, 1).
    """

    checked_settings = ("lr", "eps", "weight_decay", "betas")

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
        defaults = dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay,
            maximize=maximize, foreach=foreach, capturable=capturable, differentiable=differentiable,
        )  # fmt: skip
        super().__init__(params, defaults)

    def update(self, group: dict[str, Any]) -> None:
        """Take one step for the parameters of one group."""
        beta1, beta2 = group["betas"]
        for parameter, g in real_gradients(group):
            state = self.state_of(parameter, exp_avg=0, exp_inf=0)
            steps = count_step(state)
            mean, largest = write_real(state["exp_avg"]), write_real(state["exp_inf"])
            mean += (1 - beta1) * (g - mean)
            np.maximum(largest * beta2, np.abs(g) + group["eps"], out=largest)
            weights = write_real(parameter)
            weights -= group["lr"] / (1 - beta1**steps) * (mean / largest)
