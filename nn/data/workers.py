"""Workers: threads that make the next batches while the caller is busy with this one."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

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


_here = threading.local()


def get_worker_info() -> WorkerInfo | None:
    """Which worker of a `DataLoader` this is called in; None outside of workers."""
    return getattr(_here, "info", None)


class Workers:
    """Threads that a loader keeps for an epoch, or longer.

    Args:
        count: how many.
        dataset: what their `WorkerInfo` shows.
        init: called in each with its number at its start.
        timeout: for how many seconds a batch is waited for; 0 for any time.
    """

    def __init__(self, count: int, dataset: Any, init: Callable[[int], Any] | None, timeout: float) -> None:
        self.count = count
        self.timeout = timeout
        seed = int(randint(2**62, ()).item())
        self._threads = [
            ThreadPoolExecutor(1, f"DataLoader worker {i}", _start, (WorkerInfo(i, count, seed + i, dataset), init))
            for i in range(count)
        ]

    def each(self, make: Callable[[Any], Any], tasks: Iterable[Any], ahead: int) -> Iterator[Any]:
        """`make` of every task, in order, with up to `ahead` of them made before they are asked for."""
        waiting: deque[Future[Any]] = deque()
        try:
            for number, task in enumerate(tasks):
                waiting.append(self._submit(number % self.count, make, task))
                if len(waiting) > ahead:
                    yield self._result(waiting.popleft())
            while waiting:
                yield self._result(waiting.popleft())
        finally:
            for future in waiting:
                future.cancel()

    def loops(self, start: Callable[[], Iterator[Any]]) -> Iterator[Any]:
        """What the loops that `start` begins in each worker give, one from each in turn, until all have ended."""
        iterators = [self._submit(i, lambda _: start(), None) for i in range(self.count)]
        running = deque((i, self._result(iterator)) for i, iterator in enumerate(iterators))
        pending = deque((i, loop, self._submit(i, _next, loop)) for i, loop in running)
        while pending:
            i, loop, future = pending.popleft()
            batch = self._result(future)
            if batch is not _END:
                pending.append((i, loop, self._submit(i, _next, loop)))
                yield batch

    def stop(self) -> None:
        """End the threads, once they have finished what they are at."""
        for thread in self._threads:
            thread.shutdown(wait=False, cancel_futures=True)

    def _submit(self, worker: int, function: Callable[[Any], Any], argument: Any) -> Future[Any]:
        # In the caller's context, so that its `no_grad` holds there too.
        return self._threads[worker].submit(copy_context().run, function, argument)

    def _result(self, future: Future[Any]) -> Any:
        try:
            return future.result(self.timeout or None)
        except TimeoutError:
            if future.done():
                raise
            raise RuntimeError(f"DataLoader timed out after {self.timeout} seconds") from None


_END = object()


def _next(loop: Iterator[Any]) -> Any:
    return next(loop, _END)


def _start(info: WorkerInfo, init: Callable[[int], Any] | None) -> None:
    _here.info = info
    if init is not None:
        init(info.id)
