"""`torch.cuda`, so that scripts that look for a GPU run unchanged: there is none."""

from __future__ import annotations

from typing import Any

from .. import amp
from ..without_effect import names_of

__all__ = [
    "amp", "device_count", "empty_cache", "is_available", "is_bf16_supported", "is_initialized", "manual_seed",
    "manual_seed_all", "max_memory_allocated", "memory_allocated", "reset_peak_memory_stats", "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """Whether there is a GPU, whether CUDA is initialized, whether bfloat16 is supported: always False.

    >>> is_available()
    False
    """
    return False


def device_count() -> int:
    """The number of GPUs: always 0."""
    return 0


def manual_seed(seed: int) -> None:
    """No-op: there is no GPU. `autograd.manual_seed` seeds the CPU's generator."""


def synchronize() -> None:
    """No-op: there is no GPU."""


def memory_allocated(device: Any = None) -> int:
    """The number of bytes allocated on a GPU, now and at most: always 0."""
    return 0


def reset_peak_memory_stats(device: Any = None) -> None:
    """No-op: there is no GPU."""


is_initialized = is_bf16_supported = is_available
manual_seed_all, empty_cache, max_memory_allocated = manual_seed, synchronize, memory_allocated


__getattr__ = names_of("cuda")
