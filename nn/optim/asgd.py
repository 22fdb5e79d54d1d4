"""ASGD: averaged stochastic gradient descent."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd import tensor
from autograd.base.symbolic import number

from .optimizer import Optimizer, Parameters


class ASGD(Optimizer):
    """Stochastic gradient descent with a decaying rate, and the mean of the parameter over all steps from `t0` on.

    The state of a parameter holds its mean as "ax".

    Args:
        lr: the initial learning rate.
        lambd: how fast the rate decays; each step also scales the parameter by 1 - lambd · rate.
        alpha: the exponent of the decay.
        t0: the step at which averaging starts (Polyak and Juditsky, 1992).
        others: see `Optimizer`.
    """

    checked_settings = ("lr", "weight_decay")

    def __init__(
        self, params: Parameters, lr: float = 1e-2, lambd: float = 1e-4, alpha: float = 0.75, t0: float = 1e6,
        weight_decay: float = 0, foreach: bool | None = None, maximize: bool = False, differentiable: bool = False,
        capturable: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, dict(
            lr=lr, lambd=lambd, alpha=alpha, t0=t0, weight_decay=weight_decay,
            maximize=maximize, foreach=foreach, capturable=capturable, differentiable=differentiable,
        ))  # fmt: skip

    def update(self, group: dict[str, Any]) -> None:
        lr, lambd = group["lr"], group["lambd"]
        for arrays in self.each_parameter(group, ax=0, eta=tensor(float(lr)), mu=tensor(1.0)):
            weights, g, steps, mean, eta, mu = arrays
            weights *= 1 - lambd * number(eta)
            weights -= number(eta) * g
            mean += (weights - mean) * number(mu)
            eta[...] = lr / (1 + lambd * lr * steps) ** group["alpha"]
            mu[...] = 1 / np.maximum(1, steps - group["t0"])
