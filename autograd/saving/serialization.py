"""save and load: tensors and plain values in files that hold only data, which is checked when it is read.

Two formats, neither of which contains a pickle:

* safetensors, for a path that ends in `.safetensors`: a flat dict of tensors, which every framework reads;
* otherwise a zip of `.npy` files, like NumPy's `.npz`, with a JSON tree that describes how they are nested (see
  `json_tree`); `numpy.load` can read the arrays.
"""

from __future__ import annotations

import json
import math
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np

from ..base.dtypes import Array
from ..core.tensor import Tensor, wrap
from . import json_tree
from .json_tree import LoadError

_TREE = "skeleton.json"
_FORMAT = "glassgrad 1"
#: The limit of the reference implementation of safetensors, far above the size of a header of names and shapes.
_MAX_HEADER = 100_000_000

_SAFE_TYPES = {
    "F64": np.float64, "F32": np.float32, "F16": np.float16, "C64": np.complex64, "I64": np.int64, "I32": np.int32,
    "I16": np.int16, "I8": np.int8, "U64": np.uint64, "U32": np.uint32, "U16": np.uint16, "U8": np.uint8,
    "BOOL": np.bool_,
}  # fmt: skip
_SAFE_NAMES = {np.dtype(kind): name for name, kind in _SAFE_TYPES.items()}


def save(obj: Any, f: str | os.PathLike[str] | BinaryIO) -> None:
    """Write tensors and plain values to a file.

    Args:
        obj: nested dicts (whose keys may be any plain values), lists, tuples and sets of tensors, parameters, arrays,
            numbers, strings, bytes, dtypes, shapes and None. A tensor that appears twice is the same tensor after
            loading. For a path that ends in `.safetensors`, a flat dict of tensors by name.
        f: a path, or a file opened for writing in binary mode.

    Raises:
        TypeError: a value of `obj` cannot be saved; nothing is written. Save the `state_dict()` of a module or an
            optimizer.
        ValueError: `obj` is not a flat dict of tensors, and the path ends in `.safetensors`.

    >>> import io, autograd
    >>> file = io.BytesIO()
    >>> save({"weights": autograd.ones(2), "step": 3}, file)
    >>> _ = file.seek(0)
    >>> load(file)
    {'weights': tensor([1., 1.]), 'step': 3}
    """
    if isinstance(f, (str, os.PathLike)) and os.fspath(f).endswith(".safetensors"):
        header, arrays = _safetensors_header(obj)
        with _opened(f, "wb") as file:
            file.write(len(header).to_bytes(8, "little") + header)
            for array in arrays:
                file.write(array.tobytes())
        return
    tree, arrays = json_tree.encode(obj)
    text = json.dumps({"format": _FORMAT, "root": tree})
    with _opened(f, "wb") as file, zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(_TREE, text)
        for i, array in enumerate(arrays):
            with archive.open(zipfile.ZipInfo(f"{i}.npy"), "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asarray(array), allow_pickle=False)


def load(f: str | os.PathLike[str] | BinaryIO, map_location: Any = None, *, weights_only: bool = True) -> Any:
    """Read a file that `save` wrote, or the dict of tensors of a safetensors file. Code in a file is never executed.

    Args:
        f: a path, or a seekable file opened for reading in binary mode.
        map_location: the CPU, or None.
        weights_only: ignored; loading is always safe.

    Raises:
        FileNotFoundError: there is no such file.
        LoadError: a kind of RuntimeError; the file is truncated, damaged or of another format, such as a pickle of
            PyTorch's, or its headers do not match its data.
        RuntimeError: `map_location` is another device than the CPU.
    """
    if map_location is not None and str(map_location).split(":")[0] != "cpu":
        raise RuntimeError(f"load: device {map_location!r} is not supported: Glassgrad is CPU-only")
    with _opened(f, "rb") as file:
        try:
            start = file.tell()
            size = file.seek(0, os.SEEK_END) - start
            file.seek(start)
            magic = file.read(8)
            file.seek(start)
            if magic[:4] == b"PK\x03\x04":
                return _load_archive(file)
            if magic[:1] == b"\x80" and int.from_bytes(magic, "little") > size:
                raise LoadError(_pickle_message("a pickle"))
            return _load_safetensors(file, size)
        except LoadError:
            raise
        except Exception as error:
            raise LoadError(f"load: the file is damaged or of another format: {error}") from error


@contextmanager
def _opened(f: Any, mode: str) -> Iterator[Any]:
    """Open a path, and close the file afterwards; a file is yielded as it is."""
    if isinstance(f, (str, os.PathLike)):
        with open(f, mode) as file:
            yield file
    elif hasattr(f, "read" if mode == "rb" else "write"):
        yield f
    else:
        raise TypeError(f"expected a path or a file, but got {type(f).__name__}")


def _pickle_message(what: str) -> str:
    return (
        f"load: this is {what}, probably PyTorch's. Reading a pickle can execute any code, so it is not supported: "
        "save the state dict in the safetensors format (safetensors.torch.save_file) in the program that created it"
    )


# -- the zip ----------------------------------------------------------------------------------------


def _load_archive(file: BinaryIO) -> Any:
    with zipfile.ZipFile(file) as archive:
        entries = {entry.filename: entry for entry in archive.infolist()}
        if any(name.endswith(".pkl") for name in entries):
            raise LoadError(_pickle_message("an archive with a pickle in it"))
        if _TREE not in entries:
            raise LoadError(f"load: the archive has no {_TREE}: read an .npz of NumPy's with numpy.load")
        for entry in entries.values():
            if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
                raise LoadError(f"load: {entry.filename} is compressed: expected stored entries, as `save` writes them")
        document = _parsed(archive.read(_TREE))
        if document.get("format") != _FORMAT:
            raise LoadError(f"load: expected format {_FORMAT!r} in {_TREE}, but got {document.get('format')!r:.40}")
        arrays: dict[int, Array] = {}

        def array(i: int) -> Array:
            if i not in arrays:
                entry = entries.get(f"{i}.npy")
                if entry is None:
                    raise LoadError(f"load: {_TREE} refers to array {i}, which is not in the archive")
                arrays[i] = _read_npy(archive, entry)
            return arrays[i]

        return json_tree.decode(document.get("root"), array)


def _read_npy(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Array:
    """One array, after a check that its header matches the size of the entry."""
    with archive.open(entry) as stream:
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            raise LoadError(f"load: expected version (1, 0) of the .npy format in {entry.filename}, but got {version}")
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
        if dtype.hasobject or dtype.kind not in "biufc" or any(n < 0 for n in shape):
            raise LoadError(f"load: {entry.filename} holds {dtype} elements of shape {shape}: expected numbers")
        if math.prod(shape) * dtype.itemsize != entry.file_size - stream.tell():
            raise LoadError(f"load: the header of {entry.filename} (shape {shape}, {dtype}) does not match its size")
    with archive.open(entry) as stream:
        array: Array = np.lib.format.read_array(stream, allow_pickle=False)
        if stream.read(1):
            raise LoadError(f"load: {entry.filename} has data after its array")
    return np.ascontiguousarray(array, array.dtype.newbyteorder("=")).reshape(array.shape)


def _parsed(text: bytes) -> dict[str, Any]:
    """A JSON object without repeated names."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise LoadError("load: a name appears twice in the same JSON object")
        return dict(pairs)

    document = json.loads(text.decode("utf-8"), object_pairs_hook=unique)
    if not isinstance(document, dict):
        raise LoadError("load: the header is not a JSON object")
    return document


# -- safetensors ------------------------------------------------------------------------------------


def _safetensors_header(obj: Any) -> tuple[bytes, list[Array]]:
    """The JSON header, padded to 8 bytes, and the arrays in its order: by element size, largest first, then by name."""
    if not isinstance(obj, Mapping):
        raise ValueError(
            f"save: a .safetensors file holds a flat dict of tensors, not {type(obj).__name__}: use another file "
            "extension for nested values"
        )
    arrays = {}
    for name, value in obj.items():
        if not isinstance(name, str) or not isinstance(value, (Tensor, np.ndarray)):
            raise ValueError(
                f"save: a .safetensors file holds tensors by name, but {name!r} is {type(value).__name__}: use another "
                "file extension for nested values"
            )
        array = np.asarray(value.array if isinstance(value, Tensor) else value)
        array = array.astype(array.dtype.newbyteorder("<"), copy=False)
        if array.dtype not in _SAFE_NAMES:
            raise ValueError(f"save: safetensors has no {array.dtype} elements ({name!r}): use another file extension")
        if name == "__metadata__":
            raise ValueError("save: the name __metadata__ is reserved in a .safetensors file")
        arrays[name] = array
    header, start, ordered = {}, 0, []
    for name, array in sorted(arrays.items(), key=lambda item: (-item[1].itemsize, item[0])):
        end = start + array.nbytes
        header[name] = {"dtype": _SAFE_NAMES[array.dtype], "shape": array.shape, "data_offsets": (start, end)}
        start = end
        ordered.append(array)
    text = json.dumps(header, separators=(",", ":")).encode()
    return text + b" " * (-len(text) % 8), ordered


def _load_safetensors(file: BinaryIO, size: int) -> dict[str, Tensor]:
    prefix = file.read(8)
    length = int.from_bytes(prefix, "little")
    if len(prefix) < 8 or length > min(size - 8, _MAX_HEADER):
        raise LoadError(
            f"load: the file ({size} bytes) is neither one that `save` wrote nor a complete safetensors file, whose "
            f"header would be {length} bytes long"
        )
    header = _parsed(file.read(length))
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise LoadError("load: __metadata__ of a safetensors file must map names to strings")
    entries = [(name, *_checked_entry(name, entry)) for name, entry in header.items()]
    at = 0
    for name, _, _, start, end in sorted(entries, key=lambda entry: entry[3:]):
        if start != at:
            raise LoadError(f"load: the data of {name!r} starts at {start}, but the data before it ends at {at}")
        at = end
    if at != size - 8 - length:
        raise LoadError(
            f"load: the header describes {at} bytes of data, but the file has {size - 8 - length}: truncated?"
        )
    begin = file.tell()
    tensors = {}
    for name, kind, shape, start, end in entries:
        file.seek(begin + start)
        data = bytearray(end - start)
        if file.readinto(data) != end - start:  # type: ignore[attr-defined]  # IO has it if it is binary
            raise LoadError(f"load: the data of {name!r} ends too early")
        tensors[name] = wrap(_array_of(kind, data).reshape(shape))
    return tensors


def _checked_entry(name: str, entry: Any) -> tuple[str, tuple[int, ...], int, int]:
    """The type, the shape, and the start and end of the data of one tensor in the header.

    Raises:
        LoadError: the entry does not follow the format.
    """
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise LoadError(f"load: the entry of {name!r} must have dtype, shape and data_offsets, and nothing else")
    kind, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if kind != "BF16" and kind not in _SAFE_TYPES:
        raise LoadError(f"load: the type {kind!r:.20} of {name!r} is not supported: NumPy has no such type")
    for numbers in (shape, offsets):
        if not isinstance(numbers, list) or not all(type(n) is int and n >= 0 for n in numbers):
            raise LoadError(f"load: shape and data_offsets of {name!r} must be lists of non-negative integers")
    if len(offsets) != 2:
        raise LoadError(f"load: data_offsets of {name!r} must be a start and an end")
    itemsize = 2 if kind == "BF16" else np.dtype(_SAFE_TYPES[kind]).itemsize
    if offsets[1] - offsets[0] != math.prod(shape) * itemsize:
        raise LoadError(f"load: {name!r} of shape {shape} and type {kind} does not match its data_offsets {offsets}")
    return kind, tuple(shape), offsets[0], offsets[1]


def _array_of(kind: str, data: bytearray) -> Array:
    if kind == "BF16":
        # NumPy has no bfloat16. It is the upper half of a float32, which holds it exactly.
        return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
    dtype = np.dtype(_SAFE_TYPES[kind]).newbyteorder("<")
    return np.frombuffer(data, dtype).astype(dtype.newbyteorder("="), copy=False)
