"""save and load: tensors and plain values in files that hold only data, which is checked when it is read.

Two formats, neither of which contains a pickle:

* safetensors, for a path that ends in `.safetensors`: a flat dict of tensors, which every framework reads;
* otherwise a zip of `.npy` files, like NumPy's `.npz`, with a JSON tree that describes how they are nested (see
  `json_tree`); `numpy.load` can read the arrays.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np

from ..base.dtypes import Array
from ..core.tensor import Tensor, wrap
from ..surface import make_public as _make_public
from . import json_tree
from .files import (
    MAX_DIMS,
    Archive,
    LoadError,
    is_text,
    opened_to_read,
    opened_to_write,
    parsed,
    pickle_message,
    write_archive,
)
from .objects import name_of, safe

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


def save(
    obj: Any,
    f: str | os.PathLike[str] | BinaryIO,
    pickle_protocol: int = 2,
    _use_new_zipfile_serialization: bool = True,
) -> None:
    """Write tensors and plain values to a file.

    Args:
        obj: nested dicts (whose keys may be any plain values), lists, tuples and sets of tensors, parameters, arrays,
            numbers, strings, bytes, dtypes, shapes and None; modules and other objects, by the name of their class
            and their attributes; functions, by their name. What appears twice is one object after loading. For a path
            that ends in `.safetensors`, a flat dict of tensors by name.
        f: a path, or a file opened for writing in binary mode.
        pickle_protocol, _use_new_zipfile_serialization: ignored.

    Raises:
        TypeError: a value of `obj` cannot be saved, such as a lambda or a lock; nothing is written.
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
        with opened_to_write(f) as file:
            file.write(len(header).to_bytes(8, "little") + header)
            for array in arrays:
                file.write(array.tobytes())
        return
    tree, arrays = json_tree.encode(obj)
    text = json.dumps({"format": _FORMAT, **tree})
    with opened_to_write(f) as file:
        write_archive(file, {_TREE: text}, ((str(i), array) for i, array in enumerate(arrays)))


def load(
    f: str | os.PathLike[str] | BinaryIO,
    map_location: Any = None,
    *,
    weights_only: bool | None = True,
    mmap: Any = None,
) -> Any:
    """Read a file that `save` wrote, or the dict of tensors of a safetensors file. Files contain no code.

    Args:
        f: a path, or a seekable file opened for reading in binary mode.
        map_location: the CPU, or None; a dict or function is ignored.
        mmap: ignored.
        weights_only: whether to refuse a file with objects of classes other than those of plain values. To load
            such a file, its classes are imported, and a `__setstate__` is called: only do so if you trust it.

    Raises:
        FileNotFoundError: there is no such file.
        LoadError: a kind of RuntimeError; the file is truncated, damaged or of another format, such as a pickle of
            PyTorch's, its headers do not match its data, or it holds other objects than plain values.
        RuntimeError: `map_location` is another device than the CPU.
    """
    if not (map_location is None or callable(map_location) or isinstance(map_location, Mapping)) and (
        str(map_location).split(":")[0] != "cpu"
    ):
        raise RuntimeError(f"load: device {map_location!r} is not supported: Glassgrad is CPU-only")
    with opened_to_read(f, "load") as (file, size):
        magic = file.read(8)
        file.seek(-len(magic), os.SEEK_CUR)
        if magic[:4] == b"PK\x03\x04":
            return _load_archive(file, size, classes=weights_only is False)
        if magic[:1] == b"\x80" and int.from_bytes(magic, "little") > size:
            raise LoadError(pickle_message("a pickle"))
        return _load_safetensors(file, size)


def add_safe_globals(safe_globals: Iterable[Any]) -> None:
    """Let `load` create objects of these classes, and import these functions, even with `weights_only=True`.

    Raises:
        TypeError: one of them cannot be imported by its name.
    """
    safe.update({name_of(value): value for value in safe_globals})


def get_safe_globals() -> list[Any]:
    """The classes and functions that `add_safe_globals` has added."""
    return list(safe.values())


def clear_safe_globals() -> None:
    """Forget all classes and functions that `add_safe_globals` has added."""
    safe.clear()


@contextlib.contextmanager
def safe_globals(safe_globals: Iterable[Any]) -> Iterator[None]:
    """A context manager: inside the block, these classes and functions are safe too, as by `add_safe_globals`."""
    before = dict(safe)
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        safe.clear()
        safe.update(before)


def _load_archive(file: BinaryIO, size: int, classes: bool) -> Any:
    archive = Archive(file, size)
    if _TREE not in archive.entries:
        raise LoadError(f"the archive has no {_TREE}: read an .npz of NumPy's with numpy.load")
    document = parsed(archive.text(_TREE))
    if document.get("format") != _FORMAT:
        raise LoadError(f"expected format {_FORMAT!r} in {_TREE}, but got {document.get('format')!r:.40}")
    arrays: dict[int, Array] = {}

    def array(i: int) -> Array:
        if i not in arrays:
            if f"{i}.npy" not in archive.entries:
                raise LoadError(f"{_TREE} refers to array {i}, which is not in the archive")
            arrays[i] = archive.array(f"{i}.npy")
        return arrays[i]

    return json_tree.decode(document, array, classes)


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
        if name == "__metadata__" or not is_text(name):
            why = "is reserved" if is_text(name) else "has a lone surrogate, which is not text,"
            raise ValueError(f"save: the name {name!r} {why} in a .safetensors file")
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
    length = int.from_bytes(file.read(8), "little")
    if length > min(size - 8, _MAX_HEADER):
        raise LoadError(
            f"the file ({size} bytes) is neither one that `save` wrote nor a complete safetensors file, whose "
            f"header would be {length} bytes long"
        )
    header = parsed(file.read(length))
    metadata = header.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise LoadError("__metadata__ of a safetensors file must map names to strings")
    entries = [(name, *_checked_entry(name, entry)) for name, entry in header.items()]
    at = 0
    for name, _, _, start, end in sorted(entries, key=lambda entry: entry[3:]):
        if start != at:
            raise LoadError(f"the data of {name!r} starts at {start}, but the data before it ends at {at}")
        at = end
    if at != size - 8 - length:
        raise LoadError(f"the header describes {at} bytes of data, but the file has {size - 8 - length}: truncated?")
    begin = file.tell()
    tensors = {}
    for name, kind, shape, start, end in entries:
        file.seek(begin + start)
        data = bytearray(end - start)
        if file.readinto(data) != end - start:  # type: ignore[attr-defined]  # IO has it if it is binary
            raise LoadError(f"the data of {name!r} ends too early")
        tensors[name] = wrap(_array_of(kind, data).reshape(shape))
    return tensors


def _checked_entry(name: str, entry: Any) -> tuple[str, tuple[int, ...], int, int]:
    """The type, the shape, and the start and end of the data of one tensor in the header.

    Raises:
        LoadError: the entry does not follow the format.
    """
    if not is_text(name):
        raise LoadError(f"the name {name!r} has a lone surrogate, which is not text")
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise LoadError(f"the entry of {name!r} must have dtype, shape and data_offsets, and nothing else")
    kind, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if kind != "BF16" and kind not in _SAFE_TYPES:
        raise LoadError(f"the type {kind!r:.20} of {name!r} is not supported: NumPy has no such type")
    for numbers in (shape, offsets):
        if not isinstance(numbers, list) or not all(type(n) is int and n >= 0 for n in numbers):
            raise LoadError(f"shape and data_offsets of {name!r} must be lists of non-negative integers")
    if len(offsets) != 2:
        raise LoadError(f"data_offsets of {name!r} must be a start and an end")
    if len(shape) > MAX_DIMS:
        raise LoadError(f"{name!r} has {len(shape)} dims, but an array has at most {MAX_DIMS}")
    itemsize = 2 if kind == "BF16" else np.dtype(_SAFE_TYPES[kind]).itemsize
    if offsets[1] - offsets[0] != math.prod(shape) * itemsize:
        raise LoadError(f"{name!r} of shape {shape} and type {kind} does not match its data_offsets {offsets}")
    return kind, tuple(shape), offsets[0], offsets[1]


def _array_of(kind: str, data: bytearray) -> Array:
    if kind == "BF16":
        # NumPy has no bfloat16. It is the upper half of a float32, which holds it exactly.
        return (np.frombuffer(data, "<u2").astype(np.uint32) << 16).view(np.float32)
    dtype = np.dtype(_SAFE_TYPES[kind]).newbyteorder("<")
    return np.frombuffer(data, dtype).astype(dtype.newbyteorder("="), copy=False)


_make_public(globals())
