"""Arranging elements: stacking, splitting, products of all with all, and which are there."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from .base.dtypes import get_default_dtype, int64, to_numpy_dtype
from .core.broadcasting import sum_to
from .core.operation import array_of
from .core.tensor import Tensor, wrap
from .ops.arguments import sizes_of
from .ops.creation.from_data import meshgrid, tensor
from .ops.elementwise.arithmetic import conj
from .ops.matrix.products import bmm, dot, mixed, outer, tensordot
from .ops.reduce.ordering import sort
from .ops.reduce.reductions import sum as total
from .ops.shape.joining import atleast_1d, cat, split, stack, tensor_split, tensors_of
from .ops.shape.reshape import diag, roll, unsqueeze


def _each(name: str, function: Any, tensors: tuple[Any, ...]) -> Any:
    """A function of one tensor, or of each of several."""
    if len(tensors) == 1 and isinstance(tensors[0], Tensor):
        return function(tensors[0])
    return tuple(function(x) for x in tensors_of(name, tensors[0] if len(tensors) == 1 else tensors))


def _two(x: Tensor) -> Tensor:
    return unsqueeze(atleast_1d(x), 0) if x.array.ndim < 2 else x


def atleast_2d(*tensors: Any) -> Any:
    """The tensor, or each of several, with at least two dims: a vector becomes a row."""
    return _each("atleast_2d", _two, tensors)


def atleast_3d(*tensors: Any) -> Any:
    """The tensor, or each of several, with at least three dims: a matrix gets one at the end."""
    return _each("atleast_3d", lambda x: unsqueeze(_two(x), -1) if x.array.ndim < 3 else x, tensors)


# -- stacking and splitting -----------------------------------------------------------------------------


def column_stack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors as columns side by side."""
    return cat([x.reshape(-1, 1) if x.array.ndim < 2 else x for x in tensors_of("column_stack", tensors)], 1)


def dstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors one behind the other, along their third dim."""
    return cat([atleast_3d(x) for x in tensors_of("dstack", tensors)], 2)


def hsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Pieces along the second dim, or the first of a vector: the reverse of `hstack`.

    Raises:
        RuntimeError: the tensor has too few dims, or its size is no multiple of the number of pieces.
    """
    return _split("hsplit", input, indices_or_sections, 0 if input.array.ndim == 1 else 1, 1)


def vsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Pieces along the first dim: the reverse of `vstack`.

    Raises:
        RuntimeError: the tensor has too few dims, or its size is no multiple of the number of pieces.
    """
    return _split("vsplit", input, indices_or_sections, 0, 2)


def dsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Pieces along the third dim: the reverse of `dstack`.

    Raises:
        RuntimeError: the tensor has too few dims, or its size is no multiple of the number of pieces.
    """
    return _split("dsplit", input, indices_or_sections, 2, 3)


def _split(name: str, input: Tensor, sections: Any, axis: int, least: int) -> tuple[Tensor, ...]:
    ndim = input.array.ndim
    if ndim < least:
        raise RuntimeError(f"torch.{name} requires a tensor with at least {least} dimension, but got {ndim}")
    size = input.array.shape[axis]
    if isinstance(sections, int) and (sections < 1 or size % sections):
        raise RuntimeError(
            f"torch.{name} attempted to split along dimension {axis}, but the size of the dimension {size} is not "
            f"divisible by the split_size {sections}!"
        )
    return tensor_split(input, sections, axis)


def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of the sizes listed along `dim`."""
    return split(input, list(split_sizes), dim)


def block_diag(*tensors: Tensor) -> Tensor:
    """The matrices along the diagonal of a larger one, with zeros around them."""
    blocks = [_two(x) for x in tensors_of("block_diag", tensors)]
    widths = [x.array.shape[1] for x in blocks]
    rows = []
    for i, x in enumerate(blocks):
        height, kind = len(x.array), x.array.dtype
        before, after = (wrap(np.zeros((height, sum(w)), kind)) for w in (widths[:i], widths[i + 1 :]))
        rows.append(cat([before, x, after], 1))
    return cat(rows, 0)


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """Every choice of one element from each vector, as rows."""
    return tensors[0] if len(tensors) == 1 else stack([x.reshape(-1) for x in meshgrid(*tensors)], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """Every choice of `r` elements of a vector, in order, as rows."""
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    places = np.array(list(choose(range(len(input.array)), r)), np.int64).reshape(-1, r)
    return input[wrap(places)] if r else input[:0]


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The matrix with the elements of `input` on a diagonal."""
    return diag(input.reshape(-1), offset)


def msort(input: Tensor) -> Tensor:
    """The elements in order along the first dim."""
    return sort(input, 0).values


def sum_to_size(input: Tensor, *size: Any) -> Tensor:
    """`input` summed to a shape that broadcasts to its own.

    Raises:
        RuntimeError: the shape does not.
    """
    shape = sizes_of(size)
    try:
        np.broadcast_to(np.empty(shape, bool), input.array.shape)
    except ValueError:
        raise RuntimeError(f"size {{{list(shape)}}} is not expandable to size {{{list(input.array.shape)}}}.") from None
    return sum_to(input, shape) if shape else total(input)


# -- products -------------------------------------------------------------------------------------------


def kron(input: Tensor, other: Tensor) -> Tensor:
    """The Kronecker product: each element of `input` times the whole of `other`."""
    ndim = max(input.array.ndim, other.array.ndim)
    a, b = ((1,) * (ndim - x.array.ndim) + x.array.shape for x in (input, other))
    left = input.reshape([n for size in a for n in (size, 1)])
    right = other.reshape([n for size in b for n in (1, size)])
    return (left * right).reshape([m * n for m, n in zip(a, b, strict=True)])


def inner(input: Tensor, other: Tensor) -> Tensor:
    """The sums of products along the last dims."""
    return tensordot(input, other, ([-1], [-1])) if input.array.ndim and other.array.ndim else input * other


def vdot(input: Tensor, other: Tensor) -> Tensor:
    """The dot product of two vectors, with the first one conjugated."""
    return dot(conj(input), other)


def addr(input: Tensor, vec1: Tensor, vec2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta · `input` + alpha · the outer product of two vectors."""
    product = outer(vec1, vec2)
    if product.array.dtype.kind == input.array.dtype.kind == "b":
        return (product & bool(alpha)) | (input & bool(beta))
    return mixed(input, product, beta, alpha)


def addbmm(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: Any = 1, alpha: Any = 1) -> Tensor:
    """beta · `input` + alpha · the sum of the products of two batches of matrices."""
    return mixed(input, total(bmm(batch1, batch2), 0), beta, alpha)


def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Tensor:
    """The vector product along `dim`, or the first dim of size 3.

    Raises:
        RuntimeError: there is no dim of size 3, or one tensor has more dims than the other.
    """
    if input.array.ndim != other.array.ndim:
        raise RuntimeError(
            f"linalg.cross: inputs must have the same number of dimensions, but got {input.array.shape} and "
            f"{other.array.shape}"
        )
    if dim is None:
        dim = next((i for i, n in enumerate(input.array.shape) if n == 3), None)
    if dim is None or input.array.shape[dim] != 3 or other.array.shape[dim] != 3:
        raise RuntimeError("linalg.cross: inputs dimension must have length 3.")
    return roll(input, -1, dim) * roll(other, 1, dim) - roll(input, 1, dim) * roll(other, -1, dim)


def vander(x: Tensor, N: int | None = None, *, increasing: bool = False) -> Tensor:
    """The powers of a vector as columns, from the highest to 0."""
    powers = range(len(x.array) if N is None else N)
    return stack([x**i for i in (powers if increasing else reversed(powers))], 1)


def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements at flat positions."""
    return input.reshape(-1)[index]


# -- whole numbers and truths -----------------------------------------------------------------------------


def tril_indices(row: int, col: int, offset: int = 0, *, dtype: Any = int64, device: Any = None) -> Tensor:
    """The rows and columns of a lower triangle."""
    return wrap(np.stack(np.tril_indices(row, offset, col)).astype(to_numpy_dtype(dtype)))


def triu_indices(row: int, col: int, offset: int = 0, *, dtype: Any = int64, device: Any = None) -> Tensor:
    """The rows and columns of an upper triangle."""
    return wrap(np.stack(np.triu_indices(row, offset, col)).astype(to_numpy_dtype(dtype)))


def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """The coordinates, a tensor each dim, of flat positions in a shape."""
    return tuple(wrap(i) for i in np.unravel_index(indices.array, sizes_of((shape,))))


def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Whether each element is one of `test_elements`; with `invert`, whether it is none."""
    return wrap(np.isin(array_of(elements), array_of(test_elements), assume_unique=assume_unique, invert=invert)[()])


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The elements, or slices along `dim`, that differ from the one before; with inverse and counts if asked for."""
    x = np.moveaxis(input.array, dim, 0) if dim is not None else input.array.reshape(-1)
    differs = np.any(x[1:] != x[:-1], axis=tuple(range(1, x.ndim)))
    first = np.concatenate([np.ones(min(len(x), 1), bool), differs])
    out = np.ascontiguousarray(np.moveaxis(x[first], 0, dim or 0))
    inverse = np.cumsum(first) - 1
    counts = np.bincount(inverse)
    wanted = [wrap(inverse if dim is not None else inverse.reshape(input.array.shape))] if return_inverse else []
    wanted += [wrap(counts)] if return_counts else []
    return (wrap(out), *wanted) if wanted else wrap(out)


def scalar_tensor(s: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Tensor:
    """A 0-d tensor of a number, of the default type unless `dtype` is given."""
    return tensor(s, dtype=dtype or get_default_dtype(), device=device, requires_grad=requires_grad)
