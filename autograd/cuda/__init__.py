"""What a script asks of `torch.cuda` before it decides for the CPU: there is no GPU here."""

from __future__ import annotations

import importlib
from typing import Any


def is_available() -> bool:
    """Whether there is a GPU: never.

    >>> is_available()
    False
    """
    return False


def device_count() -> int:
    """How many GPUs there are: none."""
    return 0


def manual_seed(seed: int) -> None:
    """Seed no GPU: the CPU's generator is seeded by `autograd.manual_seed`."""


def manual_seed_all(seed: int) -> None:
    """Seed no GPU: the CPU's generator is seeded by `autograd.manual_seed`."""


def synchronize() -> None:
    """Wait for no GPU."""


def empty_cache() -> None:
    """Free no GPU's memory."""


def is_initialized() -> bool:
    """Whether CUDA has been started: never."""
    return False


def is_bf16_supported() -> bool:
    """Whether there is a GPU that computes in bfloat16: never."""
    return False


def memory_allocated(device: Any = None) -> int:
    """How many bytes of a GPU's memory are in use: none."""
    return 0


def max_memory_allocated(device: Any = None) -> int:
    """How many bytes of a GPU's memory were in use at most: none."""
    return 0


def reset_peak_memory_stats(device: Any = None) -> None:
    """Forget what was in use at most."""


def __getattr__(name: str) -> Any:
    """Open the door to `amp`, PyTorch's older name for `autograd.amp`."""
    if name == "amp":
        return importlib.import_module("autograd.amp")
    raise AttributeError(f"module 'autograd.cuda' has no attribute {name!r}")
