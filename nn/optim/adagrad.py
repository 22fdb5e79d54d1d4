"""Adagrad: steps scaled by the sum of all squared gradients so far."""

from __future__ import annotations

from typing import Any

import numpy as np

from .optimizer import Optimizer, Parameters


class Adagrad(Optimizer):
    """w ← w - lr g / (√s + eps), where s sums g² over all steps, and lr decays to lr / (1 + steps · lr_decay).

    Args:
        lr_decay: how fast the learning rate decays.
        initial_accumulator_value: the initial value of s.
        others: see `Optimizer`.
    """

    checked_settings = ("lr", "lr_decay", "weight_decay", "initial_accumulator_value", "eps")

    def __init__(
        self, params: Parameters, lr: float = 1e-2, lr_decay: float = 0, weight_decay: float = 0,
        initial_accumulator_value: float = 0, eps: float = 1e-10, foreach: bool | None = None, *,
        maximize: bool = False, differentiable: bool = False, fused: bool | None = None,
    ) -> None:  # fmt: skip
        super().__init__(params, dict(
            lr=lr, lr_decay=lr_decay, eps=eps, weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            maximize=maximize, foreach=foreach, differentiable=differentiable, fused=fused,
        ))  # fmt: skip

    def update(self, group: dict[str, Any]) -> None:
        for arrays in self.each_stretch(group, sum=group["initial_accumulator_value"]):
            weights, g, steps, total = arrays
            lr = group["lr"] / (1 + (steps - 1) * group["lr_decay"])
            total += g * g
            weights -= lr * g / (np.sqrt(total) + group["eps"])
