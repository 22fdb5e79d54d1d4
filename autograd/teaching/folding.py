"""Folding: a graph as boxes and arrows, with all operations of one module call in one box."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from .showing import not_finite, number
from .walk import Entry, Graph

#: The most characters in a line of a box.
_LONGEST = 80

#: Which box an entry is drawn in: ("value", its number) or ("module", the number of the module call).
Place = tuple[str, int]


@dataclass(slots=True)
class Box:
    """A box of the drawing.

    Attributes:
        kind: "leaf", "parameter", "constant", "operation" or "module".
        lines: its text.
        is_output: whether it computes the graph's output.
        warning: whether a value in it is not finite.
    """

    kind: str
    lines: list[str]
    is_output: bool = False
    warning: bool = False


@dataclass(slots=True)
class Arrow:
    """A value that goes from one box to another.

    Attributes:
        source, target: the indices of the boxes.
        label: the value's shape.
    """

    source: int
    target: int
    label: str


@dataclass(slots=True)
class Drawing:
    """Boxes in forward order, and the arrows between them."""

    boxes: list[Box] = field(default_factory=list)
    arrows: list[Arrow] = field(default_factory=list)


def fold(graph: Graph, depth: int | None) -> Drawing:
    """The drawing of a graph.

    Args:
        graph: the result of `walk`.
        depth: how many levels of modules to open: 0 makes one box of the whole model, 1 makes one of each
            module in it; None opens all levels.
    """
    places = [_place(entry, depth) for entry in graph]
    _absorb(graph, places)
    drawing = Drawing()
    numbers: dict[Place, int] = {}
    members: dict[Place, list[Entry]] = {}
    for entry, place in zip(graph, places):
        members.setdefault(place, []).append(entry)
    # A module is placed at its last operation, after all its inputs.
    for place in sorted(members, key=lambda place: members[place][-1].number):
        numbers[place] = len(drawing.boxes)
        drawing.boxes.append(_box(graph, place, members[place], depth))
    counts: dict[tuple[int, int], list[str]] = {}
    for entry, place in zip(graph, places):
        for parent in entry.parents:
            if parent is not None and places[parent] != place:
                ends = numbers[places[parent]], numbers[place]
                counts.setdefault(ends, []).append(_shape(graph.entries[parent]))
    for (source, target), labels in counts.items():
        drawing.arrows.append(Arrow(source, target, _together(labels)))
    return drawing


def _place(entry: Entry, depth: int | None) -> Place:
    if depth is None or len(entry.modules) <= depth:
        return "value", entry.number
    return "module", entry.modules[depth].number


def _absorb(graph: Graph, places: list[Place]) -> None:
    """Put each parameter and constant that only one module uses into the box of that module."""
    users: dict[int, set[Place]] = {}
    for entry in graph:
        for parent in entry.parents:
            if parent is not None:
                users.setdefault(parent, set()).add(places[entry.number])
    for number_of, used_in in users.items():
        (place, *others) = used_in
        if not others and place[0] == "module" and graph.entries[number_of].kind in ("parameter", "constant"):
            places[number_of] = place


def _box(graph: Graph, place: Place, members: list[Entry], depth: int | None) -> Box:
    last = members[-1]
    bad = [note for entry in members for note in _not_finite(entry)]
    made = Box("module" if place[0] == "module" else last.kind, [], any(e.number == graph.output for e in members))
    made.warning = bool(bad)
    if place[0] == "module":
        assert depth is not None
        call = last.modules[depth]
        made.lines = [f"{call.name}: {call.title}" if call.name else call.title]
        count = sum(int(np.prod(e.shape or ())) for e in members if e.kind == "parameter")
        made.lines += [f"{count:,} parameters"] if count else []
    else:
        made.lines = _lines(last)
    made.lines = [*map(_fitted, made.lines), *sorted(set(bad))]
    return made


def _fitted(line: str) -> str:
    """A line that fits into a box: a longer one is shortened in the middle."""
    return line if len(line) <= _LONGEST else f"{line[: _LONGEST - 24]}…{line[-23:]}"


def _lines(entry: Entry) -> list[str]:
    """The text of a single value."""
    value = number(np.asarray(entry.value)[()]) if entry.value is not None and np.ndim(entry.value) == 0 else None
    what = entry.primitive or entry.name or ("?" if entry.kind == "constant" else entry.label)
    if entry.kind == "constant" and entry.name is None and entry.value is not None:
        return [value if value is not None else "constant"]
    name = f"{entry.name} = {entry.primitive}" if entry.name and entry.primitive else what
    if entry.kind == "parameter" or entry.kind == "leaf":
        return [name, f"= {value}" if value is not None else _shape(entry)]
    return [name, f"= {value}"] if value is not None else [name]


def _not_finite(entry: Entry) -> list[str]:
    return [] if entry.value is None else not_finite(entry.value)


def _shape(entry: Entry) -> str:
    return "" if entry.shape is None else str(entry.shape)


def _together(labels: list[str]) -> str:
    """One label for all values that go from one box to the same other box."""
    shown = [f"{label} ×{labels.count(label)}" if labels.count(label) > 1 else label for label in dict.fromkeys(labels)]
    return ", ".join(shown) if len(shown) <= 2 else f"{len(labels)} values"
