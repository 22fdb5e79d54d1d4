"""Sampling images at the points of a grid, and grids of affine maps."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograd import matmul, where
from autograd.core.errors import users_level
from autograd.core.tensor import Tensor, wrap
from autograd.ops.new_memory import with_own_memory

__all__ = ["affine_grid", "grid_sample"]

#: The parameter a of the cubic convolution kernel, as in `interpolate`.
_CUBIC = -0.75


@with_own_memory
def grid_sample(
    input: Tensor, grid: Tensor, mode: str = "bilinear", padding_mode: str = "zeros", align_corners: bool | None = None
) -> Tensor:
    """The values of an image at the points of a grid, interpolated (Jaderberg, 2015).

    Args:
        input: (N, C, H, W), or (N, C, D, H, W).
        grid: (N, *out, 2) or (N, *out, 3): points (x, y) or (x, y, z), where -1 and 1 are the image's edges.
        mode: "bilinear", "nearest", or "bicubic" for (N, C, H, W). With "nearest" the grid receives no gradient.
        padding_mode: the values beyond the edges: "zeros", "border" (those at the edge) or "reflection".
        align_corners: whether -1 and 1 are the centres of the outermost pixels, not their outer edges.

    Returns:
        (N, C, *out).

    Raises:
        ValueError: an unknown mode.
        RuntimeError: shapes or dtypes do not match.

    >>> from autograd import tensor
    >>> image = tensor([[[[1.0, 2.0], [3.0, 4.0]]]])
    >>> grid_sample(image, tensor([[[[0.0, 0.0], [1.0, -1.0]]]]), align_corners=True).tolist()
    [[[[2.5, 2.0]]]]
    """
    _check_arguments(input, grid, mode, padding_mode)
    dims, sizes = input.ndim - 2, input.shape[2:]
    corners = _corners_aligned("grid_sample", align_corners)
    # A point's first coordinate, x, belongs to the image's last dim.
    coordinates = [_scaled(grid[..., dims - 1 - i], n, corners) for i, n in enumerate(sizes)]
    if mode != "bicubic":
        coordinates = [_padded(x, n, padding_mode, corners) for x, n in zip(coordinates, sizes)]
    taps = [_taps(x, mode) for x in coordinates]
    pixels = input.movedim(1, 0).reshape(input.shape[1], -1)
    out: Any = None
    for combination in itertools.product(*taps):  # for each pixel that a point reads: its position and weight by dim
        place, weight = np.arange(len(input)).reshape(-1, *[1] * dims), None
        inside: Any = True
        for (position, part), n in zip(combination, sizes):
            at = _padded(wrap(position), n, padding_mode, corners).array if mode == "bicubic" else position
            exists = (at >= 0) & (at < n)
            inside = inside & exists
            place = place * n + np.where(exists, at, 0).astype(np.int64)
            weight = part if weight is None else weight * part
        values = pixels[:, wrap(place)]
        if weight is not None:
            values = values * weight
        if not np.all(inside):
            values = where(inside, values, 0.0)
        out = values if out is None else out + values
    return out.movedim(0, 1)


def _check_arguments(input: Tensor, grid: Tensor, mode: str, padding_mode: str) -> None:
    """Raise the errors of `grid_sample`."""
    if mode not in ("bilinear", "nearest", "bicubic"):
        raise ValueError(
            f"nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '{mode}'"
        )
    if padding_mode not in ("zeros", "border", "reflection"):
        raise ValueError(
            "nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: "
            f"'{padding_mode}'"
        )
    dims = input.ndim - 2
    if dims not in (2, 3) or grid.ndim != input.ndim or grid.shape[-1] != dims or len(grid) != len(input):
        raise RuntimeError(
            "grid_sampler(): expected a 4D or 5D input and a grid with the same number of dims and the same batch "
            "size, whose last dim has a coordinate for each spatial dim of the input, but got input with sizes "
            f"{list(input.shape)} and grid with sizes {list(grid.shape)}"
        )
    if grid.dtype != input.dtype:
        raise RuntimeError(
            f"grid_sampler(): expected input and grid to have same dtype, but input has {input.dtype} and grid has "
            f"{grid.dtype}"
        )
    if 0 in input.shape[2:]:
        raise RuntimeError(
            "grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes "
            f"{list(input.shape)}"
        )
    if mode == "bicubic" and dims == 3:
        raise RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input")


def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """The grid of points that affine maps assign to the pixels of an image, for `grid_sample`.

    Args:
        theta: the maps, (N, 2, 3), or (N, 3, 4) for volumes.
        size: size of the image to sample, (N, C, H, W) or (N, C, D, H, W).
        align_corners: as for `grid_sample`.

    Returns:
        (N, H, W, 2) or (N, D, H, W, 3).

    Raises:
        ValueError: the shape of `theta` does not match `size`, a size is not positive, or `theta` holds integers.
        NotImplementedError: `size` has neither 4 nor 5 numbers.

    >>> from autograd import tensor
    >>> affine_grid(tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]), (1, 1, 1, 2), align_corners=False).tolist()
    [[[[-0.5, 0.0], [0.5, 0.0]]]]
    """
    if theta.array.dtype.kind != "f":
        raise ValueError(f"Expected theta to have floating point type, but got {theta.dtype}")
    dims = len(size) - 2
    if dims not in (2, 3):
        raise NotImplementedError(f"affine_grid only supports 4D and 5D sizes, for 2D and 3D maps. Got size {size}.")
    if min(size) <= 0:
        raise ValueError(f"Expected non-zero, positive output size. Got {size}")
    if tuple(theta.shape) != (size[0], dims, dims + 1):
        raise ValueError(
            f"Expected a batch of {dims}D affine matrices of shape {size[0]}x{dims}x{dims + 1} for size {list(size)}. "
            f"Got {list(theta.shape)}."
        )
    corners = _corners_aligned("affine_grid", align_corners)
    axes = []
    for n in size[2:]:
        ends = 1.0 if corners else 1 - 1 / n
        axes.append(np.linspace(-ends, ends, n) if n > 1 else np.zeros(1))
    mesh = np.meshgrid(*axes, indexing="ij")
    base = wrap(np.stack([*reversed(mesh), np.ones_like(mesh[0])], -1).reshape(-1, dims + 1).astype(theta.array.dtype))
    return matmul(base, theta.mT).reshape(size[0], *size[2:], dims)


def _corners_aligned(name: str, align_corners: bool | None) -> bool:
    if align_corners is None:
        warnings.warn(
            f"Default {name} behavior has changed to align_corners=False since 1.3.0. Please specify "
            "align_corners=True if the old behavior is desired.",
            stacklevel=users_level(),
        )
    return bool(align_corners)


def _scaled(x: Tensor, n: int, corners: bool) -> Tensor:
    """Map coordinates from [-1, 1] to pixel positions."""
    return (x + 1) * ((n - 1) / 2) if corners else ((x + 1) * n - 1) / 2


def _padded(x: Tensor, n: int, padding_mode: str, corners: bool) -> Tensor:
    """Move positions beyond the edges to the positions whose values they take."""
    if padding_mode == "zeros":
        return x
    if padding_mode == "reflection":
        low, span = (0.0, n - 1.0) if corners else (-0.5, float(n))
        if span == 0:
            return x * 0
        distance = (x - low).abs()
        turns = np.floor(distance.array / span)
        rest = distance - wrap((turns * span).astype(x.array.dtype))
        x = where(turns % 2 == 0, rest, span - rest) + low
    return x.clamp(0, n - 1)


def _taps(x: Tensor, mode: str) -> list[tuple[np.ndarray, Tensor | None]]:
    """The pixel positions to read along one dim, and their weights."""
    if mode == "nearest":
        return [(np.rint(x.array), None)]
    below = np.floor(x.array)
    part = x - wrap(below)
    if mode == "bilinear":
        return [(below, 1 - part), (below + 1, part)]
    return [(below + step, _cubic((part - step).abs(), abs(step - 0.5) < 1)) for step in (-1, 0, 1, 2)]


def _cubic(x: Tensor, near: bool) -> Tensor:
    """The weight of a pixel at distance `x`, which is at most 1 if `near`, else between 1 and 2 (Keys, 1981)."""
    if near:
        return ((_CUBIC + 2) * x - (_CUBIC + 3)) * x * x + 1
    return ((_CUBIC * x - 5 * _CUBIC) * x + 8 * _CUBIC) * x - 4 * _CUBIC
