"""Threads: NumPy's functions of large arrays, and other work in independent parts, on several cores.

The caller works too; each thread takes the next part when it is ready. The results are those of one thread, bit for
bit, since every part is computed as the whole would be.

There are as many threads as OMP_NUM_THREADS says, else as many as the process has processors; one, which turns this
off, after `set_number(1)`, in a forked child, and within the parts themselves.
"""

from __future__ import annotations

import functools
import math
import operator
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from queue import SimpleQueue

#: The bytes from which arrays may be worked on in parts. Smaller ones are in the cache of a processor, and to move half
#: of one to that of another can take longer than to compute.
LARGE = 2**20
#: A function of arrays is computed in parts if it would take longer than this, in seconds. To wake another thread takes
#: 25 to 45 µs, and more if the system puts it on the caller's processor first.
WORTH = 180e-6
#: The bytes of an array that a thread computes with at a time where several functions follow each other: what they
#: compute from them stays in the cache.
STRETCH = 2**20
#: Python's operators, which are faster than NumPy's functions for scalars, and what computes them in parts.
_OPERATORS: dict[Any, np.ufunc] = {
    operator.add: np.add, operator.mul: np.multiply, operator.sub: np.subtract, operator.truediv: np.true_divide,
}  # fmt: skip


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
#: What the other threads wait at; None before the first use. (An executor of the standard library wakes them later.)
_tasks: SimpleQueue[_Share | None] | None = None
_starting = threading.Lock()


def number() -> int:
    """The number of threads that work is spread over."""
    return _number


def set_number(count: int) -> None:
    """Spread work over so many threads from now on."""
    global _number, _tasks
    with _starting:
        for _ in range(_number - 1 if _tasks is not None else 0):
            _tasks.put(None)  # type: ignore[union-attr]  # not None: see the range
        _number, _tasks = count, None


def _in_forked_child() -> None:
    global _number, _tasks, _starting
    _number, _tasks, _starting = 1, None, threading.Lock()  # the threads stayed with the parent


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

    def work_on_parts() -> None:
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

    others = [_Share(work_on_parts) for _ in range(count - 1)]
    try:
        tasks = _running()
    except RuntimeError:  # no thread can be started, as in a browser: the others' work is called off below
        set_number(1)
    else:
        for other in others:
            tasks.put(other)
    try:
        work_on_parts()
    finally:
        errors = [other.ended() for other in others]
    for error in errors:
        if error is not None:
            raise error


class _Share:
    """The work of another thread, unless it is called off before that thread comes to it."""

    def __init__(self, work: Callable[[], None]) -> None:
        self.run = copy_context().run  # with the caller's np.errstate and grad mode
        self.work = work
        self.error: BaseException | None = None
        self.taken, self.running = threading.Lock(), threading.Lock()
        self.running.acquire()

    def do(self) -> None:
        if self.taken.acquire(blocking=False):
            try:
                self.run(self.work)
            except BaseException as error:
                self.error = error
            del self.work  # it holds the arrays of the caller, who goes on before this thread has returned
            self.running.release()

    def ended(self) -> BaseException | None:
        """Call it off, or wait for it; the error that it raised."""
        if self.taken.acquire(blocking=False):
            del self.work
        else:
            self.running.acquire()
        return self.error


def _running() -> SimpleQueue[_Share | None]:
    """The queue of the other threads, which are started when it is first needed."""
    global _tasks
    from queue import SimpleQueue  # few programs have arrays so large that they need it

    with _starting:
        if _tasks is None:
            _tasks = SimpleQueue()
            for i in range(_number - 1):
                threading.Thread(target=_serve, args=(_tasks,), name=f"autograd_{i}", daemon=True).start()
        return _tasks


def _serve(tasks: SimpleQueue[_Share | None]) -> None:
    while (share := tasks.get()) is not None:
        share.do()
        del share  # its error may hold the arrays of the caller


def parts(size: int) -> list[slice]:
    """Slices of `size` elements, at least one, for each thread one: with more of them the threads wait more often."""
    step = -(-size // _number)
    return [slice(i, min(i + step, size)) for i in range(0, size, step)]


def stretches(part: slice, length: int) -> Iterator[slice]:
    """The slices of at most `length` elements that make up a part."""
    for start in range(part.start, part.stop, length):
        yield slice(start, min(start + length, part.stop))


def ufunc_of(function: Any) -> np.ufunc | None:
    """The function of NumPy that can compute `function` in parts."""
    return function if isinstance(function, np.ufunc) else _OPERATORS.get(function)


@functools.lru_cache(maxsize=256)
def _seconds_per_element(elementwise: Callable[..., Any], operands: int, dtype: np.dtype[Any]) -> float:
    """How long a function takes for each further element of arrays that are in the cache: measured once."""
    few, many = 2**10, 2**16
    x = np.linspace(0.25, 0.75, many).astype(dtype)
    shortest = {few: math.inf, many: math.inf}
    with np.errstate(all="ignore"):
        for size in (few, many) * 3:
            began = time.perf_counter()
            try:
                elementwise(*[x[:size]] * operands)
            except Exception:  # a user's function, which takes no such values: it is left to one thread
                return 0.0
            shortest[size] = min(shortest[size], time.perf_counter() - began)
    return (shortest[many] - shortest[few]) / (many - few)


def apply(elementwise: Callable[..., Any], *values: Any) -> Any:
    """`elementwise(*values)`, for arrays of one shape and numbers; in parts, if that pays and they are contiguous.

    Of a function that is no ufunc, each thread computes a stretch at a time, so that the arrays that the function makes
    in between stay in the cache.
    """
    arrays = [value for value in values if isinstance(value, np.ndarray)]
    shape, size, dtype = arrays[0].shape, arrays[0].size, arrays[0].dtype
    suits = _number > 1 and not _state.inside and size * _seconds_per_element(elementwise, len(values), dtype) > WORTH
    if not suits or any(array.shape != shape or not array.flags.c_contiguous for array in arrays):
        return elementwise(*values)
    flat = [value.reshape(-1) if isinstance(value, np.ndarray) else value for value in values]

    def of(part: slice) -> list[Any]:
        return [value[part] if isinstance(value, np.ndarray) else value for value in flat]

    out = np.empty(size, elementwise(*of(slice(1))).dtype)

    def compute(part: slice) -> None:
        if isinstance(elementwise, np.ufunc):
            elementwise(*of(part), out=out[part])
        else:
            for at in stretches(part, STRETCH // dtype.itemsize):
                out[at] = elementwise(*of(at))

    each(compute, parts(size))
    return out.reshape(shape)
