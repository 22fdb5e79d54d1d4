"""Joining tensors and taking them apart: cat, stack, split, chunk, unbind."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

import numpy as np

from ...base.dtypes import result_numpy
from ...core.operation import as_dtype, variadic
from ...core.tensor import Tensor, wrap
from ..arguments import check_dim, numpy_names
from ..creation.filled import meshgrid
from .indexing import take_at
from .reshape import unsqueeze

__all__ = [
    "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "cartesian_prod", "cat", "chunk", "column_stack",
    "combinations", "concat", "concatenate", "dsplit", "dstack", "hsplit", "hstack", "narrow", "row_stack", "select",
    "split", "split_with_sizes", "stack", "tensor_split", "unbind", "vsplit", "vstack",
]  # fmt: skip


def _piece(g: Any, i: int, bounds: tuple[int, ...], axis: int) -> Any:
    """The part of the cotangent that stands where input i was put."""
    return take_at(g, (slice(None),) * axis + (slice(bounds[i], bounds[i + 1]),))


#: Arrays of one type one after another along an axis; `bounds` are where each begins, and where the last ends.
join = variadic(
    "cat",
    lambda xs, bounds, axis: np.concatenate(xs, axis),
    _piece,
    doc="Arrays one after the other: each gets its piece of the cotangent",
)


def _cat(xs: list[Tensor], axis: int) -> Tensor:
    return join(xs, (0, *accumulate(x.array.shape[axis] for x in xs)), axis)


def tensors_of(name: str, tensors: Any) -> list[Tensor]:
    """The sequence of tensors that the function of that name was given, as a list.

    Raises:
        TypeError: it is something else.
    """
    if isinstance(tensors, (Tensor, np.ndarray)):
        raise TypeError(f"{name}(): argument 'tensors' must be tuple of Tensors, not {type(tensors).__name__}")
    xs = list(tensors)
    for i, x in enumerate(xs):
        if not isinstance(x, Tensor):
            raise TypeError(f"{name}(): expected Tensor as element {i} in argument 0, but got {type(x).__name__}")
    return xs


def _alike(name: str, tensors: Sequence[Tensor]) -> list[Tensor]:
    """The tensors with one type.

    Raises:
        TypeError: one of them is no Tensor.
        ValueError, RuntimeError: there are none.
    """
    xs = tensors_of(name, tensors)
    if not xs:
        kind = ValueError if name == "cat" else RuntimeError  # as PyTorch
        raise kind(f"{name}(): expected a non-empty list of Tensors")
    common = result_numpy(tuple(np.asarray(x.array) if x.array.ndim else x.array for x in xs))
    return [as_dtype(x, common) for x in xs]


@numpy_names
def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """The tensors one after the other along an existing dim.

    Raises:
        RuntimeError: there are none, one is 0-d, or their other sizes differ.

    >>> from autograd import ones, zeros
    >>> cat([ones(2), zeros(1)])
    tensor([1., 1., 0.])
    """
    xs = _alike("cat", tensors)
    for i, x in enumerate(xs):
        if not x.array.ndim:
            raise RuntimeError(f"zero-dimensional tensor (at position {i}) cannot be concatenated: use stack")
    if len({x.array.ndim for x in xs}) > 1:
        # PyTorch skips empty 1-D tensors, the traditional start of an accumulation.
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
    """The tensors side by side along a new dim.

    Raises:
        RuntimeError: there are none, or their shapes differ.

    >>> from autograd import tensor
    >>> stack([tensor([1, 2]), tensor([3, 4])], dim=1)
    tensor([[1, 3],
            [2, 4]])
    """
    xs = _alike("stack", tensors)
    for i, x in enumerate(xs):
        if x.array.shape != xs[0].array.shape:
            raise RuntimeError(
                f"stack expects each tensor to be equal size, but got {list(xs[0].array.shape)} at entry 0 and "
                f"{list(x.array.shape)} at entry {i}"
            )
    axis = check_dim(dim, xs[0].array.ndim + 1)
    return _cat([unsqueeze(x, axis) for x in xs], axis)


def atleast_1d(*tensors: Any) -> Any:
    """The tensor, or each of several, with at least one dim."""
    if len(tensors) == 1 and isinstance(tensors[0], Tensor):
        return tensors[0] if tensors[0].array.ndim else unsqueeze(tensors[0], 0)
    return tuple(atleast_1d(x) for x in tensors_of("atleast_1d", tensors[0] if len(tensors) == 1 else tensors))


def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors one after the other along their second dim, or their first if they have one."""
    xs = [atleast_1d(x) for x in tensors_of("hstack", tensors)]
    return cat(xs, 0 if not xs or xs[0].array.ndim == 1 else 1)


def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """The tensors as rows one below the other."""
    xs = tensors_of("vstack", tensors)
    return cat([unsqueeze(atleast_1d(x), 0) if x.array.ndim < 2 else x for x in xs], 0)


row_stack = vstack


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """`length` elements along `dim`, from `start` on.

    Raises:
        IndexError: the dim or the start is out of range.
        RuntimeError: they do not lie within the dim, or there is none.
    """
    if not input.array.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    axis = check_dim(dim, input.array.ndim)
    size = input.array.shape[axis]
    start = int(start)
    begin = start + size if start < 0 else start
    if not 0 <= begin <= size:
        raise IndexError(f"start out of range (expected to be in range of [{-size}, {size}], but got {start})")
    if length < 0 or begin + length > size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return take_at(input, (slice(None),) * axis + (slice(begin, begin + length),))


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """The slice at `index` along `dim`, which is dropped.

    Raises:
        IndexError: the index is out of range.
    """
    axis = check_dim(dim, input.array.ndim)
    return input[(slice(None),) * axis + (index,)]


@numpy_names
def split(tensor: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces along `dim`, of one size (the last may be smaller) or of the sizes listed.

    Raises:
        RuntimeError: the sizes do not add up to that of the dim, or are negative.

    >>> from autograd import arange
    >>> split(arange(5), 2)
    (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    axis = check_dim(dim, tensor.array.ndim)
    if not tensor.array.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    size = tensor.array.shape[axis]
    if isinstance(split_size_or_sections, int):
        step = split_size_or_sections
        if step < 0 or (step == 0 and size):
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={step}")
        sizes = [min(step, size - start) for start in range(0, size, step or 1)] or [0]
    else:
        sizes = list(split_size_or_sections)
        if sum(sizes) != size or any(n < 0 for n in sizes):
            raise RuntimeError(
                f"split_with_sizes expects split_sizes to sum exactly to {size} (input tensor's size at dimension "
                f"{axis}), but got split_sizes={sizes}"
            )
    pieces, start = [], 0
    for length in sizes:
        pieces.append(narrow(tensor, axis, start, length))
        start += length
    return tuple(pieces)


@numpy_names
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` pieces of equal size along `dim`, the last of which may be smaller.

    Raises:
        RuntimeError: `chunks` is not positive.
    """
    if chunks < 1:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    if not input.array.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor: unsqueeze it first")
    size = input.array.shape[check_dim(dim, input.array.ndim)]
    return split(input, max(1, -(-size // chunks)), dim) if size else (input,) * chunks


@numpy_names
def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces along `dim`: so many of nearly equal size, or cut at the indices listed."""
    axis = check_dim(dim, input.array.ndim)
    size = input.array.shape[axis]
    if isinstance(indices_or_sections, Tensor):
        indices_or_sections = indices_or_sections.tolist()
    if isinstance(indices_or_sections, int):
        small, larger = divmod(size, indices_or_sections)
        return split(input, [small + (i < larger) for i in range(indices_or_sections)], axis)
    cuts = [slice(None, int(i)).indices(size)[1] for i in indices_or_sections]
    bounds = [0, *cuts, size]
    return tuple(narrow(input, axis, start, max(0, end - start)) for start, end in pairwise(bounds))


@numpy_names
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The slices along `dim`, which is dropped.

    Raises:
        IndexError: the tensor is 0-d.
    """
    if not input.array.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions: unsqueeze it first")
    axis = check_dim(dim, input.array.ndim)
    before = (slice(None),) * axis
    return tuple(take_at(input, (*before, i)) for i in range(input.array.shape[axis]))


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
