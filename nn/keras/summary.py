"""The table that `summary` prints: a row for each layer, then the numbers of parameters."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

from .layers.base import Layer
from .layers.operation import Operation
from .model import Model
from .symbols import leaves

#: The headings, where the columns end as parts of the width, and how wide the table is at most.
_CHAIN = (("Layer (type)", "Output Shape", "Param #"), (0.45, 0.80, 1.0), 88)
_GRAPH = (("Layer (type)", "Output Shape", "Param #", "Connected to"), (0.3, 0.56, 0.74, 1.0), 108)
#: The column that is aligned to the right.
_COUNTS = 2


def summary(model: Model, line_length: int | None = None, expand_nested: bool = False) -> str:
    """The table of a model as text; arguments as for `Model.summary`."""
    branches = is_branched(model)
    headings, ends, widest = _GRAPH if branches else _CHAIN
    width = line_length or min(widest, shutil.get_terminal_size().columns - 4)
    rows = [row[: len(headings)] for layer in shown_layers(model) for row in _rows(model, layer, expand_nested, 0)]
    lines = _table(headings, rows, _widths(ends, width))
    trained, kept = model.trainable_weights, model.non_trainable_weights
    remembered = model.optimizer.variables if model.compiled and model.optimizer.built else []
    counts = [("Total", [*trained, *kept, *remembered]), ("Trainable", trained), ("Non-trainable", kept)]
    if remembered:
        counts.append(("Optimizer", remembered))
    totals = [f" {said} params: {_size(weights)}" for said, weights in counts]
    return "\n".join([f'Model: "{model.name}"', *lines, *totals])


def shown_layers(model: Model) -> list[Layer]:
    """The layers of a model in the order of its graph, operations among them, or as it holds them."""
    from .model import Sequential

    return model.layers if model.graph is None or isinstance(model, Sequential) else model.graph.layers


def is_branched(model: Model) -> bool:
    """Whether the graph of a functional model is more than a row of layers."""
    from .model import Sequential

    return model.graph is not None and not isinstance(model, Sequential) and not model.graph.is_chain


def kind_of(layer: Layer) -> str:
    """What the type of a layer is called."""
    return layer.kind if isinstance(layer, (Model, Operation)) else type(layer).__name__


def output_shape_text(layer: Layer) -> str:
    """The shape of a layer's output; "?" if it is not known."""
    try:
        shape = layer.output_shape
    except (AttributeError, NotImplementedError):
        return "?"
    return str(tuple(shape)) if isinstance(shape, tuple) else str(shape)


def _rows(model: Model, layer: Layer, expand_nested: bool, level: int) -> Iterator[list[str]]:
    prefix = "   " * level + "└ " if level else ""
    params = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
    yield [f"{prefix}{layer.name} ({kind_of(layer)})", output_shape_text(layer), params, _connections(model, layer)]
    if expand_nested and isinstance(layer, Model):
        for inner in shown_layers(layer):
            yield from _rows(model, inner, expand_nested, level + 1)


def _connections(model: Model, layer: Layer) -> str:
    """What a layer is called on in this model: names, with the numbers of the call and of its output."""
    calls = [] if model.graph is None else [call for call in model.graph.calls if call.layer is layer]
    parents = [parent for call in calls for parent in call.parents]
    return ", ".join(f"{p.call.layer.name}[{p.call.number}][{p.index}]" for p in parents) or "-"


def _size(weights: Sequence[Any]) -> str:
    """The number of elements, and their bytes."""
    arrays = [weight.array for weight in leaves(list(weights))]
    return f"{sum(array.size for array in arrays):,} ({_bytes(sum(array.nbytes for array in arrays))})"


def _bytes(count: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if count < 1024:
            return f"{count:.2f} {unit}"
        count /= 1024
    return f"{count:.2f} TB"


# -- the table --------------------------------------------------------------------------------------------


def _widths(ends: Sequence[float], width: int) -> list[int]:
    """The width of each column between its borders."""
    places = [0, *(int(end * width) for end in ends)]
    wanted = [end - start + 2 for start, end in pairwise(places)]
    # What the borders and margins take too much is taken from the columns alike.
    excess = sum(wanted) + len(wanted) + 1 - width
    found = []
    for i, n in enumerate(wanted):
        part = round(excess / (len(wanted) - i))
        excess -= part
        found.append(n - part)
    return found


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
        shown = [
            part.rjust(width - 2) if place == _COUNTS else part.ljust(width - 2)
            for place, (part, width) in enumerate(zip(parts, widths))
        ]
        lines.append(wall + wall.join(f" {part} " for part in shown) + wall)
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
