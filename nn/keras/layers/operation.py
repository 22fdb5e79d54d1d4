"""Operation: a function of tensors as a node of a functional model, and the operators of symbols."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, ParamSpec

import autograd
from autograd.base.nests import leaves
from autograd.tensorflow.errors import OpError
from autograd.tensorflow.operators import getitem

from ..naming import automatic_name, snake_case
from ..symbols import KerasTensor
from .base import Layer, eager

P = ParamSpec("P")


class Operation(Layer):
    """A function of tensors as a node of a functional model. It has no weights, and is not in the model's `layers`.

    Attributes:
        kind: its type in summaries.

    >>> from .core import Input
    >>> x = Input((3,))
    >>> (2 * x + x[:, :1]).shape
    (None, 3)
    """

    def __init__(self, function: Callable[..., Any], kind: str) -> None:
        super().__init__(name=automatic_name(snake_case(kind)))
        self.function, self.kind = function, kind
        self.built = True

    def call(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def _as_input(self, value: Any) -> Any:
        return eager(value)  # unlike in layers, the dtype is kept

    @property
    def _type_name(self) -> str:
        return self.kind

    def _call_on_symbols(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        try:
            return super()._call_on_symbols(args, kwargs)
        except (RuntimeError, OpError) as error:
            shapes = [leaf.shape for leaf in leaves((args, kwargs)) if isinstance(leaf, KerasTensor)]
            raise ValueError(f"{self.kind} does not accept symbols of the shapes {shapes}: {error}") from None

    @property
    def input(self) -> Any:
        """The symbol, or the list of symbols, that the function was called on."""
        parents = self._first_call("input").parents
        return parents[0] if len(parents) == 1 else parents


def operation(kind: str) -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """A decorator that makes a function of tensors accept symbols too, for which it records an Operation."""

    def decorate(function: Callable[P, Any]) -> Callable[P, Any]:
        @functools.wraps(function)
        def decorated(*args: P.args, **kwargs: P.kwargs) -> Any:
            if any(isinstance(leaf, KerasTensor) for leaf in leaves((args, kwargs))):
                return Operation(function, kind)(*args, **kwargs)
            return eager(function(*args, **kwargs))

        return decorated

    return decorate


#: The operators of symbols, by method name: the type in summaries, and the function.
_BINARY: dict[str, tuple[str, Callable[[Any, Any], Any]]] = {
    "add": ("Add", autograd.add),
    "sub": ("Subtract", autograd.sub),
    "mul": ("Multiply", autograd.mul),
    "truediv": ("TrueDivide", autograd.true_divide),
    "floordiv": ("FloorDivide", autograd.floor_divide),
    "mod": ("Mod", autograd.remainder),
    "pow": ("Power", autograd.pow),
    "matmul": ("Matmul", autograd.matmul),
}
#: Those without a reflected form, such as `__radd__`.
_OTHERS: dict[str, tuple[str, Callable[..., Any]]] = {
    "lt": ("Less", autograd.lt),
    "le": ("LessEqual", autograd.le),
    "gt": ("Greater", autograd.gt),
    "ge": ("GreaterEqual", autograd.ge),
    "neg": ("Negative", autograd.neg),
    "abs": ("Absolute", autograd.abs),
    "getitem": ("GetItem", getitem),
}


def _reflected(function: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    @functools.wraps(function)
    def reflected(self: Any, other: Any) -> Any:
        return function(other, self)

    return reflected


def add_operators() -> None:
    """Set the operators of KerasTensor."""
    for name, (kind, function) in {**_BINARY, **_OTHERS}.items():
        setattr(KerasTensor, f"__{name}__", operation(kind)(function))
    for name, (kind, function) in _BINARY.items():
        setattr(KerasTensor, f"__r{name}__", operation(kind)(_reflected(function)))
