"""How all files are written and read: whole or not at all, equal bytes for equal values, checked before use.

A file is written beside its place and then moved there, so that a full disk, an exception or a killed process leaves
the old file as it was. An archive is a zip of stored (not compressed) entries: JSON texts and NumPy's `.npy` arrays.
"""

from __future__ import annotations

import contextlib
import json
import math
import os
import secrets
import stat
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, BinaryIO

import numpy as np

from ..base.dtypes import Array

#: The element types of arrays in a file.
ELEMENTS = tuple(
    np.dtype(name)
    for name in (
        "bool", "int8", "int16", "int32", "int64", "uint8", "uint16", "uint32", "uint64", "float16", "float32",
        "float64", "complex64", "complex128",
    )
)  # fmt: skip

#: The limit of NumPy 2 for the number of dims.
MAX_DIMS = 64


class LoadError(RuntimeError):
    """A file cannot be loaded: it is truncated, damaged, of another format, or malicious.

    Attributes:
        reason: the message without the names of the function and the file, with which it begins.
    """

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(where + reason)
        self.reason = reason


# -- writing --------------------------------------------------------------------------------------


@contextmanager
def opened_to_write(f: str | os.PathLike[str] | BinaryIO) -> Iterator[BinaryIO]:
    """A binary file whose content takes the place of the file at a path, once the block ends without an exception.

    The content is written to a hidden file in the same folder, which is removed if the block raises; only a process
    that is killed leaves it there. If several processes write to one path at once, the last one wins. A file that is
    open already is yielded as it is.

    Raises:
        OSError: the file cannot be written, for example because the disk is full; the old file is unchanged.
        TypeError: `f` is neither a path nor a file.
    """
    if not isinstance(f, (str, os.PathLike)):
        _check_file(f, "write")
        yield f
        return
    target = os.path.realpath(f)  # through links, as open() writes
    mode = os.stat(target).st_mode if os.path.exists(target) else None
    if mode is not None and not stat.S_ISREG(mode):  # a device or a pipe, which cannot be replaced; or a folder
        with open(target, "wb") as file:
            yield file
        return
    if mode is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "Permission denied", os.fspath(f))
    beside = os.path.join(os.path.dirname(target), f".{secrets.token_hex(8)}.partial")
    try:
        with _created(beside, os.fspath(f)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(beside, stat.S_IMODE(mode))
        os.replace(beside, target)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(beside)
        raise


def _check_file(f: Any, method: str) -> None:
    if not hasattr(f, method):
        raise TypeError(f"expected a path or a file, but got {type(f).__name__}")
    if getattr(f, "closed", False):
        raise ValueError(f"expected an open file, but {f!r} is closed")


def _created(beside: str, path: str) -> BinaryIO:
    """A new file, opened for writing; an OSError names the path that the user passed."""
    try:
        return open(beside, "xb")
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None


def write_archive(file: BinaryIO, texts: Mapping[str, str], arrays: Iterable[tuple[str, Array]]) -> None:
    """Write a zip with JSON texts and then arrays, by their names without `.npy`; equal content gives equal bytes."""
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, text in texts.items():
            with archive.open(_entry(name), "w") as stream:
                stream.write(text.encode())
        for name, array in arrays:
            with archive.open(_entry(f"{name}.npy"), "w", force_zip64=True) as stream:
                np.lib.format.write_array(stream, np.asarray(array), allow_pickle=False)


def _entry(name: str) -> zipfile.ZipInfo:
    """An entry without what differs from run to run and from system to system: the time, the permissions."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.create_system, entry.external_attr = 3, 0o644 << 16
    return entry


def is_number(dtype: np.dtype[Any]) -> bool:
    """Whether arrays of a NumPy dtype can be saved, in any byte order."""
    return dtype.newbyteorder("=") in ELEMENTS


def is_text(name: str) -> bool:
    """Whether a name can be written in UTF-8: it has no lone surrogate, half of a character."""
    return not any("\ud800" <= letter <= "\udfff" for letter in name)


# -- reading --------------------------------------------------------------------------------------


class Archive:
    """A zip of stored entries, checked before an array is read.

    The entries together are not larger than the file, so that reading it takes memory in proportion to its size.

    Args:
        file: opened for reading in binary mode.
        size: the number of bytes in it.

    Raises:
        LoadError: an entry is compressed, appears twice, or is larger than the file.
    """

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._zip = zipfile.ZipFile(file)
        entries = self._zip.infolist()
        #: The entries by name.
        self.entries = {entry.filename: entry for entry in entries}
        if any(name.endswith(".pkl") for name in self.entries):
            raise LoadError(pickle_message("an archive with a pickle in it"))
        if len(self.entries) < len(entries):
            raise LoadError("two entries of the archive have the same name")
        for name, entry in self.entries.items():
            if entry.compress_type != zipfile.ZIP_STORED or entry.file_size != entry.compress_size:
                raise LoadError(f"{_short(name)} is compressed: expected stored entries, as they are saved")
        total = sum(entry.file_size for entry in entries)
        if total > size:
            raise LoadError(f"the entries of the archive claim {total} bytes, but the file has {size}")

    def text(self, name: str) -> bytes:
        """The bytes of an entry."""
        return self._zip.read(self.entries[name])

    def array(self, name: str) -> Array:
        """The array of an entry `name`, after a check that its header matches the entry's size."""
        entry = self.entries[name]
        with self._zip.open(entry) as stream:
            version = np.lib.format.read_magic(stream)
            if version != (1, 0):
                raise LoadError(f"expected version (1, 0) of the .npy format in {_short(name)}, but got {version}")
            shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
            if not is_number(dtype) or len(shape) > MAX_DIMS or any(n < 0 for n in shape):
                raise LoadError(f"{_short(name)} holds {dtype} elements of shape {shape!r:.80}: expected numbers")
            if math.prod(shape) * dtype.itemsize != entry.file_size - stream.tell():
                raise LoadError(f"the header of {_short(name)} (shape {shape}, {dtype}) does not match its size")
        with self._zip.open(entry) as stream:
            array: Array = np.lib.format.read_array(stream, allow_pickle=False)  # to the end: the checksum is compared
        return np.ascontiguousarray(array, array.dtype.newbyteorder("=")).reshape(array.shape)


def parsed(text: bytes) -> dict[str, Any]:
    """A JSON object without repeated names; LoadError if the text is anything else."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({name for name, _ in pairs}) != len(pairs):
            raise LoadError("a name appears twice in the same JSON object")
        return dict(pairs)

    document = json.loads(text.decode("utf-8"), object_pairs_hook=unique)
    if not isinstance(document, dict):
        raise LoadError("the header is not a JSON object")
    return document


@contextmanager
def opened_to_read(f: str | os.PathLike[str] | BinaryIO, what: str) -> Iterator[tuple[BinaryIO, int]]:
    """A binary file and its size. An exception in the block becomes a LoadError that names the file.

    Only a MemoryError stays what it is.

    Args:
        f: a path, or a seekable file opened for reading in binary mode.
        what: the function that reads, which begins the message.

    Raises:
        OSError: there is no such file, or it cannot be opened.
        TypeError: `f` is neither a path nor a file.
    """
    with contextlib.ExitStack() as opened:
        file: Any = f
        prefix = f"{what}: "
        if isinstance(f, (str, os.PathLike)):
            file = opened.enter_context(open(f, "rb"))
            prefix = f"{what}: {os.fspath(f)}: "
        else:
            _check_file(f, "read")
        try:
            start = file.tell()
            size = file.seek(0, os.SEEK_END) - start
            file.seek(start)
            yield file, size
        except LoadError as error:
            raise LoadError(error.reason, prefix) from error.__cause__
        except MemoryError:
            raise
        except Exception as error:
            raise LoadError(f"the file is damaged or of another format: {error!r:.300}", prefix) from error


def pickle_message(what: str) -> str:
    """Why a pickle is not read, and what to do."""
    return (
        f"this is {what}, probably PyTorch's. Reading a pickle can execute any code, so it is not supported: "
        "save the state dict in the safetensors format (safetensors.torch.save_file) in the program that created it"
    )


def _short(name: str) -> str:
    return repr(name) if len(name) <= 60 else f"{name[:60]!r}…"
