"""Messages from one process to another: send and recv."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base.dtypes import Array
from ..core.tensor import Tensor
from ..core.writes import count_write
from .collectives import array_of, as_bytes, check_rank
from .work import Work
from .world import World, world_of

#: The length of the header of a message, which describes the dtype and shape of the tensor that follows, in bytes.
_BYTES = 120


def _described(array: Array) -> Array:
    return np.frombuffer(f"{array.dtype}{array.shape}".encode()[:_BYTES].ljust(_BYTES), np.uint8)


def _partner(name: str, world: World, rank: int, parameter: str) -> None:
    check_rank(name, world, rank, parameter)
    if rank == world.rank:
        raise ValueError(f"{name}: {parameter}={rank} is this process itself: it must be another one")


def isend(tensor: Tensor, dst: int, group: Any = None, tag: int = 0) -> Work:
    """Begin to send `tensor` to the process `dst`; do not change the tensor until the work is done.

    Args:
        tag: a number; the message is received by a call with the same one.

    Raises:
        RuntimeError: the tensor requires grad.
        ValueError: there is no rank `dst`, or it is this process; `init_process_group` was not called.
        TypeError: not a tensor.
    """
    world = world_of(group)
    array = array_of("send", tensor)
    _partner("send", world, dst, "dst")
    header, data = _described(array), np.ascontiguousarray(array)
    requests = [world.data.Isend(header, dst, tag), world.data.Isend(as_bytes(data), dst, tag)]

    def wait() -> None:
        for request in requests:
            world.wait(request, f"send to rank {dst}", partner=dst)

    return Work(world, requests[1].Test, wait)


def send(tensor: Tensor, dst: int, group: Any = None, tag: int = 0) -> None:
    """Send `tensor` to the process `dst`, which calls `recv`. Arguments and errors are those of `isend`.

    Raises:
        RuntimeError: the other process has ended, or does not receive within the timeout.
    """
    isend(tensor, dst, group, tag).wait()


def irecv(tensor: Tensor, src: int, group: Any = None, tag: int = 0) -> Work:
    """Begin to receive a tensor of this shape and dtype from the process `src`, into `tensor`.

    Arguments and errors are those of `isend`.

    Raises:
        RuntimeError: in `wait()`, the tensor that was sent has another shape or dtype.
    """
    world = world_of(group)
    array = array_of("recv", tensor)
    _partner("recv", world, src, "src")
    header, data = np.empty(_BYTES, np.uint8), np.empty(array.shape, array.dtype)
    requests = [world.data.Irecv(header, src, tag), world.data.Irecv(as_bytes(data), src, tag)]

    def wait() -> None:
        world.wait(requests[0], f"recv from rank {src}", partner=src)
        sent, expected = (h.tobytes().decode().rstrip() for h in (header, _described(array)))
        if sent != expected:
            raise RuntimeError(f"recv from rank {src}: the tensor has {expected}, but {sent} was sent")
        world.wait(requests[1], f"recv from rank {src}", partner=src)
        count_write(array)
        array[...] = data

    return Work(world, requests[1].Test, wait)


def recv(tensor: Tensor, src: int, group: Any = None, tag: int = 0) -> int:
    """Receive a tensor of this shape and dtype from the process `src`, into `tensor`; return `src`.

    Arguments and errors are those of `irecv`.

    Raises:
        RuntimeError: the other process has ended, or does not send within the timeout.
    """
    irecv(tensor, src, group, tag).wait()
    return src
