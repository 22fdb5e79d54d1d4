"""Hooks: functions that are called when a module is, when its gradients have been computed, and with its state."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any

from autograd import is_grad_enabled
from autograd.core.tensor import RemovableHandle, Tensor
from autograd.transforms.function import Function

Hook = Callable[..., Any]


class HookTable:
    """The hooks of one module, each list in the order in which they are called."""

    def __init__(self) -> None:
        self.before: list[Any] = []
        self.after: list[Any] = []
        self.backward_before: list[Any] = []
        self.backward: list[Any] = []
        self.saving: list[Any] = []
        self.saved: list[Any] = []
        self.loading: list[Any] = []
        self.loaded: list[Any] = []


class Hooked:
    """What a module can be hooked by. A module without hooks pays nothing for them."""

    forward: Callable[..., Any]
    _hooks: HookTable | None = None

    def register_forward_pre_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args)` before `forward`; what it returns takes the place of the arguments.

        Args:
            hook: with `with_kwargs`, called as hook(module, args, kwargs), and returns both or None.
            prepend: whether it is called before the hooks that are there.
            with_kwargs: whether it is given the keyword arguments too.

        Returns:
            a handle whose `remove()` takes the hook away.
        """
        return _added(self._table().before, (hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call `hook(module, args, output)` after `forward`; what it returns takes the place of the output.

        Arguments as for `register_forward_pre_hook`; with `with_kwargs`, hook(module, args, kwargs, output). With
        `always_call` it is called also where `forward`, or a hook, raises; the output is None then.
        """
        return _added(self._table().after, (hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` when the gradients of the outputs are there.

        `grad_output` is a tuple with an entry for each output, None where there is no gradient; what the hook returns
        takes its place.
        """
        return _added(self._table().backward_before, hook, prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the gradients of inputs and outputs have been computed.

        `grad_input` has an entry for each positional argument, None where there is no gradient; what the
        hook returns takes its place. If no argument requires a gradient, the hook is called as soon as those of the
        outputs are there. Under such a hook `forward` gets, and gives, copies of the tensors: an operation in place
        doesn't reach what the caller holds.
        """
        return _added(self._table().backward, hook, prepend)

    def register_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(module, prefix, keep_vars)` before `state_dict` gathers this module's tensors."""
        return _added(self._table().saving, hook, False)

    def register_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(module, state_dict, prefix, local_metadata)` once this module's tensors are in; it may change it.

        `local_metadata` is an empty dict: state dicts have no versions here.
        """
        return _added(self._table().saved, hook, False)

    def register_load_state_dict_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call a hook before this module's part of a state dict is looked at; it may change names and values.

        It is hook(module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs), where
        `state_dict` is a copy; what it adds to the lists counts.
        """
        return _added(self._table().loading, hook, False)

    def register_load_state_dict_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(module, incompatible_keys)` once a state dict is loaded.

        What it takes off the lists `missing_keys` and `unexpected_keys` is forgiven.
        """
        return _added(self._table().loaded, hook, False)

    def _table(self) -> HookTable:
        if self._hooks is None:
            self.__dict__["_hooks"] = HookTable()
        assert self._hooks is not None
        return self._hooks

    def _call_hooked(self, table: HookTable, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`forward` with the hooks around it."""
        called: list[Any] = []
        out = None
        try:
            args, kwargs = self._prepared(table, args, kwargs)
            watch = None
            if (table.backward or table.backward_before) and is_grad_enabled():
                watch = _Watch(self, table)
                args = watch.inputs(args)
            out = self.forward(*args, **kwargs)
            for entry in list(table.after):
                called.append(entry)
                returned = self._call_after(entry, args, kwargs, out)
                out = out if returned is None else returned
            return out if watch is None else watch.outputs(out)
        except Exception:
            for entry in list(table.after):
                if entry[2] and entry not in called:
                    self._call_in_spite(entry, args, kwargs, out)
            raise

    def _prepared(
        self, table: HookTable, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments, after the hooks before `forward`."""
        for hook, with_kwargs in list(table.before):
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

    def _call_in_spite(self, entry: Any, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> None:
        """Call a hook while an error is on its way, which must not be lost by another."""
        try:
            self._call_after(entry, args, kwargs, out)
        except Exception as error:
            warnings.warn(
                "module forward hook with ``always_call=True`` raised an exception that was silenced as another error "
                f"was raised in forward: {error}",
                stacklevel=4,
            )


class _Gate(Function):
    """Tensors go through as they are; on the way back `passed` sees all their gradients at once and may change them."""

    @staticmethod
    def forward(ctx: Any, passed: Callable[..., Any], *tensors: Tensor) -> Any:
        ctx.passed = passed
        ctx.set_materialize_grads(False)
        # Copies, since what is written into a Function's output would not be recorded for what shares its memory.
        return tuple(tensor.clone() for tensor in tensors)

    @staticmethod
    def backward(ctx: Any, *grads: Any) -> Any:
        return None, *ctx.passed(grads)


def _through(passed: Callable[..., Any], values: Sequence[Any], places: list[int]) -> list[Any]:
    """The values, those at `places` through a gate."""
    gated = dict(zip(places, _Gate.apply(passed, *(values[i] for i in places)), strict=True))
    return [gated.get(i, value) for i, value in enumerate(values)]


def _differentiable(values: Sequence[Any]) -> list[int]:
    return [i for i, value in enumerate(values) if isinstance(value, Tensor) and value.requires_grad]


class _Watch:
    """One call of a module, watched until its gradients have come by."""

    def __init__(self, module: Hooked, table: HookTable) -> None:
        self.module = module
        self.table = table
        self.input_places: list[int] = []
        self.output_places: list[int] = []
        self.inputs_count = self.outputs_count = 0
        self.grad_output: tuple[Any, ...] | None = None

    def inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, those that require a gradient through a gate."""
        self.inputs_count = len(args)
        self.input_places = _differentiable(args) if self.table.backward else []
        return tuple(_through(self.at_inputs, args, self.input_places)) if self.input_places else args

    def outputs(self, out: Any) -> Any:
        """The output, or each of several, through a gate."""
        several = isinstance(out, (tuple, list))
        parts = list(out) if several else [out]
        self.outputs_count = len(parts)
        self.output_places = _differentiable(parts)
        if not self.output_places:
            return out
        parts = _through(self.at_outputs, parts, self.output_places)
        if not several:
            return parts[0]
        return type(out)(*parts) if hasattr(out, "_fields") else type(out)(parts)

    def at_outputs(self, grads: tuple[Any, ...]) -> list[Any]:
        """The outputs' gradients have come."""
        found = _spread(grads, self.output_places, self.outputs_count)
        for hook in list(self.table.backward_before):
            found = _replaced("pre hook", "grad_output", hook(self.module, found), found)
        if self.input_places:
            self.grad_output = found
        else:
            for hook in list(self.table.backward):
                hook(self.module, (None,) * self.inputs_count, found)
        return [found[i] for i in self.output_places]

    def at_inputs(self, grads: tuple[Any, ...]) -> list[Any]:
        """The inputs' gradients have come: everything within the module is done."""
        if self.grad_output is None:  # they came by another way than through the outputs
            return list(grads)
        found = _spread(grads, self.input_places, self.inputs_count)
        for hook in list(self.table.backward):
            found = _replaced("hook", "grad_input", hook(self.module, found, self.grad_output), found)
        self.grad_output = None
        return [found[i] for i in self.input_places]


def _spread(grads: tuple[Any, ...], places: list[int], count: int) -> tuple[Any, ...]:
    at = dict(zip(places, grads, strict=True))
    return tuple(at.get(i) for i in range(count))


def _replaced(kind: str, name: str, returned: Any, found: tuple[Any, ...]) -> tuple[Any, ...]:
    """The gradients, after a hook."""
    if returned is None:
        return found
    new = tuple(returned) if isinstance(returned, (tuple, list)) else (returned,)
    if len(new) != len(found):
        raise RuntimeError(
            f"Backward {kind} returned an invalid number of {name}, got {len(new)}, but expected {len(found)}"
        )
    return new


def _added(hooks: list[Any], hook: Any, first: bool) -> RemovableHandle:
    hooks.insert(0 if first else len(hooks), hook)
    return RemovableHandle(hooks, hook)
