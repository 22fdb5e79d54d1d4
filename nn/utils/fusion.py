"""A linear map and the batch normalization after it as one map, for a model that is no longer trained."""

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
    """A convolution that gives what `bn(conv(x))` gives, both in evaluation mode.

    Args:
        conv: a convolution.
        bn: a batch normalization with running statistics.
        transpose: whether the convolution is a transposed one.

    Raises:
        AssertionError: one of them is in training mode, or there are no statistics.

    >>> from autograd import allclose, ones
    >>> from nn import BatchNorm2d, Conv2d
    >>> conv, bn = Conv2d(1, 2, 3).eval(), BatchNorm2d(2).eval()
    >>> x = ones(1, 1, 5, 5)
    >>> allclose(fuse_conv_bn_eval(conv, bn)(x), bn(conv(x)))
    True
    """
    return _fused(conv, bn, 1 if transpose else 0)


def fuse_linear_bn_eval(linear: Linear, bn: _BatchNorm) -> Linear:
    """A linear layer that gives what `bn(linear(x))` gives, both in evaluation mode.

    Raises:
        AssertionError: one of them is in training mode, the features differ, or there are no statistics.
    """
    if bn.num_features not in (linear.out_features, 1):
        raise AssertionError(
            "To fuse, linear.out_features == bn.num_features or bn.num_features == 1, but got "
            f"linear.out_features={linear.out_features} and bn.num_features={bn.num_features}"
        )
    return _fused(linear, bn, 0)


def _fused(module: M, bn: _BatchNorm, dim: int) -> M:
    """A copy of a module with other weights and biases; `dim` is that of its outputs in the weight."""
    if module.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")
    fused = copy.deepcopy(module)
    fused.weight, fused.bias = _fuse_weights(
        module.weight, module.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, dim
    )
    return fused


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """Weight and bias of the fused convolution, from those of the convolution and of the normalization.

    Args:
        conv_w, conv_b: (out_channels, ...), or (in_channels, out_channels, ...) if `transpose`; and (out_channels,).
        bn_rm, bn_rv: the running mean and variance, (out_channels,).
        bn_eps: what is added to the variance.
        bn_w, bn_b: the normalization's own weight and bias, (out_channels,); 1 and 0 if left out.
        transpose: whether the convolution is a transposed one.
    """
    return _fuse_weights(conv_w, conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, 1 if transpose else 0)


def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
) -> tuple[Parameter, Parameter]:
    """Weight and bias of the fused linear layer; arguments as for `fuse_conv_bn_weights`."""
    return _fuse_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b, 0)


def _fuse_weights(
    weight: Tensor,
    bias: Tensor | None,
    mean: Tensor,
    variance: Tensor,
    eps: float,
    scale: Tensor | None,
    shift: Tensor | None,
    dim: int,
) -> tuple[Parameter, Parameter]:
    with autograd.no_grad():
        factor = autograd.rsqrt(variance + eps)
        if scale is not None:
            factor = factor * scale
        outputs = weight.shape[dim]
        moved = (autograd.zeros(outputs, dtype=weight.dtype) if bias is None else bias) - mean
        fused_bias = moved * factor if shift is None else moved * factor + shift
        fused = weight * factor.reshape(tuple(-1 if i == dim else 1 for i in range(weight.ndim)))
    like = weight if bias is None else bias
    return (
        Parameter(fused.to(weight.dtype), weight.requires_grad),
        Parameter(fused_bias.to(like.dtype), bias is not None and bias.requires_grad),
    )
