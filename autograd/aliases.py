"""Doors to the packages above: `autograd.nn` is `nn`, opened when it is first asked for.

A script that says `import torch.nn.functional as F` goes on working as `import autograd.nn.functional
as F`: a name behind a door is found, and is the very module that it leads to.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, cast

#: What a name leads to; what lies further in is found behind it.
DOORS = {
    "autograd.autograd": "autograd",
    "autograd.cuda.amp": "autograd.amp",
    "autograd.distributions": "nn.distributions",
    "autograd.function": "autograd.transforms.function",
    "autograd.nn": "nn",
    "autograd.optim": "nn.optim",
    "autograd.tensorflow.keras": "nn.keras",
    "autograd.utils.data": "nn.data",
    "autograd.random": "autograd.ops.creation.random",
    "autograd.return_types": "autograd.ops.reduce.named_results",
    "autograd.serialization": "autograd.saving.serialization",
    "autograd.storage": "autograd.ops.shape.strided",
    "autograd.utils.dlpack": "autograd.ops.protocols.copying",
    "autograd.utils.hooks": "autograd.core.tensor",
    "nn.data.dataloader": "nn.data",
    "nn.utils.clip_grad": "nn.utils.clipping",
    "nn.utils.convert_parameters": "nn.utils.vectors",
    "nn.modules.module": "nn.module",
    "nn.modules.instancenorm": "nn.modules.batchnorm",
    "nn.utils.stateless": "autograd.transforms.functional_call",
}


def behind(name: str) -> str | None:
    """The module that a name leads to, if there is a door on its way."""
    for door, room in DOORS.items():
        if name == door or name.startswith(door + "."):
            return room + name.removeprefix(door)
    return None


class _Door:
    """Finds the names behind doors, and loads them: what it loads is the module that is there already.

    A finder and loader by its methods alone; the base classes of importlib are slow to import.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return None if behind(fullname) is None else ModuleSpec(fullname, cast(Any, self))

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        name = behind(spec.name)
        assert name is not None
        module = importlib.import_module(name)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has just written the door's name into the module: it keeps its own.
        module.__spec__ = self._spec


#: A module of the name of a function beside it. It is there from the start: were it imported later, the import
#: system would put it in the function's place.
_GRADCHECK = "autograd.autograd.gradcheck"


def hang() -> None:
    """Make the doors known to the import system, once."""
    if not any(isinstance(finder, _Door) for finder in sys.meta_path):
        sys.meta_path.insert(0, _Door())
        room: Any = ModuleType(_GRADCHECK, "What is in `autograd.testing.gradcheck`, which is opened when it is asked.")
        room.__getattr__ = lambda name: getattr(importlib.import_module("autograd.testing.gradcheck"), name)
        sys.modules[_GRADCHECK] = room
