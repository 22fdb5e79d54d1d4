"""Threads: work in independent parts on several cores.

The caller works too; each thread takes the next part when it is ready. There are as many threads as OMP_NUM_THREADS
says, else as many as the process has processors; one, which turns this off, after `set_number(1)`, in a forked child,
and within the parts themselves.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from queue import SimpleQueue


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
    """The number of threads that work is spread over; 1 within a part."""
    return 1 if _state.inside else _number


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
