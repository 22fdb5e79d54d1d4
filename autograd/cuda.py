"""What a script asks of `torch.cuda` before it decides for the CPU: there is no GPU here."""

from __future__ import annotations


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
