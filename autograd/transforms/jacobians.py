"""Jacobians from vector-Jacobian products: a backward pass for each row, two for a product J v.

Shared by `func`, `functional` and the gradient tape.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np

from ..core.grad_mode import enable_grad
from ..core.tensor import Tensor, wrap
from ..ops.shape.joining import stack
from .gradients import grad

#: A function to differentiate.
Func: TypeAlias = Callable[..., Any]
#: Takes a cotangent of the output and returns its gradient at each source; None for a source it does not reach.
Pull: TypeAlias = Callable[[Tensor], Sequence[Tensor | None]]


def vector_jacobian(
    outs: Sequence[Tensor],
    sources: Sequence[Tensor],
    cotangents: Sequence[Tensor | None],
    create_graph: bool,
    retain_graph: bool = True,
) -> list[Tensor | None]:
    """vᵀJ for each source, with the cotangents as v; None for a source that no output depends on."""
    reached = [(out, v) for out, v in zip(outs, cotangents) if out.requires_grad]
    if not reached or not sources:
        return [None] * len(sources)
    roots, seeds = zip(*reached)
    with enable_grad():
        return list(grad(roots, sources, seeds, retain_graph, create_graph, allow_unused=True))


def recorded_products(outs: Sequence[Tensor], sources: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
    """Cotangents u of the outputs, and uᵀJ for each source, recorded as a function of u.

    uᵀJ is linear in u, and its own vector-Jacobian product with v is J v.
    """
    us = [wrap(np.zeros(out.array.shape, out.array.dtype)).requires_grad_() for out in outs]
    return us, zeros_for_none(vector_jacobian(outs, sources, us, create_graph=True), sources)


def jacobian_rows(out: Tensor, sources: Sequence[Tensor], pull: Pull) -> list[Tensor]:
    """The Jacobian of `out` by each source, (*out.shape, *source.shape), from one `pull` for each element of `out`."""
    blocks = stack_rows(units(out), pull) or [None] * len(sources)
    return [_shaped(block, out, x, x) for block, x in zip(blocks, sources)]


def jacobian_columns(source: Tensor, outs: Sequence[Tensor], push: Pull) -> list[Tensor]:
    """The Jacobian of each output by `source`, (*out.shape, *source.shape), from one `push` for each element of it.

    Args:
        source, outs: the input and the outputs.
        push: takes a unit direction of `source` and returns the derivative of each output along it.
    """
    blocks = stack_rows(units(source), push, dim=-1) or [None] * len(outs)
    return [_shaped(block, out, source, out) for block, out in zip(blocks, outs)]


def stack_rows(
    cotangents: Iterable[Any], pull: Callable[[Any], Sequence[Tensor | None]], dim: int = 0
) -> list[Tensor | None]:
    """For each source the gradients that `pull` returns for the cotangents, stacked; None if all of them are None."""
    columns = zip(*[pull(v) for v in cotangents])
    return [_stacked(column, dim) for column in columns]


def units(like: Tensor) -> Iterator[Tensor]:
    """The tensors of one 1 and else zeros, in the shape and dtype of `like`, in row-major order."""
    for place in np.ndindex(like.array.shape):
        unit = np.zeros(like.array.shape, like.array.dtype)
        unit[place] = 1
        yield wrap(unit[()])


def zeros_for_none(gs: Sequence[Tensor | None], sources: Sequence[Tensor]) -> list[Tensor]:
    """The gradients, with zeros in the shape of its source for each that is None."""
    return [wrap(np.zeros(x.array.shape, x.array.dtype)[()]) if g is None else g for g, x in zip(gs, sources)]


def _stacked(gs: Sequence[Tensor | None], dim: int) -> Tensor | None:
    first = next((g for g in gs if g is not None), None)
    return None if first is None else stack(zeros_for_none(gs, [first] * len(gs)), dim)


def _shaped(block: Tensor | None, out: Tensor, source: Tensor, typed: Tensor) -> Tensor:
    shape = out.array.shape + source.array.shape
    return wrap(np.zeros(shape, typed.array.dtype)) if block is None else block.reshape(shape)
