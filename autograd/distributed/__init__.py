"""Several processes that compute together: PyTorch's `torch.distributed`, on MPI.

`mpiexec -n 4 python program.py` starts the same program in four processes. Each works on its part of every batch, and
they exchange tensors by the calls in this package, which all must make in the same order. MPI connects them, on one
machine or several: `pip install glassgrad[mpi]` installs what is needed.

The files, in order of reading: `world.py`: how the processes meet and wait; `work.py`: one call, and how they agree on
it; `collectives.py`, `messages.py` and `objects.py`: the calls; `failure.py`: how a process that fails ends the others.
"""

from ..without_effect import names_of
from . import nn
from .collectives import (
    all_gather,
    all_gather_into_tensor,
    all_reduce,
    barrier,
    broadcast,
    gather,
    reduce,
    reduce_scatter_tensor,
    scatter,
)
from .messages import irecv, isend, recv, send
from .objects import all_gather_object, broadcast_object_list
from .reduce_op import ReduceOp
from .work import Work
from .world import (
    Backend,
    destroy_process_group,
    get_backend,
    get_rank,
    get_world_size,
    group,
    init_process_group,
    is_available,
    is_initialized,
    is_mpi_available,
)

__all__ = [
    "Backend", "destroy_process_group", "get_backend", "get_rank", "get_world_size", "group", "init_process_group",
    "is_available", "is_initialized", "is_mpi_available",
    "all_gather", "all_gather_into_tensor", "all_reduce", "barrier", "broadcast", "gather", "reduce",
    "reduce_scatter_tensor", "scatter",
    "irecv", "isend", "recv", "send",
    "all_gather_object", "broadcast_object_list",
    "ReduceOp", "Work",
]  # fmt: skip

__getattr__ = names_of("distributed")
