"""TODO: say what idea this file holds."""

from __future__ import annotations

from typing import Any

from autograd.core.tensor import Tensor


def as_number(setting: Any) -> Any:
    """A setting as a number, also where a Tensor of one element holds it."""
    return setting.item() if isinstance(setting, Tensor) else setting


def check_not_negative(group: dict[str, Any], **named: str) -> None:
    """Raise ValueError for a negative setting; `named` says how each is called in the message."""
    for key, words in named.items():
        if not group[key] >= 0:
            raise ValueError(f"Invalid {words}: {group[key]}")


def check_betas(group: dict[str, Any]) -> None:
    """Raise ValueError for a beta that isn't in [0, 1)."""
    for index, beta in enumerate(group["betas"]):
        if not 0 <= beta < 1:
            raise ValueError(f"Invalid beta parameter at index {index}: {beta}")
