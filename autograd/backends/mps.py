"""What is asked of Apple's GPUs, which are not used."""

from __future__ import annotations


def is_available() -> bool:
    """Whether there is one that is used: never."""
    return False


def is_built() -> bool:
    """Whether this is built for them: it is not."""
    return False
