"""Build: C text becomes a library that is loaded; what prevents that is one `Unusable`, said in plain words."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import functools
import hashlib
import os
import platform
import shlex
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from . import cache
from .cache import Unusable

#: The seconds after which a compiler is ended.
LIMIT = 20
_FLAGS = [
    *("-O3", "-march=native", "-std=gnu11", "-shared", "-fPIC", "-ffp-contract=off", "-fno-math-errno"),
    *("-fno-trapping-math", "-fwrapv", "-fno-strict-aliasing"),
]
_running: set[subprocess.Popen[bytes]] = set()


def compiler() -> list[str]:
    """The command of the C compiler: $CC, or the first that is found of gcc, clang and cc.

    Raises:
        Unusable: there is none.
    """
    given = os.environ.get("CC")
    for command in [shlex.split(given)] if given else [["gcc"], ["clang"], ["cc"]]:
        if command and (path := shutil.which(command[0])):
            return [path, *command[1:]]
    raise Unusable(f"CC={given!r} is not found" if given else "no C compiler is found (gcc, clang, or what CC names)")


@functools.cache
def _processor() -> str:
    """What tells processors apart for which machine code may differ."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        lines = []
    facts = {line for line in lines if line.startswith(("model name", "flags", "Features", "CPU part"))}
    return "\n".join([platform.machine(), platform.processor(), platform.platform(), *sorted(facts)])


def key_of(source: str) -> str:
    """The key of a source: a digest of it, of the compiler and its flags, and of the processor."""
    command = compiler()
    found = os.stat(os.path.realpath(command[0]))
    facts = [source, *command, *_FLAGS, found.st_size, found.st_mtime_ns, _processor()]
    return hashlib.sha256("\0".join(map(str, facts)).encode()).hexdigest()[:40]


def built(source: str) -> tuple[str, Path]:
    """The key and the file of the library of a source, from the cache or made now.

    Raises:
        Unusable: it cannot be made.
    """
    key = key_of(source)
    try:
        path = cache.find(key)
        if path is None:
            with cache.working_folder() as work:
                _compile(source, work)
                path = cache.keep(key, work / "kernels.so")
    except OSError as error:
        raise Unusable(f"the kernels cannot be kept: {error}") from error
    return key, path


def _compile(source: str, work: Path) -> None:
    (work / "kernels.c").write_text(source, encoding="utf-8")
    command = [*compiler(), *_FLAGS, "kernels.c", "-o", "kernels.so", "-lm"]
    with (work / "messages").open("wb") as messages:
        process = subprocess.Popen(
            command, cwd=work, stdin=subprocess.DEVNULL, stdout=messages, stderr=messages, start_new_session=True,
            env={**os.environ, "TMPDIR": str(work)},
        )  # fmt: skip
        _running.add(process)
        try:
            process.wait(LIMIT)
        except subprocess.TimeoutExpired:
            raise Unusable(f"{command[0]} did not end within {LIMIT} s") from None
        finally:
            _end(process)
    if process.returncode or not (work / "kernels.so").exists():
        said = (work / "messages").read_text(encoding="utf-8", errors="replace").strip().splitlines()
        first = next((line for line in said if "error" in line), said[0] if said else f"exit {process.returncode}")
        raise Unusable(f"{command[0]} failed: {first}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a compiler, and the programs that it has started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
    _running.discard(process)


@atexit.register
def _end_all() -> None:
    for process in list(_running):
        _end(process)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_running.clear)  # they are the parent's


def load(key: str, path: Path) -> tuple[Any, Any]:
    """A library twice: one whose functions let other threads run, and one whose functions are called faster.

    Raises:
        Unusable: the file does not load, or does not find the elements of an array.
    """
    try:
        free, quick = ctypes.CDLL(str(path)), ctypes.PyDLL(str(path))
        array = np.zeros(1)
        free.address.restype, free.address.argtypes = ctypes.c_void_p, [ctypes.py_object]
        found = free.address(array)
    except (OSError, AttributeError) as error:
        cache.remove(key)
        raise Unusable(f"the compiled kernels do not load: {error}") from error
    if found != array.ctypes.data:
        raise Unusable("this Python keeps arrays in another way")
    return free, quick
