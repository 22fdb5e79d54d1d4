"""Module hooks: functions called around forward, around backward, and when a state dict is saved or loaded."""

from __future__ import annotations

import warnings
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from autograd import is_grad_enabled
from autograd.core.hooks import RemovableHandle, check_hook
from autograd.core.public_methods import public_methods
from autograd.core.tensor import Tensor
from autograd.transforms.function import Function

Hook = Callable[..., Any]


class changes:
    """Whether any module has changed: a new object takes the place of `latest` at every change.

    A change is one of hooks or of an attribute other than `training`, which compiled steps look at. They compare
    `latest` with the object that they saw last, instead of looking at every module.
    """

    latest: Any = object()


class Hooks(OrderedDict[int, Any]):
    """Hooks of one kind in call order, by the ids of their handles."""

    def __setitem__(self, key: int, hook: Any) -> None:
        super().__setitem__(key, hook)
        changes.latest = object()


class HookTable:
    """The hooks of one module, by kind, and the ids of those that are called with keyword arguments, or always."""

    def __init__(self) -> None:
        self.before, self.after, self.backward_before, self.backward = Hooks(), Hooks(), Hooks(), Hooks()
        self.saving, self.saved, self.loading, self.loaded = Hooks(), Hooks(), Hooks(), Hooks()
        self.before_kwargs, self.after_kwargs, self.after_always = Hooks(), Hooks(), Hooks()


#: The hooks of all modules; they are called before a module's own.
_every = HookTable()
#: The table of a module without hooks of its own, where there are hooks of all modules.
_none = HookTable()
#: What is called when a parameter, a buffer or a submodule is registered, by the name of the registry.
registration: dict[str, Hooks] = {"_parameters": Hooks(), "_buffers": Hooks(), "_modules": Hooks()}


def _kind(name: str) -> Any:
    """The hooks of one kind as an attribute of a module, which libraries read, change and replace."""

    def replace(self: Hooked, hooks: Any) -> None:
        setattr(self._table(), name, Hooks(hooks))

    return property(lambda self: getattr(self._table(), name), replace)


@public_methods
class Hooked:
    """The methods that register hooks on a module. A module without hooks has no table, and no overhead."""

    forward: Callable[..., Any]
    _hooks: HookTable | None = None

    _forward_pre_hooks, _forward_hooks = _kind("before"), _kind("after")
    _forward_pre_hooks_with_kwargs, _forward_hooks_with_kwargs = _kind("before_kwargs"), _kind("after_kwargs")
    _forward_hooks_always_called = _kind("after_always")
    _backward_pre_hooks, _backward_hooks = _kind("backward_before"), _kind("backward")
    _state_dict_pre_hooks, _state_dict_hooks = _kind("saving"), _kind("saved")
    _load_state_dict_pre_hooks, _load_state_dict_post_hooks = _kind("loading"), _kind("loaded")

    def register_forward_pre_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before `forward`; a result other than None replaces the arguments.

        Args:
            hook: with `with_kwargs`, it is called as hook(module, args, kwargs) and returns (args, kwargs) or None.
            prepend: whether to call it before the hooks registered earlier.
            with_kwargs: whether to pass it the keyword arguments.

        Returns:
            a handle whose `remove()` removes the hook.
        """
        table = self._table()
        return _added(table.before, hook, prepend, {"before_kwargs": with_kwargs}, table)

    def register_forward_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after `forward`; a result other than None replaces the output.

        Arguments as for `register_forward_pre_hook`; with `with_kwargs`, hook(module, args, kwargs, output). With
        `always_call` it is also called when `forward` or a hook raises; the output is then None.
        """
        table = self._table()
        options = {"after_kwargs": with_kwargs, "after_always": always_call}
        return _added(table.after, hook, prepend, options, table)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` when the gradients of the outputs have been computed.

        `grad_output` is a tuple with an entry for each output, None where there is no gradient. A result other than
        None replaces it.
        """
        return _added(self._table().backward_before, hook, prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the gradients of inputs and outputs have been computed.

        `grad_input` has an entry for each positional argument, None where there is no gradient; a result other than
        None replaces it. If no argument requires a gradient, the hook is called when the gradients of the outputs have
        been computed. With such a hook, `forward` receives copies of the input tensors and the caller copies of the
        outputs, so an in-place operation on one does not change the other.
        """
        return _added(self._table().backward, hook, prepend)

    def register_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before `state_dict` gathers this module's tensors."""
        return _added(self._table().saving, hook)

    def register_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` after this module's tensors are gathered.

        It may change `state_dict`. `local_metadata` is an empty dict: these state dicts have no versions.
        """
        return _added(self._table().saved, hook)

    def register_load_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call a hook before this module's part of a state dict is loaded; it may change names and values.

        Its arguments are (module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys,
        error_msgs), where `state_dict` is a copy; it may append to the lists.
        """
        return _added(self._table().loading, hook)

    def register_load_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` after a state dict is loaded.

        Keys that it removes from the lists `missing_keys` and `unexpected_keys` are not reported as errors.
        """
        return _added(self._table().loaded, hook)

    def _register_load_state_dict_pre_hook(self, hook: Hook, with_module: bool = False) -> RemovableHandle:
        """As `register_load_state_dict_pre_hook`, for a hook that is not given the module unless `with_module`."""
        return self.register_load_state_dict_pre_hook(hook if with_module else lambda module, *args: hook(*args))

    def _register_state_dict_hook(self, hook: Hook) -> RemovableHandle:
        return self.register_state_dict_post_hook(hook)

    def _table(self) -> HookTable:
        fields = self.__dict__
        if "_hooks" not in fields:
            fields["_hooks"] = HookTable()
        table: HookTable = fields["_hooks"]
        return table

    def _call_hooked(self, table: HookTable, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`forward`, with the hooks called before and after it."""
        called: list[Any] = []
        out = None
        try:
            args, kwargs = self._call_before(table, args, kwargs)
            observer = None
            backward = [*_every.backward.values(), *table.backward.values()]
            before = [*_every.backward_before.values(), *table.backward_before.values()]
            if (backward or before) and is_grad_enabled():
                observer = _BackwardObserver(self, backward, before)
                args = observer.inputs(args)
            out = self.forward(*args, **kwargs)
            for entry in _after(table):
                called.append(entry)
                returned = self._call_after(entry, args, kwargs, out)
                out = out if returned is None else returned
            return out if observer is None else observer.outputs(out)
        except Exception:
            for entry in _after(table):
                if entry[2] and entry not in called:
                    self._call_after_error(entry, args, kwargs, out)
            raise

    def _call_before(
        self, table: HookTable, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Call the forward pre-hooks and return the arguments, possibly replaced."""
        for hook, with_kwargs in [
            (hook, key in of.before_kwargs) for of in (_every, table) for key, hook in of.before.items()
        ]:
            returned = hook(self, args, kwargs) if with_kwargs else hook(self, args)
            if returned is None:
                continue
            if not with_kwargs:
                args = returned if isinstance(returned, tuple) else (returned,)
            elif isinstance(returned, tuple) and len(returned) == 2:
                args, kwargs = returned
            else:
                raise RuntimeError(
                    f"forward pre-hook must return None or a tuple of (new_args, new_kwargs), but got {returned}."
                )
        return args, kwargs

    def _call_after(self, entry: Any, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> Any:
        hook, with_kwargs, _ = entry
        return hook(self, args, kwargs, out) if with_kwargs else hook(self, args, out)

    def _call_after_error(self, entry: Any, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> None:
        """Call a hook while an error propagates; the hook's own error becomes a warning."""
        try:
            self._call_after(entry, args, kwargs, out)
        except Exception as error:
            warnings.warn(
                "module forward hook with ``always_call=True`` raised an exception that was silenced as another error "
                f"was raised in forward: {error}",
                stacklevel=4,
            )


def _after(table: HookTable) -> list[tuple[Hook, bool, bool]]:
    """The forward hooks, each with whether it takes keyword arguments, and whether it is called after an error."""
    return [
        (hook, key in of.after_kwargs, key in of.after_always)
        for of in (_every, table)
        for key, hook in of.after.items()
    ]


def register_module_forward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, args)` before `forward` of every module: see `Module.register_forward_pre_hook`."""
    return _added_for_every(_every.before, hook)


def register_module_forward_hook(
    hook: Hook, *, with_kwargs: bool = False, always_call: bool = False
) -> RemovableHandle:
    """Call `hook(module, args, output)` after `forward` of every module: see `Module.register_forward_hook`."""
    return _added_for_every(_every.after, hook, {"after_kwargs": with_kwargs, "after_always": always_call})


def register_module_full_backward_pre_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, grad_output)` for every module: see `Module.register_full_backward_pre_hook`."""
    return _added_for_every(_every.backward_before, hook)


def register_module_full_backward_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, grad_input, grad_output)` for every module: see `Module.register_full_backward_hook`."""
    return _added_for_every(_every.backward, hook)


def register_module_parameter_registration_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, name, parameter)` when a module registers a parameter; a result replaces the parameter."""
    return _added(registration["_parameters"], hook)


def register_module_buffer_registration_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, name, buffer)` when a module registers a buffer; a result replaces the buffer."""
    return _added(registration["_buffers"], hook)


def register_module_module_registration_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(module, name, submodule)` when a module registers a submodule; a result replaces the submodule."""
    return _added(registration["_modules"], hook)


class _Gate(Function):
    """The identity of several tensors, whose backward calls `change` with all their gradients at once."""

    @staticmethod
    def forward(ctx: Any, change: Callable[..., Any], *tensors: Tensor) -> Any:
        ctx.change = change
        ctx.set_materialize_grads(False)
        # Copies, because a write into a Function's output is not recorded for tensors that share its memory.
        return tuple(tensor.clone() for tensor in tensors)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return None, *ctx.change(grads)


def _through(change: Callable[..., Any], values: Sequence[Any], places: list[int]) -> list[Any]:
    """The values, with those at `places` passed through a gate."""
    gated = dict(zip(places, _Gate.apply(change, *(values[i] for i in places)), strict=True))
    return [gated.get(i, value) for i, value in enumerate(values)]


def _differentiable(values: Sequence[Any]) -> list[int]:
    return [i for i, value in enumerate(values) if isinstance(value, Tensor) and value.requires_grad]


class _BackwardObserver:
    """Calls the backward hooks for one call of a module, when its gradients have been computed."""

    def __init__(self, module: Hooked, backward: list[Hook], before: list[Hook]) -> None:
        self.module = module
        self.backward, self.before = backward, before
        self.input_places: list[int] = []
        self.output_places: list[int] = []
        self.inputs_count = self.outputs_count = 0
        self.grad_output: tuple[Any, ...] | None = None

    def inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, with those that require a gradient passed through a gate."""
        self.inputs_count = len(args)
        self.input_places = _differentiable(args) if self.backward else []
        return tuple(_through(self.on_input_grads, args, self.input_places)) if self.input_places else args

    def outputs(self, out: Any) -> Any:
        """The output, or each of several outputs, passed through a gate."""
        is_sequence = isinstance(out, (tuple, list))
        parts = list(out) if is_sequence else [out]
        self.outputs_count = len(parts)
        self.output_places = _differentiable(parts)
        if not self.output_places:
            return out
        parts = _through(self.on_output_grads, parts, self.output_places)
        if not is_sequence:
            return parts[0]
        return type(out)(*parts) if hasattr(out, "_fields") else type(out)(parts)

    def on_output_grads(self, grads: tuple[Any, ...]) -> list[Any]:
        """Called with the gradients of the outputs, before backward enters the module."""
        grad_output = _spread(grads, self.output_places, self.outputs_count)
        for hook in self.before:
            grad_output = _replaced("pre hook", "grad_output", hook(self.module, grad_output), grad_output)
        if self.input_places:
            self.grad_output = grad_output
        else:
            for hook in self.backward:
                hook(self.module, (None,) * self.inputs_count, grad_output)
        return [grad_output[i] for i in self.output_places]

    def on_input_grads(self, grads: tuple[Any, ...]) -> list[Any]:
        """Called with the gradients of the inputs, after backward has left the module."""
        if self.grad_output is None:  # the gradients did not come through the module's outputs
            return list(grads)
        grad_input = _spread(grads, self.input_places, self.inputs_count)
        for hook in self.backward:
            grad_input = _replaced("hook", "grad_input", hook(self.module, grad_input, self.grad_output), grad_input)
        self.grad_output = None
        return [grad_input[i] for i in self.input_places]


def _spread(grads: tuple[Any, ...], places: list[int], count: int) -> tuple[Any, ...]:
    """A tuple of `count` entries, with the gradients at `places` and None elsewhere."""
    at = dict(zip(places, grads, strict=True))
    return tuple(at.get(i) for i in range(count))


def _replaced(kind: str, name: str, returned: Any, found: tuple[Any, ...]) -> tuple[Any, ...]:
    """The gradients that a hook returned, or `found` if it returned None."""
    if returned is None:
        return found
    new = tuple(returned) if isinstance(returned, (tuple, list)) else (returned,)
    if len(new) != len(found):
        raise RuntimeError(
            f"Backward {kind} returned an invalid number of {name}, got {len(new)}, but expected {len(found)}"
        )
    return new


def _added(
    hooks: Hooks, hook: Hook, first: bool = False, options: Mapping[str, bool] | None = None,
    table: HookTable | None = None,
) -> RemovableHandle:  # fmt: skip
    """Add a hook to those of its kind, and its id to the options of the table that are True.

    Raises:
        TypeError: the hook cannot be called.
    """
    check_hook(hook)
    handle = RemovableHandle(hooks)
    hooks[handle.id] = hook
    if first:
        hooks.move_to_end(handle.id, last=False)
    for name, chosen in (options or {}).items():
        if chosen:
            getattr(table, name)[handle.id] = True
    return handle


def hooks_of_all() -> list[Any]:
    """The hooks of all modules that are called around forward and backward."""
    return [hook for hooks in vars(_every).values() for hook in hooks.values() if hook is not True]


def _added_for_every(hooks: Hooks, hook: Hook, options: Mapping[str, bool] | None = None) -> RemovableHandle:
    """Add a hook of all modules: from now on, modules without hooks look for those too."""
    handle = _added(hooks, hook, False, options, _every)
    Hooked._hooks = _none
    return handle
