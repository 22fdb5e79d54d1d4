"""Core layers: Input, Dense, Flatten, Reshape, Permute, Lambda, Identity."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Unpack

from autograd import matmul
from autograd.core.operation import as_dtype
from autograd.core.tensor import Tensor

from .. import activations, initializers
from ..regularizers import L1L2
from ..symbols import Call, KerasTensor, Shape
from .base import Common, Layer
from .input_spec import InputSpec
from .kernel import Costs, WithKernel
from .shapes import _SameShape, as_shape, known_product, known_size, positive


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


class Permute(Layer):
    """The dims of a sample in another order; they are numbered from 1."""

    def __init__(self, dims: Sequence[int], **common: Unpack[Common]) -> None:
        if sorted(dims) != list(range(1, len(dims) + 1)):
            raise ValueError(f"Invalid permutation argument `dims` for Permute Layer: {tuple(dims)}: numbers from 1 on")
        super().__init__(**common)
        self.dims = tuple(dims)
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """The dims in their new order."""
        return inputs.permute(0, *self.dims)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """The sizes in their new order."""
        return (input_shape[0], *(input_shape[dim] for dim in self.dims))


class Lambda(Layer):
    """A function as a layer.

    Args:
        function: of a tensor.
        output_shape: of one sample, if the function can't be tried out to learn it.
        arguments: what it gets by name besides.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        arguments: dict[str, Any] | None = None,
        **common: Unpack[Common],
    ) -> None:
        if not callable(function):
            raise ValueError(f"Lambda takes a function, but got {function!r}")
        super().__init__(**common)
        self.function, self.arguments = function, arguments or {}
        self.promised_shape = output_shape
        self.built = True

    def call(self, inputs: Any) -> Any:
        """What the function gives."""
        return self.function(inputs, **self.arguments)

    def compute_output_shape(self, input_shape: Any) -> Any:
        """What was promised, or what a trial shows."""
        if self.promised_shape is None:
            return super().compute_output_shape(input_shape)
        batch = input_shape[0]
        while isinstance(batch, (list, tuple)):  # several inputs
            batch = batch[0]
        return (batch, *self.promised_shape)


class Identity(_SameShape):
    """The input, as it is."""

    def call(self, inputs: Any) -> Any:
        """The input."""
        return inputs


class ActivityRegularization(Identity):
    """The input, which costs l1 Σ |x| + l2 Σ x²."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **common: Unpack[Common]) -> None:
        common["activity_regularizer"] = L1L2(l1, l2)
        super().__init__(**common)
