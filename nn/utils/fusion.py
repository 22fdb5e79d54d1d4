"""Fusion of a convolution or linear layer with the batch normalization after it, for inference."""

from __future__ import annotations

import copy
from typing import TypeVar

import autograd
from autograd.core.tensor import Tensor

from ..modules.batchnorm import _BatchNorm
from ..modules.conv import _ConvNd
from ..modules.linear import Linear
from ..parameter import Parameter

M = TypeVar("M", bound=_ConvNd | Linear)


def fuse_conv_bn_eval(conv: M, bn: _BatchNorm, transpose: bool = False) -> M:
    """A convolution that computes `bn(conv(x))`, where both are in evaluation mode.

    Args:
        conv: a convolution; it is left as it is.
        bn: a batch normalization with running statistics, whose channels are the outputs of `conv`.
        transpose: whether the convolution is transposed.

    Raises:
        AssertionError: one of them is in training mode, or `bn` has no running statistics.

    >>> from autograd import allclose, ones
    >>> from nn import BatchNorm2d, Conv2d
    >>> conv, bn = Conv2d(1, 2, 3).eval(), BatchNorm2d(2).eval()
    >>> x = ones(1, 1, 5, 5)
    >>> allclose(fuse_conv_bn_eval(conv, bn)(x), bn(conv(x)))
    True
    """
    return _fused(conv, bn, transpose)


def fuse_linear_bn_eval(linear: Linear, bn: _BatchNorm) -> Linear:
    """A linear layer that computes `bn(linear(x))`, where both are in evaluation mode.

    Raises:
        AssertionError: one of them is in training mode, the numbers of features differ, or `bn` has no running
            statistics.
    """
    if bn.num_features not in (linear.out_features, 1):
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, but got "
            f"linear.out_features={linear.out_features} and bn.num_features={bn.num_features}"
        )
    return _fused(linear, bn, transpose=False)


def _fused(module: M, bn: _BatchNorm, transpose: bool) -> M:
    """A copy of the module with fused weight and bias."""
    if module.training or bn.training:
        raise AssertionError(
            f"Fusion only for eval! training is {module.training} and {bn.training}: call eval() first"
        )
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")
    fused = copy.deepcopy(module)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        module.weight, module.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return fused


def fuse_conv_bn_weights(
    conv_w: Tensor, conv_b: Tensor | None, bn_rm: Tensor, bn_rv: Tensor, bn_eps: float, bn_w: Tensor | None,
    bn_b: Tensor | None, transpose: bool = False,
) -> tuple[Parameter, Parameter]:  # fmt: skip
    """Weight and bias of the fused convolution.

    Args:
        conv_w: (out_channels, ...), or (in_channels, out_channels, ...) if `transpose`.
        conv_b: (out_channels,), or None.
        bn_rm, bn_rv: the running mean and variance, (out_channels,).
        bn_eps: added to the variance.
        bn_w, bn_b: weight and bias of the normalization, (out_channels,); None for 1 and 0.
        transpose: whether the convolution is transposed.
    """
    dim = 1 if transpose else 0
    with autograd.no_grad():
        factor = autograd.rsqrt(bn_rv + bn_eps)
        if bn_w is not None:
            factor = factor * bn_w
        outputs = conv_w.shape[dim]
        centered = (autograd.zeros(outputs, dtype=conv_w.dtype) if conv_b is None else conv_b) - bn_rm
        fused_bias = centered * factor if bn_b is None else centered * factor + bn_b
        fused = conv_w * factor.reshape(tuple(-1 if i == dim else 1 for i in range(conv_w.ndim)))
    like = conv_w if conv_b is None else conv_b
    return (
        Parameter(fused.to(conv_w.dtype), conv_w.requires_grad),
        Parameter(fused_bias.to(like.dtype), conv_b is not None and conv_b.requires_grad),
    )


def fuse_linear_bn_weights(
    linear_w: Tensor, linear_b: Tensor | None, bn_rm: Tensor, bn_rv: Tensor, bn_eps: float, bn_w: Tensor | None,
    bn_b: Tensor | None,
) -> tuple[Parameter, Parameter]:  # fmt: skip
    """Weight and bias of the fused linear layer; for the arguments see `fuse_conv_bn_weights`."""
    return fuse_conv_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)
