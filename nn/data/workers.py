"""Workers: threads that prepare the next batches while the caller uses the current one."""

from __future__ import annotations

import itertools
import os
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from contextvars import copy_context
from dataclasses import dataclass
from functools import cache, partial
from queue import SimpleQueue
from threading import Thread
from typing import Any, TypeAlias

from autograd import randint


@dataclass(frozen=True)
class WorkerInfo:
    """A worker's description, for the code that runs in it.

    Attributes:
        id: the worker's number, from 0.
        num_workers: the number of workers.
        seed: a seed for a random generator, different in each worker.
        dataset: the dataset, which all workers share.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


#: The queue of a worker: pairs of a function to call and the future for its result; None ends the worker.
Tasks: TypeAlias = SimpleQueue[tuple[Future[Any], Callable[[], Any]] | None]

_thread = threading.local()


def get_worker_info() -> WorkerInfo | None:
    """The worker of a `DataLoader` that calls this; None outside of workers."""
    return getattr(_thread, "info", None)


class Workers:
    """The threads of a loader, for one epoch or longer. They are daemons: they do not keep the program alive.

    Args:
        count: the number of threads.
        dataset: the dataset in their `WorkerInfo`.
        init: called in each thread with its number when it starts. If it raises an error, every task of that worker
            raises it.
        timeout: the number of seconds to wait for a result; 0 waits forever.
    """

    def __init__(self, count: int, dataset: Any, init: Callable[[int], Any] | None, timeout: float) -> None:
        self.count = count
        self.timeout = timeout
        self._process = os.getpid()
        seed = int(randint(2**62, ()).item())
        self._tasks: list[Tasks] = [SimpleQueue() for _ in range(count)]
        #: Where no thread can be started, what computes the tasks of a worker, each when it is submitted.
        self._without_thread: dict[int, Callable[[], None]] = {}
        for i, tasks in enumerate(self._tasks):
            info = WorkerInfo(i, count, seed + i, dataset)
            worker = Thread(target=_work, name=f"DataLoader worker {i}", args=(tasks, info, init), daemon=True)
            try:
                worker.start()
            except RuntimeError:  # no thread can be started, as in a browser
                self._without_thread[i] = partial(_work, tasks, info, None if init is None else cache(init))
        self.stop = weakref.finalize(self, _stop, self._tasks)  # ends each thread after its current task

    @property
    def alive(self) -> bool:
        """Whether the threads run: a process that was forked from theirs has no copies of them."""
        return self._process == os.getpid()

    def submit(self, worker: int, function: Callable[[Any], Any], argument: Any) -> Future[Any]:
        """Compute `function(argument)` in a worker, in the caller's context: under its grad mode."""
        future: Future[Any] = Future()
        self._tasks[worker].put((future, partial(copy_context().run, function, argument)))
        if worker in self._without_thread:
            self._tasks[worker].put(None)
            outer = get_worker_info()
            self._without_thread[worker]()
            _thread.info = outer
        return future

    def result(self, future: Future[Any]) -> Any:
        """Wait for the result of a task; an error that the task raised is raised here.

        Raises:
            RuntimeError: the result took longer than `timeout`, or the workers are those of a parent process.
        """
        if not self.alive:
            raise RuntimeError(
                "the workers of this DataLoader's iterator run in the parent process, from which this one was forked: "
                "start a new loop over the DataLoader here"
            )
        try:
            return future.result(self.timeout or None)
        except TimeoutError:
            if future.done():
                raise
            raise RuntimeError(f"DataLoader timed out after {self.timeout} seconds") from None
        finally:
            del future  # breaks a reference cycle: the future's error refers to this frame by its traceback


class Prefetcher:
    """Iterate over `make(task)` for every task in order, with up to `ahead` tasks started in advance.

    If a task raises an error, the call of `next` for it raises the error; iteration can go on with the next task.
    """

    def __init__(self, workers: Workers, make: Callable[[Any], Any], tasks: Iterable[Any], ahead: int) -> None:
        self._workers = workers
        self._make = make
        self._all, self._tasks = tasks, enumerate(tasks)
        self._waiting: deque[Future[Any]] = deque()
        self._start(max(ahead, 1))

    def __len__(self) -> int:
        return len(self._all)  # type: ignore[arg-type]  # Python's own TypeError where a sampler has no length

    def __iter__(self) -> Prefetcher:
        return self

    def __next__(self) -> Any:
        if not self._waiting:
            raise StopIteration
        self._start(1)
        # No variable holds the future: an error that it raises would refer to it by this frame, and never be freed.
        return self._workers.result(self._waiting.popleft())

    def __del__(self) -> None:
        for future in self._waiting:
            future.cancel()

    def _start(self, count: int) -> None:
        for number, task in itertools.islice(self._tasks, count):
            self._waiting.append(self._workers.submit(number % self._workers.count, self._make, task))


def in_turn(workers: Workers, start: Callable[[], Iterator[Any]]) -> Iterator[Any]:
    """Iterate over `start()` in each worker, and yield one item from each in turn until all iterators are exhausted."""
    started = deque(workers.submit(i, lambda _: start(), None) for i in range(workers.count))
    turns: deque[tuple[int, Any]] = deque()
    # No variable holds a future: see `Prefetcher.__next__`.
    while started:
        turns.append((len(turns), workers.result(started.popleft())))
    pending = deque(workers.submit(i, _next, iterator) for i, iterator in turns)
    while pending:
        i, iterator = turns.popleft()
        batch = workers.result(pending.popleft())
        if batch is not _END:
            turns.append((i, iterator))
            pending.append(workers.submit(i, _next, iterator))
            yield batch


#: Returned by `_next` at the end: StopIteration would become a RuntimeError inside the generator `in_turn`.
_END = object()


def _next(iterator: Iterator[Any]) -> Any:
    return next(iterator, _END)


def _work(tasks: Tasks, info: WorkerInfo, init: Callable[[int], Any] | None) -> None:
    """The main function of a worker: compute one task after another, until None arrives."""
    _thread.info = info
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
        del task, future, compute  # free the memory they refer to before waiting for the next task


def _stop(queues: list[Tasks]) -> None:
    for tasks in queues:
        tasks.put(None)
