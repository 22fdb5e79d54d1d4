"""Choice: each kernel is timed beside the same statements in NumPy, on copies of the arrays; the faster one stays."""

from __future__ import annotations

import functools
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ...base import threads
from ...base.c_types import ctypes
from ..layout import Layout, capacity_of, offset_of
from ..symbols import Number, Symbol, parts
from .grouping import Kernel
from .source import rows

#: How often each is timed, and what part of NumPy's time a kernel may take to be used.
TURNS, GAIN = 5, 0.95


class InText(NamedTuple):
    """A kernel in the text of a program.

    Attributes:
        lines: the statements that it stands for, in NumPy.
        scratch: the dtype and shape of each array that only they use.
    """

    kernel: Kernel
    lines: list[str]
    scratch: dict[str, tuple[str, tuple[int, ...]]]


def contiguous(array: Any, shape: tuple[int, ...], dtype: Any, written: bool = False) -> Any:
    """An array that a kernel can read: the same or a contiguous copy; the same, if it is `written`.

    Raises:
        ValueError: it has another shape or dtype than the kernel was made for, or cannot be written.
    """
    out = np.ascontiguousarray(array)
    if array.shape != shape or array.dtype != dtype or written and out is not array:
        raise ValueError(f"expected a contiguous array {shape} of {dtype.__name__}, but got {array.shape}")
    return out


def spread(function: Any, count: int) -> Callable[..., None]:
    """A function that computes all `count` rows of a kernel, each thread a part of them."""

    def on_all_cores(*args: Any) -> None:
        step = -(-count // threads.number())
        threads.each(
            lambda start: function(start, min(start + step, count), *args), range(0, count, step)
        )  # fmt: skip

    return on_all_cores


def on_one_core(function: Any, count: int) -> Callable[..., None]:
    """A function that computes all `count` rows of a kernel."""
    return lambda *args: function(0, count, *args)


def callables(kernel: Kernel, number: int, libraries: tuple[Any, Any]) -> list[Callable[..., None]]:
    """The ways to call a kernel: on one thread, and on all if it is large and there are several."""
    library = libraries[0 if kernel.spread else 1]
    function = library[f"kernel{number}"]
    function.restype = None
    function.argtypes = [ctypes.c_long] * 2 * kernel.spread + [ctypes.py_object] * len(kernel.arrays)
    function.argtypes += [ctypes.c_double] * len(kernel.numbers)
    if not kernel.spread:
        return [function]
    count = rows(kernel.nests[0])
    ways = [on_one_core(function, count)]
    return [*ways, spread(function, count)] if threads.number() > 1 else ways


def measured(found: InText, ways: list[Callable[..., None]], space: dict[str, Any], text: Any) -> list[float]:
    """The seconds of a call: in NumPy, and of each way to call the kernel; infinity if it computes something else."""
    kernel = found.kernel
    arrays, refill = _copies(kernel)
    names = [text.name(v) for v in kernel.arrays]
    numbers = {text.value(v): v for s in kernel.statements for v in _numbers(s)}
    numbers = {name: v for name, v in numbers.items() if name.isidentifier()}
    definition = f"def statements({', '.join([*names, *numbers, *found.scratch])}):\n"
    own = dict(space)
    exec(definition + "\n".join(f"    {line}" for line in found.lines), own)
    scratch = [np.zeros(shape, dtype) for dtype, shape in found.scratch.values()]
    given = [_value(v) for v in numbers.values()]
    arguments = [float(_value(v)) for v in kernel.numbers]
    calls = [functools.partial(own["statements"], *arrays, *given, *scratch)]
    calls += [functools.partial(way, *arrays, *arguments) for way in ways]
    results, best = [], []
    with np.errstate(all="ignore"):
        for call in calls:
            refill()
            call()
            results.append([array.copy() for array in arrays])
            best.append(np.inf)
        for _ in range(TURNS):
            for i, call in enumerate(calls):
                refill()
                began = time.perf_counter()
                call()
                best[i] = min(best[i], time.perf_counter() - began)
    for i, result in enumerate(results):
        same = all(np.array_equal(a, b, equal_nan=a.dtype.kind == "f") for a, b in zip(results[0], result))
        if not same and not kernel.approximate:
            best[i] = np.inf
    return best


def chosen(times: list[float]) -> int | None:
    """The number of the way that is the fastest; None for NumPy."""
    best = min(range(1, len(times)), key=lambda i: times[i])
    return best - 1 if times[best] < GAIN * times[0] else None


def _numbers(s: Any) -> list[Any]:
    return [
        v for v in parts((s.args, s.kwargs))
        if type(v) is Number and v.call is None or type(v) is Symbol and isinstance(v.real_array, np.generic)
    ]  # fmt: skip


def _value(v: Any) -> Any:
    return v.value if type(v) is Number else _elements(v.real_array)


def _elements(array: Any) -> Any:
    """An array; in place of a layout, elements like those of a step."""
    if type(array) is not Layout:
        return array
    drawn = np.random.default_rng(0).standard_normal(array.shape) * (10 if array.dtype.kind in "iu" else 1)
    return np.asarray(drawn > 0 if array.dtype.kind == "b" else drawn).astype(array.dtype)[()]


def _copies(kernel: Kernel) -> tuple[list[Any], Callable[[], None]]:
    """Copies of the arrays of a kernel, those in one memory again in one, and what gives them their values again."""
    memories: dict[int, Any] = {}
    copies: list[Any] = []
    elements: list[Any] = []
    for v in kernel.arrays:
        array = v.real_array
        memory = memories.setdefault(v.storage, np.zeros(capacity_of(array), np.uint8))
        copies.append(np.ndarray(array.shape, array.dtype, memory, offset_of(array), array.strides))
        elements.append(_elements(array))

    def refill() -> None:
        for copy, array in zip(copies, elements):
            np.copyto(copy, array)

    return copies, refill
