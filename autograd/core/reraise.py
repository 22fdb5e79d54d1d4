"""Reraise: what NumPy or Python raises inside a function of ours reaches its caller as PyTorch's kind, with a sentence.

A function validates what it can and raises at once. Anything it misses fails deeper, as a NumPy or Python error about
internals. `public` and the elementwise operations catch it and re-raise PyTorch's kind, naming function, problem and
arguments. Errors that the project raises itself, and those of the caller's own functions, pass unchanged.
"""

from __future__ import annotations

import inspect
import opcode
import os
import re
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, Literal, NoReturn

import numpy as np

from ..base.call_site import PROJECT
from ..base.device import device
from ..base.dtypes import dtype
from .errors import describe, not_a_tensor, type_name
from .tensor import Tensor

_RAISE = opcode.opmap["RAISE_VARARGS"]
#: Where the files of NumPy and of Python itself are.
_NUMPY, _PYTHON = os.path.dirname(np.__file__) + os.sep, os.path.dirname(os.__file__) + os.sep

#: PyTorch's kind for what NumPy or Python raises: the first class that fits; a RuntimeError for all others.
_KINDS: tuple[tuple[type[Exception], type[Exception]], ...] = (
    (RecursionError, RecursionError),
    (IndexError, IndexError),  # NumPy's AxisError too, which is a ValueError besides
    (TypeError, TypeError),
    (AttributeError, TypeError),
    (NotImplementedError, NotImplementedError),
)


def raised_on_purpose(error: Exception) -> bool:
    """Whether a `raise` of the project or of the caller raised the error, rather than NumPy or Python inside."""
    return _origin(error) != "accident"


def _origin(error: Exception) -> Literal["project", "caller", "accident"]:
    """Who raised an error: a `raise` of the project, the caller's own code, or, by accident, NumPy or Python inside."""
    if isinstance(error, (Warning, OSError)):
        # A warning that a filter made an error; a file that cannot be opened, of which the system's error says most.
        return "caller"
    frames = []
    traceback = error.__traceback__
    while traceback is not None:
        frames.append((traceback.tb_frame.f_code, traceback.tb_lasti))
        traceback = traceback.tb_next
    code, instruction = frames.pop()
    if code.co_filename.startswith(PROJECT):
        # The frame stopped either at a `raise` statement of ours or at a call or operation that failed.
        return "project" if code.co_code[instruction] == _RAISE else "accident"
    # Walk out to the innermost frame that is neither NumPy's nor Python's.
    while _is_inner(code.co_filename):
        code, instruction = frames.pop()
    return "accident" if code.co_filename.startswith(PROJECT) else "caller"


def raised_by_the_caller(error: Exception) -> bool:
    """Whether the caller's own code raised the error."""
    return _origin(error) == "caller"


def hide_frames(error: BaseException) -> None:
    """Keep pytest and IPython from showing the project's frames in the traceback of an error that is caught now.

    They leave out frames with a local variable `__tracebackhide__`. It is set for the frames that the error has passed
    since the user's code, and for those that it will pass on its way to the user's code.
    """
    frame: FrameType | None = sys._getframe(1)
    while frame is not None and _hide(frame):
        frame = frame.f_back
    traceback = error.__traceback__ and error.__traceback__.tb_next  # the first is where the error was caught
    while traceback is not None and _hide(traceback.tb_frame):
        traceback = traceback.tb_next


def _hide(frame: FrameType) -> bool:
    """Hide a frame; whether it is the project's, and was not hidden before."""
    if not frame.f_code.co_filename.startswith(PROJECT) or frame.f_code.co_name == "<module>":
        return False
    variables = frame.f_locals
    hidden_before = "__tracebackhide__" in variables
    if isinstance(variables, dict):
        variables.clear()  # a copy, until Python 3.13: it would keep the error alive, in a cycle
    variables["__tracebackhide__"] = True
    return not hidden_before


def _is_inner(file: str) -> bool:
    """Whether a file is NumPy's or Python's own, and not that of another installed package."""
    installed = "site-packages" in file or "dist-packages" in file
    compiled = file.endswith((".pyx", ".pxd"))  # NumPy's random numbers
    return (
        compiled
        or file.startswith((_NUMPY, "<frozen ", "<__array_function__"))
        or (file.startswith(_PYTHON) and not installed)
    )


def reraise(error: Exception, function: Callable[..., Any], *args: Any, **kwargs: Any) -> NoReturn:
    """Raise the error that a call of `function` with these arguments has met: PyTorch's kind of it, with a sentence.

    It is called where the error was caught. An error of the caller's own code is raised again, unchanged, and so is a
    TypeError or ValueError that the project raised. Then the types of the arguments are checked: if one is wrong, that
    is the reason, and the error is a TypeError. Otherwise, any other error that the project raised passes unchanged.
    """
    hide_frames(error)
    origin = _origin(error)
    if origin == "caller" or (origin == "project" and isinstance(error, (TypeError, ValueError))):
        raise  # noqa: PLE0704 - within the caller's except
    wrong = _wrong_type(function, _named_arguments(function, args, kwargs), len(args))
    if wrong is not None:
        raise TypeError(wrong) from None
    if origin == "project":
        raise  # noqa: PLE0704 - within the caller's except
    raise explained(error, function, args, kwargs) from None


def explained(
    error: Exception, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> Exception:
    """PyTorch's kind of an error that NumPy or Python raised in a call of `function` with these arguments."""
    name, given = _label(function), _named_arguments(function, args, kwargs)
    defined = f"{inspect.unwrap(function).__qualname__}() "
    if isinstance(error, TypeError) and str(error).startswith(defined):  # about arguments that are missing or unknown
        return TypeError(f"{name}() {str(error).removeprefix(defined)}")
    if isinstance(error, AttributeError) and hasattr(Tensor, error.name or ""):
        # Something was taken for a tensor. If it is an argument, that one is named.
        for parameter, value in given:
            if value is error.obj and not isinstance(value, Tensor):
                return TypeError(f"{name}(): argument '{parameter}' must be {not_a_tensor(value)}")
    shown = ", ".join(f"{parameter} = {describe(value)}" for parameter, value in given) or "no arguments"
    return _pytorch_class(error, given)(f"{name}(): {_sentence(error)}; given: {shown}")


def _label(function: Callable[..., Any]) -> str:
    """How messages call a function: `sum`; a bound method `SGD.step`; a constructor or call of a layer `Linear`."""
    owner, name = getattr(function, "__self__", None), function.__name__
    if owner is None:
        return name
    kind = owner.__name__ if isinstance(owner, type) else type(owner).__name__
    return kind if name in ("__init__", "__call__", "forward") else f"{kind}.{name}"


def _pytorch_class(error: Exception, given: list[tuple[str, Any]]) -> type[Exception]:
    """The class of error that PyTorch raises where NumPy or Python raises this one."""
    if (
        isinstance(error, TypeError)
        and re.search("ufunc|numpy boolean", str(error))
        and all(_is_tensor_like(value) for _, value in given)
    ):
        return RuntimeError  # NumPy has no loop for these dtypes
    return next((ours for kind, ours in _KINDS if isinstance(error, kind)), RuntimeError)


def _sentence(error: Exception) -> str:
    """What the error says, in one line."""
    if isinstance(error, MemoryError):
        return "not enough memory for the result: make it smaller"
    if isinstance(error, OverflowError):
        return f"a number is out of range ({error})"
    if isinstance(error, KeyError):
        return f"{error} is unknown"
    return " ".join(str(error).split()) or type(error).__name__


def _named_arguments(
    function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]
) -> list[tuple[str, Any]]:
    """The arguments of a call by the names of their parameters; by position if the call does not fit.

    Each of the arguments of `*tensors` has its name, also if they were given as one list.
    """
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return [*((f"argument {i}", value) for i, value in enumerate(args, 1)), *kwargs.items()]
    found: list[tuple[str, Any]] = []
    for name, value in bound.arguments.items():
        if bound.signature.parameters[name].kind is inspect.Parameter.VAR_POSITIONAL:
            parts = value[0] if len(value) == 1 and isinstance(value[0], (tuple, list)) else value
            found += [(name, part) for part in parts]
        else:
            found.append((name, value))
    return found


#: What a parameter accepts, by its annotation: only these are looked at, and only after a call has failed.
_ACCEPTED: dict[str, tuple[type, ...]] = {
    "Tensor": (Tensor,),
    "int": (int, np.integer, Tensor),
    "bool": (bool, int, np.bool_, Tensor),
    "float": (int, float, np.number, Tensor),
    "str": (str,),
    "dtype": (dtype,),
}
_NUMBER = (int, float, complex, np.number, np.bool_)
#: What a parameter accepts by its name, where the annotation does not tell; and how messages call it.
_ACCEPTED_BY_NAME: dict[str, tuple[tuple[type, ...], str]] = {
    "alpha": (_NUMBER, "Number"),
    "beta": (_NUMBER, "Number"),
    "device": ((str, int, device), "torch.device"),
    "dims": ((tuple, list, int), "tuple of ints"),
    "dtype": ((dtype, type, np.dtype, str), "torch.dtype"),
    "requires_grad": ((bool,), "bool"),
    "size": ((tuple, list, int, np.integer, Tensor), "tuple of ints"),
}


def _wrong_type(function: Callable[..., Any], given: list[tuple[str, Any]], n_positional: int) -> str | None:
    """A sentence about the first argument that is not of the type that its parameter accepts."""
    annotations = getattr(function, "__annotations__", {})
    for index, (parameter, value) in enumerate(given):
        annotation = str(annotations.get(parameter, ""))
        expected = annotation.removesuffix(" | None")
        if expected in _ACCEPTED:
            accepted, optional = _ACCEPTED[expected], expected != annotation
        elif parameter in _ACCEPTED_BY_NAME:
            (accepted, expected), optional = _ACCEPTED_BY_NAME[parameter], True
        else:
            continue
        if isinstance(value, accepted) or (value is None and optional):
            continue
        position = index + (not function.__qualname__.startswith("Tensor."))  # methods count without `self`
        place = f" (position {position})" if index < n_positional and position else ""
        problem = not_a_tensor(value) if expected == "Tensor" else f"{expected}, not {type_name(value)}"
        return f"{_label(function)}(): argument '{parameter}'{place} must be {problem}"
    return None


def _is_tensor_like(value: Any) -> bool:
    """Whether a value is a tensor, a number, an option, or a sequence of them."""
    if isinstance(value, (tuple, list)):
        return all(_is_tensor_like(part) for part in value)
    return isinstance(value, (Tensor, int, float, complex, np.number, np.bool_, str, dtype, type(None)))
