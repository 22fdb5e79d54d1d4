"""IDX files, the format of MNIST and similar data sets: a magic number, the shape, then the bytes."""

import gzip
import math
import struct
import zlib
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

UNSIGNED_BYTE = 0x08

#: Five times MNIST: a small file that is damaged, or made to harm, may announce any size.
LARGEST = 2**28


class DataError(Exception):
    """A file is missing, truncated or in another format; the message says what to do."""


def load_split(folder: Path, split: str) -> tuple[Bytes, Bytes]:
    """The images and labels of one split of a data set with MNIST's file names and sizes.

    Args:
        folder: holds `{split}-images-idx3-ubyte.gz` and `{split}-labels-idx1-ubyte.gz`.
        split: "train" or "t10k".

    Returns:
        images (N, 28, 28), labels (N,) from 0 to 9.

    Raises:
        DataError: a file is missing, damaged or in another format, or the two do not match.
    """
    image_file = folder / f"{split}-images-idx3-ubyte.gz"
    label_file = folder / f"{split}-labels-idx1-ubyte.gz"
    images, labels = read_idx(image_file, ndim=3), read_idx(label_file, ndim=1)
    if not images.size or images.shape[1:] != (28, 28):
        raise DataError(f"{image_file}: contains an array of shape {images.shape}, expected images of 28 by 28 pixels")
    if len(images) != len(labels):
        raise DataError(
            f"{label_file}: contains {len(labels)} labels for {len(images)} images, expected one for each;"
            " take both files from the same data set"
        )
    if labels.max() > 9:
        raise DataError(f"{label_file}: contains the label {labels.max()}, expected classes 0 to 9")
    return images, labels


def read_idx(path: Path, ndim: int) -> Bytes:
    """The array in a gzip IDX file of unsigned bytes. No more is unpacked than the header announces.

    Raises:
        DataError: the file cannot be read, or is not an IDX file with `ndim` dimensions.
    """
    try:
        with gzip.open(path) as file:
            shape = read_shape(path, file, ndim)
            content = file.read(math.prod(shape) + 1)
    except FileNotFoundError:
        raise DataError(f"{path}: no such file, expected a gzip IDX file; check the name of the folder") from None
    except gzip.BadGzipFile:
        raise DataError(f"{path}: not a gzip file, expected a gzip IDX file; download it again") from None
    except (EOFError, zlib.error):
        raise DataError(f"{path}: truncated or damaged, expected a complete gzip file; download it again") from None
    except OSError as error:
        raise DataError(f"{path}: cannot be read ({error.strerror}); check its permissions") from None
    if len(content) != math.prod(shape):
        found = f"more than {len(content) - 1}" if len(content) > math.prod(shape) else len(content)
        raise DataError(
            f"{path}: contains {found} bytes, expected {math.prod(shape)} for the shape {shape}; download it again"
        )
    return np.frombuffer(content, np.uint8).reshape(shape)


def read_shape(path: Path, file: BinaryIO, ndim: int) -> tuple[int, ...]:
    """The shape in the header of an IDX file.

    Raises:
        DataError: the header is not that of unsigned bytes with `ndim` dimensions, or announces too much.
    """
    magic = bytes([0, 0, UNSIGNED_BYTE, ndim])
    header = file.read(4 + 4 * ndim)
    if header[:4] != magic or len(header) < 4 + 4 * ndim:
        raise DataError(
            f"{path}: starts with {header[:4].hex() or 'nothing'}, expected {magic.hex()}"
            f" (IDX, unsigned bytes, {ndim}-d); is it a file of another data set?"
        )
    shape = struct.unpack(f">{ndim}I", header[4:])
    if math.prod(shape) > LARGEST:
        raise DataError(f"{path}: announces {math.prod(shape)} bytes, expected at most {LARGEST}; is it damaged?")
    return shape


def write_idx(path: Path, array: Bytes) -> None:
    """Write `array` as a gzip IDX file; equal arrays give equal files."""
    header = bytes([0, 0, UNSIGNED_BYTE, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    path.write_bytes(gzip.compress(header + array.tobytes(), compresslevel=9, mtime=0))
