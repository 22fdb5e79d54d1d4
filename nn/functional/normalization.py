"""Normalization over the batch, a layer, an instance or groups of channels."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from autograd import pad
from autograd.core.aliasing import write
from autograd.core.tensor import Size, Tensor
from autograd.ops.fused.normalization import normalize as normalize_groups

from .pooling import avg_pool1d


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
    """(x - mean) / √(var + eps) · weight + bias for every channel.

    Args:
        input: (N, C) or (N, C, *).
        running_mean, running_var: (C,), what is used if not `training`; if `training` they move by `momentum`
            towards the batch's mean and unbiased variance, in place.
        weight, bias: (C,).
        training: whether the batch's own mean and variance are used.
        momentum: how far the running statistics move.
        eps: what keeps the divisor from 0.

    Raises:
        ValueError: one value for each channel has no variance to train with; or `eps` is not positive then.
        RuntimeError: the running statistics are missing or don't fit.
    """
    shape = input.array.shape
    if len(shape) < 2:
        if shape == (0,):
            return input.clone()
        raise RuntimeError(f"batch_norm: expected an input of shape (N, C) or (N, C, *), but got {shape}")
    channels = shape[1]
    for said, x in (("running_mean", running_mean), ("running_var", running_var), ("weight", weight), ("bias", bias)):
        if x is not None and x.array.shape != (channels,):
            raise RuntimeError(
                f"{said} should contain {channels} elements not {x.array.size}: the input has {channels} channels, "
                "its dim 1; num_features of the layer must be the same"
            )
    per_channel = (channels,) + (1,) * (len(shape) - 2)
    if not training:
        if running_mean is None or running_var is None:
            raise RuntimeError("Expected running_mean and running_var to be defined when training=False")
        slope: Tensor = (running_var + eps).rsqrt()
        scale = slope if weight is None else slope * weight
        shift = -running_mean * scale
        shift = shift if bias is None else shift + bias
        return input * scale.reshape(per_channel) + shift.reshape(per_channel)
    if not eps > 0:
        raise ValueError(f"batch_norm eps must be positive during training, but got {eps}")
    count = math.prod(shape) // channels if channels else 0
    if count == 1:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {input.shape}")
    found: list[np.ndarray] = []
    axes = (0, *range(2, len(shape)))
    out: Tensor = normalize_groups(input, _shaped(weight, per_channel), _shaped(bias, per_channel), axes, eps, found)
    if count:  # no value moves no statistic
        mean, _, variance = found
        _move(running_mean, mean, momentum)
        _move(running_var, variance * (count / (count - 1)), momentum)
    return out


def _shaped(x: Tensor | None, shape: tuple[int, ...]) -> Tensor | None:
    return x if x is None or x.array.shape == shape else x.reshape(shape)


def _move(running: Tensor | None, value: np.ndarray, momentum: float) -> None:
    """Move a running statistic towards a new value."""
    if running is not None:
        kept = write(running)
        kept *= 1 - momentum
        kept += momentum * value.reshape(kept.shape)


def layer_norm(
    input: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / √(var + eps) · weight + bias over the last dims, which have the shape `normalized_shape`.

    Raises:
        RuntimeError: the last dims, the weight or the bias have another shape.

    >>> from autograd import tensor
    >>> layer_norm(tensor([[1.0, 3.0]]), (2,), eps=0.0).tolist()
    [[-1.0, 1.0]]
    """
    wanted = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
    _check_last_dims("layer_norm", input, wanted, weight=weight, bias=bias)
    axes = tuple(range(input.ndim - len(wanted), input.ndim))
    out: Tensor = normalize_groups(input, weight, bias, axes, eps, [])
    return out


def rms_norm(
    input: Tensor, normalized_shape: Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """x / √(mean(x²) + eps) · weight over the last dims; `eps` is that of the dtype if left out.

    Raises:
        RuntimeError: the last dims or the weight have another shape.
    """
    wanted = tuple(normalized_shape)
    _check_last_dims("rms_norm", input, wanted, weight=weight)
    least = float(np.finfo(input.array.dtype).eps) if eps is None else eps
    out: Tensor = input * ((input * input).mean(tuple(range(-len(wanted), 0)), keepdim=True) + least).rsqrt()
    return out if weight is None else out * weight


def _check_last_dims(name: str, input: Tensor, wanted: tuple[int, ...], **scales: Tensor | None) -> None:
    """Raise unless the input ends with the dims `wanted`, and the scales have them alone."""
    shape = input.array.shape
    if not wanted:
        raise RuntimeError(
            "Expected normalized_shape to be at least 1-dimensional, i.e., containing at least one element"
        )
    if shape[-len(wanted) :] != wanted:
        raise RuntimeError(
            f"Given normalized_shape={list(wanted)}, expected input with shape "
            f"[*, {', '.join(map(str, wanted))}], but got input of size{list(shape)}"
        )
    if input.array.dtype.kind not in "fc":
        raise NotImplementedError(f"{name} is not implemented for {input.dtype}: use input.float()")
    for said, x in scales.items():
        if x is not None and x.array.shape != wanted:
            raise RuntimeError(
                f"Expected {said} to be of same shape as normalized_shape, but got {said} of shape "
                f"{list(x.array.shape)} and normalized_shape = {list(wanted)}"
            )


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """(x - mean) / √(var + eps) over groups of channels of each sample, then a weight and bias for every channel.

    Args:
        input: (N, C, *).
        num_groups: into how many groups the channels are split.
        weight, bias: (C,).
        eps: what keeps the divisor from 0.

    Raises:
        RuntimeError: the channels can't be split so, there are none, or a weight doesn't fit.
        ValueError: one value for each group has no variance.
    """
    shape = input.array.shape
    if len(shape) < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {len(shape)}")
    if num_groups <= 0 or shape[1] % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape {list(shape)} "
            f"and num_groups={num_groups}"
        )
    for said, x in (("weight", weight), ("bias", bias)):
        if x is not None and x.array.shape != (shape[1],):
            raise RuntimeError(
                f"Expected {said} to be a vector of size equal to the number of channels in input, but got {said} of "
                f"shape {list(x.array.shape)} and input of shape {list(shape)}"
            )
    if math.prod(shape) == num_groups:
        raise ValueError(f"Expected more than 1 value per channel when training, got input size {list(shape)}")
    split = (shape[0], num_groups, shape[1] // num_groups, *shape[2:])
    per_channel = (num_groups, shape[1] // num_groups) + (1,) * (len(shape) - 2)
    axes = tuple(range(2, len(split)))
    out: Tensor = normalize_groups(
        input.reshape(split), _shaped(weight, per_channel), _shaped(bias, per_channel), axes, eps, []
    )
    return out.reshape(shape)


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
    """(x - mean) / √(var + eps) · weight + bias for every channel of every sample (N, C, *).

    Raises:
        ValueError: one value for each channel has no variance.
    """
    shape = input.array.shape
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    count = math.prod(shape[2:])
    if count == 1:
        raise ValueError(f"Expected more than 1 spatial element when training, got input size {Size(shape)}")
    per_channel = (shape[1],) + (1,) * (len(shape) - 2)
    found: list[np.ndarray] = []
    axes = tuple(range(2, len(shape)))
    out: Tensor = normalize_groups(input, _shaped(weight, per_channel), _shaped(bias, per_channel), axes, eps, found)
    mean, _, variance = found
    _move(running_mean, mean.mean(0), momentum)
    _move(running_var, variance.mean(0) * (count / (count - 1)) if count else variance.mean(0), momentum)
    return out


def local_response_norm(input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> Tensor:
    """x / (k + alpha · the mean square of `size` neighbouring channels) ^ beta.

    Args:
        input: (N, C, *), with at least one dim after the channels.
        size: how many channels are neighbours, the value's own among them.

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
