"""Execution: `tf.function`, devices and scopes, which have no effect in eager mode, and `tf.print`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TextIO

import numpy as np

from ..core.tensor import Tensor

#: The names at the top level of `autograd.tensorflow`, where `print_` is `print`.
__all__ = ["control_dependencies", "device", "executing_eagerly", "function", "group", "name_scope"]


def function(
    func: Callable[..., Any] | None = None, input_signature: Any = None, autograph: bool = True,
    jit_compile: bool | None = None, reduce_retracing: bool = False,
) -> Any:  # fmt: skip
    """The function itself, not traced or compiled: a decorator, with or without arguments.

    Python statements in the function run on every call, where TensorFlow runs them only while it traces.
    """
    return func if func is not None else lambda decorated: decorated


def executing_eagerly() -> bool:
    """Whether operations run immediately: always."""
    return True


@contextmanager
def device(device_name: Any) -> Iterator[None]:
    """A block that runs on a device: always on the CPU, whatever the name."""
    yield


@contextmanager
def name_scope(name: str) -> Iterator[str]:
    """A block without effect: names have no prefixes."""
    yield name


@contextmanager
def control_dependencies(control_inputs: Any) -> Iterator[None]:
    """A block without effect: operations have run already, in order."""
    yield


def group(*inputs: Any, name: str | None = None) -> None:
    """No-op: operations have run already."""


def print_(
    *inputs: Any, output_stream: TextIO | None = None, summarize: int = 3, sep: str = " ", end: str = "\n",
    name: str | None = None,
) -> None:  # fmt: skip
    """Print values to `output_stream`, by default stderr; of a long axis only the first and last `summarize` elements.

    >>> from autograd import tensorflow as tf
    >>> tf.print("loss:", tf.constant([0.5, 2.0]), output_stream=sys.stdout)
    loss: [0.5 2]
    """
    stream = sys.stderr if output_stream is None else output_stream
    stream.write(sep.join(_text(value, summarize) for value in inputs) + end)


def _text(value: Any, summarize: int) -> str:
    if isinstance(value, Tensor):
        return _array_text(np.asarray(value.array), summarize, 1)
    if isinstance(value, (list, tuple)):
        opening, closing = ("[", "]") if isinstance(value, list) else ("(", ",)" if len(value) == 1 else ")")
        return opening + ", ".join(_text(v, summarize) for v in value) + closing
    if isinstance(value, dict):
        return "{" + ", ".join(f"{k!r}: {_text(v, summarize)}" for k, v in value.items()) + "}"
    return str(value)


def _array_text(array: Any, summarize: int, depth: int) -> str:
    if not array.ndim:
        return _number_text(array[()])
    edge = summarize if summarize >= 0 and len(array) > 2 * summarize else None
    rows = [_array_text(row, summarize, depth + 1) for row in (array if edge is None else array[:edge])]
    if edge is not None:
        rows += ["...", *[_array_text(row, summarize, depth + 1) for row in array[-edge:]]]
    between = " " if array.ndim == 1 else "\n" * (array.ndim - 1) + " " * depth
    return "[" + between.join(rows) + "]"


def _number_text(number: Any) -> str:
    """A number as TensorFlow prints it: float32 with 6 digits, or 9 if 6 are not exact; float64 with 15 or 17."""
    if number.dtype.kind == "b":
        return "1" if number else "0"
    if number.dtype.kind != "f":
        return str(number)
    short, long = (6, 9) if number.dtype.itemsize <= 4 else (15, 17)
    text = f"{number:.{short}g}"
    return text if number.dtype.type(text) == number else f"{number:.{long}g}"
