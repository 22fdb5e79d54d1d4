"""Symbols: tensors without values, which record by what layer each was made.

Calling a layer on symbols computes nothing. It leaves a `Call`, and a model is the graph of the calls
between its inputs and its outputs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, NoReturn, TypeAlias

from autograd.base.dtypes import to_numpy_dtype

from .naming import automatic_name

if TYPE_CHECKING:
    from .layers.base import Layer

#: A shape; None for a size that is not known, such as the batch's.
Shape: TypeAlias = tuple[int | None, ...]


class KerasTensor:
    """A tensor of which only shape and type are known, and where it comes from.

    Attributes:
        shape: a tuple, None for a size that is not known.
        dtype: the name of the elements' type.
        name: what it is called.
        call: the call of a layer that made it, once that is recorded.
        index: its number among the outputs of that call.
    """

    call: Call

    def __init__(self, shape: Shape, dtype: Any = "float32", name: str | None = None) -> None:
        self.shape = tuple(shape)
        self.dtype = to_numpy_dtype(dtype).name
        self.name = name or automatic_name("keras_tensor")
        self.index = 0

    @property
    def ndim(self) -> int:
        """The number of dims, the batch included."""
        return len(self.shape)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NoReturn:
        raise TypeError(
            f"{self!r} is a symbol and has no values: only layers, operators and the functions of keras.ops take it. "
            "Write other functions as a layer, whose call() computes them"
        )

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self!r} is a symbol and has no truth value")

    def __iter__(self) -> NoReturn:
        raise TypeError(f"{self!r} is a symbol: it cannot be iterated over")

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"


class Call:
    """A layer called on symbols: its arguments, in which the symbols stand, and the symbols that came out.

    Attributes:
        layer: what was called.
        number: which of the layer's calls this is.
        args, kwargs: the arguments, nests of symbols and other values.
        parents: the symbols among them.
        outputs: the symbols that the call gave, in order.
    """

    def __init__(self, layer: Layer, args: Any, kwargs: Any, outputs: list[KerasTensor]) -> None:
        self.layer = layer
        self.number = len(layer.calls)
        self.args, self.kwargs = args, kwargs
        self.parents = [leaf for leaf in leaves((args, kwargs)) if isinstance(leaf, KerasTensor)]
        self.outputs = outputs
        for index, output in enumerate(outputs):
            output.call, output.index = self, index
        layer.calls.append(self)


def leaves(nest: Any) -> Iterator[Any]:
    """What stands in nested lists, tuples and dicts, in order."""
    if isinstance(nest, (list, tuple)):
        for part in nest:
            yield from leaves(part)
    elif isinstance(nest, dict):
        for part in nest.values():
            yield from leaves(part)
    else:
        yield nest


def in_order_of_names(nest: Any) -> Any:
    """The nest with every dict in the order of its keys, which is Keras' order of what a dict holds."""
    if isinstance(nest, (list, tuple)):
        return type(nest)([in_order_of_names(part) for part in nest])
    if isinstance(nest, dict):
        return {key: in_order_of_names(nest[key]) for key in sorted(nest)}
    return nest


def replaced(nest: Any, function: Callable[[Any], Any]) -> Any:
    """The nest with `function` of every leaf in its place."""
    if isinstance(nest, (list, tuple)):
        return type(nest)([replaced(part, function) for part in nest])
    if isinstance(nest, dict):
        return {key: replaced(part, function) for key, part in nest.items()}
    return function(nest)


def shapes_of(nest: Any) -> Any:
    """The nest with the shape of every tensor or symbol in its place."""
    return replaced(nest, lambda leaf: tuple(leaf.shape))
