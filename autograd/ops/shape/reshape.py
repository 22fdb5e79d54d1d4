"""Shapes: the same elements in another arrangement."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...base.dtypes import Array, to_numpy_dtype
from ...core.broadcasting import expand_to
from ...core.operation import Operation, primitive, viewing
from ...core.tensor import Tensor, wrap
from ..arguments import check_dim, check_dims, numpy_names, sizes_of
from ..elementwise.selection import broadcast_shapes

__all__ = [
    "broadcast_tensors", "broadcast_to", "diag", "diag_embed", "diagflat", "diagonal", "flatten", "flip", "fliplr",
    "flipud", "moveaxis", "movedim", "permute", "ravel", "reshape", "roll", "rot90", "squeeze", "swapaxes", "swapdims",
    "t", "tile", "transpose", "tril", "triu", "unflatten", "unsqueeze",
]  # fmt: skip


_reshape: Operation = viewing(
    "view",
    lambda x, shape: x.reshape(shape),
    x=lambda g, x_shape: _reshape(g, x_shape),
    doc="The elements in order in another shape: in the first shape again",
)
_permute: Operation = viewing(
    "permute",
    lambda x, order: x.transpose(order),
    x=lambda g, order: _permute(g, _inverse(order)),
    doc="The dims in another order: back in the first",
)


def _inverse(order: tuple[int, ...]) -> tuple[int, ...]:
    inverse = [0] * len(order)
    for place, axis in enumerate(order):
        inverse[axis] = place
    return tuple(inverse)


def _complete(name: str, shape: tuple[int, ...], input: Tensor) -> tuple[int, ...]:
    """The shape with its one -1 worked out, checked against the number of elements."""
    size = input.array.size
    known = math.prod(n for n in shape if n != -1)
    if shape.count(-1) > 1:
        raise RuntimeError(f"{name}: only one dimension can be inferred, but the shape is {shape}")
    if any(n < -1 for n in shape):
        raise RuntimeError(f"{name}: invalid shape dimension {min(shape)} in {shape}")
    if -1 in shape:
        if known == 0:
            if size == 0:
                raise RuntimeError(
                    f"{name}: cannot reshape tensor of 0 elements into shape {list(shape)} because the unspecified "
                    "dimension size -1 can be any value and is ambiguous"
                )
            raise RuntimeError(_no_fit(name, shape, input))
        if size % known:
            raise RuntimeError(_no_fit(name, shape, input))
        return tuple(size // known if n == -1 else n for n in shape)
    if known != size:
        raise RuntimeError(_no_fit(name, shape, input))
    return shape


def _no_fit(name: str, shape: tuple[int, ...], input: Tensor) -> str:
    return (
        f"{name}: shape '{list(shape)}' is invalid for input of size {input.array.size}: the input's shape is "
        f"{input.array.shape}; the product of the sizes must stay the same"
    )


def reshape(input: Tensor, *sizes: Any, shape: Any = None) -> Tensor:
    """The elements in order in another shape, one size of which may be -1: what is left.

    Shares memory where the layout allows it.

    Raises:
        RuntimeError: the number of elements does not fit.

    >>> from autograd import arange
    >>> reshape(arange(6), (2, -1)).shape
    autograd.Size([2, 3])
    """
    return _reshape(input, _complete("reshape", sizes_of(sizes if shape is None else (shape,)), input))


def view(input: Tensor, *shape: Any) -> Tensor:
    """The elements in another shape, sharing their memory; with a dtype, their bits read as another type.

    Raises:
        RuntimeError: the number of elements does not fit, or the layout does not allow it without a copy.
    """
    if len(shape) == 1 and not isinstance(shape[0], (int, Sequence, Tensor)):
        return _view_bits(input, shape[0])
    sizes = _complete("view", sizes_of(shape), input)
    array = input._shared()
    if not array.flags.c_contiguous and array.size and not np.shares_memory(array.reshape(sizes), array):
        raise RuntimeError(
            f"view: size {list(sizes)} is not compatible with input tensor's size {array.shape} and stride "
            f"{input.stride()} (at least one dimension spans across two contiguous subspaces). "
            "Use .reshape(...) instead"
        )
    return _reshape(input, sizes)


def _view_bits(input: Tensor, dtype: Any) -> Tensor:
    return wrap(input._shared().view(to_numpy_dtype(dtype)))


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` viewed in the shape of `other`."""
    return view(input, other.array.shape)


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` reshaped to the shape of `other`."""
    return reshape(input, other.array.shape)


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The dims from `start_dim` to `end_dim` as one.

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
    return _reshape(input, (*shape[:start], math.prod(shape[start : end + 1]), *shape[end + 1 :]))


def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """Dim `dim` as several dims of the sizes given, one of which may be -1.

    Raises:
        RuntimeError: the sizes do not multiply to that of the dim.
    """
    shape = input.array.shape
    axis = check_dim(dim, len(shape))
    known = math.prod(n for n in sizes if n != -1)
    full = tuple(shape[axis] // known if n == -1 and known else n for n in sizes)
    if math.prod(full) != shape[axis]:
        raise RuntimeError(
            f"unflatten: Provided sizes {list(sizes)} don't multiply up to the size of dim {dim} ({shape[axis]}) "
            "in the input tensor"
        )
    return reshape(input, (*shape[:axis], *full, *shape[axis + 1 :]))


def ravel(input: Tensor) -> Tensor:
    """All elements in one dim."""
    return reshape(input, (-1,) if input.array.size else (0,))


@numpy_names
def squeeze(input: Tensor, dim: int | tuple[int, ...] | None = None) -> Tensor:
    """Without its dims of size 1, or without those named if their size is 1."""
    shape = input.array.shape
    dims = check_dims(dim, len(shape))
    kept = tuple(n for axis, n in enumerate(shape) if n != 1 or dims is not None and axis not in dims)
    return _reshape(input, kept)


@numpy_names
def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """With a new dim of size 1 at `dim`.

    Raises:
        IndexError: the place is out of range.
    """
    shape = input.array.shape
    axis = check_dim(dim, len(shape) + 1)
    return _reshape(input, (*shape[:axis], 1, *shape[axis:]))


def permute(input: Tensor, *order: Any, dims: Any = None) -> Tensor:
    """The dims in another order: `permute(x, 1, 0)`, or `permute(x, dims=(1, 0))`.

    Raises:
        RuntimeError: `dims` is no permutation of the dims.

    >>> from autograd import zeros
    >>> permute(zeros(2, 3, 5), 2, 0, 1).shape
    autograd.Size([5, 2, 3])
    """
    given = sizes_of(order if dims is None else (dims,))
    ndim = input.array.ndim
    if len(given) != ndim:
        raise RuntimeError(
            f"permute: the number of dimensions in the tensor input does not match the length of the desired "
            f"ordering of dimensions i.e. input.dim() = {ndim} is not equal to len(dims) = {len(given)}"
        )
    return _permute(input, check_dims(list(given), ndim))


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two dims exchanged."""
    ndim = input.array.ndim
    first, second = check_dim(dim0, ndim), check_dim(dim1, ndim)
    order = list(range(ndim))
    if ndim:
        order[first], order[second] = second, first
    return _permute(input, tuple(order))


swapaxes = swapdims = transpose


def t(input: Tensor) -> Tensor:
    """The transpose of a matrix; a vector or scalar as it is.

    Raises:
        RuntimeError: there are more than two dims.
    """
    if input.array.ndim > 2:
        raise RuntimeError(f"t() expects a tensor with <= 2 dimensions, but self is {input.array.ndim}D; use mT")
    return input if input.array.ndim < 2 else transpose(input, 0, 1)


def reversed_dims(input: Tensor) -> Tensor:
    """The dims in reverse order: `x.T`."""
    return _permute(input, tuple(reversed(range(input.array.ndim))))


def matrix_transpose(input: Tensor) -> Tensor:
    """The last two dims exchanged: `x.mT`.

    Raises:
        RuntimeError: there are fewer than two dims.
    """
    if input.array.ndim < 2:
        raise RuntimeError(
            f"tensor.mT is only supported on matrices or batches of matrices. Got {input.array.ndim}-D tensor."
        )
    return transpose(input, -2, -1)


def movedim(input: Tensor, source: Any, destination: Any) -> Tensor:
    """The dims at `source` moved to `destination`, the others in their order."""
    ndim = input.array.ndim
    sources = check_dims(source, ndim) or ()
    destinations = check_dims(destination, ndim) or ()
    if len(sources) != len(destinations):
        raise RuntimeError(
            f"movedim: Invalid source or destination dims: source ({source} dims) should contain the same number of "
            f"dims as destination ({destination} dims)"
        )
    order = [axis for axis in range(ndim) if axis not in sources]
    for place, axis in sorted(zip(destinations, sources, strict=True)):
        order.insert(place, axis)
    return _permute(input, tuple(order))


moveaxis = movedim


def expand(input: Tensor, *sizes: Any) -> Tensor:
    """Repeated along dims of size 1, and along new leading dims, without copying; -1 keeps a size.

    Raises:
        RuntimeError: a size that is not 1 would change.

    >>> from autograd import tensor
    >>> expand(tensor([[1.0], [2.0]]), -1, 3).shape
    autograd.Size([2, 3])
    """
    wanted, shape = sizes_of(sizes), input.array.shape
    if len(wanted) < len(shape):
        raise RuntimeError(
            f"expand: the number of sizes provided ({len(wanted)}) must be greater or equal to the number of "
            f"dimensions in the tensor ({len(shape)})"
        )
    extra = len(wanted) - len(shape)
    full = []
    for place, size in enumerate(wanted):
        have = shape[place - extra] if place >= extra else None
        wide = have if size == -1 and have is not None else size
        if wide < 0 or (have is not None and have not in (1, wide)):
            raise RuntimeError(
                f"expand: The expanded size of the tensor ({size}) must match the existing size ({have}) at "
                f"non-singleton dimension {place}. Target sizes: {list(wanted)}. Tensor sizes: {list(shape)}"
            )
        full.append(wide)
    input._shared()
    return expand_to(input, tuple(full))


def broadcast_to(input: Tensor, size: Any) -> Tensor:
    """`input` broadcast to a shape, without copying."""
    return expand(input, size)


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """`input` expanded to the shape of `other`."""
    return expand(input, other.array.shape)


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """The tensors expanded to their common shape."""
    shape = broadcast_shapes(*(x.array.shape for x in tensors))
    return tuple(expand(x, shape) for x in tensors)


# -- repeating and reordering ----------------------------------------------------------------------------


def repeat(input: Tensor, *repeats: Any) -> Tensor:
    """The tensor laid side by side with itself, `repeats` times along each dim.

    Raises:
        RuntimeError: there are fewer repeats than dims.

    >>> from autograd import tensor
    >>> repeat(tensor([1, 2]), 2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    counts, shape = sizes_of(repeats), input.array.shape
    if len(counts) < len(shape):
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of tensor: "
            f"got {len(counts)} repeats for shape {shape}"
        )
    if any(n < 0 for n in counts):
        raise RuntimeError(f"repeat: Trying to create tensor with negative dimension: {list(counts)}")
    full = (1,) * (len(counts) - len(shape)) + shape
    interleaved = tuple(n for size in full for n in (1, size))
    wide = tuple(n for count, size in zip(counts, full, strict=True) for n in (count, size))
    final = tuple(count * size for count, size in zip(counts, full, strict=True))
    return _reshape(expand_to(_reshape(input, interleaved), wide), final)


def tile(input: Tensor, *counts: Any, dims: Any = None) -> Tensor:
    """As `repeat`, with counts of 1 for the dims that are not named."""
    counts = sizes_of(counts if dims is None else (dims,))
    return repeat(input, (1,) * (input.array.ndim - len(counts)) + counts)


_flip: Operation = primitive(
    "flip",
    lambda x, axes: np.flip(x, axes).copy(),
    x=lambda g, axes: _flip(g, axes),
    doc="The order reversed along dims: reversed again",
)
_roll: Operation = primitive(
    "roll",
    lambda x, shifts, axes: np.roll(x, shifts, axes),
    x=lambda g, shifts, axes: _roll(g, tuple(-s for s in shifts), axes),
    doc="Elements moved on in a circle: moved back",
)


def flip(input: Tensor, *axis: Any, dims: Any = None) -> Tensor:
    """The elements in reverse order along the dims given: `flip(x, 0, 1)` or `flip(x, dims=(0, 1))`."""
    axes = check_dims(list(sizes_of(axis if dims is None else (dims,))), input.array.ndim)
    return _flip(input, axes) if input.array.ndim else input.clone()


def fliplr(input: Tensor) -> Tensor:
    """The columns in reverse order.

    Raises:
        RuntimeError: there are fewer than two dims.
    """
    if input.array.ndim < 2:
        raise RuntimeError(f"fliplr: Input must be >= 2-d, but its shape is {input.array.shape}")
    return flip(input, 1)


def flipud(input: Tensor) -> Tensor:
    """The rows in reverse order.

    Raises:
        RuntimeError: there are no dims.
    """
    if not input.array.ndim:
        raise RuntimeError("flipud: Input must be >= 1-d, but it is a 0-d tensor")
    return flip(input, 0)


def roll(input: Tensor, shifts: Any, dims: Any = None) -> Tensor:
    """The elements moved on by `shifts` places, those that fall off entering at the front.

    Raises:
        RuntimeError: the numbers of shifts and dims differ, or there are no shifts.
    """
    by = tuple(shifts) if isinstance(shifts, (tuple, list)) else (shifts,)
    if not by:
        raise RuntimeError("roll: `shifts` required")
    if dims is None or dims == ():
        flat: Tensor = _roll(reshape(input, (input.array.size,)), (np.sum(by),), (0,))
        return reshape(flat, input.array.shape)
    along = tuple(dims) if isinstance(dims, (tuple, list)) else (dims,)
    if len(along) != len(by):
        raise RuntimeError(f"roll: shifts and dimensions must align. shifts: {len(by)}, dims: {len(along)}")
    axes = tuple(check_dim(d, input.array.ndim) for d in along)
    return _roll(input, by, axes) if input.array.ndim else input.clone()


def rot90(input: Tensor, k: int = 1, dims: tuple[int, int] = (0, 1)) -> Tensor:
    """Rotated by 90 degrees `k` times in the plane of two dims.

    Raises:
        RuntimeError: the dims are not two, or the same.
    """
    if len(dims) != 2 or input.array.ndim < 2:
        raise RuntimeError(f"rot90: expected a plane of two dims, but got dims={dims} for shape {input.array.shape}")
    first, second = check_dims(list(dims), input.array.ndim) or ()
    turned = (
        input.clone(),
        flip(transpose(input, first, second), first),
        flip(input, first, second),
        transpose(flip(input, first), first, second),
    )
    return turned[k % 4]


# -- diagonals and triangles -----------------------------------------------------------------------------


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
