"""Layer: weights that are made when the first input shows its shape, and what is computed with them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any, Literal, TypedDict

import numpy as np

from autograd.base.dtypes import to_numpy_dtype
from autograd.core.grad_mode import no_grad
from autograd.core.operation import as_dtype
from autograd.core.tensor import Tensor, wrap
from autograd.tensorflow.tensors import EagerTensor
from autograd.tensorflow.variable import Variable

from .. import constraints, initializers, regularizers
from ..config import Configured, serialize, takes
from ..naming import automatic_name, snake_case
from ..symbols import Call, KerasTensor, Shape, leaves, replaced, shapes_of
from ..weights import Weight
from .input_spec import InputSpec

#: Whether the call that we are inside of trains, "unsaid" where nobody said; None outside of any.
_training: ContextVar[bool | Literal["unsaid"] | None] = ContextVar("training", default=None)
#: What layers have added to the loss in the outermost call that we are inside of; None outside of any.
_losses: ContextVar[list[Any] | None] = ContextVar("losses", default=None)

#: What stands for an unknown size when a layer is tried out to learn its output's shape: first for the batch, then
#: for other dims. Sizes that differ between the two trials are unknown in the output too. They have many divisors, for
#: what splits an axis.
_TRIALS = ((2, 48), (4, 96))


class Common(TypedDict, total=False):
    """What every layer takes by name, besides its own arguments; `Layer` says what they are."""

    name: str | None
    trainable: bool
    dtype: Any
    input_shape: Shape | None
    activity_regularizer: Any


class Layer(Configured):
    """Base of the layers and models.

    A subclass makes its weights in `build`, or in `__init__`, and computes in `call`. The weights and layers that it
    holds in attributes, also in lists, tuples and dicts, are its own.

    Args:
        name: how the layer is called; numbered from the class name if left out.
        trainable: whether its weights are to be trained.
        dtype: of its weights, and what floating-point inputs are converted to; float32 if left out.
        input_shape: for the first layer of a Sequential the shape of one sample.
        activity_regularizer: its name, a Regularizer or a function: what the output costs, divided by the batch's size.

    >>> class Scale(Layer):
    ...     def build(self, input_shape):
    ...         self.factor = self.add_weight(shape=(input_shape[-1],), initializer="ones")
    ...     def call(self, inputs):
    ...         return self.factor * inputs
    >>> layer = Scale()
    >>> layer(np.array([[1.0, 2.0]])).tolist(), layer.count_params()
    ([[1.0, 2.0]], 2)
    """

    input_spec: InputSpec | None = None
    #: The names of the parameters of `call`.
    _call_parameters: tuple[str, ...] = ()
    #: Whether `training` is True where nobody says otherwise.
    _trains_unsaid = False

    def __init__(
        self,
        *,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
        input_shape: Shape | None = None,
        activity_regularizer: Any = None,
    ) -> None:
        self.name = name or automatic_name(snake_case(type(self).__name__))
        self.built = False
        self.dtype = to_numpy_dtype("float32" if dtype is None else dtype).name
        #: The calls on symbols, in order.
        self.calls: list[Call] = []
        #: The shape of one sample that was promised when the layer was made.
        self.sample_shape = input_shape
        self._trainable = bool(trainable)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self._added: list[Weight] = []
        self._call_losses: list[Any] = []
        self._shapes: tuple[Any, Any] | None = None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        parameters = inspect.signature(cls.call).parameters
        cls._call_parameters = tuple(parameters)[1:]
        cls._trains_unsaid = "training" in parameters and parameters["training"].default is True
        if "build" in cls.__dict__:
            cls.build = _noting(cls.build)  # type: ignore[method-assign]  # the same function, which takes a note

    def __setattr__(self, name: str, value: Any) -> None:
        if name != "name" and "name" not in self.__dict__ and not isinstance(getattr(type(self), name, None), property):
            raise RuntimeError(
                f"In layer {type(self).__name__!r}, super().__init__() was not called: it must be the first statement "
                "in __init__()"
            )
        object.__setattr__(self, name, value)

    # -- what a subclass says ---------------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Make the weights, for inputs of this shape; called once, before the first `call`."""
        self.built = True

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """What the layer computes. A parameter `training` is filled in when there is one."""
        raise NotImplementedError(f"Layer {type(self).__name__} does not have a `call()` method implemented.")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output for inputs of a shape; a subclass may know it without trying."""
        return shapes_of(self._tried((replaced_shapes(input_shape, lambda shape: KerasTensor(shape, self.dtype)),), {}))

    # -- weights ------------------------------------------------------------------------------------------

    def add_weight(
        self,
        shape: Sequence[int] | None = None,
        initializer: Any = None,
        dtype: Any = None,
        trainable: bool = True,
        name: str | None = None,
        regularizer: Any = None,
        constraint: Any = None,
    ) -> Weight:
        """A new weight of this layer.

        Args:
            shape: of the weight; () for a number.
            initializer: its name, an Initializer or a function (shape, dtype); "glorot_uniform" if left out.
            dtype: the layer's if left out.
            trainable: whether gradients move it.
            name: how it is called.
            regularizer: its name, a Regularizer or a function: what the weight costs.
            constraint: its name, a Constraint or a function: what brings the weight back after a step.
        """
        wanted = self.dtype if dtype is None else dtype
        default = "glorot_uniform" if to_numpy_dtype(wanted).kind == "f" else "zeros"
        first = initializers.get(default if initializer is None else initializer)(tuple(shape or ()), dtype=wanted)
        path = f"{self.name}/{name or 'variable'}"
        cost, bound = regularizers.get(regularizer), constraints.get(constraint)
        weight = Weight(first, trainable, name or "variable", path, cost, bound)
        self._added.append(weight)
        return weight

    @property
    def trainable(self) -> bool:
        """Whether the weights are trained; setting it sets it for all layers inside."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for layer in self._layers():
            layer.trainable = value

    @property
    def weights(self) -> list[Any]:
        """All variables: the layer's own, trainable ones first, then those of the layers inside."""
        own = sorted(self._held(Variable), key=lambda variable: not variable.trainable)
        return _unique([*own, *(weight for layer in self._layers() for weight in layer.weights)])

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables that training moves."""
        if not self.trainable:
            return []
        own = [variable for variable in self._held(Variable) if variable.trainable]
        return _unique([*own, *(weight for layer in self._layers() for weight in layer.trainable_weights)])

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The variables that training leaves: statistics, and what is frozen."""
        moved = {id(weight) for weight in self.trainable_weights}
        return [weight for weight in self.weights if id(weight) not in moved]

    def get_config(self) -> dict[str, Any]:
        """What `from_config` makes a layer like this one from: its arguments, its name and whether it is trained.

        Layers among the arguments stand there as `keras.layers.serialize` gives them.

        >>> Layer(name="first", trainable=False).get_config()
        {'name': 'first', 'trainable': False, 'dtype': 'float32', 'activity_regularizer': None}
        """
        common = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}
        given = replaced(super().get_config(), lambda leaf: serialize(leaf) if isinstance(leaf, Layer) else leaf)
        given.pop("input_shape", None)
        return given | {name: value for name, value in common.items() if takes(type(self), name)}

    # -- what is added to the loss ------------------------------------------------------------------------

    def add_loss(self, loss: Any) -> None:
        """Add a number, or a list of them, to the loss of the model: what `call` says besides its output."""
        collected = _losses.get()
        added = self._call_losses if collected is None else collected
        added.extend(loss if isinstance(loss, (list, tuple)) else [loss])

    @property
    def losses(self) -> list[Any]:
        """What the last call of this layer added to the loss, in layers inside too, and what the weights cost."""
        costly = [w for w in self.trainable_weights if getattr(w, "regularizer", None) is not None]
        return [*self._call_losses, *(eager(weight.regularizer(weight)) for weight in costly)]

    variables = weights
    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    def _layers(self) -> list[Layer]:
        """The layers that stand right below this one."""
        return _unique(list(self._held(Layer)))

    def _held(self, kind: type) -> Iterator[Any]:
        """The values of a type among the attributes."""
        for name, value in self.__dict__.items():
            if isinstance(value, kind):
                yield value
            elif isinstance(value, (list, tuple, dict)) and name not in ("calls", "_arguments"):
                yield from (leaf for leaf in leaves(value) if isinstance(leaf, kind))

    def get_weights(self) -> list[np.ndarray]:
        """Copies of the values of all weights, in order."""
        return [np.array(weight.array) for weight in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Give all weights new values, in the order of `get_weights`.

        Raises:
            ValueError: another number of arrays, or a shape that differs. Nothing was changed then.
        """
        own, given = self.weights, [np.asarray(_array(value)) for value in weights]
        if len(given) != len(own):
            raise ValueError(
                f"You called `set_weights(weights)` on layer {self.name!r} with a weight list of length {len(given)}, "
                f"but the layer was expecting {len(own)} weights"
                + ("" if self.built else ": it has not been built yet; call it on an input first")
            )
        for weight, value in zip(own, given):
            if tuple(weight.shape) != value.shape:
                raise ValueError(
                    f"Layer {self.name!r} weight shape {tuple(weight.shape)} of {weight.path!r} is not compatible with "
                    f"provided weight shape {value.shape}"
                )
        for weight, value in zip(own, given):
            weight.assign(value.astype(weight.array.dtype))

    def count_params(self) -> int:
        """The number of elements of all weights.

        Raises:
            ValueError: the weights are not made yet.
        """
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on layer {self.name!r}, but the layer isn't built. Call it on an "
                "input, or build(input_shape)"
            )
        return sum(weight.array.size for weight in self.weights)

    # -- calls --------------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The value of `call`; on symbols a symbol, and the call is recorded."""
        if args and isinstance(args[0], list) and all(isinstance(leaf, (int, float)) for leaf in leaves(args[0])):
            args = (np.array(args[0]), *args[1:])
        if any(isinstance(leaf, KerasTensor) for leaf in leaves((args, kwargs))):
            return self._call_on_symbols(args, kwargs)
        args, kwargs = replaced((args, kwargs), self._as_input)
        self._check_input(args)
        if not self.built:
            self._build_for(shapes_of(args[0]) if args else None)
        out = replaced(self._collecting(args, kwargs), eager)
        if self.activity_regularizer is not None:
            outs = [leaf for leaf in leaves(out) if isinstance(leaf, Tensor)]
            self.add_loss([self.activity_regularizer(leaf) / max(leaf.array.shape[0], 1) for leaf in outs])
        if self._shapes is None and args:
            self._shapes = replaced((args[0], out), lambda leaf: (None, *getattr(leaf, "shape", ())[1:]))
        return out

    def _collecting(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`call`; the outermost begins a new list of what is added to the loss."""
        if _training.get() is not None:
            return self._call_in_mode(args, kwargs)
        self._call_losses = []
        token = _losses.set(self._call_losses)
        try:
            return self._call_in_mode(args, kwargs)
        finally:
            _losses.reset(token)

    def _call_in_mode(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`call`, with `training` as it was said here, or by the call that we are inside of; else by default."""
        parameters = self._call_parameters
        place = parameters.index("training") if "training" in parameters else len(args)
        said = args[place] if place < len(args) else kwargs.pop("training", None)
        around = _training.get()
        mode = (around if around is not None else "unsaid") if said is None else bool(said)
        if "training" in parameters:
            training = self._trains_unsaid if mode == "unsaid" else mode
            args, kwargs = args[:place] + args[place + 1 :], {**kwargs, "training": training}
        if mode is around:
            return self.call(*args, **kwargs)
        token = _training.set(mode)
        try:
            return self.call(*args, **kwargs)
        finally:
            _training.reset(token)

    def _as_input(self, value: Any) -> Any:
        """An argument as a Tensor, if it is an array or a tensor; floating-point elements in the layer's type."""
        if isinstance(value, (np.ndarray, np.generic)):
            value = EagerTensor(value)
        if isinstance(value, Tensor) and value.array.dtype.kind == "f" and value.array.dtype.name != self.dtype:
            value = as_dtype(value, np.dtype(self.dtype))
        return eager(value)

    def _check_input(self, args: tuple[Any, ...]) -> None:
        if self.input_spec is not None and args:
            for number, x in enumerate(leaves(args[0])):
                if not hasattr(x, "shape"):
                    raise ValueError(
                        f"Inputs to a layer should be tensors. Got {x!r} (of type {type(x)}) as input for layer "
                        f"{self.name!r}."
                    )
                self.input_spec.check(tuple(x.shape), number, self.name)

    def _build_for(self, shapes: Any) -> None:
        """Make the weights, and check the input against what they need."""
        self.build(shapes)
        self.built = True
        if self.input_spec is not None and shapes is not None:
            for number, shape in enumerate(shapes if isinstance(shapes, list) else [shapes]):
                self.input_spec.check(shape, number, self.name)

    def _call_on_symbols(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        args = tuple(replaced(args, self._as_input))
        self._check_input(args)
        if not self.built:
            self._build_for(shapes_of(args[0]))
        if type(self).compute_output_shape is Layer.compute_output_shape:
            result = self._tried(args, kwargs)
        else:
            shapes = self.compute_output_shape(shapes_of(args[0]))
            result = replaced_shapes(shapes, lambda shape: KerasTensor(shape, self.dtype))
        Call(self, args, kwargs, list(leaves(result)))
        return result

    def _tried(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The output as symbols, learnt by calling the layer on zeros."""
        before = self.__dict__["_shapes"]
        found = []
        for batch, other in _TRIALS:

            def zeros(leaf: Any, batch: int = batch, other: int = other) -> Any:
                if not isinstance(leaf, KerasTensor):
                    return leaf
                sizes = [n if n is not None else other if i else batch for i, n in enumerate(leaf.shape)]
                return wrap(np.zeros(sizes, leaf.dtype))

            with no_grad(), np.errstate(all="ignore"):
                found.append(self(*replaced(args, zeros), **{**replaced(kwargs, zeros), "training": False}))
        self._shapes = before
        first, second = found
        others = leaves(second)
        return replaced(first, lambda leaf: _where_equal(leaf, next(others)))

    # -- what was seen ------------------------------------------------------------------------------------

    @property
    def input(self) -> Any:
        """The symbol, or the nest of symbols, that the layer was called on first.

        Raises:
            AttributeError: it was not called on symbols.
        """
        return self._first_call("input").args[0]

    @property
    def output(self) -> Any:
        """The symbol that the layer's first call on symbols gave; a list if it gave several.

        Raises:
            AttributeError: it was not called on symbols.
        """
        outputs = self._first_call("output").outputs
        return outputs[0] if len(outputs) == 1 else outputs

    def _first_call(self, said: str) -> Call:
        if not self.calls:
            raise AttributeError(f"The layer {self.name!r} has never been called on symbols and thus has no {said}.")
        return self.calls[0]

    @property
    def input_shape(self) -> Any:
        """The shape of the layer's input, None for the batch.

        Raises:
            AttributeError: it was never called.
        """
        return shapes_of(self.input) if self.calls else self._seen_shapes("input_shape")[0]

    @property
    def output_shape(self) -> Any:
        """The shape of the layer's output, None for the batch.

        Raises:
            AttributeError: it was never called.
        """
        if self.calls:
            return shapes_of(self.output)
        shapes = self._seen_shapes("output_shape")
        return self.compute_output_shape(shapes[0]) if shapes[1] is None else shapes[1]

    def _seen_shapes(self, said: str) -> tuple[Any, Any]:
        if self._shapes is None:
            raise AttributeError(f"The layer {self.name!r} has never been called and thus has no defined {said}.")
        return self._shapes

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def eager(value: Any) -> Any:
    """A tensor of the engine as one that only tapes track; anything else as it is."""
    engine_own = isinstance(value, Tensor) and not isinstance(value, EagerTensor)
    return EagerTensor.result(value) if engine_own else value


def replaced_shapes(shapes: Any, function: Callable[[Shape], Any]) -> Any:
    """The nest of shapes with `function` of every shape in its place: a tuple, or a list, of sizes is a shape."""
    if isinstance(shapes, (tuple, list)) and all(n is None or isinstance(n, (int, np.integer)) for n in shapes):
        return function(tuple(shapes))
    if isinstance(shapes, dict):
        return {key: replaced_shapes(shape, function) for key, shape in shapes.items()}
    return type(shapes)([replaced_shapes(shape, function) for shape in shapes])


def _where_equal(first: Tensor, second: Tensor) -> KerasTensor:
    """A symbol for two trials of one output: where their sizes differ, the size is not known."""
    sizes = zip(first.array.shape, second.array.shape)
    return KerasTensor(tuple(n if n == m else None for n, m in sizes), first.array.dtype)


def _noting(build: Callable[..., None]) -> Callable[..., None]:
    """`build`, after which the layer is built and knows for what shape."""

    @functools.wraps(build)
    def noting(self: Layer, input_shape: Any = None) -> None:
        build(self, input_shape)
        if input_shape is None:
            return
        self.built = True
        if self._shapes is None:
            self._shapes = (replaced_shapes(input_shape, lambda shape: (None, *shape[1:])), None)

    return noting


def _unique(values: list[Any]) -> list[Any]:
    """The values, each once, in order."""
    return list({id(value): value for value in values}.values())


def _array(value: Any) -> Any:
    return value.array if isinstance(value, Tensor) else value
