"""Grad mode: whether operations are recorded now, in this thread or asyncio task."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Any, TypeVar

import numpy as np

__all__ = [
    "enable_grad", "inference_mode", "is_grad_enabled", "is_inference_mode_enabled", "no_grad", "set_grad_enabled",
]  # fmt: skip


F = TypeVar("F", bound=Callable[..., Any])

_recording: ContextVar[bool] = ContextVar("recording", default=True)
_inferring: ContextVar[bool] = ContextVar("inferring", default=False)
#: The `with` blocks that this thread or task is in, the innermost last: the context manager, and what `recording` and
#: `inferring` were before.
_entered: ContextVar[tuple[tuple[_GradMode, bool, bool], ...]] = ContextVar("entered", default=())

#: Whether operations are recorded now, in this thread or task.
recording = _recording.get
#: Set it, and set it back with what that returned: `no_grad` and `enable_grad` without a context manager's overhead.
set_recording, reset_recording = _recording.set, _recording.reset


def is_grad_enabled() -> bool:
    """Whether operations on tensors that require a gradient are recorded.

    >>> with no_grad():
    ...     is_grad_enabled()
    False
    """
    return recording()


class _GradMode:
    """A context manager and decorator that sets whether operations are recorded.

    Threads and asyncio tasks may share one object, and may enter it again inside its own `with` block.
    """

    mode: bool

    def __enter__(self) -> None:
        self._enter(recording())

    def _enter(self, before: bool) -> None:
        """Set the mode; after the block, operations are recorded again if `before` is True."""
        _entered.set((*_entered.get(), (self, before, _inferring.get())))
        _recording.set(self.mode)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        blocks = _entered.get()
        own = [i for i, block in enumerate(blocks) if block[0] is self]
        if own:  # else a generator was begun in another thread or task, and nothing is to be put back in this one
            _, before, inferring = blocks[own[-1]]
            _entered.set(blocks[: own[-1]] + blocks[own[-1] + 1 :])
            _recording.set(before)
            _inferring.set(inferring)

    def __call__(self, function: F) -> F:
        if inspect.isgeneratorfunction(function):
            return self._around_generator(function)  # type: ignore[return-value]  # same signature as `function`

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            with self._again():
                return function(*args, **kwargs)

        return wrapped  # type: ignore[return-value]  # same signature as `function`

    def _around_generator(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The generator function with this mode inside it; between its values the caller has its own mode back."""

        @functools.wraps(function)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            generator = function(*args, **kwargs)
            resume: Callable[[], Any] = functools.partial(next, generator)
            try:
                while True:
                    try:
                        with self._again():
                            value = resume()
                    except StopIteration as end:
                        return end.value
                    try:
                        resume = functools.partial(generator.send, (yield value))
                    except GeneratorExit:
                        raise
                    except BaseException as error:
                        resume = functools.partial(generator.throw, error)
            finally:
                with self._again():
                    generator.close()

        return wrapped

    def _again(self) -> _GradMode:
        return type(self)()


def _flag(name: str, mode: Any) -> bool:
    if not isinstance(mode, (bool, np.bool_)):
        raise TypeError(f"{name}(): argument 'mode' must be bool, not {type(mode).__name__}")
    return bool(mode)


class no_grad(_GradMode):
    """Record nothing: a context manager, or a decorator with or without parentheses.

    >>> import autograd
    >>> x = autograd.ones(2, requires_grad=True)
    >>> with no_grad():
    ...     (x * 2).requires_grad
    False
    """

    mode = False

    def __new__(cls, orig_func: Callable[..., Any] | None = None) -> Any:
        """With a function, the decorated function."""
        made = super().__new__(cls)
        return made if orig_func is None else made(orig_func)

    def __init__(self, orig_func: Callable[..., Any] | None = None) -> None:
        pass


class enable_grad(no_grad):
    """Record again, inside `no_grad`: a context manager or a decorator."""

    mode = True


class set_grad_enabled(_GradMode):
    """Record or not, as `mode` says. Takes effect at once; as a context manager, until the end of the `with` block.

    >>> with set_grad_enabled(False):
    ...     is_grad_enabled()
    False
    """

    def __init__(self, mode: bool) -> None:
        self.mode = _flag("set_grad_enabled", mode)
        self._at_call: bool | None = recording()
        _recording.set(self.mode)

    def __enter__(self) -> None:
        if self._at_call is None:
            super().__enter__()
        else:
            self._enter(self._at_call)
            self._at_call = None

    def __call__(self, function: F) -> F:
        if self._at_call is not None:
            _recording.set(self._at_call)
            self._at_call = None
        return super().__call__(function)

    def _again(self) -> _GradMode:
        return set_grad_enabled(self.mode)


def is_inference_mode_enabled() -> bool:
    """Whether `inference_mode` is on."""
    return _inferring.get()


class inference_mode(_GradMode):
    """Record nothing, as `no_grad`: a context manager, or a decorator with or without parentheses.

    PyTorch also forbids using the results in a graph later; here they are ordinary constants.

    Args:
        mode: False turns recording back on inside.

    >>> with inference_mode():
    ...     is_grad_enabled(), is_inference_mode_enabled()
    (False, True)
    """

    def __new__(cls, mode: Any = True) -> Any:
        """With a function, the decorated function."""
        return cls()(mode) if callable(mode) else super().__new__(cls)

    def __init__(self, mode: bool = True) -> None:
        self.mode = not _flag("inference_mode", mode)

    def __enter__(self) -> None:
        super().__enter__()
        _inferring.set(not self.mode)

    def _again(self) -> _GradMode:
        return inference_mode(not self.mode)
