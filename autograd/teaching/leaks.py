"""Leaks: which graphs are alive, and what keeps them so."""

from __future__ import annotations

import gc
import sys
import types
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..core.graph import Node, all_nodes
from ..core.tensor import Tensor
from .summary import in_bytes, saved_bytes

#: How far to look, from a tensor outwards, for something that has a name.
_FAR = 8


@dataclass(slots=True)
class Held:
    """A graph that is alive.

    Attributes:
        root: the name of the operation at its end.
        nodes: how many nodes it has.
        saved: bytes that they keep for a backward pass.
        holders: what refers to it, in words.
    """

    root: str
    nodes: int
    saved: int
    holders: list[str]

    def __str__(self) -> str:
        by = "; ".join(self.holders) or "something that has no name in Python (another thread, a C extension)"
        graph = "1 node that ends" if self.nodes == 1 else f"{self.nodes:,} nodes that end"
        return f"{graph} at {self.root}, with {in_bytes(self.saved)} saved, held by {by}"

    __repr__ = __str__


def leaks() -> list[Held]:
    """The graphs that are alive now, the largest first, each with what keeps it so.

    A graph lives as long as something refers to a tensor at its end: a list of losses that were not
    detached, a state of a recurrent net that is carried on, a hook, an exception that was kept. Cycles
    of references are collected first, so what is listed is truly held.

    >>> import autograd
    >>> losses = []
    >>> x = autograd.ones(3, requires_grad=True)
    >>> for _ in range(2):
    ...     losses.append((x * x).sum())  # should be losses.append(....item())
    >>> for held in leaks():
    ...     if "losses" in str(held):
    ...         print(held)
    2 nodes that end at sum, with 12 B saved, held by losses[0], a variable of module ...
    2 nodes that end at sum, with 12 B saved, held by losses[1], a variable of module ...
    """
    gc.collect()
    # Asked of the type: an isinstance would ask every object in the process for its class, and some warn.
    nodes = [thing for thing in gc.get_objects() if issubclass(type(thing), Node)]
    inner = {parent for node in nodes for parent in node.parents}
    roots = [node for node in nodes if node not in inner]
    own = {id(nodes), id(inner), id(roots)}
    del nodes
    holders = _holders(roots, _frames(), own)
    found = []
    for root, held_by in zip(roots, holders):
        graph = [n for n in all_nodes([root]) if isinstance(n, Node)]
        seen: set[int] = set()
        found.append(Held(root.primitive.name, len(graph), sum(saved_bytes(n, seen) for n in graph), sorted(held_by)))
    return sorted(found, key=lambda held: (-held.nodes, -held.saved, held.holders))


#: The variables of a function that is running: their values by identity, with their names.
_Variables = list[tuple[types.FrameType, dict[int, str]]]


def _frames() -> _Variables:
    """The functions on the stack, from the caller of `leaks` outwards; a module's variables are in its own dict."""
    frame = sys._getframe(2)
    found: _Variables = []
    outer: types.FrameType | None = frame
    while outer is not None:
        if outer.f_code.co_name != "<module>":
            found.append((outer, {id(value): name for name, value in outer.f_locals.items()}))
        outer = outer.f_back
    return found


class _Lead(NamedTuple):
    """A thing to look for the holders of, how one comes from it to a root, and which root that is."""

    thing: Any
    path: str
    root: int


def _holders(roots: list[Node], frames: _Variables, own: set[int]) -> list[set[str]]:
    """For each root who refers to it, outwards to the first things that have names."""
    found: list[set[str]] = [set() for _ in roots]
    leads = [_Lead(root, "", i) for i, root in enumerate(roots)]
    seen = {(i, id(root)) for i, root in enumerate(roots)}
    for _ in range(_FAR):
        unnamed: dict[int, list[_Lead]] = {}
        for lead in leads:
            names = _variables(lead, frames)
            found[lead.root].update(names)
            if not names:
                unnamed.setdefault(id(lead.thing), []).append(lead)
        outward: list[_Lead] = []
        # The collector looks through all objects for this: once for all leads, not once for each.
        for referrer in gc.get_referrers(*[same[0].thing for same in unnamed.values()]) if unnamed else ():
            if id(referrer) in own or issubclass(type(referrer), _Lead):
                continue
            for thing in {id(referent) for referent in gc.get_referents(referrer)} & unnamed.keys():
                for lead in unnamed[thing]:
                    name = _named_by(referrer, lead, frames)
                    if name is not None:
                        found[lead.root].add(name)
                    elif not isinstance(referrer, types.FrameType) and (lead.root, id(referrer)) not in seen:
                        seen.add((lead.root, id(referrer)))
                        outward.append(_Lead(referrer, _path(referrer, lead), lead.root))
        leads = [lead for lead in outward if not found[lead.root]]
    return found


def _variables(lead: _Lead, frames: _Variables) -> list[str]:
    """The variables of functions on the stack that the thing is the value of."""
    return [
        f"{names[id(lead.thing)]}{lead.path}, a variable of {_where(frame)}"
        for frame, names in frames
        if id(lead.thing) in names
    ]


def _named_by(referrer: Any, lead: _Lead, frames: _Variables) -> str | None:
    """The name of the thing, if the referrer is a module's dict, or a frame that is not on the stack any more."""
    if type(referrer) is dict and "__name__" in referrer:
        for name, value in referrer.items():
            if value is lead.thing:
                return f"{name}{lead.path}, a variable of module {referrer['__name__']}"
    if isinstance(referrer, types.FrameType) and not any(referrer is frame for frame, _ in frames):
        for name, value in referrer.f_locals.items():
            if value is lead.thing and referrer.f_globals is not globals():
                variable = f"{name}{lead.path}, a variable of {_where(referrer)}"
                return f"{variable}, which an exception or a generator keeps alive"
    return None


def _where(frame: types.FrameType) -> str:
    return f"{frame.f_code.co_name}() at {frame.f_code.co_filename}:{frame.f_lineno}"


def _path(referrer: Any, lead: _Lead) -> str:
    """How one comes from the referrer to the node: `[3]`, `['loss']`, `.state`, and on from there."""
    thing, path, _ = lead
    if isinstance(referrer, Tensor) and referrer.node is thing:
        return path
    if isinstance(referrer, types.CellType):
        return " (in the closure of a function)"
    if isinstance(referrer, (list, tuple)):
        if isinstance(thing, types.CellType):
            return path
        return next((f"[{i}]" for i, item in enumerate(referrer) if item is thing), "") + path
    if isinstance(referrer, dict):
        return next((f"[{key!r}]" for key, value in referrer.items() if value is thing), "") + path
    fields = getattr(referrer, "__dict__", None)
    if isinstance(fields, dict):
        if fields is thing:  # the path begins with the attribute's name, as the dict has it: ['state']
            key, _, rest = path.partition("]")
            return f".{key[2:-1]}{rest}"
        for key, value in fields.items():
            if value is thing:
                return f".{key}{path}"
    return path
