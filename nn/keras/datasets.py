"""Data sets, read from the folder where Keras stores them. Nothing is downloaded."""

from __future__ import annotations

import gzip
import math
import os
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

Split = tuple[np.ndarray, np.ndarray]
Array = np.ndarray[Any, Any]

_IDX = (
    "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)  # fmt: skip

#: Twenty times MNIST.
_LARGEST = 2**30


def home() -> Path:
    """The folder where Keras stores data sets: `datasets` in the folder KERAS_HOME, or in ~/.keras."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets"


def _load_mnist(path: str = "mnist.npz") -> tuple[Split, Split]:
    """MNIST: (60000, 28, 28) and (10000, 28, 28) images of uint8, and labels.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: it is damaged, or holds other arrays.
    """
    file = home() / path
    if not file.exists():
        raise FileNotFoundError(
            f"{file} does not exist, and nothing is downloaded. Put Keras' file mnist.npz there, with the arrays "
            "x_train, y_train, x_test and y_test"
        )
    try:
        with open(file, "rb") as opened, np.load(opened, allow_pickle=False) as arrays:
            sizes = {info.filename: info.file_size for info in arrays.zip.infolist()}
            _check_size(file, sum(sizes.values()))
            return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])
    except MemoryError:
        raise
    except Exception as error:  # what a damaged zip raises depends on the place of the damage
        raise ValueError(f"{file} is damaged, or is not Keras' file mnist.npz: {error!r:.200}") from error


def _check_size(file: Path, size: int) -> None:
    """Raise ValueError if a file announces more bytes than such a data set has: a small one can unpack to any size."""
    if size > _LARGEST:
        raise ValueError(f"{file} would unpack to {size:,} bytes, and at most {_LARGEST:,} are expected")


def _load_fashion_mnist() -> tuple[Split, Split]:
    """Fashion-MNIST: (60000, 28, 28) and (10000, 28, 28) images of uint8, and labels; or FileNotFoundError."""
    folders = [home() / "fashion-mnist", Path("/usr/share/datasets/fashion-mnist")]
    for folder in folders:
        files = [next((path for path in (folder / name, folder / name[:-3]) if path.exists()), None) for name in _IDX]
        if all(files):
            x_train, y_train, x_test, y_test = (_read_idx(path) for path in files if path is not None)
            return (x_train, y_train), (x_test, y_test)
    raise FileNotFoundError(
        f"Fashion-MNIST was not found, and nothing is downloaded. Put {', '.join(_IDX)} into {folders[0]}, or install "
        "Debian's package dataset-fashion-mnist"
    )


def _read_idx(path: Path) -> Array:
    """Read an IDX file of bytes, compressed or not; ValueError if it is damaged or of another format."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as file:
            zeros, ndim = file.read(3), file.read(1)[0]
            shape = tuple(int(n) for n in np.frombuffer(file.read(4 * ndim), ">u4", ndim))
            _check_size(path, math.prod(shape))
            content = file.read(math.prod(shape) + 1)
    except (OSError, EOFError, IndexError, ValueError, zlib.error) as error:
        raise ValueError(f"{path} is damaged, or is not an IDX file: {error!r:.200}") from error
    if zeros != b"\0\0\x08" or len(content) != math.prod(shape):
        raise ValueError(f"{path} is damaged, or is not an IDX file of bytes of the shape {shape}")
    return np.frombuffer(content, np.uint8).reshape(shape).copy()


mnist = SimpleNamespace(load_data=_load_mnist)
fashion_mnist = SimpleNamespace(load_data=_load_fashion_mnist)
