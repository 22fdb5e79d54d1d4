"""Hooks: functions that are called when a module is, and when its gradients have been computed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd import is_grad_enabled
from autograd.shapes import reshape
from autograd.tensor import RemovableHandle, Tensor

Hook = Callable[..., Any]


class HookTable:
    """The hooks of one module, each list in the order in which they are called."""

    def __init__(self) -> None:
        self.before: list[Any] = []
        self.after: list[Any] = []
        self.backward_before: list[Any] = []
        self.backward: list[Any] = []


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

    def register_forward_hook(self, hook: Hook, *, prepend: bool = False, with_kwargs: bool = False) -> RemovableHandle:
        """Call `hook(module, args, output)` after `forward`; what it returns takes the place of the output.

        Arguments as for `register_forward_pre_hook`; with `with_kwargs`, hook(module, args, kwargs, output).
        """
        return _added(self._table().after, (hook, with_kwargs), prepend)

    def register_full_backward_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_output)` when the output's gradient is there; what it returns takes its place.

        The module must return one tensor.
        """
        return _added(self._table().backward_before, hook, prepend)

    def register_full_backward_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(module, grad_input, grad_output)` when the gradients of inputs and outputs have been computed.

        `grad_input` has an entry for each positional argument, None where there is no gradient; what the
        hook returns takes its place. The inputs' gradients arrive one by one, so one positional argument
        may require a gradient, not several. If none does, the hook is called with the output's gradient.
        """
        return _added(self._table().backward, hook, prepend)

    def _table(self) -> HookTable:
        if self._hooks is None:
            self.__dict__["_hooks"] = HookTable()
        assert self._hooks is not None
        return self._hooks

    def _call_hooked(self, table: HookTable, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`forward` with the hooks around it."""
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
        watch = None
        if (table.backward or table.backward_before) and is_grad_enabled():
            watch = _Watch(self, table)
            args = watch.inputs(args)
        out = self.forward(*args, **kwargs)
        for hook, with_kwargs in list(table.after):
            returned = hook(self, args, kwargs, out) if with_kwargs else hook(self, args, out)
            if returned is not None:
                out = returned
        return out if watch is None else watch.outputs(out)


class _Watch:
    """One call of a module, watched until its gradients have come by."""

    def __init__(self, module: Hooked, table: HookTable) -> None:
        self.module = module
        self.table = table
        self.place: int | None = None
        self.count = 0
        self.grad_output: list[Tensor | None] = []

    def inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The arguments, the one that requires a gradient as a view of its own."""
        self.count = len(args)
        if not self.table.backward:
            return args
        needing = [i for i, x in enumerate(args) if isinstance(x, Tensor) and x.requires_grad]
        if len(needing) > 1:
            raise RuntimeError(
                f"register_full_backward_hook: {type(self.module).__name__} was called with {len(needing)} tensors "
                "that require a gradient, but their gradients arrive one by one: use register_hook on the tensors"
            )
        if not needing:
            return args
        self.place = needing[0]
        seen = _view(args[self.place])
        seen.register_hook(self.at_input)
        return (*args[: self.place], seen, *args[self.place + 1 :])

    def outputs(self, out: Any) -> Any:
        """The output, each tensor as a view of its own."""
        several = isinstance(out, (tuple, list))
        parts = list(out) if several else [out]
        if several and (self.table.backward_before or (self.place is None and self.table.backward)):
            raise RuntimeError(
                f"full backward hooks: {type(self.module).__name__} returns several values, whose gradients arrive one "
                "by one: use register_hook on the tensors"
            )
        self.grad_output = [None] * len(parts)
        for i, x in enumerate(parts):
            if isinstance(x, Tensor) and x.requires_grad:
                parts[i] = _view(x)
                parts[i].register_hook(lambda g, i=i: self.at_output(i, g))
        if not several:
            return parts[0]
        return type(out)(*parts) if hasattr(out, "_fields") else type(out)(parts)

    def at_output(self, place: int, g: Tensor) -> Tensor:
        """The output's gradient has come."""
        for hook in list(self.table.backward_before):
            returned = hook(self.module, (g,))
            if returned is not None:
                g = returned[0] if isinstance(returned, tuple) else returned
        self.grad_output[place] = g
        if self.place is None:
            for hook in list(self.table.backward):
                hook(self.module, (None,) * self.count, tuple(self.grad_output))
        return g

    def at_input(self, g: Tensor) -> Tensor:
        """The input's gradient has come: everything within the module is done."""
        assert self.place is not None
        for hook in list(self.table.backward):
            grad_input = (None,) * self.place + (g,) + (None,) * (self.count - self.place - 1)
            returned = hook(self.module, grad_input, tuple(self.grad_output))
            if returned is not None:
                g = returned[self.place] if isinstance(returned, tuple) else returned
        self.grad_output = [None] * len(self.grad_output)
        return g


def _view(x: Tensor) -> Tensor:
    return reshape(x, tuple(x.shape))


def _added(hooks: list[Any], hook: Any, first: bool) -> RemovableHandle:
    hooks.insert(0 if first else len(hooks), hook)
    return RemovableHandle(hooks, hook)
