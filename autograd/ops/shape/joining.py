"""Joining tensors: cat, stack and their relatives; grids and combinations of the elements of vectors."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ...base.dtypes import result_numpy
from ...base.symbolic import as_array
from ...core.operation import as_dtype, variadic
from ...core.public import numpy_names
from ...core.tensor import Tensor, wrap
from ..arguments import check_dim
from ..new_memory import with_own_memory
from .indexing import take_at
from .reshape import unsqueeze

__all__ = [
    "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "cartesian_prod", "cat", "column_stack", "combinations",
    "concat", "concatenate", "dstack", "hstack", "meshgrid", "row_stack", "stack", "vstack",
]  # fmt: skip


def _piece(g: Any, i: int, bounds: tuple[int, ...], axis: int) -> Any:
    """The part of the cotangent that belongs to input i."""
    return take_at(g, (slice(None),) * axis + (slice(bounds[i], bounds[i + 1]),))


#: Arrays of one dtype concatenated along an axis; `bounds` are where each starts, and where the last ends.
join = variadic(
    "cat",
    lambda xs, bounds, axis: np.concatenate(xs, axis),
    _piece,
    doc="Tensors concatenated along a dim: for each its part of g",
)


#: Arrays of one shape and dtype stacked along a new axis.
_stack = variadic(
    "stack",
    lambda xs, axis: np.stack(xs, axis),
    lambda g, i, axis: take_at(g, (slice(None),) * axis + (i,)),
    doc="Tensors stacked along a new dim: for each its slice of g",
)


def _cat(xs: list[Tensor], axis: int) -> Tensor:
    return join(xs, (0, *itertools.accumulate(x.array.shape[axis] for x in xs)), axis)


def tensors_of(name: str, tensors: Any) -> list[Tensor]:
    """The argument `tensors` of the function `name` as a list.

    Raises:
        TypeError: it is not a sequence of Tensors.
    """
    if isinstance(tensors, (Tensor, np.ndarray)):
        raise TypeError(f"{name}(): argument 'tensors' must be tuple of Tensors, not {type(tensors).__name__}")
    xs = list(tensors)
    for i, x in enumerate(xs):
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): expected Tensor as element {i} in argument 0, but got {type(x).__name__}")
    return xs


def _with_common_dtype(name: str, tensors: Sequence[Tensor]) -> list[Tensor]:
    """The tensors converted to their common dtype.

    Raises:
        TypeError: an element is not a Tensor.
        ValueError, RuntimeError: the sequence is empty.
    """
    xs = tensors_of(name, tensors)
    if not xs:
        kind = ValueError if name == "cat" else RuntimeError  # as in PyTorch
        raise kind(f"{name}(): expected a non-empty list of Tensors")
    if len({x.array.dtype for x in xs}) == 1:
        return xs
    common = result_numpy(tuple(as_array(x.array) if x.array.ndim else x.array for x in xs))
    return [as_dtype(x, common) for x in xs]


@numpy_names
def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """The tensors concatenated along an existing dim.

    Raises:
        ValueError: the sequence is empty.
        RuntimeError: a tensor is 0-d, or the sizes of the other dims differ.

    >>> from autograd import ones, zeros
    >>> cat([ones(2), zeros(1)])
    tensor([1., 1., 0.])
    """
    xs = _with_common_dtype("cat", tensors)
    for i, x in enumerate(xs):
        if not x.array.ndim:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated: use stack")
    if len({x.array.ndim for x in xs}) > 1:
        # Empty 1-D tensors, a common start of an accumulation, are skipped, as in PyTorch.
        xs = [x for x in xs if x.array.shape != (0,)] or xs[:1]
    axis = check_dim(dim, xs[0].array.ndim)
    shape = xs[0].array.shape
    for i, x in enumerate(xs):
        other = x.array.shape
        if len(other) != len(shape):
            raise RuntimeError(f"Tensors must have same number of dimensions: got {len(shape)} and {len(other)}")
        for d, (m, n) in enumerate(zip(shape, other, strict=True)):
            if d != axis and m != n:
                raise RuntimeError(
                    f"Sizes of tensors must match except in dimension {axis}. Expected size {m} but got size {n} for "
                    f"tensor number {i} in the list (shapes {shape} and {other})"
                )
    return _cat(xs, axis)


concat = concatenate = cat


@numpy_names
def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """The tensors stacked along a new dim.

    Raises:
        RuntimeError: the sequence is empty, or the shapes differ.

    >>> from autograd import tensor
    >>> stack([tensor([1, 2]), tensor([3, 4])], dim=1)
    tensor([[1, 3],
            [2, 4]])
    """
    xs = _with_common_dtype("stack", tensors)
    for i, x in enumerate(xs):
        if x.array.shape != xs[0].array.shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(xs[0].array.shape)} at entry 0 and "
                f"{list(x.array.shape)} at entry {i}"
            )
    return _stack(xs, check_dim(dim, xs[0].array.ndim + 1))


# -- a minimum number of dims, and stacking along a fixed dim ------------------------------------------------


def _each(name: str, function: Callable[[Tensor], Tensor], tensors: tuple[Any, ...]) -> Any:
    """The function applied to one tensor, or to each of several, which are given one by one or as a sequence."""
    if len(tensors) == 1 and isinstance(tensors[0], Tensor):
        return function(tensors[0])
    return tuple(function(x) for x in tensors_of(name, tensors[0] if len(tensors) == 1 else tensors))


def _as_vector(x: Tensor) -> Tensor:
    return x if x.array.ndim else unsqueeze(x, 0)


def _as_matrix(x: Tensor) -> Tensor:
    return unsqueeze(_as_vector(x), 0) if x.array.ndim < 2 else x


def atleast_1d(*tensors: Any) -> Any:
    """The tensor, or each of several, with at least one dim."""
    return _each("atleast_1d", _as_vector, tensors)


def atleast_2d(*tensors: Any) -> Any:
    """The tensor, or each of several, with at least two dims: a vector becomes a row."""
    return _each("atleast_2d", _as_matrix, tensors)


def atleast_3d(*tensors: Any) -> Any:
    """The tensor, or each of several, with at least three dims: a matrix gets a third dim at the end."""
    return _each("atleast_3d", lambda x: unsqueeze(_as_matrix(x), -1) if x.array.ndim < 3 else x, tensors)


def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors concatenated along the second dim, vectors along the first."""
    xs = [_as_vector(x) for x in tensors_of("hstack", tensors)]
    return cat(xs, 0 if not xs or xs[0].array.ndim == 1 else 1)


def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors concatenated along the first dim; vectors are rows."""
    return cat([_as_matrix(x) for x in tensors_of("vstack", tensors)], 0)


row_stack = vstack


def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors concatenated along the second dim; vectors are columns."""
    return cat([x.reshape(-1, 1) if x.array.ndim < 2 else x for x in tensors_of("column_stack", tensors)], 1)


def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors concatenated along the third dim."""
    return cat([atleast_3d(x) for x in tensors_of("dstack", tensors)], 2)


def block_diag(*tensors: Tensor) -> Tensor:
    """A block-diagonal matrix: the matrices along its diagonal, and zeros elsewhere."""
    blocks = [_as_matrix(x) for x in tensors_of("block_diag", tensors)]
    widths = [x.array.shape[1] for x in blocks]
    rows = []
    for i, x in enumerate(blocks):
        height, kind = len(x.array), x.array.dtype
        before, after = (wrap(np.zeros((height, sum(w)), kind)) for w in (widths[:i], widths[i + 1 :]))
        rows.append(cat([before, x, after], 1))
    return cat(rows, 0)


# -- grids and combinations --------------------------------------------------------------------------------------


def meshgrid(*tensors: Tensor, indexing: str = "ij") -> tuple[Tensor, ...]:
    """The coordinates of the grid that vectors span, one tensor for each vector.

    Raises:
        RuntimeError: a tensor has more than one dim, or `indexing` is neither "ij" nor "xy".
    """
    if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)):
        tensors = tuple(tensors[0])
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f'meshgrid: indexing must be one of "xy" or "ij", but received: {indexing}')
    if wrong := [x.array.shape for x in tensors if x.array.ndim > 1]:
        raise RuntimeError(f"meshgrid: expected scalar or 1D tensors, but got one of shape {wrong[0]}")
    xs = [x.reshape(-1) for x in tensors]
    shape = tuple(len(x) for x in xs)
    grids = []
    for i, x in enumerate(xs):
        grid = x.reshape(*(-1 if j == i else 1 for j in range(len(xs)))).expand(shape)
        grids.append(grid.transpose(0, 1) if indexing == "xy" and len(xs) > 1 else grid)
    return tuple(grids)


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """The Cartesian product of vectors: a row for every choice of one element from each; of one vector itself.

    Raises:
        RuntimeError: a tensor is not a vector.
    """
    for x in tensors:
        if x.array.ndim != 1:
            raise RuntimeError(f"cartesian_prod: expected vectors, but got a tensor of shape {x.array.shape}")
    return tensors[0] if len(tensors) == 1 else stack([x.reshape(-1) for x in meshgrid(*tensors)], 1)


@with_own_memory
def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """A row for every choice of `r` elements of a vector, which keep their order."""
    if not r:
        return input[:0]
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    positions = np.array(list(choose(range(len(input.array)), r)), np.int64).reshape(-1, r)
    return input[wrap(positions)]
