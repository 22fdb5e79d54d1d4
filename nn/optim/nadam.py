"""NAdam: Adam with Nesterov's momentum."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import tensor
from autograd.core.aliasing import write

from .gradients import count_step, real_gradients, write_real
from .optimizer import Optimizer, Parameters


class NAdam(Optimizer):
    """Adam with Nesterov's momentum, which follows the schedule μ_t = β₁ (1 - 0.96^(t ψ) / 2) (Dozat, 2016).

    Args:
        params: see `Optimizer`.
        lr: learning rate.
        betas: decay rates of the running means of g and g².
        eps: added to the denominator, so that it is not 0.
        weight_decay: this multiple of the parameter is added to its gradient.
        momentum_decay: ψ, how fast the momentum rises to β₁.
        decoupled_weight_decay: scale down the parameter itself instead, as AdamW does.
        maximize: ascend along the gradient instead of descending.
        foreach, capturable, differentiable: see `Optimizer`.

    Raises:
        ValueError: a setting is negative, or a beta is not in [0, 1).
    """

    checked_settings = ("lr", "eps", "weight_decay", "momentum_decay", "betas")

    def __init__(
        self,
        params: Parameters,
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        defaults = dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay,
            decoupled_weight_decay=decoupled_weight_decay,
            maximize=maximize, foreach=foreach, capturable=capturable, differentiable=differentiable,
        )  # fmt: skip
        super().__init__(params, defaults)

    def update(self, group: dict[str, Any]) -> None:
        """Take one step for the parameters of one group."""
        beta1, beta2 = group["betas"]
        lr = group["lr"]
        for parameter, g in real_gradients(group):
            state = self.state_of(parameter, exp_avg=0, exp_avg_sq=0)
            steps = count_step(state)
            now, later = (beta1 * (1 - 0.5 * 0.96 ** (step * group["momentum_decay"])) for step in (steps, steps + 1))
            product = write(state.setdefault("mu_product", tensor(1.0)))
            product *= now
            mean, square = write_real(state["exp_avg"]), write_real(state["exp_avg_sq"])
            mean += (1 - beta1) * (g - mean)
            square *= beta2
            square += (1 - beta2) * g * g
            root = np.sqrt(square / (1 - beta2**steps)) + group["eps"]
            weights = write_real(parameter)
            weights -= lr * (1 - now) / (1 - float(product)) * (g / root)
            weights -= lr * later / (1 - float(product) * later) * (mean / root)
