"""Hooks: the handle of a registered hook, and where the backward pass calls functions of the user."""

from __future__ import annotations

import itertools
import weakref
from typing import Any

#: A mark in a node's list of hooks: keep the cotangent at this place as `node.grad`.
RETAIN: Any = object()


class RemovableHandle:
    """A registered hook, which `remove()` removes; also a context manager.

    Attributes:
        id: a number that no other handle has, the key of the hook in a dict of hooks.
    """

    _next_id = itertools.count().__next__

    def __init__(self, hooks: Any, hook: Any = None) -> None:
        self._hooks, self._hook = hooks, hook
        self.id = RemovableHandle._next_id()

    def remove(self) -> None:
        """Remove the hook; calling it again has no effect."""
        if isinstance(self._hooks, dict):
            self._hooks.pop(self.id, None)
            return
        for i, hook in enumerate(self._hooks):
            if hook is self._hook:
                del self._hooks[i]
                return

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()


def check_hook(hook: Any) -> None:
    """Raise a TypeError unless the hook can be called."""
    if not callable(hook):
        raise TypeError(f"a hook must be callable, but got {type(hook).__name__}: {hook!r:.60}")


#: The living nodes and leaves at which the backward pass calls functions of the user, by identity. While there are
#: any, a backward pass finishes each leaf as soon as its gradient is complete, since such a function may look at it.
observed: dict[int, weakref.ref[Any]] = {}


def observe(node: Any) -> None:
    """Note that the backward pass calls a function of the user at this node or leaf."""
    key = id(node)
    observed[key] = weakref.ref(node, lambda _: observed.pop(key, None))


def has_hook(node: Any) -> bool:
    """Whether the backward pass calls a function of the user at this node or leaf."""
    of_the_user = any(hook is not RETAIN for hook in node.hooks or ()) or bool(getattr(node, "after", None))
    return of_the_user or getattr(getattr(node, "primitive", None), "has_hooks", False)


def move_retained(before: Any, after: Any) -> None:
    """Let the new node of a tensor that was written in place retain the gradient, if the former one did."""
    if before is not after and before is not None and before.hooks and RETAIN in before.hooks:
        before.hooks.remove(RETAIN)
        if after is not None:
            after.hooks = [*(after.hooks or ()), RETAIN]
            after.grad = before.grad
