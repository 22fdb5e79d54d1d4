"""Hooks of optimizers: functions called before and after a step, `state_dict` and `load_state_dict`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from autograd.core.hooks import RemovableHandle, check_hook
from autograd.core.public_methods import public_class_of_the_project, public_methods, reraise_in_method

from ..hooks import changes

Hook = Callable[..., Any]

#: The hooks of all optimizers.
_before_every_step: list[Hook] = []
_after_every_step: list[Hook] = []


def register_optimizer_step_pre_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` before a step of any optimizer: see `Optimizer.register_step_pre_hook`."""
    check_hook(hook)
    _before_every_step.append(hook)
    changes.latest = object()
    return RemovableHandle(_before_every_step, hook)


def register_optimizer_step_post_hook(hook: Hook) -> RemovableHandle:
    """Call `hook(optimizer, args, kwargs)` after a step of any optimizer."""
    check_hook(hook)
    _after_every_step.append(hook)
    changes.latest = object()
    return RemovableHandle(_after_every_step, hook)


def hooks_of_all() -> list[Any]:
    """The hooks of all optimizers."""
    return [*_before_every_step, *_after_every_step]


@public_methods
class HookedOptimizer:
    """Base of `Optimizer`: registers hooks, and wraps the `step` of every subclass so that it calls them."""

    _hooks: dict[str, list[Hook]] | None = None
    #: Whether a step was taken: schedulers warn when theirs comes first.
    _opt_called = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            step: Any = cls.__dict__["step"]
            cls.step = _with_hooks(step)  # type: ignore[attr-defined]  # every optimizer defines it
        # `step` handles its errors, and calls the others.
        public_class_of_the_project(cls, handled=("step", "update", "each_parameter", "each_stretch", "state_of"))

    def register_step_pre_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` before a step; it may return a pair of new args and kwargs.

        `args` and `kwargs` are those of `step`; `args` begins with the optimizer itself.
        """
        return self._add("before step", hook)

    def register_step_post_hook(self, hook: Hook) -> RemovableHandle:
        """Call `hook(optimizer, args, kwargs)` after a step."""
        return self._add("after step", hook)

    def register_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` before `state_dict` gathers the state."""
        return self._add("before saving", hook, prepend)

    def register_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` with the result of `state_dict`; it may return a new one."""
        return self._add("after saving", hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer, state_dict)` before a state is loaded; it may return a new one."""
        return self._add("before loading", hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Hook, prepend: bool = False) -> RemovableHandle:
        """Call `hook(optimizer)` after a state was loaded."""
        return self._add("after loading", hook, prepend)

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Take the attributes of a copied or unpickled optimizer; subclasses add settings that older ones lacked."""
        self.__dict__.update(state)

    def _patch_step_function(self) -> None:
        """Do nothing, for optimizers that call it instead of `__init__`: `step` of every subclass calls the hooks."""

    def _add(self, when: str, hook: Hook, first: bool = False) -> RemovableHandle:
        check_hook(hook)
        if self._hooks is None:
            self._hooks = {}
        hooks = self._hooks.setdefault(when, [])
        hooks.insert(0 if first else len(hooks), hook)
        changes.latest = object()
        return RemovableHandle(hooks, hook)

    def _hooks_for(self, when: str) -> list[Hook]:
        return list((self._hooks or {}).get(when, ()))

    def _after_hooks(self, when: str, state_dict: dict[str, Any]) -> dict[str, Any]:
        """The state after all hooks: each receives it, and may return a new one."""
        for hook in self._hooks_for(when):
            returned = hook(self, state_dict)
            state_dict = state_dict if returned is None else returned
        return state_dict


def _with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """`step`, with the optimizer's hooks called before and after it, and the errors that `public_methods` gives."""

    @functools.wraps(step)
    def hooked(self: HookedOptimizer, *args: Any, **kwargs: Any) -> Any:
        try:
            if self._hooks is not None or _before_every_step or _after_every_step:
                return _between_hooks(step, self, *args, **kwargs)
            result = step(self, *args, **kwargs)
            self._opt_called = True
            return result
        except Exception as error:
            reraise_in_method(error, step, (self, *args), kwargs)

    return hooked


def _between_hooks(step: Callable[..., Any], optimizer: HookedOptimizer, *args: Any, **kwargs: Any) -> Any:
    given: tuple[Any, ...] = (optimizer, *args)
    for hook in (*_before_every_step, *optimizer._hooks_for("before step")):
        returned = hook(optimizer, given, kwargs)
        if returned is None:
            continue
        if not (isinstance(returned, tuple) and len(returned) == 2):
            raise RuntimeError(
                f"an optimizer's step pre-hook must return None or a tuple of (new_args, new_kwargs), but got "
                f"{returned}"
            )
        given, kwargs = returned
    result = step(*given, **kwargs)
    optimizer._opt_called = True
    for hook in (*optimizer._hooks_for("after step"), *_after_every_step):
        hook(optimizer, given, kwargs)
    return result
