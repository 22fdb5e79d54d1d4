"""`torch.multiprocessing`: Python's `multiprocessing`, and `spawn`. Tensors are copied between processes."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from multiprocessing import *  # noqa: F403 - PyTorch's module has every name of Python's
from multiprocessing.connection import wait
from typing import Any

__all__ = [  # noqa: PLE0604 - Python's names and three more
    *multiprocessing.__all__, "get_all_sharing_strategies", "get_sharing_strategy", "set_sharing_strategy", "spawn",
    "start_processes",
]  # fmt: skip


class ProcessException(Exception):
    """A process that was started by `spawn` failed."""


def start_processes(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> list[Any] | None:
    """Start processes, each with `fn(i, *args)`, and wait for them; the first that fails ends the others.

    Args:
        fn: a function of a module, which the new processes import; `i` counts the processes.
        args: the arguments after `i`.
        nprocs: how many processes.
        join: whether to wait. If not, the processes are returned.
        daemon: whether the processes end with this one.
        start_method: "spawn", "fork" or "forkserver".

    Raises:
        ProcessException: a process ended with another code than 0.
    """
    context: Any = multiprocessing.get_context(start_method)
    processes = [context.Process(target=fn, args=(i, *args), daemon=daemon) for i in range(nprocs)]
    for process in processes:
        process.start()
    if not join:
        return processes
    waiting = {process.sentinel: (i, process) for i, process in enumerate(processes)}
    while waiting:
        for sentinel in wait(list(waiting)):
            i, process = waiting.pop(sentinel)
            process.join()
            if process.exitcode:
                for _, other in waiting.values():
                    other.terminate()
                raise ProcessException(f"process {i} terminated with exit code {process.exitcode}")
    return None


def spawn(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> list[Any] | None:
    """`start_processes` by Python's method "spawn": each process imports the program again."""
    return start_processes(fn, args, nprocs, join, daemon, start_method)


def get_all_sharing_strategies() -> set[str]:
    """The ways to share tensors between processes: there is none, they are copied."""
    return {"file_system"}


def get_sharing_strategy() -> str:
    """The way to share tensors: without effect, they are copied."""
    return "file_system"


def set_sharing_strategy(new_strategy: str) -> None:
    """No-op: tensors are copied between processes."""
