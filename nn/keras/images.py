"""Images of the library Pillow as arrays, and arrays as such images."""

from __future__ import annotations

import importlib
from typing import Any

import numpy as np

from .metrics.base import plain


def _channels_last(data_format: str | None) -> bool:
    if data_format not in (None, "channels_last", "channels_first"):
        raise ValueError(
            "The `data_format` argument must be one of {'channels_first', 'channels_last'}. Received: "
            f"data_format={data_format!r}"
        )
    return data_format != "channels_first"


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> np.ndarray:
    """An image as an array (height, width, channels), or with the channels first.

    Args:
        img: an image of Pillow, or an array (height, width) or (height, width, channels).
        data_format: "channels_last", the default, or "channels_first".
        dtype: of the array; float32 by default.

    Raises:
        ValueError: the image has another number of dims.

    >>> img_to_array(np.zeros((2, 3), "uint8")).shape
    (2, 3, 1)
    """
    last = _channels_last(data_format)
    array = np.asarray(img).astype(dtype or "float32")
    if array.ndim not in (2, 3):
        raise ValueError(f"Unsupported image shape: {array.shape}: it must be (height, width) or have channels too")
    array = array[..., None] if array.ndim == 2 else array
    return array if last else array.transpose(2, 0, 1)


def array_to_img(x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None) -> Any:
    """An array (height, width, channels) as an image of Pillow, which must be installed.

    Args:
        x: an array with 1 channel (gray), 3 (RGB) or 4 (RGBA).
        data_format: "channels_last", the default, or "channels_first" for an array (channels, height, width).
        scale: whether to map the smallest value to 0 and the largest to 255.
        dtype: in which to compute; float32 by default.

    Raises:
        ImportError: Pillow is not installed.
        ValueError: the array is not an image.
    """
    last = _channels_last(data_format)
    array = plain(x).astype(dtype or "float32")
    if array.ndim != 3:
        raise ValueError(f"Expected image array to have rank 3 (single image). Got array with shape: {array.shape}")
    array = array if last else array.transpose(1, 2, 0)
    if array.shape[2] not in (1, 3, 4):
        raise ValueError(f"Unsupported channel number: {array.shape[2]}: an image has 1, 3 or 4 channels")
    try:
        pillow = importlib.import_module("PIL.Image")
    except ImportError:
        raise ImportError(
            "Could not import PIL.Image. The use of `array_to_img` requires PIL: pip install pillow"
        ) from None
    if scale:
        array = array - array.min(initial=np.inf)
        array = array * 255 / max(array.max(initial=0), np.finfo(np.float32).tiny)
    if array.shape[2] == 1:
        kind = "int32" if array.max(initial=0) > 255 else "uint8"
        return pillow.fromarray(array[..., 0].astype(kind))
    return pillow.fromarray(array.astype("uint8"))
