"""`public`: a function as users call it, with `out=`, NumPy's names of arguments, and errors of PyTorch's kind.

Inside the project a function is called as it was defined. What a user calls (at the top level, as a method of Tensor,
in `linalg`, `nn.functional`, …) is that function behind `public`, which costs a tenth of a microsecond. Elementwise
operations, and a few functions that are called as often, have an `out` of their own and are public as they are.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any, TypeVar

from .errors import reraise
from .out import may_overlap, written
from .tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])

_NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim"}
#: The other names that arguments of functions have, by function: each with the name of its parameter.
_other_names: dict[Callable[..., Any], dict[str, str]] = {}
#: The names of a function's public forms: without and with `out`.
_NAMES = ("public", "public_with_out")
#: The public forms of functions, by function and name of the form; and the functions by their public forms.
_forms: dict[tuple[Callable[..., Any], str], Callable[..., Any]] = {}
_functions: dict[Callable[..., Any], Callable[..., Any]] = {}


def numpy_names(function: F) -> F:
    """Decorator: the public function also accepts NumPy's keywords, `axis` for `dim` and `keepdims` for `keepdim`."""
    _other_names[function] = _NUMPY_NAMES | _other_names.get(function, {})
    return function


def other_names(**names: str) -> Callable[[F], F]:
    """Decorator: the public function also accepts arguments by these names, each that of another parameter.

    @other_names(split_size="split_size_or_sections")
    """

    def accepting(function: F) -> F:
        _other_names[function] = names | _other_names.get(function, {})
        return function

    return accepting


def public(function: F, takes_out: bool = False, apart: bool = False) -> F:
    """The function as users call it.

    Args:
        function: any function of the project; one with a parameter `out` is returned unchanged. Its first argument
            may also be called `input`, and its variable arguments may be given as one, by their name.
        takes_out: whether users may give `out=`, a tensor (or a tuple of them) to write the result into. A function
            with a parameter `dtype` then computes in that of `out`.
        apart: whether `out` may not share a part of an argument's memory.
    """
    function = _functions.get(function, function)  # type: ignore[assignment]  # of the same signature
    form = _NAMES[takes_out]
    if "out" in _parameters(function):
        return function
    if (function, form) in _forms:
        return _forms[function, form]  # type: ignore[return-value]  # of the same signature
    defined = inspect.unwrap(function)  # behind decorators, which hide its parameters
    names = _parameters(defined)
    renames, typed = _other_names.get(function, {}) | _other_names.get(defined, {}), "dtype" in names
    if names and "input" not in names:
        renames = {"input": names[0], **renames}
    # np.sum(tensor) and the like pass out=None.
    pops_out = takes_out or "axis" in renames
    variable = defined.__code__.co_varnames[len(names)] if defined.__code__.co_flags & inspect.CO_VARARGS else None

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        try:
            if kwargs:
                kwargs = {renames.get(name, name): value for name, value in kwargs.items()}
                if variable in kwargs:
                    args = (*args, kwargs.pop(variable))
                if pops_out and "out" in kwargs:
                    out = kwargs.pop("out")
                    if out is not None:
                        if typed and isinstance(out, Tensor) and kwargs.get("dtype") is None:
                            kwargs["dtype"] = out.dtype
                        return written(out, function, *args, **kwargs)
            return function(*args, **kwargs)
        except Exception as error:
            reraise(error, function, *args, **kwargs)

    if takes_out:
        _show_out(called, function)
        if not apart:
            may_overlap.add(function)
    _forms[function, form], _functions[called] = called, function
    if "." not in function.__qualname__:
        # Pickle finds a function by the name of its module and its own, such as `sum.public`.
        called.__qualname__ = f"{function.__qualname__}.{form}"
        for found in (function, *(_forms[function, name] for name in _NAMES if (function, name) in _forms)):
            vars(found)[form] = called
    return called  # type: ignore[return-value]  # the same signature plus keywords


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    code = function.__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _show_out(called: Callable[..., Any], function: Callable[..., Any]) -> None:
    """Let `help()` and `inspect` show `out=None`."""
    parameters = list(inspect.signature(function).parameters.values())
    at = next((i for i, p in enumerate(parameters) if p.kind is p.VAR_KEYWORD), len(parameters))
    parameters.insert(at, inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="Any"))
    returns = getattr(function, "__annotations__", {}).get("return", inspect.Signature.empty)
    signature = inspect.Signature(parameters, return_annotation=returns, __validate_parameters__=False)
    called.__signature__ = signature  # type: ignore[attr-defined]  # where inspect looks first
