"""The stepper: an HTML page that steps through the forward and backward pass, one operation at a time."""

from __future__ import annotations

import json
import math
import re
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ..core.graph import Node, all_nodes
from ..core.tensor import Tensor
from .layers import in_layers
from .steps import Contribution, Step, steps
from .symbols import expression_of
from .walk import Entry, Graph, callers_names, replay_missing, root_of, walk

#: A page with more nodes is too long to step through, and slow in a browser.
MOST_NODES = 5000
#: The most numbers from arrays in a page, in total and per array, to keep it below 1 MB.
_ALL_NUMBERS, _NUMBERS = 40_000, 1024
#: The folders of the file in a line such as `programs/xor.py:3 in train`.
_FOLDERS = re.compile(r"^[^:]*[/\\]")
_SCRIPTS = ("rules.js", "picture.js", "panel.js", "stepper.js")


def stepper(tensor: Tensor, path: str | PathLike[str], names: Any = None, gradient: Tensor | None = None) -> Path:
    """Write a page that steps through the forward and backward pass of `tensor`.

    The page is one file and needs no network. Buttons, keys and a slider move from step to step; the current
    node is highlighted, with its rule as a formula and with numbers; `backprop.html#7` opens at step 7. A leaf
    that is a single number can be changed, and the page then recomputes the graph, if it knows all of its
    operations. Nothing is freed, and no `.grad` is written. Record the graph inside `with remember():`;
    otherwise constants that no rule needs are shown as "not kept".

    Args:
        tensor: the tensor to differentiate.
        path: the file to write.
        names: the names to show, as for `explain`.
        gradient: the initial cotangent; ones by default.

    Returns:
        The path.

    Raises:
        TypeError: `tensor` is not a Tensor, or the graph contains complex numbers.
        RuntimeError: it has no graph, or the graph was freed, or a value in it was overwritten.
        ValueError: the graph has more than 5,000 nodes.

    >>> import autograd, tempfile
    >>> from autograd.teaching import remember
    >>> with remember():
    ...     x = autograd.tensor(2.0, requires_grad=True)
    ...     y = x * x + 3
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = stepper(y, f"{folder}/backprop.html")
    ...     page.name, page.stat().st_size < 100_000
    ('backprop.html', True)
    """
    count = len(all_nodes([root_of(tensor)]))
    if count > MOST_NODES:
        raise ValueError(
            f"stepper: the graph has {count:,} nodes, but a page has room for {MOST_NODES:,}: step through a part of "
            "it (an earlier tensor, a smaller batch, fewer time steps), or use explain()"
        )
    graph = walk(tensor, callers_names() if names is None else names)
    path = Path(path)
    path.write_text(page_of(graph, gradient), encoding="utf-8")
    return path


def page_of(graph: Graph, gradient: Tensor | None = None) -> str:
    """The page as text: the files in `page/` combined, with the graph as JSON."""
    source = resources.files(__package__) / "page"
    page = (source / "stepper.html").read_text(encoding="utf-8")
    style = (source / "stepper.css").read_text(encoding="utf-8")
    script = "\n".join((source / name).read_text(encoding="utf-8") for name in _SCRIPTS)
    # Inside a script element only `<` is dangerous: it could end the element or open a comment.
    text = json.dumps(data_of(graph, gradient), separators=(",", ":"), allow_nan=False)
    text = text.replace("<", "\\u003c")
    for place, content in ("/* STYLE */", style), ("/* SCRIPT */", script), ("/* DATA */", text):
        page = page.replace(place, content, 1)
    return page


def data_of(graph: Graph, gradient: Tensor | None = None) -> dict[str, Any]:
    """The data of the page: the nodes, the engine's backward pass, and the positions in the picture."""
    backward = list(steps(graph, gradient))
    replay_missing(graph)
    values = Values(graph, backward)
    lines: dict[str, int] = {}
    parents = [[p for p in entry.parents if p is not None] for entry in graph]
    placed = in_layers(parents)
    nodes = [
        {
            "label": _label(entry),
            "kind": entry.kind,
            "op": entry.primitive,
            "expression": expression_of(node.primitive) if isinstance(node, Node) else "",
            "shape": entry.shape,
            "dtype": entry.dtype,
            "line": None if entry.line is None else lines.setdefault(_FOLDERS.sub("", entry.line), len(lines)),
            "value": values.plain(entry.value),
            "args": list(zip(entry.parameters, entry.parents)),
            "constants": {  # the saved values that are plain numbers, such as an exponent
                name: _word(value)
                for name, value in entry.saved.items()
                if isinstance(value, (int, float, np.floating, np.integer)) and name not in (*entry.parameters, "out")
            },
            "at": [placed.layer[entry.number], placed.slot[entry.number]],
        }
        for entry, node in zip(graph, graph.nodes)
    ]
    edges = [
        {"from": parent, "to": entry.number, "argument": argument}
        for entry in graph
        for argument, parent in enumerate(entry.parents)
        if parent is not None
    ]
    return {
        "nodes": nodes,
        "edges": edges,
        "lanes": {i: lane for i, lane in enumerate(placed.lanes) if lane},
        "output": graph.output,
        "backward": [
            {
                "node": step.entry,
                "g": values.plain(step.cotangent),
                "flows": [_flow(c, values) for c in step.contributions],
            }
            for step in backward
        ],
        "lines": list(lines),
        "arrays": values.arrays,
    }


def _flow(c: Contribution, values: Values) -> dict[str, Any]:
    """The cotangent that one rule sends to one parent."""
    return {
        "to": c.parent,
        "parameter": c.parameter,
        "rule": c.rule,
        "inputs": list(c.inputs),
        "undone": c.undone,
        "computed": values.plain(c.computed if c.undone is not None else None),
        "gives": values.plain(c.value),
        "before": values.plain(c.before),
        "sum": values.plain(c.total),
    }


def _label(entry: Entry) -> str:
    """The name of an entry; a constant number without a name is shown as the number."""
    if entry.kind == "constant" and entry.name is None and entry.value is not None and not np.ndim(entry.value):
        return f"{np.asarray(entry.value).item():.4g}"
    return entry.label


def _word(x: Any) -> Any:
    """A number as JSON: NaN and infinity become words, and a float32 is written with as few digits as it needs."""
    x = float(str(x)) if isinstance(x, np.floating) else x.item() if isinstance(x, np.generic) else x
    if isinstance(x, bool):
        return int(x)
    if isinstance(x, float) and not math.isfinite(x):
        return "nan" if math.isnan(x) else "inf" if x > 0 else "-inf"
    return x


class Values:
    """The arrays of a page, each stored once, and large ones thinned to keep the page small.

    Attributes:
        arrays: the arrays as JSON data; a value refers to one of them by `[index]`.
    """

    def __init__(self, graph: Graph, backward: list[Step]) -> None:
        self.arrays: list[dict[str, Any]] = []
        self._indices: dict[Any, int] = {}
        values: list[Any] = [entry.value for entry in graph]
        for step in backward:
            for c in step.contributions:
                values += [step.cotangent, c.value, c.total, c.computed if c.undone is not None else None]
        held = {id(value) for value in values if isinstance(value, np.ndarray) and value.ndim}
        self._limit = max(4, min(_NUMBERS, _ALL_NUMBERS // max(len(held), 1)))

    def plain(self, value: Any) -> Any:
        """A value as JSON: a number, `[index]` for an array, None for an unknown value or any other object."""
        if not isinstance(value, (np.ndarray, np.generic, bool, int, float, complex)):
            return None
        array = np.asarray(value)
        if array.dtype.kind == "c":
            raise TypeError(
                "stepper: complex numbers are not supported by the page, and the graph contains some: use explain()"
            )
        if not array.ndim:
            return _word(array[()])
        indices = _thinned(array.shape, self._limit)
        shown = array[np.ix_(*indices)]
        key = (array.shape, array.dtype, shown.tobytes())
        if key not in self._indices:
            self._indices[key] = len(self.arrays)
            entry: dict[str, Any] = {"shape": shown.shape, "data": [_word(x) for x in shown.ravel()]}
            if shown.shape != array.shape:
                entry["data"] = [float(f"{x:.4g}") if isinstance(x, float) else x for x in entry["data"]]
                entry |= {"thinned": array.shape, "places": [place.tolist() for place in indices]}
            self.arrays.append(entry)
        return [self._indices[key]]


def _thinned(shape: tuple[int, ...], limit: int) -> list[np.ndarray[Any, Any]]:
    """For each dim, the indices to show; the longest dim is halved until the array is within the limit."""
    counts = list(shape)
    while math.prod(counts) > limit:
        longest = counts.index(max(counts))
        counts[longest] = (counts[longest] + 1) // 2
    return [np.linspace(0, n - 1, kept).round().astype(int) for n, kept in zip(shape, counts)]
