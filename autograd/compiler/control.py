"""The functions of `torch.compiler`: whether a step is being compiled, what not to compile, and how to start over."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from nn.module import Module

from ..base.symbolic import current
from .compiled import CompiledStep, living

#: The backends that may be named, as in PyTorch; there is one compiler.
BACKENDS = ("inductor", "eager", "aot_eager", "numpy")


def is_compiling() -> bool:
    """Whether the call that runs now is watched, in order to make a program of it.

    A program keeps what the watched call did: its calls do not ask again.

    >>> is_compiling()
    False
    """
    return current.trace is not None


is_dynamo_compiling = is_compiling


def disable(fn: Any = None, recursive: bool = True, *, reason: str | None = None) -> Any:
    """A function, or a Module, that is not compiled: a step that calls it runs as it is.

    Args:
        fn: the function or the Module, which is changed in place; without it, a decorator is returned. Of a compiled
            function the function itself is returned.
        recursive: accepted; what `fn` calls is not compiled either way.
        reason: what the warning of the step says.

    Raises:
        TypeError: `fn` cannot be called.
    """
    if fn is None:
        return functools.partial(disable, recursive=recursive, reason=reason)
    if isinstance(fn, CompiledStep):
        return fn.step
    if isinstance(fn, Module):
        fn.forward = disable(fn.forward, reason=reason)
        return fn
    if not callable(fn):
        raise TypeError(f"torch.compiler.disable expects a function or a Module, but got {type(fn).__name__}")
    return _not_compiled(fn, reason)


def _not_compiled(function: Callable[..., Any], reason: str | None) -> Callable[..., Any]:
    name = getattr(function, "__name__", type(function).__name__)

    @functools.wraps(function)
    def disabled(*args: Any, **kwargs: Any) -> Any:
        if current.trace is not None:
            current.trace.give_up(f"it calls {name}, which is disabled" + (f": {reason}" if reason else ""))
        return function(*args, **kwargs)

    return disabled


def reset() -> None:
    """Forget all programs: every compiled function starts over."""
    for reference in living.valuerefs():  # a list of its own, whatever other threads do
        if (step := reference()) is not None:
            step.reset()


def list_backends(exclude_tags: Any = ("debug", "experimental")) -> list[str]:
    """The names that `torch.compile` takes as a backend.

    >>> "inductor" in list_backends()
    True
    """
    return list(BACKENDS)


def cudagraph_mark_step_begin() -> None:
    """No-op: there are no CUDA graphs."""
