"""The memory allocator: keep freed memory for the next array instead of returning it to the system.

glibc returns large freed blocks to the system at once, so that each step of a training loop takes page faults for its
temporaries: a chain of operations on 256x256 arrays becomes 5 to 10 times slower. Two things prevent it: allocating and
freeing one block of just under 32 MiB, which is never touched, raises glibc's dynamic thresholds, so that blocks up to
that size come from its heap; and the threshold up to which the heap keeps free memory is set to its maximum. The second
freezes the first, so their order matters. The process then keeps the most memory that it ever used at one time.

The environment variable `GLASSGRAD_KEEP_MEMORY=0` turns this off; with a C library other than glibc it has no effect.
"""

from __future__ import annotations

import os
import sys

import numpy as np

from .c_types import ctypes

#: glibc adapts its thresholds only to blocks of up to 32 MiB, including its own header.
_LARGEST_ADAPTIVE_BLOCK = 32 * 2**20 - 2**16
#: The option of glibc's `mallopt` for the free memory that the heap keeps at its end.
_M_TRIM_THRESHOLD = -1
#: The largest C int, less one page, which glibc adds.
_LARGEST_THRESHOLD = 2**31 - 1 - 4096


def use_short_buffers() -> None:
    """Let NumPy broadcast rows of 1024 elements or more in place: it copies those shorter than its buffer, of 8192."""
    np.setbufsize(1024)


def keep_freed_memory() -> None:
    """Raise glibc's thresholds for returning memory, unless GLASSGRAD_KEEP_MEMORY is 0."""
    if os.environ.get("GLASSGRAD_KEEP_MEMORY", "1") == "0":
        return
    np.empty(_LARGEST_ADAPTIVE_BLOCK, np.uint8)
    if sys.platform == "linux" and ctypes is not None:
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # other C libraries may lack it
        if mallopt is not None:
            mallopt(_M_TRIM_THRESHOLD, _LARGEST_THRESHOLD)
