"""The graph of a functional model: which layers are called on what, from its inputs to its outputs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from .layers.base import Layer
from .layers.core import InputLayer
from .symbols import Call, KerasTensor, in_order_of_names, leaves, replaced


class Graph:
    """The calls that lie between some symbols and others.

    Attributes:
        inputs, outputs: nests of symbols, dicts in the order of their keys.
        calls: the calls, each after those that it depends on.
        layers: the layers that are called, inputs included: the farthest from the outputs first.

    Raises:
        ValueError: an output does not follow from the inputs, or two layers have one name.
    """

    def __init__(self, inputs: Any, outputs: Any) -> None:
        self.inputs, self.outputs = inputs, outputs = in_order_of_names(inputs), in_order_of_names(outputs)
        for symbol in [*leaves(inputs), *leaves(outputs)]:
            if not isinstance(symbol, KerasTensor):
                raise ValueError(
                    "The inputs and outputs of a model must be symbols, as Input and layers called on symbols give "
                    f"them, but got {symbol!r:.80}"
                )
        found, seen = _calls_behind(list(leaves(outputs)), {id(symbol) for symbol in leaves(inputs)})
        unused = [s.call.layer for s in leaves(inputs) if s.call not in found and isinstance(s.call.layer, InputLayer)]
        depths = _depths(found)
        self.layers = sorted([*unused, *seen], key=lambda layer: -depths.get(layer, 0))
        self.calls = [call for call in found if not isinstance(call.layer, InputLayer)]
        for name, count in Counter(layer.name for layer in self.layers).items():
            if count > 1:
                raise ValueError(
                    f"The name {name!r} is used {count} times in the model. All layer names should be unique: pass "
                    "name= to one of the layers"
                )

    def run(self, values: list[Any], instead: Callable[[Layer], Layer] = lambda layer: layer) -> Any:
        """The outputs for the values, or symbols, of the inputs, in order: a nest as `outputs`.

        Args:
            values: of the inputs.
            instead: gives the layer that is called in place of another.
        """
        table: dict[int, Any] = {id(symbol): value for symbol, value in zip(leaves(self.inputs), values)}

        def value_of(leaf: Any) -> Any:
            return table[id(leaf)] if isinstance(leaf, KerasTensor) else leaf

        for call in self.calls:
            out = instead(call.layer)(*replaced(call.args, value_of), **replaced(call.kwargs, value_of))
            table.update((id(symbol), value) for symbol, value in zip(call.outputs, leaves(out)))
        return replaced(self.outputs, value_of)

    @property
    def is_chain(self) -> bool:
        """Whether every layer is called once, on the output of the one before."""
        depths = _depths(self.calls)
        return (
            all(len(call.parents) == 1 for call in self.calls)
            and len(set(depths.values())) == len(self.calls)
            and len(list(leaves(self.inputs))) == 1
        )


def _calls_behind(outputs: list[KerasTensor], given: set[int]) -> tuple[list[Call], list[Layer]]:
    """The calls that the outputs follow from, each after its parents, and the layers as they were met."""
    found: list[Call] = []
    met: dict[Call, None] = {}
    stack = [(output.call, False) for output in reversed(outputs)]
    given_calls = set()
    while stack:
        call, parents_done = stack.pop()
        if parents_done:
            found.append(call)
            continue
        if call in met:
            continue
        met[call] = None
        stack.append((call, True))
        if any(id(output) in given for output in call.outputs):
            given_calls.add(call)
            continue
        if isinstance(call.layer, InputLayer):
            raise ValueError(
                f"Graph disconnected: the outputs depend on {call.outputs[0]!r}, which is not among the inputs of the "
                "model"
            )
        stack.extend((parent.call, False) for parent in reversed(call.parents))
    # A call that made an intermediate symbol which is given lies outside; an Input is a layer of the model.
    inside = [call for call in found if call not in given_calls or isinstance(call.layer, InputLayer)]
    layers = {call.layer: None for call in met if call not in given_calls or isinstance(call.layer, InputLayer)}
    return inside, list(layers)


def _depths(calls: list[Call]) -> dict[Layer, int]:
    """For each layer by how many calls it is away from the outputs, at most."""
    of_call: dict[Call, int] = {}
    of_layer: dict[Layer, int] = {}
    for call in reversed(calls):
        depth = max(of_call.get(call, 0), of_layer.get(call.layer, 0))
        of_layer[call.layer] = depth
        for parent in call.parents:
            of_call[parent.call] = max(depth + 1, of_call.get(parent.call, 0))
    return of_layer
