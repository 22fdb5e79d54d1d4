"""Folding: a graph as boxes and arrows, with all operations of one module call in one box."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ..base.dtypes import Array
from ..base.memory import owner_of
from ..base.text import printable
from .remember import ModuleCall, record_of
from .rolling import Place, Rolled, roll, without_number
from .showing import not_finite, number
from .walk import Entry, Graph, dtype_name

#: The most characters in a line of a box.
_LONGEST = 80


@dataclass
class Box:
    """A box of the drawing."""

    kind: str  # "leaf", "parameter", "data", "constant", "operation" or "module"
    lines: list[str]
    is_output: bool  # whether it computes the graph's output
    warning: bool  # whether a value in it is not finite


@dataclass
class Arrow:
    """A value that goes from one box to another, given by their indices; its label is the value's shape."""

    source: int
    target: int
    label: str
    to_next: bool = False  # whether it goes to the next repetition of a loop


@dataclass
class Drawing:
    """Boxes in forward order, and the arrows between them."""

    boxes: list[Box]
    arrows: list[Arrow]
    notes: list[str] = field(default_factory=list)  # what the signs mean that it has


def fold(graph: Graph, depth: int | None, data: Mapping[str, Array] | None = None, unroll: bool = False) -> Drawing:
    """The drawing of a graph.

    Args:
        graph: the result of `walk`.
        depth: how many levels of modules to open: 0 makes one box of the whole model, 1 makes one of each
            module in it; None opens all levels. A module that calls no other is a box, unless it is the outermost.
        data: arrays that may be used without a gradient, such as token ids, by name.
        unroll: whether the repetitions of a loop have boxes of their own.
    """
    unrolled = _places(graph, depth)
    rolled = Rolled() if unroll else roll(graph, unrolled)
    places = [rolled.first.get(place, place) for place in unrolled]
    _absorb(graph, places)
    members: dict[Place, list[Entry]] = {}
    last: dict[Place, int] = {}
    for entry, place in zip(graph, places):
        members.setdefault(place, []).append(entry)
        if unrolled[entry.number] == place or place not in last:
            last[place] = entry.number
    # A box stands at its last operation, after all its inputs; in a loop the first repetition counts.
    order = sorted(members, key=last.__getitem__)
    used = _used(graph, data or {})
    numbers = {place: i for i, place in enumerate(order, len(used))}
    boxes = [
        Box("data", [_fitted(printable(name)), f"{array.shape} {dtype_name(array)}"], False, False)
        for name, array, _ in used
    ]
    boxes += [_box(graph, place, members[place], rolled.times.get(place, 1)) for place in order]
    arrows = [
        Arrow(source, target, "")
        for source, (_, _, users) in enumerate(used)
        for target in dict.fromkeys(numbers[places[user]] for user in users)
    ]
    arrows += _arrows(graph, places, unrolled, rolled, numbers)
    return Drawing(boxes, arrows, _notes(arrows, bool(rolled.times)))


def _arrows(
    graph: Graph, places: list[Place], unrolled: list[Place], rolled: Rolled, numbers: dict[Place, int]
) -> list[Arrow]:
    """The arrows between the boxes of a graph, each with the shapes of all values that go that way.

    Args:
        places: for each entry the place that it is drawn at.
        unrolled: the same before loops were rolled.
        numbers: the index of the box at each place.
    """
    # By the ends of an arrow, and whether it goes to the next repetition: the shapes of each repetition.
    shapes: dict[tuple[int, int, bool], dict[int, list[str]]] = {}
    for entry, target in zip(graph, places):
        turn = rolled.turn.get(unrolled[entry.number], -1)
        for _, parent in graph.arguments(entry):
            source = places[parent.number]
            same_loop = source in rolled.loop and rolled.loop[source] == rolled.loop.get(target)
            to_next = same_loop and 0 <= rolled.turn.get(unrolled[parent.number], turn) < turn
            if source != target or to_next:
                of_turn = shapes.setdefault((numbers[source], numbers[target], to_next), {})
                of_turn.setdefault(turn, []).append(_shape(parent))
    return [
        Arrow(source, target, _together(max(by_turn.values(), key=len)), to_next)
        for (source, target, to_next), by_turn in shapes.items()
    ]


def _places(graph: Graph, depth: int | None) -> list[Place]:
    """For each entry the box it is drawn in, before loops are rolled."""
    calling = {call.number for entry in graph for call in entry.modules[:-1]}
    places: list[Place] = []
    for entry in graph:
        modules, place = entry.modules, entry.number
        if depth is not None and len(modules) > depth:
            places.append(modules[depth])
        elif depth and len(modules) > 1 and modules[-1].number not in calling:
            places.append(modules[-1])
        else:
            places.append(place)
    return places


def _used(graph: Graph, data: Mapping[str, Array]) -> list[tuple[str, Array, list[int]]]:
    """The arrays among `data` that operations of the graph use, with the numbers of those operations."""
    owners = {id(owner_of(array)): name for name, array in reversed(list(data.items()))}
    users: dict[str, list[int]] = {}
    for entry, node in zip(graph, graph.nodes):
        record = None if node is None else record_of(node)
        waiting: list[Any] = [*entry.saved.values(), *(record.arguments.values() if record is not None else ())]
        while waiting:
            value = waiting.pop()
            if isinstance(value, (tuple, list)):
                waiting += value
            elif isinstance(value, np.ndarray) and (name := owners.get(id(owner_of(value)))) is not None:
                users.setdefault(name, []).append(entry.number)
    return [(name, data[name], numbers) for name, numbers in users.items()]


def _notes(arrows: list[Arrow], loops: bool) -> list[str]:
    """What "×2" and dashed arrows mean, if there are any."""
    notes = ["×2 on an arrow: used twice"] if any("×" in arrow.label for arrow in arrows) else []
    notes += ["×3 in a box: repeated 3 times"] if loops else []
    return notes + (["dashed: to the next repetition"] if any(arrow.to_next for arrow in arrows) else [])


def _absorb(graph: Graph, places: list[Place]) -> None:
    """Put each parameter and constant that only one module uses into the box of that module."""
    users: dict[int, set[Place]] = {}
    for entry in graph:
        for _, parent in graph.arguments(entry):
            users.setdefault(parent.number, set()).add(places[entry.number])
    for number_of, used_in in users.items():
        place, *others = used_in
        if not others and isinstance(place, ModuleCall) and graph.entries[number_of].kind in ("parameter", "constant"):
            places[number_of] = place


def _box(graph: Graph, place: Place, members: list[Entry], times: int) -> Box:
    if isinstance(place, ModuleCall):
        kind, lines = "module", [f"{printable(place.name)}: {place.title}" if place.name else place.title]
        count = sum(int(np.prod(e.shape or ())) for e in members if e.kind == "parameter")
        lines += [f"{count:,} parameters"] if count else []
    elif times == 1:
        kind, lines = members[-1].kind, _lines(members[-1])
    else:
        kind, lines = members[0].kind, _common_lines(members)
    bad = sorted({note for entry in members for note in not_finite(entry.value)})
    lines = [*map(_fitted, lines), *bad]
    if times > 1 and kind != "constant":
        lines[0] += f" ×{times}"
    return Box(kind, lines, any(e.number == graph.output for e in members), bool(bad))


def _common_lines(members: list[Entry]) -> list[str]:
    """The text of an operation or constant of a loop: its name without a number, and what its values have in common."""
    first = members[0]
    if first.kind == "constant":
        shown = list(dict.fromkeys(_lines(entry)[0] for entry in members))
        return shown if len(shown) == 1 else [f"{shown[0]} … {shown[-1]}"]
    name = without_number(first.label) if first.name is not None else None
    return [f"{name} = {first.primitive}" if name else str(first.primitive)]


def _fitted(line: str) -> str:
    """A line that fits into a box: a longer one is shortened in the middle."""
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 24]}…{line[-23:]}"


def _lines(entry: Entry) -> list[str]:
    """The text of a single value."""
    value = number(np.asarray(entry.value)[()]) if entry.value is not None and np.ndim(entry.value) == 0 else None
    if entry.kind == "constant" and entry.name is None:
        return ["?" if entry.value is None else value or "constant"]
    name = f"{entry.label} = {entry.primitive}" if entry.name and entry.primitive else entry.primitive or entry.label
    if value is not None:
        return [name, f"= {value}"]
    return [name, _shape(entry)] if entry.kind in ("leaf", "parameter") else [name]


def _shape(entry: Entry) -> str:
    return "" if entry.shape is None else str(entry.shape)


def _together(labels: list[str]) -> str:
    """One label for all values that go from one box to the same other box."""
    shown = [f"{label} ×{labels.count(label)}" if labels.count(label) > 1 else label for label in dict.fromkeys(labels)]
    return ", ".join(shown) if len(shown) <= 2 else f"{len(labels)} values"
