"""Leaks: which graphs are alive, and what keeps them alive."""

from __future__ import annotations

import gc
import sys
import traceback
import types
from dataclasses import dataclass
from typing import Any, NamedTuple

from ..core.graph import Node, all_nodes
from ..core.tensor import Tensor
from .showing import counted
from .summary import in_bytes, saved_bytes

#: How many references to follow, from a tensor outwards, to something that has a name.
_MOST_STEPS = 8


@dataclass
class Held:
    """A graph that is alive.

    Attributes:
        root: the name of its last operation.
        nodes: how many nodes it has.
        saved: bytes that the nodes save for a backward pass.
        holders: what refers to it, in words.
    """

    root: str
    nodes: int
    saved: int
    holders: list[str]

    def __str__(self) -> str:
        by = "; ".join(self.holders) or "something without a name in Python (another thread, a C extension)"
        nodes = counted(self.nodes, "node")
        return f"a graph of {nodes} ending in {self.root}, with {in_bytes(self.saved)} saved, held by {by}"

    __repr__ = __str__


def leaks() -> list[Held]:
    """The graphs that are alive now, the largest first, each with what keeps it alive.

    A graph stays alive while something refers to a tensor computed by it: a list of losses that were not
    detached, the carried state of a recurrent network, a hook, a stored exception. Reference cycles are
    collected first, so only graphs that are really held are listed.

    >>> import autograd
    >>> losses = []
    >>> x = autograd.ones(3, requires_grad=True)
    >>> for _ in range(2):
    ...     losses.append((x * x).sum())  # should be losses.append(....item())
    >>> for held in leaks():
    ...     if "losses" in str(held):
    ...         print(held)
    a graph of 2 nodes ending in sum, with 12 B saved, held by losses[0], a variable of module ...
    a graph of 2 nodes ending in sum, with 12 B saved, held by losses[1], a variable of module ...
    """
    gc.collect()
    # By type: isinstance would read the __class__ of every object in the process, which makes some of them warn.
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


#: For each running function, the names of its variables by the identity of their values.
_Variables = list[tuple[types.FrameType, dict[int, str]]]


def _frames() -> _Variables:
    """The functions on the stack, from the caller of `leaks` outwards; module-level code is left out."""
    return [
        (frame, {id(value): name for name, value in frame.f_locals.items()})
        for frame, _ in traceback.walk_stack(sys._getframe(2))
        if frame.f_code.co_name != "<module>"
    ]


class _Lead(NamedTuple):
    """An object whose holders are wanted: the path from it to a root, and the index of that root."""

    target: Any
    path: str
    root: int


def _holders(roots: list[Node], frames: _Variables, own: set[int]) -> list[set[str]]:
    """For each root, what refers to it, directly or through objects without names."""
    found: list[set[str]] = [set() for _ in roots]
    leads = [_Lead(root, "", i) for i, root in enumerate(roots)]
    seen = {(i, id(root)) for i, root in enumerate(roots)}
    for _ in range(_MOST_STEPS):
        unnamed: dict[int, list[_Lead]] = {}
        for lead in leads:
            names = [
                f"{variables[id(lead.target)]}{lead.path}, a variable of {_where(frame)}"
                for frame, variables in frames
                if id(lead.target) in variables
            ]
            found[lead.root].update(names)
            if not names:
                unnamed.setdefault(id(lead.target), []).append(lead)
        outward: list[_Lead] = []
        # get_referrers looks through all objects, so it is called once for all leads.
        for referrer in gc.get_referrers(*[same[0].target for same in unnamed.values()]) if unnamed else ():
            if id(referrer) in own or issubclass(type(referrer), _Lead):
                continue
            for target in {id(referent) for referent in gc.get_referents(referrer)} & unnamed.keys():
                for lead in unnamed[target]:
                    name = _named_by(referrer, lead, frames)
                    if name is not None:
                        found[lead.root].add(name)
                    elif not isinstance(referrer, types.FrameType) and (lead.root, id(referrer)) not in seen:
                        seen.add((lead.root, id(referrer)))
                        outward.append(_Lead(referrer, _path(referrer, lead), lead.root))
        leads = [lead for lead in outward if not found[lead.root]]
    return found


def _named_by(referrer: Any, lead: _Lead, frames: _Variables) -> str | None:
    """The target's name, if the referrer is a module's dict, or the frame of a function that is no longer running."""
    if type(referrer) is dict and "__name__" in referrer:
        variables, owner = referrer, f"module {referrer['__name__']}"
    elif isinstance(referrer, types.FrameType) and not any(referrer is frame for frame, _ in frames):
        if referrer.f_globals is globals():
            return None
        variables, owner = referrer.f_locals, f"{_where(referrer)}, which an exception or a generator keeps alive"
    else:
        return None
    names = (name for name, value in variables.items() if value is lead.target)
    return next((f"{name}{lead.path}, a variable of {owner}" for name in names), None)


def _where(frame: types.FrameType) -> str:
    return f"{frame.f_code.co_name}() at {frame.f_code.co_filename}:{frame.f_lineno}"


def _path(referrer: Any, lead: _Lead) -> str:
    """The path from the referrer to the node: `[3]`, `['loss']` or `.state`, then the path from the target."""
    target, path, _ = lead
    if isinstance(referrer, Tensor) and referrer.node is target:
        return path
    if isinstance(referrer, types.CellType):
        return " (in the closure of a function)"
    if isinstance(referrer, (list, tuple, dict)):
        if isinstance(target, types.CellType):
            return path
        items = referrer.items() if isinstance(referrer, dict) else enumerate(referrer)
        return next((f"[{key!r}]" for key, value in items if value is target), "") + path
    fields = getattr(referrer, "__dict__", None)
    if not isinstance(fields, dict):
        return path
    if fields is target:  # the path begins with the attribute as a key: ['state']
        key, _, rest = path.partition("]")
        return f".{key[2:-1]}{rest}"
    return next((f".{key}" for key, value in fields.items() if value is target), "") + path
