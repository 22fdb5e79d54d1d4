"""Adagrad: steps scaled by the sum of all squared gradients so far."""

from __future__ import annotations

from typing import Any

import numpy as np

from .gradients import count_step, real_gradients, write_real
from .optimizer import Optimizer, Parameters
from .settings import check_not_negative


class Adagrad(Optimizer):
    """w ← w - lr g / (√s + eps), where s sums g² over all steps, and lr shrinks to lr / (1 + steps lr_decay).

    Args:
        params: parameters, or dicts of "params" and settings for them.
        lr: learning rate.
        lr_decay: how fast it shrinks.
        weight_decay: how much of the parameter is added to its gradient.
        initial_accumulator_value: where s starts.
        eps: keeps the denominator from 0.
        maximize: ascend.
        foreach, differentiable, fused: as `Optimizer` says.

    Raises:
        ValueError: a negative setting.
    """

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
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError for settings out of range."""
        check_not_negative(
            group,
            lr="learning rate",
            lr_decay="lr_decay value",
            weight_decay="weight_decay value",
            initial_accumulator_value="initial_accumulator_value value",
            eps="epsilon value",
        )

    def update(self, group: dict[str, Any]) -> None:
        """Step with the parameters of one group."""
        for parameter, g in real_gradients(group):
            state = self.remembered(parameter, sum=group["initial_accumulator_value"])
            steps = count_step(state)
            lr = group["lr"] / (1 + (steps - 1) * group["lr_decay"])
            total = write_real(state["sum"])
            total += g * g
            weights = write_real(parameter)
            weights -= lr * g / (np.sqrt(total) + group["eps"])
