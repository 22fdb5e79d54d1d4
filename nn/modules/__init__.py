"""The layers at the places where PyTorch has them: `nn.modules.batchnorm._BatchNorm`, `nn.modules.Linear`."""

from __future__ import annotations

import importlib
from typing import Any

import nn


def __getattr__(name: str) -> Any:
    """A file, or what `nn` has under that name."""
    if name in nn.__all__ and name != "utils":
        return getattr(nn, name)
    try:
        return importlib.import_module(f"nn.modules.{name}")
    except ModuleNotFoundError:
        raise AttributeError(f"module 'nn.modules' has no attribute {name!r}") from None
