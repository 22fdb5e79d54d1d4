"""Shapes: reshape, view, permute, expand and the like, which share memory where the layout allows it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...base.dtypes import to_numpy_dtype
from ...core.broadcasting import expand_to
from ...core.operation import Operation, viewing
from ...core.public import numpy_names, other_names
from ...core.tensor import Tensor, wrap
from ..arguments import check_dim, check_dims, given_sizes
from ..elementwise.selection import broadcast_shapes
from ..new_memory import copied

__all__ = [
    "broadcast_tensors", "broadcast_to", "flatten", "moveaxis", "movedim", "permute", "ravel", "reshape", "squeeze",
    "swapaxes", "swapdims", "t", "transpose", "unflatten", "unsqueeze",
]  # fmt: skip


#: `x` in another shape, which fits: a view where the layout allows it.
to_shape: Operation = viewing(
    "view",
    lambda x, shape: x.reshape(shape),
    x=lambda g, x_shape: to_shape(g, x_shape),
    doc="The elements in order in another shape: g in the shape of x",
)
_permute: Operation = viewing(
    "permute",
    lambda x, order: x.transpose(order),
    x=lambda g, order: _permute(g, tuple(sorted(range(len(order)), key=order.__getitem__))),
    doc="The dims in another order: g with its dims back in order",
)


def _complete(name: str, shape: tuple[int, ...], input: Tensor) -> tuple[int, ...]:
    """`shape` with a -1 replaced by the size that follows from the others, checked against the number of elements."""
    size, product, inferred = input.array.size, math.prod(shape), shape.count(-1)
    if product == size and not inferred and (not shape or min(shape) >= 0):
        return shape  # the usual case
    if inferred > 1:
        raise RuntimeError(f"{name}: only one dimension can be inferred, but the shape is {shape}")
    if shape and min(shape) < -1:
        raise RuntimeError(f"{name}: invalid shape dimension {min(shape)} in {shape}")
    known = -product if inferred else product
    if inferred and known == size == 0:
        raise RuntimeError(
            f"{name}: cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified dimension "
            "size -1 can be any value and is ambiguous"
        )
    if (not known or size % known) if inferred else known != size:
        raise RuntimeError(
            f"{name}: shape '{list(shape)}' is invalid for input of size {size}: the input's shape is "
            f"{input.array.shape}; the product of the sizes must stay the same"
        )
    return tuple([size // known if n == -1 else n for n in shape])


def reshape(input: Tensor, *sizes: Any, shape: Any = None) -> Tensor:
    """The elements in order in another shape. One size may be -1, which follows from the others.

    The result shares memory with `input` where the layout allows it.

    Raises:
        RuntimeError: the number of elements does not fit the shape.

    >>> from autograd import arange
    >>> reshape(arange(6), (2, -1)).shape
    autograd.Size([2, 3])
    """
    return to_shape(input, _complete("reshape", given_sizes(sizes, shape), input))


@other_names(size="shape", dtype="shape")
def view(input: Tensor, *shape: Any) -> Tensor:
    """The elements in another shape, sharing memory; with a dtype, their bits interpreted as that dtype.

    Raises:
        RuntimeError: the number of elements does not fit the shape, or the layout would need a copy.
    """
    if len(shape) == 1 and not isinstance(shape[0], (int, Sequence, Tensor)):
        return _view_bits(input, shape[0])
    sizes = _complete("view", given_sizes(shape), input)
    array = input._shared()
    if not array.flags.c_contiguous and array.size and not np.shares_memory(array.reshape(sizes), array):
        raise RuntimeError(
            f"view: size {list(sizes)} is not compatible with input tensor's size {array.shape} and stride "
            f"{input.stride()} (at least one dimension spans across two contiguous subspaces). "
            "Use .reshape(...) instead"
        )
    return to_shape(input, sizes)


def _view_bits(input: Tensor, dtype: Any) -> Tensor:
    return wrap(input._shared().view(to_numpy_dtype(dtype)))


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """A view of `input` in the shape of `other`."""
    return view(input, other.array.shape)


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` in the shape of `other`."""
    return reshape(input, other.array.shape)


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dims from `start_dim` to `end_dim` merged into one.

    Raises:
        RuntimeError: `start_dim` comes after `end_dim`.
    """
    shape = input.array.shape
    start, end = check_dim(start_dim, len(shape)), check_dim(end_dim, len(shape))
    if start > end:
        raise RuntimeError(f"flatten() has invalid args: start_dim {start_dim} cannot come after end_dim {end_dim}")
    if not shape:
        return reshape(input, (1,))
    if start == end:
        return input
    return to_shape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """Dim `dim` split into several dims of the sizes given, one of which may be -1.

    Raises:
        RuntimeError: the product of the sizes is not the size of the dim, several sizes are -1, or `input` is 0-d.
    """
    shape = input.array.shape
    axis = check_dim(dim, len(shape))
    if not shape:
        raise RuntimeError(f"unflatten: Dimension specified as {dim} but tensor has no dimensions: unsqueeze it first")
    if list(sizes).count(-1) > 1:
        raise RuntimeError(f"unflatten: only one size can be inferred from the others, but got {list(sizes)}")
    known = math.prod(n for n in sizes if n != -1)
    full = tuple(shape[axis] // known if n == -1 and known else n for n in sizes)
    if math.prod(full) != shape[axis]:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({shape[axis]}) "
            "in the input tensor"
        )
    return reshape(input, (*shape[:axis], *full, *shape[axis + 1 :]))


def ravel(input: Tensor) -> Tensor:
    """All elements in one dim, contiguous: a view if `input` is."""
    return to_shape(input if input.array.flags.c_contiguous else copied(input, "C"), (input.array.size,))


@numpy_names
def squeeze(input: Tensor, dim: int | tuple[int, ...] | None = None) -> Tensor:
    """`input` without its dims of size 1, or without those among `dim` that have size 1."""
    shape = input.array.shape
    dims = check_dims(dim, len(shape))
    kept = tuple(n for axis, n in enumerate(shape) if n != 1 or dims is not None and axis not in dims)
    return to_shape(input, kept)


@numpy_names
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """`input` with a new dim of size 1 at `dim`.

    Raises:
        IndexError: `dim` is out of range.
    """
    shape = input.array.shape
    axis = check_dim(dim, len(shape) + 1)
    return to_shape(input, (*shape[:axis], 1, *shape[axis:]))


def permute(input: Tensor, *order: Any, dims: Any = None) -> Tensor:
    """The dims in another order: `permute(x, 1, 0)`, or `permute(x, dims=(1, 0))`.

    Raises:
        RuntimeError: `dims` is not a permutation of the dims.

    >>> from autograd import zeros
    >>> permute(zeros(2, 3, 5), 2, 0, 1).shape
    autograd.Size([5, 2, 3])
    """
    given = given_sizes(order, dims)
    ndim = input.array.ndim
    if len(given) != ndim:
        raise RuntimeError(
            f"permute: the number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(given)}"
        )
    return _permute(input, check_dims(list(given), ndim))


@other_names(axis0="dim0", axis1="dim1")
def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """`input` with two dims exchanged."""
    ndim = input.array.ndim
    first, second = check_dim(dim0, ndim), check_dim(dim1, ndim)
    order = list(range(ndim))
    if ndim:
        order[first], order[second] = second, first
    return _permute(input, tuple(order))


swapaxes = swapdims = transpose


def t(input: Tensor) -> Tensor:
    """The transpose of a matrix, as a view; of a vector or 0-d tensor a view in the same shape.

    Raises:
        RuntimeError: there are more than two dims.
    """
    if input.array.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but input is {input.array.ndim}D; use mT")
    return reversed_dims(input)


def reversed_dims(input: Tensor) -> Tensor:
    """`x.T`: the dims in reverse order."""
    return _permute(input, tuple(reversed(range(input.array.ndim))))


def matrix_transpose(input: Tensor) -> Tensor:
    """`x.mT`: the last two dims exchanged.

    Raises:
        RuntimeError: there are fewer than two dims.
    """
    if input.array.ndim < 2:
        raise RuntimeError(
            f"tensor.mT is only supported on matrices or batches of matrices. Got {input.array.ndim}-D tensor."
        )
    return transpose(input, -2, -1)


def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """The dims at `source` moved to `destination`; the others keep their order.

    Raises:
        RuntimeError: the numbers of dims differ.
    """
    ndim = input.array.ndim
    sources = check_dims(source, ndim) or ()
    destinations = check_dims(destination, ndim) or ()
    if len(sources) != len(destinations):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({len(sources)} dims: {source}) should contain the "
            f"same number of dims as destination ({len(destinations)} dims: {destination})"
        )
    order = [axis for axis in range(ndim) if axis not in sources]
    for position, axis in sorted(zip(destinations, sources, strict=True)):
        order.insert(position, axis)
    return _permute(input, tuple(order))


moveaxis = movedim


@other_names(size="sizes")
def expand(input: Tensor, *sizes: Any) -> Tensor:
    """`input` repeated along dims of size 1, and along new leading dims, without copying; -1 keeps a size.

    Raises:
        RuntimeError: a size other than 1 would change.

    >>> from autograd import tensor
    >>> expand(tensor([[1.0], [2.0]]), -1, 3).shape
    autograd.Size([2, 3])
    """
    wanted, shape = given_sizes(sizes), input.array.shape
    if len(wanted) < len(shape):
        raise RuntimeError(
            f"expand: the number of sizes provided ({len(wanted)}) must be greater or equal to the number of "
            f"dimensions in the tensor ({len(shape)})"
        )
    extra = len(wanted) - len(shape)
    full = []
    for dim, size in enumerate(wanted):
        old = shape[dim - extra] if dim >= extra else None
        if size == -1 and old is None:
            raise RuntimeError(
                f"expand: the size -1 keeps an existing size, but dim {dim} of the target sizes {list(wanted)} is new: "
                f"the tensor's size is {list(shape)}"
            )
        new = size if old is None or size != -1 else old
        if new < 0 or (old is not None and old not in (1, new)):
            raise RuntimeError(
                f"expand: The expanded size of the tensor ({size}) must match the existing size ({old}) at "
                f"non-singleton dimension {dim}. Target sizes: {list(wanted)}. Tensor sizes: {list(shape)}"
            )
        full.append(new)
    input._shared()  # a view needs an array to show: a NumPy scalar becomes a 0-d array
    return expand_to(input, tuple(full))


def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """`input` broadcast to the shape given, without copying."""
    return expand(input, size)


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` expanded to the shape of `other`."""
    return expand(input, other.array.shape)


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors expanded to the shape that they broadcast to; those of that shape themselves."""
    shape = broadcast_shapes(*(x.array.shape for x in tensors))
    return tuple(x if x.array.shape == shape else expand(x, shape) for x in tensors)
