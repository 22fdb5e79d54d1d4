"""What is asked of and set for CUDA, which is not there."""

from __future__ import annotations

from types import SimpleNamespace

matmul = SimpleNamespace(allow_tf32=False)


def is_built() -> bool:
    """Whether this is built for it: it is not."""
    return False
