"""Merging layers: combine several tensors into one."""

from __future__ import annotations

import functools
import string
from collections.abc import Callable, Sequence
from typing import Any, Protocol, Unpack

import autograd
from autograd.core.tensor import Tensor

from ... import functional as F
from ..checks import integers
from ..symbols import Shape
from .base import Common, Layer


class _Merge(Layer):
    """Base class: an operation of two tensors that reduces a list of tensors whose shapes broadcast."""

    operation: Callable[[Tensor, Tensor], Tensor]

    def build(self, input_shape: Any) -> None:
        """Check that there is a list of inputs whose shapes broadcast."""
        self.compute_output_shape(input_shape)

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        return functools.reduce(type(self).operation, inputs)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The shape that the shapes of all inputs broadcast to."""
        _check_list(self, input_shape)
        return functools.reduce(self._broadcast, map(tuple, input_shape))

    def _broadcast(self, first: Shape, second: Shape) -> Shape:
        if len(first) < len(second):
            first, second = second, first
        out = list(first)
        for back, n in enumerate(reversed(second), start=1):
            m = first[-back]
            if m != n and 1 not in (m, n) and None not in (m, n):
                raise ValueError(
                    f"Layer {self.name!r}: inputs have incompatible shapes. Received shapes {first} and {second}"
                )
            out[-back] = n if m == 1 else m if n == 1 or n is None else n if m is None else m
            if None in (m, n) and back == len(first):
                out[-back] = None
        return tuple(out)


class Add(_Merge, operation=lambda x, y: x + y):
    """The sum of a list of tensors.

    >>> Add()([autograd.ones(2), autograd.ones(2)]).tolist()
    [2.0, 2.0]
    """


class Subtract(_Merge, operation=lambda x, y: x - y):
    """The first of two tensors minus the second."""

    def build(self, input_shape: Any) -> None:
        """Check that there are two inputs."""
        super().build(input_shape)
        if len(input_shape) != 2:
            raise ValueError(
                f"Layer {self.name!r}: a `Subtract` layer should be called on exactly 2 inputs. Received: "
                f"input_shape={input_shape}"
            )


class Multiply(_Merge, operation=lambda x, y: x * y):
    """The product of a list of tensors."""


class Maximum(_Merge, operation=autograd.maximum):
    """The elementwise maximum of a list of tensors."""


class Minimum(_Merge, operation=autograd.minimum):
    """The elementwise minimum of a list of tensors."""


class Average(Add):
    """The mean of a list of tensors."""

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        return super().call(inputs) / len(inputs)


class Concatenate(Layer):
    """A list of tensors, concatenated along an axis.

    >>> Concatenate()([autograd.ones(1, 2), autograd.zeros(1, 1)]).tolist()
    [[1.0, 1.0, 0.0]]
    """

    def __init__(self, axis: int = -1, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.axis = axis

    def build(self, input_shape: Any) -> None:
        self.compute_output_shape(input_shape)

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        return autograd.cat(list(inputs), self.axis)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The inputs' shape, with the sum of their sizes along the axis; ValueError if other sizes differ."""
        _check_list(self, input_shape)
        shapes = [tuple(shape) for shape in input_shape]
        ndim = len(shapes[0])
        axis = self.axis % ndim
        others = [{shape[i] for shape in shapes if len(shape) > i} - {None} for i in range(ndim) if i != axis]
        if any(len(shape) != ndim for shape in shapes) or any(len(sizes) > 1 for sizes in others):
            raise ValueError(
                f"Layer {self.name!r}: a `Concatenate` layer requires inputs with matching shapes except for the "
                f"concatenation axis {self.axis}. Received: input_shape={shapes}"
            )
        sizes = [shape[axis] for shape in shapes]
        total = None if None in sizes else sum(n for n in sizes if n is not None)
        return tuple(total if i == axis else n for i, n in enumerate(shapes[0]))


class Dot(Layer):
    """The dot product of two tensors along an axis of each, for every sample.

    Args:
        axes: the axis of both, or a pair of axes.
        normalize: whether to divide by the norms along the axes first, which gives cosines.

    >>> import numpy as np
    >>> Dot(axes=1)([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).tolist()
    [[11.0]]
    """

    def __init__(self, axes: Any, normalize: bool = False, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        first, second = integers(axes, "axes", 2)
        self.axes, self._pair = axes, (first, second)
        self.normalize = normalize
        self.built = True

    def call(self, inputs: Any) -> Any:
        """(N, other dims of the first, other dims of the second), or (N, 1); ValueError if the axes differ in size."""
        if not isinstance(inputs, (list, tuple)) or len(inputs) != 2:
            raise ValueError(
                f"A `Dot` layer should be called on a list of exactly 2 inputs. Received: inputs={inputs!r:.80}"
            )
        (x, y), (x_axis, y_axis) = inputs, (axis % t.ndim for axis, t in zip(self._pair, inputs))
        if x.shape[x_axis] != y.shape[y_axis]:
            raise ValueError(
                f"Incompatible input shapes: axis values {x.shape[x_axis]} (at axis {x_axis}) != {y.shape[y_axis]} "
                f"(at axis {y_axis}). Full input shapes: {tuple(x.shape)}, {tuple(y.shape)}"
            )
        if self.normalize:
            x, y = F.normalize(x, dim=x_axis, eps=1e-6), F.normalize(y, dim=y_axis, eps=1e-6)
        # Both share the letter of the batch, the first, and that of the summed axis.
        x_letters = string.ascii_letters[: x.ndim]
        y_letters = x_letters[0] + string.ascii_letters[x.ndim : x.ndim + y.ndim - 1]
        summed = x_letters[x_axis]
        y_letters = y_letters[:y_axis] + summed + y_letters[y_axis + 1 :]
        out_letters = x_letters.replace(summed, "") + y_letters[1:].replace(summed, "")
        out = autograd.einsum(f"{x_letters},{y_letters}->{out_letters}", x, y)
        return out if out.ndim > 1 else out[:, None]


def _check_list(layer: Layer, input_shape: Any) -> None:
    is_list = isinstance(input_shape, (list, tuple)) and all(isinstance(shape, (list, tuple)) for shape in input_shape)
    if not is_list or not input_shape:
        raise ValueError(
            f"Layer {layer.name!r}: a `{type(layer).__name__}` layer should be called on a list of inputs. Received: "
            f"input_shape={input_shape} (not a list of shapes)"
        )


class MergeFunction(Protocol):
    """A function of a list of tensors or symbols, with the name of the layer that it creates."""

    def __call__(self, inputs: Sequence[Any], name: str | None = None) -> Any: ...


def _function_of(layer: type[Layer], doc: str) -> MergeFunction:
    """A function that calls a layer without arguments on a list of inputs."""

    def function(inputs: Sequence[Any], name: str | None = None) -> Any:
        return layer(name=name)(inputs)

    function.__name__ = function.__qualname__ = layer.__name__.lower()
    function.__doc__ = doc
    return function


add = _function_of(Add, "The sum of a list of tensors or symbols.")
subtract = _function_of(Subtract, "The difference of two tensors or symbols.")
multiply = _function_of(Multiply, "The product of a list of tensors or symbols.")
average = _function_of(Average, "The mean of a list of tensors or symbols.")
maximum = _function_of(Maximum, "The elementwise maximum of a list of tensors or symbols.")
minimum = _function_of(Minimum, "The elementwise minimum of a list of tensors or symbols.")


def concatenate(inputs: Sequence[Any], axis: int = -1, name: str | None = None) -> Any:
    """A list of tensors or symbols, concatenated along an axis."""
    return Concatenate(axis, name=name)(inputs)


def dot(inputs: Any, axes: Any = -1, normalize: bool = False, name: str | None = None) -> Any:
    """The dot product of two tensors or symbols along an axis of each, for every sample."""
    return Dot(axes, normalize, name=name)(inputs)
