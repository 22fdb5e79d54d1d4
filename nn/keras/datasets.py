"""Data sets, read from the folder where Keras stores them. Nothing is downloaded."""

from __future__ import annotations

import gzip
import os
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


def home() -> Path:
    """The folder where Keras stores data sets: `datasets` in the folder KERAS_HOME, or in ~/.keras."""
    return Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras") / "datasets"


def _load_mnist(path: str = "mnist.npz") -> tuple[Split, Split]:
    """MNIST: (60000, 28, 28) and (10000, 28, 28) images of uint8, and labels; FileNotFoundError without the file."""
    file = home() / path
    if not file.exists():
        raise FileNotFoundError(
            f"{file} does not exist, and nothing is downloaded. Put Keras' file mnist.npz there, with the arrays "
            "x_train, y_train, x_test and y_test"
        )
    with np.load(file, allow_pickle=False) as arrays:
        return (arrays["x_train"], arrays["y_train"]), (arrays["x_test"], arrays["y_test"])


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
    """Read an IDX file of bytes, compressed or not."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    ndim = content[3]
    shape = np.frombuffer(content, ">i4", ndim, 4)
    return np.frombuffer(content, np.uint8, offset=4 + 4 * ndim).reshape(shape).copy()


mnist = SimpleNamespace(load_data=_load_mnist)
fashion_mnist = SimpleNamespace(load_data=_load_fashion_mnist)
