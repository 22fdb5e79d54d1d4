"""Call and Work: one call that all processes make, and waiting for its result."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np

from ..base.symbolic import current
from .world import World

#: How many bytes of the description of a call the processes exchange.
_BYTES = 120


def not_compiled(name: str) -> None:
    """A compiled step that holds the call `name` runs as it is, and says why."""
    if current.trace is not None:
        current.trace.give_up(f"{name} exchanges tensors with other processes, which a program does not do")


class Call:
    """A collective call of this process: the others must make the same one.

    MPI adds up tensors of different sizes, or waits forever, where processes make different calls. So each tells the
    others what it calls; their descriptions arrive while the tensors are on their way, or before.

    Attributes:
        name: that of the function.
        number: how many calls this process has made, this one included.
    """

    def __init__(self, world: World, name: str, array: Any = None, with_what: str = "") -> None:
        not_compiled(name)
        world.calls += 1
        self.world, self.name, self.number = world, name, world.calls
        self._request: Any = None
        if array is not None:
            world.bytes += array.nbytes
        if world.size > 1:
            what = "" if array is None else f" of {array.dtype}{array.shape}"
            said = f"{name}{what}{with_what}".encode()[:_BYTES].ljust(_BYTES)
            self._said = np.frombuffer(said, np.uint8)
            self._all_said = np.empty((world.size, _BYTES), np.uint8)
            self._request = world.control.Iallgather(self._said, self._all_said)

    def agree(self) -> None:
        """Wait until all processes have said what they call.

        Raises:
            RuntimeError: they make different calls; as `World.wait`.
        """
        if self._request is None:
            return
        self.world.wait(self._request, self.name, self.number)
        self._request = None
        said = [row.tobytes().decode().rstrip() for row in self._all_said]
        if len(set(said)) > 1:
            raise RuntimeError(
                f"the processes make different calls (call {self.number}): "
                + "; ".join(f"rank {rank}: {text}" for rank, text in enumerate(said))
            )


class Work:
    """A call that was begun: `wait()` until it is done."""

    def __init__(
        self, world: World, wait: Callable[[Any], None], request: Any, finish: Callable[[], None] | None = None
    ) -> None:
        """`wait` waits for the request; `finish` is called once it is done."""
        self._world, self._wait, self._request, self._finish = world, wait, request, finish
        world.unfinished.add(self)

    def is_completed(self) -> bool:
        """Whether `wait()` would return at once."""
        return self._request is None or bool(self._request.Test())

    def wait(self, timeout: timedelta | None = None) -> bool:
        """Wait until the tensors have arrived.

        Args:
            timeout: ignored: that of `init_process_group` holds.

        Raises:
            RuntimeError: the processes make different calls, one that must take part has ended, or the time is over.
        """
        if self in self._world.unfinished:
            self._wait(self._request)
            if self._finish is not None:
                self._finish()
            self._request = self._finish = None
            self._world.unfinished.discard(self)
        return True


def collective(
    call: Call, begin: Callable[[], Any], async_op: bool, finish: Callable[[], None] | None = None
) -> Work | None:
    """Make a call: begin it and return the work, or wait for it and return None.

    Args:
        call: what the processes must agree on. Nothing is begun before they have, unless `async_op`.
        begin: begins the exchange, and returns MPI's request.
        async_op: return at once.
        finish: called once the exchange is done.
    """

    def wait(request: Any) -> None:
        call.agree()
        call.world.wait(request, call.name, call.number)

    if not async_op:
        call.agree()
    work = Work(call.world, wait, begin(), finish)
    if async_op:
        return work
    work.wait()
    return None
