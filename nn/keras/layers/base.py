"""Layer: weights that are created when the first input shows its shape, and a computation with them."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from typing import Any, Literal, Never, TypedDict

import numpy as np

from autograd.base.dtypes import to_numpy_dtype
from autograd.base.nests import leaves, mapped
from autograd.base.symbolic import depends_on
from autograd.core.grad_mode import no_grad
from autograd.core.operation import array_of, as_dtype
from autograd.core.tensor import Tensor, wrap
from autograd.tensorflow.tensors import EagerTensor, tensor_of
from autograd.tensorflow.variable import Variable

from .. import constraints, initializers, regularizers
from ..config import Configured, accepts, is_keras
from ..naming import automatic_name, snake_case
from ..symbols import Call, KerasTensor, Shape, shapes_of
from ..weights import Weight
from .input_spec import InputSpec

#: The training mode of the enclosing call: "default" if it was not passed anywhere; None outside of any call.
_training: ContextVar[bool | Literal["default"] | None] = ContextVar("training", default=None)
#: The losses added by layers in the outermost enclosing call; None outside of any call.
_losses: ContextVar[list[Any] | None] = ContextVar("losses", default=None)

#: The sizes of unknown dims in the two trial calls that infer a layer's output shape: the batch size, and the size of
#: other dims. Sizes of the output that differ between the trials are unknown too. The numbers have many divisors, for
#: layers that split an axis.
_TRIAL_SIZES = ((2, 48), (4, 96))

#: Attributes of a layer in which no layer, weight or metric of its own is to be found.
_OTHERS = frozenset({"calls", "_arguments", "_call_losses", "_compile_arguments", "_shapes"})
#: The arguments of windows, which configs hold as tuples.
_OF_WINDOWS = ("kernel_size", "strides", "dilation_rate", "pool_size")


class Common(TypedDict, total=False):
    """The keyword arguments of every layer besides its own; `Layer` documents them."""

    name: str | None
    trainable: bool
    dtype: Any
    input_shape: Shape | None
    activity_regularizer: Any


class Layer(Configured):
    """Base class of layers and models.

    A subclass creates its weights in `build` or `__init__` and computes its output in `call`. It owns the weights and
    layers in its attributes, including those in lists, tuples and dicts.

    Args:
        name: the name of the layer; by default the class name, numbered.
        trainable: whether training updates its weights.
        dtype: of its weights; floating-point inputs are converted to it; float32 by default.
        input_shape: for the first layer of a Sequential, the shape of one sample.
        activity_regularizer: its name, a Regularizer or a function: a penalty on the output, divided by the batch size.

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
    #: Restores from a checkpoint the weights and layers that are created after it was read.
    restore_later: Callable[[], None] | None = None
    #: Whether the weights exist. A class without weights sets it to True.
    built = False
    #: The attributes that a call changes, and that no other call depends on.
    _changing = frozenset({"_call_losses", "_shapes"})
    #: The names of the parameters of `call`.
    _call_parameters: tuple[str, ...] = ()
    #: The value of `training` if it is not passed anywhere.
    _training_default = False

    def __init__(
        self, *, name: str | None = None, trainable: bool = True, dtype: Any = None, input_shape: Shape | None = None,
        activity_regularizer: Any = None, **unknown: Never,
    ) -> None:  # fmt: skip
        if unknown:  # passed on by the constructor of a subclass, whose caller knows that name and not Layer's
            wrong = next(iter(unknown))
            raise TypeError(f"{type(self).__name__}.__init__() got an unexpected keyword argument {wrong!r}")
        self.name = name or automatic_name(snake_case(type(self).__name__))
        self.dtype = to_numpy_dtype("float32" if dtype is None else dtype).name
        #: The calls on symbols, in order.
        self.calls: list[Call] = []
        #: The argument `input_shape`: the shape of one sample.
        self.sample_shape = input_shape
        self._trainable = bool(trainable)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        #: The weights created by `add_weight`, which need not be attributes.
        self._added: list[Weight] = []
        self._call_losses: list[Any] = []
        #: The shapes of the first input and output, once known.
        self._shapes: tuple[Any, Any] | None = None

    def __init_subclass__(cls, **attributes: Any) -> None:
        super().__init_subclass__(**attributes)
        parameters = inspect.signature(cls.call).parameters
        cls._call_parameters = tuple(parameters)[1:]
        cls._training_default = "training" in parameters and parameters["training"].default is True
        if "build" in cls.__dict__:
            cls.build = _marking_built(cls.build)  # type: ignore[method-assign]  # the same function, wrapped

    def _check_initialized(self) -> None:
        if "name" not in self.__dict__:
            raise RuntimeError(
                f"In layer {type(self).__name__!r}, super().__init__() was not called: call it in __init__(), before "
                "weights are added and before the layer is called"
            )

    def __setattr__(self, name: str, value: Any) -> None:
        object.__setattr__(self, name, value)
        if self.restore_later is not None:
            self.restore_later()

    # -- to override --------------------------------------------------------------------------------------

    def build(self, input_shape: Any) -> None:
        """Create the weights for inputs of a shape; called once, before the first `call`."""
        self.built = True

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output. A parameter `training` is filled in."""
        raise NotImplementedError(f"Layer {type(self).__name__} does not have a `call()` method implemented.")

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shape of the output for inputs of a shape, inferred by trial calls unless a subclass computes it."""
        symbols = map_shapes(lambda shape: KerasTensor(shape, self.dtype), input_shape)
        return shapes_of(self._output_by_trial((symbols,), {}))

    # -- weights ------------------------------------------------------------------------------------------

    def add_weight(
        self, shape: Sequence[int] | None = None, initializer: Any = None, dtype: Any = None, trainable: bool = True,
        name: str | None = None, regularizer: Any = None, constraint: Any = None,
    ) -> Weight:  # fmt: skip
        """Create a weight of this layer.

        Args:
            shape: of the weight; () for a scalar.
            initializer: its name, an Initializer or a function (shape, dtype); "glorot_uniform" by default.
            dtype: of the weight; the layer's by default.
            trainable: whether training updates it.
            name: the name of the weight.
            regularizer: its name, a Regularizer or a function: a penalty on the weight.
            constraint: its name, a Constraint or a function that projects the weight after every update.
        """
        self._check_initialized()
        weight_dtype = self.dtype if dtype is None else dtype
        default = "glorot_uniform" if to_numpy_dtype(weight_dtype).kind == "f" else "zeros"
        first = initializers.get(default if initializer is None else initializer)(
            tuple(shape or ()), dtype=weight_dtype
        )
        path = f"{self.name}/{name or 'variable'}"
        penalty, projection = regularizers.get(regularizer), constraints.get(constraint)
        weight = Weight(first, trainable=trainable, name=name, path=path, regularizer=penalty, constraint=projection)
        self._added.append(weight)
        return weight

    @property
    def trainable(self) -> bool:
        """Whether training updates the weights; setting it also sets it for all sublayers."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = bool(value)
        for layer in self._sublayers():
            layer.trainable = value

    @property
    def weights(self) -> list[Any]:
        """All variables: the layer's own, trainable ones first, then those of the sublayers."""
        own = sorted(self._owned(Variable), key=lambda variable: not variable.trainable)
        return _unique([*own, *(weight for layer in self._sublayers() for weight in layer.weights)])

    @property
    def trainable_weights(self) -> list[Any]:
        """The variables that training updates."""
        if not self.trainable:
            return []
        own = [variable for variable in self._owned(Variable) if variable.trainable]
        return _unique([*own, *(weight for layer in self._sublayers() for weight in layer.trainable_weights)])

    @property
    def non_trainable_weights(self) -> list[Any]:
        """The variables that training does not update: statistics, and frozen weights."""
        trainable = {id(weight) for weight in self.trainable_weights}
        return [weight for weight in self.weights if id(weight) not in trainable]

    def get_config(self) -> dict[str, Any]:
        """The arguments from which `from_config` creates a copy of this layer, under Keras' names.

        >>> Layer(name="first", trainable=False).get_config()
        {'name': 'first', 'trainable': False, 'dtype': 'float32'}
        """
        common = {"name": self.name, "trainable": self.trainable, "dtype": self.dtype}
        config = super().get_config()
        config.pop("input_shape", None)
        if is_keras(type(self)):
            config = {
                n: v for n, v in config.items() if v is not None or n not in ("activity_regularizer", "input_dim")
            }
            config |= {n: (config[n],) for n in _OF_WINDOWS if isinstance(config.get(n), int)}
            config |= {"data_format": "channels_last"} if "data_format" in config else {}
        return config | {name: value for name, value in common.items() if accepts(type(self), name)}

    # -- added losses -------------------------------------------------------------------------------------

    def add_loss(self, loss: Any) -> None:
        """Add a scalar, or a list of scalars, to the loss of the model; to be used in `call`."""
        outermost = _losses.get()
        added = self._call_losses if outermost is None else outermost
        added.extend(map(eager, loss if isinstance(loss, (list, tuple)) else [loss]))

    @property
    def losses(self) -> list[Any]:
        """The losses that the last call of this layer and its sublayers added, and the penalties on weights."""
        regularized = [w for w in self.trainable_weights if getattr(w, "regularizer", None) is not None]
        return [*self._call_losses, *(eager(weight.regularizer(weight)) for weight in regularized)]

    variables = weights
    trainable_variables = trainable_weights
    non_trainable_variables = non_trainable_weights

    def checkpoint_parts(self) -> dict[str, Any]:
        """The weights, layers, and nests of them by attribute, for `tf.train.Checkpoint`."""
        named = {name: value for name, value in vars(self).items() if name not in ("calls", "_arguments", "_added")}
        return {**named, "weights": self._added}

    def _sublayers(self) -> list[Layer]:
        """The layers in this layer's attributes."""
        return _unique(list(self._owned(Layer)))

    def _owned(self, kind: type) -> Iterator[Any]:
        """The instances of a class among the attributes, and in lists, tuples and dicts among them."""
        for name, value in self.__dict__.items():
            if isinstance(value, kind):
                yield value
            elif isinstance(value, (list, tuple, dict)) and name not in _OTHERS:
                yield from (leaf for leaf in leaves(value) if isinstance(leaf, kind))

    @property
    def _type_name(self) -> str:
        """The layer's type in summaries."""
        return type(self).__name__

    def get_weights(self) -> list[np.ndarray]:
        """Copies of the values of all weights, in order."""
        return [np.array(weight.array) for weight in self.weights]

    def set_weights(self, weights: Sequence[Any]) -> None:
        """Set all weights, in the order of `get_weights`; ValueError before any change if a number or shape differs."""
        own, arrays = self.weights, [np.asarray(array_of(value)) for value in weights]
        if len(arrays) != len(own):
            raise ValueError(
                f"You called `set_weights(weights)` on layer {self.name!r} with a weight list of length {len(arrays)}, "
                f"but the layer was expecting {len(own)} weights"
                + ("" if self.built else ": it has not been built yet; call it on an input first")
            )
        for weight, value in zip(own, arrays):
            if tuple(weight.shape) != value.shape:
                raise ValueError(
                    f"Layer {self.name!r} weight shape {tuple(weight.shape)} of {weight.path!r} is not compatible with "
                    f"provided weight shape {value.shape}"
                )
        for weight, value in zip(own, arrays):
            weight.assign(value.astype(weight.array.dtype))

    def count_params(self) -> int:
        """The number of elements of all weights; ValueError if the weights do not exist yet."""
        if not self.built:
            raise ValueError(
                f"You tried to call `count_params` on layer {self.name!r}, but the layer isn't built. Call it on an "
                "input, or build(input_shape)"
            )
        return sum(weight.array.size for weight in self.weights)

    # -- calls --------------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Return the output of `call`; for symbols record the call, and return a symbol."""
        self._check_initialized()
        if args and isinstance(args[0], list) and all(isinstance(leaf, (int, float)) for leaf in leaves(args[0])):
            args = (tensor_of(args[0]), *args[1:])
        if any(isinstance(leaf, KerasTensor) for leaf in leaves((args, kwargs))):
            return self._call_on_symbols(args, kwargs)
        args = tuple(mapped(self._as_input, arg) for arg in args)
        kwargs = {name: mapped(self._as_input, arg) for name, arg in kwargs.items()}
        self._check_input(args)
        depends_on(self, self._changing)
        if not self.built:
            self._build_for(shapes_of(args[0]) if args else None)
        out = mapped(eager, self._call_collecting_losses(args, kwargs))
        if self.activity_regularizer is not None:
            tensors = [leaf for leaf in leaves(out) if isinstance(leaf, Tensor)]
            self.add_loss([self.activity_regularizer(leaf) / max(leaf.array.shape[0], 1) for leaf in tensors])
        if self._shapes is None and args:
            self._shapes = mapped(lambda leaf: (None, *getattr(leaf, "shape", ())[1:]), (args[0], out))
        return out

    def _call_collecting_losses(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`call`; the outermost call starts a new list of added losses."""
        if _training.get() is not None:
            return self._call_in_mode(args, kwargs)
        self._call_losses = []
        token = _losses.set(self._call_losses)
        try:
            return self._call_in_mode(args, kwargs)
        finally:
            _losses.reset(token)

    def _call_in_mode(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """`call` in the training mode that is passed here, else that of the enclosing call, else the default."""
        parameters = self._call_parameters
        place = parameters.index("training") if "training" in parameters else len(args)
        passed = args[place] if place < len(args) else kwargs.pop("training", None)
        enclosing = _training.get()
        mode = (enclosing if enclosing is not None else "default") if passed is None else bool(passed)
        if "training" in parameters:
            training = self._training_default if mode == "default" else mode
            args, kwargs = args[:place] + args[place + 1 :], {**kwargs, "training": training}
        if mode is enclosing:
            return self.call(*args, **kwargs)
        token = _training.set(mode)
        try:
            return self.call(*args, **kwargs)
        finally:
            _training.reset(token)

    def _as_input(self, value: Any) -> Any:
        """An array as a tensor, and floating-point tensors in the layer's dtype; other values unchanged."""
        if isinstance(value, (np.ndarray, np.generic)):
            value = EagerTensor(value)
        if isinstance(value, Tensor) and value.array.dtype.kind == "f" and value.array.dtype.name != self.dtype:
            value = as_dtype(value, np.dtype(self.dtype))
        return eager(value)

    def _check_input(self, args: tuple[Any, ...]) -> None:
        for number, x in enumerate(leaves(args[0]) if args else ()):
            if not hasattr(x, "shape") and (x is not None or self.input_spec is not None):
                raise ValueError(
                    f"Inputs to a layer should be tensors. Got {x!r} (of type {type(x)}) for layer {self.name!r}."
                )
            if self.input_spec is not None:
                self.input_spec.check(tuple(x.shape), number, self.name)

    def _build_for(self, shapes: Any) -> None:
        """Create the weights, and check the input against the input_spec that `build` may set.

        If `build` fails or is interrupted, the layer is again as it was before.
        """
        attributes, added = dict(self.__dict__), len(self._added)
        try:
            self.build(shapes)
        except BaseException:
            del self._added[added:]
            self.__dict__.clear()
            self.__dict__.update(attributes)
            raise
        self.built = True
        if self.input_spec is not None and shapes is not None:
            for number, shape in enumerate(shapes if isinstance(shapes, list) else [shapes]):
                self.input_spec.check(shape, number, self.name)

    def _call_on_symbols(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        args = tuple(mapped(self._as_input, arg) for arg in args)
        self._check_input(args)
        if not self.built:
            self._build_for(shapes_of(args[0]))
        if type(self).compute_output_shape is Layer.compute_output_shape:
            result = self._output_by_trial(args, kwargs)
        else:
            shapes = self.compute_output_shape(shapes_of(args[0]))
            result = map_shapes(lambda shape: KerasTensor(shape, self.dtype), shapes)
        Call(self, args, kwargs, leaves(result))
        return result

    def _output_by_trial(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """The output as symbols, inferred by calling the layer on zeros."""
        shapes_before = self._shapes
        outputs = []
        for batch, other in _TRIAL_SIZES:

            def zeros(leaf: Any, batch: int = batch, other: int = other) -> Any:
                if not isinstance(leaf, KerasTensor):
                    return leaf
                sizes = [n if n is not None else other if i else batch for i, n in enumerate(leaf.shape)]
                return wrap(np.zeros(sizes, leaf.dtype))

            with no_grad(), np.errstate(all="ignore"):
                outputs.append(self(*mapped(zeros, args), **{**mapped(zeros, kwargs), "training": False}))
        self._shapes = shapes_before
        return mapped(_common_symbol, *outputs)

    # -- shapes and symbols of the first call -------------------------------------------------------------

    @property
    def input(self) -> Any:
        """The symbol, or nest of symbols, that the layer was first called on; AttributeError without such a call."""
        return self._first_call("input").args[0]

    @property
    def output(self) -> Any:
        """What the layer's first call on symbols returned: a symbol or a list; AttributeError without such a call."""
        outputs = self._first_call("output").outputs
        return outputs[0] if len(outputs) == 1 else outputs

    @property
    def _has_symbols(self) -> bool:
        """Whether `input` and `output` exist."""
        return bool(self.calls)

    def _first_call(self, attribute: str) -> Call:
        if not self.calls:
            raise AttributeError(
                f"The layer {self.name!r} has never been called on symbols and thus has no {attribute}."
            )
        return self.calls[0]

    @property
    def input_shape(self) -> Any:
        """The shape of the layer's input, with None for the batch size; AttributeError before the first call."""
        return shapes_of(self.input) if self._has_symbols else self._recorded_shapes("input_shape")[0]

    @property
    def output_shape(self) -> Any:
        """The shape of the layer's output, with None for the batch size; AttributeError before the first call."""
        if self._has_symbols:
            return shapes_of(self.output)
        shapes = self._recorded_shapes("output_shape")
        return self.compute_output_shape(shapes[0]) if shapes[1] is None else shapes[1]

    @property
    def build_shape(self) -> Any:
        """The shape of the first input, with None for the batch size; None before the first call."""
        return None if self._shapes is None else self._shapes[0]

    def _recorded_shapes(self, attribute: str) -> tuple[Any, Any]:
        if self._shapes is None:
            raise AttributeError(f"The layer {self.name!r} has never been called and thus has no defined {attribute}.")
        return self._shapes

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.__dict__.get('name')}, built={self.built}>"


def eager(value: Any) -> Any:
    """A Tensor as an EagerTensor, which only tapes record; other values unchanged."""
    is_plain_tensor = isinstance(value, Tensor) and not isinstance(value, EagerTensor)
    return EagerTensor.result(value) if is_plain_tensor else value


def map_shapes(function: Callable[[Shape], Any], shapes: Any) -> Any:
    """The nest with `function(shape)` in place of each shape; a tuple or list of sizes is a shape."""
    if isinstance(shapes, (tuple, list)) and all(n is None or isinstance(n, (int, np.integer)) for n in shapes):
        return function(tuple(shapes))
    if isinstance(shapes, dict):
        return {key: map_shapes(function, shape) for key, shape in shapes.items()}
    return type(shapes)([map_shapes(function, shape) for shape in shapes])


def _common_symbol(first: Tensor, second: Tensor) -> KerasTensor:
    """The symbol for the same output of two trials: sizes that differ between them are unknown."""
    sizes = zip(first.array.shape, second.array.shape)
    return KerasTensor(tuple(n if n == m else None for n, m in sizes), first.array.dtype)


def _marking_built(build: Callable[..., None]) -> Callable[..., None]:
    """Wrap `build`, to set `built` and record the input shape."""

    @functools.wraps(build)
    def wrapped(self: Layer, input_shape: Any = None) -> None:
        build(self, input_shape)
        if input_shape is not None:
            self.built = True
            self._shapes = self._shapes or (map_shapes(lambda shape: (None, *shape[1:]), input_shape), None)

    return wrapped


def _unique(values: list[Any]) -> list[Any]:
    """The values without repetitions, in order."""
    return list({id(value): value for value in values}.values())
