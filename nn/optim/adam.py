"""Adam and AdamW: steps scaled by running means of the gradient and of its square."""

from __future__ import annotations

from typing import Any

import numpy as np

from autograd.base.symbolic import sqrt
from autograd.core.tensor import Tensor

from .optimizer import Optimizer, Parameters


class Adam(Optimizer):
    """w ← w - lr m / (√v + eps), where m and v are bias-corrected running means of g and g².

    Args:
        betas: decay rates of the running means m and v, in [0, 1).
        amsgrad: use the largest v so far in place of v.
        others: see `Optimizer`.

    >>> from autograd import tensor
    >>> w = tensor([1.0, -1.0], requires_grad=True)
    >>> optimizer = Adam([w], lr=0.1)
    >>> (w * w * w).sum().backward()
    >>> optimizer.step()
    >>> w
    tensor([ 0.9000, -1.1000], requires_grad=True)
    """

    checked_settings = ("lr", "eps", "betas", "weight_decay")

    def __init__(
        self, params: Parameters, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 0, amsgrad: bool = False, *, foreach: bool | None = None, maximize: bool = False,
        capturable: bool = False, differentiable: bool = False, fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(params, dict(
            lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, amsgrad=amsgrad,
            maximize=maximize, foreach=foreach, capturable=capturable, differentiable=differentiable, fused=fused,
            decoupled_weight_decay=decoupled_weight_decay,
        ))  # fmt: skip

    def check(self, group: dict[str, Any]) -> None:
        """Raise ValueError for a setting out of range, or for settings that PyTorch refuses together."""
        super().check(group)
        if isinstance(group["lr"], Tensor) and group["foreach"] and not group["capturable"]:
            raise ValueError("lr as a Tensor is not supported for capturable=False and foreach=True")

    def update(self, group: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        kept = {"exp_avg": 0, "exp_avg_sq": 0}
        if group["amsgrad"]:
            kept["max_exp_avg_sq"] = 0
        for arrays in self.each_stretch(group, **kept):
            weights, g, steps, mean, square, *largest = arrays
            # One temporary array of the parameter's size serves every line below: new large arrays cost page faults.
            work = np.multiply(g, 1 - beta1, out=np.empty_like(weights))
            mean *= beta1
            mean += work
            np.multiply(g, g, out=work)
            work *= 1 - beta2
            square *= beta2
            square += work
            if group["amsgrad"]:
                square = np.maximum(largest[0], square, out=largest[0])
            correction = sqrt(1 - beta2**steps)  # of √v: numerator and denominator are multiplied by it
            np.sqrt(square, out=work)
            work += group["eps"] * correction
            np.divide(mean, work, out=work)
            work *= group["lr"] * correction / (1 - beta1**steps)
            weights -= work


class AdamW(Adam):
    """Adam with decoupled weight decay: the parameter itself is scaled down, w ← (1 - lr · weight_decay) w.

    Its gradient is left alone. Arguments: see `Adam`.
    """

    def __init__(
        self, params: Parameters, lr: float = 1e-3, betas: tuple[float, float] = (0.9, 0.999), eps: float = 1e-8,
        weight_decay: float = 1e-2, amsgrad: bool = False, *, foreach: bool | None = None, maximize: bool = False,
        capturable: bool = False, differentiable: bool = False, fused: bool | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            params, lr, betas, eps, weight_decay, amsgrad, foreach=foreach, maximize=maximize, capturable=capturable,
            differentiable=differentiable, fused=fused, decoupled_weight_decay=True,
        )  # fmt: skip
