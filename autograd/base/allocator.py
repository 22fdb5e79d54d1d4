"""The allocator: keep freed memory for the next array instead of handing it back to the system.

glibc returns large freed blocks at once, so that every step of a training loop faults its
temporaries in again: a chain of operations on 256x256 arrays is 5 to 10 times slower for it. Freeing
one block of just under 32 MiB, which is never touched, raises glibc's own dynamic thresholds. Set the
environment variable `GLASSGRAD_KEEP_MEMORY=0` to leave the allocator alone; with another C library
than glibc this has no effect.
"""

from __future__ import annotations

import os

import numpy as np

#: glibc adapts its threshold only to blocks of up to 32 MiB, its own header included.
_LARGEST_ADAPTIVE_BLOCK = 32 * 2**20 - 2**16


def keep_freed_memory() -> None:
    """Raise glibc's thresholds for returning memory, unless the environment says not to."""
    if os.environ.get("GLASSGRAD_KEEP_MEMORY", "1") != "0":
        np.empty(_LARGEST_ADAPTIVE_BLOCK, np.uint8)
