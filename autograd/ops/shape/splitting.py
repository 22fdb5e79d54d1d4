"""Taking tensors apart along a dim: narrow, select, split, chunk, unbind."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

from ...core.aliasing import View
from ...core.public import numpy_names, other_names
from ...core.tensor import Tensor
from ..arguments import check_count, check_dim, check_dim_of
from .indexing import take_at

__all__ = [
    "chunk", "dsplit", "hsplit", "narrow", "select", "split", "split_with_sizes", "tensor_split", "unbind",
    "vsplit",
]  # fmt: skip


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """The `length` slices along `dim` from `start` on, as a view.

    Raises:
        IndexError: the dim or the start is out of range.
        RuntimeError: the slices reach beyond the end of the dim, or the tensor is 0-d.
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
    """The slice at `index` along `dim`, without that dim.

    Raises:
        IndexError: the index is out of range.
    """
    axis = check_dim(dim, input.array.ndim)
    return input[(slice(None),) * axis + (index,)]


def _one_of_several(part: Tensor) -> Tensor:
    """`part`, marked as one of several views that a function returns at once: writes into it are not recorded."""
    if isinstance(part, View):
        part.origin = "several"
    return part


@numpy_names
@other_names(split_size="split_size_or_sections")
def split(tensor: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces along `dim`, all of one size (the last may be smaller), or of the sizes listed.

    Raises:
        RuntimeError: a size is negative, or the sizes do not add up to the size of the dim.

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
        pieces.append(_one_of_several(narrow(tensor, axis, start, length)))
        start += length
    return tuple(pieces)


def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces of the sizes listed, along `dim`."""
    return split(input, list(split_sizes), dim)


@numpy_names
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """At most `chunks` pieces of equal size along `dim`; the last may be smaller.

    Raises:
        RuntimeError: `chunks` is not positive.
    """
    if chunks < 1:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    if not input.array.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor: unsqueeze it first")
    size = input.array.shape[check_dim(dim, input.array.ndim)]
    return split(input, -(-size // chunks) if size else [0] * chunks, dim)


@numpy_names
@other_names(
    indices="indices_or_sections", sections="indices_or_sections", tensor_indices_or_sections="indices_or_sections"
)
def tensor_split(input: Tensor, indices_or_sections: Any, dim: int = 0) -> tuple[Tensor, ...]:
    """Pieces along `dim`: a number of pieces of nearly equal size, or pieces that end at the indices listed.

    Raises:
        RuntimeError: the tensor is 0-d, or the number of pieces is not positive.
    """
    if not input.array.ndim:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a tensor with 0 dims")
    axis = check_dim(dim, input.array.ndim)
    size = input.array.shape[axis]
    if isinstance(indices_or_sections, Tensor):
        indices_or_sections = indices_or_sections.tolist()
    if isinstance(indices_or_sections, int):
        sections = check_count("tensor_split: sections", indices_or_sections)
        if sections <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {sections}")
        small, rest = divmod(size, sections)
        bounds = [0, *accumulate(small + (i < rest) for i in range(sections))]
    else:
        bounds = [0, *(slice(None, int(i)).indices(size)[1] for i in indices_or_sections), size]
    return tuple(narrow(input, axis, start, max(0, end - start)) for start, end in pairwise(bounds))


@numpy_names
def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """All slices along `dim`, without that dim.

    Raises:
        IndexError: the tensor is 0-d.
    """
    axis = check_dim_of("unbind", dim, input.array.ndim)
    before = (slice(None),) * axis
    return tuple(_one_of_several(take_at(input, (*before, i))) for i in range(input.array.shape[axis]))


@other_names(indices="indices_or_sections", sections="indices_or_sections")
def hsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Pieces along the second dim, of a vector along the first: the inverse of `hstack`.

    Raises:
        RuntimeError: the tensor has too few dims, or its size is not divisible by the number of pieces.
    """
    return _split("hsplit", input, indices_or_sections, 0 if input.array.ndim == 1 else 1, 1)


@other_names(indices="indices_or_sections", sections="indices_or_sections")
def vsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Pieces along the first of two or more dims: the inverse of `vstack`. Errors as for `hsplit`."""
    return _split("vsplit", input, indices_or_sections, 0, 2)


@other_names(indices="indices_or_sections", sections="indices_or_sections")
def dsplit(input: Tensor, indices_or_sections: Any) -> tuple[Tensor, ...]:
    """Pieces along the third dim: the inverse of `dstack`. Errors as for `hsplit`."""
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
