"""`torch.cuda`, so that scripts that look for a GPU run unchanged: there is none."""

from __future__ import annotations

from typing import Any

from .. import amp

__all__ = [
    "amp", "device_count", "empty_cache", "is_available", "is_bf16_supported", "is_initialized", "manual_seed",
    "manual_seed_all", "max_memory_allocated", "memory_allocated", "reset_peak_memory_stats", "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """Whether there is a GPU: always False.

    >>> is_available()
    False
    """
    return False


def device_count() -> int:
    """The number of GPUs: always 0."""
    return 0


def manual_seed(seed: int) -> None:
    """No-op: there is no GPU. `autograd.manual_seed` seeds the CPU's generator."""


def manual_seed_all(seed: int) -> None:
    """No-op: there is no GPU. `autograd.manual_seed` seeds the CPU's generator."""


def synchronize() -> None:
    """No-op: there is no GPU."""


def empty_cache() -> None:
    """No-op: there is no GPU."""


def is_initialized() -> bool:
    """Whether CUDA is initialized: always False."""
    return False


def is_bf16_supported() -> bool:
    """Whether there is a GPU that supports bfloat16: always False."""
    return False


def memory_allocated(device: Any = None) -> int:
    """The number of bytes allocated on a GPU: always 0."""
    return 0


def max_memory_allocated(device: Any = None) -> int:
    """The largest number of bytes that were allocated on a GPU: always 0."""
    return 0


def reset_peak_memory_stats(device: Any = None) -> None:
    """No-op: there is no GPU."""
