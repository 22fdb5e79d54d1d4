"""Layers that change images (N, H, W, C), or one image (H, W, C), at random while a model is trained, and their size.

Called alone, outside of a model that measures or predicts, the random ones change their input as well, as Keras' do.
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
from ..symbols import Shape
from .base import Common, Layer
from .shapes import positive

Array = np.ndarray

#: What Keras calls the ways to go on beyond an image's border, and PyTorch.
_BEYOND = {"reflect": "reflection", "constant": "zeros", "nearest": "border"}


class _OfImages(Layer):
    """A layer of images; a subclass says in `change` what becomes of a batch of them."""

    def __init__(self, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.built = True

    def change(self, images: Tensor) -> Any:
        """The changed images.

        Args:
            images: (N, H, W, C), floating-point.
        """
        raise NotImplementedError(f"{type(self).__name__} must define change(images)")

    def call(self, inputs: Tensor) -> Any:
        """The changed image or images."""
        images = inputs if inputs.array.dtype.kind == "f" else inputs.to(autograd.float32)
        return self.change(images) if images.array.ndim == 4 else self.change(images[None])[0]


class _Random(_OfImages):
    """A random change of images, in training alone.

    Args:
        seed: for the same draws in every run.
    """

    def __init__(self, seed: int | None = None, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.generator = None if seed is None else Generator().manual_seed(seed)

    def call(self, inputs: Tensor, training: bool = True) -> Any:
        """The image or images, changed in training."""
        return super().call(inputs) if training else inputs

    def drawn(self, bounds: tuple[float, float], count: int) -> Array:
        """Random numbers (count,) between two bounds."""
        return np.asarray(source(self.generator).uniform(*bounds, count))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape


def _bounds(factor: Any, said: str) -> tuple[float, float]:
    """The bounds of what is drawn: -factor and factor, or the two that are given.

    Raises:
        ValueError: they are no two numbers in order.
    """
    low, high = factor if isinstance(factor, (list, tuple)) else (-factor, factor)
    if low > high:
        raise ValueError(f"`{said}` must be a number, or two with the smaller first. Received: {said}={factor}")
    return float(low), float(high)


class RandomFlip(_Random):
    """Each image mirrored or not: left to right, upside down, or both.

    Args:
        mode: "horizontal", "vertical" or "horizontal_and_vertical".
        seed: for the same draws in every run.

    >>> RandomFlip("vertical")(np.zeros((2, 8, 8, 1))).shape
    TensorShape([2, 8, 8, 1])
    """

    def __init__(
        self, mode: str = "horizontal_and_vertical", seed: int | None = None, **common: Unpack[Common]
    ) -> None:
        dims = {"horizontal": (2,), "vertical": (1,), "horizontal_and_vertical": (1, 2)}
        if mode not in dims:
            raise ValueError(f"RandomFlip: mode must be one of {list(dims)}. Received: mode={mode!r}")
        super().__init__(seed, **common)
        self.dims = dims[mode]

    def change(self, images: Tensor) -> Tensor:
        """The images, each flipped with probability 1/2 along each of the dims."""
        for dim in self.dims:
            flipped = self.drawn((0, 1), len(images)) < 0.5
            images = autograd.where(wrap(flipped[:, None, None, None]), autograd.flip(images, [dim]), images)
        return images


class _RandomMove(_Random):
    """Each image moved by a random affine map; a subclass draws the maps.

    Args:
        fill_mode: what is beyond the border: "reflect", "constant" or "nearest".
        interpolation: "bilinear" or "nearest".
        seed: for the same draws in every run.
        fill_value: the constant.
    """

    def __init__(
        self,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        **common: Unpack[Common],
    ) -> None:
        if fill_mode not in _BEYOND or interpolation not in ("bilinear", "nearest"):
            raise ValueError(
                f"{type(self).__name__} takes fill_mode {' | '.join(_BEYOND)} and interpolation bilinear | nearest, "
                f"but got fill_mode={fill_mode!r} and interpolation={interpolation!r}"
            )
        super().__init__(seed, **common)
        self.fill_mode, self.interpolation, self.fill_value = fill_mode, interpolation, fill_value

    def maps(self, count: int, height: int, width: int) -> Array:
        """For each image the map (2, 3) from where a value goes to where it comes from; the ends are at -1 and 1."""
        raise NotImplementedError(f"{type(self).__name__} must define maps(count, height, width)")

    def change(self, images: Tensor) -> Tensor:
        """The images, moved."""
        count, height, width, channels = images.array.shape
        maps = wrap(self.maps(count, height, width).astype(images.array.dtype))
        grid = affine_grid(maps, (count, channels, height, width), align_corners=False)
        planes = images.permute(0, 3, 1, 2) - self.fill_value
        moved = grid_sample(planes, grid, self.interpolation, _BEYOND[self.fill_mode], align_corners=False)
        return (moved + self.fill_value).permute(0, 2, 3, 1)


class RandomRotation(_RandomMove):
    """Each image turned around its middle.

    Args:
        factor: how far at most, in full turns, or two bounds; against the clock if positive.
        fill_mode, interpolation, seed, fill_value: as for all that move images.
    """

    def __init__(
        self,
        factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, **common)
        self.bounds = _bounds(factor, "factor")

    def maps(self, count: int, height: int, width: int) -> Array:
        """Rotations."""
        angle = 2 * np.pi * self.drawn(self.bounds, count)
        cos, sin, zero = np.cos(angle), np.sin(angle), np.zeros(count)
        rows = [[cos, -sin * height / width, zero], [sin * width / height, cos, zero]]
        return np.moveaxis(np.array(rows), -1, 0)


class RandomZoom(_RandomMove):
    """Each image larger or smaller, around its middle.

    Args:
        height_factor: by which share at most it shows more of what is around it, or two bounds; less if negative.
        width_factor: the same for the width; that of the height if left out, which keeps the proportions.
        fill_mode, interpolation, seed, fill_value: as for all that move images.
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any = None,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, **common)
        self.of_height = _bounds(height_factor, "height_factor")
        self.of_width = None if width_factor is None else _bounds(width_factor, "width_factor")

    def maps(self, count: int, height: int, width: int) -> Array:
        """Stretchings."""
        y = 1 + self.drawn(self.of_height, count)
        x = y if self.of_width is None else 1 + self.drawn(self.of_width, count)
        zero = np.zeros(count)
        return np.moveaxis(np.array([[x, zero, zero], [zero, y, zero]]), -1, 0)


class RandomTranslation(_RandomMove):
    """Each image shifted.

    Args:
        height_factor: by which share of the height at most it goes down, or two bounds; up if negative.
        width_factor: the same to the right.
        fill_mode, interpolation, seed, fill_value: as for all that move images.
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: int | None = None,
        fill_value: float = 0.0,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(fill_mode, interpolation, seed, fill_value, **common)
        self.of_height = _bounds(height_factor, "height_factor")
        self.of_width = _bounds(width_factor, "width_factor")

    def maps(self, count: int, height: int, width: int) -> Array:
        """Shifts."""
        y, x = -2 * self.drawn(self.of_height, count), -2 * self.drawn(self.of_width, count)
        one, zero = np.ones(count), np.zeros(count)
        return np.moveaxis(np.array([[one, zero, x], [zero, one, y]]), -1, 0)


class RandomContrast(_Random):
    """The distance of each value from the mean of its image and channel, times one random number.

    Args:
        factor: the number is from 1 - factor to 1 + factor, or from 1 - the first to 1 + the second of two.
        value_range: between which bounds the values stay.
        seed: for the same draws in every run.
    """

    def __init__(
        self,
        factor: Any,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(seed, **common)
        below, above = factor if isinstance(factor, (list, tuple)) else (factor, factor)
        self.bounds, self.value_range = (1 - below, 1 + above), tuple(value_range)

    def change(self, images: Tensor) -> Tensor:
        """The images with more or less contrast."""
        factor = float(self.drawn(self.bounds, 1)[0])
        mean = autograd.mean(images, (1, 2), keepdim=True)
        return autograd.clamp((images - mean) * factor + mean, *self.value_range)


class RandomBrightness(_Random):
    """Each image with a random number added.

    Args:
        factor: which share of the range the number is at most, or two bounds.
        value_range: between which bounds the values stay.
        seed: for the same draws in every run.
    """

    def __init__(
        self,
        factor: Any,
        value_range: Sequence[float] = (0, 255),
        seed: int | None = None,
        **common: Unpack[Common],
    ) -> None:
        super().__init__(seed, **common)
        self.bounds, self.value_range = _bounds(factor, "factor"), tuple(value_range)

    def change(self, images: Tensor) -> Tensor:
        """The images, brighter or darker."""
        low, high = self.value_range
        more = self.drawn(self.bounds, len(images)) * (high - low)
        shifted = images + wrap(more.astype(images.array.dtype)[:, None, None, None])
        return autograd.clamp(shifted, low, high)


class Resizing(_OfImages):
    """Images at another size.

    Args:
        height, width: the new size.
        interpolation: "bilinear" or "nearest".
    """

    def __init__(self, height: int, width: int, interpolation: str = "bilinear", **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.size = positive(height, "height", "Resizing"), positive(width, "width", "Resizing")
        if interpolation not in ("bilinear", "nearest"):
            raise ValueError(f"Resizing takes interpolation bilinear | nearest. Received: {interpolation!r}")
        self.mode = "bilinear" if interpolation == "bilinear" else "nearest-exact"

    def change(self, images: Tensor) -> Tensor:
        """(N, height, width, C)."""
        return interpolate(images.permute(0, 3, 1, 2), self.size, mode=self.mode).permute(0, 2, 3, 1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's, of the new size."""
        return (*input_shape[:-3], *self.size, input_shape[-1])


class CenterCrop(Resizing):
    """The middle of images; what is smaller is made larger first.

    Args:
        height, width: the size that is left.
    """

    def __init__(self, height: int, width: int, **common: Unpack[Common]) -> None:
        super().__init__(height, width, **common)

    def change(self, images: Tensor) -> Tensor:
        """(N, height, width, C)."""
        (height, width), (rows, columns) = self.size, images.array.shape[1:3]
        if rows < height or columns < width:
            return super().change(images)
        top, left = (rows - height) // 2, (columns - width) // 2
        return images[:, top : top + height, left : left + width]
