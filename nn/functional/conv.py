"""Convolutions and transposed convolutions in one to three spatial dims.

>>> from autograd import ones
>>> conv1d(ones(1, 1, 4), ones(1, 1, 2)).tolist()
[[[2.0, 2.0, 2.0]]]
>>> conv2d(ones(1, 1, 3, 3), ones(2, 1, 2, 2), padding="same").shape
autograd.Size([1, 2, 3, 3])
>>> conv_transpose2d(ones(1, 1, 2, 2), ones(1, 3, 2, 2), stride=2).shape
autograd.Size([1, 3, 4, 4])
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.core.tensor import Tensor
from autograd.ops.shape.reshape import reshape, unsqueeze
from autograd.ops.window.convolution import convolve, convolve_input
from autograd.ops.window.geometry import Geometry, Sizes, each, positive

from .by_dims import for_dims

__all__ = ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]


def _conv(
    name: str,
    dims: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """Sum of the products of the weight with every window of the input.

    Each spatial size n becomes (n + 2 padding - dilation (kernel - 1) - 1) // stride + 1.

    Args:
        input: (N, C, *size) or (C, *size).
        weight: (O, C / groups, *kernel).
        bias: (O,).
        stride, dilation: a number, or one for each spatial dim.
        padding: zeros on either side, likewise; or "valid" (none) or "same" (the output has the input's size).
        groups: number of groups that the channels are split into.

    Returns:
        (N, O, *) or (O, *).

    Raises:
        RuntimeError: the shapes, dtypes or groups do not fit together.
    """
    _check_tensors(name, dims, input, weight, bias, groups)
    x_shape, w_shape = input.array.shape, weight.array.shape
    channels = x_shape[-dims - 1]
    _check_groups(name, groups, w_shape)
    if w_shape[1] * groups != channels:
        raise RuntimeError(
            f"Given groups={groups}, weight of size {list(w_shape)}, expected input{list(x_shape)} to have "
            f"{w_shape[1] * groups} channels, but got {channels} channels instead: the channels come before "
            f"the {dims} spatial sizes"
        )
    _check_bias(f"weight of size {list(w_shape)}", w_shape[0], bias)
    size, kernel = x_shape[-dims:], w_shape[2:]
    strides, dilations = positive(name, "stride", stride, dims), positive(name, "dilation", dilation, dims)
    pairs = padding_pairs(name, padding, kernel, strides, dilations)
    full = [n + before + after for n, (before, after) in zip(size, pairs)]
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilations)]
    if any(n < r for n, r in zip(full, reach)):
        raise RuntimeError(
            f"Calculated padded input size per channel: {_joined(full)}. Kernel size: {_joined(reach)}. "
            "Kernel size can't be greater than actual input size"
        )
    out = tuple((n - r) // s + 1 for n, r, s in zip(full, reach, strides))
    geometry = Geometry(size, kernel, out, strides, pairs, dilations, groups)
    if len(x_shape) == dims + 2:
        return convolve(input, weight, bias, geometry)
    return reshape(convolve(unsqueeze(input, 0), weight, bias, geometry), (w_shape[0], *out))


def _conv_transpose(
    name: str,
    dims: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The transpose of the convolution with the same options, as a linear map: its gradient in the input.

    Args: as for the convolution, and
        input: (N, C, *size) or (C, *size).
        weight: (C, O / groups, *kernel).
        padding: that of the convolution: a number, or one for each spatial dim.
        output_padding: added to one side of the output's size, to choose among the sizes that the convolution
            maps to the input's.

    Returns:
        (N, O, *) or (O, *).

    Raises:
        RuntimeError: the shapes, dtypes or groups do not fit together, or `output_padding` is too large.
    """
    _check_tensors(name, dims, input, weight, bias, groups)
    x_shape, w_shape = input.array.shape, weight.array.shape
    _check_groups(name, groups, w_shape)
    if w_shape[0] != x_shape[-dims - 1]:
        raise RuntimeError(
            f"Given transposed=True, weight of size {list(w_shape)}, expected input{list(x_shape)} to have "
            f"{w_shape[0]} channels, but got {x_shape[-dims - 1]} channels instead"
        )
    _check_bias(f"transposed=True, weight of size {list(w_shape)}", w_shape[1] * groups, bias)
    kernel, out = w_shape[2:], x_shape[-dims:]
    strides, dilations = positive(name, "stride", stride, dims), positive(name, "dilation", dilation, dims)
    paddings = each(name, "padding", padding, dims)
    extra = each(name, "output_padding", output_padding, dims)
    if any(m >= s and m >= d for m, s, d in zip(extra, strides, dilations)):
        raise RuntimeError(
            f"output padding must be smaller than either stride or dilation, but got output_padding {_joined(extra)}, "
            f"stride {_joined(strides)} and dilation {_joined(dilations)}"
        )
    size = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + m + 1
        for n, s, p, d, k, m in zip(out, strides, paddings, dilations, kernel, extra)
    )
    if 0 in out or any(n <= 0 for n in size):
        raise RuntimeError(
            f"Given input size per channel: {_joined(out)}. Calculated output size per channel: {_joined(size)}. "
            "Output size is too small"
        )
    geometry = Geometry(size, kernel, out, strides, tuple((p, p) for p in paddings), dilations, groups)
    unbatched = len(x_shape) == dims + 1
    result = convolve_input(unsqueeze(input, 0) if unbatched else input, weight, geometry)
    if bias is not None:
        result = result + reshape(bias, (-1,) + (1,) * dims)
    return reshape(result, result.array.shape[1:]) if unbatched else result


conv1d, conv2d, conv3d = (for_dims(__name__, dims, _conv) for dims in (1, 2, 3))
conv_transpose1d, conv_transpose2d, conv_transpose3d = (for_dims(__name__, dims, _conv_transpose) for dims in (1, 2, 3))


def _check_tensors(name: str, dims: int, input: Tensor, weight: Tensor, bias: Tensor | None, groups: int) -> None:
    for argument, x in (("input", input), ("weight", weight), ("bias", bias)):
        if not isinstance(x, Tensor) and not (argument == "bias" and x is None):
            raise TypeError(f"{name}(): argument '{argument}' must be Tensor, not {type(x).__name__}")
    if weight.array.ndim != dims + 2:
        raise RuntimeError(
            f"{name}: expected weight to have {dims + 2} dims, but got weight of size {list(weight.array.shape)}"
        )
    for dim, n in enumerate(weight.array.shape):
        if not n and dim != 1:  # no input channels are possible: then the output is the bias
            raise RuntimeError(
                f"Given groups={groups}, expected weight to be at least 1 at dimension {dim}, but got weight of size "
                f"{list(weight.array.shape)} instead"
            )
    if input.array.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {name}, but got input of size: "
            f"{list(input.array.shape)}; use unsqueeze({-dims - 1}) to add a dim for a single channel"
        )
    for argument, x in (("weight", weight), ("bias", bias)):
        if x is not None and x.array.dtype != input.array.dtype:
            raise RuntimeError(
                f"Input type ({input.dtype}) and {argument} type ({x.dtype}) should be the same: convert one with .to()"
            )


def _check_groups(name: str, groups: int, w_shape: Sizes) -> None:
    if groups <= 0:
        raise RuntimeError(f"{name}: non-positive groups is not supported, but got {groups}")
    if w_shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size {list(w_shape)} instead"
        )


def _check_bias(given: str, channels: int, bias: Tensor | None) -> None:
    if bias is not None and bias.array.shape != (channels,):
        raise RuntimeError(
            f"Given {given}, expected bias to be 1-dimensional with {channels} elements, but got bias of size "
            f"{list(bias.array.shape)} instead"
        )


def padding_pairs(
    name: str, padding: Any, kernel: Sizes, stride: Sizes, dilation: Sizes
) -> tuple[tuple[int, int], ...]:
    """The padding before and after in each spatial dim."""
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding == "same":
        if any(s != 1 for s in stride):
            raise RuntimeError(f"padding='same' is not supported for strided convolutions, but got stride {stride}")
        totals = [d * (k - 1) for k, d in zip(kernel, dilation)]
        return tuple((total // 2, total - total // 2) for total in totals)
    if isinstance(padding, str):
        raise RuntimeError(f"Invalid padding string: '{padding}'; use 'valid', 'same' or numbers")
    return tuple((p, p) for p in each(name, "padding", padding, len(kernel)))


def _joined(sizes: Sequence[int]) -> str:
    return f"({' x '.join(map(str, sizes))})"
