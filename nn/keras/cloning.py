"""clone_model: a model of the same layers, with weights of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .layers.base import Layer
from .layers.core import InputLayer
from .layers.operation import Operation
from .model import Model, Sequential
from .symbols import KerasTensor, leaves, replaced


def clone_model(
    model: Model, input_tensors: Any = None, clone_function: Callable[[Layer], Layer] | None = None
) -> Model:
    """A new model of the same structure, whose weights are drawn anew.

    Args:
        model: a Sequential, a functional model, or a subclass that can be made from its config.
        input_tensors: symbols for the new model to begin with; new ones if left out.
        clone_function: gives the new layer in place of a layer; one from its config if left out.

    Raises:
        ValueError: it is no model, or `clone_function` is given for a model that is no graph of layers.

    >>> from .layers import Dense, Input
    >>> model = Sequential([Input((3,)), Dense(2, name="head")])
    >>> other = clone_model(model)
    >>> other.layers[0].name, other.layers[0] is model.layers[0]
    ('head', False)
    """
    if not isinstance(model, Model):
        raise ValueError(f"Expected `model` argument to be a Keras `Model` instance, but got {model!r:.80}")
    made: dict[Layer, Layer] = {}

    def copy(layer: Layer) -> Layer:
        if layer not in made:
            made[layer] = _copied(layer) if clone_function is None or isinstance(layer, Operation) else \
                clone_function(layer)  # fmt: skip
        return made[layer]

    if isinstance(model, Sequential):
        start = [_new_input(symbol) for symbol in model.inputs] if input_tensors is None else [input_tensors]
        return Sequential([*start, *map(copy, model.layers)], name=model.name, trainable=model.trainable)
    if model.graph is not None:
        inputs = replaced(model.graph.inputs, _new_input) if input_tensors is None else input_tensors
        return type(model)(inputs, model.graph.run(list(leaves(inputs)), copy), name=model.name)
    if clone_function is not None or input_tensors is not None:
        raise ValueError(
            f"Arguments clone_function and input_tensors are only supported for Sequential and functional models, but "
            f"{model.name!r} is of {type(model)}"
        )
    return _copied(model)


def _copied(layer: Any) -> Any:
    """A new layer like this one."""
    if isinstance(layer, Model) and layer.graph is not None:
        return clone_model(layer)
    return type(layer).from_config(layer.get_config())


def _new_input(symbol: KerasTensor) -> KerasTensor:
    batch, *sample = symbol.shape
    made: KerasTensor = InputLayer(tuple(sample), symbol.dtype, symbol.call.layer.name, batch).output
    return made
