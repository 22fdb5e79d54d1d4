"""The threads of matrix products, which NumPy leaves to a library: OpenBLAS in its wheels."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .c_types import ctypes


@functools.cache
def openblas(function: str) -> Callable[..., int] | None:
    """A function of the OpenBLAS of NumPy's wheels, such as `set_num_threads`; None if NumPy has another library."""
    if ctypes is None:
        return None
    numpy = Path(np.__file__).parent
    for path in (*numpy.parent.glob("numpy.libs/*openblas*"), *numpy.glob(".dylibs/*openblas*")):
        library = ctypes.CDLL(str(path))  # NumPy has loaded it
        for name in (f"scipy_openblas_{function}64_", f"scipy_openblas_{function}", f"openblas_{function}"):
            if hasattr(library, name):
                found: Callable[..., int] = getattr(library, name)
                return found
    return None


def set_number(count: int) -> None:
    """Let matrix products use so many threads from now on, if NumPy's library is OpenBLAS."""
    set_num_threads = openblas("set_num_threads")
    if set_num_threads is not None:
        set_num_threads(count)
