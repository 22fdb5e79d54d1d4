"""Reshape, join, split, pad, and select elements."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..core.tensor import Tensor, wrap
from ..ops.elementwise import selection
from ..ops.shape import indexing, joining, padding, reordering, reshape as shapes, splitting
from .creation import checked_sizes, sizes_of
from .elementwise import pair
from .errors import invalid
from .reductions import axes_of, axis_of
from .scattering import coordinates_of
from .tensors import EagerTensor, checked, operation, tensor_of

#: The names at the top level of `autograd.tensorflow`, where `slice_` is `slice`.
__all__ = [
    "boolean_mask", "broadcast_to", "concat", "expand_dims", "gather", "gather_nd", "identity", "meshgrid", "pad",
    "repeat", "reshape", "reverse", "roll", "split", "squeeze", "stack", "tile", "transpose", "unstack", "where",
]  # fmt: skip


@operation("Reshape")
def reshape(tensor: Any, shape: Any, name: str | None = None) -> Tensor:
    """The elements in another shape; one size may be -1, to be inferred.

    Raises:
        InvalidArgumentError: the shape has another number of elements.

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
    """The tensor with its axes in the order `perm`, by default reversed.

    Raises:
        InvalidArgumentError: `perm` is not a permutation of the axes.
    """
    x = tensor_of(a)
    return shapes.reversed_dims(x) if perm is None else shapes.permute(x, sizes_of(perm))


@operation("ExpandDims")
def expand_dims(input: Any, axis: Any, name: str | None = None) -> Tensor:
    """The tensor with a new axis of size 1 at `axis`."""
    return shapes.unsqueeze(tensor_of(input), axis_of(axis))


@operation("Squeeze")
def squeeze(input: Any, axis: Any = None, name: str | None = None) -> Tensor:
    """The tensor without its axes of size 1, or without the given ones.

    Raises:
        InvalidArgumentError: a given axis has another size.
    """
    x, axes = tensor_of(input), axes_of(axis)
    for a in () if axes is None else (axes,) if isinstance(axes, int) else axes:
        if -x.array.ndim <= a < x.array.ndim and x.array.shape[a] != 1:
            raise RuntimeError(f"Can not squeeze dim[{a}], expected a dimension of 1, got {x.array.shape[a]}")
    return shapes.squeeze(x, None if axes == () else axes)  # for TensorFlow an empty list stands for all axes


@operation("BroadcastTo")
def broadcast_to(input: Any, shape: Any, name: str | None = None) -> Tensor:
    """The tensor broadcast to a shape."""
    return shapes.broadcast_to(tensor_of(input), checked_sizes("BroadcastTo", shape))


@operation("Tile")
def tile(input: Any, multiples: Any, name: str | None = None) -> Tensor:
    """The tensor repeated along each axis, as many times as `multiples` says."""
    x, counts = tensor_of(input), sizes_of(multiples)
    if len(counts) != x.array.ndim:
        raise RuntimeError(f"Expected multiples argument to be a vector of length {x.array.ndim} but got {len(counts)}")
    return reordering.tile(x, counts)


@operation("Repeat")
def repeat(input: Any, repeats: Any, axis: int | None = None, name: str | None = None) -> Tensor:
    """The tensor with each element repeated along an axis; of the flattened tensor if no axis is given."""
    x, counts = tensor_of(input), tensor_of(repeats).array
    return indexing.repeat_interleave(x, int(counts) if not counts.ndim else wrap(counts.astype(np.int64)), axis)


@operation("Reverse")
def reverse(tensor: Any, axis: Any, name: str | None = None) -> Tensor:
    """The tensor with the elements in reverse order along the axes."""
    axes = axes_of(axis)
    return reordering.flip(tensor_of(tensor), [axes] if isinstance(axes, int) else list(axes))


@operation("Roll")
def roll(input: Any, shift: Any, axis: Any, name: str | None = None) -> Tensor:
    """The tensor shifted along the axes; elements that leave at one end enter at the other."""
    shifts, axes = axes_of(shift), axes_of(axis)
    if axes is None or shifts is None or np.shape(shifts) != np.shape(axes) or axes == ():
        raise RuntimeError(
            f"shift and axis must have the same size, at least 1, but are {shift!r:.60} and {axis!r:.60}"
        )
    return reordering.roll(tensor_of(input), shifts, axes)


@operation("Pad")
def pad(
    tensor: Any, paddings: Any, mode: str = "CONSTANT", constant_values: Any = 0, name: str | None = None
) -> Tensor:
    """The tensor with padding.

    Args:
        paddings: a pair (before, after) for each axis.
        mode: "CONSTANT", "REFLECT" (without repeating the edge) or "SYMMETRIC" (with it).
        constant_values: the value of constant padding.

    Raises:
        InvalidArgumentError: `paddings` does not have one pair for each axis.
    """
    x, widths = tensor_of(tensor), np.asarray(tensor_of(paddings).array)
    if widths.shape != (x.array.ndim, 2):
        raise RuntimeError(
            f"The first dimension of paddings must be the rank of inputs: [{x.array.ndim},2], got {widths.shape}"
        )
    if mode.upper() == "CONSTANT":
        value = tensor_of(constant_values, x.dtype).array
        return padding.pad(x, [int(w) for pair in widths[::-1] for w in pair], value=value.item())
    for axis, (before, after) in enumerate(widths):
        numbers = np.arange(x.array.shape[axis])
        indices = np.pad(numbers, (before, after), mode=mode.lower())  # type: ignore[call-overload]  # any string
        x = EagerTensor.result(indexing.index_select(x, axis, wrap(indices)))
    return x


def _same_dtype(op: str, values: Sequence[Any]) -> list[EagerTensor]:
    """Convert operands to tensors of the same dtype; numbers and arrays take the dtype of the first tensor."""
    first = next((v for v in values if isinstance(v, Tensor)), None)
    hint = None if first is None else first.array.dtype
    tensors = [tensor_of(v, hint=hint) for v in values]
    for i, t in enumerate(tensors):
        if t.array.dtype != tensors[0].array.dtype:
            raise RuntimeError(
                f"cannot compute {op} as input #{i}(zero-based) was expected to be a {tensors[0].dtype.name} tensor "
                f"but is a {t.dtype.name} tensor"
            )
    return tensors


@operation("ConcatV2")
def concat(values: Any, axis: Any, name: str = "concat") -> Tensor:
    """The tensors joined along an existing axis.

    Raises:
        InvalidArgumentError: the dtypes, or the sizes of other axes, differ, or the axis is out of range.

    >>> print(concat([[1, 2], [3]], 0))
    tf.Tensor([1 2 3], shape=(3,), dtype=int32)
    """
    return joining.cat(_same_dtype("ConcatV2", list(values)), axis_of(axis))


@operation("Pack")
def stack(values: Any, axis: int = 0, name: str = "stack") -> Tensor:
    """The tensors joined along a new axis.

    Raises:
        InvalidArgumentError: the shapes or dtypes differ.
    """
    return joining.stack(_same_dtype("Pack", list(values)), axis_of(axis))


@checked("Unpack")
def unstack(value: Any, num: int | None = None, axis: int = 0, name: str = "unstack") -> list[EagerTensor]:
    """The slices along an axis, without that axis: the inverse of `stack`."""
    parts = splitting.unbind(tensor_of(value), axis_of(axis))
    if num is not None and num != len(parts):
        raise RuntimeError(f"num={num} was given, but the axis has size {len(parts)}")
    return [EagerTensor.result(part) for part in parts]


@checked("Split")
def split(
    value: Any, num_or_size_splits: Any, axis: Any = 0, num: int | None = None, name: str = "split"
) -> list[EagerTensor]:
    """The parts of a tensor along an axis.

    Args:
        num_or_size_splits: the number of equal parts, or the size of each part; one size may be -1.

    Raises:
        InvalidArgumentError: the sizes do not add up to the size of the axis, or the axis is out of range.
    """
    x, along = tensor_of(value), axis_of(axis)
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
    params: Any, indices: Any, validate_indices: Any = None, axis: Any = None, batch_dims: int = 0,
    name: str | None = None,
) -> Tensor:  # fmt: skip
    """The slices of `params` at the indices along an axis.

    With `batch_dims`, both tensors have that many leading batch axes, and each example has its own indices.

    Raises:
        InvalidArgumentError: an index or the axis is out of range, or the batch axes differ.

    >>> print(gather([10.0, 20.0, 30.0], [2, 0]))
    tf.Tensor([30. 10.], shape=(2,), dtype=float32)
    """
    x, index = tensor_of(params), np.asarray(tensor_of(indices).array)
    if not -index.ndim <= batch_dims <= index.ndim:
        raise RuntimeError(f"Expected batch_dims in the range [{-index.ndim}, {index.ndim}], but got {batch_dims}")
    batch_dims += index.ndim if batch_dims < 0 else 0
    along = batch_dims if axis is None else axis_of(axis)
    if not -x.array.ndim <= along < x.array.ndim:
        raise RuntimeError(f"axis {along} is out of range for params of shape {list(x.array.shape)}")
    if index.dtype.kind not in "iu":
        raise RuntimeError(f"indices must be integers, but have dtype {index.dtype}")
    along %= x.array.ndim
    if batch_dims > along:
        raise RuntimeError(f"batch_dims ({batch_dims}) must be less than or equal to axis ({along})")
    if index.shape[:batch_dims] != x.array.shape[:batch_dims]:
        raise RuntimeError(
            f"the first {batch_dims} dims of params {x.array.shape} and indices {index.shape} must be the same batch"
        )
    size = x.array.shape[along]
    wrong = (index < 0) | (index >= size)
    if wrong.any():
        raise RuntimeError(f"indices{np.argwhere(wrong)[0].tolist()} = {index[wrong][0]} is not in [0, {size})")
    if not batch_dims:
        return indexing.getitem(x, (slice(None),) * along + (index,))
    # A range along each batch axis, so that the key selects the slices of every example from that example.
    batch = tuple(
        np.arange(n).reshape((n,) + (1,) * (index.ndim - 1 - d)) for d, n in enumerate(index.shape[:batch_dims])
    )
    between = along - batch_dims
    if not between:
        return indexing.getitem(x, (*batch, index))
    # Gather along the first axis after the batch, then move the axes in between back before the indices' axes.
    out = indexing.getitem(shapes.movedim(x, along, batch_dims), (*batch, index))
    axes = list(range(out.array.ndim))
    order = axes[:batch_dims] + axes[index.ndim : index.ndim + between]
    order += axes[batch_dims : index.ndim] + axes[index.ndim + between :]
    return shapes.permute(out, tuple(order))


@operation("GatherNd")
def gather_nd(params: Any, indices: Any, batch_dims: int = 0, name: str | None = None) -> Tensor:
    """The elements or slices of `params` at the indices, whose last axis holds the coordinates.

    With `batch_dims`, both tensors have that many leading batch axes, and each example has its own indices.

    Raises:
        InvalidArgumentError: an index is out of range, or there are more coordinates than axes.
    """
    x, index = tensor_of(params), np.asarray(tensor_of(indices).array)
    if not index.ndim or index.dtype.kind not in "iu":
        raise RuntimeError(f"indices must be vectors of integers, but have shape {index.shape} and dtype {index.dtype}")
    if batch_dims and index.shape[:batch_dims] != x.array.shape[:batch_dims]:
        raise RuntimeError(
            f"the first {batch_dims} dims of params {x.array.shape} and indices {index.shape} must be the same batch"
        )
    key = coordinates_of(index, x.array.shape[batch_dims:])
    batch = (np.arange(n).reshape((n,) + (1,) * (index.ndim - 2 - d)) for d, n in enumerate(index.shape[:batch_dims]))
    return indexing.getitem(x, (*batch, *key))


@operation("Select")
def where(condition: Any, x: Any = None, y: Any = None, name: str | None = None) -> Tensor:
    """`x` where the condition is true and `y` elsewhere; without `x` and `y`, the indices where it is true.

    >>> print(where([True, False], [1.0, 2.0], 0.0))
    tf.Tensor([1. 0.], shape=(2,), dtype=float32)
    """
    mask = tensor_of(condition)
    if x is None and y is None:
        return wrap(np.argwhere(mask.array))
    if x is None or y is None:
        raise ValueError("x and y must both be non-None or both be None.")
    if mask.array.dtype != np.bool_:
        raise RuntimeError(f"the condition must be boolean, but has dtype {mask.dtype.name}; compare it or use tf.cast")
    a, b = pair("SelectV2", x, y)
    return selection.where(mask.array, a, b)


@operation("BooleanMask")
def boolean_mask(tensor: Any, mask: Any, axis: int | None = None, name: str = "boolean_mask") -> Tensor:
    """The elements, or slices, where the mask is true, from an axis on.

    Raises:
        ValueError: the mask is 0-d, or does not have the shape of the axes.
    """
    x, chosen = tensor_of(tensor), np.asarray(tensor_of(mask).array)
    first = 0 if axis is None else axis_of(axis) % max(x.array.ndim, 1)
    if not chosen.ndim:
        raise ValueError("mask cannot be scalar.")
    if chosen.dtype != np.bool_ or chosen.shape != x.array.shape[first : first + chosen.ndim]:
        raise ValueError(
            f"mask must be of booleans with the shape of the axes from {first} on, but has dtype {chosen.dtype} and "
            f"shape {chosen.shape} for a tensor of shape {x.array.shape}"
        )
    return indexing.getitem(x, (slice(None),) * first + (chosen,))


@operation("Identity")
def identity(input: Any, name: str | None = None) -> Tensor:
    """A new tensor with the same values, recorded as an operation."""
    return shapes.reshape(tensor_of(input), tensor_of(input).array.shape)


@operation("Slice")
def slice_(input_: Any, begin: Any, size: Any, name: str | None = None) -> Tensor:
    """The block of the given size that starts at `begin`; a size of -1 extends to the end of the axis."""
    sizes, starts = sizes_of(size), sizes_of(begin)
    key = tuple(slice(b, None if s == -1 else b + s) for b, s in zip(starts, sizes))
    return indexing.getitem(tensor_of(input_), key)


@checked("Meshgrid")
def meshgrid(*args: Any, indexing: str = "xy", name: str | None = None) -> list[EagerTensor]:
    """The coordinates of the points of a grid; `indexing` is "xy", with the first two axes exchanged, or "ij"."""
    if indexing not in ("xy", "ij"):
        raise ValueError(f"Argument `indexing` parameter must be either 'xy' or 'ij', got '{indexing}'")
    axes = [EagerTensor.result(shapes.reshape(tensor_of(a), (-1,))) for a in args]
    places = list(range(len(axes)))
    if indexing == "xy":
        places[:2] = places[1::-1]
    sizes = [axes[place].array.size for place in places]
    grids = []
    for axis, place in zip(axes, places):
        along = shapes.reshape(axis, tuple(-1 if i == place else 1 for i in range(len(axes))))
        grids.append(EagerTensor.result(shapes.broadcast_to(along, tuple(sizes))))
    return grids
