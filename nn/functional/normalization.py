"""Normalization over the batch, a layer, an instance or groups of channels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import pad
from autograd.base.half_precision import HALF
from autograd.base.size import Size
from autograd.base.symbolic import as_array
from autograd.core.errors import check_float
from autograd.core.tensor import Tensor
from autograd.core.writes import write
from autograd.ops.fused.normalization import normalize as normalize_groups
from autograd.ops.half_precision import in_single_precision
from autograd.ops.new_memory import with_own_memory
from autograd.ops.shape.reshape import to_shape

from .pooling import avg_pool1d

__all__ = ["batch_norm", "group_norm", "instance_norm", "layer_norm", "local_response_norm", "rms_norm"]


@with_own_memory
def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / √(var + eps) · weight + bias for each channel.

    Args:
        input: (N, C) or (N, C, *).
        running_mean, running_var: (C,), used if not `training`; in training they are updated in place, towards the
            batch's mean and unbiased variance.
        weight, bias: (C,).
        training: whether to use the batch's own mean and variance.
        momentum: weight of the new value in that update.
        eps: added to the variance, so that the divisor is not 0.

    Raises:
        ValueError: in training, there is only one value per channel, or `eps` is 0; or `eps` is negative.
        RuntimeError: the running statistics are missing, or shapes or dtypes do not match.
        NotImplementedError: `input` holds integers.
    """
    shape = input.array.shape
    if len(shape) < 2:
        if shape == (0,):
            return input.clone()
        raise RuntimeError(f"batch_norm: expected an input of shape (N, C) or (N, C, *), but got {shape}")
    check_float("batch_norm", input)
    channels = shape[1]
    for name, x in (("running_mean", running_mean), ("running_var", running_var), ("weight", weight), ("bias", bias)):
        if x is None:
            continue
        if x.array.dtype != input.array.dtype and input.array.dtype != HALF:
            raise RuntimeError(f"batch_norm: mixed dtypes: {name} is {x.dtype}, but the input is {input.dtype}")
        if x.array.shape != (channels,):
            raise RuntimeError(
                f"{name} should contain {channels} elements not {x.array.size}: the input has {channels} channels "
                "(dim 1), and the layer's num_features must be equal to that"
            )
    if eps < 0:
        raise ValueError(f"batch_norm eps must be non-negative, but got {eps}")
    per_channel = (channels,) + (1,) * (len(shape) - 2)
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError("Expected running_mean and running_var to be defined when training=False")
        return _with_running(input, running_mean, running_var, weight, bias, per_channel, eps)
    if not eps > 0:
        raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    count = math.prod(shape) // channels if channels else 0
    if count == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.shape}")
    out, statistics = _normalized(input, weight, bias, per_channel, (0, *range(2, len(shape))), eps)
    if count:  # an empty batch leaves the running statistics unchanged
        mean, _, variance = statistics
        _update_running(momentum, (running_mean, mean), (running_var, variance * (count / (count - 1))))
    return out


@in_single_precision
def _with_running(
    input: Tensor, mean: Tensor, var: Tensor, weight: Tensor | None, bias: Tensor | None, shape: Any, eps: float
) -> Tensor:
    inverse_std: Tensor = (var + eps).rsqrt()
    scale = inverse_std if weight is None else inverse_std * weight
    shift = -mean * scale
    shift = shift if bias is None else shift + bias
    return input * scale.reshape(shape) + shift.reshape(shape)


def _normalized(
    input: Tensor, weight: Tensor | None, bias: Tensor | None, shape: tuple[int, ...], axes: Sequence[int], eps: float
) -> tuple[Tensor, list[np.ndarray]]:
    """The input normalized over `axes`, times weight plus bias in this shape; and its mean, 1 / std and variance."""
    statistics: list[np.ndarray] = []
    scale, shift = _shaped(weight, shape), _shaped(bias, shape)
    return normalize_groups(input, scale, shift, tuple(axes), eps, statistics), statistics


def _shaped(x: Tensor | None, shape: tuple[int, ...]) -> Tensor | None:
    return x if x is None or x.array.shape == shape else to_shape(x, shape)


def _update_running(momentum: float, *statistics: tuple[Tensor | None, np.ndarray]) -> None:
    """Update running statistics in place with new values, as exponential moving averages: all of them or none."""
    averages = []
    for running, value in statistics:
        if running is not None:
            old = as_array(running.array)
            new = (1 - momentum) * old + momentum * value.reshape(old.shape)
            averages.append((running, new.astype(old.dtype, casting="same_kind")))
    for running, average in averages:
        write(running)[...] = average


def layer_norm(
    input: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / √(var + eps) · weight + bias over the last dims, which have the shape `normalized_shape`.

    Raises:
        RuntimeError: the shapes of the last dims, the weight and the bias are not all `normalized_shape`.

    >>> from autograd import tensor
    >>> layer_norm(tensor([[1.0, 3.0]]), (2,), eps=0.0).tolist()
    [[-1.0, 1.0]]
    """
    expected = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    _check_last_dims("layer_norm", input, expected, weight=weight, bias=bias)
    axes = tuple(range(input.ndim - len(expected), input.ndim))
    return normalize_groups(input, weight, bias, axes, eps, [])


@with_own_memory
@in_single_precision
def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """x / √(mean(x²) + eps) · weight over the last dims; `eps` defaults to the dtype's machine epsilon.

    Raises:
        RuntimeError: the shapes of the last dims and the weight are not both `normalized_shape`.
    """
    expected = tuple(normalized_shape)
    _check_last_dims("rms_norm", input, expected, weight=weight)
    epsilon = float(np.finfo(input.array.dtype).eps) if eps is None else eps
    out: Tensor = input * ((input * input).mean(tuple(range(-len(expected), 0)), keepdim=True) + epsilon).rsqrt()
    return out if weight is None else out * weight


def _check_last_dims(name: str, input: Tensor, expected: tuple[int, ...], **scales: Tensor | None) -> None:
    """Raise unless the input's last dims, and the weight and bias, have the shape `expected`."""
    shape = input.array.shape
    if not expected:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element"
        )
    if shape[-len(expected) :] != expected:
        raise RuntimeError(
            f"Given normalized_shape={list(expected)}, expected input with shape "
            f"[*, {', '.join(map(str, expected))}], but got input of size{list(shape)}"
        )
    if input.array.dtype.kind not in "fc":
        raise NotImplementedError(f"{name} is not implemented for {input.dtype}: use input.float()")
    for scale, x in scales.items():
        if x is not None and x.array.shape != expected:
            raise RuntimeError(
                f"Expected {scale} to be of same shape as normalized_shape, but got {scale} of shape "
                f"{list(x.array.shape)} and normalized_shape = {list(expected)}"
            )


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """(x - mean) / √(var + eps) over groups of channels of each sample, then a weight and a bias for each channel.

    Args:
        input: (N, C, *).
        num_groups: number of groups that the channels are split into.
        weight, bias: (C,).
        eps: added to the variance, so that the divisor is not 0.

    Raises:
        RuntimeError: the number of channels is not divisible by `num_groups`, or shapes do not match.
        ValueError: there is only one value per group.
    """
    shape = input.array.shape
    if len(shape) < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {len(shape)}")
    if num_groups <= 0 or shape[1] % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape {list(shape)} "
            f"and num_groups={num_groups}"
        )
    for name, x in (("weight", weight), ("bias", bias)):
        if x is not None and x.array.shape != (shape[1],):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got {name} of "
                f"shape {list(x.array.shape)} and input of shape {list(shape)}"
            )
    if math.prod(shape) == num_groups:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {list(shape)}")
    split = (shape[0], num_groups, shape[1] // num_groups, *shape[2:])
    per_channel = (num_groups, shape[1] // num_groups) + (1,) * (len(shape) - 2)
    out, _ = _normalized(to_shape(input, split), weight, bias, per_channel, range(2, len(split)), eps)
    return to_shape(out, shape)


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / √(var + eps) · weight + bias for each channel of each sample (N, C, *).

    Raises:
        ValueError: there is only one value per channel.
    """
    shape = input.array.shape
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    count = math.prod(shape[2:])
    if count == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {Size(shape)}")
    per_channel = (shape[1],) + (1,) * (len(shape) - 2)
    out, (mean, _, variance) = _normalized(input, weight, bias, per_channel, range(2, len(shape)), eps)
    if len(input):  # the statistics of no sample are left as they are
        unbiased = variance.mean(0) * (count / (count - 1)) if count else variance.mean(0)
        _update_running(momentum, (running_mean, mean.mean(0)), (running_var, unbiased))
    return out


@in_single_precision
def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """x / (k + alpha · the mean square of `size` neighbouring channels) ^ beta.

    Args:
        input: (N, C, *), with at least one dim after the channels.
        size: the number of neighbouring channels, the value's own included.

    Raises:
        ValueError: the input has fewer than 3 dims.
    """
    if input.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality input (got {input.ndim} dimensions)")
    if not input.numel():
        return input
    square = (input * input).movedim(1, -1).flatten(0, -2).unsqueeze(1)
    means = avg_pool1d(pad(square, (size // 2, (size - 1) // 2)), size, 1).squeeze(1)
    channels_last = (input.shape[0], *input.shape[2:], input.shape[1])
    return input / (means.reshape(channels_last).movedim(-1, 1) * alpha + k).pow(beta)
