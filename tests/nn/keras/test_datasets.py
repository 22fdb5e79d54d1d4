"""Data sets read from files."""

import contextlib
import gzip
import math
import random
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

from nn import keras
from nn.keras.datasets import _IDX, _read_idx


def test_mnist_is_read_from_the_folder_of_keras(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    with pytest.raises(FileNotFoundError, match="nothing is downloaded"):
        keras.datasets.mnist.load_data()
    (tmp_path / "datasets").mkdir()
    arrays = {"x_train": np.ones((2, 28, 28)), "y_train": np.arange(2), "x_test": np.ones((1, 28, 28)), "y_test": [3]}
    np.savez(tmp_path / "datasets" / "mnist.npz", **arrays)
    (x_train, _), (_, y_test) = keras.datasets.mnist.load_data()
    assert x_train.shape == (2, 28, 28)
    assert y_test.tolist() == [3]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    (tmp_path / "datasets" / "fashion-mnist").mkdir(parents=True)
    return tmp_path / "datasets"


def idx(shape, data):
    return b"\0\0\x08" + bytes([len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + data


def test_a_damaged_data_set_raises_value_error_with_its_name(folder):
    arrays = {name: np.arange(20) for name in ("x_train", "y_train", "x_test", "y_test")}
    np.savez_compressed(folder / "mnist.npz", **arrays)
    data, rng = (folder / "mnist.npz").read_bytes(), random.Random(0)
    for _ in range(40):
        place = rng.randrange(len(data))
        (folder / "mnist.npz").write_bytes(data[:place] + rng.randbytes(5) + data[place + 5 :])
        with contextlib.suppress(ValueError):
            keras.datasets.mnist.load_data()
    with zipfile.ZipFile(folder / "mnist.npz", "w") as file:
        file.writestr("other.npy", b"")
    with pytest.raises(ValueError, match=r"mnist\.npz is damaged"):
        keras.datasets.mnist.load_data()


@pytest.mark.parametrize(
    "content",
    [
        idx((2, 3), bytes(6)) + b"x", idx((2, 3), bytes(5)), b"", b"\0\0", b"\0\0\x0d\1\0\0\0\1x",
        idx((2**31, 2**31), b"") + bytes(9),
    ],
    ids=["longer", "shorter", "empty", "no header", "another type", "huge"],
)  # fmt: skip
@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_a_damaged_idx_file_raises_value_error_with_its_name(content, suffix, folder):
    for name in _IDX:
        path = folder / "fashion-mnist" / (name[:-3] + suffix)
        path.write_bytes(gzip.compress(content) if suffix else content)
    with pytest.raises(ValueError, match="train-images-idx3-ubyte"):
        keras.datasets.fashion_mnist.load_data()


def test_no_more_is_unpacked_than_a_header_announces(folder):
    bomb = gzip.compress(idx((2, 3), bytes(6)) + bytes(30_000_000), compresslevel=1)
    (folder / "fashion-mnist" / "a.gz").write_bytes(bomb)
    tracemalloc.start()
    with pytest.raises(ValueError, match="damaged"):
        _read_idx(folder / "fashion-mnist" / "a.gz")
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()


@pytest.mark.parametrize("shape", [(5,), (2, 3), (2, 3, 4), (1, 2, 3, 4)])
def test_an_idx_file_has_any_number_of_dims(shape, tmp_path):
    content = np.arange(math.prod(shape), dtype=np.uint8)
    (tmp_path / "a").write_bytes(idx(shape, content.tobytes()))
    assert np.array_equal(_read_idx(tmp_path / "a"), content.reshape(shape))
