"""Convolutions and transposed convolutions in one to three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograd.core.tensor import Tensor
from autograd.ops.shape.reshape import reshape, unsqueeze
from autograd.ops.window.convolution import convolve, convolve_input
from autograd.ops.window.geometry import Geometry, Sizes, each, positive


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The sum of products of the weight with every window of a sequence.

    Args:
        input: (N, C, L) or (C, L).
        weight: (O, C/groups, K).
        bias: (O,).
        stride, dilation: a number.
        padding: zeros at either end, or "valid" (none) or "same" (the output is as long as the input).
        groups: into how many parts the channels are split.

    Returns:
        (N, O, (L + 2 padding - dilation (K - 1) - 1) // stride + 1).

    Raises:
        RuntimeError: the shapes or types do not fit.

    >>> from autograd import ones
    >>> conv1d(ones(1, 1, 4), ones(1, 1, 2)).tolist()
    [[[2.0, 2.0, 2.0]]]
    """
    return _conv("conv1d", 1, input, weight, bias, stride, padding, dilation, groups)


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The sum of products of the weight with every window of an image.

    Args:
        input: (N, C, H, W) or (C, H, W).
        weight: (O, C/groups, KH, KW).
        bias: (O,).
        stride, dilation: a number, or one for each of the two dims.
        padding: as `stride`; or "valid" (none) or "same" (the output is as large as the input).
        groups: into how many parts the channels are split.

    Raises:
        RuntimeError: the shapes or types do not fit.

    >>> from autograd import ones
    >>> conv2d(ones(1, 1, 3, 3), ones(2, 1, 2, 2), padding="same").shape
    autograd.Size([1, 2, 3, 3])
    """
    return _conv("conv2d", 2, input, weight, bias, stride, padding, dilation, groups)


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    dilation: Any = 1,
    groups: int = 1,
) -> Tensor:
    """The sum of products of the weight with every window of a volume: arguments as for `conv2d`, with three dims.

    Args:
        input: (N, C, D, H, W) or (C, D, H, W).
        weight: (O, C/groups, KD, KH, KW).

    Raises:
        RuntimeError: the shapes or types do not fit.
    """
    return _conv("conv3d", 3, input, weight, bias, stride, padding, dilation, groups)


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The transpose of `conv1d`: (N, C, L) and a weight (C, O/groups, K) give (N, O, *).

    Raises:
        RuntimeError: the shapes or types do not fit.
    """
    return _conv_transpose(
        "conv_transpose1d", 1, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The transpose of `conv2d`: (N, C, H, W) and a weight (C, O/groups, KH, KW) give (N, O, *, *).

    Raises:
        RuntimeError: the shapes or types do not fit.

    >>> from autograd import ones
    >>> conv_transpose2d(ones(1, 1, 2, 2), ones(1, 3, 2, 2), stride=2).shape
    autograd.Size([1, 3, 4, 4])
    """
    return _conv_transpose(
        "conv_transpose2d", 2, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Any = 1,
    padding: Any = 0,
    output_padding: Any = 0,
    groups: int = 1,
    dilation: Any = 1,
) -> Tensor:
    """The transpose of `conv3d`: (N, C, D, H, W) and a weight (C, O/groups, KD, KH, KW) give (N, O, *, *, *).

    Raises:
        RuntimeError: the shapes or types do not fit.
    """
    return _conv_transpose(
        "conv_transpose3d", 3, input, weight, bias, stride, padding, output_padding, groups, dilation
    )


def _conv(
    name: str,
    dims: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    groups: int,
) -> Tensor:
    _check_tensors(name, dims, input, weight, bias)
    x_shape, w_shape = input.array.shape, weight.array.shape
    channels = x_shape[-dims - 1]
    if groups <= 0:
        raise RuntimeError(f"{name}: non-positive groups is not supported, but got {groups}")
    if w_shape[1] * groups != channels:
        raise RuntimeError(
            f"Given groups={groups}, weight of size {list(w_shape)}, expected input{list(x_shape)} to have "
            f"{w_shape[1] * groups} channels, but got {channels} channels instead: they stand before the {dims} sizes"
        )
    if w_shape[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size {list(w_shape)} instead"
        )
    if bias is not None and bias.array.shape != w_shape[:1]:
        raise RuntimeError(
            f"Given weight of size {list(w_shape)}, expected bias to be 1-dimensional with {w_shape[0]} elements, but "
            f"got bias of size {list(bias.array.shape)} instead"
        )
    size, kernel = x_shape[-dims:], w_shape[2:]
    strides, spread = positive(name, "stride", stride, dims), positive(name, "dilation", dilation, dims)
    pairs = _pairs(name, padding, kernel, strides, spread)
    full = [n + before + after for n, (before, after) in zip(size, pairs)]
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, spread)]
    if any(n < r for n, r in zip(full, reach)):
        raise RuntimeError(
            f"Calculated padded input size per channel: {_by(full)}. Kernel size: {_by(reach)}. "
            "Kernel size can't be greater than actual input size"
        )
    out = tuple((n - r) // s + 1 for n, r, s in zip(full, reach, strides))
    how = Geometry(size, kernel, out, strides, pairs, spread, groups)
    if len(x_shape) == dims + 2:
        return convolve(input, weight, bias, how)
    return reshape(convolve(unsqueeze(input, 0), weight, bias, how), (w_shape[0], *out))


def _conv_transpose(
    name: str,
    dims: int,
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None,
    stride: Any,
    padding: Any,
    output_padding: Any,
    groups: int,
    dilation: Any,
) -> Tensor:
    _check_tensors(name, dims, input, weight, bias)
    x_shape, w_shape = input.array.shape, weight.array.shape
    if w_shape[0] != x_shape[-dims - 1] or w_shape[0] % groups:
        raise RuntimeError(
            f"Given transposed=True, weight of size {list(w_shape)}, expected input{list(x_shape)} to have "
            f"{w_shape[0]} channels, but got {x_shape[-dims - 1]} channels instead"
        )
    if bias is not None and bias.array.shape != (w_shape[1] * groups,):
        raise RuntimeError(
            f"Given transposed=True, weight of size {list(w_shape)}, expected bias to be 1-dimensional with "
            f"{w_shape[1] * groups} elements, but got bias of size {list(bias.array.shape)} instead"
        )
    kernel, out = w_shape[2:], x_shape[-dims:]
    strides, spread = positive(name, "stride", stride, dims), positive(name, "dilation", dilation, dims)
    border = each(name, "padding", padding, dims)
    more = each(name, "output_padding", output_padding, dims)
    if any(m >= s and m >= d for m, s, d in zip(more, strides, spread)):
        raise RuntimeError(
            f"output padding must be smaller than either stride or dilation, but got output_padding {_by(more)}, "
            f"stride {_by(strides)} and dilation {_by(spread)}"
        )
    size = tuple(
        (n - 1) * s - 2 * p + d * (k - 1) + m + 1
        for n, s, p, d, k, m in zip(out, strides, border, spread, kernel, more)
    )
    if any(n <= 0 for n in size):
        raise RuntimeError(
            f"Given input size per channel: {_by(out)}. Calculated output size per channel: {_by(size)}. "
            "Output size is too small"
        )
    how = Geometry(size, kernel, out, strides, tuple((p, p) for p in border), spread, groups)
    single = len(x_shape) == dims + 1
    result = convolve_input(unsqueeze(input, 0) if single else input, weight, how)
    if bias is not None:
        result = result + reshape(bias, (-1,) + (1,) * dims)
    return reshape(result, result.array.shape[1:]) if single else result


def _check_tensors(name: str, dims: int, input: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    for said, x in (("input", input), ("weight", weight), ("bias", bias)):
        if not isinstance(x, Tensor) and not (said == "bias" and x is None):
            raise TypeError(f"{name}(): argument '{said}' must be Tensor, not {type(x).__name__}")
    if weight.array.ndim != dims + 2:
        raise RuntimeError(
            f"{name}: expected weight to have {dims + 2} dims, but got weight of size {list(weight.array.shape)}"
        )
    if input.array.ndim not in (dims + 1, dims + 2):
        raise RuntimeError(
            f"Expected {dims + 1}D (unbatched) or {dims + 2}D (batched) input to {name}, but got input of size: "
            f"{list(input.array.shape)}; a missing dim of 1 channel is added by unsqueeze({-dims - 1})"
        )
    for said, x in (("weight", weight), ("bias", bias)):
        if x is not None and x.array.dtype != input.array.dtype:
            raise RuntimeError(
                f"Input type ({input.dtype}) and {said} type ({x.dtype}) should be the same: convert one with .to()"
            )


def _pairs(name: str, padding: Any, kernel: Sizes, stride: Sizes, dilation: Sizes) -> tuple[tuple[int, int], ...]:
    """The border before and after in each spatial dim."""
    if padding == "valid":
        return ((0, 0),) * len(kernel)
    if padding == "same":
        if any(s != 1 for s in stride):
            raise RuntimeError("padding='same' is not supported for strided convolutions")
        totals = [d * (k - 1) for k, d in zip(kernel, dilation)]
        return tuple((total // 2, total - total // 2) for total in totals)
    if isinstance(padding, str):
        raise RuntimeError(f"Invalid padding string: '{padding}'; it is 'valid', 'same' or numbers")
    return tuple((p, p) for p in each(name, "padding", padding, len(kernel)))


def _by(sizes: Sequence[int]) -> str:
    return f"({' x '.join(map(str, sizes))})"
