"""State dicts: the tensors of a module by dotted name, and how they are loaded, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd.tensor import Tensor, wrap
from autograd.versions import write

from .parameter import Parameter

if TYPE_CHECKING:
    from .module import Module


class IncompatibleKeys(NamedTuple):
    """What a state dict lacked, and what it had that the module has no place for."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def entries(module: Module, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    """Every parameter and persistent buffer with its dotted name; a shared one under each of its names."""
    for name, parameter in module._parameters.items():
        if parameter is not None:
            yield prefix + name, parameter
    for name, buffer in module._buffers.items():
        if buffer is not None and name not in module._not_persistent:
            yield prefix + name, buffer
    for name, child in module._modules.items():
        if child is not None:
            yield from entries(child, f"{prefix}{name}.")


def load(module: Module, state_dict: Mapping[str, Any], strict: bool, assign: bool) -> IncompatibleKeys:
    """Copy values into the module's tensors, or put them in their place, after every check has passed."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
    own = dict(entries(module))
    missing = [name for name in own if name not in state_dict]
    unexpected = [name for name in state_dict if name not in own]
    problems = []
    if strict and missing:
        problems.append(f"Missing key(s) in state_dict: {_quoted(missing)}. ")
    if strict and unexpected:
        problems.append(f"Unexpected key(s) in state_dict: {_quoted(unexpected)}. ")
    found = {name: state_dict[name] for name in own if name in state_dict}
    problems += [line for name, value in found.items() for line in _mismatch(name, own[name], value)]
    if problems:
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t" + "\n\t".join(problems))
    for name, value in found.items():
        if assign:
            _put(module, name, value if isinstance(value, Tensor) else wrap(np.array(value)))
            continue
        write(own[name])[...] = value.array if isinstance(value, Tensor) else value
    return IncompatibleKeys(missing, unexpected)


def _put(module: Module, name: str, value: Tensor) -> None:
    """Let `value` be the parameter or buffer of a dotted name."""
    path, _, last = name.rpartition(".")
    owner = module.get_submodule(path)
    old = getattr(owner, last)
    if isinstance(old, Parameter) and not isinstance(value, Parameter):
        value = Parameter(value, old.requires_grad)
    setattr(owner, last, value)


def _mismatch(name: str, own: Tensor, value: object) -> list[str]:
    if not isinstance(value, (Tensor, np.ndarray)):
        return [
            f'While copying the parameter named "{name}", '
            f"expected Tensor or ndarray from checkpoint but received {type(value)}"
        ]
    if tuple(value.shape) != tuple(own.shape):
        return [
            f"size mismatch for {name}: copying a param with shape {value.shape} from checkpoint, "
            f"the shape in current model is {own.shape}."
        ]
    array = value.array if isinstance(value, Tensor) else value
    if not np.can_cast(array.dtype, own.array.dtype, casting="same_kind") and array.dtype.kind not in "biuf":
        return [f"type mismatch for {name}: {array.dtype} elements can't be copied into {own.array.dtype}."]
    return []


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
