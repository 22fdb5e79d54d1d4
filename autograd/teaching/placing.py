"""Placing: where the boxes and arrows of a drawing go, by Graphviz where it is installed and by ourselves elsewhere."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from dataclasses import dataclass

from .folding import Drawing
from .layers import in_layers

Point = tuple[float, float]

#: The width of a character, the height of a line, and the room around the text of a box, in pixels.
CHARACTER, LINE, MARGIN_X, MARGIN_Y = 6.7, 15.0, 14.0, 6.0
_GAP_X, _GAP_Y = 26.0, 28.0
#: Graphviz counts in inches.
_DPI = 72.0


@dataclass(slots=True)
class Placed:
    """The places, in pixels from the upper left corner.

    Attributes:
        width, height: of the whole.
        centres: of each box.
        sizes: of each box.
        curves: for each arrow the points of its curve, Bézier segments: 1 + 3n of them.
        labels: for each arrow the middle of its label.
    """

    width: float
    height: float
    centres: list[Point]
    sizes: list[Point]
    curves: list[list[Point]]
    labels: list[Point]


def place(drawing: Drawing, dot_text: str) -> Placed:
    """Place a drawing; `dot_text` is the same in Graphviz' language."""
    sizes = [size_of(box.lines) for box in drawing.boxes]
    program = shutil.which("dot")
    if program is not None:
        placed = _by_graphviz(program, drawing, dot_text, sizes)
        if placed is not None:
            return placed
    return _by_layers(drawing, sizes)


def size_of(lines: list[str]) -> Point:
    """The width and the height of a box with this text."""
    widest = max((len(line) for line in lines), default=0)
    return max(widest * CHARACTER + 2 * MARGIN_X, 40.0), len(lines) * LINE + 2 * MARGIN_Y


# -- by Graphviz ------------------------------------------------------------------------------------


def _by_graphviz(program: str, drawing: Drawing, dot_text: str, sizes: list[Point]) -> Placed | None:
    """The places that `dot` finds; None if it fails."""
    try:
        ran = subprocess.run(
            [program, "-Tplain", "-y"], input=dot_text, capture_output=True, text=True, timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    centres: list[Point] = [(0.0, 0.0)] * len(drawing.boxes)
    curves: dict[tuple[int, int], list[Point]] = {}
    labels: dict[tuple[int, int], Point] = {}
    width = height = 0.0
    for line in ran.stdout.replace("\\\n", "").splitlines():
        words = shlex.split(line)
        if words[0] == "graph":
            width, height = float(words[2]) * _DPI, float(words[3]) * _DPI
        elif words[0] == "node":
            centres[_number(words[1])] = _point(words[2:4])
        elif words[0] == "edge":
            ends, count = (_number(words[1]), _number(words[2])), int(words[3])
            numbers = words[4 : 4 + 2 * count]
            curves[ends] = [_point(numbers[i : i + 2]) for i in range(0, 2 * count, 2)]
            rest = words[4 + 2 * count :]
            labels[ends] = _point(rest[1:3]) if len(rest) >= 5 else curves[ends][count // 2]
    ends_of = [(arrow.source, arrow.target) for arrow in drawing.arrows]
    return Placed(width, height, centres, sizes, [curves[e] for e in ends_of], [labels[e] for e in ends_of])


def _number(name: str) -> int:
    return int(name.removeprefix("n"))


def _point(words: list[str]) -> Point:
    return float(words[0]) * _DPI, float(words[1]) * _DPI


# -- by ourselves -----------------------------------------------------------------------------------


def _by_layers(drawing: Drawing, sizes: list[Point]) -> Placed:
    """Layers from top to bottom, each as high as its highest box, columns as wide as the widest box."""
    parents: list[list[int]] = [[] for _ in drawing.boxes]
    for arrow in drawing.arrows:
        if arrow.source < arrow.target:
            parents[arrow.target].append(arrow.source)
    layers = in_layers(parents)
    column = max((width for width, _ in sizes), default=0) + _GAP_X
    count = max(layers.layer, default=0) + 1
    heights = [max((sizes[i][1] for i, n in enumerate(layers.layer) if n == k), default=0) for k in range(count)]
    middles: list[float] = []
    y = 0.0
    for height in heights:
        middles.append(y + height / 2)
        y += height + _GAP_Y
    centres = [(slot * column + column / 2, middles[k]) for slot, k in zip(layers.slot, layers.layer)]
    curves, labels = [], []
    for arrow in drawing.arrows:
        first, last = layers.layer[arrow.source], layers.layer[arrow.target]
        lanes = layers.lanes[arrow.source][: max(last - first - 1, 0)]
        bends = [
            (slot * column + column / 2, middles[first + 1 + i], heights[first + 1 + i]) for i, slot in enumerate(lanes)
        ]
        x, y0 = centres[arrow.source][0], centres[arrow.source][1] + sizes[arrow.source][1] / 2
        points: list[Point] = [(x, y0)]
        for bend_x, middle, height in bends:
            points += _down(points[-1], (bend_x, middle - height / 2))
            points += _down(points[-1], (bend_x, middle + height / 2))
        end = centres[arrow.target][0], centres[arrow.target][1] - sizes[arrow.target][1] / 2
        points += _down(points[-1], end)
        curves.append(points)
        labels.append(_beside(points[0], points[3], len(arrow.label) * CHARACTER))
    width = max((x + w / 2 for (x, _), (w, _) in zip(centres, sizes)), default=0)
    reach = max((x + len(a.label) * CHARACTER / 2 for (x, _), a in zip(labels, drawing.arrows)), default=0)
    bends_reach = max((x for curve in curves for x, _ in curve), default=0)
    return Placed(max(width, reach, bends_reach) + 4, y - _GAP_Y, centres, sizes, curves, labels)


def _down(start: Point, end: Point) -> list[Point]:
    """The rest of a Bézier segment that leaves and arrives vertically."""
    half = (start[1] + end[1]) / 2
    return [(start[0], half), (end[0], half), end]


def _beside(start: Point, end: Point, width: float) -> Point:
    """The middle of a label of this width: right of a straight line, else below the curve, away from its neighbours."""
    across = end[0] - start[0]
    side = -1.0 if across > 4 else 1.0
    drop = 0.0 if abs(across) <= 4 else 6.0
    return (start[0] + end[0]) / 2 + side * (width / 2 + 3), (start[1] + end[1]) / 2 + drop
