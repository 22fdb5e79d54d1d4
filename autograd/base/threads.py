"""Threads: NumPy's functions of large arrays, and other work in independent parts, on several cores.

The caller works too: with two threads, one other thread takes every second part. The results are those of one thread,
bit for bit, since every part is computed as the whole would be.

There are as many threads as OMP_NUM_THREADS says, else as many as the process has processors; one, which turns this
off, after `set_number(1)`, in a forked child, and within the parts themselves.
"""

from __future__ import annotations

import operator
import os
import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

#: The number of elements from which a function is computed in parts: from there on it takes much longer than waking a
#: thread (measured: a product of 2**18 elements takes as long as that).
LARGE = 2**19
#: Python's operators, which are faster than NumPy's functions for scalars, and what computes them in parts.
_OPERATORS: dict[Any, np.ufunc] = {
    operator.add: np.add, operator.mul: np.multiply, operator.sub: np.subtract, operator.truediv: np.true_divide,
}  # fmt: skip
#: The number of elements of a stretch.
_STRETCH = 2**16


def _default_number() -> int:
    given = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    if given.isdecimal() and int(given) > 0:
        return int(given)
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


class _State(threading.local):
    """Whether this thread works on a part now."""

    inside = False


_state = _State()
_number = _default_number()
_pool: ThreadPoolExecutor | None = None
_starting = threading.Lock()


def number() -> int:
    """The number of threads that work is spread over."""
    return _number


def set_number(count: int) -> None:
    """Spread work over so many threads from now on."""
    global _number, _pool
    with _starting:
        _number, _pool = count, None  # the threads of a pool that nothing refers to end by themselves


def _in_forked_child() -> None:
    global _number, _pool, _starting
    _number, _pool, _starting = 1, None, threading.Lock()  # the threads stayed with the parent


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_in_forked_child)


def each(work: Callable[[Any], None], parts: Sequence[Any]) -> None:
    """Call `work` with every part, on all threads. If one raises an error, it is raised here once all have ended."""
    count = min(_number, len(parts))
    if count < 2 or _state.inside:
        for part in parts:
            work(part)
        return
    left = iter(parts)  # shared: each thread takes the next part when it is ready
    take = threading.Lock()

    def share() -> None:
        _state.inside = True
        try:
            while True:
                with take:
                    part = next(left, left)
                if part is left:
                    return
                work(part)
        finally:
            _state.inside = False

    others: list[Future[None]] = []
    try:
        for _ in range(count - 1):
            others.append(_submit(share))
    except RuntimeError:  # no thread can be started, as in a browser
        set_number(len(others) + 1)
    try:
        share()
    finally:
        # One that has not started is not needed any more. The others are waited for.
        errors = [None if other.cancel() else other.exception() for other in others]
    for error in errors:
        if error is not None:
            raise error


def _submit(share: Callable[[], None]) -> Future[None]:
    global _pool
    from concurrent.futures import ThreadPoolExecutor  # on first use: it takes as long as a tenth of NumPy

    with _starting:
        if _pool is None:
            _pool = ThreadPoolExecutor(max(1, _number - 1), thread_name_prefix="autograd")
        return _pool.submit(copy_context().run, share)  # with the caller's np.errstate and grad mode


def ufunc_of(function: Any) -> np.ufunc | None:
    """The function of NumPy that can compute `function` in parts."""
    return function if isinstance(function, np.ufunc) else _OPERATORS.get(function)


def apply(ufunc: np.ufunc, *values: Any) -> Any:
    """`ufunc(*values)`, for arrays of one shape and numbers; in parts, if the arrays are large and contiguous."""
    arrays = [value for value in values if isinstance(value, np.ndarray)]
    shape, size = arrays[0].shape, arrays[0].size
    suits = _number > 1 and not _state.inside and size >= LARGE
    if not suits or any(array.shape != shape or not array.flags.c_contiguous for array in arrays):
        return ufunc(*values)
    flat = [value.reshape(-1) if isinstance(value, np.ndarray) else value for value in values]

    def of(part: slice) -> list[Any]:
        return [value[part] if isinstance(value, np.ndarray) else value for value in flat]

    out = np.empty(size, ufunc(*of(slice(1))).dtype)
    step = -(-size // (2 * _number))
    each(lambda part: ufunc(*of(part), out=out[part]), [slice(i, i + step) for i in range(0, size, step)])
    return out.reshape(shape)
