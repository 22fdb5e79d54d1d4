"""State dicts: the tensors of a module by dotted name, and how they are loaded, all or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from autograd.core.aliasing import write
from autograd.core.tensor import Tensor, wrap

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
    yield from _own_tensors(module, prefix)
    for name, child in _children(module, prefix):
        yield from entries(child, name)


def save(module: Module, destination: dict[str, Any], prefix: str, keep_vars: bool) -> dict[str, Any]:
    """Put the module's tensors, its extra state and all below it into `destination`, with the hooks around."""
    for hook in _hooks(module, "saving"):
        hook(module, prefix, keep_vars)
    destination.update((name, value if keep_vars else value.detach()) for name, value in _own_tensors(module, prefix))
    if _has_own(module, "get_extra_state"):
        destination[prefix + EXTRA] = module.get_extra_state()
    for name, child in _children(module, prefix):
        child.state_dict(destination=destination, prefix=name, keep_vars=keep_vars)
    for hook in _hooks(module, "saved"):
        if hook(module, destination, prefix, {}) is not None:
            raise RuntimeError("state_dict post-hook must return None: change the dict in place")
    return destination


def load(module: Module, state_dict: Mapping[str, Any], strict: bool, assign: bool) -> IncompatibleKeys:
    """Copy values into the module's tensors, or put them in their place, after every check has passed."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
    values = dict(state_dict)
    keys, problems = IncompatibleKeys([], []), list[str]()
    tree = list(_tree(module, ""))
    for prefix, part in tree:
        for hook in _hooks(part, "loading"):
            hook(part, values, prefix, {}, strict, keys.missing_keys, keys.unexpected_keys, problems)
    own = dict(entries(module))
    extra = {prefix + EXTRA: part for prefix, part in tree if _has_own(part, "set_extra_state")}
    spared = {prefix + name for prefix, part in tree for name in part._newer_buffers}
    keys.missing_keys.extend(name for name in (*own, *extra) if name not in values and name not in spared)
    keys.unexpected_keys.extend(name for name in values if name not in own and name not in extra)
    found = {name: values[name] for name in own if name in values}
    problems += [line for name, value in found.items() for line in _mismatch(name, own[name], value)]
    after = [(part, hook) for _, part in reversed(tree) for hook in _hooks(part, "loaded")]
    # A hook may forgive keys, but only once the rest is loaded.
    _raise_for(module, ([] if after or not strict else _key_problems(keys)) + problems)
    for name, value in found.items():
        if assign:
            _put(module, name, value if isinstance(value, Tensor) else wrap(np.array(value)))
            continue
        write(own[name])[...] = value.array if isinstance(value, Tensor) else value
    for name, part in extra.items():
        if name in values:
            part.set_extra_state(values[name])
    for part, hook in after:
        if hook(part, keys) is not None:
            raise AssertionError("a load_state_dict post-hook must return None: change the lists of keys in place")
    _raise_for(module, _key_problems(keys) if strict else [])
    return keys


#: The last part of the key under which a module's extra state stands.
EXTRA = "_extra_state"


def _own_tensors(module: Module, prefix: str) -> Iterator[tuple[str, Tensor]]:
    for name, parameter in module._parameters.items():
        if parameter is not None:
            yield prefix + name, parameter
    for name, buffer in module._buffers.items():
        if buffer is not None and name not in module._not_persistent:
            yield prefix + name, buffer


def _children(module: Module, prefix: str) -> Iterator[tuple[str, Module]]:
    """The modules right below this one, and what the names in them begin with."""
    return ((f"{prefix}{name}.", child) for name, child in module._modules.items() if child is not None)


def _tree(module: Module, prefix: str) -> Iterator[tuple[str, Module]]:
    yield prefix, module
    for name, child in _children(module, prefix):
        yield from _tree(child, name)


def _hooks(module: Module, kind: str) -> list[Any]:
    return [] if module._hooks is None else list(getattr(module._hooks, kind))


def _has_own(module: Module, method: str) -> bool:
    """Whether a subclass has defined a method that the base only names."""
    return getattr(type(module), method) is not getattr(Stateful, method)


class Stateful:
    """What a module can have beside tensors."""

    #: Buffers that a state dict may lack, because modules had none of them once: they stay as they are then.
    _newer_buffers: tuple[str, ...] = ()

    def get_extra_state(self) -> Any:
        """What belongs into the state dict beside tensors, under the key "_extra_state"; a subclass says what."""
        raise RuntimeError(
            "Reached a code path in Module.get_extra_state() that should never be called: a subclass defines it"
        )

    def set_extra_state(self, state: Any) -> None:
        """Take over what `get_extra_state` gave; a subclass says how."""
        raise RuntimeError(
            "Reached a code path in Module.set_extra_state() that should never be called: a subclass defines it"
        )


def _raise_for(module: Module, problems: list[str]) -> None:
    if problems:
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t" + "\n\t".join(problems))


def _key_problems(keys: IncompatibleKeys) -> list[str]:
    named = (("Missing", keys.missing_keys), ("Unexpected", keys.unexpected_keys))
    return [f"{kind} key(s) in state_dict: {_quoted(names)}. " for kind, names in named if names]


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
