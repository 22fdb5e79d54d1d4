"""Symbols: tensors without values that record the layer call they come from.

Calling a layer on symbols computes nothing: it records a `Call`. A functional model is the graph of the calls
between its inputs and its outputs.
"""

from __future__ import annotations

from typing import Any, NoReturn, TypeAlias

from autograd.base.dtypes import to_numpy_dtype
from autograd.base.nests import leaves, mapped

from .naming import automatic_name

#: A shape; None for an unknown size, such as the batch size.
Shape: TypeAlias = tuple[int | None, ...]


class KerasTensor:
    """A symbol: a tensor with a shape and a dtype, but no values.

    Attributes:
        shape: a tuple, with None for unknown sizes.
        dtype: the name of the dtype.
        name: the name of the symbol.
        call: the layer call that the symbol comes from.
        index: its index among the outputs of that call.
    """

    call: Call

    def __init__(self, shape: Shape, dtype: Any = "float32", name: str | None = None) -> None:
        self.shape = tuple(shape)
        self.dtype = to_numpy_dtype(dtype).name
        self.name = name or automatic_name("keras_tensor")
        self.index = 0

    @property
    def ndim(self) -> int:
        """The number of dims, including the batch."""
        return len(self.shape)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NoReturn:
        raise TypeError(
            f"{self!r} is a symbol and has no values: it can only be passed to layers, operators and the functions of "
            "keras.ops. Call other functions in the call() of a layer"
        )

    def __bool__(self) -> NoReturn:
        raise TypeError(f"{self!r} is a symbol and has no truth value")

    def __iter__(self) -> NoReturn:
        raise TypeError(f"{self!r} is a symbol: it cannot be iterated over")

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"


class Call:
    """A call of a layer on symbols.

    Attributes:
        layer: the Layer.
        number: the index of this call among the layer's calls.
        args, kwargs: the arguments, nests of symbols and other values.
        parents: the symbols among the arguments.
        outputs: the symbols that the call returned, in order.
    """

    # The layer is typed Any, since layers/base.py imports this module.
    def __init__(self, layer: Any, args: Any, kwargs: Any, outputs: list[KerasTensor]) -> None:
        self.layer = layer
        self.number = len(layer.calls)
        self.args, self.kwargs = args, kwargs
        self.parents = [leaf for leaf in leaves((args, kwargs)) if isinstance(leaf, KerasTensor)]
        self.outputs = outputs
        for index, output in enumerate(outputs):
            output.call, output.index = self, index
        layer.calls.append(self)


def shapes_of(nest: Any) -> Any:
    """The shapes of a nest of tensors or symbols, as a nest."""
    return mapped(lambda leaf: tuple(leaf.shape), nest)
