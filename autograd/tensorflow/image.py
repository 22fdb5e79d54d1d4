"""`tf.image`: images (H, W, C), or batches of them (N, H, W, C), mirrored, cut, at another size, brighter."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.tensor import Tensor
from ..ops.creation.random import source
from ..ops.window.interpolation import interpolate
from .arranging import concat, gather, pad, reverse, transpose
from .dtypes import as_dtype
from .elementwise import abs, cast, clip_by_value, log, maximum, multiply, square
from .products import tensordot
from .random import generator_of
from .reductions import reduce_mean, reduce_std, reduce_sum
from .tensors import EagerTensor, tensor_of

#: How much red, green and blue count in a grey value.
_GREY = (0.2989, 0.5870, 0.1140)


def _image_of(value: Any) -> EagerTensor:
    """The value as a tensor.

    Raises:
        ValueError: it has not 3 or 4 dims.
    """
    images = tensor_of(value)
    if images.array.ndim not in (3, 4):
        raise ValueError(
            f"'image' (shape {images.shape}) must be three- or four-dimensional: (H, W, C) or (N, H, W, C)"
        )
    return images


def _size_of(images: Tensor) -> tuple[int, int]:
    rows, columns = images.array.shape[-3:-1]
    return rows, columns


# -- types ------------------------------------------------------------------------------------------------


def convert_image_dtype(image: Any, dtype: Any, saturate: bool = False, name: str | None = None) -> EagerTensor:
    """Values of another type: those of integers go up to the largest, those of floating-point numbers up to 1.

    Raises:
        NotImplementedError: from integers to integers.
    """
    x, wanted = tensor_of(image), as_dtype(dtype)
    if x.dtype == wanted:
        return x
    if not x.dtype.is_integer:
        if not wanted.is_integer:
            return cast(x, wanted)
        scaled = x * (float(wanted.max) + 0.5)
        return cast(clip_by_value(scaled, 0.0, float(wanted.max)) if saturate else scaled, wanted)
    if wanted.is_integer:
        raise NotImplementedError(f"convert_image_dtype: from {x.dtype!r} to {wanted!r} goes by way of tf.float32")
    return cast(x, wanted) * (1.0 / float(x.dtype.max))


def _in_floats(image: Any) -> tuple[EagerTensor, Any]:
    """The image in floating point, and the type to come back to."""
    images = _image_of(image)
    return convert_image_dtype(images, "float32") if images.dtype.is_integer else images, images.dtype


# -- mirrored and turned ----------------------------------------------------------------------------------


def flip_left_right(image: Any) -> EagerTensor:
    """The image, mirrored left to right.

    >>> flip_left_right([[[1.0], [2.0]]]).numpy().tolist()
    [[[2.0], [1.0]]]
    """
    return reverse(_image_of(image), [-2])


def flip_up_down(image: Any) -> EagerTensor:
    """The image, upside down."""
    return reverse(_image_of(image), [-3])


def rot90(image: Any, k: int = 1, name: str | None = None) -> EagerTensor:
    """The image, turned by so many quarters against the clock."""
    x = _image_of(image)
    first = x.array.ndim - 3
    order = [*range(first), first + 1, first, first + 2]
    for _ in range(int(k) % 4):
        x = reverse(transpose(x, order), [-3])
    return x


def _at_random(image: Any, change: Any, seed: int | None) -> EagerTensor:
    """Each image changed, or not, with the same probability."""
    x = _image_of(image)
    draws = source(generator_of(seed)).random(x.array.shape[:-3] or 1) < 0.5
    parts = [x] if x.array.ndim == 3 else list(x)
    changed = [change(part) if drawn else part for part, drawn in zip(parts, draws, strict=True)]
    return changed[0] if x.array.ndim == 3 else concat([part[None] for part in changed], 0)


def random_flip_left_right(image: Any, seed: int | None = None) -> EagerTensor:
    """Each image mirrored left to right, or not."""
    return _at_random(image, flip_left_right, seed)


def random_flip_up_down(image: Any, seed: int | None = None) -> EagerTensor:
    """Each image upside down, or not."""
    return _at_random(image, flip_up_down, seed)


# -- sizes ------------------------------------------------------------------------------------------------


def resize(
    images: Any, size: Any, method: str = "bilinear", preserve_aspect_ratio: bool = False, antialias: bool = False,
    name: str | None = None,
) -> EagerTensor:  # fmt: skip
    """Images at another size (height, width).

    Args:
        images: (H, W, C) or (N, H, W, C).
        size: height and width.
        method: "bilinear", which gives float32, or "nearest".
        preserve_aspect_ratio: keep the proportions, within the size.

    Raises:
        NotImplementedError: another method, or `antialias`.
    """
    if method not in ("bilinear", "nearest") or antialias:
        raise NotImplementedError(
            f"resize: there are the methods 'bilinear' and 'nearest', without antialias, but got method={method!r}, "
            f"antialias={antialias}"
        )
    x = _image_of(images)
    wanted = tuple(int(n) for n in size)
    if preserve_aspect_ratio:
        scale = min(n / m for n, m in zip(wanted, _size_of(x)))
        wanted = tuple(max(round(m * scale), 1) for m in _size_of(x))
    if method == "nearest":
        for axis, (n, m) in enumerate(zip(wanted, _size_of(x)), x.array.ndim - 3):
            x = gather(x, np.floor((np.arange(n) + 0.5) * (m / n)).astype(int), axis=axis)
        return x
    batch = cast(x if x.array.ndim == 4 else x[None], "float32")
    out = interpolate(batch.permute(0, 3, 1, 2), wanted, mode="bilinear").permute(0, 2, 3, 1)
    return EagerTensor.result(out if x.array.ndim == 4 else out[0])


def crop_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> EagerTensor:
    """The part of the image that begins at the offsets.

    Raises:
        ValueError: the image does not reach so far.
    """
    x = _image_of(image)
    rows, columns = _size_of(x)
    if min(offset_height, offset_width) < 0 or offset_height + target_height > rows or (
        offset_width + target_width > columns
    ):  # fmt: skip
        raise ValueError(
            f"crop_to_bounding_box: {target_height} x {target_width} from ({offset_height}, {offset_width}) on do not "
            f"lie within an image of {rows} x {columns}"
        )
    return x[..., offset_height : offset_height + target_height, offset_width : offset_width + target_width, :]


def pad_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> EagerTensor:
    """The image at the offsets of a larger one, which is 0 elsewhere.

    Raises:
        ValueError: it does not fit.
    """
    x = _image_of(image)
    after = [n - m - o for n, m, o in zip((target_height, target_width), _size_of(x), (offset_height, offset_width))]
    if min(*after, offset_height, offset_width) < 0:
        raise ValueError(
            f"pad_to_bounding_box: an image of {_size_of(x)} at ({offset_height}, {offset_width}) does not fit into "
            f"{target_height} x {target_width}"
        )
    around = [[offset_height, after[0]], [offset_width, after[1]], [0, 0]]
    return pad(x, [[0, 0]] * (x.array.ndim - 3) + around)


def resize_with_crop_or_pad(image: Any, target_height: int, target_width: int) -> EagerTensor:
    """The image cut around its middle, or with zeros around it, to a size."""
    x = _image_of(image)
    rows, columns = _size_of(x)
    height, width = min(rows, target_height), min(columns, target_width)
    x = crop_to_bounding_box(x, (rows - height) // 2, (columns - width) // 2, height, width)
    return pad_to_bounding_box(
        x, (target_height - height) // 2, (target_width - width) // 2, target_height, target_width
    )


def central_crop(image: Any, central_fraction: float) -> EagerTensor:
    """The middle of the image: such a share of its height and width."""
    x = _image_of(image)
    rows, columns = _size_of(x)
    top, left = (int((n - n * central_fraction) / 2) for n in (rows, columns))
    return crop_to_bounding_box(x, top, left, rows - 2 * top, columns - 2 * left)


def random_crop(value: Any, size: Any, seed: int | None = None, name: str | None = None) -> EagerTensor:
    """A part of a tensor of this size, from a random place.

    Raises:
        ValueError: it is larger than the tensor.
    """
    x, sizes = tensor_of(value), [int(n) for n in size]
    room = [m - n for m, n in zip(x.array.shape, sizes, strict=True)]
    if min(room) < 0:
        raise ValueError(f"random_crop: need value.shape >= size, got {x.shape} and {sizes}")
    starts = [int(source(generator_of(seed)).integers(0, more + 1)) for more in room]
    return x[tuple(slice(start, start + n) for start, n in zip(starts, sizes))]


# -- colours ----------------------------------------------------------------------------------------------


def rgb_to_grayscale(images: Any, name: str | None = None) -> EagerTensor:
    """The grey values (*, 1) of colours (*, 3)."""
    x, kind = _in_floats(images)
    return convert_image_dtype(tensordot(x, tensor_of(_GREY, x.dtype), 1)[..., None], kind)


def grayscale_to_rgb(images: Any, name: str | None = None) -> EagerTensor:
    """Grey values (*, 1) as colours (*, 3)."""
    x = _image_of(images)
    return concat([x, x, x], -1)


def adjust_brightness(image: Any, delta: Any) -> EagerTensor:
    """The image with a number added to all values, which go up to 1."""
    x, kind = _in_floats(image)
    return convert_image_dtype(x + delta, kind, saturate=True)


def adjust_contrast(images: Any, contrast_factor: Any) -> EagerTensor:
    """The distance of each value from the mean of its image and channel, times a number."""
    x, kind = _in_floats(images)
    mean = reduce_mean(x, [-3, -2], keepdims=True)
    return convert_image_dtype((x - mean) * contrast_factor + mean, kind, saturate=True)


def random_brightness(image: Any, max_delta: float, seed: int | None = None) -> EagerTensor:
    """The image with a random number from -max_delta to max_delta added."""
    return adjust_brightness(image, float(source(generator_of(seed)).uniform(-max_delta, max_delta)))


def random_contrast(image: Any, lower: float, upper: float, seed: int | None = None) -> EagerTensor:
    """The image with its contrast times a random number between two bounds."""
    return adjust_contrast(image, float(source(generator_of(seed)).uniform(lower, upper)))


def per_image_standardization(image: Any) -> EagerTensor:
    """Each image with mean 0 and variance 1."""
    x = cast(_image_of(image), "float32")
    count = float(np.prod(x.array.shape[-3:]))
    deviation = maximum(reduce_std(x, [-3, -2, -1], keepdims=True), count**-0.5)
    return (x - reduce_mean(x, [-3, -2, -1], keepdims=True)) / deviation


# -- measures ---------------------------------------------------------------------------------------------


def image_gradients(image: Any) -> tuple[EagerTensor, EagerTensor]:
    """The differences of neighbours, downwards and to the right, with zeros at the last row and column."""
    x = _image_of(image)
    down, right = x[..., 1:, :, :] - x[..., :-1, :, :], x[..., 1:, :] - x[..., :-1, :]
    rows, columns = _size_of(x)
    return pad_to_bounding_box(down, 0, 0, rows, columns), pad_to_bounding_box(right, 0, 0, rows, columns)


def total_variation(images: Any, name: str | None = None) -> EagerTensor:
    """The sum of the absolute differences of neighbours in each image."""
    down, right = image_gradients(images)
    return reduce_sum(abs(down), [-3, -2, -1]) + reduce_sum(abs(right), [-3, -2, -1])


def psnr(a: Any, b: Any, max_val: float, name: str | None = None) -> EagerTensor:
    """How much larger `max_val`² is than the mean squared difference of two images, in decibels."""
    error = reduce_mean(square(_image_of(a) - b), [-3, -2, -1])
    return multiply(log(max_val**2 / error), 10 / float(np.log(10)))
