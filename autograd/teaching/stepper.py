"""The stepper: an HTML page that steps through the forward and backward pass, one operation at a time."""

from __future__ import annotations

import html
import json
import math
import re
from collections.abc import Callable, Iterator
from importlib import resources
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from ..base.text import printable
from ..compiler.symbols import bare
from ..core.graph import Node, all_nodes
from ..core.tensor import Tensor
from .layers import in_layers
from .page_data import code_of, plane_of
from .page_program import MOST_ENTRIES, NotForPages, PageProgram
from .passes import Passes, passes_of_function, passes_of_tensor
from .remember import record_of
from .running import names_known_to
from .steps import Contribution, Step
from .symbols import expression_of
from .walk import Entry, Graph, callers_names, root_of

#: A page with more nodes is too long to step through, and slow in a browser.
MOST_NODES = 5000
#: The most numbers from arrays in a page, in total and per array, to keep it below 1 MB.
_ALL_NUMBERS, _NUMBERS = 40_000, 1024
#: The folders of the file in a line such as `programs/xor.py:3 in train`.
_FOLDERS = re.compile(r"^[^:]*[/\\]")
#: The scripts of the page, in the order in which they are read.
SCRIPTS = (
    "arrays.js", "functions.js", "numpy.js", "algebra.js", "layers.js", "program.js", "values.js", "picture.js",
    "panel.js", "leaves.js", "training.js", "asking.js", "entries.js", "lines.js", "stepper.js",
)  # fmt: skip


class Page(PathLike[str]):
    """A page of `stepper`: it shows itself in a notebook; elsewhere `save` writes it as a file.

    Attributes:
        text: the page as HTML.
        path: the file that it was written to; None if it was not.
    """

    def __init__(self, text: str, path: Path | None = None) -> None:
        self.text, self.path = text, path

    def save(self, path: str | PathLike[str]) -> Path:
        """Write the page to a file."""
        self.path = Path(path)
        self.path.write_text(self.text, encoding="utf-8")
        return self.path

    def __fspath__(self) -> str:
        if self.path is None:
            raise TypeError("the page was not written to a file: call its save(path)")
        return str(self.path)

    def _repr_html_(self) -> str:
        """In a notebook: the page in a frame of its own, so that its style stays there."""
        style = "width: 100%; height: 44rem; border: 1px solid #8888; border-radius: 8px"
        return f'<iframe title="Backpropagation" style="{style}" srcdoc="{html.escape(self.text)}"></iframe>'

    def __repr__(self) -> str:
        return f"<page of {len(self.text):,} characters{'' if self.path is None else f', {self.path}'}>"


def stepper(
    what: Tensor | Callable[..., Any],
    *args: Any,
    path: str | PathLike[str] | None = None,
    names: Any = None,
    gradient: Tensor | None = None,
) -> Page:
    """A page that steps through the forward and backward pass of a tensor, or of a function.

    The page is one file and needs no network. Buttons, keys and a slider move from step to step; the current
    node is highlighted, with its rule as a formula and with numbers; `backprop.html#7` opens at step 7. The page
    computes both passes itself, with the NumPy statements that the compiler writes down: so entries of leaves can be
    changed, nudged and trained. It does so for a function; and for a tensor, if the arguments of its operations are
    known: record it inside `with remember():`. Nothing is freed, and no `.grad` is written.

    Args:
        what: the tensor to differentiate, or a function that returns one, or a training step that calls `backward()`
            on one. What a function writes in place is put back.
        args: the arguments of the function; after a tensor, the path.
        path: the file to write. In a notebook the page shows itself.
        names: the names to show, as for `explain`.
        gradient: the initial cotangent; ones by default.

    Raises:
        TypeError: `what` is neither a tensor nor a function.
        RuntimeError: it has no graph, or the graph was freed, or a value in it was overwritten.
        ValueError: the graph has more than 5,000 nodes.

    >>> import autograd, tempfile
    >>> x = autograd.tensor(2.0, requires_grad=True)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     page = stepper(lambda x: x * x + 3, x, path=f"{folder}/backprop.html")
    ...     page.path.name, page.path.stat().st_size < 160_000
    ('backprop.html', True)
    """
    around = callers_names() if names is None else names
    if not isinstance(what, Tensor) and not callable(what):
        raise TypeError(f"stepper: expected a Tensor or a function, but got {type(what).__name__}")
    if isinstance(what, Tensor):
        if len(args) > 1 or (args and path is not None):
            raise TypeError("stepper: a tensor is followed by the path alone; arguments are given with a function")
        path = args[0] if args else path
        _check_size(len(all_nodes([root_of(what)])))
        passes = passes_of_tensor(what, around, gradient)
    else:
        known = names_known_to(what, args) | around if names is None else names
        passes = passes_of_function(what, args, known, gradient)
        _check_size(len(passes.graph))
    page = Page(page_of(passes))
    if path is not None:
        page.save(path)
    return page


def _check_size(count: int) -> None:
    if count > MOST_NODES:
        raise ValueError(
            f"stepper: the graph has {count:,} nodes, but a page has room for {MOST_NODES:,}: step through a part of "
            "it (an earlier tensor, a smaller batch, fewer time steps), or use explain()"
        )


def page_of(passes: Passes) -> str:
    """The page as text: the files in `page/` combined, with the graph as JSON."""
    source = resources.files(__package__) / "page"
    page = (source / "stepper.html").read_text(encoding="utf-8")
    style = (source / "stepper.css").read_text(encoding="utf-8")
    script = "\n".join((source / name).read_text(encoding="utf-8") for name in SCRIPTS)
    # Inside a script element only `<` is dangerous: it could end the element or open a comment.
    text = json.dumps(data_of(passes), separators=(",", ":"), allow_nan=False)
    text = text.replace("<", "\\u003c")
    for place, content in ("/* STYLE */", style), ("/* SCRIPT */", script), ("/* DATA */", text):
        page = page.replace(place, content, 1)
    return page


def data_of(passes: Passes) -> dict[str, Any]:
    """The data of the page: the nodes, the backward pass, the program of both, and the positions in the picture.

    `place` and `places` are the numbers that values have in the program.
    """
    graph, backward = passes.graph, passes.backward
    program, obstacle = _program_of(passes)
    place = (lambda value: None) if program is None else program.place
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
            "line": None if entry.line is None else lines.setdefault(entry.line, len(lines)),
            "value": values.plain(entry.value),
            "place": place(entry.value),
            "args": list(zip(entry.parameters, entry.parents)),
            "constants": {name: values.plain(v) for name, v in _constants(entry, node) if _is_number(v)},
            "others": {
                name: [values.other(bare(v)), place(v)] for name, v in _constants(entry, node) if not _is_number(v)
            },
            "at": [placed.layer[entry.number], placed.slot[entry.number]],
        }
        for entry, node in zip(graph, graph.nodes)
    ]
    return {
        "nodes": [_without_empty(node) for node in nodes],
        "lanes": {i: lane for i, lane in enumerate(placed.lanes) if lane},
        "output": graph.output,
        "backward": [
            {
                "node": step.entry,
                "g": values.plain(step.cotangent),
                "place": place(step.cotangent),
                "flows": [_without_empty(_flow(c, values, place)) for c in step.contributions],
            }
            for step in backward
        ],
        "lines": [_FOLDERS.sub("", line) for line in lines],
        "code": code_of(list(lines)),
        "arrays": values.arrays,
        "program": None if program is None else program.json,
        "plane": None if program is None else plane_of(graph, program),
        "obstacle": obstacle,
    }


def _program_of(passes: Passes) -> tuple[PageProgram | None, str]:
    """The program of a page, or why it has none."""
    entries = sum(np.size(bare(e.value)) for e in passes.graph if e.kind in ("leaf", "parameter"))
    if entries > MOST_ENTRIES:
        return None, f"its leaves have {entries:,} entries, and the page computes with up to {MOST_ENTRIES:,}"
    if passes.trace is None or passes.obstacle:
        return None, passes.obstacle
    try:
        return PageProgram.of(passes), ""
    except NotForPages as reason:
        return None, str(reason)


def _constants(entry: Entry, node: Any) -> Iterator[tuple[str, Any]]:
    """What an operation was given or has kept besides its parents and its result: a target, dims, a mask, an index."""
    remembered = None if node is None else record_of(node)
    known = {} if remembered is None else dict(remembered.arguments)
    for name, value in {**known, **entry.saved}.items():
        if name not in (*entry.parameters, "out") and not name.endswith(("_shape", "_dtype")) and value is not None:
            yield name, value


def _is_number(value: Any) -> bool:
    return isinstance(bare(value), (int, float, np.floating, np.integer)) and not isinstance(value, bool)


def _flow(c: Contribution, values: Values, place: Callable[[Any], int | None]) -> dict[str, Any]:
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
        "places": [place(v) for v in (c.computed, c.value, c.before, c.total)],
    }


def _without_empty(data: dict[str, Any]) -> dict[str, Any]:
    """What the page does not take for granted."""
    return {key: v for key, v in data.items() if v is not None and v != {} and v != ""}


def _label(entry: Entry) -> str:
    """The name of an entry; a constant number without a name is shown as the number."""
    value = bare(entry.value)
    if entry.kind == "constant" and entry.name is None and value is not None and not np.ndim(value):
        return f"{np.asarray(value).item():.4g}"
    return entry.label


def _word(x: Any) -> Any:
    """A number as JSON: NaN and infinity become words, and a float32 is written with as few digits as it needs."""
    if isinstance(x, (complex, np.complexfloating)):
        return {"re": _word(x.real), "im": _word(x.imag)}
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
        held = {id(value) for value in map(bare, values) if isinstance(value, np.ndarray) and value.ndim}
        self._limit = max(4, min(_NUMBERS, _ALL_NUMBERS // max(len(held), 1)))

    def plain(self, value: Any) -> Any:
        """A value as JSON: a number, `[index]` for an array, None for an unknown value or any other object."""
        value = bare(value)
        if not isinstance(value, (np.ndarray, np.generic, bool, int, float, complex)):
            return None
        array = np.asarray(value)
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

    def other(self, value: Any) -> Any:
        """An array as `plain` gives it, and dims, a slice or True as text; None for an object without a text."""
        if isinstance(value, np.ndarray) and value.dtype.kind in "biufc":
            return self.plain(value)
        text = repr(value)
        return None if " at 0x" in text else {"text": printable(text if len(text) <= 60 else f"{text[:57]}...")}


def _thinned(shape: tuple[int, ...], limit: int) -> list[np.ndarray[Any, Any]]:
    """For each dim, the indices to show; the longest dim is halved until the array is within the limit."""
    counts = list(shape)
    while math.prod(counts) > limit:
        longest = counts.index(max(counts))
        counts[longest] = (counts[longest] + 1) // 2
    return [np.linspace(0, n - 1, kept).round().astype(int) for n, kept in zip(shape, counts)]
