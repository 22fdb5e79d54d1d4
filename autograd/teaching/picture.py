"""Picture: a graph as SVG and PNG, and as text for Graphviz and Mermaid."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from os import PathLike
from pathlib import Path
from typing import NamedTuple

from ..base.text import printable
from ..core.public_methods import public_methods
from .folding import Arrow, Box, Drawing
from .placing import LINE, Placed, Point, length_of, place, size_of


class _Look(NamedTuple):
    """How a kind of box looks; its outline also differs, so that the picture needs no colour."""

    fill: str
    outline: str  # in words, for the legend
    dot: str  # in Graphviz's attributes
    mermaid: tuple[str, str]  # the brackets that mean it in Mermaid


_LOOKS = {
    "leaf": _Look("#d9ead3", "rounded", "shape=ellipse", ("([", "])")),
    "parameter": _Look("#fce5cd", "hexagon", "shape=hexagon", ("{{", "}}")),
    "data": _Look("#eeeeee", "rounded and grey", "shape=ellipse", ("([", "])")),
    "constant": _Look("#eeeeee", "slanted", "shape=parallelogram", ("[/", "/]")),
    "operation": _Look("#dbe7f6", "box", "shape=box", ("[", "]")),
    "module": _Look("#e6dff1", "double sides", "shape=box, peripheries=2", ("[[", "]]")),
}


@public_methods
class Picture:
    """A drawing that displays in a notebook and can be saved.

    Attributes:
        drawing: its boxes and arrows.
    """

    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing

    def __repr__(self) -> str:
        boxes, arrows = len(self.drawing.boxes), len(self.drawing.arrows)
        counted = f"{boxes} box{'es' * (boxes != 1)} and {arrows} arrow{'s' * (arrows != 1)}"
        return f"<Picture of {counted}: save(path) writes it>"

    def _repr_svg_(self) -> str:
        return self.svg()

    def save(self, path: str | PathLike[str]) -> None:
        """Write a file in the format of its suffix: .svg, .png (needs Graphviz), .dot or .mmd (Mermaid).

        Raises:
            ValueError: the file has another suffix.
            RuntimeError: a PNG needs Graphviz, which is not installed.
        """
        path = Path(path)
        kind = path.suffix.lower()
        if kind == ".png":
            path.write_bytes(self.png())
            return
        writers = {".svg": self.svg, ".dot": self.dot, ".gv": self.dot, ".mmd": self.mermaid}
        if kind not in writers:
            raise ValueError(f"save: expected a path ending in .svg, .png, .dot or .mmd, but got {str(path)!r}")
        path.write_text(writers[kind](), encoding="utf-8")

    def svg(self) -> str:
        """The picture as SVG, laid out by Graphviz if its program `dot` is installed."""
        # The text has no influence on the layout: the boxes have fixed sizes.
        return _svg(self.drawing, place(self.drawing, self._dot([[] for _ in self.drawing.boxes])))

    def png(self) -> bytes:
        """The picture as PNG, drawn by Graphviz.

        Raises:
            RuntimeError: Graphviz's program `dot` was not found.
        """
        program = shutil.which("dot")
        if program is None:
            raise RuntimeError(
                "a PNG needs Graphviz, whose program dot was not found: install it (apt install graphviz, brew install "
                "graphviz), or save an .svg, which does not need it"
            )
        command = [program, "-Tpng", "-Gdpi=144"]
        return subprocess.run(command, input=self.dot().encode(), capture_output=True, check=True).stdout

    def dot(self) -> str:
        """The picture in Graphviz's language."""
        return self._dot([box.lines for box in self.drawing.boxes])

    def _dot(self, texts: list[list[str]]) -> str:
        """The picture in Graphviz's language, with these lines of text in the boxes."""
        lines = [
            "digraph {",
            '  graph [rankdir=TB, nodesep=0.3, ranksep=0.06, margin=0.1, bgcolor="white"];',
            '  node [fontname="monospace", fontsize=11, style=filled, fixedsize=true, color="#555555"];',
            '  edge [fontname="monospace", fontsize=10, color="#777777", fontcolor="#555555", arrowsize=0.7];',
        ]
        for i, (box, text) in enumerate(zip(self.drawing.boxes, texts)):
            width, height = size_of(box.lines)
            looks = f'{_LOOKS[box.kind].dot}, fillcolor="{_LOOKS[box.kind].fill}"'
            looks += f", width={width / 72:.3f}, height={height / 72:.3f}"
            looks += ", penwidth=2.5" if box.is_output else ""
            looks += ', color="#c00000", fontcolor="#c00000"' if box.warning else ""
            lines.append(f"  n{i} [label={_dot_quoted(text)}, {looks}];")
        for arrow in self.drawing.arrows:
            label = _dot_quoted([f" {arrow.label} " if arrow.label else ""])  # the spaces keep the label off its line
            looks = ", style=dashed, constraint=false" if arrow.to_next else ""
            lines.append(f"  n{arrow.source} -> n{arrow.target} [label={label}{looks}];")
        return "\n".join([*lines, "}"]) + "\n"

    def mermaid(self) -> str:
        """The picture as a Mermaid flowchart, which GitHub and many notebooks draw."""
        lines = ["flowchart TD"]
        for i, box in enumerate(self.drawing.boxes):
            left, right = _LOOKS[box.kind].mermaid
            lines.append(f'  n{i}{left}"{_mermaid_quoted(box.lines)}"{right}')
        for arrow in self.drawing.arrows:
            label = f'|"{_mermaid_quoted([arrow.label])}"|' if arrow.label else ""
            lines.append(f"  n{arrow.source} {'-.->' if arrow.to_next else '-->'}{label} n{arrow.target}")
        lines += [f"  style n{i} stroke-width:3px" for i, box in enumerate(self.drawing.boxes) if box.is_output]
        return "\n".join(lines) + "\n"


# -- quoting ----------------------------------------------------------------------------------------


def _dot_quoted(lines: list[str]) -> str:
    return '"' + "\\n".join(printable(line).replace("\\", "\\\\").replace('"', '\\"') for line in lines) + '"'


def _mermaid_quoted(lines: list[str]) -> str:
    """Text for Mermaid: its special characters become entities, which it writes with `#` for `&`."""
    return "<br/>".join(re.sub(r'[#&"<>`\\|]', lambda c: f"#{ord(c[0])};", printable(line)) for line in lines)


def _xml(text: str) -> str:
    return html.escape(printable(text), quote=True)


# -- SVG --------------------------------------------------------------------------------------------

_PAD = 8.0


def _svg(drawing: Drawing, placed: Placed) -> str:
    kinds = {box.kind for box in drawing.boxes}
    legend = [" · ".join(f"{kind}: {look.outline}" for kind, look in _LOOKS.items() if kind in kinds)]
    legend += [" · ".join(drawing.notes)] if drawing.notes else []
    width = max(placed.width + 2 * _PAD, max(map(len, legend)) * 5.6)
    height = placed.height + 2 * _PAD + 10 + 12 * len(legend)
    description = f"A graph of {len(drawing.boxes)} boxes, from inputs at the top to the output at the bottom"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" style="max-width: 100%; height: auto" role="img" aria-label="{description}" '
        'font-family="ui-monospace, Menlo, Consolas, monospace" font-size="11">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
        'orient="auto-start-reverse"><path d="M0 0L8 4L0 8z" fill="#808080"/></marker></defs>',
        '<rect width="100%" height="100%" rx="6" fill="#ffffff"/>',
        f'<g transform="translate({(width - placed.width) / 2:.1f} {_PAD:.0f})">',
    ]
    for arrow, curve in zip(drawing.arrows, placed.curves):
        line = _path(_to_borders(curve, placed, arrow))
        dashes = ' stroke-dasharray="4 3"' if arrow.to_next else ""
        parts.append(f'<path d="{line}" fill="none" stroke="#808080"{dashes} marker-end="url(#tip)"/>')
    for arrow, (x, y) in zip(drawing.arrows, placed.labels):
        if arrow.label:
            parts.append(
                f'<text x="{x:.1f}" y="{y + 3:.1f}" font-size="10" text-anchor="middle" fill="#555555" '
                f'stroke="#ffffff" stroke-width="3" paint-order="stroke">{_xml(arrow.label)}</text>'
            )
    parts += map(_box, drawing.boxes, placed.centres, placed.sizes)
    parts.append("</g>")
    parts += [
        f'<text x="{width / 2:.0f}" y="{height - 8 - 12 * (len(legend) - 1 - i):.0f}" font-size="9" '
        f'text-anchor="middle" fill="#666666">{line}</text>'
        for i, line in enumerate(legend)
    ]
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _to_borders(curve: list[Point], placed: Placed, arrow: Arrow) -> list[Point]:
    """The curve extended to the borders of its boxes: Graphviz leaves gaps for arrowheads and double borders."""
    start, end = _on_box(curve[0], placed, arrow.source), _on_box(curve[-1], placed, arrow.target)
    if start != curve[0]:
        curve = [start, start, curve[0], *curve]
    return [*curve, curve[-1], end, end] if end != curve[-1] else curve


def _on_box(point: Point, placed: Placed, number: int) -> Point:
    """The point on a box's border nearest to a point outside; a point inside stays, because boxes cover arrows."""
    (x, y), (width, height) = placed.centres[number], placed.sizes[number]
    return min(max(point[0], x - width / 2), x + width / 2), min(max(point[1], y - height / 2), y + height / 2)


def _path(points: list[Point]) -> str:
    start, *rest = [f"{x:.1f} {y:.1f}" for x, y in points]
    return f"M{start}" + "".join(f"C{' '.join(rest[i : i + 3])}" for i in range(0, len(rest), 3))


def _box(box: Box, centre: Point, size: Point) -> str:
    (x, y), (w, h) = centre, size
    left, top = x - w / 2, y - h / 2
    stroke = "#c00000" if box.warning else "#333333" if box.is_output else "#707070"
    looks = f'fill="{_LOOKS[box.kind].fill}" stroke="{stroke}" stroke-width="{2.5 if box.is_output else 1}"'
    shape = f'<polygon points="{_outline(box.kind, left, top, w, h)}" {looks}/>'
    if box.kind in ("leaf", "data"):
        shape = f'<rect x="{left:.1f}" y="{top:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{h / 2:.1f}" {looks}/>'
    elif box.kind == "module":
        bars = "".join(f"M{a:.1f} {top:.1f}v{h:.1f}" for a in (left + 5, left + w - 5))
        shape += f'<path d="{bars}" stroke="{stroke}"/>'
    first = y - (len(box.lines) - 1) * LINE / 2 + 4
    colour = "#a00000" if box.warning else "#111111"
    text = "".join(
        f'<text x="{x:.1f}" y="{first + i * LINE:.1f}" text-anchor="middle" textLength="{length_of(line):.1f}" '
        f'lengthAdjust="spacingAndGlyphs" fill="{colour}">{_xml(line)}</text>'
        for i, line in enumerate(box.lines)
    )
    return f"<g><title>{_xml(box.kind + ': ' + ', '.join(box.lines))}</title>{shape}{text}</g>"


def _outline(kind: str, left: float, top: float, w: float, h: float) -> str:
    """The corners of a hexagon, a slanted box or a plain box."""
    right, bottom, slant = left + w, top + h, 9.0
    start, end = left + slant, right - slant
    corners = [(left, top), (right, top), (right, bottom), (left, bottom)]
    if kind == "parameter":
        middle = top + h / 2
        corners = [(start, top), (end, top), (right, middle), (end, bottom), (start, bottom), (left, middle)]
    elif kind == "constant":
        corners = [(start, top), (right, top), (end, bottom), (left, bottom)]
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
