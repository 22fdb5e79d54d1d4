"""Watching what is recorded: while someone watches, every new node passes through their hands.

The primitives make a node by calling `Node`. While there is a watcher, that name stands for a function
in the modules below; else it is the class itself, and watching costs nothing when nobody does.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, TypeAlias

import numpy as np

from . import backprop, function, inplace, primitive
from .dtypes import Array
from .graph import Leaf, Node
from .primitive import BoundRule
from .tensor import Tensor

#: Called with each new node and the frame that made it, which names the values `out` and its arguments.
Watcher: TypeAlias = Callable[[Node, FrameType], None]

_RECORDERS: Any = (primitive, function, inplace)
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


class _Packed(Guise):
    """The primitive of a node whose saved arrays were packed: its rules unpack them first."""

    def __init__(self, made: Any, node: Node, places: list[bool | tuple[bool, ...]], unpack: Unpack) -> None:
        super().__init__(made)
        self._places, self._unpack = places, unpack
        self._outs = node  # only its shape of parents is asked for, below
        del self._outs
        self._parents = node.parents

    @property
    def vjps(self) -> Iterator[BoundRule]:
        """The rules; the first that is called unpacks, once for all."""
        unpacked: list[Any] = []

        def with_unpacked(vjp: BoundRule) -> BoundRule:
            def rule(g: Any, saved: Any) -> Any:
                if not unpacked:
                    unpacked.append(self._opened(saved, isinstance(g, Tensor)))
                return vjp(g, unpacked[0])

            return rule

        return map(with_unpacked, self.made.vjps)

    def _opened(self, saved: Any, records: bool) -> tuple[Any, ...]:
        opened = []
        for value, packed in zip(saved, self._places, strict=True):
            if isinstance(packed, tuple):
                opened.append(tuple(self._open(v) if p else v for v, p in zip(value, packed, strict=True)))
            else:
                opened.append(self._open(value) if packed else value)
        return tuple(opened)

    def _open(self, packed: Any) -> Array:
        value = self._unpack(packed)
        if not isinstance(value, Tensor):
            raise TypeError(
                f"Output of saved tensor unpack_hook expected to be a Tensor but got result of type {type(value).__name__}"
            )
        return value.array
