"""`keras.models`: Model, Sequential, load_model, and clone_model, which copies a model without its weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from autograd.base.nests import leaves, mapped

from .layers.base import Layer
from .layers.core import InputLayer
from .layers.operation import Operation
from .model import Model, Sequential
from .saving import load_model, model_from_json, save_model
from .symbols import KerasTensor

__all__ = ["Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]


def clone_model(
    model: Model, input_tensors: Any = None, clone_function: Callable[[Layer], Layer] | None = None
) -> Model:
    """A model with the same structure and newly initialized weights.

    Args:
        model: a Sequential, a functional model, or a subclass that supports `from_config`.
        input_tensors: the input symbols of the new model; new ones by default.
        clone_function: maps each layer to its copy; by default the copy is created from the layer's config.

    Raises:
        ValueError: `model` is not a model, or `clone_function` is passed for a model without a graph.

    >>> from .layers import Dense, Input
    >>> model = Sequential([Input((3,)), Dense(2, name="head")])
    >>> other = clone_model(model)
    >>> other.layers[0].name, other.layers[0] is model.layers[0]
    ('head', False)
    """
    if not isinstance(model, Model):
        raise ValueError(f"Expected `model` argument to be a Keras `Model` instance, but got {model!r:.80}")
    copies: dict[Layer, Layer] = {}
    clone = _copied if clone_function is None else clone_function

    def copy(layer: Layer) -> Layer:
        if layer not in copies:
            copies[layer] = (_copied if isinstance(layer, Operation) else clone)(layer)
        return copies[layer]

    if isinstance(model, Sequential):
        start = [_new_input(symbol) for symbol in model.inputs] if input_tensors is None else [input_tensors]
        return Sequential([*start, *map(copy, model.layers)], name=model.name, trainable=model.trainable)
    if model.graph is not None:
        inputs = mapped(_new_input, model.graph.inputs) if input_tensors is None else input_tensors
        return type(model)(inputs, model.graph.run(leaves(inputs), copy), name=model.name)
    if clone_function is not None or input_tensors is not None:
        raise ValueError(
            f"Arguments clone_function and input_tensors are only supported for Sequential and functional models, but "
            f"{model.name!r} is of {type(model)}"
        )
    return _copied(model)


def _copied(layer: Any) -> Any:
    """A new layer or model with the same config."""
    if isinstance(layer, Model) and layer.graph is not None:
        return clone_model(layer)
    if isinstance(layer, Operation):
        return Operation(layer.function, layer.kind, layer.namespace, layer.name)
    return type(layer).from_config(layer.get_config())


def _new_input(symbol: KerasTensor) -> KerasTensor:
    batch, *sample = symbol.shape
    copied: KerasTensor = InputLayer(tuple(sample), batch, symbol.dtype, name=symbol.call.layer.name).output
    return copied
