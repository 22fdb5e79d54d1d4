"""ASGD: gradient descent that remembers the mean of where it has been."""

from __future__ import annotations

from typing import Any

from autograd import tensor
from autograd.core.aliasing import write

from .gradients import count_step, gradients
from .optimizer import Optimizer, Parameters
from .settings import check_not_negative


class ASGD(Optimizer):
    """Stochastic gradient descent with a falling rate; from step `t0` on, state "ax" is the mean of the parameter.

    Args:
        params: parameters, or dicts of "params" and settings for them.
        lr: the first learning rate.
        lambd: how fast it falls, and how much of the parameter fades.
        alpha: the power with which it falls.
        t0: the step from which the mean is taken (Polyak and Juditsky, 1992).
        weight_decay: how much of the parameter is added to its gradient.
        maximize: ascend.
        foreach, capturable, differentiable: as `Optimizer` says.

    Raises:
        ValueError: a negative learning rate or decay.
    """

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
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError for settings out of range."""
        check_not_negative(group, lr="learning rate", weight_decay="weight_decay value")

    def update(self, group: dict[str, Any]) -> None:
        """Step with the parameters of one group."""
        lr, fade = group["lr"], group["lambd"]
        for parameter, g in gradients(group):
            state = self.remembered(parameter, ax=0)
            steps, mean = count_step(state), write(state["ax"])
            eta = write(state.setdefault("eta", tensor(float(lr))))
            share = write(state.setdefault("mu", tensor(1.0)))
            weights = write(parameter)
            weights *= 1 - fade * float(eta)
            weights -= float(eta) * g
            mean += (weights - mean) * float(share)
            eta[...] = lr / (1 + fade * lr * steps) ** group["alpha"]
            share[...] = 1 / max(1, steps - group["t0"])
