"""Placing: the layout of a drawing's boxes and arrows, by Graphviz if it is installed, else by our own layers."""

from __future__ import annotations

import shlex
import shutil
import subprocess
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from .folding import Drawing
from .layers import in_layers

Point = tuple[float, float]

#: The width of a character, the height of a line, and the margins around the text of a box, in pixels.
CHARACTER, LINE, MARGIN_X, MARGIN_Y = 6.7, 14.0, 14.0, 5.0
_GAP_X, _GAP_Y = 26.0, 25.0
#: Graphviz measures in inches.
_DPI = 72.0


@dataclass
class Placed:
    """The layout, in pixels from the upper left corner."""

    width: float  # of the whole drawing, as its height
    height: float
    centres: list[Point]  # of the boxes
    sizes: list[Point]  # the width and height of each box
    curves: list[list[Point]]  # for each arrow, the 1 + 3n points of its n Bézier segments
    labels: list[Point]  # for each arrow, the centre of its label


def place(drawing: Drawing, dot_text: str) -> Placed:
    """Lay out a drawing; `dot_text` is the same drawing in Graphviz's language, without text in the boxes."""
    sizes = [size_of(box.lines) for box in drawing.boxes]
    program = shutil.which("dot")
    placed = None if program is None else _by_graphviz(program, drawing, dot_text, sizes)
    return placed or _by_layers(drawing, sizes)


def size_of(lines: list[str]) -> Point:
    """The width and height of a box with this text."""
    widest = max((length_of(line) for line in lines), default=0)
    return max(widest + 2 * MARGIN_X, 40.0), len(lines) * LINE + 2 * MARGIN_Y


def length_of(text: str) -> float:
    """The width of a line of text; Chinese, Japanese and Korean characters are twice as wide."""
    return CHARACTER * sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


# -- by Graphviz ------------------------------------------------------------------------------------


def _by_graphviz(program: str, drawing: Drawing, dot_text: str, sizes: list[Point]) -> Placed | None:
    """The layout by Graphviz's `dot`; None if it fails."""
    try:
        ran = subprocess.run(
            [program, "-Tplain", "-y"], input=dot_text, capture_output=True, encoding="utf-8", timeout=60, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    centres: list[Point] = [(0.0, 0.0)] * len(drawing.boxes)
    # For the ends of an arrow, its curve and the place of its label; two arrows may have the same ends.
    found: dict[tuple[int, int], list[tuple[list[Point], Point]]] = {}
    width = height = 0.0
    for line in ran.stdout.replace("\\\n", "").strip().split("\n"):
        words = shlex.split(line)  # box 3 is called n3
        if words[0] == "graph":
            width, height = float(words[2]) * _DPI, float(words[3]) * _DPI
        elif words[0] == "node":
            centres[int(words[1][1:])] = _point(words[2:4])
        elif words[0] == "edge":
            ends, count = (int(words[1][1:]), int(words[2][1:])), int(words[3])
            numbers = words[4 : 4 + 2 * count]
            curve = [_point(numbers[i : i + 2]) for i in range(0, 2 * count, 2)]
            rest = words[4 + 2 * count :]
            found.setdefault(ends, []).append((curve, _point(rest[1:3]) if len(rest) >= 5 else curve[count // 2]))
    arrows = [found[arrow.source, arrow.target].pop(0) for arrow in drawing.arrows]
    return Placed(width, height, centres, sizes, [curve for curve, _ in arrows], [label for _, label in arrows])


def _point(words: list[str]) -> Point:
    return float(words[0]) * _DPI, float(words[1]) * _DPI


# -- by layers -----------------------------------------------------------------------------------


def _by_layers(drawing: Drawing, sizes: list[Point]) -> Placed:
    """The layout by layers from top to bottom, each as high as its highest box."""
    parents: list[list[int]] = [[] for _ in drawing.boxes]
    for arrow in drawing.arrows:
        if arrow.source < arrow.target and not arrow.to_next:
            parents[arrow.target].append(arrow.source)
    column = max((width for width, _ in sizes), default=0) + _GAP_X
    layers = in_layers(parents, [(width + _GAP_X) / column for width, _ in sizes])
    count = max(layers.layer, default=0) + 1
    heights = [max((sizes[i][1] for i, n in enumerate(layers.layer) if n == k), default=0) for k in range(count)]
    tops = [0.0, *accumulate(height + _GAP_Y for height in heights)]
    middles = [top + height / 2 for top, height in zip(tops, heights)]
    centres = [(slot * column + column / 2, middles[k]) for slot, k in zip(layers.slot, layers.layer)]
    curves = []
    for arrow in drawing.arrows:
        first, last = layers.layer[arrow.source], layers.layer[arrow.target]
        (x, y0), (x1, y1) = centres[arrow.source], centres[arrow.target]
        if arrow.to_next:
            curves.append(_back(centres, sizes, arrow.source, arrow.target))
            continue
        points: list[Point] = [(x, y0 + sizes[arrow.source][1] / 2)]
        for k, slot in enumerate(layers.lanes[arrow.source][: max(last - first - 1, 0)], first + 1):
            bend = slot * column + column / 2
            points += _down(points[-1], (bend, middles[k] - heights[k] / 2))
            points += _down(points[-1], (bend, middles[k] + heights[k] / 2))
        points += _down(points[-1], (x1, y1 - sizes[arrow.target][1] / 2))
        curves.append(points)
    labels = _label_places(drawing, curves, centres, sizes)
    width = max((x + w / 2 for (x, _), (w, _) in zip(centres, sizes)), default=0)
    reach = max((x + len(a.label) * CHARACTER / 2 for (x, _), a in zip(labels, drawing.arrows)), default=0)
    bends_reach = max((x for curve in curves for x, _ in curve), default=0)
    return Placed(max(width, reach, bends_reach) + 4, tops[-1] - _GAP_Y, centres, sizes, curves, labels)


def _back(centres: list[Point], sizes: list[Point], source: int, target: int) -> list[Point]:
    """A curve around the right sides of the boxes between, to the top of a box above, or back to the same box."""
    (x, y), (x1, y1), (width, height) = centres[source], centres[target], sizes[target]
    start, end = (x + sizes[source][0] / 2, y), (x1 + width / 4, y1 - height / 2)
    turn = end[1] - _GAP_Y
    if source == target:
        start, end, turn = (x + width / 2, y + height / 4), (x + width / 2, y - height / 4), y - height / 4
    right = [cx + w / 2 for (cx, cy), (w, _) in zip(centres, sizes) if min(y, y1) <= cy <= max(y, y1)]
    beyond = max(right) + _GAP_X
    return [start, (beyond, start[1]), (beyond, turn), end]


def _down(start: Point, end: Point) -> list[Point]:
    """The other three points of a Bézier segment that leaves and arrives vertically."""
    half = (start[1] + end[1]) / 2
    return [(start[0], half), (end[0], half), end]


# -- labels -----------------------------------------------------------------------------------------

#: Half of a label's height, and the gap between two labels.
_HALF, _APART = 6.0, 2.0
#: The positions along a segment that are tried for a label, the best first.
_ALONG = (0.5, 0.65, 0.35, 0.8, 0.2)


def _label_places(drawing: Drawing, curves: list[list[Point]], centres: list[Point], sizes: list[Point]) -> list[Point]:
    """For each arrow, the centre of its label: the first free position beside its curve."""
    taken = _Taken()
    for (x, y), (width, height) in zip(centres, sizes):
        taken.add(x, y, width / 2, height / 2)
    found = []
    for arrow, curve in zip(drawing.arrows, curves):
        half = len(arrow.label) * CHARACTER / 2
        places = list(_beside(curve, half + 3))
        if arrow.to_next:  # beside its rightmost point, which is three quarters of the way to where it bends
            places = [((curve[0][0] + 3 * curve[1][0]) / 4 + half + 3, (curve[0][1] + curve[-1][1]) / 2)]
        place = next((p for p in places if not taken.overlaps(*p, half, _HALF)), places[0])
        taken.add(*place, half, _HALF)
        found.append(place)
    return found


def _beside(curve: list[Point], distance: float) -> Iterator[Point]:
    """Positions beside the curve, from its last segment to its first, because arrows overlap at the start."""
    for i in range(len(curve) - 4, -1, -3):
        (x0, y0), _, _, (x1, y1) = curve[i : i + 4]
        right = 1.0 if x1 - x0 <= 4 else -1.0
        for t in _ALONG:
            # On a segment made by `_down`, x follows 3t² - 2t³, and y is nearly linear.
            x, y = x0 + (x1 - x0) * (3 - 2 * t) * t * t, y0 + (y1 - y0) * t
            yield x + right * distance, y
            yield x - right * distance, y


class _Taken:
    """A set of rectangles, indexed by the horizontal bands that they overlap."""

    _BAND = 60.0

    def __init__(self) -> None:
        self._bands: dict[int, list[tuple[float, float, float, float]]] = {}

    def add(self, x: float, y: float, half_width: float, half_height: float) -> None:
        """Add a rectangle, given by its centre."""
        for band in self._reach(y, half_height):
            self._bands.setdefault(band, []).append((x, y, half_width, half_height))

    def overlaps(self, x: float, y: float, half_width: float, half_height: float) -> bool:
        """Whether a rectangle overlaps one that was added."""
        return any(
            abs(x - other_x) < half_width + other_half + _APART and abs(y - other_y) < half_height + other_height
            for band in self._reach(y, half_height)
            for other_x, other_y, other_half, other_height in self._bands.get(band, ())
        )

    def _reach(self, y: float, half_height: float) -> range:
        return range(int((y - half_height) // self._BAND), int((y + half_height) // self._BAND) + 1)
