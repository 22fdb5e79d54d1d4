"""`public`: a function as users call it, with `out=`, other names of its arguments, and errors of PyTorch's kind.

Inside the project, functions are called undecorated. What a user calls (at the top level, as a method of Tensor, in
`linalg`, `nn.functional`, …) is that function behind `public`, in a frame of its own: it costs less than a tenth of a
microsecond. Elementwise operations have a parameter `out` and handle errors themselves, and so do a few functions that
are called as often: they are public as they are.
"""

from __future__ import annotations

import functools
import inspect
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

from ..base.dtypes import to_numpy_dtype
from .errors import reraise, users_level
from .out import compute_into, may_overlap
from .tensor import Tensor

F = TypeVar("F", bound=Callable[..., Any])

_NUMPY_NAMES = {"axis": "dim", "keepdims": "keepdim"}
#: Aliases of parameters: function -> {alias: parameter}.
_other_names: dict[Callable[..., Any], dict[str, str]] = {}
#: Function -> its public form, so that two modules with the same function show the same object.
_forms: dict[Callable[..., Any], Callable[..., Any]] = {}
#: Function -> the names of the numbers that may stand before its tensors.
_factors_first: dict[Callable[..., Any], tuple[str, ...]] = {}
#: Public form -> function, so that a public form is not wrapped again.
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


def factors_first(*names: str) -> Callable[[F], F]:
    """Decorator: the public function also accepts these factors as numbers before its tensors, and warns.

    So `x.addcmul_(-1, y, z)` is `x.addcmul_(y, z, value=-1)`, as in PyTorch, whose first releases had only that form.
    """

    def accepting(function: F) -> F:
        _factors_first[function] = names
        return function

    return accepting


def with_factors_last(
    name: str, function: Callable[..., Any], args: tuple[Any, ...]
) -> tuple[list[Tensor], dict[str, Any]] | None:
    """The tensors and keywords that are meant by arguments with factors among the tensors; None if there are none.

    Args:
        name: what the warning calls the function.
        function: what was called, undecorated.
        args: what was given.
    """
    factors = _factors_first.get(function, ())
    tensors = [value for value in args if isinstance(value, Tensor)]
    numbers = [value for value in args if not isinstance(value, Tensor)]
    expected = function.__code__.co_argcount
    if len(tensors) != expected or not 0 < len(numbers) <= len(factors):
        return None
    if not all(isinstance(value, Tensor) for value in args[1 - expected :]):
        return None  # x.addcmul(y, z, 2)
    keywords = dict(zip(factors, numbers))
    shown = ", ".join(f"{key}={value}" for key, value in keywords.items())
    message = f"{name}: numbers before the tensors are deprecated: write {name}(…, {shown})"
    warnings.warn(message, UserWarning, stacklevel=users_level())
    return tensors, keywords


def public_as_it_is(function: F) -> F:
    """Decorator: the function handles errors itself, with `reraise`, and needs no other form."""
    _functions[function] = function
    return function


def public(function: F, module: str, name: str, takes_out: bool = False, no_overlap: bool = False) -> F:
    """The function as users call it; there is one public form of each function, besides its methods.

    Args:
        function: any function of the project. One that is marked by `public_as_it_is` is public as it is; so is one
            with a parameter `out`, except as a method: as in PyTorch, methods have no `out`. In the public form, the
            first argument may also be called `input`, and variable arguments (`*tensors`) may be given as one, by
            their name.
        module, name: where users find it, such as `autograd.linalg` and `inv`, or `autograd` and `Tensor.sum`. They
            become its `__module__` and `__qualname__`, by which pickle saves and finds a function.
        takes_out: whether users may give `out=`, a tensor (or a tuple of them) to write the result into. A function
            with a parameter `dtype` then computes in that of `out`.
        no_overlap: whether `out` may not share a part of an argument's memory.
    """
    method = name.startswith("Tensor.")
    if method:
        function = _functions.get(function, function)  # type: ignore[assignment]  # of the same signature
    defined = inspect.unwrap(function)  # behind decorators, which hide its parameters
    parameters = _parameters(defined)
    has_out = "out" in parameters
    # Of the methods, only NumPy's protocol is given `out`, by NumPy itself.
    if (has_out and (not method or name == "Tensor.__array_ufunc__")) or function in _functions:
        return function
    if function in _forms and not method:
        return _forms[function]  # type: ignore[return-value]  # of the same signature
    known = frozenset(parameters) - {"out"}  # methods do not take it, as in PyTorch
    others, typed = _other_names.get(function, {}) | _other_names.get(defined, {}), "dtype" in known
    if parameters and "input" not in known:
        others = {"input": parameters[0], **others}
    pops_out = takes_out or method  # np.sum(tensor) and the like call methods with out=None
    code = defined.__code__
    variable = code.co_varnames[len(parameters)] if code.co_flags & inspect.CO_VARARGS else None

    @functools.wraps(function)
    def called(*args: Any, **kwargs: Any) -> Any:
        try:
            if not kwargs:
                return function(*args)
            if not known.issuperset(kwargs):
                # An alias beside the name that it stands for stays, and is refused as unknown.
                kwargs = {k if (to := others.get(k, k)) in kwargs else to: value for k, value in kwargs.items()}
                if variable in kwargs:
                    args = (*args, kwargs.pop(variable))
                out = kwargs.pop("out", None) if pops_out else None
                if out is not None:
                    if method:
                        raise TypeError(f"{called.__name__}() got an unexpected keyword argument 'out'")
                    if typed and isinstance(out, Tensor) and kwargs.setdefault("dtype", None) is None:
                        kwargs["dtype"] = out.dtype
                    elif typed and isinstance(out, Tensor) and to_numpy_dtype(kwargs["dtype"]) != out.array.dtype:
                        raise RuntimeError(
                            f"{called.__name__}(): dtype={kwargs['dtype']} is not that of out, which is {out.dtype}"
                        )
                    return compute_into(out, function, *args, **kwargs)
            return function(*args, **kwargs)
        except Exception as error:
            older = not kwargs and isinstance(error, TypeError) and defined in _factors_first
            if older and (meant := with_factors_last(name, defined, args)) is not None:
                return called(*meant[0], **meant[1])
            reraise(error, called, *args, **kwargs)

    if takes_out or has_out:
        called.__signature__ = _signature(function, takes_out)  # type: ignore[attr-defined]  # where inspect looks first
    if takes_out and not no_overlap:
        may_overlap.add(function)
    called.__module__, called.__qualname__ = module, name
    if method:
        called.__name__ = name.removeprefix("Tensor.")
    else:
        _forms[function] = called
    _functions[called] = function
    return called  # type: ignore[return-value]  # the same signature plus keywords


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    code = function.__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _signature(function: Callable[..., Any], takes_out: bool) -> inspect.Signature:
    """What `help()` and `inspect` show: the signature of the function, with `out=None` or without it."""
    parameters = [p for p in inspect.signature(function).parameters.values() if p.name != "out"]
    if takes_out:
        at = next((i for i, p in enumerate(parameters) if p.kind is p.VAR_KEYWORD), len(parameters))
        parameters.insert(at, inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="Any"))
    returns = getattr(function, "__annotations__", {}).get("return", inspect.Signature.empty)
    return inspect.Signature(parameters, return_annotation=returns, __validate_parameters__=False)
