"""Indexing: taking elements by keys, indices and masks."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...base.half_precision import in_single
from ...base.symbolic import as_array
from ...core.broadcasting import expand_to
from ...core.operation import Operation, array_of, primitive, viewing
from ...core.public import numpy_names
from ...core.tensor import Tensor, wrap
from ..arguments import check_dim
from ..new_memory import with_own_memory

__all__ = ["gather", "index_select", "masked_select", "repeat_interleave", "take", "take_along_dim"]


#: The types of the parts of a basic key, and of what a slice is made of.
_BASIC, _IN_SLICES = frozenset({int, slice, type(None), type(Ellipsis)}), frozenset({int, type(None)})


def _is_basic(key: Any) -> bool:
    """Whether a key has only integers, slices, None and Ellipsis, so that it takes each element at most once."""
    return _BASIC.issuperset(map(type, key)) if isinstance(key, tuple) else type(key) in _BASIC


def _take(x: Array, key: Any) -> Array:
    x = as_array(x)
    if _is_basic(key) and Ellipsis not in (key if isinstance(key, tuple) else (key,)):
        # With an Ellipsis, NumPy returns a view even for a single element.
        return x[(*key, ...) if isinstance(key, tuple) else (key, ...)]
    if axis := _axis_of(key, x.ndim):
        return np.take(x, key[-1], axis)  # in a quarter of the time
    contiguous = type(x) is np.ndarray and x.flags.c_contiguous
    if contiguous and _is_large(key) and (at := _point_by_point(key, x.shape)) is not None:
        return x.reshape(-1).take(at)  # in half of the time
    return x[key]


def _axis_of(key: Any, ndim: int) -> int | None:
    """The axis along which a key takes whole slices by one array of integers, as `x[:, :, [0, 2]]` does; else None."""
    *before, last = key if isinstance(key, tuple) else (key,)
    if not isinstance(last, np.ndarray) or last.dtype.kind not in "iu" or not last.ndim:
        return None
    if len(before) == 1 and before[0] is Ellipsis:
        return ndim - 1
    return len(before) if all(type(part) is slice and part == slice(None) for part in before) else None


#: The number of elements from which it pays to compute flat positions.
_LARGE = 4096


def _is_large(key: Any) -> bool:
    return type(key) is tuple and any([type(part) is np.ndarray and part.size > _LARGE for part in key])


def _highest(index: Array) -> Any:
    """The largest element of an array of integers, of which negative ones count as very large."""
    return index.view(f"u{index.itemsize}").max(initial=0)


def _point_by_point(key: Any, shape: tuple[int, ...]) -> Array | None:
    """`flat_positions`, if a key has for each of several dims an array of integers, none negative; else None."""
    if type(key) is not tuple or not 1 < len(key) == len(shape):
        return None
    if not all(type(part) is np.ndarray and part.dtype.kind in "iu" for part in key):
        return None
    if not all(_highest(part) < n for part, n in zip(key, shape, strict=True)):
        return None
    positions = key[0].astype(np.intp)
    for part, n in zip(key[1:], shape[1:], strict=True):
        positions = positions * n + part
    return positions


def flat_positions(key: Any, shape: tuple[int, ...]) -> Array:
    """The positions, in the flattened array, of what a key takes out of an array of this shape."""
    if math.prod(shape) > _LARGE and (positions := _point_by_point(key, shape)) is not None:
        return positions
    axis, last = _axis_of(key, len(shape)), key[-1] if isinstance(key, tuple) else key
    if axis is None or type(last) is not np.ndarray or not last.size or last.min() < 0:
        return as_array(np.arange(math.prod(shape)).reshape(shape)[key])
    if len(shape) == 1:
        return last
    before, after = math.prod(shape[:axis]), math.prod(shape[axis + 1 :])
    positions = np.arange(before)[:, None] * shape[axis] + last.reshape(-1)
    if after > 1:
        positions = (positions * after)[:, :, None] + np.arange(after)
    return positions.reshape(*shape[:axis], *last.shape, *shape[axis + 1 :])


#: The least number of elements of a row from which it pays to look for the rows that are added at the same place.
_WIDE = 16


def add_at_rows(out: Array, rows: Array, numbers: Array) -> None:
    """Add `rows` to zeros at the numbers of its rows: the first row for each place is written, the others are added."""
    width, numbers = math.prod(out.shape[1:]), numbers.reshape(-1)
    flat, rows = out.reshape(len(out), width), rows.reshape(len(numbers), width)
    if width >= _WIDE and len(numbers) <= len(out):
        order, first = np.arange(len(numbers)), np.empty(len(out), np.intp)
        first[numbers[::-1]] = order[::-1]  # of several writes to one place the last one stays
        flat[numbers[::-1]] = rows[::-1]
        later = first[numbers] != order
        rows, numbers = rows[later], numbers[later]
    # np.add.at is several times faster with flat positions than with a key of many dims.
    np.add.at(flat.reshape(-1), (numbers[:, None] * width + np.arange(width)).reshape(-1), rows.reshape(-1))


def _put(x: Array, shape: tuple[int, ...], key: Any) -> Array:
    """Zeros of a shape with `x` added at `key`."""
    out = np.zeros(shape, x.dtype)
    if _is_basic(key) or getattr(key, "dtype", None) == np.bool_:
        out[key] = x
    elif _axis_of(key, len(shape)) == 0:
        index = key[0] if type(key) is tuple else key
        add_at_rows(out, np.broadcast_to(x, (*index.shape, *shape[1:])), index)
    else:
        positions = flat_positions(key, shape)
        np.add.at(out.reshape(-1), positions.reshape(-1), np.broadcast_to(x, positions.shape).reshape(-1))
    return out


#: `x[key]`, for a key without Tensors: a view if the key is basic.
take_at = viewing(
    "index",
    _take,
    x=lambda g, x_shape, key: put_at(g, x_shape, key),
    doc="x at an index: zeros with g added at the index",
)
#: Zeros of a shape with `x` added at `key`: the transpose of `take_at`.
put_at: Operation = primitive(
    "index_put",
    in_single(_put),
    x=lambda g, key: take_at(g, key),
    doc="Zeros with values added at an index: g at the index",
)


def as_mask(x: Array) -> Array:
    """A mask of uint8, which PyTorch had before bool, as booleans, with PyTorch's warning."""
    warnings.warn(
        "indexing with dtype torch.uint8 is now deprecated, please use a dtype torch.bool instead.", stacklevel=2
    )
    return x.astype(np.bool_)


def plain_key(key: Any) -> Any:
    """An index in which Tensors and lists are replaced by arrays.

    Raises:
        IndexError: a Tensor or list in it holds neither integers nor booleans, or a part of it is of another kind.
        TypeError: a part of it is a string.
    """
    if isinstance(key, tuple):
        return tuple(_plain_part(part) for part in key)
    return _plain_part(key)


#: The types of indices and masks in a plain key.
_INDICES = frozenset({np.ndarray, bool})


def integers_first(key: Any) -> tuple[Any, Any]:
    """A plain key in two parts to take one after the other: its integers, if it also holds indices or masks; the rest.

    In NumPy an integer beside indices is an index itself, which moves their dims to the front: `x[0, :, [1, 2]]`.
    """
    if type(key) is not tuple or _INDICES.isdisjoint(kinds := [*map(type, key)]) or int not in kinds:
        return None, key
    first: list[Any] = []
    for part in key:
        if part is Ellipsis or type(part) is int:
            first.append(part)
        elif part is not None and not isinstance(part, bool):  # a mask has several dims
            first += [slice(None)] * (part.ndim if isinstance(part, np.ndarray) and part.dtype == np.bool_ else 1)
    return tuple(first), tuple(part for part in key if type(part) is not int)


def _plain_part(part: Any) -> Any:
    if part is None or part is Ellipsis or type(part) in (int, bool):
        return part
    if isinstance(part, slice):
        if _IN_SLICES.issuperset(map(type, (part.start, part.stop, part.step))):
            return part
        return slice(*(None if v is None else int(v) for v in (part.start, part.stop, part.step)))
    if isinstance(part, (Tensor, np.ndarray, np.generic, list, tuple, range)):
        array = as_array(array_of(part) if not isinstance(part, (list, tuple)) else [array_of(p) for p in part])
        if not array.size and not isinstance(part, (Tensor, np.ndarray)):
            array = array.astype(np.int64)
        small = isinstance(part, Tensor) and array.dtype.name in ("int8", "int16", "uint16", "uint32", "uint64")
        if array.dtype.kind not in "biu" or small:
            raise IndexError(f"tensors used as indices must be long, int, byte or bool tensors, but got {array.dtype}")
        if array.dtype == np.uint8:
            array = as_mask(array)
        return int(array) if not array.ndim and array.dtype.kind in "iu" else array
    kind = TypeError if isinstance(part, (str, bytes)) else IndexError
    raise kind(
        "only integers, slices (`:`), ellipsis (`...`), None and long or byte Variables are valid indices "
        f"(got {type(part).__name__})"
    )


def getitem(input: Tensor, key: Any) -> Tensor:
    """`input[key]`, for integers, slices, None, Ellipsis, boolean masks, integer arrays, and combinations of them.

    Integers, slices, None and Ellipsis give a view, masks and arrays a copy.

    Raises:
        IndexError: an index is out of range, or the shape of a mask does not fit.

    >>> from autograd import tensor
    >>> x = tensor([[1, 2], [3, 4]])
    >>> x[:, -1], x[x > 1]
    (tensor([2, 4]), tensor([2, 3, 4]))
    """
    first, rest = integers_first(plain_key(key))
    try:
        return take_at(input if first is None else take_at(input, first), rest)
    except IndexError as error:
        raise IndexError(f"{error}: the index was {key!r:.80} and the shape is {input.array.shape}") from None


# -- by a tensor of indices along one dim -----------------------------------------------------------------


def check_index(name: str, index: Any, size: int, error: type[Exception] = RuntimeError) -> Array:
    """The array of an index tensor, whose elements are integers from 0 to size - 1.

    Raises:
        RuntimeError: an index is not an integer.
        error: an index is out of range.
    """
    if not isinstance(index, Tensor) or index.array.dtype.name not in ("int32", "int64"):
        kind = index.dtype if isinstance(index, Tensor) else type(index).__name__
        raise RuntimeError(f"{name}(): Expected dtype int64 for index, but got {kind}")
    array = as_array(index.array)
    if array.size and _highest(array) >= size:
        wrong = array.min() if array.min() < 0 else array.max()
        raise error(f"{name}(): index {wrong} is out of bounds for dimension with size {size}")
    return array


def check_vector(name: str, index: Any, size: int, error: type[Exception] = IndexError) -> Array:
    """The array, (n,), of an index tensor of at most one dim, checked as by `check_index`.

    Raises:
        IndexError: it has several dims.
    """
    positions = check_index(name, index, size, error)
    if positions.ndim > 1:
        raise IndexError(f"{name}(): Index is supposed to be a vector, but got shape {positions.shape}")
    return positions.reshape(-1)


def along(positions: Array, axis: int) -> tuple[Array, ...]:
    """The key that takes `positions` along one axis, and along every other axis the position of the element itself."""
    mesh = [np.arange(n).reshape(-1, *[1] * (positions.ndim - 1 - i)) for i, n in enumerate(positions.shape)]
    return tuple(positions if i == axis else m for i, m in enumerate(mesh))


def gather_key(name: str, input: Tensor, dim: int, index: Tensor) -> tuple[Array, ...]:
    """The key with which `gather` takes, and `scatter` writes, the elements of `input` at `index` along `dim`.

    Raises:
        RuntimeError: an index is out of range, or the shapes do not fit.
    """
    ndim = input.array.ndim
    axis = check_dim(dim, ndim)
    shape = input.array.shape
    array = check_index(name, index, shape[axis] if ndim else 1)
    if array.ndim != ndim:
        if array.ndim + ndim > 1 or array.ndim * ndim:
            raise RuntimeError(
                f"{name}(): Index tensor must have the same number of dimensions as input tensor, "
                f"but got {array.ndim} and {ndim}"
            )
        array = array.reshape((1,) * ndim)
    for i, (m, n) in enumerate(zip(array.shape, shape, strict=True)):
        if i != axis and m > n:
            raise RuntimeError(
                f"{name}(): Size does not match at dimension {i}: expected index {list(array.shape)} to be no larger "
                f"than input {list(shape)} apart from dimension {axis}"
            )
    return along(array, axis)


@with_own_memory
def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False) -> Tensor:
    """One element for each index: `out[i][j] = input[index[i][j]][j]` for dim 0 of a matrix, and so on.

    Raises:
        RuntimeError: an index is out of range, or the shapes do not fit.

    >>> from autograd import tensor
    >>> gather(tensor([[1, 2], [3, 4]]), 1, tensor([[0], [1]]))
    tensor([[1],
            [4]])
    """
    if not index.array.size:
        check_dim(dim, input.array.ndim)
        return take_at(input.reshape(-1), np.zeros(index.array.shape, np.int64))
    x = input if input.array.ndim else input.reshape(1)
    return take_at(x, gather_key("gather", x, dim, index)).reshape(index.array.shape)


@with_own_memory
def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Tensor:
    """As `gather`, but the indices broadcast against `input`; without a dim, on the flattened tensor."""
    if dim is None:
        return gather(input.reshape(-1), 0, indices.reshape(-1))
    axis = check_dim(dim, input.array.ndim)
    shape, wanted = list(input.array.shape), list(indices.array.shape)
    if len(shape) != len(wanted):
        raise RuntimeError(
            f"take_along_dim(): input and indices should have the same number of dimensions, but got {len(shape)} "
            f"dimensions for input, and {len(wanted)} dimensions for indices"
        )
    size = shape[axis]
    indices = wrap(np.where(indices.array < 0, indices.array + size, indices.array))
    shape[axis] = wanted[axis] = 1
    common = list(np.broadcast_shapes(tuple(shape), tuple(wanted)))
    source = input.expand(*common[:axis], size, *common[axis + 1 :])
    return gather(source, axis, indices.expand(*common[:axis], indices.array.shape[axis], *common[axis + 1 :]))


@with_own_memory
def index_select(input: Tensor, dim: int, index: Tensor) -> Tensor:
    """The slices of `input` along `dim` at the positions in the vector `index`.

    Raises:
        IndexError: an index is out of range, or `index` is not a vector.

    >>> from autograd import tensor
    >>> index_select(tensor([[1, 2], [3, 4]]), 1, tensor([1, 1]))
    tensor([[2, 2],
            [4, 4]])
    """
    axis = check_dim(dim, input.array.ndim)
    positions = check_vector("index_select", index, input.array.shape[axis] if input.array.ndim else 1)
    if not input.array.ndim:
        return input.reshape(1)[positions[:1]].reshape(())
    return take_at(input, (slice(None),) * axis + (positions,))


@with_own_memory
def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """A vector of the elements where `mask` is True; the two broadcast together.

    Raises:
        RuntimeError: the mask is not boolean.
    """
    if mask.array.dtype != np.bool_:
        raise RuntimeError(f"masked_select: expected BoolTensor for mask, but got {mask.dtype}")
    shape = np.broadcast_shapes(input.array.shape, mask.array.shape)
    return take_at(expand_to(input, shape), np.broadcast_to(mask.array, shape))


@numpy_names
@with_own_memory
def repeat_interleave(
    input: Tensor | None = None, repeats: int | Tensor | None = None, dim: int | None = None, *,
    output_size: int | None = None,
) -> Tensor:  # fmt: skip
    """Each element, or each slice along `dim`, repeated `repeats` times, next to each other.

    Of a vector of counts alone, the index of each count, repeated as often as the count says.
    """
    if input is None or repeats is None:
        counts = repeats if input is None else input
        if dim is not None or not isinstance(counts, Tensor):
            raise TypeError(
                "repeat_interleave(): missing argument 'repeats': without it, the counts must be a Tensor and `dim` "
                f"None, but got {type(counts).__name__} and dim={dim}"
            )
        return wrap(np.repeat(np.arange(len(counts.array)), counts.array))
    x = input.reshape(-1) if dim is None else input
    axis = check_dim(0 if dim is None else dim, x.array.ndim)
    before, shape = (slice(None),) * axis, list(x.array.shape)
    if isinstance(repeats, int) and repeats > 0:  # whose gradient is a sum
        copies = expand_to(take_at(x, (*before, slice(None), None)), (*shape[: axis + 1], repeats, *shape[axis + 1 :]))
        return copies.reshape([n * repeats if i == axis else n for i, n in enumerate(shape)])
    return take_at(x, (*before, np.repeat(np.arange(shape[axis]), array_of(repeats))))


@with_own_memory
def take(input: Tensor, index: Tensor) -> Tensor:
    """The elements at indices into the flattened tensor."""
    return input.reshape(-1)[index]


# -- rows of a table ----------------------------------------------------------------------------------------


def _shares(numbers: Array, padding: int | None, by_frequency: bool) -> Any:
    """The factor for the cotangent of each row: 0 for the padding row; with `by_frequency`, 1 / frequency."""
    share = np.ones(numbers.shape) if padding is None else (numbers != padding).astype(float)
    if by_frequency and numbers.size:
        share /= np.bincount(numbers.reshape(-1))[numbers]
    return share[..., None]


def _to_rows(g: Any, weight_shape: tuple[int, ...], numbers: Any, padding: int | None, by_frequency: bool) -> Any:
    if padding is not None or by_frequency:
        g = g * _shares(numbers, padding, by_frequency).astype(array_of(g).dtype)
    return put_at(g, weight_shape, numbers)


#: The rows of `weight` (V, D) at `numbers` (*): (*, D). The gradient of the row `padding` is 0.
rows: Operation = primitive(
    "embedding",
    lambda weight, numbers, padding, by_frequency: weight[numbers],
    weight=_to_rows,
    doc="Rows of a table: zeros with the rows of g added at their numbers",
)
