"""ASGD: averaged stochastic gradient descent."""

from __future__ import annotations

from typing import Any

from autograd import tensor
from autograd.core.aliasing import write

from .gradients import count_step, gradients
from .optimizer import Optimizer, Parameters


class ASGD(Optimizer):
    """Stochastic gradient descent with a decaying rate, and the mean of the parameter over all steps from `t0` on.

    The state of a parameter holds its mean as "ax".

    Args:
        params: see `Optimizer`.
        lr: the initial learning rate.
        lambd: how fast the rate decays; each step also scales the parameter by 1 - lambd · rate.
        alpha: the exponent of the decay.
        t0: the step at which averaging starts (Polyak and Juditsky, 1992).
        weight_decay: this multiple of the parameter is added to its gradient.
        maximize: ascend along the gradient instead of descending.
        foreach, capturable, differentiable: see `Optimizer`.

    Raises:
        ValueError: `lr` or `weight_decay` is negative.
    """

    checked_settings = ("lr", "weight_decay")

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        defaults = dict(
            lr=lr, lambd=lambd, alpha=alpha, t0=t0, weight_decay=weight_decay,
            maximize=maximize, foreach=foreach, capturable=capturable, differentiable=differentiable,
        )  # fmt: skip
        super().__init__(params, defaults)

    def update(self, group: dict[str, Any]) -> None:
        """Take one step for the parameters of one group."""
        lr, lambd = group["lr"], group["lambd"]
        for parameter, g in gradients(group):
            state = self.state_of(parameter, ax=0)
            steps, mean = count_step(state), write(state["ax"])
            eta = write(state.setdefault("eta", tensor(float(lr))))
            mu = write(state.setdefault("mu", tensor(1.0)))
            weights = write(parameter)
            weights *= 1 - lambd * float(eta)
            weights -= float(eta) * g
            mean += (weights - mean) * float(mu)
            eta[...] = lr / (1 + lambd * lr * steps) ** group["alpha"]
            mu[...] = 1 / max(1, steps - group["t0"])
