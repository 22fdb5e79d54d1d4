"""Adagrad: steps scaled by the sum of all squared gradients so far."""

from __future__ import annotations

from typing import Any

import numpy as np

from .gradients import count_step, real_gradients, write_real
from .optimizer import Optimizer, Parameters


class Adagrad(Optimizer):
    """w ← w - lr g / (√s + eps), where s sums g² over all steps, and lr decays to lr / (1 + steps · lr_decay).

    Args:
        params: see `Optimizer`.
        lr: learning rate.
        lr_decay: how fast the learning rate decays.
        weight_decay: this multiple of the parameter is added to its gradient.
        initial_accumulator_value: the initial value of s.
        eps: added to the denominator, so that it is not 0.
        maximize: ascend along the gradient instead of descending.
        foreach, differentiable, fused: see `Optimizer`.

    Raises:
        ValueError: a setting is negative.
    """

    checked_settings = ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        defaults = dict(
            lr=lr, lr_decay=lr_decay, eps=eps, weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            maximize=maximize, foreach=foreach, differentiable=differentiable, fused=fused,
        )  # fmt: skip
        super().__init__(params, defaults)

    def update(self, group: dict[str, Any]) -> None:
        """Take one step for the parameters of one group."""
        for parameter, g in real_gradients(group):
            state = self.state_of(parameter, sum=group["initial_accumulator_value"])
            steps = count_step(state)
            lr = group["lr"] / (1 + (steps - 1) * group["lr_decay"])
            total = write_real(state["sum"])
            total += g * g
            weights = write_real(parameter)
            weights -= lr * g / (np.sqrt(total) + group["eps"])
