"""`torch.utils`: `checkpoint`, `data`, which is `nn.data`, and the modules that libraries use."""

from __future__ import annotations

import importlib
from typing import Any

from ..without_effect import names_of
from . import checkpoint

__all__ = ["checkpoint"]

#: Modules that are imported on first use; `data` is part of nn, which `autograd` does not import.
_MODULES = {"_pytree", "data", "dlpack", "hooks"}


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return importlib.import_module(f"autograd.utils.{name}")
    return names_of("utils")(name)
