"""The collective calls that are differentiable: their backward passes exchange the gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...core.tensor import Tensor, wrap
from ...transforms.function import Function, FunctionCtx
from ..collectives import all_gather as _all_gather, array_of, reduce_in_place
from ..reduce_op import ReduceOp
from ..world import world_of

__all__ = ["all_gather", "all_reduce"]


class _AllReduce(Function):
    """y = Σ xᵣ in every process, so that the gradient of each xᵣ is the sum of the gradients of all y."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor, op: ReduceOp) -> Tensor:
        ctx.op = op  # type: ignore[attr-defined]  # a context takes attributes
        out = np.array(array_of("all_reduce", x), order="C")
        reduce_in_place(world_of(None), out, op, False)
        return wrap(out)

    @staticmethod
    def backward(ctx: FunctionCtx, g: Tensor) -> tuple[Tensor, None]:
        return all_reduce(g, ctx.op), None  # type: ignore[attr-defined]  # set above


def all_reduce(tensor: Tensor, op: ReduceOp = ReduceOp.SUM, group: Any = None) -> Tensor:
    """The sum of the tensors of all processes, in every process; AVG: their mean.

    The gradient of each tensor is the sum (the mean) of the gradients in all processes: all must go backward.

    Raises:
        NotImplementedError: `op` is neither SUM nor AVG, whose gradients alone are defined here.
        as `distributed.all_reduce`.
    """
    world_of(group)
    if op not in (ReduceOp.SUM, ReduceOp.AVG):
        raise NotImplementedError(
            f"distributed.nn.functional.all_reduce takes ReduceOp.SUM or AVG, but got {op!r}: the others have no "
            "gradient; call distributed.all_reduce with tensor.detach()"
        )
    reduced: Tensor = _AllReduce.apply(tensor, op)
    return reduced


class _AllGather(Function):
    """y = (x₀, x₁, …) in every process, so that the gradient of xᵣ is the sum of the parts yᵣ of all gradients."""

    @staticmethod
    def forward(ctx: FunctionCtx, x: Tensor) -> Tensor:
        size = world_of(None).size
        out = np.empty((size, *x.array.shape), x.array.dtype)
        _all_gather([wrap(part) for part in out] if out.ndim > 1 else [wrap(out[i, ...]) for i in range(size)], x)
        return wrap(out)

    @staticmethod
    def backward(ctx: FunctionCtx, g: Tensor) -> Tensor:
        return all_reduce(g)[world_of(None).rank]


def all_gather(tensor: Tensor, group: Any = None) -> tuple[Tensor, ...]:
    """The tensors of all processes, in every process.

    The gradient of the tensor of a process is the sum, over all processes, of the gradients at its place: all must go
    backward.

    Raises:
        as `distributed.all_gather`.
    """
    world_of(group)
    gathered: tuple[Tensor, ...] = _AllGather.apply(tensor).unbind(0)
    return gathered
