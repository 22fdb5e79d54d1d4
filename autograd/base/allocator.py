"""The memory allocator: keep freed memory for the next array instead of returning it to the system.

glibc returns large freed blocks to the system at once, so that each step of a training loop takes page faults for its
temporaries: a chain of operations on 256x256 arrays becomes 5 to 10 times slower. Allocating and freeing one block of
just under 32 MiB, which is never touched, raises glibc's dynamic thresholds. The environment variable
`GLASSGRAD_KEEP_MEMORY=0` turns this off; with a C library other than glibc it has no effect.
"""

from __future__ import annotations

import os

import numpy as np

#: glibc adapts its thresholds only to blocks of up to 32 MiB, including its own header.
_LARGEST_ADAPTIVE_BLOCK = 32 * 2**20 - 2**16


def keep_freed_memory() -> None:
    """Raise glibc's thresholds for returning memory, unless GLASSGRAD_KEEP_MEMORY is 0."""
    if os.environ.get("GLASSGRAD_KEEP_MEMORY", "1") != "0":
        np.empty(_LARGEST_ADAPTIVE_BLOCK, np.uint8)
