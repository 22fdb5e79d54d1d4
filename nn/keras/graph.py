"""Graph: the layer calls of a functional model, from its inputs to its outputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from autograd.base.nests import leaves, mapped

from .layers.base import Layer
from .layers.core import InputLayer
from .symbols import Call, KerasTensor


class Graph:
    """The calls between input symbols and output symbols.

    Attributes:
        inputs, outputs: nests of symbols, with dicts sorted by key.
        calls: the calls in topological order.
        layers: the layers of the calls, including inputs: those farthest from the outputs first.

    Raises:
        ValueError: an output does not depend on the inputs alone, or two layers have the same name.
    """

    def __init__(self, inputs: Any, outputs: Any) -> None:
        self.inputs, self.outputs = inputs, outputs = _sorted_by_key(inputs), _sorted_by_key(outputs)
        for symbol in [*leaves(inputs), *leaves(outputs)]:
            if not isinstance(symbol, KerasTensor):
                raise ValueError(
                    "The inputs and outputs of a model must be symbols, as Input and layers called on symbols return "
                    f"them, but got {symbol!r:.80}"
                )
        calls, layers = _calls_between({id(symbol) for symbol in leaves(inputs)}, leaves(outputs))
        unused = [s.call.layer for s in leaves(inputs) if s.call not in calls and isinstance(s.call.layer, InputLayer)]
        depths = _depths(calls)
        self.layers = sorted([*unused, *layers], key=lambda layer: -depths.get(layer, 0))
        self.calls = [call for call in calls if not isinstance(call.layer, InputLayer)]
        for name, count in Counter(layer.name for layer in self.layers).items():
            if count > 1:
                raise ValueError(
                    f"The name {name!r} is used {count} times in the model. All layer names should be unique: pass "
                    "name= to one of the layers"
                )

    def run(self, values: list[Any], replace: Callable[[Layer], Layer] = lambda layer: layer) -> Any:
        """The outputs, a nest, for values or symbols of the inputs; `replace(layer)` is called in place of a layer."""
        table: dict[int, Any] = {id(symbol): value for symbol, value in zip(leaves(self.inputs), values)}

        def value_of(leaf: Any) -> Any:
            return table[id(leaf)] if isinstance(leaf, KerasTensor) else leaf

        for call in self.calls:
            args = [mapped(value_of, arg) for arg in call.args]
            kwargs = {name: mapped(value_of, arg) for name, arg in call.kwargs.items()}
            out = replace(call.layer)(*args, **kwargs)
            table.update((id(symbol), value) for symbol, value in zip(call.outputs, leaves(out)))
        return mapped(value_of, self.outputs)

    @property
    def is_chain(self) -> bool:
        """Whether every layer is called once, on the output of the previous layer."""
        depths = _depths(self.calls)
        return (
            all(len(call.parents) == 1 for call in self.calls)
            and len(set(depths.values())) == len(self.calls)
            and len(leaves(self.inputs)) == 1
        )


def _calls_between(inputs: set[int], outputs: list[KerasTensor]) -> tuple[list[Call], list[Layer]]:
    """The calls that the outputs depend on, in topological order, and their layers, in the order of a backward walk.

    Inputs are given by their ids.
    """
    found: list[Call] = []
    visited: dict[Call, None] = {}
    stack = [(output.call, False) for output in reversed(outputs)]
    input_calls = set()
    while stack:
        call, parents_done = stack.pop()
        if parents_done:
            found.append(call)
            continue
        if call in visited:
            continue
        visited[call] = None
        stack.append((call, True))
        if any(id(output) in inputs for output in call.outputs):
            input_calls.add(call)
            continue
        if isinstance(call.layer, InputLayer):
            raise ValueError(
                f"Graph disconnected: the outputs depend on {call.outputs[0]!r}, which is not among the inputs of the "
                "model"
            )
        stack.extend((parent.call, False) for parent in reversed(call.parents))
    # The call behind an input that is an intermediate symbol is not part of the model; an Input is.
    inside = [call for call in found if call not in input_calls or isinstance(call.layer, InputLayer)]
    layers = {call.layer: None for call in visited if call not in input_calls or isinstance(call.layer, InputLayer)}
    return inside, list(layers)


def _depths(calls: list[Call]) -> dict[Layer, int]:
    """For each layer the length of the longest path to the outputs, in calls."""
    of_call: dict[Call, int] = {}
    of_layer: dict[Layer, int] = {}
    for call in reversed(calls):
        depth = max(of_call.get(call, 0), of_layer.get(call.layer, 0))
        of_layer[call.layer] = depth
        for parent in call.parents:
            of_call[parent.call] = max(depth + 1, of_call.get(parent.call, 0))
    return of_layer


def _sorted_by_key(nest: Any) -> Any:
    """The nest with dicts sorted by key, which is Keras' order of their values."""
    if isinstance(nest, (list, tuple)):
        return type(nest)([_sorted_by_key(part) for part in nest])
    return {key: _sorted_by_key(nest[key]) for key in sorted(nest)} if isinstance(nest, dict) else nest
