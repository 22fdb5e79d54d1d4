"""Model: layers that are trained together, as a graph of symbols or as a subclass says."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, NoReturn

import numpy as np

from autograd.core.operation import as_dtype
from autograd.core.tensor import Tensor

from . import saving
from .config import serialize
from .graph import Graph
from .layers.base import Layer, eager, replaced_shapes
from .layers.core import InputLayer
from .layers.input_spec import InputSpec
from .layers.operation import Operation
from .naming import automatic_name
from .symbols import KerasTensor, leaves, shapes_of
from .training import Trainer


class Model(Trainer):
    """Layers that are trained together.

    Either a graph, `Model(inputs, outputs)` of symbols, or a subclass that makes its layers in `__init__` and computes
    in `call`.

    Args:
        inputs: a symbol, or a nest of them, as `Input` gives them.
        outputs: what layers gave that were called on them.
        name: how the model is called; numbered if left out.
        trainable: whether its weights are to be trained.

    Raises:
        ValueError: an output does not follow from the inputs.

    >>> from nn.keras.layers import Dense, Input
    >>> inputs = Input((3,))
    >>> model = Model(inputs, Dense(2)(inputs))
    >>> model.output_shape, model.count_params()
    ((None, 2), 8)
    """

    _graph: Graph | None = None

    def __init__(
        self,
        inputs: Any = None,
        outputs: Any = None,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
    ) -> None:
        if (inputs is None) != (outputs is None):
            raise ValueError("A functional model needs both: pass inputs and outputs, which are symbols")
        graph = None if inputs is None else Graph(inputs, outputs)
        kind = "functional" if graph is not None and type(self) is Model else None
        super().__init__(name=name or (automatic_name(kind) if kind else None), trainable=trainable, dtype=dtype)
        if graph is not None:
            self._graph = graph
            self.built = True

    # -- what it is made of -------------------------------------------------------------------------------

    @property
    def layers(self) -> list[Layer]:
        """The layers right below the model, in order."""
        return self._layers()

    def _layers(self) -> list[Layer]:
        if self._graph is None:
            return super()._layers()
        return [layer for layer in self._graph.layers if not isinstance(layer, Operation)]

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """A layer by its name or its number.

        Raises:
            ValueError: there is none, or neither or both are given.
        """
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
        """The graph of a functional model; None for a subclass that says in `call` what it computes."""
        return self._graph

    @property
    def inputs(self) -> list[KerasTensor]:
        """The symbols that a functional model begins with."""
        return [] if self._graph is None else list(leaves(self._graph.inputs))

    @property
    def outputs(self) -> list[KerasTensor]:
        """The symbols that it ends with."""
        return [] if self._graph is None else list(leaves(self._graph.outputs))

    @property
    def output_names(self) -> list[str] | None:
        """The names of the outputs: the keys of a dict of them, or those of the layers; None for a subclass."""
        if self._graph is None:
            return None
        outputs = self._graph.outputs
        return list(outputs) if isinstance(outputs, dict) else [symbol.call.layer.name for symbol in leaves(outputs)]

    @property
    def input(self) -> Any:
        """The symbol, or nest of symbols, that a functional model begins with."""
        return super().input if self._graph is None else self._graph.inputs

    @property
    def output(self) -> Any:
        """The symbol, or nest of symbols, that it ends with."""
        return super().output if self._graph is None else self._graph.outputs

    @property
    def input_shape(self) -> Any:
        """The shape of the input, None for the batch."""
        return super().input_shape if self._graph is None else shapes_of(self._graph.inputs)

    @property
    def output_shape(self) -> Any:
        """The shape of the output, None for the batch."""
        return super().output_shape if self._graph is None else shapes_of(self._graph.outputs)

    @property
    def kind(self) -> str:
        """What summaries call it: its class, Functional for a graph."""
        return "Functional" if self._graph is not None and type(self) is Model else type(self).__name__

    # -- calls --------------------------------------------------------------------------------------------

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The outputs of the graph; a subclass says what else it computes."""
        if self._graph is None:
            raise NotImplementedError(
                f"Model {type(self).__name__} does not have a `call()` method implemented: write one, or build the "
                "model as Model(inputs, outputs)"
            )
        return self._graph.run(self._in_order(inputs))

    def _in_order(self, inputs: Any) -> list[Any]:
        """The values of the inputs in the graph's order, in the shapes and types that it expects."""
        assert self._graph is not None
        wanted = self._graph.inputs
        if isinstance(inputs, dict) and not isinstance(wanted, dict):
            missing = [symbol.name for symbol in leaves(wanted) if symbol.name not in inputs]
            if missing:
                raise ValueError(
                    f"Missing data for input {missing[0]!r}. You passed a data dictionary with keys {list(inputs)}"
                )
            inputs = [inputs[symbol.name] for symbol in leaves(wanted)]
        elif isinstance(wanted, dict) and isinstance(inputs, dict):
            inputs = [inputs[key] for key in wanted]
        values, symbols = list(leaves(inputs)), list(leaves(wanted))
        if len(values) != len(symbols):
            raise ValueError(f'Layer "{self.name}" expects {len(symbols)} input(s), but it received {len(values)}')
        return [self._fitted(value, symbol, number) for number, (value, symbol) in enumerate(zip(values, symbols))]

    def _fitted(self, value: Any, symbol: KerasTensor, number: int) -> Any:
        """An input with a last dim of size 1 added or taken away if that is all that differs, in the symbol's type."""
        shape = tuple(value.shape)
        if len(shape) == len(symbol.shape) - 1 and symbol.shape[-1] == 1:
            value = value.reshape(*shape, 1)
        elif len(shape) == len(symbol.shape) + 1 and shape[-1] == 1:
            value = value.reshape(*shape[:-1])
        InputSpec(shape=(None, *symbol.shape[1:])).check(tuple(value.shape), number, self.name)
        return eager(as_dtype(value, np.dtype(symbol.dtype))) if isinstance(value, Tensor) else value

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output for inputs of a shape."""
        if self._graph is None:
            return super().compute_output_shape(input_shape)
        return _with_batch(self.output_shape, input_shape)

    def _build_for(self, shapes: Any) -> None:
        # A model whose layers are built when `call` calls them needs no trial.
        if type(self).build is Model.build:
            self.built = True
        else:
            super()._build_for(shapes)

    def build(self, input_shape: Any = None) -> None:
        """Make the weights of a subclass by trying it out on an input of this shape."""
        if self.built or input_shape is None:
            return
        self.built = True  # what is tried is not to be built again
        try:
            shapes = Layer.compute_output_shape(self, input_shape)
        except BaseException:
            self.built = False
            raise
        self._shapes = (input_shape, shapes)

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes a model like this one from: the arguments of a subclass that has no graph.

        Raises:
            NotImplementedError: the model is a graph.
        """
        if self._graph is not None:
            raise NotImplementedError(
                f"get_config: the graph of the functional model {self.name!r} has no config here: "
                "keras.models.clone_model makes a model like it"
            )
        return super().get_config()

    # -- showing and saving -------------------------------------------------------------------------------

    def summary(
        self,
        line_length: int | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
    ) -> None:
        """Print the layers with their output shapes and numbers of parameters.

        Args:
            line_length: how wide the table is; as wide as the terminal, up to a limit, if left out.
            print_fn: called with the text; `print` if left out.
            expand_nested: whether the layers of models inside are shown too.
        """
        from .summary import summary

        (print_fn or print)(summary(self, line_length, expand_nested))

    def save(self, filepath: str | os.PathLike[str], overwrite: bool = True) -> NoReturn:
        """Keras' way to write a whole model to a file: there is none here.

        Raises:
            NotImplementedError: always.
        """
        raise NotImplementedError(
            f"save({os.fspath(filepath)!r}): whole models are not saved here, weights are: "
            f"save_weights('…{saving.ENDING}'), and load_weights on a model that is built alike"
        )

    def save_weights(self, filepath: str | os.PathLike[str], overwrite: bool = True) -> None:
        """Write all weights to a file whose name ends in ".weights.npz"; see `saving.save_weights`."""
        saving.save_weights(self, filepath, overwrite)

    def load_weights(self, filepath: str | os.PathLike[str]) -> None:
        """Take the weights from a file that `save_weights` wrote; see `saving.load_weights`."""
        saving.load_weights(self, filepath)


class Sequential(Model):
    """Layers in a row.

    Args:
        layers: the layers; the first may be an `Input`, or take `input_shape`.
        name: how the model is called; numbered if left out.
        trainable: whether its weights are to be trained.

    >>> from nn.keras.layers import Dense, Input
    >>> model = Sequential([Input((784,)), Dense(10, activation="softmax")])
    >>> model.output_shape, model.count_params()
    ((None, 10), 7850)
    """

    def __init__(self, layers: Any = None, name: str | None = None, trainable: bool = True) -> None:
        super().__init__(name=name, trainable=trainable)
        self._row: list[Layer] = []
        self._start: KerasTensor | None = None
        for layer in layers or ():
            self.add(layer)

    def add(self, layer: Any) -> None:
        """Put a layer, a model or, at the beginning, an Input at the end.

        Raises:
            ValueError: something else, or the name of a layer that is there already.
        """
        if isinstance(layer, (KerasTensor, InputLayer)):
            if self._row or self._start is not None:
                raise ValueError(f"Sequential model {self.name!r} has already an Input, or layers: it must come first")
            self._start = layer if isinstance(layer, KerasTensor) else layer.output
            return
        if not isinstance(layer, Layer):
            raise ValueError(
                f"Only instances of `keras.Layer` can be added to a Sequential model. Received: {layer!r:.80} (of type "
                f"{type(layer)})"
            )
        if any(other.name == layer.name for other in self._row):
            raise ValueError(
                f"All layers added to a Sequential model should have unique names. Name {layer.name!r} is already the "
                "name of a layer in this model. Update the `name` argument to pass a unique name."
            )
        if not self._row and self._start is None:
            self._start = _promised_start(layer)
        self._row.append(layer)
        if self._graph is not None:
            self._graph = Graph(self._graph.inputs, layer(self._graph.outputs))
        else:
            self._renew()

    def pop(self) -> Layer:
        """Take the last layer away, and return it."""
        layer = self._row.pop()
        self._renew()
        return layer

    def _renew(self) -> None:
        """Make the graph of the layers, if the shape that they begin with is known."""
        self._graph, self.built = None, False
        if self._start is not None and self._row:
            self._connect(self._start)

    def _connect(self, start: KerasTensor) -> None:
        symbol: Any = start
        for layer in self._row:
            symbol = layer(symbol)
        self._start = start
        self._graph = Graph(start, symbol)
        self.built = True

    @property
    def layers(self) -> list[Layer]:
        """The layers in their order."""
        return list(self._row)

    def _layers(self) -> list[Layer]:
        return list(self._row)

    def build(self, input_shape: Any = None) -> None:
        """Make the weights, for inputs of this shape."""
        if input_shape is not None and self._graph is None and self._row:
            batch, *sample = input_shape
            self._connect(InputLayer(tuple(sample), self.dtype, batch_size=batch).output)

    def call(self, inputs: Any, training: bool = False) -> Any:
        """The input through all layers."""
        (out,) = self._in_order(inputs) if self._graph is not None else (inputs,)
        for layer in self._row:
            out = layer(out)
        return out

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes a model like this one from: its name, and its layers with their configs."""
        start = [] if self._start is None else [self._start.call.layer]
        rows = [serialize(layer) for layer in [*start, *self._row]]
        return {"layers": rows, "name": self.name, "trainable": self.trainable}

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output for inputs of a shape."""
        for layer in self._row:
            input_shape = layer.compute_output_shape(input_shape)
        return input_shape


def _promised_start(layer: Layer) -> KerasTensor | None:
    """The symbol that a first layer begins with: its own input, or of the shape that it was given."""
    if isinstance(layer, Model) and layer.graph is not None:
        symbol = layer.inputs[0]
        return InputLayer(symbol.shape[1:], symbol.dtype).output
    return None if layer.sample_shape is None else InputLayer(tuple(layer.sample_shape), layer.dtype).output


def _with_batch(output: Any, input_shape: Any) -> Any:
    """The shapes of outputs with the batch of the inputs."""
    first = input_shape
    while isinstance(first, (list, dict)):
        first = next(iter(first.values())) if isinstance(first, dict) else first[0]
    return replaced_shapes(output, lambda shape: (first[0], *shape[1:]))
