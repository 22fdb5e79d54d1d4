"""State dicts: saving a module's tensors under dotted names, and loading them, all or none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np

from autograd.core.tensor import Tensor, wrap
from autograd.core.writes import write

from .hooks import HookTable
from .parameter import Parameter, is_lazy

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
    def _non_persistent_buffers_set(self) -> set[str]: ...
    @property
    def _optional_buffers(self) -> tuple[str, ...]: ...
    @property
    def _hooks(self) -> HookTable | None: ...
    def state_dict(self, *, destination: dict[str, Any], prefix: str, keep_vars: bool) -> dict[str, Any]: ...
    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None: ...
    def _load_from_state_dict(
        self, state_dict: dict[str, Any], prefix: str, local_metadata: dict[str, Any], strict: bool,
        missing_keys: list[str], unexpected_keys: list[str], error_msgs: list[str],
    ) -> None: ...  # fmt: skip
    def get_extra_state(self) -> Any: ...
    def set_extra_state(self, state: Any) -> None: ...


class StateDict:
    """How a module saves and loads its own state, without that of its submodules; a subclass may override a method."""

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

    def _save_to_state_dict(self: Stateful, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        """Put this module's tensors and its extra state into `destination`, under names that begin with `prefix`."""
        for name, value in own_tensors(self):
            destination[prefix + name] = value if keep_vars or is_lazy(value) else value.detach()
        if _has_own(self, "get_extra_state"):
            destination[prefix + EXTRA] = self.get_extra_state()

    def _load_from_state_dict(
        self: Stateful, state_dict: dict[str, Any], prefix: str, local_metadata: dict[str, Any], strict: bool,
        missing_keys: list[str], unexpected_keys: list[str], error_msgs: list[str],
    ) -> None:  # fmt: skip
        """Load this module's tensors and its extra state from the entries whose names begin with `prefix`.

        A subclass may change entries of `state_dict`, which is a copy, before it calls this. Problems are appended to
        the three lists. The values are copied when all modules have been checked.
        """
        loading = state_dict if isinstance(state_dict, Loading) else Loading(state_dict, assign=False)
        loading.checked.add(prefix)
        for name, own in own_tensors(self):
            key = prefix + name
            loading.known.add(key)
            if key in state_dict:
                problems = _mismatch(key, own, state_dict[key])
                error_msgs += problems
                if not problems:
                    loading.later.append(partial(_load_tensor, self, name, state_dict[key], loading.assign))
            elif strict and name not in self._optional_buffers:
                missing_keys.append(key)
        key = prefix + EXTRA
        if _has_own(self, "set_extra_state"):
            loading.known.add(key)
            if key in state_dict:
                loading.later.append(partial(self.set_extra_state, state_dict[key]))
            elif strict:
                missing_keys.append(key)
        if loading is not state_dict:  # a dict of the subclass's own
            loading.finish()


class Loading(dict[str, Any]):
    """A state dict while it is loaded.

    Attributes:
        assign: whether the values replace the tensors.
        known: the keys that belong to a tensor or an extra state.
        checked: the prefixes of the modules whose keys were checked.
        later: the copies to make when everything has been checked.
    """

    def __init__(self, values: Mapping[str, Any], assign: bool) -> None:
        super().__init__(values)
        self.assign = assign
        self.known: set[str] = set()
        self.checked: set[str] = set()
        self.later: list[Callable[[], Any]] = []

    def finish(self) -> None:
        """Make the copies."""
        for copy in self.later:
            copy()


class _IncompatibleKeys(NamedTuple):
    """The keys that a state dict lacked, and those that match nothing in the module."""

    missing_keys: list[str]
    unexpected_keys: list[str]

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return f"_IncompatibleKeys(missing_keys={self.missing_keys}, unexpected_keys={self.unexpected_keys})"


def save(
    root: Stateful, plain: Callable[..., Any], destination: dict[str, Any], prefix: str, keep_vars: bool
) -> dict[str, Any]:
    """Put the state of the module and of its descendants into `destination`, and call the hooks.

    A descendant whose class overrides `state_dict`, which `plain` is otherwise, is asked for its part.
    """
    _save_own(root, destination, prefix, keep_vars)
    # Modules whose children are being saved: a stack rather than recursion, for any depth.
    open_ = [(root, prefix, _children(root, prefix))]
    while open_:
        module, path, children = open_[-1]
        for name, child in children:
            if getattr(type(child), "state_dict", plain) is not plain:
                child.state_dict(destination=destination, prefix=name, keep_vars=keep_vars)
                continue
            _save_own(child, destination, name, keep_vars)
            open_.append((child, name, _children(child, name)))
            break
        else:
            open_.pop()
            for hook in _hooks(module, "saved"):
                if hook(module, destination, path, {}) is not None:
                    raise RuntimeError("state_dict post-hook must return None: change the dict in place")
    return destination


def _save_own(module: Stateful, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
    for hook in _hooks(module, "saving"):
        hook(module, prefix, keep_vars)
    module._save_to_state_dict(destination, prefix, keep_vars)


def load(module: Stateful, state_dict: Mapping[str, Any], strict: bool, assign: bool) -> _IncompatibleKeys:
    """Copy values into the module's tensors, or with `assign` replace the tensors, after all checks have passed."""
    if not isinstance(state_dict, Mapping):
        raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
    values = Loading(state_dict, assign)
    keys, problems = _IncompatibleKeys([], []), list[str]()
    tree = list(_tree(module))
    for prefix, part in tree:
        for hook in _hooks(part, "loading"):
            hook(part, values, prefix, {}, strict, keys.missing_keys, keys.unexpected_keys, problems)
    for prefix, part in tree:
        values.known.update(prefix + name for name, _ in own_tensors(part))
        part._load_from_state_dict(values, prefix, {}, True, keys.missing_keys, keys.unexpected_keys, problems)
    parts = dict(tree)
    unknown = [key for key in values if key not in values.known and key not in keys.unexpected_keys]
    keys.unexpected_keys.extend(key for key in unknown if _owner(key, parts) in values.checked)
    after = [(part, hook) for _, part in reversed(tree) for hook in _hooks(part, "loaded")]
    # Post-hooks may remove keys from the lists, but they run after loading: with hooks, keys are checked at the end.
    _raise_for(module, ([] if after or not strict else _key_problems(keys)) + problems)
    values.finish()
    for part, hook in after:
        if hook(part, keys) is not None:
            raise AssertionError("a load_state_dict post-hook must return None: change the lists of keys in place")
    _raise_for(module, _key_problems(keys) if strict else [])
    return keys


def _owner(key: str, parts: Mapping[str, Stateful]) -> str:
    """The longest prefix of the key that is a module's: a module that loads its entries itself accepts any key."""
    while key:
        key = key.rpartition(".")[0]
        if not key or f"{key}." in parts:
            break
    return f"{key}." if key else ""


def own_tensors(module: Stateful) -> Iterator[tuple[str, Tensor]]:
    """The module's own parameters and persistent buffers, with their names."""
    for name, parameter in module._parameters.items():
        if parameter is not None:
            yield name, parameter
    for name, buffer in module._buffers.items():
        if buffer is not None and name not in module._non_persistent_buffers_set:
            yield name, buffer


def _children(module: Stateful, prefix: str) -> Iterator[tuple[str, Stateful]]:
    """The child modules, and the prefix of the names in each."""
    return ((f"{prefix}{name}.", child) for name, child in module._modules.items() if child is not None)


def _tree(root: Stateful) -> Iterator[tuple[str, Stateful]]:
    """The module and its descendants, parents first, with the prefix of the names in each."""
    left = [("", root)]
    while left:
        prefix, module = left.pop()
        yield prefix, module
        left.extend(reversed(list(_children(module, prefix))))


def _hooks(module: Stateful, kind: str) -> list[Any]:
    return [] if module._hooks is None else list(getattr(module._hooks, kind).values())


def _has_own(module: Stateful, method: str) -> bool:
    """Whether a subclass overrides a method of `StateDict`."""
    return getattr(type(module), method) is not getattr(StateDict, method)


def _raise_for(module: Stateful, problems: list[str]) -> None:
    if problems:
        raise RuntimeError(f"Error(s) in loading state_dict for {type(module).__name__}:\n\t" + "\n\t".join(problems))


def _key_problems(keys: _IncompatibleKeys) -> list[str]:
    named = (("Missing", keys.missing_keys), ("Unexpected", keys.unexpected_keys))
    return [f"{kind} key(s) in state_dict: {_quoted(names)}. " for kind, names in named if names]


def _load_tensor(owner: Stateful, name: str, value: Any, assign: bool) -> None:
    """Copy a value into the parameter or buffer of that name, or replace it."""
    old: Any = getattr(owner, name)
    if is_lazy(value):
        return
    if not assign:
        write(old)[...] = value.array if isinstance(value, Tensor) else value
        return
    new = value if isinstance(value, Tensor) else wrap(np.array(value))
    if isinstance(old, Parameter) and not isinstance(new, Parameter):
        new = Parameter(new, old.requires_grad)
    setattr(owner, name, new)


def _mismatch(name: str, own: Tensor, value: object) -> list[str]:
    if not isinstance(value, (Tensor, np.ndarray)):
        return [
            f'While copying the parameter named "{name}", '
            f"expected Tensor or ndarray from checkpoint but received {type(value)}"
        ]
    if is_lazy(value):
        if is_lazy(own):
            return []
        return [f'While copying the parameter named "{name}": it is uninitialized in the checkpoint, but not here']
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
