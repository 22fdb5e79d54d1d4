"""Model and Sequential: layers that are trained together, as a graph of layer calls or in a subclass's `call`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from autograd.base.nests import leaves
from autograd.base.text import printable
from autograd.core.operation import as_dtype
from autograd.core.tensor import Tensor

from . import saving
from .config import custom_object_scope, publish, serialize, serialize_keras_object
from .graph import Graph
from .graph_config import graph_config, symbols_from_config
from .layers.base import Layer, eager, map_shapes
from .layers.core import InputLayer
from .layers.input_spec import InputSpec
from .layers.operation import Operation
from .naming import automatic_name
from .summary import layer_cells, summary_text
from .symbols import KerasTensor
from .training import Trainer


class Model(Trainer):
    """Layers that are trained together.

    Either a functional model, `Model(inputs, outputs)` of symbols, or a subclass that creates its layers in `__init__`
    and computes its output in `call`.

    Args:
        inputs: a symbol, or a nest of symbols, returned by `Input`.
        outputs: a symbol, or a nest of symbols, computed from the inputs by layers.
        name: the name of the model; by default the class name, numbered.
        trainable: whether training updates its weights.

    Raises:
        ValueError: an output does not depend on the inputs alone.

    >>> from nn.keras.layers import Dense, Input
    >>> inputs = Input((3,))
    >>> model = Model(inputs, Dense(2)(inputs))
    >>> model.output_shape, model.count_params()
    ((None, 2), 8)
    """

    _graph: Graph | None = None

    def __init__(
        self, inputs: Any = None, outputs: Any = None, name: str | None = None, trainable: bool = True,
        dtype: Any = None,
    ) -> None:  # fmt: skip
        if (inputs is None) != (outputs is None):
            raise ValueError("A functional model needs both inputs and outputs: pass symbols for both")
        graph = None if inputs is None else Graph(inputs, outputs)
        kind = "functional" if graph is not None and type(self) is Model else None
        super().__init__(name=name or (automatic_name(kind) if kind else None), trainable=trainable, dtype=dtype)
        if graph is not None:
            self._graph = graph
            self.built = True

    # -- layers and graph ---------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers of the model, in order, without the layers inside these."""
        return self._sublayers()

    def checkpoint_parts(self) -> dict[str, Any]:
        """As for layers; the layers of a graph are in a list."""
        parts = super().checkpoint_parts()
        return parts if self._graph is None else {"layers": self.layers, **parts}

    def _sublayers(self) -> list[Layer]:
        if self._graph is None:
            return super()._sublayers()
        return [layer for layer in self._graph.layers if not isinstance(layer, Operation)]

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by name or by index, one of which must be passed; ValueError if there is no such layer."""
        if (name is None) == (index is None):
            raise ValueError("Provide either a layer name or a layer index at `get_layer`, and not both.")
        layers = self.layers
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(
                    f"Was asked to retrieve layer at index {index} but model only has {len(layers)} layers"
                )
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        raise ValueError(f"No such layer: {name}. Existing layers are: {[layer.name for layer in layers]}.")

    @property
    def graph(self) -> Graph | None:
        """The graph of a functional model; None for other models."""
        return self._graph

    @property
    def inputs(self) -> list[KerasTensor]:
        """The input symbols of a functional model."""
        return [] if self._graph is None else leaves(self._graph.inputs)

    @property
    def outputs(self) -> list[KerasTensor]:
        """The output symbols of a functional model."""
        return [] if self._graph is None else leaves(self._graph.outputs)

    @property
    def output_names(self) -> list[str] | None:
        """The names of the outputs: the keys of a dict, or else the names of their layers; None without a graph."""
        if self._graph is None:
            return None
        outputs = self._graph.outputs
        return list(outputs) if isinstance(outputs, dict) else [symbol.call.layer.name for symbol in leaves(outputs)]

    @property
    def input(self) -> Any:
        """The input symbol, or nest of symbols."""
        return super().input if self._graph is None else self._graph.inputs

    @property
    def output(self) -> Any:
        """The output symbol, or nest of symbols."""
        return super().output if self._graph is None else self._graph.outputs

    @property
    def _has_symbols(self) -> bool:
        return self._graph is not None or super()._has_symbols

    @property
    def _type_name(self) -> str:
        return "Functional" if self._graph is not None and type(self) is Model else type(self).__name__

    # -- calls --------------------------------------------------------------------------------------------

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Compute the outputs of the graph. A subclass without a graph overrides this."""
        if self._graph is None:
            raise NotImplementedError(
                f"Model {type(self).__name__} does not have a `call()` method implemented: write one, or build the "
                "model as Model(inputs, outputs)"
            )
        return self._graph.run(self._in_order(inputs))

    def _in_order(self, inputs: Any) -> list[Any]:
        """The values of the inputs in the order, shapes and dtypes of the graph's inputs."""
        assert self._graph is not None
        expected = self._graph.inputs
        if isinstance(inputs, dict) and not isinstance(expected, dict):
            missing = [symbol.name for symbol in leaves(expected) if symbol.name not in inputs]
            if missing:
                raise ValueError(
                    f"Missing data for input {missing[0]!r}. You passed a data dictionary with keys {list(inputs)}"
                )
            inputs = [inputs[symbol.name] for symbol in leaves(expected)]
        elif isinstance(expected, dict) and isinstance(inputs, dict):
            inputs = [inputs[key] for key in expected]
        values, symbols = leaves(inputs), leaves(expected)
        if len(values) != len(symbols):
            raise ValueError(f'Layer "{self.name}" expects {len(symbols)} input(s), but it received {len(values)}')
        return [self._as_symbol(value, symbol, number) for number, (value, symbol) in enumerate(zip(values, symbols))]

    def _as_symbol(self, value: Any, symbol: KerasTensor, number: int) -> Any:
        """An input in the dtype of its symbol, with a last dim of size 1 added or removed if one of them has it."""
        if value is None:
            raise ValueError(f"The input {symbol.name!r} is not optional, but None was passed")
        shape = tuple(value.shape)
        if len(shape) == len(symbol.shape) - 1 and symbol.shape[-1] == 1:
            value = value.reshape(*shape, 1)
        elif len(shape) == len(symbol.shape) + 1 and shape[-1] == 1:
            value = value.reshape(shape[:-1])
        InputSpec(shape=(None, *symbol.shape[1:])).check(tuple(value.shape), number, self.name)
        return eager(as_dtype(value, np.dtype(symbol.dtype))) if isinstance(value, Tensor) else value

    def _call_on_symbols(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        result = super()._call_on_symbols(args, kwargs)
        for symbol, of_graph in zip(leaves(result), self.outputs):
            symbol.dtype = of_graph.dtype
        return result

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output for inputs of a shape."""
        if self._graph is None:
            return super().compute_output_shape(input_shape)
        return _with_batch(self.output_shape, input_shape)

    def _build_for(self, shapes: Any) -> None:
        # Without a `build` of its own, a model needs no trial call: `call` builds its layers.
        if type(self).build is Model.build:
            self.built = True
        else:
            super()._build_for(shapes)

    def build(self, input_shape: Any = None) -> None:
        """Create the weights of a subclass by a trial call on inputs of a shape."""
        if self.built or input_shape is None:
            return
        self.built = True  # so that the trial call does not build again
        try:
            shapes = Layer.compute_output_shape(self, input_shape)
        except BaseException:
            self.built = False
            raise
        self._shapes = (input_shape, shapes)

    def identity(self) -> tuple[str | None, str, str | None]:
        """The names under which `deserialize` finds the class, which Keras calls Functional for a functional model."""
        is_functional = self._graph is not None and type(self) is Model
        return ("keras.src.models.functional", "Functional", "Functional") if is_functional else super().identity()

    def get_config(self) -> dict[str, Any]:
        """What `from_config` creates a copy from: the graph of a functional model, the arguments of a subclass."""
        if self._graph is None or type(self).__init__ is not Model.__init__:
            return super().get_config()
        return {"name": self.name, "trainable": self.trainable, **graph_config(self._graph)}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
        """Create a model from its config, with new weights; arguments as for layers."""
        if "input_layers" not in config:
            return super().from_config(config, custom_objects)
        with custom_object_scope(custom_objects or {}):
            inputs, outputs = symbols_from_config(config)
        return cls(inputs, outputs, name=config.get("name"), trainable=config.get("trainable", True))

    def to_json(self, **kwargs: Any) -> str:
        """The config as JSON, from which `keras.models.model_from_json` creates a model; `kwargs` as for json.dumps."""
        return json.dumps(serialize_keras_object(self), **kwargs)

    # -- summary and saving -------------------------------------------------------------------------------

    def summary(
        self,
        line_length: int | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
    ) -> None:
        """Print the layers with their output shapes and numbers of parameters.

        Args:
            line_length: the width of the table; by default that of the terminal, up to a limit.
            print_fn: called with the text; `print` by default.
            expand_nested: whether to show the layers of nested models too.
        """
        trained, kept = self.trainable_weights, self.non_trainable_weights
        slots = self.optimizer.variables if self.compiled and self.optimizer.built else []
        weights = {"Total": [*trained, *kept, *slots], "Trainable": trained, "Non-trainable": kept}
        if slots:
            weights["Optimizer"] = slots
        (print_fn or print)(summary_text(self.name, self.rows_of_summary(expand_nested), weights, line_length))

    def rows_of_summary(self, expand_nested: bool = False) -> list[list[str]]:
        """The cells of the summary table, a row per layer, with a last cell for connections if the graph branches."""

        def rows(layers: Sequence[Layer], level: int) -> Iterator[list[str]]:
            prefix = "   " * level + "└ " if level else ""
            for layer in layers:
                yield [*layer_cells(layer, prefix), *([self._connections(layer)] if self._is_branched else [])]
                if expand_nested and isinstance(layer, Model):
                    yield from rows(layer._shown_layers, level + 1)

        return list(rows(self._shown_layers, 0))

    @property
    def _shown_layers(self) -> list[Layer]:
        """The layers in the order of the graph, including operations."""
        return self.layers if self._graph is None else self._graph.layers

    @property
    def _is_branched(self) -> bool:
        """Whether the model has a graph that is not a chain of layers."""
        return self._graph is not None and not self._graph.is_chain

    def _connections(self, layer: Layer) -> str:
        """The layers whose outputs a layer is called on: name, index of the call, index of the output."""
        calls = [] if self._graph is None else [call for call in self._graph.calls if call.layer is layer]
        parents = [parent for call in calls for parent in call.parents]
        return ", ".join(f"{printable(p.call.layer.name)}[{p.call.number}][{p.index}]" for p in parents) or "-"

    def save(self, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
        """Write the model to a file whose name ends in ".keras"; see `saving.save_model`."""
        saving.save_model(self, filepath, overwrite)

    def save_weights(self, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
        """Write all weights to a file whose name ends in ".weights.npz"; see `saving.save_weights`."""
        saving.save_weights(self, filepath, overwrite)

    def load_weights(self, filepath: str | os.PathLike[str]) -> None:
        """Load the weights from a file written by `save_weights`; see `saving.load_weights`."""
        saving.load_weights(self, filepath)


class Sequential(Model):
    """A chain of layers.

    Args:
        layers: the layers; the first may be an `Input`, or have an `input_shape`.
        name: the name of the model; by default the class name, numbered.
        trainable: whether training updates its weights.

    >>> from nn.keras.layers import Dense, Input
    >>> model = Sequential([Input((784,)), Dense(10, activation="softmax")])
    >>> model.output_shape, model.count_params()
    ((None, 10), 7850)
    """

    def __init__(self, layers: Any = None, name: str | None = None, trainable: bool = True) -> None:
        super().__init__(name=name, trainable=trainable)
        self._chain: list[Layer] = []
        self._input_symbol: KerasTensor | None = None
        for layer in layers or ():
            self.add(layer)

    def add(self, layer: Any) -> None:
        """Append a layer, a model or, as the first, an Input; ValueError if its name is already used."""
        if isinstance(layer, (KerasTensor, InputLayer)):
            if self._chain or self._input_symbol is not None:
                raise ValueError(
                    f"Sequential model {self.name!r} already has layers or an Input: an Input must be added first"
                )
            self._input_symbol = layer if isinstance(layer, KerasTensor) else layer.output
            return
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Only instances of `keras.Layer` can be added to a Sequential model. Received: {layer!r:.80} (of type "
                f"{type(layer)})"
            )
        if any(other.name == layer.name for other in self._chain):
            raise ValueError(
                f"All layers added to a Sequential model should have unique names. Name {layer.name!r} is already the "
                "name of a layer in this model. Update the `name` argument to pass a unique name."
            )
        if not self._chain and self._input_symbol is None:
            self._input_symbol = _input_symbol_of(layer)
        self._chain = [*self._chain, layer]  # another list, so that a compiled step notices
        if self._graph is not None:
            self._graph = Graph(self._graph.inputs, layer(self._graph.outputs))
        else:
            self._rebuild_graph()

    def pop(self) -> Layer:
        """Remove the last layer, and return it."""
        *self._chain, layer = self._chain
        self._rebuild_graph()
        return layer

    def _rebuild_graph(self) -> None:
        """Create the graph of the layers, if the input shape is known."""
        self._graph, self.built = None, False
        if self._input_symbol is not None and self._chain:
            self._connect(self._input_symbol)

    def _connect(self, input_symbol: KerasTensor) -> None:
        symbol: Any = input_symbol
        for layer in self._chain:
            symbol = layer(symbol)
        self._input_symbol = input_symbol
        self._graph = Graph(input_symbol, symbol)
        self.built = True

    @property
    def _shown_layers(self) -> list[Layer]:
        return self.layers

    @property
    def _is_branched(self) -> bool:
        return False

    def checkpoint_parts(self) -> dict[str, Any]:
        """As for layers; the layers are in a list."""
        parts = super().checkpoint_parts()
        del parts["_chain"]
        return {**parts, "layers": self._chain}

    def _sublayers(self) -> list[Layer]:
        return list(self._chain)

    def build(self, input_shape: Any = None) -> None:
        """Create the weights for inputs of a shape."""
        if input_shape is not None and self._graph is None and self._chain:
            batch, *sample = input_shape
            self._connect(InputLayer(tuple(sample), batch, self.dtype).output)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """Pass the input through all layers."""
        (out,) = self._in_order(inputs) if self._graph is not None else (inputs,)
        for layer in self._chain:
            out = layer(out)
        return out

    def get_config(self) -> dict[str, Any]:
        """The arguments from which `from_config` creates a copy: the name and the serialized layers."""
        first = [] if self._input_symbol is None else [self._input_symbol.call.layer]
        if type(self).__init__ is not Sequential.__init__:
            return super().get_config()
        layers = [serialize(layer) for layer in [*first, *self._chain]]
        return {"name": self.name, "trainable": self.trainable, "dtype": self.dtype, "layers": layers}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
        """Create a model from its config, with new weights; arguments as for layers."""
        known = {name: value for name, value in config.items() if name not in ("dtype", "build_input_shape")}
        model = super().from_config(known, custom_objects)
        model.build(config.get("build_input_shape"))
        return model

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output for inputs of a shape."""
        for layer in self._chain:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape


publish("keras", "Functional", Model)


def _input_symbol_of(layer: Layer) -> KerasTensor | None:
    """A symbol in the shape of a model's input, or of a layer's `input_shape`; None if the shape is unknown."""
    if isinstance(layer, Model) and layer.graph is not None:
        symbol = layer.inputs[0]
        return InputLayer(symbol.shape[1:], dtype=symbol.dtype).output
    return None if layer.sample_shape is None else InputLayer(tuple(layer.sample_shape), dtype=layer.dtype).output


def _with_batch(output: Any, input_shape: Any) -> Any:
    """The shapes of outputs with the batch size of the inputs."""
    first = input_shape
    while isinstance(first, (list, dict)):
        first = next(iter(first.values())) if isinstance(first, dict) else first[0]
    return map_shapes(lambda shape: (first[0], *shape[1:]), output)
