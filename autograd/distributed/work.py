"""Call and Work: one call that all processes make, and waiting for its result."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np

from ..base.dtypes import Array
from ..base.symbolic import current
from .world import World

#: The length of the description of a call that the processes exchange, in bytes.
_BYTES = 120


def not_compiled(name: str) -> None:
    """Let a step that `torch.compile` is watching run as plain Python, because it makes the call `name`."""
    if current.trace is not None:
        current.trace.give_up(f"{name} exchanges tensors with other processes, which a program does not do")


class Call:
    """A collective call of this process: the others must make the same one.

    If processes make different calls, MPI adds up tensors of different sizes, or waits forever. So each process sends
    the others a description of its call, and no tensor is exchanged before all descriptions are equal.

    Attributes:
        name: that of the function.
        number: how many calls this process has made, this one included.
    """

    def __init__(self, world: World, name: str, array: Array | None = None, details: str = "") -> None:
        not_compiled(name)
        world.calls += 1
        self.world, self.name, self.number = world, name, world.calls
        self._request: Any = None
        self._different: str | None = None
        if array is not None:
            world.bytes += array.nbytes
        if world.size > 1:
            what = "" if array is None else f" of {array.dtype}{array.shape}"
            description = f"{name}{what}{details}".encode()[:_BYTES].ljust(_BYTES)
            self._description = np.frombuffer(description, np.uint8)
            self._descriptions = np.empty((world.size, _BYTES), np.uint8)
            self._request = world.control.Iallgather(self._description, self._descriptions)

    def is_agreed(self) -> bool:
        """Whether the descriptions of all processes have arrived."""
        return self._request is None or bool(self._request.Test())

    def agree(self) -> None:
        """Wait for the descriptions of all processes, and compare them.

        Raises:
            RuntimeError: they make different calls; or as for `World.wait`.
        """
        if self._request is None:
            return
        if self._different is None:
            self.world.wait(self._request, self.name, self.number)
            texts = [row.tobytes().decode().rstrip() for row in self._descriptions]
            self._different = "; ".join(f"rank {rank}: {text}" for rank, text in enumerate(texts))
            if len(set(texts)) == 1:
                self._request = None
                return
        raise RuntimeError(f"the processes make different calls (call {self.number}): {self._different}")


class Work:
    """A call that was begun: `wait()` until it is done."""

    def __init__(self, world: World, done: Callable[[], bool], wait: Callable[[], None]) -> None:
        """`done` says whether `wait` would return at once."""
        self._world, self._done, self._wait = world, done, wait
        world.unfinished.add(self)

    def is_completed(self) -> bool:
        """Whether `wait()` would return at once."""
        return self not in self._world.unfinished or self._done()

    def wait(self, timeout: timedelta | None = None) -> bool:
        """Wait until the tensors have arrived.

        Args:
            timeout: ignored: that of `init_process_group` holds.

        Raises:
            RuntimeError: the processes make different calls, one that must take part has ended, or the time is over.
        """
        if self in self._world.unfinished:
            self._wait()
            self._world.unfinished.discard(self)
        return True


class _Exchange:
    """The exchange of tensors of one collective call, which begins once the processes agree on the call.

    Exchanges begin in the order of the calls, as MPI demands.
    """

    def __init__(self, call: Call, begin: Callable[[], Any], finish: Callable[[], None] | None) -> None:
        self.call, self.begin, self.finish = call, begin, finish
        self.request: Any = None
        call.world.not_begun.append(self)

    def begin_those_agreed_on(self) -> None:
        """Begin the exchanges on which all processes agree already."""
        waiting = self.call.world.not_begun
        while waiting and waiting[0].call.is_agreed():
            waiting[0].begin_next()

    def begin_next(self) -> None:
        """Begin the exchange that is next, when all processes agree on it."""
        following = self.call.world.not_begun.popleft()
        following.call.agree()
        following.request = following.begin()

    def done(self) -> bool:
        """Whether all tensors have arrived."""
        self.begin_those_agreed_on()
        return self.request is not None and bool(self.request.Test())

    def wait(self) -> None:
        """Wait until all tensors have arrived."""
        while self in self.call.world.not_begun:
            self.begin_next()
        self.call.agree()  # raises again if it did before
        self.call.world.wait(self.request, self.call.name, self.call.number)
        if self.finish is not None:
            self.finish()


def collective(
    call: Call, begin: Callable[[], Any], async_op: bool, finish: Callable[[], None] | None = None
) -> Work | None:
    """Make a call: return the work to wait for if `async_op`, else wait for it and return None.

    Args:
        call: what the processes must agree on before anything is exchanged.
        begin: begins the exchange, and returns MPI's request.
        async_op: return at once.
        finish: called once the exchange is done.
    """
    exchange = _Exchange(call, begin, finish)
    work = Work(call.world, exchange.done, exchange.wait)
    exchange.begin_those_agreed_on()
    if async_op:
        return work
    work.wait()
    return None
