"""Saved values that are gone: a backward pass that needs them finds them freed, or overwritten in place."""

from __future__ import annotations

from typing import Any

from . import writes
from .graph import Node
from .operation import array_of


def freed(node: Node, g: Any) -> str:
    """The message of a backward pass through a node whose saved values were freed."""
    return (
        "Trying to backward through the graph a second time: the values that were saved to make the tensor of shape "
        f"{array_of(g).shape} with grad_fn=<{node.name()}> were freed by the first backward. If a tensor of an earlier "
        "step is used again (a state, a running loss), cut it off with detach(); if you mean to go through the same "
        "graph twice, call the first backward with retain_graph=True"
    )


def check_versions(node: Node) -> None:
    """Raise if a value that the rules of a node need was overwritten after the node saved it."""
    for value in node.saved or ():
        for array in value if isinstance(value, tuple) else (value,):
            if writes.written_since(array, node.age):
                raise RuntimeError(_overwritten(node))


def _overwritten(node: Node) -> str:
    arrays = [
        (name, array)
        for name, value in zip(node.primitive.saves, node.saved or ())
        for array in (value if isinstance(value, tuple) else (value,))
        if writes.written_since(array, node.age)
    ]
    name, array = arrays[0]
    message = (
        "one of the variables needed for gradient computation has been modified by an inplace operation: "
        f"{node.primitive.name} saved its {'output' if name == 'out' else f'argument {name}'} of shape "
        f"{array.shape} at version {writes.version_at(array, node.age)}, but it is at version "
        f"{writes.version(array)} now. "
        "Compute a new tensor (x = x + 1) where it was written in place (x += 1), or clone() it first"
    )
    # Anomaly mode knows lines of the user's program.
    if line := getattr(node.primitive, "line", None):
        message += f". It was saved at {line}"
    for line in dict.fromkeys(writes.line_of_write(array) for _, array in arrays):
        message += f". It was written at {line}" if line else ""
    return message
