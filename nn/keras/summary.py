"""The table that `Model.summary` prints: a row per layer, then the numbers of parameters."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from autograd.base.nests import leaves
from autograd.base.text import printable

from .layers.base import Layer

_HEADINGS = ("Layer (type)", "Output Shape", "Param #", "Connected to")
#: By the number of columns: where the columns end, as shares of the width, and the maximum width.
_LAYOUTS = {3: ((0.45, 0.80, 1.0), 88), 4: ((0.3, 0.56, 0.74, 1.0), 108)}
#: The column that is aligned to the right: "Param #".
_RIGHT_ALIGNED = 2


def summary_text(
    name: str, rows: Sequence[Sequence[str]], weights: Mapping[str, Sequence[Any]], line_length: int | None = None
) -> str:
    """The summary of a model: its name, a table with the cells of each layer, and the sizes of weights by title.

    The table has the width `line_length`, or that of the terminal, up to a limit.
    """
    headings = _HEADINGS[: len(rows[0])] if rows else _HEADINGS[:3]
    ends, max_width = _LAYOUTS[len(headings)]
    width = line_length or min(max_width, shutil.get_terminal_size().columns - 4)
    totals = [f" {title} params: {_size(listed)}" for title, listed in weights.items()]
    return "\n".join([f'Model: "{printable(name)}"', *_table(headings, rows, _widths(ends, width)), *totals])


def layer_cells(layer: Layer, prefix: str = "") -> list[str]:
    """The cells of a layer: name and type, output shape, number of parameters."""
    params = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
    return [printable(f"{prefix}{layer.name} ({layer._type_name})"), output_shape_text(layer), params]


def output_shape_text(layer: Layer) -> str:
    """The shape of a layer's output; "?" if unknown."""
    try:
        return shape_text(layer.output_shape)
    except (AttributeError, NotImplementedError):
        return "?"


def shape_text(shape: Any) -> str:
    """A shape, or a nest of shapes, as text."""
    return str(tuple(shape)) if isinstance(shape, tuple) else str(shape)


def _size(weights: Sequence[Any]) -> str:
    """The number of elements, and of bytes."""
    arrays = [weight.array for weight in leaves(list(weights))]
    return f"{sum(array.size for array in arrays):,} ({_bytes(sum(array.nbytes for array in arrays))})"


def _bytes(count: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1024:
            return f"{count:.2f} {unit}"
        count /= 1024
    return f"{count:.2f} TB"


def _widths(ends: Sequence[float], width: int) -> list[int]:
    """The width of each column between its borders."""
    places = [0, *(int(end * width) for end in ends)]
    wanted = [end - start + 2 for start, end in pairwise(places)]
    # The borders and margins exceed the width: every column gives up the same part of the excess.
    excess = sum(wanted) + len(wanted) + 1 - width
    widths = []
    for i, n in enumerate(wanted):
        part = round(excess / (len(wanted) - i))
        excess -= part
        widths.append(n - part)
    return widths


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> list[str]:
    lines = [_border("┏━┳┓", widths), *_row(headings, widths, "┃"), _border("┡━╇┩", widths)]
    for i, row in enumerate(rows):
        lines += [_border("├─┼┤", widths)] if i else []
        lines += _row(row, widths, "│")
    return [*lines, _border("└─┴┘", widths)]


def _border(parts: str, widths: Sequence[int]) -> str:
    left, line, cross, right = tuple(parts)
    return left + cross.join(line * width for width in widths) + right


def _row(cells: Sequence[str], widths: Sequence[int], wall: str) -> list[str]:
    columns = [_wrapped(cell, width - 2) for cell, width in zip(cells, widths)]
    height = max(map(len, columns))
    lines = []
    for i in range(height):
        parts = [column[i] if i < len(column) else "" for column in columns]
        aligned = [
            part.rjust(width - 2) if place == _RIGHT_ALIGNED else part.ljust(width - 2)
            for place, (part, width) in enumerate(zip(parts, widths))
        ]
        lines.append(wall + wall.join(f" {part} " for part in aligned) + wall)
    return lines


def _wrapped(text: str, width: int) -> list[str]:
    """The text in lines of whole words; a word that is too long is cut."""
    indent = len(text) - len(text.lstrip())
    lines = [" " * indent]
    for word in text.split():
        cut = word if len(word) <= width else word[: width - 1] + "…"
        if not lines[-1].strip():
            lines[-1] += cut
        elif len(lines[-1]) + 1 + len(cut) <= width:
            lines[-1] += " " + cut
        else:
            lines.append(cut)
    return lines
