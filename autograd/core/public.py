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
from .errors import users_level
from .out import compute_into, may_overlap
from .reraise import reraise
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
    has_out = "out" in _parameters(_undecorated(function))
    # Of the methods, only NumPy's protocol is given `out`, by NumPy itself.
    if (has_out and (not method or name == "Tensor.__array_ufunc__")) or function in _functions:
        return function
    if function in _forms and not method:
        return _forms[function]  # type: ignore[return-value]  # of the same signature
    keywords: _Keywords | None = None

    @functools.wraps(function, ("__name__", "__doc__", "__annotations__"))  # the rest is set below
    def called(*args: Any, **kwargs: Any) -> Any:
        nonlocal keywords
        try:
            if not kwargs:
                return function(*args)
            if keywords is None:
                keywords = _Keywords(function, called, takes_out)
            if not keywords.known.issuperset(kwargs):
                args, kwargs, out = keywords.understood(args, kwargs)
                if out is not None:
                    return compute_into(out, function, *args, **kwargs)
            return function(*args, **kwargs)
        except Exception as error:
            if not kwargs and isinstance(error, TypeError) and (defined := _undecorated(function)) in _factors_first:
                meant = with_factors_last(called.__qualname__, defined, args)
                if meant is not None:
                    return called(*meant[0], **meant[1])
            reraise(error, called, *args, **kwargs)

    if takes_out or has_out:
        called.__signature__ = Signature.of(function, takes_out)  # type: ignore[attr-defined]  # where inspect looks first
    if takes_out and not no_overlap:
        may_overlap.add(function)
    called.__module__, called.__qualname__ = module, name
    if method:
        called.__name__ = name.removeprefix("Tensor.")
    else:
        _forms[function] = called
    _functions[called] = function
    return called  # type: ignore[return-value]  # the same signature plus keywords


def _undecorated(function: Any) -> Any:
    """The function behind decorators, which hide its parameters."""
    while hasattr(function, "__wrapped__"):
        function = function.__wrapped__
    return function


def _parameters(function: Callable[..., Any]) -> tuple[str, ...]:
    code = function.__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


class _Keywords:
    """What a public form does with keywords. Made at the first call with any, because a thousand forms are imported.

    Attributes:
        known: the names of the function's parameters, without `out`.
        others: other names of parameters.
        variable: the name of its variable arguments, or None.
    """

    def __init__(self, function: Callable[..., Any], called: Callable[..., Any], takes_out: bool) -> None:
        defined = _undecorated(function)
        parameters = _parameters(defined)
        self.name, self.method, self.takes_out = called.__name__, called.__qualname__.startswith("Tensor."), takes_out
        self.known = frozenset(parameters) - {"out"}  # methods do not take it, as in PyTorch
        self.others = _other_names.get(function, {}) | _other_names.get(defined, {})
        if parameters and "input" not in self.known:
            self.others = {"input": parameters[0], **self.others}
        code = defined.__code__
        self.variable = code.co_varnames[len(parameters)] if code.co_flags & inspect.CO_VARARGS else None

    def understood(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[Any, ...], dict[str, Any], Any]:
        """The arguments and keywords of a call by the names of the function's parameters, and `out`."""
        # An alias beside the name that it stands for stays, and is refused as unknown.
        kwargs = {k if (to := self.others.get(k, k)) in kwargs else to: value for k, value in kwargs.items()}
        if self.variable in kwargs:
            args = (*args, kwargs.pop(self.variable))
        # np.sum(tensor) and the like call methods with out=None.
        out = kwargs.pop("out", None) if self.takes_out or self.method else None
        if out is not None and self.method:
            raise TypeError(f"{self.name}() got an unexpected keyword argument 'out'")
        if isinstance(out, Tensor) and "dtype" in self.known:
            if kwargs.setdefault("dtype", None) is None:
                kwargs["dtype"] = out.dtype
            elif to_numpy_dtype(kwargs["dtype"]) != out.array.dtype:
                raise RuntimeError(f"{self.name}(): dtype={kwargs['dtype']} is not that of out, which is {out.dtype}")
        return args, kwargs, out


class Signature(inspect.Signature):
    """What `help()` and `inspect` show of a public form: with `out=None` or without it.

    It is made when it is first looked at, because hundreds of them would slow down the import.
    """

    __slots__ = ("_function", "_takes_out")
    _function: Callable[..., Any]
    _takes_out: bool

    @classmethod
    def of(cls, function: Callable[..., Any], takes_out: bool) -> Signature:
        """The signature of `function`, whose parameters are not looked at yet."""
        made = cls.__new__(cls)
        made._function, made._takes_out = function, takes_out
        return made

    def __getattr__(self, name: str) -> Any:
        if name not in inspect.Signature.__slots__:
            raise AttributeError(f"a signature has no attribute {name!r}")
        parameters = [p for p in inspect.signature(self._function).parameters.values() if p.name != "out"]
        if self._takes_out:
            at = next((i for i, p in enumerate(parameters) if p.kind is p.VAR_KEYWORD), len(parameters))
            parameters.insert(
                at, inspect.Parameter("out", inspect.Parameter.KEYWORD_ONLY, default=None, annotation="Any")
            )
        returns = getattr(self._function, "__annotations__", {}).get("return", inspect.Signature.empty)
        inspect.Signature.__init__(self, parameters, return_annotation=returns, __validate_parameters__=False)
        return getattr(self, name)
