"""`tf.image`: flips, crops, sizes, colors and measures of images (H, W, C) and batches of images (N, H, W, C)."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..core.tensor import Tensor
from ..ops.creation.random import source
from ..ops.window.interpolation import interpolate
from .arranging import concat, gather, pad, reshape, reverse, transpose as transpose_axes
from .creation import sizes_of
from .dtypes import as_dtype
from .elementwise import abs, cast, clip_by_value, floordiv, log, maximum, multiply, square
from .nn import windows_of
from .products import tensordot
from .random import generator_of, uniform
from .reductions import reduce_mean, reduce_std, reduce_sum
from .tensors import EagerTensor, checked, tensor_of

#: The weights of red, green and blue in luminance (ITU-R BT.601).
_LUMINANCE = (0.2989, 0.5870, 0.1140)


def _image_of(value: Any) -> EagerTensor:
    """Convert an image, or a batch of images, to a tensor; ValueError unless it has 3 or 4 axes."""
    images = tensor_of(value)
    if images.array.ndim not in (3, 4):
        raise ValueError(
            f"'image' (shape {images.shape}) must be three- or four-dimensional: (H, W, C) or (N, H, W, C)"
        )
    return images


def _size_of(images: Tensor) -> tuple[int, int]:
    """Height and width."""
    height, width = images.array.shape[-3:-1]
    return height, width


# -- dtypes -----------------------------------------------------------------------------------------------


@checked("ImageConvertImageDtype")
def convert_image_dtype(image: Any, dtype: Any, saturate: bool = False, name: str | None = None) -> EagerTensor:
    """Convert to another dtype and scale: integers range up to their largest value, floating-point numbers up to 1."""
    x, wanted = tensor_of(image), as_dtype(dtype)
    if x.dtype == wanted:
        return x
    if not x.dtype.is_integer:
        if not wanted.is_integer:
            return cast(x, wanted)
        scaled = x * (float(wanted.max) + 0.5)
        return cast(clip_by_value(scaled, 0.0, float(wanted.max)) if saturate else scaled, wanted)
    if wanted.is_integer:
        ratio = (int(x.dtype.max) + 1) / (int(wanted.max) + 1)
        if ratio > 1:
            return cast(floordiv(x, int(ratio)), wanted)
        return cast(x, wanted) * round(1 / ratio)
    return cast(x, wanted) * (1.0 / float(x.dtype.max))


def _in_floats(image: Any) -> tuple[EagerTensor, Any]:
    """The image in floating point, and its own dtype."""
    images = _image_of(image)
    return convert_image_dtype(images, "float32") if images.dtype.is_integer else images, images.dtype


# -- flips and rotations ----------------------------------------------------------------------------------


@checked("ImageFlipLeftRight")
def flip_left_right(image: Any) -> EagerTensor:
    """The image mirrored left to right.

    >>> flip_left_right([[[1.0], [2.0]]]).numpy().tolist()
    [[[2.0], [1.0]]]
    """
    return reverse(_image_of(image), [-2])


@checked("ImageFlipUpDown")
def flip_up_down(image: Any) -> EagerTensor:
    """The image mirrored upside down."""
    return reverse(_image_of(image), [-3])


@checked("ImageTranspose")
def transpose(image: Any, name: str | None = None) -> EagerTensor:
    """The image with its height and width exchanged; a batch and the channels stay where they are."""
    x = _image_of(image)
    return transpose_axes(x, [*range(x.array.ndim - 3), x.array.ndim - 2, x.array.ndim - 3, x.array.ndim - 1])


@checked("ImageRot90")
def rot90(image: Any, k: int = 1, name: str | None = None) -> EagerTensor:
    """The image rotated counterclockwise by `k` times 90 degrees."""
    x = _image_of(image)
    for _ in range(int(k) % 4):
        x = reverse(transpose(x), [-3])
    return x


def _at_random(image: Any, change: Any, seed: int | None) -> EagerTensor:
    """Each image changed with probability 1/2."""
    x = _image_of(image)
    draws = source(generator_of(seed)).random(x.array.shape[:-3] or 1) < 0.5
    parts = [x] if x.array.ndim == 3 else list(x)
    changed = [change(part) if drawn else part for part, drawn in zip(parts, draws, strict=True)]
    return changed[0] if x.array.ndim == 3 else concat([part[None] for part in changed], 0)


@checked("ImageRandomFlipLeftRight")
def random_flip_left_right(image: Any, seed: int | None = None) -> EagerTensor:
    """Each image mirrored left to right with probability 1/2."""
    return _at_random(image, flip_left_right, seed)


@checked("ImageRandomFlipUpDown")
def random_flip_up_down(image: Any, seed: int | None = None) -> EagerTensor:
    """Each image mirrored upside down with probability 1/2."""
    return _at_random(image, flip_up_down, seed)


# -- sizes ------------------------------------------------------------------------------------------------


@checked("ImageResize")
def resize(
    images: Any, size: Any, method: str = "bilinear", preserve_aspect_ratio: bool = False, antialias: bool = False,
    name: str | None = None,
) -> EagerTensor:  # fmt: skip
    """Images resized to (height, width).

    Args:
        images: (H, W, C) or (N, H, W, C).
        size: height and width.
        method: "bilinear", whose result is float32, or "nearest".
        preserve_aspect_ratio: whether to keep the proportions; `size` is then the maximum.

    Raises:
        NotImplementedError: another method, or `antialias`.
    """
    if method not in ("bilinear", "nearest") or antialias:
        raise NotImplementedError(
            f"resize: method={method!r} with antialias={antialias} is not supported; use 'bilinear' or 'nearest' "
            "without antialias"
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


@checked("ImageCropToBoundingBox")
def crop_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> EagerTensor:
    """The part of the image with the given upper left corner and size.

    Raises:
        ValueError: the box is not inside the image.
    """
    x = _image_of(image)
    height, width = _size_of(x)
    bottom, right = offset_height + target_height, offset_width + target_width
    if min(offset_height, offset_width) < 0 or bottom > height or right > width:
        raise ValueError(
            f"crop_to_bounding_box: a box of {target_height} x {target_width} at ({offset_height}, {offset_width}) is "
            f"not inside an image of {height} x {width}"
        )
    return x[..., offset_height:bottom, offset_width:right, :]


@checked("ImagePadToBoundingBox")
def pad_to_bounding_box(
    image: Any, offset_height: int, offset_width: int, target_height: int, target_width: int
) -> EagerTensor:
    """The image placed at the offsets in a larger image of zeros.

    Raises:
        ValueError: the image does not fit.
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


@checked("ImageResizeWithCropOrPad")
def resize_with_crop_or_pad(image: Any, target_height: int, target_width: int) -> EagerTensor:
    """The image cropped around its center, or padded with zeros on all sides, to a size."""
    x = _image_of(image)
    rows, columns = _size_of(x)
    height, width = min(rows, target_height), min(columns, target_width)
    x = crop_to_bounding_box(x, (rows - height) // 2, (columns - width) // 2, height, width)
    return pad_to_bounding_box(
        x, (target_height - height) // 2, (target_width - width) // 2, target_height, target_width
    )


@checked("ImageCentralCrop")
def central_crop(image: Any, central_fraction: float) -> EagerTensor:
    """The center of the image: the given fraction of its height and width."""
    x = _image_of(image)
    rows, columns = _size_of(x)
    top, left = (int((n - n * central_fraction) / 2) for n in (rows, columns))
    return crop_to_bounding_box(x, top, left, rows - 2 * top, columns - 2 * left)


@checked("ImageRandomCrop")
def random_crop(value: Any, size: Any, seed: int | None = None, name: str | None = None) -> EagerTensor:
    """A part of a tensor with the given size, at a random offset.

    Raises:
        ValueError: the size is larger than the tensor.
    """
    x, sizes = tensor_of(value), [int(n) for n in size]
    room = [m - n for m, n in zip(x.array.shape, sizes, strict=True)]
    if min(room) < 0:
        raise ValueError(f"random_crop: need value.shape >= size, got {x.shape} and {sizes}")
    starts = [int(source(generator_of(seed)).integers(0, n + 1)) for n in room]
    return x[tuple(slice(start, start + n) for start, n in zip(starts, sizes))]


@checked("ImageExtractPatches")
def extract_patches(
    images: Any, sizes: Any, strides: Any, rates: Any, padding: str, name: str | None = None
) -> EagerTensor:  # fmt: skip
    """The windows of images, each as one long row of channels.

    Args:
        images: (N, H, W, C).
        sizes, strides, rates: four numbers each, 1 for the batch and the channels: the size of a window, the distance
            between two, and that between two elements of a window.
        padding: "VALID", or "SAME", with zeros around the image.

    Returns:
        (N, H', W', height · width · C), the elements of a window row by row.

    Raises:
        ValueError: an argument does not have four numbers, or not 1 for the batch and the channels.
        InvalidArgumentError: the images have another rank.

    >>> extract_patches([[[[1.0], [2.0], [3.0]]]], [1, 1, 2, 1], [1, 1, 1, 1], [1, 1, 1, 1], "VALID").numpy().tolist()
    [[[[1.0, 2.0], [2.0, 3.0]]]]
    """
    x = tensor_of(images)
    for argument, value in (("sizes", sizes), ("strides", strides), ("rates", rates)):
        numbers = sizes_of(value)
        if len(numbers) != 4 or numbers[0] != 1 or numbers[3] != 1:
            raise ValueError(f"{argument} must be [1, height, width, 1], but is {value!r}")
    geometry = windows_of("ExtractImagePatches", x.array.shape, sizes_of(sizes)[1:3], strides, padding, rates)
    padded = pad(x, [[0, 0], *geometry.padding, [0, 0]])
    rows, columns = (
        np.arange(out)[:, None] * step + np.arange(size) * rate
        for out, step, size, rate in zip(geometry.out, geometry.stride, geometry.kernel, geometry.dilation)
    )
    windows = gather(gather(padded, rows, axis=1), columns, axis=3)  # (N, H', height, W', width, C)
    in_order = transpose_axes(windows, [0, 1, 3, 2, 4, 5])
    return reshape(
        in_order, [x.array.shape[0], *geometry.out, geometry.kernel[0] * geometry.kernel[1] * x.array.shape[3]]
    )


# -- colors -----------------------------------------------------------------------------------------------


@checked("ImageRgbToGrayscale")
def rgb_to_grayscale(images: Any, name: str | None = None) -> EagerTensor:
    """The luminance (*, 1) of RGB values (*, 3)."""
    x, kind = _in_floats(images)
    return convert_image_dtype(tensordot(x, tensor_of(_LUMINANCE, x.dtype), 1)[..., None], kind)


@checked("ImageGrayscaleToRgb")
def grayscale_to_rgb(images: Any, name: str | None = None) -> EagerTensor:
    """Gray values (*, 1) as RGB values (*, 3)."""
    x = _image_of(images)
    return concat([x, x, x], -1)


@checked("ImageAdjustBrightness")
def adjust_brightness(image: Any, delta: Any) -> EagerTensor:
    """The image with `delta` added to all values, on a scale from 0 to 1."""
    x, kind = _in_floats(image)
    return convert_image_dtype(x + delta, kind, saturate=True)


@checked("ImageAdjustContrast")
def adjust_contrast(images: Any, contrast_factor: Any) -> EagerTensor:
    """The image with the deviation of each value from its channel's mean multiplied by `contrast_factor`."""
    x, kind = _in_floats(images)
    mean = reduce_mean(x, [-3, -2], keepdims=True)
    return convert_image_dtype((x - mean) * contrast_factor + mean, kind, saturate=True)


@checked("ImageRandomBrightness")
def random_brightness(image: Any, max_delta: float, seed: int | None = None) -> EagerTensor:
    """The image with a random number from [-max_delta, max_delta) added to all values."""
    return adjust_brightness(image, uniform([], -max_delta, max_delta, seed=seed))


@checked("ImageRandomContrast")
def random_contrast(image: Any, lower: float, upper: float, seed: int | None = None) -> EagerTensor:
    """The image with its contrast multiplied by a random number from [lower, upper)."""
    return adjust_contrast(image, uniform([], lower, upper, seed=seed))


@checked("ImagePerImageStandardization")
def per_image_standardization(image: Any) -> EagerTensor:
    """Each image scaled to mean 0 and variance 1."""
    x = cast(_image_of(image), "float32")
    count = float(np.prod(x.array.shape[-3:]))
    deviation = maximum(reduce_std(x, [-3, -2, -1], keepdims=True), count**-0.5)
    return (x - reduce_mean(x, [-3, -2, -1], keepdims=True)) / deviation


# -- measures ---------------------------------------------------------------------------------------------


@checked("ImageImageGradients")
def image_gradients(image: Any) -> tuple[EagerTensor, EagerTensor]:
    """The differences between neighbors, vertically and horizontally; 0 in the last row or column."""
    x = _image_of(image)
    down, right = x[..., 1:, :, :] - x[..., :-1, :, :], x[..., 1:, :] - x[..., :-1, :]
    rows, columns = _size_of(x)
    return pad_to_bounding_box(down, 0, 0, rows, columns), pad_to_bounding_box(right, 0, 0, rows, columns)


@checked("ImageTotalVariation")
def total_variation(images: Any, name: str | None = None) -> EagerTensor:
    """The sum of the absolute differences between neighbors in each image."""
    down, right = image_gradients(images)
    return reduce_sum(abs(down), [-3, -2, -1]) + reduce_sum(abs(right), [-3, -2, -1])


@checked("ImagePsnr")
def psnr(a: Any, b: Any, max_val: float, name: str | None = None) -> EagerTensor:
    """The peak signal-to-noise ratio of two images: `max_val`² over the mean squared error, in decibels."""
    x, y = _image_of(a), _image_of(b)
    largest = convert_image_dtype(cast(max_val, x.dtype), "float32")
    x, y = convert_image_dtype(x, "float32"), convert_image_dtype(y, "float32")
    error = reduce_mean(square(x - y), [-3, -2, -1])
    return multiply(log(largest**2.0 / error), 10 / float(np.log(10)))
