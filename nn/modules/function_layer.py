"""FunctionLayer: the base of the layers that hold the options of a function in `nn.functional` and call it."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

from autograd.core.tensor import Tensor

from ..module import Module

#: Parameters that are no options of a layer: they only choose its `reduction`.
_DEPRECATED = ("size_average", "reduce")


class FunctionLayer(Module):
    """A layer that calls a function with its options: the parameters that its constructor shares with the function.

    A subclass gives the function, the options that its repr shows, and the number of spatial dims where that matters,
    as arguments of its class statement.

    >>> import autograd
    >>> class Scale(UnaryLayer, function=lambda input, factor: input * factor, shown=("factor",)):
    ...     def __init__(self, factor):
    ...         super().__init__()
    ...         self.factor = factor
    >>> Scale(3.0), Scale(3.0)(autograd.tensor(2.0)).item()
    (Scale(factor=3.0), 6.0)
    """

    _function: Callable[..., Any]
    _options: tuple[str, ...]
    _shown: tuple[str, ...] = ()
    _dims: int

    def __init_subclass__(
        cls,
        *,
        function: Callable[..., Any] | None = None,
        shown: tuple[str, ...] | None = None,
        dims: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init_subclass__(**kwargs)
        if shown is not None:
            cls._shown = shown
        if dims is not None:
            cls._dims = dims
        if function is not None:
            cls._function = staticmethod(function)
            own = signature(cls.__init__).parameters.keys() - _DEPRECATED | {"training"}
            cls._options = tuple(name for name in signature(function).parameters if name in own)

    def _keywords(self) -> dict[str, Any]:
        """The options as keyword arguments of the function; `training` is one of them if the function has it."""
        keywords = {}
        for name in self._options:
            keywords[name] = getattr(self, name)
        return keywords

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)


class UnaryLayer(FunctionLayer):
    """A FunctionLayer of one input."""

    def forward(self, input: Tensor) -> Tensor:
        """The function of the input."""
        return self._function(input, **self._keywords())
