"""idx: reading gives what was written, and invalid files are reported."""

import gzip
import struct
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from idx import DataError, load_split, read_idx, write_idx

EMBEDDED = Path(__file__).parents[2] / "examples" / "data"


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    """A path to overwrite, shared by the examples of one property."""
    return tmp_path_factory.mktemp("idx") / "array.gz"


def write_content(path: Path, content: bytes) -> Path:
    path.write_bytes(gzip.compress(content))
    return path


def write_split(folder: Path, images, labels) -> None:
    write_idx(folder / "train-images-idx3-ubyte.gz", np.asarray(images, np.uint8))
    write_idx(folder / "train-labels-idx1-ubyte.gz", np.asarray(labels, np.uint8))


@settings(deadline=None)
@given(array=arrays(np.uint8, array_shapes(max_dims=4, min_side=0, max_side=6)))
def test_reading_gives_back_what_was_written(scratch, array):
    write_idx(scratch, array)
    read = read_idx(scratch, array.ndim)
    assert read.dtype == np.uint8
    assert read.shape == array.shape
    assert (read == array).all()


@settings(deadline=None)
@given(array=arrays(np.uint8, (3, 4)), data=st.data())
def test_a_truncated_file_raises(scratch, array, data):
    write_idx(scratch, array)
    whole = scratch.read_bytes()
    scratch.write_bytes(whole[: data.draw(st.integers(0, len(whole) - 1))])
    with pytest.raises(DataError):
        read_idx(scratch, ndim=2)


@settings(deadline=None)
@given(content=st.binary(max_size=40))
def test_random_content_raises_or_is_a_valid_array(scratch, content):
    write_content(scratch, content)
    try:
        array = read_idx(scratch, ndim=1)
    except DataError:
        return
    assert content == b"\0\0\x08\1" + struct.pack(">I", len(array)) + array.tobytes()


def test_the_same_array_gives_the_same_bytes(tmp_path):
    first, second = tmp_path / "first.gz", tmp_path / "second.gz"
    write_idx(first, np.arange(6, dtype=np.uint8))
    write_idx(second, np.arange(6, dtype=np.uint8))
    assert first.read_bytes() == second.read_bytes()


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"absent\.gz: no such file, expected a gzip IDX file"):
        read_idx(tmp_path / "absent.gz", ndim=1)


def test_a_folder_is_not_a_file(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        read_idx(tmp_path, ndim=1)


def test_a_file_that_is_not_gzip_raises(tmp_path):
    path = tmp_path / "plain.gz"
    path.write_bytes(b"\0\0\x08\1\0\0\0\1\7")
    with pytest.raises(DataError, match=r"plain\.gz: not a gzip file"):
        read_idx(path, ndim=1)


def test_a_truncated_gzip_file_raises(tmp_path):
    path = tmp_path / "cut.gz"
    write_idx(path, np.arange(100, dtype=np.uint8))
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(DataError, match=r"cut\.gz: truncated or damaged"):
        read_idx(path, ndim=1)


def test_another_magic_number_raises(tmp_path):
    path = write_content(tmp_path / "floats.gz", b"\0\0\x0d\1\0\0\0\0")
    with pytest.raises(DataError, match=r"starts with 00000d01, expected 00000801 \(IDX, unsigned bytes, 1-d\)"):
        read_idx(path, ndim=1)


def test_empty_content_raises(tmp_path):
    with pytest.raises(DataError, match="starts with nothing"):
        read_idx(write_content(tmp_path / "empty.gz", b""), ndim=1)


@pytest.mark.parametrize("body, found", [(b"\1\2", "2"), (b"\1\2\3\4", "more than 3")])
def test_a_body_that_does_not_match_the_shape_raises(tmp_path, body, found):
    path = write_content(tmp_path / "odd.gz", b"\0\0\x08\1\0\0\0\3" + body)
    with pytest.raises(DataError, match=rf"contains {found} bytes, expected 3 for the shape \(3,\)"):
        read_idx(path, ndim=1)


def test_different_numbers_of_images_and_labels_raise(tmp_path):
    write_split(tmp_path, np.zeros((3, 28, 28)), [0, 1])
    with pytest.raises(DataError, match="contains 2 labels for 3 images"):
        load_split(tmp_path, "train")


@pytest.mark.parametrize("shape", [(2, 32, 32), (0, 28, 28)])
def test_images_of_another_size_or_no_images_raise(tmp_path, shape):
    write_split(tmp_path, np.zeros(shape), np.zeros(shape[0]))
    with pytest.raises(DataError, match="expected images of 28 by 28 pixels"):
        load_split(tmp_path, "train")


def test_a_class_above_nine_raises(tmp_path):
    write_split(tmp_path, np.zeros((2, 28, 28)), [9, 10])
    with pytest.raises(DataError, match="contains the label 10, expected classes 0 to 9"):
        load_split(tmp_path, "train")


@pytest.mark.parametrize(("split", "count"), [("train", 600), ("t10k", 100)])
def test_the_embedded_data_contains_every_class_equally_often(split, count):
    images, labels = load_split(EMBEDDED, split)
    assert images.shape == (10 * count, 28, 28)
    assert np.bincount(labels).tolist() == [count] * 10


def test_no_more_is_unpacked_than_the_header_announces(tmp_path):
    """A file of 30 kB unpacks to 30 MB."""
    content = b"\0\0\x08\1" + struct.pack(">I", 3) + b"abc" + bytes(30_000_000)
    path = write_content(tmp_path / "bomb.gz", content)
    tracemalloc.start()
    with pytest.raises(DataError, match="contains more than 3 bytes, expected 3"):
        read_idx(path, ndim=1)
    assert tracemalloc.get_traced_memory()[1] < 5_000_000
    tracemalloc.stop()
    path = write_content(tmp_path / "huge.gz", b"\0\0\x08\2" + struct.pack(">II", 2**32 - 1, 2**32 - 1))
    with pytest.raises(DataError, match="announces 18446744065119617025 bytes, expected at most"):
        read_idx(path, ndim=2)
