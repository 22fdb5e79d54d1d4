"""The formats of files, byte by byte where other versions and programs depend on it, and the errors word for word."""

import io
import json
import os
import threading
import zipfile
from collections import Counter, OrderedDict, defaultdict

import numpy as np
import pytest

import autograd
from autograd.saving import json_tree
from autograd.saving.files import LoadError

X = autograd.ones(2, requires_grad=True)
#: A value of every type that can be saved, and its JSON tree.
TREES = [
    (None, None),
    ([True, 2, -0.5, "é", 2**1024 - 1, 1 - 2**1024], [True, 2, -0.5, "é", 2**1024 - 1, 1 - 2**1024]),
    (2**1024, {"type": "int", "hex": hex(2**1024)}),
    (-(2**1024), {"type": "int", "hex": hex(-(2**1024))}),
    (1 - 2j, {"type": "complex", "parts": [1.0, -2.0]}),
    (b"xy", {"type": "bytes", "base64": "eHk="}),
    (bytearray(b"z"), {"type": "bytearray", "base64": "eg=="}),
    ((1, []), {"type": "tuple", "items": [1, []]}),
    (autograd.Size((3, 4)), {"type": "Size", "items": [3, 4]}),
    (slice(1, None, 2), {"type": "slice", "items": [1, None, 2]}),
    (range(5, 1, -2), {"type": "range", "items": [5, 1, -2]}),
    ({3, 1, 2}, {"type": "set", "items": [1, 2, 3]}),
    (frozenset("ba"), {"type": "frozenset", "items": ["a", "b"]}),
    ({1: "a", (): 2}, {"type": "dict", "items": [[1, "a"], [{"type": "tuple", "items": []}, 2]]}),
    (OrderedDict(k=1), {"type": "OrderedDict", "items": [["k", 1]]}),
    (Counter("aab"), {"type": "Counter", "items": [["a", 2], ["b", 1]]}),
    (autograd.float16, {"type": "dtype", "name": "float16"}),
    (np.float32(2), {"type": "scalar", "array": 0}),
    (np.arange(3), {"type": "ndarray", "array": 0}),
    (
        [np.arange(2), X, X, X.detach(), autograd.nn.Parameter(autograd.ones(1), False)],
        [
            {"type": "ndarray", "array": 0},
            {"type": "Tensor", "array": 1, "requires_grad": True, "object": 0},
            {"type": "Tensor", "array": 1, "requires_grad": True, "object": 0},
            {"type": "Tensor", "array": 1, "requires_grad": False, "object": 1},
            {"type": "Parameter", "array": 2, "requires_grad": False, "object": 2},
        ],
    ),
]


@pytest.mark.parametrize(("value", "tree"), TREES)
def test_a_value_has_this_json_tree(value, tree):
    assert json.loads(json.dumps(json_tree.encode(value)[0])) == {"root": tree}


def test_an_archive_has_these_entries():
    file = io.BytesIO()
    autograd.save({"x": X, "n": np.arange(3)}, file)
    with zipfile.ZipFile(file) as archive:
        entries = archive.infolist()
        assert [entry.filename for entry in entries] == ["skeleton.json", "0.npy", "1.npy"]
        for entry in entries:
            assert entry.date_time == (1980, 1, 1, 0, 0, 0) and entry.compress_type == zipfile.ZIP_STORED
            assert (entry.create_system, entry.external_attr) == (3, 0o644 << 16)  # Unix; its owner may write
        assert json.loads(archive.read("skeleton.json"))["format"] == "glassgrad 1"
        assert archive.read("1.npy").startswith(b"\x93NUMPY\x01\x00")


def test_a_safetensors_file_has_these_bytes(tmp_path):
    state = {"b": autograd.tensor([1, 2], dtype=autograd.int16), "a": np.array([[3]], ">i2"), "c": autograd.tensor(1.5)}
    autograd.save(state, tmp_path / "x.safetensors")
    header = (
        b'{"c":{"dtype":"F32","shape":[],"data_offsets":[0,4]},"a":{"dtype":"I16","shape":[1,1],"data_offsets":[4,6]},'
        b'"b":{"dtype":"I16","shape":[2],"data_offsets":[6,10]}}'
    )
    padding = b" " * (-len(header) % 8)
    length = (len(header) + len(padding)).to_bytes(8, "little")
    data = b"\x00\x00\xc0\x3f" + b"\x03\x00" + b"\x01\x00\x02\x00"
    assert padding and (tmp_path / "x.safetensors").read_bytes() == length + header + padding + data


@pytest.mark.parametrize("name", ["a.pt", "a.safetensors"])
def test_a_file_is_read_from_where_it_stands(name, tmp_path):
    autograd.save({"x": X.detach()}, tmp_path / name)
    file = io.BytesIO(bytes(range(7)) + (tmp_path / name).read_bytes())
    file.seek(7)
    assert autograd.load(file)["x"].tolist() == [1, 1]


#: Each puts a value into a container.
CONTAINERS = {
    "list": lambda v: [v], "tuple": lambda v: (v,), "dict": lambda v: {"a": v}, "slice": lambda v: slice(v),
    "OrderedDict": lambda v: OrderedDict(a=v), "frozenset": lambda v: frozenset([v]),
}  # fmt: skip


@pytest.mark.parametrize("kind", CONTAINERS)
def test_a_tree_is_split_into_parts_of_50_levels(kind):
    for levels, parts in ((50, 0), (51, 1), (100, 1), (101, 2), (150, 2), (151, 3), (500, 9)):
        value = 1
        for _ in range(levels):
            value = CONTAINERS[kind](value)
        trees, _ = json_tree.encode(value)
        assert len(trees.get("parts", ())) == parts
        again = json_tree.decode(json.loads(json.dumps(trees)), None)
        assert json_tree.encode(again)[0] == trees


@pytest.mark.parametrize("count", [100, 101])
def test_a_hundred_keys_may_have_one_hash(count):
    keys = [i * (2**61 - 1) for i in range(count)]
    file = io.BytesIO()
    autograd.save(set(keys), file)
    file.seek(0)
    if count == 100:
        assert autograd.load(file) == set(keys)
    else:
        with pytest.raises(LoadError, match="101 keys of a dict or set have the same hash"):
            autograd.load(file)


# -- errors word for word


def zipped(entries, compression=zipfile.ZIP_STORED):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as made:
        for name, data in entries.items():
            made.writestr(name, data)
    return file.getvalue()


def listed(method, compressed, size):
    """An archive of one stored entry of 5 bytes, whose list of entries says something else."""
    data = bytearray(zipped({"a": bytes(5)}))
    place = data.index(b"PK\x01\x02")
    data[place + 10 : place + 12] = method.to_bytes(2, "little")
    data[place + 20 : place + 28] = compressed.to_bytes(4, "little") + size.to_bytes(4, "little")
    return bytes(data)


def archive(root, array=None, name="0.npy"):
    tree = {"skeleton.json": json.dumps({"format": "glassgrad 1", "root": root})}
    return zipped(tree if array is None else tree | {name: array})


def npy(shape="(2,)", dtype="<f8", data=bytes(16)):
    header = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


def safe(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def entry(kind="F32", shape=(2,), offsets=(0, 8)):
    return {"w": {"dtype": kind, "shape": shape, "data_offsets": offsets}}


TENSOR = {"type": "Tensor", "array": 0, "object": 0, "requires_grad": False}
ARRAY = {"type": "ndarray", "array": 0}
PICKLE = (
    "probably PyTorch's. Reading a pickle can execute any code, so it is not supported: save the state dict in the "
    "safetensors format (safetensors.torch.save_file) in the program that created it"
)
MANY = "(" + "1, " * 64 + ")"
#: By what is wrong: the bytes, and the message after "load: ", or None if they can be loaded.
WRONG = {
    "dims": (archive(ARRAY, npy(MANY, data=bytes(8))), None),
    "more dims": (
        archive(ARRAY, npy(MANY.replace("(", "(1, "), data=bytes(8))),
        f"'0.npy' holds float64 elements of shape {'(' + '1, ' * 26 + '1'}: expected numbers",
    ),
    "a negative size": (
        archive(ARRAY, npy("(-1,)")), "'0.npy' holds float64 elements of shape (-1,): expected numbers"
    ),
    "text": (archive(ARRAY, npy(dtype="<U2")), "'0.npy' holds <U2 elements of shape (2,): expected numbers"),
    "times": (
        archive(ARRAY, npy(dtype="<m8")), "'0.npy' holds timedelta64 elements of shape (2,): expected numbers"
    ),
    "another checksum": (
        archive(ARRAY, npy()).replace(bytes(16), bytes(15) + b"x"),
        "the file is damaged or of another format: BadZipFile(\"Bad CRC-32 for file '0.npy'\")",
    ),
    "less data": (
        archive(ARRAY, npy(data=bytes(15))), "the header of '0.npy' (shape (2,), float64) does not match its size"
    ),
    "more data": (
        archive(ARRAY, npy(data=bytes(17))), "the header of '0.npy' (shape (2,), float64) does not match its size"
    ),
    "version 2": (
        archive(ARRAY, npy().replace(b"NUMPY\x01", b"NUMPY\x02")),
        "expected version (1, 0) of the .npy format in '0.npy', but got (2, 0)",
    ),
    "compressed": (
        zipped({"skeleton.json": b"x" * 99}, zipfile.ZIP_DEFLATED),
        "'skeleton.json' is compressed: expected stored entries, as they are saved",
    ),
    "compressed, 60": (
        zipped({"n" * 60: b"x" * 99}, zipfile.ZIP_DEFLATED),
        f"'{'n' * 60}' is compressed: expected stored entries, as they are saved",
    ),
    "compressed, 61": (
        zipped({"n" * 61: b"x" * 99}, zipfile.ZIP_DEFLATED),
        f"'{'n' * 60}'… is compressed: expected stored entries, as they are saved",
    ),
    "compressed to the same size": (
        listed(8, 5, 5), "'a' is compressed: expected stored entries, as they are saved"
    ),
    "stored in fewer bytes": (listed(0, 4, 5), "'a' is compressed: expected stored entries, as they are saved"),
    "stored in more bytes": (listed(0, 6, 5), "'a' is compressed: expected stored entries, as they are saved"),
    "larger than the file": (
        listed(0, 999, 999), f"the entries of the archive claim 999 bytes, but the file has {len(listed(0, 5, 5))}"
    ),
    "as large as the file": (
        listed(0, len(listed(0, 5, 5)), len(listed(0, 5, 5))),
        "the archive has no skeleton.json: read an .npz of NumPy's with numpy.load",
    ),
    "pickle in a zip": (zipped({"data.pkl": b"x"}), f"this is an archive with a pickle in it, {PICKLE}"),
    "pickle": (b"\x80\x02}q\x00X\x01\x00\x00\x00xq\x01K\x01s.", f"this is a pickle, {PICKLE}"),
    "npz": (zipped({"x.npy": npy()}), "the archive has no skeleton.json: read an .npz of NumPy's with numpy.load"),
    "another format": (
        zipped({"skeleton.json": b'{"format": "other"}'}),
        "expected format 'glassgrad 1' in skeleton.json, but got 'other'",
    ),
    "no object": (zipped({"skeleton.json": b"[]"}), "the header is not a JSON object"),
    "a name twice": (
        zipped({"skeleton.json": b'{"a": 1, "a": 1}'}), "a name appears twice in the same JSON object"
    ),
    "parts": (
        zipped({"skeleton.json": b'{"format": "glassgrad 1", "parts": 3}'}),
        "the parts and the objects of the JSON tree must be lists",
    ),
    "no array": (archive(ARRAY), "skeleton.json refers to array 0, which is not in the archive"),
    "array -1": (
        archive({**ARRAY, "array": -1}, npy()), "the number of an array must be a non-negative integer, but got -1"
    ),
    "array 0.0": (
        archive({**ARRAY, "array": 0.0}, npy()), "the number of an array must be a non-negative integer, but got 0.0"
    ),
    "object": (
        archive({**TENSOR, "object": "x"}, npy()), "the number of an object must be an integer, but got 'x'"
    ),
    "unknown type": (archive({"type": "eval"}), "the JSON tree has a value of unknown type 'eval'"),
    "a long type": (archive({"type": "n" * 99}), f"the JSON tree has a value of unknown type '{'n' * 39}"),
    "no type": (archive({}), "the JSON tree has a value of unknown type None"),
    "part": (archive({"type": "part", "number": 3}), "a part in the JSON tree is malformed: KeyError(3)"),
    "items": (archive({"type": "tuple", "items": "ab"}), "items must be a list"),
    "no items": (archive({"type": "tuple"}), "a tuple in the JSON tree is malformed: KeyError('items')"),
    "dtype": (archive({"type": "dtype", "name": "object"}), "there is no dtype 'object'"),
    "too short": (
        bytes(7), "the file (7 bytes) is neither one that `save` wrote nor a complete safetensors file, whose header "
        "would be 0 bytes long",
    ),
    "empty": (bytes(8), "the file is damaged or of another format: "
              "JSONDecodeError('Expecting value: line 1 column 1 (char 0)')"),
    "a header beyond the end": (
        (3).to_bytes(8, "little") + b"{}", "the file (10 bytes) is neither one that `save` wrote nor a complete "
        "safetensors file, whose header would be 3 bytes long",
    ),
    **{
        f"{length} bytes of a header that are not there": (
            length.to_bytes(8, "little") + b"{}", "the file (10 bytes) is neither one that `save` wrote nor a complete "
            f"safetensors file, whose header would be {length} bytes long",
        ) for length in (0x7F, 0x81)
    },
    "a header of 0x80 bytes": (safe(b"{}" + b" " * 0x7E), None),
    "no tensors": (safe(b"{}"), None),
    "metadata": (
        safe({"__metadata__": {"a": 1}}), "__metadata__ of a safetensors file must map names to strings"
    ),
    "a gap": (
        safe({**entry(), "v": entry(offsets=(9, 17))["w"]}, bytes(17)),
        "the data of 'v' starts at 9, but the data before it ends at 8",
    ),
    "an overlap": (
        safe({**entry(), "v": entry(offsets=(4, 12))["w"]}, bytes(12)),
        "the data of 'v' starts at 4, but the data before it ends at 8",
    ),
    "a byte less": (
        safe(entry(), bytes(7)), "the header describes 8 bytes of data, but the file has 7: truncated?"
    ),
    "a byte more": (
        safe(entry(), bytes(9)), "the header describes 8 bytes of data, but the file has 9: truncated?"
    ),
    "half a character": (
        safe({"\ud800": 1}), "the name '\\ud800' has a lone surrogate, which is not text"
    ),
    "no entry": (safe({"w": 1}), "the entry of 'w' must have dtype, shape and data_offsets, and nothing else"),
    "FP8": (
        safe(entry("F8_E4M3", (8,)), bytes(8)), "the type 'F8_E4M3' of 'w' is not supported: NumPy has no such type"
    ),
    "a size of -1": (
        safe(entry(shape=(-1, -2)), bytes(8)), "shape and data_offsets of 'w' must be lists of non-negative integers"
    ),
    "a size of 2.0": (
        safe(entry(shape=(2.0,)), bytes(8)), "shape and data_offsets of 'w' must be lists of non-negative integers"
    ),
    "a size of True": (
        safe(entry(shape=(True, 2)), bytes(8)), "shape and data_offsets of 'w' must be lists of non-negative integers"
    ),
    "offsets that are no list": (
        safe(entry(offsets=8), bytes(8)), "shape and data_offsets of 'w' must be lists of non-negative integers"
    ),
    "more than an entry": (
        safe({"w": entry()["w"] | {"more": 1}}, bytes(8)),
        "the entry of 'w' must have dtype, shape and data_offsets, and nothing else",
    ),
    "three offsets": (
        safe(entry(offsets=(0, 8, 8)), bytes(8)), "data_offsets of 'w' must be a start and an end"
    ),
    "one offset": (safe(entry(offsets=(0,)), bytes(8)), "data_offsets of 'w' must be a start and an end"),
    "64 dims": (safe(entry(shape=[1] * 63 + [2]), bytes(8)), None),
    "65 dims": (safe(entry(shape=[1] * 64 + [2]), bytes(8)), "'w' has 65 dims, but an array has at most 64"),
    "too small a shape": (
        safe(entry(shape=(1,)), bytes(8)), "'w' of shape [1] and type F32 does not match its data_offsets [0, 8]"
    ),
    "too large a shape": (
        safe(entry(shape=(3,)), bytes(8)), "'w' of shape [3] and type F32 does not match its data_offsets [0, 8]"
    ),
    "BF16": (
        safe(entry("BF16"), bytes(8)), "'w' of shape [2] and type BF16 does not match its data_offsets [0, 8]"
    ),
}  # fmt: skip


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_file_is_refused_in_these_words(wrong):
    data, message = WRONG[wrong]
    if message is None:
        autograd.load(io.BytesIO(data))
        return
    with pytest.raises(LoadError) as raised:
        autograd.load(io.BytesIO(data))
    assert str(raised.value) == f"load: {message}"


@pytest.mark.parametrize(
    ("value", "path", "error", "message"),
    [
        (lambda: 0, "a", TypeError, "save: a builtins.function can't be saved: <lambda> can't be imported from "
         f"{__name__}: define it there at the top level"),
        (threading.Lock(), "a", TypeError, "save: a _thread.lock can't be saved: lock can't be taken apart: cannot "
         "pickle '_thread.lock' object"),
        (defaultdict(int), "a", TypeError, "save: a collections.defaultdict can't be saved: defaultdict has more than "
         "attributes"),
        (np.array(["x"]), "a", TypeError, "save: an array of <U1 can't be saved, only numbers of the types of tensors"),
        (X, "a.safetensors", ValueError, "save: a .safetensors file holds a flat dict of tensors, not Tensor: use "
         "another file extension for nested values"),
        ({"a": 1}, "a.safetensors", ValueError, "save: a .safetensors file holds tensors by name, but 'a' is int: use "
         "another file extension for nested values"),
        ({1: X}, "a.safetensors", ValueError, "save: a .safetensors file holds tensors by name, but 1 is Tensor: use "
         "another file extension for nested values"),
        ({"a": X.to(autograd.complex128)}, "a.safetensors", ValueError, "save: safetensors has no complex128 elements "
         "('a'): use another file extension"),
        ({"__metadata__": X}, "a.safetensors", ValueError, "save: the name '__metadata__' is reserved in a "
         ".safetensors file"),
        ({"\ud800": X}, "a.safetensors", ValueError, "save: the name '\\ud800' has a lone surrogate, which is not "
         "text, in a .safetensors file"),
    ],
)  # fmt: skip
def test_what_cannot_be_saved_is_refused_in_these_words(value, path, error, message, tmp_path):
    with pytest.raises(error) as raised:
        autograd.save(value, tmp_path / path)
    assert str(raised.value) == message and os.listdir(tmp_path) == []
