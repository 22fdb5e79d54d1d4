"""Rolling: the repetitions of a loop become one, so that an RNN of 50 steps is drawn as one step."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from .remember import ModuleCall, record_of
from .walk import Graph

#: Which box an entry is drawn in: its own, by its number, or that of a module call.
Place = int | ModuleCall

#: A loop is rolled if it runs at least this often, and if its body has at most so many boxes.
_OFTEN, _BODY = 3, 64


@dataclass
class Rolled:
    """What `roll` found.

    Attributes:
        first: for each place of a loop, that of the first repetition.
        turn: for each place of a loop, the number of its repetition, from 0.
        times: for each place of a first repetition, how often it is repeated.
        loop: for each place of a first repetition, the number of its loop.
    """

    first: dict[Place, Place] = field(default_factory=dict)
    turn: dict[Place, int] = field(default_factory=dict)
    times: dict[Place, int] = field(default_factory=dict)
    loop: dict[Place, int] = field(default_factory=dict)


def roll(graph: Graph, places: Sequence[Place]) -> Rolled:
    """Find the loops in a graph: the same lines, calling the same modules or operations in the same order, again."""
    rolled = Rolled()
    last = {place: number for number, place in enumerate(places)}
    is_call = {place: isinstance(place, ModuleCall) or graph.entries[place].primitive is not None for place in last}
    order = [place for place in sorted(last, key=last.__getitem__) if is_call[place]]
    for loop, (start, period, times) in enumerate(_runs(_keys(graph, order))):
        for i in range(period * times):
            place, first = order[start + i], order[start + i % period]
            rolled.first[place], rolled.turn[place] = first, i // period
            rolled.times[first], rolled.loop[first] = times, loop
    _roll_constants(graph, places, rolled)
    return rolled


def _keys(graph: Graph, order: Sequence[Place]) -> list[Hashable]:
    """For each place a key that is the same in every repetition: the instruction, and what it calls."""
    keys: list[Hashable] = []
    done: Counter[int] = Counter()  # the operations of each execution of an instruction
    for place in order:
        if isinstance(place, ModuleCall):
            keys.append(place.repeats)
            continue
        node = graph.nodes[place]
        record = None if node is None else record_of(node)
        if record is None:
            keys.append(place)
            continue
        done[record.execution] += 1
        operation = graph.entries[place].primitive, done[record.execution]
        keys.append((record.site.code, record.site.offset, operation))
    return keys


def _runs(keys: Sequence[Hashable]) -> Iterator[tuple[int, int, int]]:
    """The start, length and number of repetitions, each the shortest that repeats."""
    i = 0
    while i < len(keys):
        for period in range(1, min((len(keys) - i) // _OFTEN, _BODY) + 1):
            times, body = 1, keys[i : i + period]
            while keys[i + times * period : i + (times + 1) * period] == body:
                times += 1
            if times >= _OFTEN:
                yield i, period, times
                i += times * period
                break
        else:
            i += 1


def _roll_constants(graph: Graph, places: Sequence[Place], rolled: Rolled) -> None:
    """Roll the constants that the operations of a loop use, each with that of the first repetition."""
    first: dict[tuple[Place, str], Place] = {}
    for entry in graph:
        user = places[entry.number]
        if user in rolled.first:
            for parameter, parent in graph.arguments(entry):
                if parent.kind == "constant" and places[parent.number] == parent.number:
                    place = first.setdefault((rolled.first[user], parameter), parent.number)
                    rolled.first[parent.number], rolled.turn[parent.number] = place, rolled.turn[user]
                    rolled.times[place], rolled.loop[place] = (
                        rolled.times[rolled.first[user]], rolled.loop[rolled.first[user]],
                    )  # fmt: skip


def without_number(name: str) -> str:
    """A name without the number that `walk` gives a variable that is assigned again."""
    return re.sub(r" \(\d+\)$", "", name)
