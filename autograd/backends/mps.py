"""Apple's GPUs, which are not supported."""

from __future__ import annotations


def is_available() -> bool:
    """Whether a GPU of Apple's is available: always False."""
    return False


def is_built() -> bool:
    """Whether Glassgrad supports Apple's GPUs: always False."""
    return False
