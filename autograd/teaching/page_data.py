"""Page data: what a page shows beside the graph: the user's lines, and the plane of two-dimensional inputs."""

from __future__ import annotations

import linecache
import re
from typing import Any

import numpy as np

from ..compiler.symbols import bare
from .page_program import PageProgram, is_plane
from .walk import Graph

#: The most lines of a file that are shown with those between them.
_MOST_LINES = 120
#: The most classes that are shown in the plane.
_MOST_CLASSES = 10
_PLACE = re.compile(r"^(.*):(\d+), in (.*?)(?:: .*)?$")


def code_of(lines: list[str]) -> list[dict[str, Any]]:
    """The user's lines as they stand in their files: for each file the lines from the first to the last that is used.

    Args:
        lines: as `remember` records them; a line of the result refers to one by its index.
    """
    files: dict[str, dict[int, int]] = {}
    for i, line in enumerate(lines):
        if (found := _PLACE.match(line)) is not None:
            files.setdefault(found[1], {}).setdefault(int(found[2]), i)
    shown = []
    for file, used in files.items():
        first, last = min(used), max(used)
        numbers = range(first, last + 1) if last - first < _MOST_LINES else sorted(used)
        texts = [linecache.getline(file, n).rstrip() for n in numbers]
        if any(texts):
            indent = min(len(text) - len(text.lstrip()) for text in texts if text)
            name = "this cell" if file.startswith("<") else re.split(r"[/\\]", file)[-1]
            shown.append({"file": name, "lines": [[n, t[indent:], used.get(n)] for n, t in zip(numbers, texts)]})
    return shown


def plane_of(graph: Graph, program: PageProgram) -> dict[str, Any] | None:
    """The data of a model with two inputs, for a picture of its decision boundary.

    That is a constant of shape (N, 2), the operation that compares what is computed from it with a constant of N rows,
    and what it compares: the prediction.
    """
    data = next((e for e in graph if is_plane(e)), None)
    if data is None:
        return None
    inputs, place = bare(data.value), program.place(data.value)
    if place is None:
        return None
    reached = {data.number}
    for entry in graph:
        from_data = [p for p in entry.parents if p in reached]
        if not from_data:
            continue
        reached.add(entry.number)
        others = [bare(v) for name, v in entry.saved.items() if name not in entry.parameters]
        others += [bare(graph.entries[p].value) for p in entry.parents if p is not None and p not in reached]
        labels = next((v for v in others if _are_labels(v, len(inputs))), None)
        prediction = graph.entries[from_data[0]]
        predicted = program.place(prediction.value)
        if labels is not None and predicted is not None and len(bare(prediction.value)) == len(inputs):
            return {
                "inputs": place,
                "prediction": predicted,
                "labels": np.asarray(labels, float).reshape(len(inputs), -1)[:, 0].tolist(),
                "from": prediction.primitive,
                "loss": entry.primitive,
            }
    return None


def _are_labels(value: Any, count: int) -> bool:
    if not isinstance(value, np.ndarray) or value.shape not in ((count,), (count, 1)) or value.dtype.kind not in "iuf":
        return False
    return 1 < len(np.unique(value)) <= _MOST_CLASSES
