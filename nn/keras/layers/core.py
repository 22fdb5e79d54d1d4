"""The plain layers: Dense, Activation, ReLU, Flatten, Reshape, Dropout."""

from __future__ import annotations

import math
from typing import Any, Unpack

from autograd import matmul
from autograd.core.operation import as_dtype
from autograd.core.tensor import Tensor

from ... import functional as F
from .. import activations, initializers
from ..symbols import Call, KerasTensor, Shape
from .base import Common, Layer
from .input_spec import InputSpec
from .kernel import Costs, WithKernel


class InputLayer(Layer):
    """The place of a model's input.

    Args:
        shape: of one sample.
        dtype: of the elements; floating-point numbers and integers are converted to it.
        name: how the input is called.
        batch_size: how many samples come at a time, if that is always the same.
    """

    def __init__(self, shape: Shape, dtype: Any = None, name: str | None = None, batch_size: int | None = None) -> None:
        super().__init__(name=name, dtype=dtype)
        self.built = True
        self.batch_shape: Shape = (batch_size, *shape)
        Call(self, (), {}, [KerasTensor(self.batch_shape, self.dtype, self.name)])

    def call(self, inputs: Tensor) -> Tensor:
        """The input, as it is."""
        return inputs


def Input(
    shape: Shape | None = None,
    batch_size: int | None = None,
    dtype: Any = None,
    name: str | None = None,
    batch_shape: Shape | None = None,
) -> KerasTensor:
    """A symbol that stands for an input of a model.

    Args:
        shape: of one sample: a tuple, in which None stands for any size, or a number.
        batch_size: how many samples come at a time, if that is always the same.
        dtype: of the elements; float32 if left out.
        name: how the input is called.
        batch_shape: the shape with the batch, instead of the two.

    Raises:
        ValueError: neither `shape` nor `batch_shape`, or both.

    >>> Input((28, 28, 1), name="image")
    <KerasTensor shape=(None, 28, 28, 1), dtype=float32, name=image>
    """
    if (shape is None) == (batch_shape is None):
        raise ValueError(
            f"Input takes the `shape` of one sample, or a `batch_shape`, but got shape={shape} and "
            f"batch_shape={batch_shape}"
        )
    if batch_shape is not None:
        batch_size, *rest = batch_shape
        shape = tuple(rest)
    symbol: KerasTensor = InputLayer(as_shape(shape), dtype, name, batch_size).output
    return symbol


def as_shape(shape: Any) -> Shape:
    """A number or a sequence of sizes as a tuple.

    Raises:
        ValueError: a size is neither None nor a positive whole number.
    """
    sizes = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(n is not None and int(n) < 1 for n in sizes):
        raise ValueError(f"Cannot convert {shape!r} to a shape: sizes are positive numbers, or None")
    return tuple(None if n is None else int(n) for n in sizes)


class Dense(WithKernel):
    """activation(x W + b).

    Args:
        units: the size of the output's last dim.
        activation: its name or a function.
        use_bias: whether there is a b.
        kernel_initializer, bias_initializer: names or Initializers.
        input_dim: for the first layer of a Sequential the number of inputs.

    >>> import autograd
    >>> layer = Dense(4, activation="relu")
    >>> tuple(layer(autograd.ones(2, 3)).shape), [weight.name for weight in layer.weights]
    ((2, 4), ['kernel', 'bias'])
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        input_dim: int | None = None,
        **common: Unpack[Costs],
    ) -> None:
        if input_dim is not None:
            common["input_shape"] = (input_dim,)
        super().__init__(**common)
        self.units = positive(units, "units", "Dense")
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Shape) -> None:
        """Make the kernel (inputs, units) and the bias (units,)."""
        inputs = known_size(input_shape, -1, self)
        self.kernel = self.add_kernel((inputs, self.units), self.kernel_initializer)
        self.bias = self.add_bias((self.units,), self.bias_initializer)
        self.input_spec = InputSpec(min_ndim=2, axes={-1: inputs})

    def call(self, inputs: Tensor) -> Tensor:
        """The output (*, units) of an input (*, inputs)."""
        out = matmul(as_dtype(inputs, self.kernel.array.dtype), self.kernel)
        return self.activation(out if self.bias is None else out + self.bias)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's, but for the last dim."""
        return (*input_shape[:-1], self.units)


class Activation(Layer):
    """An activation as a layer.

    Args:
        activation: its name or a function.
    """

    def __init__(self, activation: Any, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.activation = activations.get(activation)
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """The activation of the input."""
        return self.activation(inputs)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape


class ReLU(Activation):
    """The larger of x and 0, as `activations.relu`.

    Args:
        max_value: what the output is at most.
        negative_slope: the slope below the threshold.
        threshold: where it begins.
    """

    def __init__(
        self,
        max_value: float | None = None,
        negative_slope: float = 0.0,
        threshold: float = 0.0,
        **common: Unpack[Common],
    ) -> None:
        for said, value in (("max_value", max_value), ("negative_slope", negative_slope), ("threshold", threshold)):
            if value is not None and value < 0:
                raise ValueError(f"{said} of a ReLU layer cannot be a negative value. Received: {said}={value}")
        super().__init__(lambda x: activations.relu(x, negative_slope, max_value, threshold), **common)


class LeakyReLU(Activation):
    """x where it is positive, `negative_slope` x elsewhere."""

    def __init__(self, negative_slope: float = 0.3, **common: Unpack[Common]) -> None:
        super().__init__(lambda x: activations.leaky_relu(x, negative_slope), **common)


class Softmax(Activation):
    """exp(x) / Σ exp(x) along an axis."""

    def __init__(self, axis: int = -1, **common: Unpack[Common]) -> None:
        super().__init__(lambda x: activations.softmax(x, axis), **common)


class Flatten(Layer):
    """Every sample as one row.

    >>> import autograd
    >>> tuple(Flatten()(autograd.ones(2, 3, 4)).shape)
    (2, 12)
    """

    def __init__(self, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.input_spec = InputSpec(min_ndim=1)
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """(N, product of the other sizes)."""
        return inputs.reshape(inputs.array.shape[0], math.prod(inputs.array.shape[1:]))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, product of the other sizes)."""
        return (*input_shape[:1], known_product(input_shape[1:]))


class Reshape(Layer):
    """Every sample in another shape.

    Args:
        target_shape: of a sample; one size may be -1, and follows from the others.

    >>> import autograd
    >>> tuple(Reshape((2, -1))(autograd.ones(5, 6)).shape)
    (5, 2, 3)
    """

    def __init__(self, target_shape: Any, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.target_shape: tuple[int, ...] = tuple(target_shape)
        if sum(n == -1 for n in self.target_shape) > 1:
            raise ValueError(f"There must be at most one unknown dimension (-1) in target_shape={self.target_shape}")
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """(N, *target_shape)."""
        shape = self.compute_output_shape(inputs.array.shape)
        return inputs.reshape(*shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, *target_shape).

        Raises:
            ValueError: a sample has another number of elements.
        """
        count = known_product(input_shape[1:])
        if count is None:
            return (*input_shape[:1], *(None if n == -1 else n for n in self.target_shape))
        known = math.prod(n for n in self.target_shape if n != -1)
        if count != known and (-1 not in self.target_shape or not known or count % known):
            raise ValueError(
                f"Layer {self.name!r}: the total size of the tensor must be unchanged. Received: "
                f"input_shape={tuple(input_shape)[1:]}, target_shape={self.target_shape}"
            )
        return (*input_shape[:1], *(count // known if n == -1 else n for n in self.target_shape))


class Dropout(Layer):
    """In training, each element 0 with probability `rate`, and the others larger by 1 / (1 - rate).

    Args:
        rate: the probability, from 0 to 1.
        noise_shape: the shape of what is drawn; where a size is 1 all elements along that dim share their fate, None
            takes the input's.
        seed: for the same draws in every run.

    Raises:
        ValueError: the rate is no probability.
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        if not 0 <= rate <= 1:
            raise ValueError(
                f"Invalid value received for argument `rate`. Expected a float value between 0 and 1. Received: {rate}"
            )
        self.rate = rate
        self.built = True

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """The input, with elements dropped in training."""
        return F.dropout(inputs, self.rate) if training and self.rate else inputs

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The input's."""
        return input_shape


def positive(value: Any, said: str, layer: str) -> int:
    """`value`, which must be a positive whole number.

    Raises:
        ValueError: it is not.
    """
    if isinstance(value, bool) or int(value) != value or value < 1:
        raise ValueError(
            f"Received an invalid value for `{said}` of {layer}, expected a positive integer. Received: {value!r}"
        )
    return int(value)


def known_size(shape: Shape, axis: int, layer: Layer) -> int:
    """A size that weights depend on.

    Raises:
        ValueError: it is not known, or there is no such axis.
    """
    if not -len(shape) <= axis < len(shape):
        raise ValueError(f"Layer {layer.name!r}: axis {axis} is out of range for inputs of shape {tuple(shape)}")
    size = shape[axis]
    if size is None:
        raise ValueError(
            f"The dim at axis {axis} of the inputs to layer {layer.name!r} must be known to make its weights. Received "
            f"shape {tuple(shape)}"
        )
    return int(size)


def known_product(sizes: Shape) -> int | None:
    """The product of sizes; None if one is not known."""
    known = [n for n in sizes if n is not None]
    return math.prod(known) if len(known) == len(sizes) else None
