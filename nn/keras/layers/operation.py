"""Operation: a function of tensors as a node of a functional model, and the operators of symbols."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, ParamSpec

import autograd
from autograd.base.nests import leaves
from autograd.tensorflow.errors import OpError
from autograd.tensorflow.operators import getitem

from ..config import publish
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

    def __init__(
        self, function: Callable[..., Any], kind: str, namespace: str = "ops", name: str | None = None
    ) -> None:  # fmt: skip
        super().__init__(name=name or automatic_name(snake_case(kind)))
        self.function, self.kind, self.namespace = function, kind, namespace
        self.built = True

    def identity(self) -> tuple[str | None, str, str | None]:
        return f"keras.{self.namespace}", self.kind, self.kind

    def get_config(self) -> dict[str, Any]:
        """The name; the function is found by its type. ValueError for a function that has no name in Keras."""
        return {"name": self.name}

    def call(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    def _as_input(self, value: Any) -> Any:
        return eager(value)  # unlike in layers, the dtype is kept

    def _check_input(self, args: tuple[Any, ...]) -> None:
        pass  # functions take numbers too

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


class _Maker:
    """How configs create the operations of one function."""

    def __init__(self, function: Callable[..., Any], kind: str, namespace: str) -> None:
        self.arguments = function, kind, namespace

    def from_config(self, config: Mapping[str, Any]) -> Operation:
        """An operation with the name in a config."""
        return Operation(*self.arguments, config.get("name"))


def operation(kind: str, namespace: str = "ops") -> Callable[[Callable[P, Any]], Callable[P, Any]]:
    """A decorator that makes a function of tensors accept symbols too, for which it records an Operation.

    Args:
        kind: the type in summaries and configs.
        namespace: the namespace of Keras in which the kind stands for this function.
    """

    def decorate(function: Callable[P, Any]) -> Callable[P, Any]:
        maker = _Maker(function, kind, namespace)
        publish(f"keras.{namespace}", kind, maker)
        if namespace == "operators":  # Keras has one type for an operator and for the function of keras.ops
            publish("keras.ops", kind, maker)

        @functools.wraps(function)
        def decorated(*args: P.args, **kwargs: P.kwargs) -> Any:
            if any(isinstance(leaf, KerasTensor) for leaf in leaves((args, kwargs))):
                return Operation(function, kind, namespace)(*args, **kwargs)
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


def add_operators() -> None:
    """Set the operators of KerasTensor."""
    for name, (kind, function) in {**_BINARY, **_OTHERS}.items():
        on_symbols = operation(kind, "operators")(function)
        setattr(KerasTensor, f"__{name}__", on_symbols)
        if name in _BINARY:
            setattr(KerasTensor, f"__r{name}__", lambda self, other, operator=on_symbols: operator(other, self))
