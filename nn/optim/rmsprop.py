"""RMSprop: steps scaled by a running mean of the squared gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from .optimizer import Optimizer, Parameters


class RMSprop(Optimizer):
    """w ← w - lr g / (√v + eps), where v is a running mean of g².

    Args:
        alpha: decay rate of the running mean v.
        momentum: this multiple of the last step is added to the next.
        centered: subtract the square of the mean gradient from v, which makes it a variance.
        others: see `Optimizer`.
    """

    checked_settings = ("lr", "eps", "momentum", "weight_decay", "alpha")

    def __init__(
        self, params: Parameters, lr: float = 1e-2, alpha: float = 0.99, eps: float = 1e-8, weight_decay: float = 0,
        momentum: float = 0, centered: bool = False, capturable: bool = False, foreach: bool | None = None,
        maximize: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, dict(
            lr=lr, momentum=momentum, alpha=alpha, eps=eps, centered=centered, weight_decay=weight_decay,
            maximize=maximize, foreach=foreach, capturable=capturable, differentiable=differentiable,
        ))  # fmt: skip

    def update(self, group: dict[str, Any]) -> None:
        lr, alpha, eps, momentum = group["lr"], group["alpha"], group["eps"], group["momentum"]
        kept = {"square_avg": 0}
        if momentum:
            kept["momentum_buffer"] = 0
        if group["centered"]:
            kept["grad_avg"] = 0
        for arrays in self.each_stretch(group, **kept):
            weights, g, _, square, *others = arrays  # others: the momentum's buffer, the mean gradient
            square *= alpha
            square += (1 - alpha) * (g * g)
            if group["centered"]:
                mean = others[-1]
                mean += (1 - alpha) * (g - mean)
                square = square - mean * mean
            direction = g / (np.sqrt(square) + eps)
            if momentum:
                buffer = others[0]
                buffer *= momentum
                buffer += direction
                direction = buffer
            weights -= lr * direction
