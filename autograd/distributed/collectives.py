"""The collective calls on tensors: all processes make the same call, each with its own tensor."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..base.dtypes import Array
from ..base.symbolic import elements
from ..core.errors import not_a_tensor
from ..core.grad_mode import recording
from ..core.tensor import Tensor
from ..core.writes import count_write
from .reduce_op import ReduceOp, check_op
from .work import Call, Work, collective, not_compiled
from .world import World, world_of


def array_of(name: str, tensor: Tensor, parameter: str = "tensor") -> Array:
    """The elements of a tensor, which is not recorded.

    Raises:
        TypeError: it is not a Tensor.
        RuntimeError: its gradient would be lost.
    """
    if not isinstance(tensor, Tensor):
        raise TypeError(f"{name}: {parameter} must be {not_a_tensor(tensor)}")
    if tensor.requires_grad and recording():
        raise RuntimeError(
            f"{name}: {parameter} requires grad, and its gradient would be lost: pass {parameter}.detach(), or call "
            "distributed.nn.functional.all_reduce or all_gather, which are differentiable"
        )
    not_compiled(name)
    return elements(tensor._shared())


def as_bytes(array: Array) -> Array:
    """The memory of a contiguous array, as MPI moves it without knowing the dtype."""
    return array.reshape(-1).view(np.uint8)


def check_rank(name: str, world: World, rank: int, parameter: str) -> None:
    """Raise unless there is a process of this rank."""
    if not isinstance(rank, (int, np.integer)) or isinstance(rank, bool):
        raise TypeError(f"{name}: {parameter} must be the rank of a process, but got {rank!r:.60}")
    if not 0 <= rank < world.size:
        raise ValueError(f"{name}: {parameter}={rank}, but the ranks are 0 to {world.size - 1}")


def _check_parts(name: str, world: World, parts: Any, like: Array, parameter: str) -> list[Array]:
    """The arrays of a list with a tensor for each process, all like the tensor of this one."""
    if not isinstance(parts, (list, tuple)):
        raise TypeError(f"{name}: {parameter} must be a list of tensors, but got {type(parts).__name__}")
    arrays = [array_of(name, part, parameter) for part in parts]
    if len(arrays) != world.size:
        raise ValueError(f"{name}: {parameter} holds {len(arrays)} tensors, but there are {world.size} processes")
    for array in arrays:
        _check_alike(name, array, like.shape, like, parameter)
    return arrays


def _check_alike(name: str, array: Array, shape: Sequence[int], like: Array, parameter: str) -> None:
    if array.dtype != like.dtype:
        raise ValueError(f"{name}: the dtypes differ: {parameter} is {array.dtype}, and the tensor {like.dtype}")
    if array.shape != tuple(shape):
        raise ValueError(f"{name}: {parameter} has shape {array.shape}, but {tuple(shape)} is expected")


def _parts_of_root(
    name: str, world: World, root: int, side: str, parts: Any, like: Array, parameter: str
) -> list[Array]:
    """The arrays of a list of tensors that the process `root`, the `side` of a call, must pass; [] in the others.

    Raises:
        ValueError: the list is missing there, or is given in another process; or as for `_check_parts`.
    """
    here = world.rank == root
    if here != (parts is not None):
        where = f"must be specified on {side} rank" if here else f"must NOT be specified on non-{side} ranks"
        raise ValueError(f"Argument ``{parameter}`` {where}.")
    return _check_parts(name, world, parts, like, parameter) if here else []


def _received(target: Array, source: Array) -> None:
    """Copy what has arrived into a tensor's memory."""
    count_write(target)
    target[...] = source


# -- reductions -------------------------------------------------------------------------------------


def _summand(array: Array) -> Array:
    """The elements as MPI combines them, in new memory: half precision numbers in single precision."""
    dtype = np.float32 if array.dtype == np.float16 else array.dtype
    return np.array(array, dtype, order="C")


def reduce_in_place(world: World, array: Array, op: ReduceOp, async_op: bool, name: str = "all_reduce") -> Work | None:
    """`all_reduce` of an array."""
    check_op(name, op, array.dtype)
    direct = array.flags.c_contiguous and array.dtype != np.float16
    buffer = array if direct else _summand(array)

    def finish() -> None:
        if op is ReduceOp.AVG and world.size > 1:
            np.divide(buffer, buffer.dtype.type(world.size), out=buffer)
        if not direct:
            array[...] = buffer

    call = Call(world, name, array, _named(op))
    return collective(
        call, lambda: world.data.Iallreduce(world.mpi.IN_PLACE, buffer, op.of_mpi(world.mpi)), async_op, finish
    )


def _named(op: ReduceOp) -> str:
    return "" if op is ReduceOp.SUM else f" with {op.name}"


def all_reduce(tensor: Tensor, op: ReduceOp = ReduceOp.SUM, group: Any = None, async_op: bool = False) -> Work | None:
    """Replace `tensor`, in every process, by the sum (or `op`) of the tensors of all.

    Args:
        tensor: of the same shape and dtype in every process.
        op: how to combine the tensors.
        group: None: all processes.
        async_op: return at once, with a `Work` to wait for; until then `tensor` must not be used.

    Raises:
        RuntimeError: the tensor requires grad; `op` does not take its dtype; the processes make different calls; a
            process has ended, or does not make this call within the timeout.
        ValueError: `init_process_group` was not called; `op` does not take complex numbers.
        TypeError: not a tensor, or not a ReduceOp.
    """
    world = world_of(group)
    array = array_of("all_reduce", tensor)
    check_op("all_reduce", op, array.dtype)
    count_write(array)
    return reduce_in_place(world, array, op, async_op)


def reduce(
    tensor: Tensor, dst: int, op: ReduceOp = ReduceOp.SUM, group: Any = None, async_op: bool = False
) -> Work | None:
    """Replace `tensor`, in the process `dst` alone, by the sum (or `op`) of the tensors of all.

    Arguments and errors are those of `all_reduce`.

    Raises:
        ValueError: there is no rank `dst`.
    """
    world = world_of(group)
    array = array_of("reduce", tensor)
    check_rank("reduce", world, dst, "dst")
    check_op("reduce", op, array.dtype)
    part = _summand(array)
    total = np.empty_like(part)

    def finish() -> None:
        if world.rank == dst:
            _received(array, total / total.dtype.type(world.size) if op is ReduceOp.AVG else total)

    call = Call(world, "reduce", array, f"{_named(op)} to rank {dst}")
    return collective(call, lambda: world.data.Ireduce(part, total, op.of_mpi(world.mpi), dst), async_op, finish)


def reduce_scatter_tensor(
    output: Tensor, input: Tensor, op: ReduceOp = ReduceOp.SUM, group: Any = None, async_op: bool = False
) -> Work | None:
    """Combine the inputs of all processes, and put one part of the result into the output of each.

    Args:
        output: the part number `rank` of the result, split along its first dim.
        input: (processes · n, *), or (processes, *output's shape).
        op, group, async_op: as for `all_reduce`, with its errors.

    Raises:
        ValueError: the shapes do not fit, or the dtypes differ.
    """
    name = "reduce_scatter_tensor"
    world = world_of(group)
    array, out = array_of(name, input, "input"), array_of(name, output, "output")
    _check_pieces(name, world, array, out, "input")
    check_op(name, op, array.dtype)
    parts = _summand(array)
    part = np.empty(out.shape, parts.dtype)

    def finish() -> None:
        _received(out, part / part.dtype.type(world.size) if op is ReduceOp.AVG else part)

    call = Call(world, name, array, _named(op))
    return collective(
        call, lambda: world.data.Ireduce_scatter_block(parts, part, op.of_mpi(world.mpi)), async_op, finish
    )


def _check_pieces(name: str, world: World, whole: Array, piece: Array, parameter: str) -> None:
    """Check that `whole` holds a piece for each process, side by side along the first dim or along a new one."""
    stacked = (world.size, *piece.shape)
    joined = (world.size * piece.shape[0], *piece.shape[1:]) if piece.ndim else (world.size,)
    if whole.dtype != piece.dtype:
        raise ValueError(f"{name}: the dtypes of the input and the output differ: {whole.dtype} and {piece.dtype}")
    if whole.shape not in (stacked, joined):
        raise ValueError(
            f"{name}: {parameter} has shape {whole.shape}, but {joined} is expected: {world.size} times {piece.shape}"
        )


# -- moving tensors ---------------------------------------------------------------------------------


def broadcast(tensor: Tensor, src: int = 0, group: Any = None, async_op: bool = False) -> Work | None:
    """Copy `tensor` of the process `src` into that of all others. Arguments and errors are those of `all_reduce`.

    Raises:
        ValueError: there is no rank `src`.
    """
    world = world_of(group)
    array = array_of("broadcast", tensor)
    check_rank("broadcast", world, src, "src")
    buffer = array if array.flags.c_contiguous else np.array(array, order="C")
    if world.rank != src:
        count_write(array)

    def finish() -> None:
        if buffer is not array and world.rank != src:
            array[...] = buffer

    call = Call(world, "broadcast", array, f" from rank {src}")
    return collective(call, lambda: world.data.Ibcast(as_bytes(buffer), src), async_op, finish)


def all_gather(tensor_list: list[Tensor], tensor: Tensor, group: Any = None, async_op: bool = False) -> Work | None:
    """Copy `tensor` of each process into the tensor number `rank` of the list of every process.

    Args:
        tensor_list: a tensor for each process, like `tensor`.
        tensor, group, async_op: as for `all_reduce`, with its errors.

    Raises:
        ValueError: the list does not hold a tensor of this shape and dtype for each process.
    """
    world = world_of(group)
    array = array_of("all_gather", tensor)
    targets = _check_parts("all_gather", world, tensor_list, array, "tensor_list")
    part, parts = np.array(array, order="C"), np.empty((world.size, *array.shape), array.dtype)

    def finish() -> None:
        for target, arrived in zip(targets, parts, strict=True):
            _received(target, arrived)

    call = Call(world, "all_gather", array)
    return collective(call, lambda: world.data.Iallgather(as_bytes(part), as_bytes(parts)), async_op, finish)


def all_gather_into_tensor(
    output_tensor: Tensor, input_tensor: Tensor, group: Any = None, async_op: bool = False
) -> Work | None:
    """Copy the inputs of all processes into the output of every one, side by side.

    Args:
        output_tensor: (processes · n, *) for inputs (n, *), or (processes, *input's shape).
        input_tensor, group, async_op: as for `all_reduce`, with its errors.

    Raises:
        ValueError: the shapes do not fit, or the dtypes differ.
    """
    name = "all_gather_into_tensor"
    world = world_of(group)
    array, out = array_of(name, input_tensor, "input_tensor"), array_of(name, output_tensor, "output_tensor")
    _check_pieces(name, world, out, array, "output_tensor")
    part, parts = np.array(array, order="C"), np.empty(out.shape, out.dtype)
    call = Call(world, name, array)
    return collective(
        call, lambda: world.data.Iallgather(as_bytes(part), as_bytes(parts)), async_op, lambda: _received(out, parts)
    )


def gather(
    tensor: Tensor, gather_list: list[Tensor] | None = None, dst: int = 0, group: Any = None, async_op: bool = False
) -> Work | None:
    """Copy `tensor` of each process into the tensor number `rank` of the list of the process `dst`.

    Args:
        gather_list: in the process `dst` a tensor for each process, like `tensor`; None in the others.
        tensor, group, async_op: as for `all_reduce`, with its errors.

    Raises:
        ValueError: the list is missing, or given where it must not be, or does not hold a tensor like `tensor` for each
            process; there is no rank `dst`.
    """
    world = world_of(group)
    array = array_of("gather", tensor)
    check_rank("gather", world, dst, "dst")
    targets = _parts_of_root("gather", world, dst, "destination", gather_list, array, "gather_list")
    part, parts = np.array(array, order="C"), np.empty((len(targets), *array.shape), array.dtype)

    def finish() -> None:
        for target, arrived in zip(targets, parts, strict=True):
            _received(target, arrived)

    call = Call(world, "gather", array, f" to rank {dst}")
    return collective(call, lambda: world.data.Igather(as_bytes(part), as_bytes(parts), dst), async_op, finish)


def scatter(
    tensor: Tensor, scatter_list: list[Tensor] | None = None, src: int = 0, group: Any = None, async_op: bool = False
) -> Work | None:
    """Copy the tensor number `rank` of the list of the process `src` into `tensor` of each process.

    Args:
        scatter_list: in the process `src` a tensor for each process, like `tensor`; None in the others.
        tensor, group, async_op: as for `all_reduce`, with its errors.

    Raises:
        ValueError: the list is missing, or given where it must not be, or does not hold a tensor like `tensor` for each
            process; there is no rank `src`.
    """
    world = world_of(group)
    array = array_of("scatter", tensor)
    check_rank("scatter", world, src, "src")
    sources = _parts_of_root("scatter", world, src, "source", scatter_list, array, "scatter_list")
    parts = np.stack(sources) if sources else np.empty((0, *array.shape), array.dtype)
    part = np.empty(array.shape, array.dtype)
    call = Call(world, "scatter", array, f" from rank {src}")
    return collective(
        call, lambda: world.data.Iscatter(as_bytes(parts), as_bytes(part), src), async_op,
        lambda: _received(array, part),
    )  # fmt: skip


def barrier(group: Any = None, async_op: bool = False) -> Work | None:
    """Wait until every process has called this."""
    world = world_of(group)
    return collective(Call(world, "barrier"), world.data.Ibarrier, async_op)
