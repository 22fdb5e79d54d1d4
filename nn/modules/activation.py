"""Activation layers: each holds the options of the function of the same name in `nn.functional`."""

from __future__ import annotations

import warnings
from typing import Any

import autograd
from autograd.base.dtypes import dtype as DType
from autograd.core.errors import users_level
from autograd.core.tensor import Tensor

from .. import functional as F
from ..module import Module
from ..parameter import Parameter
from .attention import MultiheadAttention
from .function_layer import UnaryLayer

__all__ = [
    "MultiheadAttention",
    "ReLU", "ReLU6", "Sigmoid", "Tanh", "LogSigmoid", "Softplus", "Softsign", "Tanhshrink", "Softshrink", "Hardshrink",
    "LeakyReLU", "ELU", "CELU", "SELU", "GELU", "SiLU", "Mish", "Hardtanh", "Hardsigmoid", "Hardswish", "Threshold",
    "PReLU", "RReLU", "Softmax2d", "Softmax", "LogSoftmax", "Softmin", "GLU",
]  # fmt: skip


class _Activation(UnaryLayer):
    """The base of the activations, which keep the input's shape; their repr shows `inplace` only where it is True."""

    def extra_repr(self) -> str:
        return super().extra_repr().removesuffix("inplace=False").removesuffix(", ")


class _InPlace(_Activation, shown=("inplace",)):
    """An activation whose only option is `inplace`: whether to overwrite the input and return it."""

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        return self._function(input, self.inplace)


class _Shrink(_Activation):
    """An activation whose only option is `lambd`: the bound of the values that become 0."""

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def extra_repr(self) -> str:
        return str(self.lambd)


class _AlongDim(_Activation, shown=("dim",)):
    """An activation whose only option is `dim`: the dim along which it works."""

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        return self._function(input, self.dim)


class ReLU(_InPlace):
    """max(x, 0).

    >>> ReLU()(autograd.tensor([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        return autograd.relu_(input) if self.inplace else autograd.relu(input)


class ReLU6(_InPlace, function=F.relu6):
    """min(max(x, 0), 6)."""


class Sigmoid(Module):
    """1 / (1 + exp(-x))."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        return autograd.sigmoid(input)


class Tanh(Module):
    """The hyperbolic tangent."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        return autograd.tanh(input)


class LogSigmoid(_Activation, function=F.logsigmoid):
    """log(sigmoid(x))."""


class Softplus(_Activation, function=F.softplus, shown=("beta", "threshold")):
    """log(1 + exp(beta x)) / beta, and x itself where beta x > threshold."""

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold


class Softsign(_Activation, function=F.softsign):
    """x / (1 + |x|)."""


class Tanhshrink(_Activation, function=F.tanhshrink):
    """x - tanh(x)."""


class Softshrink(_Shrink, function=F.softshrink):
    """x moved towards 0 by lambd; 0 where |x| <= lambd."""


class Hardshrink(_Shrink, function=F.hardshrink):
    """x where |x| > lambd, else 0."""


class LeakyReLU(_Activation, function=F.leaky_relu, shown=("negative_slope", "inplace")):
    """x where x > 0, else negative_slope * x."""

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace


class ELU(_Activation, function=F.elu, shown=("alpha", "inplace")):
    """x where x > 0, else alpha (exp(x) - 1)."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace


class CELU(_Activation, function=F.celu, shown=("alpha", "inplace")):
    """x where x > 0, else alpha (exp(x / alpha) - 1)."""

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace


class SELU(_InPlace, function=F.selu):
    """A scaled elu that preserves mean 0 and variance 1 from layer to layer (Klambauer, 2017)."""


class GELU(_Activation, function=F.gelu, shown=("approximate",)):
    """x P(Z <= x) for a standard normal Z, or its tanh approximation if `approximate` is "tanh"."""

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate


class SiLU(_InPlace, function=F.silu):
    """x sigmoid(x), also called swish."""


class Mish(_InPlace, function=F.mish):
    """x tanh(softplus(x))."""


class Hardtanh(_Activation, function=F.hardtanh, shown=("min_val", "max_val", "inplace")):
    """x limited to [min_val, max_val]; `min_value` and `max_value` are old names of the limits."""

    def __init__(
        self, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False, min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__()
        for name, value in (("min_val", min_value), ("max_val", max_value)):
            if value is not None:
                warnings.warn(
                    f"keyword argument `{name}ue` is deprecated and renamed to `{name}`", FutureWarning,
                    stacklevel=users_level(),
                )  # fmt: skip
        min_val = min_val if min_value is None else min_value
        max_val = max_val if max_value is None else max_value
        if max_val <= min_val:
            raise AssertionError(f"max_val ({max_val}) must be greater than min_val ({min_val})")
        self.min_val = min_val
        self.max_val = max_val
        self.inplace = inplace


class Hardsigmoid(_InPlace, function=F.hardsigmoid, shown=()):
    """relu6(x + 3) / 6."""


class Hardswish(_InPlace, function=F.hardswish, shown=()):
    """x hardsigmoid(x)."""


class Threshold(_Activation, function=F.threshold, shown=("threshold", "value", "inplace")):
    """x where x > threshold, else value."""

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace


class PReLU(_Activation, shown=("num_parameters",)):
    """x where x > 0, else weight * x, with a single trained weight or one for each channel."""

    def __init__(
        self, num_parameters: int = 1, init: float = 0.25, device: Any = None, dtype: DType | None = None
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.weight = Parameter(autograd.full((num_parameters,), float(init), device=device, dtype=dtype))

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape, (N, num_parameters, *)."""
        return F.prelu(input, self.weight)


class RReLU(_Activation, function=F.rrelu, shown=("lower", "upper", "inplace")):
    """x where x > 0, else slope * x; the slope is drawn from [lower, upper] in training, else it is their mean."""

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace


class Softmax2d(Module):
    """exp(x) / sum(exp(x)) over the channels of (N, C, H, W) or (C, H, W).

    Raises:
        ValueError: the input has neither three nor four dims.
    """

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        if input.ndim not in (3, 4):
            raise ValueError(f"Softmax2d: expected input to be 3D or 4D, got {input.ndim}D instead")
        return F.softmax(input, -3)


class Softmax(_AlongDim, function=F.softmax):
    """exp(x) / sum(exp(x)) along `dim`."""


class LogSoftmax(_AlongDim, function=F.log_softmax):
    """log(softmax(x)) along `dim`."""


class Softmin(_AlongDim, function=F.softmin):
    """softmax(-x) along `dim`."""


class GLU(_AlongDim, function=F.glu):
    """The first half along `dim` times the sigmoid of the second half: `dim` is halved."""

    def __init__(self, dim: int = -1) -> None:
        super().__init__(dim)
