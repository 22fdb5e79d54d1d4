"""NAdam: Adam with Nesterov's momentum."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import tensor
from autograd.base.symbolic import number

from .optimizer import Optimizer, Parameters


class NAdam(Optimizer):
    """Adam with Nesterov's momentum, which follows the schedule μ_t = β₁ (1 - 0.96^(t ψ) / 2) (Dozat, 2016).

    Args:
        betas: decay rates of the running means of g and g², in [0, 1).
        momentum_decay: ψ, how fast the momentum rises to β₁.
        others: see `Optimizer`.
    """

    checked_settings = ("lr", "eps", "weight_decay", "momentum_decay", "betas")

    def __init__(
        self, params: Parameters, lr: float = 2e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0, momentum_decay: float = 4e-3, decoupled_weight_decay: bool = False, *,
        foreach: bool | None = None, maximize: bool = False, capturable: bool = False, differentiable: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize, foreach=foreach, capturable=capturable, differentiable=differentiable,
        ))  # fmt: skip

    def update(self, group: dict[str, Any]) -> None:
        (beta1, beta2), lr = group["betas"], group["lr"]
        for arrays in self.each_parameter(group, exp_avg=0, exp_avg_sq=0, mu_product=tensor(1.0)):
            weights, g, steps, mean, square, product = arrays
            now, later = (beta1 * (1 - 0.5 * 0.96 ** (step * group["momentum_decay"])) for step in (steps, steps + 1))
            product *= now
            mean += (1 - beta1) * (g - mean)
            square *= beta2
            square += (1 - beta2) * g * g
            root = np.sqrt(square / (1 - beta2**steps)) + group["eps"]
            weights -= lr * (1 - now) / (1 - number(product)) * (g / root)
            weights -= lr * later / (1 - number(product) * later) * (mean / root)
