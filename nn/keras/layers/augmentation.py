"""Layers that transform images (N, H, W, C), or one image (H, W, C): random ones, for training, and resizing.

As in Keras, a random layer that is called directly, without `training`, transforms its input too.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import numpy as np

import autograd
from autograd.core.tensor import Tensor, wrap
from autograd.ops.creation.random import Generator, source
from autograd.ops.window.interpolation import interpolate

from ...functional import affine_grid, grid_sample
from ..checks import choice, number, numbers_pair
from ..symbols import Shape
from .base import Common
from .shapes import SameShapeWithoutWeights, positive

Array = np.ndarray

#: The names of Keras' fill modes in `grid_sample`.
_PADDING_MODES = {"reflect": "reflection", "constant": "zeros", "nearest": "border"}


class _ImageLayer(SameShapeWithoutWeights):
    """Base class of layers of images; a subclass transforms a batch of images in `transform`."""

    def transform(self, images: Tensor) -> Any:
        """The transformed images, from floating-point ones (N, H, W, C)."""
        raise NotImplementedError(f"{type(self).__name__} must define transform(images)")

    def call(self, inputs: Tensor) -> Any:
        """The transformed image or images."""
        images = inputs if inputs.array.dtype.kind == "f" else inputs.to(autograd.float32)
        return self.transform(images) if images.array.ndim == 4 else self.transform(images[None])[0]


class _RandomImageLayer(_ImageLayer):
    """Base class of random transformations, which act in training only; with a seed they are reproducible."""

    def __init__(self, seed: int | None = None, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.generator = None if seed is None else Generator().manual_seed(seed)

    def call(self, inputs: Tensor, training: bool = True) -> Any:
        return super().call(inputs) if training else inputs

    def random(self, bounds: tuple[float, float], count: int) -> Array:
        """Uniform random numbers (count,) between two bounds."""
        return np.asarray(source(self.generator).uniform(*bounds, count))


def _bounds(factor: Any, argument: str) -> tuple[float, float]:
    """The bounds (-factor, factor), or `factor` itself if it is a pair; ValueError if the larger comes first."""
    is_pair = isinstance(factor, (list, tuple))
    low, high = numbers_pair(factor, argument) if is_pair else (-number(factor, argument), factor)
    if low > high:
        raise ValueError(f"`{argument}` must be a number, or two with the smaller first. Received: {argument}={factor}")
    return float(low), float(high)


class RandomFlip(_RandomImageLayer):
    """Each image flipped at random: left to right, upside down, or both.

    Args:
        mode: "horizontal", "vertical" or "horizontal_and_vertical".
        seed: makes the random numbers reproducible.

    >>> RandomFlip("vertical")(np.zeros((2, 8, 8, 1))).shape
    TensorShape([2, 8, 8, 1])
    """

    def __init__(
        self, mode: str = "horizontal_and_vertical", seed: int | None = None, **common: Unpack[Common]
    ) -> None:
        dims = {"horizontal": (2,), "vertical": (1,), "horizontal_and_vertical": (1, 2)}
        if not isinstance(mode, str) or mode not in dims:
            raise ValueError(f"RandomFlip: mode must be one of {list(dims)}. Received: mode={mode!r}")
        super().__init__(seed, **common)
        self.dims = dims[mode]

    def transform(self, images: Tensor) -> Tensor:
        """The images, each flipped with probability 1/2 along each of the dims."""
        for dim in self.dims:
            flipped = self.random((0, 1), len(images)) < 0.5
            images = autograd.where(wrap(flipped[:, None, None, None]), autograd.flip(images, [dim]), images)
        return images


class _RandomAffine(_RandomImageLayer):
    """Base class of random affine maps; a subclass draws the maps."""

    def __init__(
        self, fill_mode: str = "reflect", interpolation: str = "bilinear", seed: int | None = None,
        fill_value: float = 0.0, **common: Unpack[Common],
    ) -> None:  # fmt: skip
        choice(fill_mode, "fill_mode", tuple(_PADDING_MODES))
        choice(interpolation, "interpolation", ("bilinear", "nearest"))
        super().__init__(seed, **common)
        self.fill_mode, self.interpolation, self.fill_value = fill_mode, interpolation, fill_value

    def maps(self, count: int, height: int, width: int) -> Array:
        """For each image the map (2, 3) from output to input coordinates, which go from -1 to 1."""
        raise NotImplementedError(f"{type(self).__name__} must define maps(count, height, width)")

    def transform(self, images: Tensor) -> Tensor:
        count, height, width, channels = images.array.shape
        maps = wrap(self.maps(count, height, width).astype(images.array.dtype))
        grid = affine_grid(maps, (count, channels, height, width), align_corners=False)
        planes = images.permute(0, 3, 1, 2) - self.fill_value
        mapped = grid_sample(planes, grid, self.interpolation, _PADDING_MODES[self.fill_mode], align_corners=False)
        return (mapped + self.fill_value).permute(0, 2, 3, 1)


class RandomRotation(_RandomAffine):
    """Each image rotated around its center.

    Args:
        factor: the maximum rotation in both directions, or a pair of bounds, in full turns; positive: counterclockwise.
        fill_mode: how to fill in pixels beyond the border: "reflect", "constant" or "nearest".
        interpolation: "bilinear" or "nearest".
        seed: makes the random numbers reproducible.
        fill_value: the fill value of "constant".
    """

    def __init__(
        self, factor: Any, fill_mode: str = "reflect", interpolation: str = "bilinear", seed: int | None = None,
        fill_value: float = 0.0, **common: Unpack[Common],
    ) -> None:  # fmt: skip
        super().__init__(fill_mode, interpolation, seed, fill_value, **common)
        self.factor = _bounds(factor, "factor")

    def maps(self, count: int, height: int, width: int) -> Array:
        angle = 2 * np.pi * self.random(self.factor, count)
        cos, sin, zero = np.cos(angle), np.sin(angle), np.zeros(count)
        rows = [[cos, -sin * height / width, zero], [sin * width / height, cos, zero]]
        return np.moveaxis(np.array(rows), -1, 0)


class RandomZoom(_RandomAffine):
    """Each image zoomed in or out, around its center.

    Args:
        height_factor: the maximum change of the visible height, as a share, or a pair of bounds; positive: zoom out.
        width_factor: the same for the width; by default the change of the height, which keeps the aspect ratio.
        fill_mode, interpolation, seed, fill_value: as in `RandomRotation`.
    """

    def __init__(
        self, height_factor: Any, width_factor: Any = None, fill_mode: str = "reflect",
        interpolation: str = "bilinear", seed: int | None = None, fill_value: float = 0.0, **common: Unpack[Common],
    ) -> None:  # fmt: skip
        super().__init__(fill_mode, interpolation, seed, fill_value, **common)
        self.height_bounds = _bounds(height_factor, "height_factor")
        self.width_bounds = None if width_factor is None else _bounds(width_factor, "width_factor")

    def maps(self, count: int, height: int, width: int) -> Array:
        y = 1 + self.random(self.height_bounds, count)
        x = y if self.width_bounds is None else 1 + self.random(self.width_bounds, count)
        zero = np.zeros(count)
        return np.moveaxis(np.array([[x, zero, zero], [zero, y, zero]]), -1, 0)


class RandomTranslation(_RandomAffine):
    """Each image shifted.

    Args:
        height_factor: the maximum shift, as a share of the height, or a pair of bounds; positive is down.
        width_factor: the same for the width; positive is to the right.
        fill_mode, interpolation, seed, fill_value: as in `RandomRotation`.
    """

    def __init__(
        self, height_factor: Any, width_factor: Any, fill_mode: str = "reflect", interpolation: str = "bilinear",
        seed: int | None = None, fill_value: float = 0.0, **common: Unpack[Common],
    ) -> None:  # fmt: skip
        super().__init__(fill_mode, interpolation, seed, fill_value, **common)
        self.height_bounds = _bounds(height_factor, "height_factor")
        self.width_bounds = _bounds(width_factor, "width_factor")

    def maps(self, count: int, height: int, width: int) -> Array:
        y, x = -2 * self.random(self.height_bounds, count), -2 * self.random(self.width_bounds, count)
        one, zero = np.ones(count), np.zeros(count)
        return np.moveaxis(np.array([[one, zero, x], [zero, one, y]]), -1, 0)


class RandomContrast(_RandomImageLayer):
    """The difference of each value to the mean of its image and channel, times one random factor.

    Args:
        factor: the random factor is from 1 - factor to 1 + factor; for a pair, from 1 - the first to 1 + the second.
        value_range: the bounds that values are clipped to.
        seed: makes the random numbers reproducible.
    """

    def __init__(
        self, factor: Any, value_range: Sequence[float] = (0, 255), seed: int | None = None, **common: Unpack[Common],
    ) -> None:  # fmt: skip
        super().__init__(seed, **common)
        below, above = numbers_pair(factor if isinstance(factor, (list, tuple)) else (factor, factor), "factor")
        self.bounds, self.value_range = (1 - below, 1 + above), numbers_pair(value_range, "value_range")

    def transform(self, images: Tensor) -> Tensor:
        factor = float(self.random(self.bounds, 1)[0])
        mean = autograd.mean(images, (1, 2), keepdim=True)
        return autograd.clamp((images - mean) * factor + mean, *self.value_range)


class RandomBrightness(_RandomImageLayer):
    """Each image with a random number added to it.

    Args:
        factor: the maximum of the number, as a share of the range, or a pair of bounds.
        value_range, seed: as in `RandomContrast`.
    """

    def __init__(
        self, factor: Any, value_range: Sequence[float] = (0, 255), seed: int | None = None, **common: Unpack[Common],
    ) -> None:  # fmt: skip
        super().__init__(seed, **common)
        self.factor, self.value_range = _bounds(factor, "factor"), numbers_pair(value_range, "value_range")

    def transform(self, images: Tensor) -> Tensor:
        low, high = self.value_range
        offset = self.random(self.factor, len(images)) * (high - low)
        shifted = images + wrap(offset.astype(images.array.dtype)[:, None, None, None])
        return autograd.clamp(shifted, low, high)


class Resizing(_ImageLayer):
    """Images resized.

    Args:
        height, width: the new size.
        interpolation: "bilinear" or "nearest".
    """

    def __init__(self, height: int, width: int, interpolation: str = "bilinear", **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.size = positive(height, "height", "Resizing"), positive(width, "width", "Resizing")
        choice(interpolation, "interpolation", ("bilinear", "nearest"))
        self.mode = "bilinear" if interpolation == "bilinear" else "nearest-exact"

    def transform(self, images: Tensor) -> Tensor:
        return interpolate(images.permute(0, 3, 1, 2), self.size, mode=self.mode).permute(0, 2, 3, 1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-3], *self.size, input_shape[-1])


class CenterCrop(Resizing):
    """The center of images, (N, height, width, C). Smaller images are resized instead."""

    def __init__(self, height: int, width: int, **common: Unpack[Common]) -> None:
        super().__init__(height, width, **common)

    def transform(self, images: Tensor) -> Tensor:
        (height, width), (rows, columns) = self.size, images.array.shape[1:3]
        if rows < height or columns < width:
            return super().transform(images)
        top, left = (rows - height) // 2, (columns - width) // 2
        return images[:, top : top + height, left : left + width]
