"""plot_model: the graph of a model as a picture, drawn by Graphviz or, without Graphviz, by matplotlib."""

from __future__ import annotations

import html
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from autograd.base.text import printable

from .model import Model, Sequential
from .summary import shape_text


class Box(NamedTuple):
    """The box of a layer in the picture.

    Attributes:
        title: the layer's name and type.
        shapes: lines below the title.
        successors: the indices of the boxes that arrows from this one lead to.
    """

    title: str
    shapes: list[str]
    successors: list[int]


def plot_model(
    model: Model, to_file: str | os.PathLike[str] = "model.png", show_shapes: bool = False,
    show_layer_names: bool = False, rankdir: str = "TB", dpi: int = 200,
) -> None:  # fmt: skip
    """Draw a model: a box for each layer, and arrows from input to output.

    Args:
        model: functional, or Sequential with a known input shape.
        to_file: a ".png", ".svg" or ".pdf" file; or a ".dot" file in Graphviz' language, which needs no other program.
        show_shapes: whether to show the shapes of inputs and outputs.
        show_layer_names: whether to show the names of layers, besides their types.
        rankdir: "TB" from top to bottom, "LR" from left to right.
        dpi: dots per inch of a ".png".

    Raises:
        ValueError: the model has no graph, or the file ending or `rankdir` is not supported.
        ImportError: neither Graphviz' `dot` nor matplotlib is installed.
    """
    path = Path(to_file)
    if rankdir not in ("TB", "LR"):
        raise ValueError(f"plot_model: rankdir must be 'TB' or 'LR', but got {rankdir!r}")
    if path.suffix not in (".png", ".svg", ".pdf", ".dot"):
        raise ValueError(f"plot_model: to_file must end in .png, .svg, .pdf or .dot, but got {path}")
    boxes = _boxes(model, show_shapes, show_layer_names)
    source = _dot(boxes, rankdir)
    if path.suffix == ".dot":
        path.write_text(source, encoding="utf-8")
        return
    program = shutil.which("dot")
    if program is not None:
        command = [program, f"-T{path.suffix[1:]}", f"-Gdpi={dpi}" if path.suffix == ".png" else "-Gdpi=72"]
        path.write_bytes(subprocess.run(command, input=source.encode(), capture_output=True, check=True).stdout)
        return
    try:
        from matplotlib.figure import Figure  # optional dependency, imported only here
    except ImportError:
        raise ImportError(
            f"plot_model: a {path.suffix} needs Graphviz' program `dot`, or matplotlib (pip install matplotlib); a "
            ".dot file needs neither"
        ) from None
    _draw(Figure, boxes, rankdir).savefig(path, dpi=dpi, bbox_inches="tight")


def _boxes(model: Model, show_shapes: bool, show_layer_names: bool) -> list[Box]:
    """The boxes of a model's layers, in order."""
    graph = model.graph
    if graph is None:
        raise ValueError(
            f"plot_model draws the graph of a functional model, or of a Sequential with a known input shape, but "
            f"{model.name!r} has no graph: " + (
                "build it, or add an Input as its first layer" if isinstance(model, Sequential)
                else "a subclass computes its output in Python"
            )
        )  # fmt: skip
    indices = {layer: i for i, layer in enumerate(graph.layers)}
    successors: list[list[int]] = [[] for _ in indices]
    for call in graph.calls:
        for parent in call.parents:
            if parent.call.layer in indices:
                successors[indices[parent.call.layer]].append(indices[call.layer])
    boxes = []
    for layer, targets in zip(indices, successors):
        kind = layer._type_name
        title = f"{layer.name} ({kind})" if show_layer_names else kind
        shapes = []
        if show_shapes:
            if any(call.layer is layer for call in graph.calls):
                shapes.append(f"Input shape: {shape_text(layer.input_shape)}")
            shapes.append(f"Output shape: {shape_text(layer.output_shape)}")
        boxes.append(Box(printable(title), shapes, targets))
    return boxes


def _dot(boxes: list[Box], rankdir: str) -> str:
    """The graph in Graphviz' language."""
    lines = ["digraph model {", f"  rankdir={rankdir};", '  node [shape=plain, fontname="Helvetica"];']
    for i, box in enumerate(boxes):
        cells = f'<td bgcolor="black"><font color="white"><b>{html.escape(box.title)}</b></font></td>'
        rows = f"<tr>{cells}</tr>" + "".join(f"<tr><td>{html.escape(line)}</td></tr>" for line in box.shapes)
        lines.append(
            f'  {i} [label=<<table border="0" cellborder="1" cellspacing="0" cellpadding="8">{rows}</table>>];'
        )
    lines += [f"  {i} -> {j};" for i, box in enumerate(boxes) for j in box.successors]
    return "\n".join([*lines, "}", ""])


def _draw(figure_type: Any, boxes: list[Box], rankdir: str) -> Any:
    """The graph drawn by matplotlib: the layers in rows, by their distance from the inputs."""
    level = [0] * len(boxes)
    for i, box in enumerate(boxes):  # every box comes before its successors
        for j in box.successors:
            level[j] = max(level[j], level[i] + 1)
    rows = [[i for i in range(len(boxes)) if level[i] == n] for n in range(max(level) + 1)]
    across, along = (3.4, 1.3) if rankdir == "TB" else (1.3, 3.8)
    position = {
        i: ((k - (len(row) - 1) / 2) * across, -n * along) for n, row in enumerate(rows) for k, i in enumerate(row)
    }
    side = 0
    if rankdir == "LR":
        side, position = 1, {i: (-y, -x) for i, (x, y) in position.items()}
    xs, ys = zip(*position.values())
    figure = figure_type(figsize=(max(xs) - min(xs) + 3.4, max(ys) - min(ys) + 1.3))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(xlim=(min(xs) - 1.7, max(xs) + 1.7), ylim=(min(ys) - 0.65, max(ys) + 0.65))
    axes.axis("off")
    for i, box in enumerate(boxes):
        text = "\n".join([box.title, *box.shapes]).replace("$", r"\$")  # matplotlib finds formulas between two $
        axes.annotate(text, position[i], ha="center", va="center", fontsize=9, zorder=3,
                      bbox={"boxstyle": "square,pad=0.5", "facecolor": "white"})  # fmt: skip
        for j in box.successors:
            # An arrow along a line of boxes goes around those between its ends.
            bend = 0.4 if level[j] > level[i] + 1 and position[i][side] == position[j][side] else 0.0
            style = {"arrowstyle": "-|>", "shrinkA": 24, "shrinkB": 24, "connectionstyle": f"arc3,rad={bend}"}
            axes.annotate("", position[j], position[i], zorder=1, arrowprops=style)
    return figure
