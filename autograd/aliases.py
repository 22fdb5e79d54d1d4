"""Import names that lead to another module: `autograd.nn` is `nn`, imported when it is first used.

A script that says `import torch.nn.functional as F` works as `import autograd.nn.functional as F`: the name
is found, and the module is the very one that it leads to.
"""

from __future__ import annotations

import importlib
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec, PathFinder
from types import ModuleType
from typing import Any, cast

from . import without_effect

#: Each alias and the module that it leads to. The names below an alias lead to those below the module.
ALIASES = {
    "autograd.anomaly_mode": "autograd.transforms.anomaly",
    "autograd.autograd": "autograd",
    "autograd.cuda.amp": "autograd.amp",
    "autograd.distributed.optim": "nn.optim.zero_redundancy_optimizer",
    "autograd.distributions": "nn.distributions",
    "autograd.function": "autograd.transforms.function",
    "autograd.grad_mode": "autograd.core.grad_mode",
    "autograd.nn": "nn",
    "autograd.optim": "nn.optim",
    "autograd.random": "autograd.ops.creation.random",
    "autograd.return_types": "autograd.ops.reduce.named_results",
    "autograd.serialization": "autograd.saving.serialization",
    "autograd.storage": "autograd.ops.shape.strided",
    "autograd.tensorflow.keras": "nn.keras",
    "autograd.variable": "autograd.typed_tensors",
    "autograd.utils._foreach_utils": "autograd.foreach",
    "autograd.utils.data": "nn.data",
    "autograd.utils.dlpack": "autograd.ops.protocols.copying",
    "autograd.utils.hooks": "autograd.core.hooks",
    "nn.data._utils.collate": "nn.data.collate",
    "nn.data._utils.worker": "nn.data.workers",
    "nn.modules.channelshuffle": "nn.modules.pixelshuffle",
    "nn.modules.module": "nn.module",
    "nn.optim.adamw": "nn.optim.adam",
    "nn.modules.instancenorm": "nn.modules.batchnorm",
    "nn.utils.stateless": "autograd.transforms.functional_call",
}


def target_of(name: str) -> str | None:
    """The module that a name leads to; None if the name is neither an alias nor below one."""
    for alias, target in ALIASES.items():
        if name == alias or name.startswith(alias + "."):
            return target + name.removeprefix(alias)
    return None


def load(name: str) -> ModuleType:
    """Import a module after its package: a thread that imports the package at the same time may wait for the module."""
    package = name.rpartition(".")[0]
    if package:
        load(package)
    return importlib.import_module(name)


def exists(name: str, path: Sequence[str] | None) -> bool:
    """Whether there is a module of that name, an alias or a file on the path of its package; nothing is imported."""
    return name in ALIASES or PathFinder.find_spec(name, path) is not None


class _AliasFinder:
    """Finds aliases for the import system. It has no base class, as that of finders is slow to import.

    A finder is called under a lock that all imports share: it must not import anything.
    """

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        name = target_of(fullname)
        if name is None or not (fullname in ALIASES or exists(name, path)):
            return None
        return ModuleSpec(fullname, cast(Any, AliasLoader(name)))


class _LastFinder:
    """Finds the modules without effect, such as `autograd.jit`: asked last, so that a file of the name comes first."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        return without_effect.spec(fullname)


class AliasLoader:
    """Loads one alias: the module that it leads to, which is named `target`."""

    def __init__(self, target: str) -> None:
        self._target = target

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = load(self._target)
        self._spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has just set __spec__ to that of the alias: the module keeps its own.
        module.__spec__ = self._spec


#: PyTorch has a module `torch.autograd.gradcheck` beside the function of that name. It is in place from the start,
#: because importing a submodule later would replace the function by the module.
GRADCHECK = "autograd.autograd.gradcheck"


def install() -> None:
    """Register the aliases with the import system, once."""
    if not any(isinstance(finder, _AliasFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AliasFinder())
        sys.meta_path.append(_LastFinder())
        module: Any = ModuleType(GRADCHECK, "The names of `autograd.testing.gradcheck`, imported on first use.")
        module.__getattr__ = lambda name: getattr(importlib.import_module("autograd.testing.gradcheck"), name)
        sys.modules[GRADCHECK] = module
