"""Summary: a table of a module's layers, with output shapes, parameters, multiply-adds and saved memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..base.memory import owner_of
from ..base.text import printable
from ..core.graph import Node, all_nodes
from ..core.tensor import Tensor
from .remember import trace_of
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
    """One call of a module.

    Attributes:
        name: the module's dotted name.
        kind: its class.
        depth: its depth in the tree of modules.
        shape: the shape of its output; None if it returned no tensor.
        parameters: how many elements its own parameters have, without submodules; 0 if it was called before.
        multiply_adds: of its own operations, without submodules.
        saved: bytes that its own operations save for the backward pass, without parameters.
    """

    name: str
    kind: str
    depth: int
    shape: tuple[int, ...] | None = None
    parameters: int = 0
    multiply_adds: int = 0
    saved: int = 0


@dataclass
class Summary:
    """The layers of a module in the order of their calls; prints as a table.

    Attributes:
        layers: one for each call.
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
        head = ("layer", "output", "parameters", "multiply-adds", "saved")
        rows = [head, *(self._row(layer) for layer in self.layers)]
        widths = [max(map(len, column)) for column in zip(*rows)]
        form = "  ".join(f"{{:{side}{width}}}" for side, width in zip("<<>>>", widths))
        lines = [form.format(*row).rstrip() for row in rows]
        rule = "-" * max(map(len, lines))
        trainable = "" if self.trainable == self.parameters else f", of which {self.trainable:,} require grad"
        lines = [lines[0], rule, *lines[1:], rule]
        lines.append(f"Parameters: {self.parameters:,} ({in_bytes(self.parameter_bytes)}){trainable}")
        lines.append(f"Multiply-adds of a forward pass: {self.multiply_adds:,}")
        lines.append(f"Saved for the backward pass: {in_bytes(self.saved)}")
        return "\n".join(lines)

    __repr__ = __str__

    def _row(self, layer: Layer) -> tuple[str, ...]:
        name = "  " * layer.depth + (f"{layer.name.rpartition('.')[2]}: {layer.kind}" if layer.name else layer.kind)
        name = printable(name)
        shape = "" if layer.shape is None else str(layer.shape)
        numbers = [f"{n:,}" if n else "" for n in (layer.parameters, layer.multiply_adds)]
        return (name, shape, *numbers, in_bytes(layer.saved) if layer.saved else "")


def summary(module: Any, *inputs: Any) -> Summary:
    """A table of the module's layers for these inputs: shapes, parameters and costs.

    The module is called once, in its present mode; its running statistics and the random generator are
    restored. A multiply-add is a product of two numbers that is added to a sum, as in a matrix product or a
    convolution; biases and elementwise operations are not counted.

    Args:
        module: an `nn.Module`.
        inputs: its inputs.

    Raises:
        TypeError: `module` is not a module, or there are no inputs.

    >>> import autograd, nn
    >>> summary(nn.Sequential(nn.Linear(3, 2), nn.ReLU()), autograd.ones(1, 3))
    layer        output  parameters  multiply-adds  saved
    -----------------------------------------------------
    Sequential   (1, 2)
      0: Linear  (1, 2)           8              6   12 B
      1: ReLU    (1, 2)                               8 B
    -----------------------------------------------------
    Parameters: 8 (32 B)
    Multiply-adds of a forward pass: 6
    Saved for the backward pass: 20 B
    """
    layers: dict[int, Layer] = {}
    known: set[int] = set()
    active: list[Layer] = []

    def enter(name: str, part: Any, args: Any) -> None:
        layer = Layer(name, type(part).__name__, len(active))
        for parameter in part.parameters(recurse=False):
            if id(parameter) not in known:
                known.add(id(parameter))
                layer.parameters += parameter.numel()
        layers[len(layers) + 1] = layer  # under the number that `remember` gives the call
        active.append(layer)

    def leave(name: str, part: Any, args: Any, out: Any) -> None:
        found = tensors_in(out)
        active.pop().shape = tuple(found[0].shape) if found else None

    out, _ = run(module, inputs, enter, leave)
    parameters = list(module.parameters())
    seen = {id(owner_of(p._shared())) for p in parameters}
    outside = Layer("", "", 0)
    for node in all_nodes([t.node for t in tensors_in(out)]):
        trace = trace_of(node)
        if isinstance(node, Node) and trace is not None:
            layer = layers[trace.modules[-1].number] if trace.modules else outside
            count = _MULTIPLY_ADDS.get(node.primitive.name)
            if count is not None and trace.value is not None:
                layer.multiply_adds += int(count(np.asarray(trace.value), trace.arguments))
            layer.saved += saved_bytes(node, seen)
    return Summary(
        list(layers.values()),
        sum(p.numel() for p in parameters),
        sum(p.numel() for p in parameters if p.requires_grad),
        sum(p.nbytes for p in parameters),
        sum(layer.multiply_adds for layer in layers.values()),
        sum(layer.saved for layer in layers.values()),
    )


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
