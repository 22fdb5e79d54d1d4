"""The config of a functional model: its layers, with their calls as references from output to input, as in Keras."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from autograd.base.nests import leaves, mapped

from .config import deserialize, deserialize_nested, serialize, serialize_keras_object
from .graph import Graph
from .layers.base import Layer
from .layers.core import InputLayer
from .layers.operation import Operation
from .symbols import Call, KerasTensor

#: A tensor of the graph: the name of a layer, the index of its call, and the index among the call's outputs.
Reference = tuple[str, int, int]


def graph_config(graph: Graph) -> dict[str, Any]:
    """The layers of a graph with their calls, and the references to its inputs and outputs."""
    references = _references(graph)

    def reference_of(symbol: KerasTensor) -> list[Any]:
        return list(references[id(symbol)])

    def argument(value: Any) -> Any:
        if isinstance(value, KerasTensor):
            history = {"shape": list(value.shape), "dtype": value.dtype, "keras_history": reference_of(value)}
            return {"class_name": "__keras_tensor__", "config": history}
        if isinstance(value, (list, tuple)):
            return [argument(part) for part in value]
        if isinstance(value, dict):
            return {key: argument(part) for key, part in value.items()}
        return serialize_keras_object(value)

    def call_config(call: Call) -> dict[str, Any]:
        kwargs = {name: argument(value) for name, value in call.kwargs.items()}
        return {"args": [argument(value) for value in call.args], "kwargs": kwargs}

    calls = _calls_by_layer(graph)
    layers = [
        {**serialize(layer), "name": layer.name, "inbound_nodes": [call_config(call) for call in calls.get(layer, [])]}
        for layer in graph.layers
    ]
    # An input may be the output of a layer outside the model; in the config it is an Input.
    outside = [symbol for symbol in leaves(graph.inputs) if not isinstance(symbol.call.layer, InputLayer)]
    for symbol in outside:
        config = {"batch_shape": symbol.shape, "dtype": symbol.dtype, "name": symbol.name}
        entry = {"module": "keras.layers", "class_name": "InputLayer", "config": config, "registered_name": None}
        layers.insert(0, {**entry, "name": symbol.name, "inbound_nodes": []})
    ends = {"input_layers": mapped(reference_of, graph.inputs), "output_layers": mapped(reference_of, graph.outputs)}
    return {"layers": layers, **ends}


def _calls_by_layer(graph: Graph) -> dict[Layer, list[Call]]:
    """The calls of each layer that belong to the graph, in the order in which they were made."""
    calls: dict[Layer, list[Call]] = {}
    for call in sorted(graph.calls, key=lambda call: call.number):
        calls.setdefault(call.layer, []).append(call)
    return calls


def _references(graph: Graph) -> dict[int, Reference]:
    """The references to the symbols of a graph, by their ids."""
    found: dict[int, Reference] = {}
    for layer, calls in _calls_by_layer(graph).items():
        for number, call in enumerate(calls):
            found.update((id(symbol), (layer.name, number, i)) for i, symbol in enumerate(call.outputs))
    for symbol in leaves(graph.inputs):
        found[id(symbol)] = (symbol.call.layer.name if isinstance(symbol.call.layer, InputLayer) else symbol.name, 0, 0)
    return found


def symbols_from_config(config: Mapping[str, Any]) -> tuple[Any, Any]:
    """The inputs and outputs, nests of symbols, of a graph that is created from its config.

    Raises:
        ValueError: a reference leads nowhere, or the calls depend on each other in a circle.
    """
    layers = {entry["name"]: deserialize(entry) for entry in config["layers"]}
    nodes = {entry["name"]: entry["inbound_nodes"] for entry in config["layers"]}
    outputs: dict[tuple[str, int], list[KerasTensor]] = {
        (name, 0): [layer.output] for name, layer in layers.items() if isinstance(layer, InputLayer)
    }

    def symbol_of(reference: Any) -> KerasTensor:
        name, number, index = reference
        return outputs[name, number][index]

    def argument(value: Any) -> Any:
        if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
            return symbol_of(value["config"]["keras_history"])
        if isinstance(value, dict) and "class_name" not in value:
            return {key: argument(part) for key, part in value.items()}
        return [argument(part) for part in value] if isinstance(value, list) else deserialize_nested(value)

    def call(name: str, number: int) -> None:
        node = nodes[name][number]
        kwargs = {key: argument(value) for key, value in node["kwargs"].items()}
        args = [argument(value) for value in node["args"]]
        layer = layers[name]
        if isinstance(layer, Operation) and layer.kind == "GetItem" and isinstance(args[1], list):
            args[1] = tuple(args[1])  # JSON has no tuples, and an index is never a list
        outputs[name, number] = leaves(layer(*args, **kwargs))

    try:
        for target in [(name, number) for name in nodes for number in range(len(nodes[name]))]:
            _call_in_order(target, nodes, outputs, call)
        inputs, results = (_mapped_references(symbol_of, config[key]) for key in ("input_layers", "output_layers"))
    except (KeyError, IndexError) as error:
        raise ValueError(f"The config of the model refers to a call that does not exist: {error}") from None
    return inputs, results


def _call_in_order(target: tuple[str, int], nodes: Any, done: Any, call: Any) -> None:
    """Make the calls that a call depends on, which include the earlier calls of its layer, and then this call."""
    stack, open_calls = [target], set[tuple[str, int]]()
    while stack:
        name, number = stack[-1]
        if (name, number) in done:
            stack.pop()
            continue
        before = [(name, number - 1)] if number else []
        before += [(reference[0], reference[1]) for reference in _histories(nodes[name][number])]
        missing = [each for each in before if each not in done]
        if not missing:
            call(name, number)
        elif (name, number) in open_calls:
            raise ValueError(f"In the config of the model the calls of layer {name!r} depend on themselves")
        open_calls.add((name, number))
        stack += missing


def _histories(value: Any) -> list[Any]:
    """The references to symbols in the arguments of a call."""
    if isinstance(value, dict) and value.get("class_name") == "__keras_tensor__":
        return [value["config"]["keras_history"]]
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [reference for part in parts for reference in _histories(part)]


def _mapped_references(function: Any, nest: Any) -> Any:
    if isinstance(nest, dict):
        return {key: _mapped_references(function, part) for key, part in nest.items()}
    if len(nest) == 3 and isinstance(nest[0], str) and isinstance(nest[1], int):
        return function(nest)
    return type(nest)([_mapped_references(function, part) for part in nest])
