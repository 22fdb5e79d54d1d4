"""Summary: a table of a module's layers, with output shapes, parameters, multiply-adds and saved memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy as np

from ..base.memory import owner_of
from ..base.text import printable
from ..core.graph import Node, all_nodes
from ..core.tensor import Tensor
from ..tape.tape_tensor import place_of
from .parts import all_parameters, is_trained, named_parts, own_parameters
from .remember import record_of
from .running import run, tensors_in

#: How many multiply-adds an operation takes, from its output and arguments; all other operations count as 0.
_MULTIPLY_ADDS: dict[str, Callable[[Any, dict[str, Any]], int]] = {
    "linear": lambda out, a: out.size * a["weight"].shape[-1],
    **dict.fromkeys(("mm", "mv", "matmul"), lambda out, a: out.size * a["x"].shape[-1]),
    "dot": lambda out, a: a["x"].size,
    "convolution": lambda out, a: out.size * math.prod(a["weight"].shape[1:]),
    "convolution_input": lambda out, a: a["y"].size * math.prod(a["weight"].shape[1:]),
}


@dataclass
class Layer:
    """One call of a module, or a module with parameters that was never called.

    Attributes:
        name: the module's dotted name.
        kind: its class.
        depth: its depth in the tree of calls.
        inputs, outputs: the shapes of the tensors that it received and returned; empty if it was never called.
        parameters: how many elements its own parameters have, without submodules; 0 if it has a row already.
        multiply_adds: of its own operations, without submodules.
        saved: bytes that its own operations save for the backward pass, without parameters.
    """

    name: str
    kind: str
    depth: int
    inputs: list[tuple[int, ...]] = field(default_factory=list)
    outputs: list[tuple[int, ...]] = field(default_factory=list)
    parameters: int = 0
    multiply_adds: int = 0
    saved: int = 0

    @property
    def shape(self) -> tuple[int, ...] | None:
        """The shape of the first output; None if it returned no tensor."""
        return self.outputs[0] if self.outputs else None


@dataclass
class Summary:
    """The layers of a module in the order of their calls; prints as a table, whose rows add up to the totals.

    Attributes:
        layers: one for each call, and for each module that has parameters and was not called.
        parameters, trainable: how many elements all parameters have, and those that require grad.
        parameter_bytes: the memory of the parameters.
        multiply_adds: of one forward pass.
        saved: bytes that a forward pass saves for the backward pass, without the parameters.
    """

    layers: list[Layer]
    parameters: int
    trainable: int
    parameter_bytes: int
    multiply_adds: int
    saved: int

    def __str__(self) -> str:
        head = ("layer", "input", "output", "parameters", "", "multiply-adds", "", "saved")
        rows = [head, *(self._row(layer, name) for layer, name in zip(self.layers, _short_names(self.layers)))]
        widths = [max(map(len, column)) for column in zip(*rows)]
        form = "  ".join(f"{{:{side}{width}}}" for side, width in zip("<<<>>>>>", widths))
        lines = [form.format(*row).rstrip() for row in rows]
        rule = "-" * max(map(len, lines))
        trainable = "" if self.trainable == self.parameters else f", of which {self.trainable:,} require grad"
        lines = [lines[0], rule, *lines[1:], rule]
        lines.append(f"Parameters: {self.parameters:,} ({in_bytes(self.parameter_bytes)}){trainable}")
        lines.append(f"Multiply-adds of a forward pass: {self.multiply_adds:,}")
        lines.append(f"Saved for the backward pass: {in_bytes(self.saved)}")
        return "\n".join(lines)

    __repr__ = __str__

    def _row(self, layer: Layer, name: str) -> tuple[str, ...]:
        title = "  " * layer.depth + printable(f"{name}: {layer.kind}" if name else layer.kind)
        shapes = [_shapes(layer.inputs), _shapes(layer.outputs) if layer.inputs or layer.outputs else "not called"]
        numbers = _with_share(layer.parameters, self.parameters) + _with_share(layer.multiply_adds, self.multiply_adds)
        return (title, *shapes, *numbers, in_bytes(layer.saved) if layer.saved else "")


def _short_names(layers: list[Layer]) -> list[str]:
    """The name of each layer without that of the row it is indented under."""
    names, above = [], [""]
    for layer in layers:
        del above[layer.depth :]
        outer = above[-1] if above else ""
        names.append(layer.name.removeprefix(f"{outer}.") if outer else layer.name)
        above.append(layer.name)
    return names


def _shapes(shapes: list[tuple[int, ...]]) -> str:
    """`(5, 2)`, `(5, 2), (1, 2)` for two tensors, `(5, 2) ×2` for two of one shape; at most three shapes."""
    groups = [(str(shape), len(list(group))) for shape, group in groupby(shapes)]
    shown = [shape if count == 1 else f"{shape} ×{count}" for shape, count in groups]
    return ", ".join([*shown[:3], *(["…"] if len(shown) > 3 else [])])


def _with_share(count: int, total: int) -> tuple[str, str]:
    """A number and its share of the total; nothing for 0."""
    return (f"{count:,}", f"{100 * count / total:.0f}%") if count else ("", "")


def summary(module: Any, *inputs: Any) -> Summary:
    """A table of the module's layers for these inputs: shapes, parameters and costs.

    The module is called once, in its present mode; its running statistics and the random generator are
    restored. A multiply-add is a product of two numbers that is added to a sum, as in a matrix product or a
    convolution; biases and elementwise operations are not counted. The percentages are shares of the total.

    Args:
        module: an `nn.Module` or a Keras model.
        inputs: its inputs.

    Raises:
        TypeError: `module` is neither of these, or there are no inputs.

    >>> import autograd, nn
    >>> summary(nn.Sequential(nn.Linear(3, 2), nn.ReLU()), autograd.ones(1, 3))
    layer        input   output  parameters        multiply-adds        saved
    -------------------------------------------------------------------------
    Sequential   (1, 3)  (1, 2)
      0: Linear  (1, 3)  (1, 2)           8  100%              6  100%   12 B
      1: ReLU    (1, 2)  (1, 2)                                           8 B
    -------------------------------------------------------------------------
    Parameters: 8 (32 B)
    Multiply-adds of a forward pass: 6
    Saved for the backward pass: 20 B
    """
    layers: dict[int, Layer] = {}
    known: set[int] = set()
    active: list[Layer] = []

    def enter(name: str, part: Any, args: Any) -> None:
        layer = Layer(name, type(part).__name__, len(active), _shapes_of(args), parameters=_new_size(part, known))
        layers[len(layers) + 1] = layer  # under the number that `remember` gives the call
        active.append(layer)

    def leave(name: str, part: Any, args: Any, out: Any) -> None:
        active.pop().outputs = _shapes_of(out)

    ran = run(module, inputs, enter, leave)
    parameters = list(all_parameters(module).values())
    seen = {id(owner_of(p._shared())) for p in parameters}
    for node in all_nodes([place_of(t) for t in tensors_in(ran.out)]):
        record = record_of(node)
        if isinstance(node, Node) and record is not None and record.modules:
            layer = layers[record.modules[-1].number]
            count = _MULTIPLY_ADDS.get(node.primitive.name)
            if count is not None and record.value is not None:
                layer.multiply_adds += int(count(np.asarray(record.value), record.arguments))
            layer.saved += saved_bytes(node, seen)
    rows = list(layers.values())
    for name, part in named_parts(module):
        if size := _new_size(part, known):  # it was never called
            _insert(rows, Layer(name, type(part).__name__, 0, parameters=size))
    return Summary(
        rows,
        sum(p.numel() for p in parameters),
        sum(p.numel() for p in parameters if is_trained(p)),
        sum(p.nbytes for p in parameters),
        sum(layer.multiply_adds for layer in rows),
        sum(layer.saved for layer in rows),
    )


def _shapes_of(values: Any) -> list[tuple[int, ...]]:
    return [tuple(t.shape) for t in tensors_in(values)]


def _new_size(part: Any, known: set[int]) -> int:
    """How many elements a part's own parameters have, without those in `known`, to which they are added."""
    found = [p for p in own_parameters(part).values() if id(p) not in known]
    known.update(map(id, found))
    return sum(p.numel() for p in found)


def _insert(rows: list[Layer], layer: Layer) -> None:
    """Put a layer that was not called below the row of the innermost module around it, after the rows there."""
    around = [row for row in rows if not row.name or layer.name == row.name or layer.name.startswith(f"{row.name}.")]
    outer = max(around, key=lambda row: len(row.name))
    layer.depth = outer.depth + 1
    place = next(i for i, row in enumerate(rows) if row is outer) + 1
    while place < len(rows) and rows[place].depth > outer.depth:
        place += 1
    rows.insert(place, layer)


def in_bytes(count: int) -> str:
    """A number of bytes in a suitable unit: `241.0 KiB`."""
    if count < 1024:
        return f"{count} B"
    power = min((count.bit_length() - 1) // 10, 4)  # of 1024
    return f"{count / 1024**power:.1f} {'KMGT'[power - 1]}iB"


def saved_bytes(node: Node, seen: set[int]) -> int:
    """The bytes of a node's saved arrays, without memory that is already in `seen`."""
    total = 0
    stack: list[Any] = list(node.saved or ())
    while stack:
        value = stack.pop()
        if isinstance(value, (tuple, list)):
            stack += value
        elif isinstance(value, Tensor):
            stack.append(value.array)
        elif isinstance(value, np.ndarray):
            owner = owner_of(value)
            if id(owner) not in seen:
                seen.add(id(owner))
                total += owner.nbytes
    return total
