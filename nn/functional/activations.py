"""Activation functions. All are elementwise except the softmaxes and `glu`.

`inplace=True` overwrites the input and returns it, as `relu_`, `elu_`, … do.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

import autograd
from autograd import where
from autograd.base.dtypes import dtype as DType, number_as
from autograd.core.errors import check_float, not_a_tensor, users_level
from autograd.core.operation import array_of, primitive, unary
from autograd.core.public import public_as_it_is
from autograd.core.reraise import reraise
from autograd.core.tensor import Tensor, wrap
from autograd.ops.creation.random import draw_uniform
from autograd.ops.elementwise.arithmetic import zero_cotangent
from autograd.ops.elementwise.selection import hardtanh as limit, keep, limited, select
from autograd.ops.fused import softmax as softmaxes
from autograd.ops.fused.gelu import gelu as fused_gelu
from autograd.ops.half_precision import in_single_precision
from autograd.ops.inplace.writing import in_place
from autograd.ops.new_memory import with_own_memory

__all__ = [
    "celu", "celu_", "elu", "elu_", "gelu", "glu", "gumbel_softmax", "hardshrink", "hardsigmoid", "hardswish",
    "hardtanh", "hardtanh_", "leaky_relu", "leaky_relu_", "log_softmax", "logsigmoid", "mish", "prelu", "relu", "relu6",
    "relu_", "rrelu", "rrelu_", "selu", "selu_", "sigmoid", "silu", "softmax", "softmin", "softplus", "softshrink",
    "softsign", "tanh", "tanhshrink", "threshold", "threshold_",
]  # fmt: skip

SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805

# Primitives, because log(1 + exp(x)) written as a composite overflows or loses its second derivative.
_softplus = unary(
    "softplus",
    lambda x: limited(x, 0, None) + np.log1p(np.exp(-np.abs(x))),
    lambda g, x: g * autograd.sigmoid(x),
    doc="log(1 + exp(βx)) / β, without overflow",
)
log_sigmoid = unary(
    "log_sigmoid",
    lambda x: limited(x, None, 0) - np.log1p(np.exp(-np.abs(x))),
    lambda g, x: g * autograd.sigmoid(-x),
    doc="log(1 / (1 + exp(-x))), without overflow",
)


def _slope_of_elu(x: Any, scale: float, rate: float) -> Any:
    """1 for x > 0, else the slope of scale · (exp(rate x) - 1), whose own slope at 0 is taken to be 0."""
    left = limit(x, -math.inf, 0)
    return where(array_of(x) > 0, 1, autograd.exp(left * rate) * (scale * rate))


_elu = primitive(
    "elu",
    lambda x, scale, rate: select(x > 0, x, np.expm1(limited(x, None, 0) * rate) * scale),
    x=lambda g, x, scale, rate: g * _slope_of_elu(x, scale, rate),
    doc="x for x > 0, else a (exp(bx) - 1): g for x > 0, else g a b exp(bx)",
)


def _slope_of_leaky(x: Any, slope: float) -> Any:
    """1 for x > 0, else `slope`; of a Tensor, with a second derivative of zeros."""
    if isinstance(x, Tensor):
        return zero_cotangent(x) + _slope_of_leaky(x.array, slope)
    return np.clip((x > 0).astype(x.dtype), slope, 1) if 0 <= slope <= 1 else select(x > 0, x.dtype.type(1), slope)


_leaky_relu = primitive(
    "leaky_relu",
    lambda x, slope: np.maximum(x, x * slope) if 0 < slope <= 1 else x * _slope_of_leaky(x, slope),
    x=lambda g, x, slope: g * _slope_of_leaky(x, slope),
    keeps_layout=True,
    doc="x for x > 0, else ax: g for x > 0, else ga",
)
_hardsigmoid = unary(
    "hardsigmoid",
    lambda x: np.clip(x + 3, 0, 6) / 6,
    lambda g, x: keep(g / 6, abs(array_of(x)) < 3),
    kinds="f",
    doc="min(max(x + 3, 0), 6) / 6: g / 6 for -3 < x < 3, else 0",
)


@public_as_it_is  # both forms below are public
def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(x, 0); the gradient at 0 is 0.

    >>> relu(autograd.tensor([-1.0, 2.0])).tolist()
    [0.0, 2.0]
    """
    if inplace is False:
        return autograd.relu(input)
    try:
        if not isinstance(inplace, int):
            raise TypeError(f"relu(): argument 'inplace' must be bool, not {type(inplace).__name__}")
        return relu_(input) if inplace else autograd.relu(input)
    except Exception as error:
        reraise(error, relu, input, inplace)


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + exp(-x)), without overflow."""
    return autograd.sigmoid(input)


def tanh(input: Tensor) -> Tensor:
    """The hyperbolic tangent."""
    return autograd.tanh(input)


@with_own_memory
def logsigmoid(input: Tensor) -> Tensor:
    """log(sigmoid(x)), accurate even where sigmoid(x) rounds to 0.

    >>> logsigmoid(autograd.tensor(-1000.0)).item()
    -1000.0
    """
    check_float("logsigmoid", input)
    return log_sigmoid(input)


@in_single_precision
def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta x)) / beta, and x itself where beta x > threshold.

    >>> softplus(autograd.tensor([0.0, 1000.0])).tolist()
    [0.6931471824645996, 1000.0]
    """
    check_float("softplus", input)
    if beta == 1 and threshold >= -math.log(np.finfo(input.array.dtype).eps / 4):
        return _softplus(input)  # which rounds to x beyond this threshold
    scaled = input * beta
    return where(scaled > threshold, input, _softplus(scaled) / beta)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(x, 0), 6); the gradient at 0 and at 6 is 0."""
    return hardtanh(input, 0.0, 6.0, inplace)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """x limited to [min_val, max_val]; unlike in `clamp`, the gradient at the bounds is 0.

    Raises:
        ValueError: min_val > max_val.
        RuntimeError: a bound does not fit the dtype of integers.
    """
    if inplace:
        return hardtanh_(input, min_val, max_val)
    if min_val > max_val:
        raise ValueError(f"hardtanh: min_val={min_val} is greater than max_val={max_val}: swap them")
    if input.array.dtype.kind == "u" and min_val < 0:
        raise RuntimeError(f"hardtanh: {input.dtype} has no negative numbers, but min_val={min_val}")
    if input.array.dtype.kind in "iu":
        min_val, max_val = (int(number_as(bound, input.array.dtype)) for bound in (min_val, max_val))
    return limit(input, number_as(min_val, input.array.dtype), number_as(max_val, input.array.dtype))


@in_single_precision
def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """relu6(x + 3) / 6: a piecewise linear approximation of the sigmoid."""
    check_float("hardsigmoid", input)
    return _hardsigmoid_(input) if inplace else _hardsigmoid(input)


@in_single_precision
def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """x hardsigmoid(x)."""
    check_float("hardswish", input)
    return _hardswish_(input) if inplace else input * hardsigmoid(input)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """x where x > 0, else negative_slope * x."""
    check_float("leaky_relu", input)
    return leaky_relu_(input, negative_slope) if inplace else _leaky_relu(input, negative_slope)


def rrelu(
    input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """x where x > 0, else slope * x; the slope is drawn from [lower, upper] in training, else it is their mean.

    Raises:
        RuntimeError: lower > upper.
    """
    if inplace:
        return rrelu_(input, lower, upper, training)
    if lower > upper:
        raise RuntimeError(f"Lower bound should be less than or equal to the upper bound, but got {lower} and {upper}")
    if not training:
        return leaky_relu(input, (lower + upper) / 2).contiguous()
    drawn = draw_uniform(input.array.shape, np.dtype(np.float64)) * (upper - lower) + lower
    return where(input > 0, input, input * wrap(drawn.astype(input.array.dtype)))


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """x where x > 0, else weight * x, with a single weight or one for each channel.

    Args:
        input: (N, C, ...); of any shape for a single weight.
        weight: (1,) or (C,), of the same dtype.

    Raises:
        RuntimeError: the number of weights is neither 1 nor the number of channels, they have several dims, or the
            dtypes differ.
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"prelu: the input must be {not_a_tensor(input)}")
    if input.dtype is not weight.dtype:
        raise RuntimeError(f"prelu: Type promoting not supported. Got {input.dtype} and {weight.dtype}")
    if weight.ndim > 1:
        raise RuntimeError(f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}")
    if weight.numel() != 1:
        if not input.ndim:
            raise RuntimeError(f"prelu: {weight.numel()} weights do not fit an input without dims")
        channels = input.shape[1] if input.ndim > 1 else 1
        if weight.numel() != channels:
            raise RuntimeError(
                f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {weight.numel()} "
                f"and channel size = {channels}."
            )
        weight = weight.reshape(-1, *[1] * (input.ndim - 2))
    else:
        weight = weight.reshape(())
    return where(input > 0, input, weight * input)


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where x > 0, else alpha (exp(x) - 1)."""
    check_float("elu", input)
    return elu_(input, alpha) if inplace else _elu(input, alpha, 1.0)


@in_single_precision
def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """A scaled elu that preserves mean 0 and variance 1 from layer to layer (Klambauer, 2017)."""
    return selu_(input) if inplace else elu(input, SELU_ALPHA) * SELU_SCALE


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """x where x > 0, else alpha (exp(x / alpha) - 1): an elu with a continuous derivative.

    Raises:
        RuntimeError: alpha is 0.
    """
    check_float("celu", input)
    if inplace:
        return celu_(input, alpha)
    if alpha == 0:
        raise RuntimeError("ZeroDivisionError: alpha cannot be 0 for CELU")
    return _elu(input, alpha, 1 / alpha)


@in_single_precision
def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """x P(Z <= x) for a standard normal Z, or its tanh approximation.

    Raises:
        RuntimeError: `approximate` is neither "none" nor "tanh".
    """
    check_float("gelu", input)
    if approximate == "none":
        return fused_gelu(input)
    if approximate == "tanh":
        inner = (input + input * input * input * 0.044715) * math.sqrt(2 / math.pi)
        return input * 0.5 * (1.0 + autograd.tanh(inner))
    raise RuntimeError(f"approximate argument must be either none or tanh. Got: {approximate!r}")


@in_single_precision
def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """x sigmoid(x), also called swish."""
    check_float("silu", input)
    return _silu_(input) if inplace else input * autograd.sigmoid(input)


@in_single_precision
def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """x tanh(softplus(x))."""
    check_float("mish", input)
    return _mish_(input) if inplace else input * autograd.tanh(_softplus(input))


@in_single_precision
def softsign(input: Tensor) -> Tensor:
    """x / (1 + |x|)."""
    return input / (1.0 + input.abs())


@in_single_precision
def tanhshrink(input: Tensor) -> Tensor:
    """x - tanh(x)."""
    return input - autograd.tanh(input)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """x moved towards 0 by lambd; 0 where |x| <= lambd.

    Raises:
        RuntimeError: lambd is negative.
    """
    check_float("softshrink", input)
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}.")
    zero = input.detach() * 0
    return where(input > lambd, input - lambd, where(input < -lambd, input + lambd, zero))


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """0 where |x| <= lambd, else x."""
    check_float("hardshrink", input)
    return keep(input, ~((input.array >= -lambd) & (input.array <= lambd)))


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """value where x <= threshold, else x."""
    if inplace:
        return threshold_(input, threshold, value)
    return where(input <= threshold, number_as(value, input.array.dtype), input)


@in_single_precision
def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half along `dim` times the sigmoid of the second half.

    Raises:
        RuntimeError: the size of `dim` is odd, or the input has no dims.
        IndexError: there is no such dim.
    """
    check_float("glu", input)
    if not input.ndim:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    if not -input.ndim <= dim < input.ndim:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-input.ndim}, {input.ndim - 1}], but got {dim})"
        )
    if input.shape[dim] % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {input.shape[dim]}")
    first, second = input.chunk(2, dim)
    return first * autograd.sigmoid(second)


def softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None) -> Tensor:
    """exp(x) / sum(exp(x)) along `dim`: positive numbers that sum to 1.

    >>> softmax(autograd.tensor([0.0, 0.0]), dim=0).tolist()
    [0.5, 0.5]
    """
    return softmaxes.softmax(input, _softmax_dim("softmax", input, dim), dtype)


def log_softmax(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None) -> Tensor:
    """log(softmax(x)) along `dim`, without overflow."""
    return softmaxes.log_softmax(input, _softmax_dim("log_softmax", input, dim), dtype)


def softmin(input: Tensor, dim: int | None = None, _stacklevel: int = 3, dtype: DType | None = None) -> Tensor:
    """softmax(-x) along `dim`."""
    return softmaxes.softmax(-input, _softmax_dim("softmin", input, dim), dtype)


def gumbel_softmax(logits: Tensor, tau: float = 1.0, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """A relaxed sample from the distribution softmax(logits): softmax((logits + Gumbel noise) / tau) along `dim`.

    With `hard` the value is one-hot and the gradient is that of the relaxed sample.
    """
    uniform = np.maximum(draw_uniform(logits.array.shape, np.dtype(np.float64)), np.finfo(np.float64).tiny)
    noise = wrap((-np.log(-np.log(uniform))).astype(logits.array.dtype))
    soft: Tensor = softmaxes.softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    one_hot = np.zeros_like(soft.array)
    np.put_along_axis(one_hot, np.expand_dims(soft.array.argmax(dim), dim), 1, dim)
    return wrap(one_hot) - soft.detach() + soft


# -- in-place forms ----------------------------------------------------------------------------------------

relu_ = in_place("relu_", relu, __name__)
hardtanh_ = in_place("hardtanh_", hardtanh, __name__)
_hardsigmoid_ = in_place("hardsigmoid_", hardsigmoid)
_hardswish_ = in_place("hardswish_", hardswish)
leaky_relu_ = in_place("leaky_relu_", leaky_relu, __name__)
rrelu_ = in_place("rrelu_", rrelu, __name__)
elu_ = in_place("elu_", elu, __name__)
selu_ = in_place("selu_", selu, __name__)
celu_ = in_place("celu_", celu, __name__)
_silu_ = in_place("silu_", silu)
_mish_ = in_place("mish_", mish)
threshold_ = in_place("threshold_", threshold, __name__)


def _softmax_dim(name: str, input: Tensor, dim: int | None) -> int:
    """`dim`, or PyTorch's implicit choice for None, with its warning."""
    if dim is not None:
        return dim
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=users_level(),
    )
    return 0 if input.ndim in (0, 1, 3) else 1
