"""Diagonals and triangles of matrices."""

from __future__ import annotations

import numpy as np

from ...base.dtypes import Array
from ...core.operation import Operation, primitive, viewing
from ...core.tensor import Tensor
from ..arguments import check_dim
from ..new_memory import with_own_memory

__all__ = ["diag", "diag_embed", "diagflat", "diagonal", "tril", "triu"]


def _put_on_diagonal(x: Array, shape: tuple[int, ...], offset: int, axis1: int, axis2: int) -> Array:
    out = np.zeros(shape, x.dtype)
    _diagonal_view(out, offset, axis1, axis2)[...] = x
    return out


def _diagonal_view(x: Array, offset: int, axis1: int, axis2: int) -> Array:
    view = np.diagonal(x, offset, axis1, axis2)
    if x.flags.writeable:
        view.flags.writeable = True  # np.diagonal returns a read-only view
    return view


_diagonal = viewing(
    "diagonal",
    lambda x, offset, axis1, axis2: _diagonal_view(x, offset, axis1, axis2),
    x=lambda g, x_shape, offset, axis1, axis2: _on_diagonal(g, x_shape, offset, axis1, axis2),
    doc="The diagonals of matrices: zeros with g on the diagonals",
)

_on_diagonal: Operation = primitive(
    "diagonal_scatter",
    _put_on_diagonal,
    x=lambda g, offset, axis1, axis2: _diagonal(g, offset, axis1, axis2),
    doc="Zeros with values on a diagonal: the diagonal of g",
)


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The diagonal of the matrices that two dims span, as the last dim; with an offset > 0 above the main diagonal.

    Raises:
        RuntimeError: the two dims are the same.
    """
    axis1, axis2 = _plane(dim1, dim2, input.array.ndim)
    return _diagonal(input, offset, axis1, axis2)


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices of zeros with the last dim of `input` on a diagonal; the reverse of `diagonal`."""
    axis1, axis2 = _plane(dim1, dim2, input.array.ndim + 1)
    size = input.array.shape[-1] + abs(offset)
    shape = list(input.array.shape[:-1])
    for axis in sorted((axis1, axis2)):
        shape.insert(axis, size)
    if axis1 > axis2:
        axis1, axis2, offset = axis2, axis1, -offset
    return _on_diagonal(input, tuple(shape), offset, axis1, axis2)


def _plane(dim1: int, dim2: int, ndim: int) -> tuple[int, int]:
    """The two dims of a matrix, counted from 0; an error if they are the same."""
    axis1, axis2 = check_dim(dim1, ndim), check_dim(dim2, ndim)
    if axis1 == axis2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return axis1, axis2


@with_own_memory
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The diagonal of a matrix, or for a vector the matrix with it on the diagonal.

    Raises:
        RuntimeError: `input` is neither a vector nor a matrix.
    """
    if input.array.ndim == 1:
        return diag_embed(input, diagonal)
    if input.array.ndim == 2:
        return _diagonal(input, diagonal, 0, 1)
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.array.ndim}D")


lower: Operation = primitive(
    "tril", lambda x, k: np.tril(x, k), x=lambda g, k: lower(g, k), doc="The lower triangle: the lower triangle of g"
)

upper: Operation = primitive(
    "triu", lambda x, k: np.triu(x, k), x=lambda g, k: upper(g, k), doc="The upper triangle: the upper triangle of g"
)


def _check_matrix(name: str, input: Tensor) -> None:
    if input.array.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions, but got {input.array.ndim}")


def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """The lower triangle of each matrix, with zeros above the diagonal given."""
    _check_matrix("tril", input)
    return lower(input, diagonal)


def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """The upper triangle of each matrix, with zeros below the diagonal given."""
    _check_matrix("triu", input)
    return upper(input, diagonal)


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The matrix with the elements of `input` on a diagonal."""
    return diag(input.reshape(-1), offset)
