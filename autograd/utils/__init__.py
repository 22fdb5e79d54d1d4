"""`torch.utils`: `checkpoint`, and `data`, which is `nn.data`."""

from __future__ import annotations

import importlib
from typing import Any

from . import checkpoint

__all__ = ["checkpoint"]


def __getattr__(name: str) -> Any:
    """Import `data` on first use: it is part of nn, which `autograd` does not import."""
    if name == "data":
        return importlib.import_module("autograd.utils.data")
    raise AttributeError(f"module 'autograd.utils' has no attribute {name!r}")
