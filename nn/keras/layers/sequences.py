"""Layers over sequences (N, steps, features): convolution, pooling, and a layer applied to every step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Unpack

import autograd
from autograd.core.operation import as_dtype
from autograd.core.tensor import Tensor
from autograd.tensorflow.nn import avg_pool2d, conv1d, max_pool2d

from ...functional import pad
from .. import activations, initializers
from ..symbols import Shape
from .base import Common, Layer
from .core import known_size, positive
from .input_spec import InputSpec
from .kernel import Costs, WithKernel


def _one(value: Any, said: str, layer: str) -> int:
    """A positive number, which may stand alone in a sequence."""
    values = tuple(value) if isinstance(value, (list, tuple)) else (value,)
    if len(values) != 1:
        raise ValueError(f"The `{said}` argument of {layer} must be a positive integer. Received: {value!r}")
    return positive(values[0], said, layer)


def _length(layer: Layer, input_shape: Shape, reach: int, stride: int, padding: str) -> int | None:
    """How many windows fit; None where the number of steps is not known."""
    steps = input_shape[1]
    if steps is None:
        return None
    if padding in ("same", "causal"):
        return -(-steps // stride)
    if steps < reach:
        raise ValueError(
            f"Layer {layer.name!r}: computed output size would be zero or negative. The windows have size {reach}, but "
            f"the input has shape {tuple(input_shape)}"
        )
    return (steps - reach) // stride + 1


class Conv1D(WithKernel):
    """The sum of products of the kernel with every window of a sequence (N, steps, channels).

    Args:
        filters: the number of output channels.
        kernel_size, strides, dilation_rate: numbers.
        padding: "valid", "same", or "causal": no output looks at later steps.
        activation: its name or a function.
        use_bias: whether there is a bias.
        kernel_initializer, bias_initializer: names or Initializers.

    >>> tuple(Conv1D(8, 3)(autograd.ones(2, 10, 4)).shape)
    (2, 8, 8)
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        **common: Unpack[Costs],
    ) -> None:
        super().__init__(**common)
        self.filters = positive(filters, "filters", "Conv1D")
        self.kernel_size = _one(kernel_size, "kernel_size", "Conv1D")
        self.strides = _one(strides, "strides", "Conv1D")
        self.dilation_rate = _one(dilation_rate, "dilation_rate", "Conv1D")
        if padding not in ("valid", "same", "causal"):
            raise ValueError(f"The `padding` argument of Conv1D must be valid, same or causal. Received: {padding!r}")
        self.padding = padding
        self.activation = activations.get(activation)
        self.use_bias = use_bias
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.input_spec = InputSpec(min_ndim=3)

    def build(self, input_shape: Shape) -> None:
        """Make the kernel (kernel_size, channels, filters) and the bias (filters,)."""
        channels = known_size(input_shape, -1, self)
        self.kernel = self.add_kernel((self.kernel_size, channels, self.filters), self.kernel_initializer)
        self.bias = self.add_bias((self.filters,), self.bias_initializer)
        self.input_spec = InputSpec(ndim=3, axes={-1: channels})

    def call(self, inputs: Tensor) -> Tensor:
        """The output (N, steps', filters)."""
        self.compute_output_shape(inputs.array.shape)
        x = as_dtype(inputs, self.kernel.array.dtype)
        if self.padding == "causal":
            x = pad(x, (0, 0, self.dilation_rate * (self.kernel_size - 1), 0))
        border = "SAME" if self.padding == "same" else "VALID"
        out: Tensor = conv1d(x, self.kernel, self.strides, border, dilations=self.dilation_rate)
        return self.activation(out if self.bias is None else out + self.bias)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, steps', filters)."""
        reach = self.dilation_rate * (self.kernel_size - 1) + 1
        return (input_shape[0], _length(self, input_shape, reach, self.strides, self.padding), self.filters)


class _Pooling1D(Layer):
    """What the pooling layers over sequences share.

    Args:
        pool_size: how many steps a window has.
        strides: how far a window moves on; `pool_size` if left out.
        padding: "valid" or "same".
    """

    operation: Callable[..., Tensor]

    def __init__(
        self, pool_size: Any = 2, strides: Any = None, padding: str = "valid", **common: Unpack[Common]
    ) -> None:  # fmt: skip
        super().__init__(**common)
        kind = type(self).__name__
        self.pool_size = _one(pool_size, "pool_size", kind)
        self.strides = self.pool_size if strides is None else _one(strides, "strides", kind)
        if padding not in ("valid", "same"):
            raise ValueError(f"The `padding` argument of {kind} must be one of 'valid', 'same'. Received: {padding!r}")
        self.padding = padding
        self.input_spec = InputSpec(ndim=3)
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """(N, steps', features)."""
        self.compute_output_shape(inputs.array.shape)
        image = inputs.unsqueeze(1)
        out = type(self).operation(image, (1, self.pool_size), (1, self.strides), self.padding.upper())
        return out.squeeze(1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, steps', features)."""
        return (
            input_shape[0], _length(self, input_shape, self.pool_size, self.strides, self.padding), input_shape[2],
        )  # fmt: skip


class MaxPooling1D(_Pooling1D):
    """The largest value of every window of a sequence (N, steps, features)."""

    operation = staticmethod(max_pool2d)


class AveragePooling1D(_Pooling1D):
    """The mean of every window of a sequence (N, steps, features)."""

    operation = staticmethod(avg_pool2d)


class _GlobalPooling1D(Layer):
    """What the pooling layers over whole sequences share.

    Args:
        keepdims: whether the dim of the steps stays, with size 1.
    """

    def __init__(self, keepdims: bool = False, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.keepdims = keepdims
        self.input_spec = InputSpec(ndim=3)
        self.built = True

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, features)."""
        return (input_shape[0], 1, input_shape[2]) if self.keepdims else (input_shape[0], input_shape[2])


class GlobalMaxPooling1D(_GlobalPooling1D):
    """The largest value over the steps of a sequence (N, steps, features)."""

    def call(self, inputs: Tensor) -> Tensor:
        """(N, features)."""
        return autograd.amax(inputs, 1, self.keepdims)


class GlobalAveragePooling1D(_GlobalPooling1D):
    """The mean over the steps of a sequence (N, steps, features)."""

    def call(self, inputs: Tensor) -> Tensor:
        """(N, features)."""
        return inputs.mean(1, keepdim=self.keepdims)


class RepeatVector(Layer):
    """Every vector n times over: (N, features) to (N, n, features)."""

    def __init__(self, n: int, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.n = positive(n, "n", "RepeatVector")
        self.input_spec = InputSpec(ndim=2)
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """(N, n, features)."""
        rows, features = inputs.array.shape
        return inputs.unsqueeze(1).expand(rows, self.n, features)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, n, features)."""
        return (input_shape[0], self.n, input_shape[1])


class TimeDistributed(Layer):
    """A layer applied to every step of a sequence alike.

    >>> from .core import Dense
    >>> tuple(TimeDistributed(Dense(3))(autograd.ones(2, 5, 4)).shape)
    (2, 5, 3)
    """

    def __init__(self, layer: Layer, **common: Unpack[Common]) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(f"Please initialize `TimeDistributed` layer with a `keras.Layer`. Received: {layer!r}")
        super().__init__(**common)
        self.layer = layer

    def call(self, inputs: Tensor) -> Any:
        """(N, steps, …): what the layer gives for every step."""
        rows, steps = inputs.array.shape[:2]
        out = self.layer(inputs.reshape(rows * steps, *inputs.array.shape[2:]))
        return out.reshape(rows, steps, *out.array.shape[1:])


def _pair(value: Any, said: str) -> tuple[int, int]:
    """How many steps at the beginning and at the end."""
    pair = (value, value) if isinstance(value, int) else tuple(value)
    if len(pair) != 2 or min(pair) < 0:
        raise ValueError(f"The `{said}` argument must be a number, or two that are not negative. Received: {value}")
    return pair


class ZeroPadding1D(Layer):
    """Sequences (N, steps, features) with steps of zeros at their ends.

    Args:
        padding: a number, or (at the beginning, at the end).
    """

    def __init__(self, padding: Any = 1, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.padding = _pair(padding, "padding")
        self.input_spec = InputSpec(ndim=3)
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """The longer sequences."""
        return pad(inputs, (0, 0, *self.padding))

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, steps', features)."""
        batch, steps, features = input_shape
        return (batch, None if steps is None else steps + sum(self.padding), features)


class Cropping1D(Layer):
    """Sequences (N, steps, features) without some steps at their ends.

    Args:
        cropping: a number, or (at the beginning, at the end).
    """

    def __init__(self, cropping: Any = 1, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.cropping = _pair(cropping, "cropping")
        self.input_spec = InputSpec(ndim=3)
        self.built = True

    def call(self, inputs: Tensor) -> Any:
        """The shorter sequences."""
        first, last = self.cropping
        return inputs[:, first : inputs.array.shape[1] - last]

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, steps', features)."""
        batch, steps, features = input_shape
        return (batch, None if steps is None else steps - sum(self.cropping), features)


class UpSampling1D(Layer):
    """Sequences (N, steps, features) in which every step stands several times."""

    def __init__(self, size: int = 2, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.size = positive(size, "size", "UpSampling1D")
        self.input_spec = InputSpec(ndim=3)
        self.built = True

    def call(self, inputs: Tensor) -> Any:
        """The longer sequences."""
        return autograd.repeat_interleave(inputs, self.size, 1)

    def compute_output_shape(self, input_shape: Shape) -> Shape:
        """(N, steps · size, features)."""
        batch, steps, features = input_shape
        return (batch, None if steps is None else steps * self.size, features)
