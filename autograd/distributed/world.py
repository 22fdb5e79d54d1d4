"""The processes of the program: how they meet, and what each of them knows about the others."""

from __future__ import annotations

import atexit
import ctypes
import time
from collections import deque
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

import numpy as np

from . import failure

#: How often a waiting process polls for the result before it lets other processes run in between.
_EAGER_POLLS = 200

#: The longest pause between two polls, in seconds.
_LONGEST_PAUSE = 1e-3

_BACKENDS = ("gloo", "nccl", "ucc", "xccl")


class World:
    """All processes of the program, as one of them sees them.

    Attributes:
        mpi: the module `mpi4py.MPI`.
        rank, size: the number of this process, and of all.
        timeout: how long a call waits for the other processes, in seconds.
        calls: how many collective calls this process has made.
        bytes: how many bytes of tensors it has given to them.
        data: MPI's communicator for the tensors.
        control: MPI's communicator for the descriptions of calls, and for farewells.
        unfinished: the works that were not waited for yet, into whose memory MPI may still write.
        not_begun: the exchanges of tensors that wait until the processes agree on the call, in the order of the calls.
    """

    def __init__(self, mpi: Any, timeout: float) -> None:
        self.mpi, self.timeout = mpi, timeout
        self.rank: int = mpi.COMM_WORLD.rank
        self.size: int = mpi.COMM_WORLD.size
        self.calls = self.bytes = 0
        self.unfinished: set[Any] = set()
        self.not_begun: deque[Any] = deque()
        self.data, self.control = self._duplicate(), self._duplicate()
        # A process that ends sends a farewell, its number of calls, for which the others listen from the start.
        self._last_calls = np.full((self.size, 1), -1)
        others = [rank for rank in range(self.size) if rank != self.rank]
        self._farewells = {rank: self.control.Irecv(self._last_calls[rank], rank) for rank in others}
        self._own_farewell: list[Any] = []
        # MPI finishes after Python has freed all objects, and may then still write into memory that it was given.
        ctypes.pythonapi.Py_IncRef(ctypes.py_object(self))

    def _duplicate(self) -> Any:
        communicator, request = self.mpi.COMM_WORLD.Idup()
        start = time.monotonic()
        while not request.Test():
            if time.monotonic() - start > self.timeout:
                raise RuntimeError(
                    f"init_process_group has waited {self.timeout:g} s for the other {self.size - 1} processes: all "
                    "that mpiexec started must call it"
                )
            time.sleep(_LONGEST_PAUSE)
        return communicator

    def say_farewell(self) -> None:
        """Tell the others that this process makes no more calls."""
        calls = np.array([self.calls])
        self._own_farewell = [(calls, self.control.Isend(calls, rank)) for rank in self._farewells]

    def calls_at_end(self, rank: int) -> int | None:
        """How many calls a process made before it ended; None if it has not ended."""
        farewell = self._farewells.get(rank)
        if farewell is not None and farewell.Test():
            self._farewells[rank] = farewell = None
        return None if farewell is not None or rank == self.rank else int(self._last_calls[rank, 0])

    def wait(self, request: Any, call: str, number: int | None = None, partner: int | None = None) -> None:
        """Wait for a request of MPI, without occupying the processor, and not forever.

        MPI's own wait would spin, and could neither be interrupted nor notice that a process has ended.

        Args:
            request: MPI's request, whose `Test()` says whether it is done.
            call: the call that the request is part of, such as "all_reduce", for error messages.
            number: the number of a collective call, which every process must make.
            partner: the rank of the other process, for a message between two.

        Raises:
            RuntimeError: a process that must take part has ended, or the time is over.
        """
        for _ in range(_EAGER_POLLS):
            if request.Test():
                return
        start, pause = time.monotonic(), 0.0
        while not request.Test():
            waited = time.monotonic() - start
            for rank in self._farewells if partner is None else (partner,):
                calls = self.calls_at_end(rank)
                # What a process sent before it ended has arrived with its farewell, if not before.
                if calls is not None and (number is None or calls < number) and not request.Test():
                    advice = "" if number is None else ": all must make the same calls. Has this one more batches?"
                    raise RuntimeError(
                        f"{_numbered(call, number)} can't be done: rank {rank} has ended, after call {calls}{advice}"
                    )
            if waited > self.timeout:
                who = "the other processes" if partner is None else f"rank {partner}"
                raise RuntimeError(
                    f"{_numbered(call, number)} has waited {self.timeout:g} s for {who}, which may be slow, hang, or "
                    "never make this call. init_process_group(timeout=...) sets how long to wait"
                )
            time.sleep(pause)
            if waited > 0.002:
                pause = min(pause + 1e-5, _LONGEST_PAUSE)


def _numbered(call: str, number: int | None) -> str:
    return call if number is None else f"{call} (call {number})"


_world: World | None = None


def the_world() -> World:
    """The processes of the program.

    Raises:
        ValueError: they have not met.
    """
    if _world is None:
        raise ValueError("Default process group has not been initialized, please make sure to call init_process_group.")
    return _world


def is_available() -> bool:
    """Whether mpi4py is installed, which `init_process_group` needs."""
    return find_spec("mpi4py") is not None


def is_mpi_available() -> bool:
    """As `is_available`."""
    return is_available()


def is_initialized() -> bool:
    """Whether `init_process_group` was called."""
    return _world is not None


def init_process_group(
    backend: str | None = None,
    init_method: str | None = None,
    timeout: timedelta | None = None,
    world_size: int = -1,
    rank: int = -1,
) -> None:
    """Connect to the other processes that mpiexec started. Without mpiexec, this process is the only one.

    From now on a process that fails ends all of them: an exception that nobody catches is printed with the rank.

    Args:
        backend: "mpi".
        init_method: ignored: mpiexec tells the processes of each other.
        timeout: how long a call waits for the other processes; 30 minutes by default.
        world_size, rank: -1, or what mpiexec says.

    Raises:
        RuntimeError: another backend; mpi4py or MPI is not installed, or mpiexec belongs to another MPI; the other
            processes do not call this within the timeout.
        ValueError: called twice, or `world_size` or `rank` differ from what mpiexec says.
        TypeError: `timeout` is not a timedelta.
    """
    global _world
    if _world is not None:
        raise ValueError("trying to initialize the default process group twice!")
    if timeout is not None and not isinstance(timeout, timedelta):
        raise TypeError(f"Expected timeout argument to be of type datetime.timedelta, got {timeout!r}")
    _check_backend(backend)
    mpi = _mpi()
    for name, given, actual in (("world_size", world_size, mpi.COMM_WORLD.size), ("rank", rank, mpi.COMM_WORLD.rank)):
        if given not in (-1, actual):
            raise ValueError(
                f"init_process_group: {name}={given}, but this is rank {mpi.COMM_WORLD.rank} of "
                f"{mpi.COMM_WORLD.size} processes: leave it out, and say the number of processes to mpiexec -n"
            )
    _world = World(mpi, (timeout or timedelta(minutes=30)).total_seconds())
    failure.guard(_world.rank, _world.size)
    atexit.register(_leave, _world)


def _check_backend(backend: str | None) -> None:
    if backend in (None, "mpi"):
        return
    message = f'backend {backend!r} is not supported: processes meet through MPI. Write init_process_group("mpi")'
    if not isinstance(backend, str) or backend.lower() not in _BACKENDS:
        raise ValueError(f"Invalid backend: {message}")
    raise RuntimeError(f"{message}, and start them with mpiexec")


def _mpi() -> Any:
    """The module `mpi4py.MPI`, after a check that mpiexec, if it started this process, belongs to the same MPI."""
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:  # a RuntimeError if there is mpi4py but no MPI
        raise RuntimeError(f"init_process_group needs mpi4py and MPI: pip install glassgrad[mpi] ({error})") from error
    started = failure.number_started()
    if MPI.COMM_WORLD.size == 1 < started:
        library = MPI.Get_library_version().splitlines()[0].strip("\0 ")
        raise RuntimeError(
            f"mpiexec started {started} processes, but each of them finds itself alone: this mpiexec belongs to "
            f"another MPI than mpi4py, which uses {library}. Run the mpiexec of the same environment"
        )
    return MPI


def destroy_process_group() -> None:
    """Leave the other processes: this one makes no more calls, and calls of the others that need it fail.

    Raises:
        ValueError: there is no process group.
    """
    _leave(the_world())


def _leave(world: World) -> None:
    global _world
    if world is _world:
        world.say_farewell()
        failure.unguard()
        _world = None


def get_rank(group: Any = None) -> int:
    """The number of this process, from 0.

    Raises:
        ValueError: `init_process_group` was not called.
    """
    return world_of(group).rank


def get_world_size(group: Any = None) -> int:
    """The number of processes.

    Raises:
        ValueError: `init_process_group` was not called.
    """
    return world_of(group).size


def get_backend(group: Any = None) -> str:
    """The backend: "mpi"."""
    world_of(group)
    return "mpi"


class Backend(str):
    """The name of a backend, in lowercase; of PyTorch's, only MPI is supported here.

    >>> Backend("MPI") == Backend.MPI
    True
    """

    UNDEFINED, GLOO, NCCL, UCC, MPI, XCCL = "undefined", "gloo", "nccl", "ucc", "mpi", "xccl"

    def __new__(cls, name: str) -> str:  # type: ignore[misc]  # a plain string, as in PyTorch
        """The name in lowercase."""
        return name.lower()


class group:
    """PyTorch's place for the group of all processes, which is None here."""

    WORLD = None


def world_of(group: Any) -> World:
    """The processes of a group, which must be all."""
    if group is not None:
        raise ValueError(f"groups of some of the processes are not supported: leave group out (got {group!r:.60})")
    return the_world()


failure.end_all_on_an_exception()
