"""Core layers: Input, Dense, Flatten, Reshape, Permute, Lambda, Identity."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack

import autograd
from autograd.core.operation import as_dtype
from autograd.core.tensor import Tensor

from ..checks import integers
from ..regularizers import L1L2
from ..symbols import Call, KerasTensor, Shape
from .base import Common, Layer
from .input_spec import InputSpec
from .kernel import KernelCommon, KernelLayer
from .shapes import SameShapeWithoutWeights, as_shape, known_product, known_size, positive


class InputLayer(Layer):
    """An input of a model, as a layer that converts it to its dtype; arguments as for `Input`.

    `input_shape` and `batch_input_shape` are older names of `shape` and `batch_shape`.
    """

    def __init__(
        self, shape: Shape | int | None = None, batch_size: int | None = None, dtype: Any = None,
        batch_shape: Shape | None = None, name: str | None = None, input_shape: Shape | int | None = None,
        batch_input_shape: Shape | None = None,
    ) -> None:  # fmt: skip
        shape = input_shape if shape is None else shape
        batch_shape = batch_input_shape if batch_shape is None else batch_shape
        if (shape is None) == (batch_shape is None):
            raise ValueError(
                f"Input takes either the `shape` of one sample or a `batch_shape`, but got shape={shape} and "
                f"batch_shape={batch_shape}"
            )
        if batch_shape is not None:
            batch_size, *sample = batch_shape
            shape = tuple(sample)
        super().__init__(name=name, dtype=dtype)
        self.built = True
        self.batch_shape: Shape = (batch_size, *as_shape(shape))
        Call(self, (), {}, [KerasTensor(self.batch_shape, self.dtype, self.name)])

    def get_config(self) -> dict[str, Any]:
        """The shape with the batch size, the dtype and the name."""
        return {"batch_shape": self.batch_shape, "dtype": self.dtype, "name": self.name}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> InputLayer:
        """Create an input from its config."""
        return cls(dtype=config["dtype"], batch_shape=tuple(config["batch_shape"]), name=config["name"])

    def call(self, inputs: Tensor) -> Tensor:
        return inputs


def Input(
    shape: Shape | int | None = None, batch_size: int | None = None, dtype: Any = None, name: str | None = None,
    batch_shape: Shape | None = None,
) -> KerasTensor:  # fmt: skip
    """A symbol for an input of a model.

    Args:
        shape: of one sample: an integer, or a tuple, in which None means any size.
        batch_size: the batch size, if it is fixed.
        dtype: of the elements; float32 by default.
        name: the name of the input.
        batch_shape: the shape with the batch size, to be passed in place of `shape` and `batch_size`.

    >>> Input((28, 28, 1), name="image")
    <KerasTensor shape=(None, 28, 28, 1), dtype=float32, name=image>
    """
    symbol: KerasTensor = InputLayer(shape, batch_size, dtype, batch_shape, name).output
    return symbol


class Dense(KernelLayer):
    """activation(x W + b).

    Args:
        units: the size of the output's last dim.
        activation: its name or a function.
        use_bias: whether there is a b.
        kernel_initializer, bias_initializer: names or Initializers.
        input_dim: for the first layer of a Sequential, the size of the input's last dim.

    >>> layer = Dense(4, activation="relu")
    >>> tuple(layer(autograd.ones(2, 3)).shape), [weight.name for weight in layer.weights]
    ((2, 4), ['kernel', 'bias'])
    """

    _further_arguments = ()

    def __init__(
        self, units: int, activation: Any = None, use_bias: bool = True, kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros", input_dim: int | None = None, **common: Unpack[KernelCommon],
    ) -> None:  # fmt: skip
        if input_dim is not None:
            common["input_shape"] = (input_dim,)
        super().__init__(activation, use_bias, kernel_initializer, bias_initializer, **common)
        self.units = positive(units, "units", "Dense")
        self.input_spec = InputSpec(min_ndim=2)

    def build(self, input_shape: Shape) -> None:
        """Create the kernel (inputs, units) and the bias (units,)."""
        inputs = known_size(input_shape, -1, self)
        self.kernel = self.add_kernel((inputs, self.units), self.kernel_initializer)
        self.bias = self.add_bias((self.units,), self.bias_initializer)
        self.input_spec = InputSpec(min_ndim=2, axes={-1: inputs})

    def call(self, inputs: Tensor) -> Tensor:
        """The output (*, units) for an input (*, inputs)."""
        return self.activated(autograd.matmul(as_dtype(inputs, self.kernel.array.dtype), self.kernel))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:-1], self.units)


class Flatten(Layer):
    """Every sample flattened to one dim.

    >>> tuple(Flatten()(autograd.ones(2, 3, 4)).shape)
    (2, 12)
    """

    built, input_spec = True, InputSpec(min_ndim=1)

    def __init__(self, **common: Unpack[Common]) -> None:
        super().__init__(**common)

    def call(self, inputs: Tensor) -> Tensor:
        """(N, product of the other sizes)."""
        return inputs.reshape(inputs.array.shape[0], math.prod(inputs.array.shape[1:]))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (*input_shape[:1], known_product(input_shape[1:]))


class Reshape(Layer):
    """Every sample in another shape.

    Args:
        target_shape: of a sample; one size may be -1, to be inferred.

    >>> tuple(Reshape((2, -1))(autograd.ones(5, 6)).shape)
    (5, 2, 3)
    """

    def __init__(self, target_shape: Any, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.target_shape = integers(target_shape, "target_shape")
        if sum(n == -1 for n in self.target_shape) > 1:
            raise ValueError(f"There must be at most one unknown dimension (-1) in target_shape={self.target_shape}")
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """(N, *target_shape)."""
        shape = self.compute_output_shape(inputs.array.shape)
        return inputs.reshape(shape)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, *target_shape); ValueError if the number of elements of a sample differs."""
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
    """The dims of every sample in another order. Dims are numbered from 1."""

    def __init__(self, dims: Sequence[int], **common: Unpack[Common]) -> None:
        if sorted(dims) != list(range(1, len(dims) + 1)):
            raise ValueError(
                f"Invalid permutation argument `dims` for Permute Layer: {tuple(dims)}. It must hold the numbers from "
                f"1 to {len(dims)}"
            )
        super().__init__(**common)
        self.dims = tuple(dims)
        self.input_spec = InputSpec(ndim=len(self.dims) + 1)
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        return inputs.permute(0, *self.dims)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        return (input_shape[0], *(input_shape[dim] for dim in self.dims))


class Lambda(Layer):
    """A function as a layer.

    Args:
        function: of a tensor.
        output_shape: of one sample, for a function whose output shape cannot be inferred by trial calls.
        arguments: keyword arguments of the function.
    """

    def __init__(
        self, function: Callable[..., Any], output_shape: Any = None, arguments: dict[str, Any] | None = None,
        **common: Unpack[Common],
    ) -> None:  # fmt: skip
        if not callable(function):
            raise ValueError(f"Lambda takes a function, but got {function!r}")
        super().__init__(**common)
        self.function, self.arguments = function, arguments or {}
        self.given_output_shape = output_shape
        self.built = True

    def call(self, inputs: Any) -> Any:
        return self.function(inputs, **self.arguments)

    def compute_output_shape(self, input_shape: Any) -> Any:
        if self.given_output_shape is None:
            return super().compute_output_shape(input_shape)
        batch = input_shape[0]
        while isinstance(batch, (list, tuple)):  # several inputs
            batch = batch[0]
        return (batch, *self.given_output_shape)


class Identity(SameShapeWithoutWeights):
    """The input, unchanged."""

    def __init__(self, **common: Unpack[Common]) -> None:
        super().__init__(**common)

    def call(self, inputs: Any) -> Any:
        return inputs


class ActivityRegularization(Identity):
    """The input, unchanged, with the penalty l1 Σ |x| + l2 Σ x² added to the loss."""

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **common: Unpack[Common]) -> None:
        common["activity_regularizer"] = L1L2(l1, l2)
        super().__init__(**common)
