"""Cache: where compiled kernels are kept, for all programs of a user.

The folder is `glassgrad/kernels` in $XDG_CACHE_HOME, else in ~/.cache. A kernel is machine code that is loaded into
the process, so the folder and the files must belong to the user, and no one else may write them; a file ends with a
digest of what is before it, and a damaged one is removed and built again. A file appears under its name only when it is
whole, so that another process never reads a part of one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import tempfile
import time
from pathlib import Path
from typing import Any

#: The bytes that the cache may take; the files that were not used for longest are removed first.
MOST_BYTES = 64 << 20
_DIGEST = hashlib.sha256().digest_size
#: The start of the names of folders in which something is being made, and the seconds after which they are remains.
_WORKING, _REMAINS = "working-", 3600


class Unusable(Exception):
    """Kernels cannot be used, and why."""


def folder() -> Path:
    """The folder of the cache, private to the user; it is made if there is none.

    Raises:
        Unusable: it cannot be made, or it is not the user's alone.
    """
    path = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "glassgrad" / "kernels"
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = path.lstat()
    except (OSError, RuntimeError) as error:
        raise Unusable(f"the cache folder {path} cannot be made: {error}") from error
    if not stat.S_ISDIR(found.st_mode) or not _is_the_users(found):
        raise Unusable(f"the cache folder {path} must be a folder that belongs to you and that only you can write")
    return path


def _is_the_users(found: os.stat_result) -> bool:
    return found.st_uid == os.getuid() and not found.st_mode & 0o022


@contextlib.contextmanager
def working_folder() -> Any:
    """A folder inside the cache to make something in; it is removed at the end."""
    try:
        path = Path(tempfile.mkdtemp(prefix=_WORKING, dir=folder()))
    except OSError as error:
        raise Unusable(f"the cache folder cannot be written: {error}") from error
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def find(key: str) -> Path | None:
    """The library of a key; None if there is none. A damaged or foreign file is removed."""
    path = folder() / f"{key}.so"
    try:
        with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW), "rb") as file:
            found = os.fstat(file.fileno())
            content = file.read() if stat.S_ISREG(found.st_mode) and _is_the_users(found) else b""
    except FileNotFoundError:
        return None
    except OSError:  # a symbolic link, or a file that cannot be read
        content = b""
    if len(content) <= _DIGEST or hashlib.sha256(content[:-_DIGEST]).digest() != content[-_DIGEST:]:
        remove(key)
        return None
    with contextlib.suppress(OSError):
        os.utime(path)
    return path


def keep(key: str, library: Path) -> Path:
    """Put a library, which stands in a working folder, into the cache.

    Raises:
        OSError: the disk is full, for example.
    """
    content = library.read_bytes()
    with library.open("ab") as file:
        file.write(hashlib.sha256(content).digest())
        file.flush()
        os.fsync(file.fileno())
    library.chmod(0o700)
    path = folder() / f"{key}.so"
    library.replace(path)
    _make_room(path)
    return path


def remove(key: str) -> None:
    """Remove what is kept under a key."""
    for name in (f"{key}.so", f"{key}.json"):
        path = folder() / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def notes(key: str) -> dict[str, Any]:
    """What was noted of a library: how long its kernels take."""
    try:
        found = json.loads((folder() / f"{key}.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def note(key: str, name: str, value: Any) -> None:
    """Add to what is noted of a library. What cannot be written is measured again by the next process."""
    with contextlib.suppress(OSError, Unusable), working_folder() as work:
        file = work / "notes"
        file.write_text(json.dumps({**notes(key), name: value}), encoding="utf-8")
        file.replace(folder() / f"{key}.json")


def _make_room(newest: Path) -> None:
    """Remove the oldest files until the rest fits, and what processes that were killed left."""
    files = []
    for path in folder().iterdir():
        with contextlib.suppress(OSError):
            found = path.lstat()
            if path.name.startswith(_WORKING):
                if time.time() - found.st_mtime > _REMAINS:
                    shutil.rmtree(path, ignore_errors=True)
            elif path != newest:
                files.append((found.st_mtime, found.st_size, path))
    left = MOST_BYTES - newest.stat().st_size
    for _, size, path in sorted(files, reverse=True):
        left -= size
        if left < 0:
            path.unlink(missing_ok=True)
