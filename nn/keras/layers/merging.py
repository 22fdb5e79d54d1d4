"""Merging layers: several tensors become one."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any, Unpack

import autograd
from autograd.core.tensor import Tensor

from ..symbols import Shape
from .base import Common, Layer


class _Merge(Layer):
    """An operation of two tensors, applied from the first of a list to the last. Shapes broadcast."""

    operation: Callable[[Tensor, Tensor], Tensor]

    def build(self, input_shape: Any) -> None:
        """Check that there is a list of inputs whose shapes broadcast."""
        self.compute_output_shape(input_shape)

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        """The inputs, merged."""
        return functools.reduce(type(self).operation, inputs)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The shape that all of the inputs' broadcast to."""
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


class Add(_Merge):
    """The sum of a list of tensors.

    >>> Add()([autograd.ones(2), autograd.ones(2)]).tolist()
    [2.0, 2.0]
    """

    operation = staticmethod(lambda x, y: x + y)


class Subtract(_Merge):
    """The first of two tensors minus the second."""

    operation = staticmethod(lambda x, y: x - y)

    def build(self, input_shape: Any) -> None:
        """Check that there are two inputs."""
        super().build(input_shape)
        if len(input_shape) != 2:
            raise ValueError(
                f"Layer {self.name!r}: a `Subtract` layer should be called on exactly 2 inputs. Received: "
                f"input_shape={input_shape}"
            )


class Multiply(_Merge):
    """The product of a list of tensors."""

    operation = staticmethod(lambda x, y: x * y)


class Maximum(_Merge):
    """The largest of each element of a list of tensors."""

    operation = staticmethod(autograd.maximum)


class Minimum(_Merge):
    """The smallest of each element of a list of tensors."""

    operation = staticmethod(autograd.minimum)


class Average(Add):
    """The mean of a list of tensors."""

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        """The inputs' mean."""
        return super().call(inputs) / len(inputs)


class Concatenate(Layer):
    """A list of tensors, one after another along an axis.

    >>> Concatenate()([autograd.ones(1, 2), autograd.zeros(1, 1)]).tolist()
    [[1.0, 1.0, 0.0]]
    """

    def __init__(self, axis: int = -1, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.axis = axis

    def build(self, input_shape: Any) -> None:
        """Check that the shapes fit."""
        self.compute_output_shape(input_shape)

    def call(self, inputs: Sequence[Tensor]) -> Tensor:
        """The inputs in a row."""
        return autograd.cat(list(inputs), self.axis)

    def compute_output_shape(self, input_shape: Any) -> Shape:
        """The inputs' shape, with the sum of their sizes along the axis.

        Raises:
            ValueError: there is no list of inputs, or their shapes differ elsewhere.
        """
        _check_list(self, input_shape)
        shapes = [tuple(shape) for shape in input_shape]
        ndim = len(shapes[0])
        along = self.axis % ndim
        others = [{shape[i] for shape in shapes if len(shape) > i} - {None} for i in range(ndim) if i != along]
        if any(len(shape) != ndim for shape in shapes) or any(len(sizes) > 1 for sizes in others):
            raise ValueError(
                f"Layer {self.name!r}: a `Concatenate` layer requires inputs with matching shapes except for the "
                f"concatenation axis {self.axis}. Received: input_shape={shapes}"
            )
        total = [shape[along] for shape in shapes]
        joined = None if None in total else sum(n for n in total if n is not None)
        return tuple(joined if i == along else n for i, n in enumerate(shapes[0]))


def _check_list(layer: Layer, input_shape: Any) -> None:
    several = isinstance(input_shape, (list, tuple)) and all(isinstance(shape, (list, tuple)) for shape in input_shape)
    if not several or not input_shape:
        raise ValueError(
            f"Layer {layer.name!r}: a `{type(layer).__name__}` layer should be called on a list of inputs. Received: "
            f"input_shape={input_shape} (not a list of shapes)"
        )


def add(inputs: Sequence[Any], name: str | None = None) -> Any:
    """The sum of a list of tensors or symbols."""
    return Add(name=name)(inputs)


def subtract(inputs: Sequence[Any], name: str | None = None) -> Any:
    """The difference of two tensors or symbols."""
    return Subtract(name=name)(inputs)


def multiply(inputs: Sequence[Any], name: str | None = None) -> Any:
    """The product of a list of tensors or symbols."""
    return Multiply(name=name)(inputs)


def average(inputs: Sequence[Any], name: str | None = None) -> Any:
    """The mean of a list of tensors or symbols."""
    return Average(name=name)(inputs)


def maximum(inputs: Sequence[Any], name: str | None = None) -> Any:
    """The largest of each element of a list of tensors or symbols."""
    return Maximum(name=name)(inputs)


def minimum(inputs: Sequence[Any], name: str | None = None) -> Any:
    """The smallest of each element of a list of tensors or symbols."""
    return Minimum(name=name)(inputs)


def concatenate(inputs: Sequence[Any], axis: int = -1, name: str | None = None) -> Any:
    """A list of tensors or symbols, one after another along an axis."""
    return Concatenate(axis, name=name)(inputs)
