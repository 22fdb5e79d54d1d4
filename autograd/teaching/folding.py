"""Folding: a graph as boxes and arrows, with all operations of one module call in one box."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..base.text import printable
from .remember import ModuleCall
from .showing import not_finite, number
from .walk import Entry, Graph

#: The most characters in a line of a box.
_LONGEST = 80

#: Which box an entry is drawn in: its own, by its number, or that of a module call.
Place = int | ModuleCall


@dataclass
class Box:
    """A box of the drawing."""

    kind: str  # "leaf", "parameter", "constant", "operation" or "module"
    lines: list[str]
    is_output: bool  # whether it computes the graph's output
    warning: bool  # whether a value in it is not finite


@dataclass
class Arrow:
    """A value that goes from one box to another, given by their indices; its label is the value's shape."""

    source: int
    target: int
    label: str


@dataclass
class Drawing:
    """Boxes in forward order, and the arrows between them."""

    boxes: list[Box]
    arrows: list[Arrow]


def fold(graph: Graph, depth: int | None) -> Drawing:
    """The drawing of a graph.

    Args:
        graph: the result of `walk`.
        depth: how many levels of modules to open: 0 makes one box of the whole model, 1 makes one of each
            module in it; None opens all levels.
    """
    places: list[Place] = [
        entry.number if depth is None or len(entry.modules) <= depth else entry.modules[depth] for entry in graph
    ]
    _absorb(graph, places)
    members: dict[Place, list[Entry]] = {}
    for entry, place in zip(graph, places):
        members.setdefault(place, []).append(entry)
    # A module is placed at its last operation, after all its inputs.
    order = sorted(members, key=lambda place: members[place][-1].number)
    numbers = {place: i for i, place in enumerate(order)}
    labels: dict[tuple[int, int], list[str]] = {}
    for entry, place in zip(graph, places):
        for _, parent in graph.arguments(entry):
            if (source := places[parent.number]) != place:
                labels.setdefault((numbers[source], numbers[place]), []).append(_shape(parent))
    return Drawing(
        [_box(graph, place, members[place]) for place in order],
        [Arrow(*ends, _together(shapes)) for ends, shapes in labels.items()],
    )


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


def _box(graph: Graph, place: Place, members: list[Entry]) -> Box:
    if isinstance(place, ModuleCall):
        kind, lines = "module", [f"{printable(place.name)}: {place.title}" if place.name else place.title]
        count = sum(int(np.prod(e.shape or ())) for e in members if e.kind == "parameter")
        lines += [f"{count:,} parameters"] if count else []
    else:
        kind, lines = members[-1].kind, _lines(members[-1])
    bad = sorted({note for entry in members for note in not_finite(entry.value)})
    return Box(kind, [*map(_fitted, lines), *bad], any(e.number == graph.output for e in members), bool(bad))


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
