"""Walks over a tree of modules: with a stack of their own instead of recursion, so that any depth is fine."""

from __future__ import annotations

import copy
import copyreg
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol


class Branch(Protocol):
    """What this file needs of a module."""

    @property
    def _modules(self) -> Mapping[str, Any]: ...
    def _text(self, children: list[tuple[str, str]]) -> str: ...


def parts(root: Any, method: str, plain: Callable[..., Any]) -> Iterator[tuple[Any, bool]]:
    """The module and its descendants, parents first, each with whether its class overrides a method.

    The descendants of one that overrides it are left out: it is up to that module to reach them. The method of the
    root is the one that asks.

    Args:
        root: a module.
        method: the name of the method.
        plain: the method of the classes that do not override it.
    """
    left, seen = [root], set()
    while left:
        module = left.pop()
        if id(module) in seen:
            continue
        seen.add(id(module))
        overrides = module is not root and getattr(type(module), method) is not plain
        yield module, overrides
        if not overrides:
            left.extend(child for child in reversed(module._modules.values()) if child is not None)


def named(root: Any, prefix: str, memo: set[Any], remove_duplicate: bool) -> Iterator[tuple[str, Any]]:
    """The module and its descendants, parents first, with dotted names; those in `memo` are left out."""
    left = [(prefix, root)]
    while left:
        path, module = left.pop()
        if module in memo:
            continue
        if remove_duplicate:
            memo.add(module)
        yield path, module
        children = [
            (f"{path}.{name}" if path else name, child) for name, child in module._modules.items() if child is not None
        ]
        left.extend(reversed(children))


def children_first(root: Any) -> Iterator[Any]:
    """The module after all its descendants; a module with several parents follows each time."""
    open_ = [(root, iter(list(root.children())))]
    while open_:
        module, children = open_[-1]
        child = next(children, None)
        if child is None:
            open_.pop()
            yield module
        elif all(child is not parent for parent, _ in open_):
            open_.append((child, iter(list(child.children()))))


def text_of(root: Branch, plain: Callable[..., Any]) -> str:
    """The repr of a module, with those of its descendants; a class whose `__repr__` is not `plain` is asked for it."""
    text = ""
    # The modules whose children are being written, the innermost last: each with its name, the children that are left,
    # and the texts of those before.
    open_: list[tuple[str, Branch, Iterator[tuple[str, Any]], list[tuple[str, str]]]] = []
    open_.append(("", root, iter(root._modules.items()), []))
    while open_:
        name, module, children, texts = open_[-1]
        for child_name, child in children:
            if child is not None and type(child).__repr__ is plain:
                open_.append((child_name, child, iter(child._modules.items()), []))
                break
            texts.append((child_name, repr(child)))
        else:
            open_.pop()
            text = module._text(texts)
            if open_:
                open_[-1][3].append((name, text))
    return text


def deep_copy(root: Any, memo: dict[int, Any], plain: Callable[..., Any]) -> Any:
    """A deep copy of a module: its descendants first get empty copies, which are then filled one by one.

    A descendant that is copied or pickled in a way of its own is left to `copy.deepcopy`.
    """
    states = []
    for module, _ in parts(root, "__deepcopy__", plain):
        if id(module) in memo:
            continue
        if module is not root and type(module).__deepcopy__ is not plain:
            continue
        reduced: Any = module.__reduce_ex__(4)
        if reduced[:2] != (getattr(copyreg, "__newobj__"), (type(module),)):  # noqa: B009  # typeshed lacks it
            continue
        new = memo[id(module)] = object.__new__(type(module))
        states.append((new, reduced[2]))
    for new, state in states:
        copied = copy.deepcopy(state, memo)
        if hasattr(new, "__setstate__"):
            new.__setstate__(copied)
        else:
            new.__dict__.update(copied)
    return memo[id(root)]
