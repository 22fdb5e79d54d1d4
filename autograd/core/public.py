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
#: The functions that accept NumPy's names too.
_with_numpy_names: set[Callable[..., Any]] = set()
#: The names of a function's public forms: without and with `out`.
_NAMES = ("public", "public_with_out")
#: The public forms of functions, by function and name of the form; and the functions by their public forms.
_forms: dict[tuple[Callable[..., Any], str], Callable[..., Any]] = {}
_functions: dict[Callable[..., Any], Callable[..., Any]] = {}


def numpy_names(function: F) -> F:
    """Decorator: the public function also accepts NumPy's keywords, `axis` for `dim` and `keepdims` for `keepdim`."""
    _with_numpy_names.add(function)
    return function


def public(function: F, takes_out: bool = False, apart: bool = False) -> F:
    """The function as users call it.

    Args:
        function: any function of the project; one with a parameter `out` is returned unchanged.
        takes_out: whether users may give `out=`, a tensor (or a tuple of them) to write the result into. A function
            with a parameter `dtype` then computes in that of `out`.
        apart: whether `out` may not share a part of an argument's memory.
    """
    function = _functions.get(function, function)  # type: ignore[assignment]  # of the same signature
    names, form = _parameters(function), _NAMES[takes_out]
    if "out" in names:
        return function
    if (function, form) in _forms:
        return _forms[function, form]  # type: ignore[return-value]  # of the same signature
    renames, typed = function in _with_numpy_names, "dtype" in names

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        try:
            if kwargs:
                if renames:
                    kwargs = {_NUMPY_NAMES.get(name, name): value for name, value in kwargs.items()}
                if (takes_out or renames) and "out" in kwargs:
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
