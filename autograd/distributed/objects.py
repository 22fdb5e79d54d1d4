"""The collective calls on Python objects, which are pickled: the processes trust each other."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np

from ..base.dtypes import Array
from .collectives import check_rank
from .work import Call, collective
from .world import world_of


def _pickled(obj: Any) -> Array:
    return np.frombuffer(pickle.dumps(obj, pickle.HIGHEST_PROTOCOL), np.uint8)


def all_gather_object(object_list: list[Any], obj: Any, group: Any = None) -> None:
    """Put the object of each process at the place number `rank` of the list of every process.

    Args:
        object_list: a list with a place for each process.
        obj: anything that can be pickled.

    Raises:
        ValueError: the list has another length; `init_process_group` was not called.
        RuntimeError: as for `all_reduce`.
    """
    name = "all_gather_object"
    world = world_of(group)
    if len(object_list) != world.size:
        raise ValueError(f"{name}: object_list has {len(object_list)} places, but there are {world.size} processes")
    mine = _pickled(obj)
    size, sizes = np.array([mine.size]), np.empty(world.size, np.int64)
    collective(Call(world, name), lambda: world.data.Iallgather(size, sizes), False)
    padded, every = np.zeros(sizes.max(), np.uint8), np.empty((world.size, sizes.max()), np.uint8)
    padded[: mine.size] = mine
    collective(Call(world, name), lambda: world.data.Iallgather(padded, every), False)
    object_list[:] = [pickle.loads(row[:n].tobytes()) for row, n in zip(every, sizes, strict=True)]


def broadcast_object_list(object_list: list[Any], src: int = 0, group: Any = None) -> None:
    """Replace the objects in the list of every process by those of the process `src`.

    Args:
        object_list: a list of the same length in all processes; in the process `src`, of what can be pickled.
        src: the rank of the process whose objects count.

    Raises:
        ValueError: there is no rank `src`; `init_process_group` was not called.
        RuntimeError: as for `all_reduce`.
    """
    name = "broadcast_object_list"
    world = world_of(group)
    check_rank(name, world, src, "src")
    of_src = f" of {len(object_list)} objects from rank {src}"
    payload = _pickled(list(object_list)) if world.rank == src else np.empty(0, np.uint8)
    size = np.array([payload.size])
    collective(Call(world, name, details=of_src), lambda: world.data.Ibcast(size, src), False)
    data = payload.copy() if world.rank == src else np.empty(size[0], np.uint8)
    collective(Call(world, name, details=of_src), lambda: world.data.Ibcast(data, src), False)
    object_list[:] = pickle.loads(data.tobytes())
