"""CUDA, which is not supported; its flags have no effect."""

from __future__ import annotations

from types import SimpleNamespace

from ..without_effect import names_of

matmul = SimpleNamespace(allow_tf32=False)


def is_built() -> bool:
    """Whether Glassgrad supports CUDA: always False."""
    return False


__getattr__ = names_of("backends.cuda")
