"""Layers: a layered drawing of a graph, with parents before children, few crossings, and lanes for long edges."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

#: The width of a lane for passing edges; a node has width 1.
_LANE = 0.45
#: How many sweeps improve the order within layers; fewer for graphs with so many nodes that the moves exceed this.
_SWEEPS, _MOVES = 8, 200_000


@dataclass
class Layers:
    """The position of every node and edge."""

    layer: list[int]  # for each node, from 0; an edge always leads to a later layer
    slot: list[float]  # for each node, its position across its layer, in units of a node's width; the smallest is 0
    #: For each node, the slots at which its edges, which share a lane, pass the layers after its own.
    lanes: list[list[float]]


def in_layers(parents: Sequence[Sequence[int]], widths: Sequence[float] | None = None) -> Layers:
    """Lay out a graph.

    Args:
        parents: for each node, its parents, which have smaller numbers.
        widths: the width of each node across its layer; 1 by default.

    >>> placed = in_layers([[], [], [0, 1], [2, 0]])
    >>> placed.layer
    [0, 0, 1, 2]
    >>> len(placed.lanes[0])  # the edge from 0 to 3 passes the layer of node 2
    1
    """
    layer = _layer_numbers(parents)
    columns, neighbours, lane_starts = _with_lanes(parents, layer)
    _order(columns, neighbours, _argument_bias(parents) + [0.0] * (len(neighbours) - len(parents)))
    room = [*(widths or [1.0] * len(parents)), *[_LANE] * (len(neighbours) - len(parents))]
    place = _straighten(columns, neighbours, room)
    _straighten_lanes(columns, lane_starts, room, place)
    lowest = min(place, default=0.0)
    place = [round(p - lowest, 2) for p in place]
    lanes = [place[start : start + length] for start, length in lane_starts]
    return Layers(layer, place[: len(parents)], lanes)


def _layer_numbers(parents: Sequence[Sequence[int]]) -> list[int]:
    """Place each node one layer before its first child, so that few edges are long."""
    height = [0] * len(parents)
    for i in range(len(parents) - 1, -1, -1):
        for p in parents[i]:
            height[p] = max(height[p], height[i] + 1)
    deepest = max(height, default=0)
    return [deepest - h for h in height]


def _with_lanes(
    parents: Sequence[Sequence[int]], layer: list[int]
) -> tuple[list[list[int]], list[list[int]], list[tuple[int, int]]]:
    """The members of each layer and the neighbours of each member, with an extra member for each layer an edge passes.

    Also returns, for each node, the first of its extra members and their number; they are numbered consecutively.
    """
    reach = list(layer)
    for i, above in enumerate(parents):
        for p in above:
            reach[p] = max(reach[p], layer[i] - 1)
    columns: list[list[int]] = [[] for _ in range(max(layer, default=0) + 1)]
    for i, number in enumerate(layer):
        columns[number].append(i)
    neighbours: list[list[int]] = [[] for _ in parents]
    starts = []
    for i in range(len(parents)):
        start = len(neighbours)
        starts.append((start, reach[i] - layer[i]))
        for step in range(reach[i] - layer[i]):
            before = i if step == 0 else start + step - 1
            neighbours.append([before])
            neighbours[before].append(start + step)
            columns[layer[i] + 1 + step].append(start + step)
    for i, above in enumerate(parents):
        for p in above:
            passed = layer[i] - layer[p] - 1
            before = p if passed == 0 else starts[p][0] + passed - 1
            neighbours[i].append(before)
            neighbours[before].append(i)
    return columns, neighbours, starts


def _sweeps(members: Sequence[object]) -> int:
    return max(2, min(_SWEEPS, _MOVES // (len(members) + 1) // 2 * 2))


def _argument_bias(parents: Sequence[Sequence[int]]) -> list[float]:
    """A small bias of each parent towards its position among a child's arguments, the first on the left."""
    bias = [0.0] * len(parents)
    for above in parents:
        for place, p in enumerate(above):
            bias[p] += 1e-3 * (place - (len(above) - 1) / 2)
    return bias


def _order(columns: list[list[int]], neighbours: list[list[int]], bias: list[float]) -> None:
    """Sort each layer by the mean position of its neighbours in the layer before, then in the layer after; repeat."""
    rank = {member: place / len(column) for column in columns for place, member in enumerate(column)}
    home = {member: number for number, column in enumerate(columns) for member in column}
    for sweep in range(_sweeps(neighbours)):
        onward = sweep % 2 == 0
        for number, column in enumerate(columns) if onward else reversed(list(enumerate(columns))):
            means = {}
            for member in column:
                near = [rank[n] for n in neighbours[member] if home[n] == number + (-1 if onward else 1)]
                mean = sum(near) / len(near) if near else rank[member]
                means[member] = mean if onward else mean + bias[member]
            column.sort(key=means.__getitem__)
            rank.update({member: place / len(column) for place, member in enumerate(column)})


def _straighten(columns: list[list[int]], neighbours: list[list[int]], room: list[float]) -> list[float]:
    """A position for every member: in its layer's order, without overlap, near the mean of its neighbours."""
    place = [0.0] * len(neighbours)
    for column in columns:
        _apart(column, [float(k) for k in range(len(column))], place, room)
    for sweep in range(2 * _sweeps(neighbours)):
        for column in columns if sweep % 2 == 0 else reversed(columns):
            near = [neighbours[member] or [member] for member in column]
            wanted = [sum(place[n] for n in members) / len(members) for members in near]
            _apart(column, wanted, place, room)
    return place


def _apart(column: list[int], wanted: list[float], place: list[float], room: list[float]) -> None:
    """Put the members as near to their wanted positions as their widths allow."""
    upward, downward = list(wanted), list(wanted)
    for k in range(1, len(column)):
        upward[k] = max(wanted[k], upward[k - 1] + (room[column[k - 1]] + room[column[k]]) / 2)
    for k in range(len(column) - 2, -1, -1):
        downward[k] = min(wanted[k], downward[k + 1] - (room[column[k + 1]] + room[column[k]]) / 2)
    for k, member in enumerate(column):
        place[member] = (upward[k] + downward[k]) / 2


def _straighten_lanes(
    columns: list[list[int]], starts: list[tuple[int, int]], room: list[float], place: list[float]
) -> None:
    """Straighten the lanes; a lane without room for one straight line becomes as few straight parts as possible."""
    rank = {member: (column, k) for column in columns for k, member in enumerate(column)}
    for start, count in starts:
        part: list[int] = []
        low, high = -math.inf, math.inf
        for member in range(start, start + count):
            column, k = rank[member]
            left = place[column[k - 1]] + (room[column[k - 1]] + _LANE) / 2 if k else -math.inf
            right = place[column[k + 1]] - (room[column[k + 1]] + _LANE) / 2 if k + 1 < len(column) else math.inf
            if max(low, left) > min(high, right):
                _align(part, low, high, place)
                part, low, high = [], -math.inf, math.inf
            part.append(member)
            low, high = max(low, left), min(high, right)
        _align(part, low, high, place)


def _align(members: list[int], low: float, high: float, place: list[float]) -> None:
    """Put all members at the same position within bounds, as near as possible to their mean."""
    if members:
        middle = sum(place[member] for member in members) / len(members)
        for member in members:
            place[member] = min(max(middle, low), high)
