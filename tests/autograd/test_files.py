"""Files of every format: written whole or not at all, the same bytes for the same values, safe when damaged."""

import errno
import io
import json
import os
import random
import stat
import subprocess
import sys
import threading
import tracemalloc
import zipfile

import numpy as np
import pytest

import autograd
import autograd.tensorflow as tf
from autograd.core.tensor import wrap
from autograd.saving import files, serialization
from autograd.saving.files import LoadError, opened_to_write
from nn import keras
from nn.keras import layers


def model():
    keras.utils.clear_session()
    keras.utils.set_random_seed(0)
    made = keras.Sequential([keras.Input((3,)), layers.Dense(2), layers.Dense(1)])
    made.compile("adam", "mse")
    made.fit(np.ones((4, 3), np.float32), np.ones((4, 1), np.float32), verbose=0)
    return made


VALUES = {
    "a": autograd.arange(6).reshape(2, 3), "b": [1, "two", {"x", "y", "z"}, autograd.ones(2)], 5: (1.5, b"xy", 2 + 1j),
}  # fmt: skip
STATE = {"w": autograd.arange(6.0).reshape(2, 3), "step": autograd.tensor(3)}


def checkpoint(value=1.0):
    return tf.train.Checkpoint(v=tf.Variable([value, 2.0]), nets=[tf.Variable(3)])


#: For each format: the end of the name, how it is written, how it is read, and the errors for a damaged file.
FORMATS = {
    "save": ("a.pt", lambda path: autograd.save(VALUES, path), autograd.load, LoadError),
    "safetensors": ("a.safetensors", lambda path: autograd.save(STATE, path), autograd.load, LoadError),
    "weights": (
        "a.weights.npz",
        lambda path: model().save_weights(path),
        lambda p: model().load_weights(p),
        ValueError,
    ),
    "model": ("a.keras", lambda path: model().save(path), keras.models.load_model, (ValueError, TypeError)),
    "checkpoint": (
        "a.npz",
        lambda path: checkpoint().write(str(path)[:-4]),
        lambda path: checkpoint().read(str(path)[:-4]),
        (tf.errors.DataLossError, tf.errors.InvalidArgumentError, ValueError),
    ),
}
every_format = pytest.mark.parametrize("format", FORMATS)


# -- writing


@every_format
def test_the_same_values_give_the_same_bytes(format, tmp_path):
    name, write, *_ = FORMATS[format]
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        write(tmp_path / folder / name)
    assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()


def test_a_set_gives_the_same_bytes_in_every_process(tmp_path):
    """The order of a set of strings depends on a random number of the process."""
    program = "import autograd, sys; autograd.save({'b', 'a', ('c', 1), 'd', 5}, sys.argv[1])"
    for seed in ("1", "2"):
        environment = os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        subprocess.run([sys.executable, "-c", program, tmp_path / seed], env=environment, check=True)
    assert (tmp_path / "1").read_bytes() == (tmp_path / "2").read_bytes()


class Failing:
    """A file that raises an error after some bytes, as on a full disk."""

    def __init__(self, file, after, error):
        self.file, self.left, self.error = file, after, error

    def write(self, data):
        self.left -= len(data)
        if self.left < 0:
            raise self.error
        return self.file.write(data)

    def __getattr__(self, name):
        return getattr(self.file, name)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.file.close()


@every_format
@pytest.mark.parametrize(
    "error", [OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt(), MemoryError()]
)
@pytest.mark.parametrize("after", [0, 100])
def test_a_failed_save_leaves_the_old_file_and_nothing_else(format, error, after, tmp_path, monkeypatch):
    name, write, *_ = FORMATS[format]
    (tmp_path / name).write_bytes(b"old")
    monkeypatch.setattr(files, "open", lambda *args: Failing(open(*args), after, error), raising=False)  # noqa: SIM115
    with pytest.raises(type(error)):
        write(tmp_path / name)
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert (tmp_path / name).read_bytes() == b"old"


def test_a_killed_process_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.pt"
    autograd.save(1, path)
    program = """
import os, sys, autograd
from autograd.saving import files
files.os.replace = lambda *_: os._exit(9)
autograd.save(autograd.ones(1000), sys.argv[1])
"""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", program, path], env=environment, check=False)
    assert done.returncode == 9
    assert autograd.load(path) == 1


def test_what_is_saved_is_whole_on_the_disk_before_it_takes_the_place(tmp_path, monkeypatch):
    done = []
    for name in ("fsync", "replace"):
        original = getattr(os, name)
        monkeypatch.setattr(files.os, name, lambda *args, n=name, f=original: (done.append(n), f(*args)))
    autograd.save(1, tmp_path / "a")
    assert done == ["fsync", "replace"]


def test_concurrent_savers_of_one_path_leave_one_whole_file(tmp_path):
    path = tmp_path / "a.pt"
    values = [autograd.full((2000,), float(number)) for number in range(4)]

    def save_often(value):
        for _ in range(10):
            autograd.save(value, path)

    threads = [threading.Thread(target=save_often, args=(value,)) for value in values]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        if path.exists():
            assert len(set(autograd.load(path).tolist())) == 1
    for thread in threads:
        thread.join()
    assert [each.name for each in tmp_path.iterdir()] == ["a.pt"]


@pytest.mark.skipif(os.name != "posix", reason="links and permissions of POSIX")
def test_links_and_permissions_stay(tmp_path):
    target, link = tmp_path / "target", tmp_path / "link"
    autograd.save(1, target)
    assert stat.S_IMODE(target.stat().st_mode) == 0o666 & ~_umask()
    target.chmod(0o640)
    link.symlink_to(target)
    autograd.save(2, link)
    assert link.is_symlink() and autograd.load(target) == 2
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    with opened_to_write(os.devnull) as file:  # a device is written to, and not replaced
        file.write(b"x")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


def _umask():
    mask = os.umask(0)
    os.umask(mask)
    return mask


def test_errors_of_opening_name_the_path(tmp_path):
    with pytest.raises(FileNotFoundError, match="missing/a"):
        autograd.save(1, tmp_path / "missing" / "a")
    with pytest.raises(IsADirectoryError):
        autograd.save(1, tmp_path)
    with pytest.raises(TypeError, match="expected a path or a file, but got int"):
        autograd.save(1, 3)


# -- damaged files


def damaged(data, rng):
    """The bytes with a few changed, removed or inserted, or without the end."""
    out, place = bytearray(data), rng.randrange(len(data))
    kind = rng.randrange(4)
    if kind == 0:
        for _ in range(rng.randint(1, 4)):
            out[rng.randrange(len(out))] = rng.randrange(256)
    elif kind == 1:
        del out[place:]
    elif kind == 2:
        del out[place : place + rng.randint(1, 30)]
    else:
        out[place:place] = rng.randbytes(rng.randint(1, 9))
    return bytes(out)


@every_format
def test_a_damaged_file_raises_the_documented_error_with_its_name_or_loads(format, tmp_path):
    name, write, read, errors = FORMATS[format]
    path, rng = tmp_path / name, random.Random(0)
    write(path)
    data = path.read_bytes()
    read(path)
    failures = 0
    for _ in range(150):
        path.write_bytes(damaged(data, rng))
        try:
            read(path)
        except errors as error:
            failures += 1
            assert name in str(error)
    assert failures > 100


TREE = {"type": "Tensor", "array": 0, "object": 0, "requires_grad": False}


def npy(array):
    file = io.BytesIO()
    np.lib.format.write_array(file, array)
    return file.getvalue()


def archive(root, *arrays, names=None, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as made:
        made.writestr("skeleton.json", json.dumps({"format": "glassgrad 1", "root": root}))
        for name, data in zip(names or map(str, range(len(arrays))), arrays):
            made.writestr(f"{name}.npy", data)
    return file.getvalue()


def error_of(data):
    with pytest.raises(LoadError) as raised:
        autograd.load(io.BytesIO(data))
    return str(raised.value)


def test_reading_takes_memory_in_proportion_to_the_file():
    bomb = archive(TREE, npy(np.zeros(10**7)), compression=zipfile.ZIP_DEFLATED)
    tracemalloc.start()
    assert "compressed" in error_of(bomb)
    assert tracemalloc.get_traced_memory()[1] < 2_000_000
    tracemalloc.stop()


def test_entries_that_share_their_bytes_are_refused():
    """The entries of such an archive together are larger than the file."""
    data = archive([TREE], npy(np.zeros(100_000)))
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a") as made:
        first = made.getinfo("0.npy")
        for number in range(1, 20):
            copy = zipfile.ZipInfo(f"{number}.npy")
            for name in ("file_size", "compress_size", "CRC", "header_offset", "external_attr"):
                setattr(copy, name, getattr(first, name))
            made.filelist.append(copy)
            made._didModify = True
    assert "claim" in error_of(file.getvalue()) or "overlap" in error_of(file.getvalue()).lower()


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_archive_with_two_entries_of_a_name_is_refused():
    assert "two entries" in error_of(archive(TREE, npy(np.ones(1)), npy(np.ones(2)), names=["0", "0"]))


@pytest.mark.parametrize("dtype", [np.longdouble, np.clongdouble, "datetime64[s]", "U3", "O", "V4", [("a", "f4")]])
def test_elements_that_are_not_those_of_tensors_are_refused(dtype):
    if np.dtype(dtype) in files.ELEMENTS:
        pytest.skip("a long double is a double on this system")
    array = np.zeros(2, dtype)
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, np.lib.format.header_data_from_array_1_0(array))
    assert "expected numbers" in error_of(archive(TREE, header.getvalue() + bytes(array.nbytes)))
    with pytest.raises(TypeError, match="can't be saved, only numbers"):
        autograd.save(array, io.BytesIO())


def test_arrays_in_another_byte_order_are_read(tmp_path):
    for order in "<>":
        (array,) = _round_trip([np.array([1.5, -2.0], order + "f4")])
        assert array.dtype == np.float32 and array.tolist() == [1.5, -2]


def _round_trip(value):
    file = io.BytesIO()
    autograd.save(value, file)
    return autograd.load(io.BytesIO(file.getvalue()))


@pytest.mark.parametrize("kind", ["dict", "set", "Counter"])
def test_keys_chosen_to_have_one_hash_are_refused(kind):
    keys = [number * (2**61 - 1) for number in range(1, 3001)]
    assert len(set(map(hash, keys))) == 1
    items = keys if kind == "set" else [[key, 1] for key in keys]
    assert "3000 keys of a dict or set have the same hash" in error_of(archive({"type": kind, "items": items}))


def test_huge_integers_are_saved_and_huge_decimals_refused():
    assert _round_trip({"a": 10**6000, "b": -(2**1024)}) == {"a": 10**6000, "b": -(2**1024)}
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as made:
        made.writestr("skeleton.json", '{"format": "glassgrad 1", "root": ' + "9" * 100_000 + "}")
    assert "damaged" in error_of(file.getvalue())


def test_names_with_half_a_character():
    """JSON can write them, text cannot: a plain value keeps them, a .safetensors file, which others read, refuses."""
    assert _round_trip({"\ud800": "\udfff"}) == {"\ud800": "\udfff"}
    header = json.dumps({"\ud800": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
    assert "lone surrogate" in error_of(len(header).to_bytes(8, "little") + header + bytes(4))


def test_a_safetensors_name_with_half_a_character_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="lone surrogate"):
        autograd.save({"\ud800": autograd.ones(1)}, tmp_path / "a.safetensors")
    assert list(tmp_path.iterdir()) == []


# -- the limit of a header


def safe(header, data=b""):
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def entry(kind="F32", shape=(2,), offsets=(0, 8)):
    return {"dtype": kind, "shape": list(shape), "data_offsets": list(offsets)}


def test_another_device_is_refused(tmp_path):
    autograd.save(1, tmp_path / "a")
    for here in (autograd.device("cpu"), "cpu", "cpu:0", None):
        assert autograd.load(tmp_path / "a", map_location=here) == 1
    for other in ("cuda", "cuda:0", "meta", "a"):
        with pytest.raises(RuntimeError, match=f"device '{other}' is not supported"):
            autograd.load(tmp_path / "a", map_location=other)


def test_a_file_that_is_for_reading_only_is_not_replaced(tmp_path, monkeypatch):
    autograd.save(1, tmp_path / "a")
    monkeypatch.setattr(os, "access", lambda path, mode: mode != os.W_OK)
    with pytest.raises(PermissionError, match=r"^\[Errno 13\] Permission denied: '.*a'$"):
        autograd.save(2, tmp_path / "a")
    assert autograd.load(tmp_path / "a") == 1


def test_a_header_above_the_limit_is_not_read(monkeypatch):
    assert serialization._MAX_HEADER == 100_000_000  # the limit of the format's reference implementation
    data = safe({"w": entry()}, bytes(8))
    monkeypatch.setattr(serialization, "_MAX_HEADER", len(data) - 17)
    assert "header would be" in error_of(data)
    monkeypatch.setattr(serialization, "_MAX_HEADER", len(data) - 16)
    assert autograd.load(io.BytesIO(data))["w"].tolist() == [0, 0]


# -- depth


def deep(levels, wrap_one):
    value = autograd.ones(1)
    for _ in range(levels):
        value = wrap_one(value)
    return value


@pytest.mark.parametrize(
    "wrap_one", [lambda v: [v], lambda v: {"a": v}, lambda v: (v, 1)], ids=["list", "dict", "tuple"]
)
def test_values_nested_5000_deep_are_saved_and_loaded(wrap_one):
    value = _round_trip(deep(5000, wrap_one))
    depth = 0
    while not isinstance(value, autograd.Tensor):
        value, depth = (value["a"] if isinstance(value, dict) else value[0]), depth + 1
    assert depth == 5000 and value.tolist() == [1]


def test_a_structure_that_contains_itself_raises_however_long_the_way_back():
    for length in (1, 2, 3, 500):
        loop = []
        inner = deep(length - 1, lambda v: [v, v]) if length < 4 else deep(length, lambda v: [v])
        loop += [inner, inner, loop] if length < 4 else [inner]
        if length == 500:
            last = loop
            while isinstance(last[0], list):
                last = last[0]
            last[0] = loop
        with pytest.raises(ValueError, match="contains itself"):
            autograd.save(loop, io.BytesIO())


def test_a_value_used_twice_side_by_side_is_no_loop():
    shared = [wrap(np.ones(1))]
    a, b = _round_trip([shared, {"x": shared}])
    assert a[0] is b["x"][0]
