"""Neural networks on `autograd`: modules, losses, initial values, optimizers and data, by PyTorch's names."""

# mypy: implicit-reexport

from __future__ import annotations

from typing import TYPE_CHECKING

from . import data, functional, init, modules, optim, parallel, utils
from .modules import *
from .parallel import DataParallel

if not TYPE_CHECKING:  # type checkers read the imports above
    __all__ = ["data", "functional", "init", "modules", "optim", "parallel", "utils"]
    __all__ += [name for name, value in globals().items() if isinstance(value, type)]
