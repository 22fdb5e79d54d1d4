"""State dicts: saving a module's tensors under dotted names, and loading them, all or none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np

from autograd.core.aliasing import write
from autograd.core.tensor import Tensor, wrap

from .hooks import HookTable
from .parameter import Parameter

#: The last part of the key of a module's extra state.
EXTRA = "_extra_state"


class Stateful(Protocol):
    """What this file needs of a module: its tensors, its child modules and its hooks."""

    @property
    def _parameters(self) -> Mapping[str, Tensor | None]: ...
    @property
    def _buffers(self) -> Mapping[str, Tensor | None]: ...
    @property
    def _modules(self) -> Mapping[str, Stateful | None]: ...
    @property
    def _not_persistent(self) -> set[str]: ...
    @property
    def _optional_buffers(self) -> tuple[str, ...]: ...
    @property
    def _hooks(self) -> HookTable | None: ...
    def state_dict(self, *, destination: dict[str, Any], prefix: str, keep_vars: bool) -> dict[str, Any]: ...
    def get_submodule(self, target: str) -> Stateful: ...
    def get_extra_state(self) -> Any: ...
    def set_extra_state(self, state: Any) -> None: ...


class ExtraState:
    """The defaults of a module's state beyond its tensors: none."""

    #: Buffers that a state dict may lack, because it was saved by a version without them; they keep their values.
    _optional_buffers: tuple[str, ...] = ()

    def get_extra_state(self) -> Any:
        """The module's state beyond tensors, saved under the key "_extra_state"; a subclass overrides it."""
        raise RuntimeError(
            "Reached a code path in Module.get_extra_state() that should never be called: a subclass defines it"
        )

    def set_extra_state(self, state: Any) -> None:
        """Restore the result of `get_extra_state`; a subclass overrides it."""
        raise RuntimeError(
            "Reached a code path in Module.set_extra_state() that should never be called: a subclass defines it"
        )


class IncompatibleKeys(NamedTuple):
    """The keys that a state dict lacked, and those that match nothing in the module."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def entries(module: Stateful, prefix: str = "") -> Iterator[tuple[str, Tensor]]:
    """Every parameter and persistent buffer with its dotted name; shared tensors appear under each of their names."""
    yield from _own_tensors(module, prefix)
    for name, child in _children(module, prefix):
        yield from entries(child, name)


def save(module: Stateful, destination: dict[str, Any], prefix: str, keep_vars: bool) -> dict[str, Any]:
    """Put the state of the module and of its descendants into `destination`, and call the hooks."""
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


def load(module: Stateful, state_dict: Mapping[str, Any], strict: bool, assign: bool) -> IncompatibleKeys:
    """Copy values into the module's tensors, or with `assign` replace the tensors, after all checks have passed."""
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
    optional = {prefix + name for prefix, part in tree for name in part._optional_buffers}
    keys.missing_keys.extend(name for name in (*own, *extra) if name not in values and name not in optional)
    keys.unexpected_keys.extend(name for name in values if name not in own and name not in extra)
    found = {name: values[name] for name in own if name in values}
    problems += [line for name, value in found.items() for line in _mismatch(name, own[name], value)]
    after = [(part, hook) for _, part in reversed(tree) for hook in _hooks(part, "loaded")]
    # Post-hooks may remove keys from the lists, but they run after loading: with hooks, keys are checked at the end.
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


def _own_tensors(module: Stateful, prefix: str) -> Iterator[tuple[str, Tensor]]:
    for name, parameter in module._parameters.items():
        if parameter is not None:
            yield prefix + name, parameter
    for name, buffer in module._buffers.items():
        if buffer is not None and name not in module._not_persistent:
            yield prefix + name, buffer


def _children(module: Stateful, prefix: str) -> Iterator[tuple[str, Stateful]]:
    """The child modules, and the prefix of the names in each."""
    return ((f"{prefix}{name}.", child) for name, child in module._modules.items() if child is not None)


def _tree(module: Stateful, prefix: str) -> Iterator[tuple[str, Stateful]]:
    yield prefix, module
    for name, child in _children(module, prefix):
        yield from _tree(child, name)


def _hooks(module: Stateful, kind: str) -> list[Any]:
    return [] if module._hooks is None else list(getattr(module._hooks, kind))


def _has_own(module: Stateful, method: str) -> bool:
    """Whether a subclass overrides a method of `ExtraState`."""
    return getattr(type(module), method) is not getattr(ExtraState, method)


def _raise_for(module: Stateful, problems: list[str]) -> None:
    if problems:
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t" + "\n\t".join(problems))


def _key_problems(keys: IncompatibleKeys) -> list[str]:
    named = (("Missing", keys.missing_keys), ("Unexpected", keys.unexpected_keys))
    return [f"{kind} key(s) in state_dict: {_quoted(names)}. " for kind, names in named if names]


def _put(module: Stateful, name: str, value: Tensor) -> None:
    """Replace the parameter or buffer with a dotted name."""
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
