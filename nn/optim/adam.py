"""Adam and AdamW: steps scaled by running means of the gradient and of its square."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .gradients import count_step, real_gradients, write_real
from .optimizer import Optimizer, Parameters
from .settings import check_betas, check_not_negative


class Adam(Optimizer):
    """w ← w - lr m / (√v + eps), where m and v are running means of g and g², corrected for their start at 0.

    Args:
        params: parameters, or dicts of "params" and settings for them.
        lr: learning rate.
        betas: how much of the last m and of the last v is kept.
        eps: keeps the denominator from 0.
        weight_decay: how much of the parameter is added to its gradient.
        amsgrad: use the largest v so far.
        maximize: ascend.
        foreach, capturable, differentiable, fused: as `Optimizer` says.

    Raises:
        ValueError: a negative setting, or a beta that isn't in [0, 1).

    >>> from autograd import tensor
    >>> w = tensor([1.0, -1.0], requires_grad=True)
    >>> optimizer = Adam([w], lr=0.1)
    >>> (w * w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([ 0.9000, -1.1000], requires_grad=True)
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError for settings out of range."""
        check_not_negative(group, lr="learning rate", eps="epsilon value")
        check_betas(group)
        check_not_negative(group, weight_decay="weight_decay value")

    def update(self, group: dict[str, Any]) -> None:
        """Step with the parameters of one group."""
        beta1, beta2 = group["betas"]
        kept = {"exp_avg": 0, "exp_avg_sq": 0}
        if group["amsgrad"]:
            kept["max_exp_avg_sq"] = 0
        for parameter, g in real_gradients(group):
            state = self.remembered(parameter, **kept)
            steps = count_step(state)
            weights = write_real(parameter)
            mean, square = write_real(state["exp_avg"]), write_real(state["exp_avg_sq"])
            # One temporary of the parameter's size serves every line below.
            work = np.multiply(g, 1 - beta1, out=np.empty_like(weights))
            mean *= beta1
            mean += work
            np.multiply(g, g, out=work)
            work *= 1 - beta2
            square *= beta2
            square += work
            if group["amsgrad"]:
                largest = write_real(state["max_exp_avg_sq"])
                square = np.maximum(largest, square, out=largest)
            np.sqrt(square, out=work)
            work /= math.sqrt(1 - beta2**steps)
            work += group["eps"]
            np.divide(mean, work, out=work)
            work *= group["lr"] / (1 - beta1**steps)
            weights -= work


class AdamW(Adam):
    """Adam whose weight decay shrinks the parameter itself, w ← (1 - lr weight_decay) w, not its gradient.

    Arguments and errors are Adam's.
    """

    def __init__(
        self,
        params: Parameters,
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            foreach=foreach,
            maximize=maximize,
            capturable=capturable,
            differentiable=differentiable,
            fused=fused,
            decoupled_weight_decay=True,
        )
