"""PyTorch's `torch.utils`: `utils.data` is a door to `nn.data`."""

from __future__ import annotations

import importlib
from typing import Any


def __getattr__(name: str) -> Any:
    """Open the door to the data package when it is asked for."""
    if name in ("checkpoint", "data"):
        return importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"module 'autograd.utils' has no attribute {name!r}")
