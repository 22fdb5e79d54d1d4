"""FunctionLayer: the base of the layers that hold the options of a function in `nn.functional` and call it.

Also `non_default`, for the reprs of other layers that show the options that were changed.
"""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

from autograd.core.tensor import Tensor

from ..module import Module

#: Parameters that are not options of a layer: they only choose its `reduction`.
_DEPRECATED = ("size_average", "reduce")


class FunctionLayer(Module):
    """A layer that calls a function with its options: the parameters that its constructor shares with the function.

    A subclass gives the function, the options that its repr shows, and the number of spatial dims where that matters,
    as arguments of its class statement. A parameter `training` of the function is the layer's training mode.

    >>> import autograd
    >>> class Scale(UnaryLayer, function=lambda input, factor: input * factor, shown=("factor",)):
    ...     def __init__(self, factor):
    ...         super().__init__()
    ...         self.factor = factor
    >>> Scale(3.0), Scale(3.0)(autograd.tensor(2.0)).item()
    (Scale(factor=3.0), 6.0)
    """

    _function: Callable[..., Any]
    _call: Callable[..., Any]
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
            own = signature(cls.__init__).parameters.keys() - _DEPRECATED | {"training"}
            options = [name for name in signature(function).parameters if name in own]
            cls._function, cls._call = staticmethod(function), _call_with(function, options)

    def extra_repr(self) -> str:
        return ", ".join(f"{name}={getattr(self, name)!r}" for name in self._shown)


class UnaryLayer(FunctionLayer):
    """A FunctionLayer of one input."""

    def forward(self, input: Tensor) -> Tensor:
        """The function of the input."""
        return self._call(input)


def _call_with(function: Callable[..., Any], options: list[str]) -> Callable[..., Any]:
    """A method that calls the function with its inputs, and with the layer's options by name.

    The call is written out and compiled, as a dataclass's constructor is: a loop over the options takes 0.3 µs more.
    """
    keywords = "".join(f", {name}=self.{name}" for name in options)
    source = f"lambda self, *inputs: function(*inputs{keywords})"
    return eval(compile(source, __file__, "eval"), {"function": function})


def non_default(module: Module, **defaults: Any) -> str:
    """ ", name=value" for each of the module's attributes that differs from its default: the end of a repr."""
    values = {name: getattr(module, name) for name in defaults}
    return "".join(f", {name}={value}" for name, value in values.items() if value != defaults[name])
