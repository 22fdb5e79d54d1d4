"""Reshaping, joining, splitting and choosing elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.tensor import Tensor, wrap
from ..ops.elementwise import selection
from ..ops.shape import indexing, joining, padding, reordering, reshape as shapes, splitting
from .creation import sizes_of
from .elementwise import pair
from .errors import invalid
from .reductions import axes_of
from .tensors import EagerTensor, operation, tensor_of


@operation("Reshape")
def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """The elements in another shape; one size may be -1.

    Raises:
        InvalidArgumentError: the numbers of elements differ.

    >>> print(reshape([1, 2, 3, 4], [2, -1]))
    tf.Tensor(
    [[1 2]
     [3 4]], shape=(2, 2), dtype=int32)
    """
    x, sizes = tensor_of(tensor), sizes_of(shape)
    count = int(np.prod(sizes))
    if -1 not in sizes and count != x.array.size:
        raise RuntimeError(
            f"Input to reshape is a tensor with {x.array.size} values, but the requested shape {sizes} has {count}"
        )
    return shapes.reshape(x, sizes)


@operation("Transpose")
def transpose(a: Any, perm: Any = None, conjugate: bool = False, name: str | None = None) -> Tensor:
    """The axes in the order `perm`, or in reverse.

    Raises:
        InvalidArgumentError: `perm` does not name every axis once.
    """
    x = tensor_of(a)
    return shapes.reversed_dims(x) if perm is None else shapes.permute(x, sizes_of(perm))


@operation("ExpandDims")
def expand_dims(input: Any, axis: Any, name: str | None = None) -> Tensor:
    """With a new axis of size 1 at `axis`."""
    return shapes.unsqueeze(tensor_of(input), int(axis))


@operation("Squeeze")
def squeeze(input: Any, axis: Any = None, name: str | None = None) -> Tensor:
    """Without the axes of size 1, or without those given.

    Raises:
        InvalidArgumentError: an axis has another size.
    """
    x, axes = tensor_of(input), axes_of(axis)
    for a in () if axes is None else (axes,) if isinstance(axes, int) else axes:
        if -x.array.ndim <= a < x.array.ndim and x.array.shape[a] != 1:
            raise RuntimeError(f"Can not squeeze dim[{a}], expected a dimension of 1, got {x.array.shape[a]}")
    return shapes.squeeze(x, axes or None) if axes != 0 else shapes.squeeze(x, 0)


@operation("BroadcastTo")
def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """Repeated along axes of size 1, and along new ones, to a shape."""
    return shapes.broadcast_to(tensor_of(input), sizes_of(shape))


@operation("Tile")
def tile(input: Any, multiples: Any, name: str | None = None) -> Tensor:
    """Repeated so many times along each axis."""
    x, counts = tensor_of(input), sizes_of(multiples)
    if len(counts) != x.array.ndim:
        raise RuntimeError(f"Expected multiples argument to be a vector of length {x.array.ndim} but got {len(counts)}")
    return reordering.tile(x, counts)


@operation("Repeat")
def repeat(input: Any, repeats: Any, axis: int | None = None, name: str | None = None) -> Tensor:
    """Each element so many times along an axis; flattened if none is given."""
    x, counts = tensor_of(input), tensor_of(repeats).array
    return indexing.repeat_interleave(x, int(counts) if not counts.ndim else wrap(counts.astype(np.int64)), axis)


@operation("Reverse")
def reverse(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """In reverse order along the axes."""
    axes = axes_of(axis)
    return reordering.flip(tensor_of(tensor), [axes] if isinstance(axes, int) else list(axes))


@operation("Roll")
def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Tensor:
    """Shifted along the axes; what leaves at one end comes in at the other."""
    return reordering.roll(tensor_of(input), axes_of(shift), axes_of(axis))


@operation("Pad")
def pad(
    tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0, name: str | None = None
) -> Tensor:
    """With borders: for each axis how much (before, after); of a constant, "REFLECT" or "SYMMETRIC".

    Raises:
        InvalidArgumentError: there is not one pair for each axis.
    """
    x, widths = tensor_of(tensor), np.asarray(tensor_of(paddings).array)
    if widths.shape != (x.array.ndim, 2):
        raise RuntimeError(
            f"The first dimension of paddings must be the rank of inputs: [{x.array.ndim},2], got {widths.shape}"
        )
    if mode.upper() == "CONSTANT":
        return padding.pad(x, [int(w) for pair in widths[::-1] for w in pair], value=constant_values)
    for axis, (before, after) in enumerate(widths):
        order = np.arange(x.array.shape[axis])
        places = np.pad(order, (before, after), mode=mode.lower())  # type: ignore[call-overload]  # a word of the user's
        x = EagerTensor.result(indexing.index_select(x, axis, wrap(places)))
    return x


def _alike(op: str, values: Sequence[Any]) -> list[EagerTensor]:
    """Operands of one dtype."""
    first = next((v for v in values if isinstance(v, Tensor)), None)
    hint = None if first is None else first.array.dtype
    tensors = [tensor_of(v, hint=hint) for v in values]
    for i, t in enumerate(tensors):
        if t.array.dtype != tensors[0].array.dtype:
            raise invalid(
                op,
                f"cannot compute {op} as input #{i}(zero-based) was expected to be a {tensors[0].dtype.name} tensor "
                f"but is a {t.dtype.name} tensor",
            )
    return tensors


@operation("ConcatV2")
def concat(values: Any, axis: Any, name: str = "concat") -> Tensor:
    """The tensors one after another along an axis that they have.

    Raises:
        InvalidArgumentError: other axes, or the dtypes, differ; there is no such axis.

    >>> print(concat([[1, 2], [3]], 0))
    tf.Tensor([1 2 3], shape=(3,), dtype=int32)
    """
    return joining.cat(_alike("ConcatV2", list(values)), int(axis))


@operation("Pack")
def stack(values: Any, axis: int = 0, name: str = "stack") -> Tensor:
    """The tensors side by side along a new axis.

    Raises:
        InvalidArgumentError: their shapes or dtypes differ.
    """
    return joining.stack(_alike("Pack", list(values)), axis)


def unstack(value: Any, num: int | None = None, axis: int = 0, name: str = "unstack") -> list[EagerTensor]:
    """The tensors of which an axis is made."""
    return [EagerTensor.result(part) for part in splitting.unbind(tensor_of(value), axis)]


def split(
    value: Any, num_or_size_splits: Any, axis: Any = 0, num: int | None = None, name: str = "split"
) -> list[EagerTensor]:
    """Cut along an axis: into so many equal parts, or into parts of these sizes, one of which may be -1.

    Raises:
        InvalidArgumentError: the axis can't be cut so.
    """
    x, along = tensor_of(value), int(axis)
    if not -x.array.ndim <= along < x.array.ndim:
        raise invalid("Split", f"axis {along} is out of range for shape {x.shape}")
    size = x.array.shape[along]
    array = np.asarray(tensor_of(num_or_size_splits).array)
    if not array.ndim:
        if size % int(array):
            raise invalid(
                "Split",
                f"Number of ways to split should evenly divide the split dimension, but got split_dim {along} "
                f"(size = {size}) and num_split {int(array)}",
            )
        sizes = [size // int(array)] * int(array)
    else:
        sizes = [int(s) for s in array]
        if sizes.count(-1) == 1:
            sizes[sizes.index(-1)] = size - sum(s for s in sizes if s != -1)
        if sum(sizes) != size:
            raise invalid(
                "SplitV", f"Determined shape must match the size of the axis, {size}, but the sizes are {sizes}"
            )
    return [EagerTensor.result(part) for part in splitting.split(x, sizes, along)]


@operation("GatherV2")
def gather(
    params: Any,
    indices: Any,
    validate_indices: Any = None,
    axis: Any = None,
    batch_dims: int = 0,
    name: str | None = None,
) -> Tensor:
    """The slices of `params` at the indices along an axis; with `batch_dims` leading axes that both have.

    Raises:
        InvalidArgumentError: an index is out of range.

    >>> print(gather([10.0, 20.0, 30.0], [2, 0]))
    tf.Tensor([30. 10.], shape=(2,), dtype=float32)
    """
    x, places = tensor_of(params), np.asarray(tensor_of(indices).array)
    along = (batch_dims if axis is None else int(axis)) % max(x.array.ndim, 1)
    size = x.array.shape[along] if x.array.ndim else 0
    wrong = (places < 0) | (places >= size)
    if wrong.any():
        where_ = np.argwhere(wrong)[0].tolist()
        raise RuntimeError(f"indices{where_} = {places[wrong][0]} is not in [0, {size})")
    if not batch_dims:
        return indexing.getitem(x, (slice(None),) * along + (places,))
    # The batch axes of the indices stand at the same places in the key as in `params`.
    batch = tuple(
        np.arange(n).reshape((n,) + (1,) * (places.ndim - 1 - d)) for d, n in enumerate(places.shape[:batch_dims])
    )
    between = (slice(None),) * (along - batch_dims)
    if not between:
        return indexing.getitem(x, (*batch, places))
    moved = shapes.movedim(x, along, batch_dims)
    out = indexing.getitem(moved, (*batch, places))
    inner = places.ndim - batch_dims
    order = list(range(batch_dims)) + list(range(places.ndim, places.ndim + len(between)))
    order += list(range(batch_dims, batch_dims + inner)) + list(range(places.ndim + len(between), out.array.ndim))
    return shapes.permute(out, tuple(order))


@operation("GatherNd")
def gather_nd(params: Any, indices: Any, batch_dims: int = 0, name: str | None = None) -> Tensor:
    """The elements or slices of `params` at places whose coordinates are the last axis of `indices`."""
    x, places = tensor_of(params), np.asarray(tensor_of(indices).array)
    return indexing.getitem(x, tuple(places[..., i] for i in range(places.shape[-1])))


@operation("Select")
def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """`x` where the condition holds and `y` elsewhere, broadcast; with the condition alone the places where it holds.

    >>> print(where([True, False], [1.0, 2.0], 0.0))
    tf.Tensor([1. 0.], shape=(2,), dtype=float32)
    """
    mask = tensor_of(condition)
    if x is None and y is None:
        return wrap(np.argwhere(mask.array))
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    if mask.array.dtype != np.bool_:
        raise RuntimeError(f"the condition must be boolean, but is {mask.dtype.name}: compare it, or use tf.cast")
    a, b = pair("SelectV2", x, y)
    return selection.where(mask.array, a, b)


@operation("BooleanMask")
def boolean_mask(tensor: Any, mask: Any, axis: int | None = None, name: str = "boolean_mask") -> Tensor:
    """The elements where the mask holds, one after another."""
    return indexing.getitem(tensor_of(tensor), (slice(None),) * (axis or 0) + (np.asarray(tensor_of(mask).array),))


@operation("Identity")
def identity(input: Any, name: str | None = None) -> Tensor:
    """The same values, as another tensor on the tape."""
    return shapes.reshape(tensor_of(input), tensor_of(input).array.shape)


@operation("Slice")
def slice_(input_: Any, begin: Any, size: Any, name: str | None = None) -> Tensor:
    """The block that begins there and has that size; -1 takes all that is left."""
    sizes, starts = sizes_of(size), sizes_of(begin)
    key = tuple(slice(b, None if s == -1 else b + s) for b, s in zip(starts, sizes))
    return indexing.getitem(tensor_of(input_), key)


def meshgrid(*args: Any, indexing: str = "xy", name: str | None = None) -> list[EagerTensor]:
    """The coordinates of the points of a grid; "xy" or "ij" says which of the first two axes runs first."""
    axes = [np.asarray(tensor_of(a).array) for a in args]
    grids = np.meshgrid(*axes, indexing=indexing)  # type: ignore[call-overload]  # a word of the user's
    return [EagerTensor(np.array(grid)) for grid in grids]
