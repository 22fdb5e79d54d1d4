"""TODO: say what idea this file holds."""

from __future__ import annotations

import numpy as np

from ...base.dtypes import Array
from ...core.operation import Operation, primitive, viewing
from ...core.tensor import Tensor
from ..arguments import check_dim

__all__ = ["diag", "diag_embed", "diagflat", "diagonal", "tril", "triu"]


def _put_on_diagonal(x: Array, shape: tuple[int, ...], offset: int, axis1: int, axis2: int) -> Array:
    out = np.zeros(shape, x.dtype)
    _show_diagonal(out, offset, axis1, axis2)[...] = x
    return out


def _show_diagonal(x: Array, offset: int, axis1: int, axis2: int) -> Array:
    shown = np.diagonal(x, offset, axis1, axis2)
    if x.flags.writeable:
        shown.flags.writeable = True  # NumPy's own is for reading only
    return shown


_diagonal = viewing(
    "diagonal",
    lambda x, offset, axis1, axis2: _show_diagonal(x, offset, axis1, axis2),
    x=lambda g, x_shape, offset, axis1, axis2: _on_diagonal(g, x_shape, offset, axis1, axis2),
    doc="The diagonals of matrices: put back on them",
)

_on_diagonal: Operation = primitive(
    "diagonal_scatter",
    _put_on_diagonal,
    x=lambda g, offset, axis1, axis2: _diagonal(g, offset, axis1, axis2),
    doc="Zeros with values on a diagonal: taken from it",
)


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The diagonal of the matrices that two dims span, as the last dim; above the main one for offset > 0.

    Raises:
        RuntimeError: the two dims are the same.
    """
    axis1, axis2 = check_dim(dim1, input.array.ndim), check_dim(dim2, input.array.ndim)
    if axis1 == axis2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    return _diagonal(input, offset, axis1, axis2)


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices of zeros with the last dim of `input` on a diagonal."""
    ndim = input.array.ndim + 1
    axis1, axis2 = check_dim(dim1, ndim), check_dim(dim2, ndim)
    if axis1 == axis2:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    size = input.array.shape[-1] + abs(offset)
    shape = list(input.array.shape[:-1])
    for axis in sorted((axis1, axis2)):
        shape.insert(axis, size)
    if axis1 > axis2:
        axis1, axis2, offset = axis2, axis1, -offset
    return _on_diagonal(input, tuple(shape), offset, axis1, axis2)


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The diagonal of a matrix, or the matrix with a vector on its diagonal.

    Raises:
        RuntimeError: `input` has neither one nor two dims.
    """
    if input.array.ndim == 1:
        return diag_embed(input, diagonal)
    if input.array.ndim == 2:
        return _diagonal(input, diagonal, 0, 1)
    raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.array.ndim}D")


lower: Operation = primitive(
    "tril", lambda x, k: np.tril(x, k), x=lambda g, k: lower(g, k), doc="The lower triangle: of the cotangent too"
)

upper: Operation = primitive(
    "triu", lambda x, k: np.triu(x, k), x=lambda g, k: upper(g, k), doc="The upper triangle: of the cotangent too"
)


def _check_matrix(name: str, input: Tensor) -> None:
    if input.array.ndim < 2:
        raise RuntimeError(f"{name}: input tensor must have at least 2 dimensions, but got {input.array.ndim}")


def tril(input: Tensor, diagonal: int = 0) -> Tensor:
    """The lower triangle of each matrix, with zeros above the diagonal named."""
    _check_matrix("tril", input)
    return lower(input, diagonal)


def triu(input: Tensor, diagonal: int = 0) -> Tensor:
    """The upper triangle of each matrix, with zeros below the diagonal named."""
    _check_matrix("triu", input)
    return upper(input, diagonal)


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The matrix with the elements of `input` on a diagonal."""
    return diag(input.reshape(-1), offset)
