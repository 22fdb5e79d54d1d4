"""Watching what is recorded: while someone watches, every new node passes through their hands.

The primitives make a node by calling `Node`. While there is a watcher, that name stands for a function
in the modules below; else it is the class itself, and watching costs nothing when nobody does.
"""

from __future__ import annotations

import sys
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import FrameType
from typing import Any, TypeAlias

import numpy as np

from .core import backward, primitive
from .core.graph import Node, no_grad
from .core.primitive import BoundRule
from .core.tensor import Tensor, wrap
from .ops.inplace import writing
from .transforms import function

#: Called with each new node and the frame that made it, which names the values `out` and its arguments.
Watcher: TypeAlias = Callable[[Node, FrameType], None]

_RECORDERS: Any = (primitive, function, writing)
_watchers: list[Watcher] = []


def watch(watcher: Watcher) -> None:
    """Show `watcher` every node that is recorded from now on."""
    _watchers.append(watcher)
    for module in _RECORDERS:
        module.Node = _watched_node


def unwatch(watcher: Watcher) -> None:
    """Stop showing it; the youngest entry of the same watcher."""
    for i in reversed(range(len(_watchers))):
        if _watchers[i] is watcher:
            del _watchers[i]
            break
    if not _watchers:
        for module in _RECORDERS:
            module.Node = Node


def _watched_node(*args: Any) -> Node:
    """A new node, after every watcher has seen it, the youngest first."""
    node = Node(*args)
    caller = sys._getframe(1)
    for watcher in reversed(_watchers):
        watcher(node, caller)
    return node


class Guise:
    """A primitive as another sees it: all is as before, but for what a subclass changes."""

    def __init__(self, made: Any) -> None:
        self.made = made

    def __getattr__(self, name: str) -> Any:
        return getattr(self.made, name)

    def __repr__(self) -> str:
        return repr(self.made)


# -- hooks for what nodes save ----------------------------------------------------------------------

Pack: TypeAlias = Callable[[Tensor], Any]
Unpack: TypeAlias = Callable[[Any], Tensor]


@contextmanager
def saved_tensors_hooks(pack_hook: Pack, unpack_hook: Unpack) -> Iterator[None]:
    """Keep, for what is recorded inside, not the values that the rules need but what `pack_hook` makes of them.

    When the backward pass needs a value, `unpack_hook` is handed what was packed and gives a Tensor of
    the same shape and dtype. So saved values can be compressed, written to disk, or computed anew. Of
    nested hooks the innermost are used; those of other threads are their own affair.

    Args:
        pack_hook: called with each Tensor to be saved; returns anything.
        unpack_hook: called with what `pack_hook` returned; returns a Tensor.

    Raises:
        TypeError: at the backward pass, `unpack_hook` returned something else.

    >>> import autograd
    >>> x = autograd.tensor([1.0, 2.0], requires_grad=True)
    >>> with saved_tensors_hooks(lambda t: t.tolist(), autograd.tensor):
    ...     y = (x.exp() * x).sum()
    >>> y.backward()
    >>> bool(autograd.allclose(x.grad, x.exp() * (1 + x)))
    True
    """
    owner = threading.get_ident()

    def pack(node: Node, caller: FrameType) -> None:
        if threading.get_ident() == owner and not isinstance(node.primitive, _Unpacking):
            with no_grad():
                node.saved = tuple(_packed(value, pack_hook) for value in node.saved or ())
            made: Any = _Unpacking(node, unpack_hook)
            node.primitive = made

    watch(pack)
    try:
        yield
    finally:
        unwatch(pack)


class save_on_cpu(AbstractContextManager[None]):
    """A `with` block without effect: what nodes save is on the CPU already."""

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


class _Parcel:
    """What a pack hook returned, in the place of a saved array."""

    __slots__ = ("content",)

    def __init__(self, content: Any) -> None:
        self.content = content


def _packed(value: Any, pack: Pack) -> Any:
    if isinstance(value, (np.ndarray, np.generic)):
        return _Parcel(pack(wrap(value)))
    return value


class _Unpacking(Guise):
    """The primitive of a node whose saved arrays are packed: its rules unpack them first."""

    def __init__(self, node: Node, unpack: Unpack) -> None:
        super().__init__(node.primitive)
        self.node, self.unpack = weakref.ref(node), unpack

    @property
    def vjps(self) -> Iterator[BoundRule]:
        """The rules; the first that is called unpacks, once for all."""
        at_hand: list[Any] = []

        def with_unpacked(vjp: BoundRule) -> BoundRule:
            def rule(g: Any, saved: Any) -> Any:
                if not at_hand:
                    arrays = tuple(self.unpacked(value) for value in saved)
                    node = self.node()
                    assert node is not None  # who calls its rules holds it
                    at_hand.append(backward._as_tensors(node, arrays) if isinstance(g, Tensor) else arrays)
                return vjp(g, at_hand[0])

            return rule

        return map(with_unpacked, self.made.vjps)

    def unpacked(self, value: Any) -> Any:
        """A saved value with its parcels opened."""
        if not isinstance(value, _Parcel):
            return value
        opened = self.unpack(value.content)
        if not isinstance(opened, Tensor):
            raise TypeError(
                "Output of saved tensor unpack_hook expected to be a Tensor but got result of type "
                f"{type(opened).__name__}"
            )
        return opened.array
