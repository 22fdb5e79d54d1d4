"""Workers: threads that make the next batches while the caller is busy with this one."""

from __future__ import annotations

import itertools
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

from autograd import randint


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker can know of itself.

    Attributes:
        id: its number, from 0.
        num_workers: how many there are.
        seed: a number of its own, for a random generator.
        dataset: the dataset, which all workers share.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


#: Where a worker finds what to compute, and where it puts the result; None ends it.
Tasks: TypeAlias = SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]

_here = threading.local()


def get_worker_info() -> WorkerInfo | None:
    """Which worker of a `DataLoader` this is called in; None outside of workers."""
    return getattr(_here, "info", None)


class Workers:
    """Threads that a loader keeps for an epoch, or longer. They don't keep the program from ending.

    Args:
        count: how many.
        dataset: what their `WorkerInfo` shows.
        init: called in each with its number at its start; what it raises, every task of that worker raises.
        timeout: for how many seconds a batch is waited for; 0 for any time.
    """

    def __init__(self, count: int, dataset: Any, init: Callable[[int], Any] | None, timeout: float) -> None:
        self.count = count
        self.timeout = timeout
        seed = int(randint(2**62, ()).item())
        self._tasks: list[Tasks] = [SimpleQueue() for _ in range(count)]
        for i, tasks in enumerate(self._tasks):
            info = WorkerInfo(i, count, seed + i, dataset)
            Thread(target=_work, name=f"DataLoader worker {i}", args=(tasks, info, init), daemon=True).start()
        self.stop = weakref.finalize(self, _stop, self._tasks)  # ends the threads, after what they are at

    def submit(self, worker: int, function: Callable[[Any], Any], argument: Any) -> Future[Any]:
        """Let a worker compute `function(argument)`, in the caller's context, so that its `no_grad` holds there too."""
        future: Future[Any] = Future()
        self._tasks[worker].put((future, partial(copy_context().run, function, argument)))
        return future

    def result(self, future: Future[Any]) -> Any:
        """What was computed, or raised.

        Raises:
            RuntimeError: it took longer than `timeout`.
        """
        try:
            return future.result(self.timeout or None)
        except TimeoutError:
            if future.done():
                raise
            raise RuntimeError(f"DataLoader timed out after {self.timeout} seconds") from None
        finally:
            del future  # which holds the error, whose traceback holds this frame


class Ahead:
    """`make` of every task, in order, with up to `ahead` of them begun before they are asked for.

    What a task raises, its own `next` raises; the next one goes on with the task after it.
    """

    def __init__(self, workers: Workers, make: Callable[[Any], Any], tasks: Iterable[Any], ahead: int) -> None:
        self._workers = workers
        self._make = make
        self._tasks = enumerate(tasks)
        self._waiting: deque[Future[Any]] = deque()
        self._begin(max(ahead, 1))

    def __iter__(self) -> Ahead:
        return self

    def __next__(self) -> Any:
        if not self._waiting:
            raise StopIteration
        future = self._waiting.popleft()
        self._begin(1)
        return self._workers.result(future)

    def __del__(self) -> None:
        for future in self._waiting:
            future.cancel()

    def _begin(self, count: int) -> None:
        for number, task in itertools.islice(self._tasks, count):
            self._waiting.append(self._workers.submit(number % self._workers.count, self._make, task))


def in_turn(workers: Workers, start: Callable[[], Iterator[Any]]) -> Iterator[Any]:
    """What the loops that `start` begins in each worker give, one from each in turn, until all have ended."""
    iterators = [workers.submit(i, lambda _: start(), None) for i in range(workers.count)]
    running = deque((i, workers.result(iterator)) for i, iterator in enumerate(iterators))
    pending = deque((i, loop, workers.submit(i, _next, loop)) for i, loop in running)
    while pending:
        i, loop, future = pending.popleft()
        batch = workers.result(future)
        if batch is not _END:
            pending.append((i, loop, workers.submit(i, _next, loop)))
            yield batch


_END = object()


def _next(loop: Iterator[Any]) -> Any:
    return next(loop, _END)


def _work(tasks: Tasks, info: WorkerInfo, init: Callable[[int], Any] | None) -> None:
    """A worker's life: task after task, until there is None."""
    _here.info = info
    failure: BaseException | None = None
    try:
        if init is not None:
            init(info.id)
    except BaseException as error:
        failure = error
    while (task := tasks.get()) is not None:
        future, compute = task
        if not future.set_running_or_notify_cancel():
            continue
        try:
            if failure is not None:
                raise failure
            future.set_result(compute())
        except BaseException as error:
            error.add_note(f"This was raised in worker {info.id} of a DataLoader.")
            future.set_exception(error)
        del task, future, compute  # what they hold must not wait for the next task


def _stop(queues: list[Tasks]) -> None:
    for tasks in queues:
        tasks.put(None)
