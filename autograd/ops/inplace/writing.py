"""In-place writes: the memory is overwritten, and the graph continues as if the tensor were a new one.

An in-place operation computes its result as the out-of-place operation does, writes it over the tensor's memory, and
gives the tensor the result's node. If the tensor is a view, its base gets a new node: the old base with the viewed
part replaced. Every write is counted, so that a backward pass that needs an overwritten value raises an error.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ...base.dtypes import Array, category, element_as
from ...base.half_precision import HALF, is_half
from ...core.aliasing import Steps, View, replay, write
from ...core.broadcasting import sum_to
from ...core.grad_mode import recording
from ...core.graph import Leaf, Node, notify, watchers
from ...core.operation import Operation, array_of, as_dtype, primitive
from ...core.primitive import Primitive
from ...core.tensor import Tensor, wrap
from ..arguments import named, named_method
from ..creation.from_data import to_array
from ..shape.indexing import plain_key, take_at
from ..shape.strided import offsets


def check_writable(x: Tensor) -> None:
    """Raise unless `x` may be written in place.

    Raises:
        RuntimeError: `x` is a leaf that requires grad (or a view of one) while operations are recorded, its memory
            is read-only, or several of its elements share one memory location.
    """
    _check_leaf(x)
    check_memory(x.array, x.array)


def _check_leaf(x: Tensor) -> None:
    if recording():
        if isinstance(x.node, Leaf):
            raise RuntimeError(
                "a leaf Variable that requires grad is being used in an in-place operation: write it under no_grad(), "
                "or write its clone()"
            )
        if isinstance(x, View) and isinstance(x.base.node, Leaf):
            raise RuntimeError(
                "a view of a leaf Variable that requires grad is being used in an in-place operation: write it under "
                "no_grad(), or write a view of its clone()"
            )


def check_memory(array: Any, part: Any) -> None:
    """Raise unless `part`, which is a view of `array`, may be written.

    Raises:
        RuntimeError: the memory is read-only, or several elements of `part` share one memory location.
    """
    if isinstance(array, np.ndarray) and not array.flags.writeable:
        raise RuntimeError("this tensor is backed by read-only memory: clone() it before writing")
    if isinstance(part, np.ndarray) and not part.flags.c_contiguous and _overlaps(part):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory "
            f"location (shape {part.shape}, an expanded tensor). Please clone() the tensor before the operation"
        )


def _overlaps(array: Array) -> bool:
    """Whether several elements share one memory location."""
    extent = array.itemsize
    for step, size in sorted((abs(step), size) for step, size in zip(array.strides, array.shape) if size > 1):
        if step < extent:
            break
        extent += step * (size - 1)
    else:
        return False
    # The dims interleave in memory, which does not imply that elements coincide: count the distinct locations.
    return np.unique(offsets(array.shape, array.strides)).size < array.size


def assign(x: Tensor, result: Tensor, name: str) -> Tensor:
    """Write `result` over `x` in place, and give `x` the node of `result`.

    Raises:
        RuntimeError: the result has another shape, or a dtype of a higher category (such as complex over float).
    """
    kind, shape = x.array.dtype, x.array.shape
    if category(result.array.dtype) > category(kind):
        raise RuntimeError(
            f"{name}: result type {result.dtype} can't be cast to the desired output type {x.dtype}: "
            f"use {name.rstrip('_')}() out of place"
        )
    if result.array.shape != shape:
        raise RuntimeError(
            f"{name}: output with shape {list(shape)} doesn't match the broadcast shape {list(result.array.shape)}"
        )
    result = as_dtype(result, kind)
    write(x)[...] = result.array
    if recording():
        set_node(x, result.node)
    return x


def set_node(x: Tensor, node: Node | Leaf | None) -> None:
    """Record that the value of `x` now comes from `node`; if `x` is a view, its base is recorded as rewritten too."""
    if isinstance(x, View):
        base = x.base
        if node is not None or base.node is not None:
            base.node = Node(_overwrite, (base.node, node), (x.steps,))
            if watchers:
                notify(base.node, base.array, ())
    x.node = node


# -- the primitives that a write records -------------------------------------------------------------------


def _with_part(x: Array, part: Any, steps: Steps) -> Array:
    """A copy of `x` in which the view that `steps` make of it is replaced by `part`."""
    out = np.array(x, order="C")  # a 0-d value is a NumPy scalar, which cannot be written
    view = replay(out, steps)
    if isinstance(view, np.ndarray) and np.may_share_memory(view, out):
        view[...] = part
    else:
        out.ravel()[replay(np.arange(out.size).reshape(out.shape), steps)] = part
    return out


#: `x` with zeros in the view that `steps` make of it.
zero_part: Operation = primitive(
    "zero_part",
    lambda x, steps: _with_part(x, 0, steps),
    x=lambda g, steps: zero_part(g, steps),
    doc="x with zeros in the part that a view shows: g with zeros there",
)

_overwrite = Primitive(
    "copy_slices",
    lambda base, view, steps: _with_part(base, view, steps),
    {"base": lambda g, steps: zero_part(g, steps), "view": lambda g, steps: replay(g, steps)},
    doc="A tensor after a write through one of its views",
)

_set_at = Primitive(
    "setitem",
    lambda x, value, key: _with_part(x, value, ((take_at, (key,)),)),
    {
        "x": lambda g, key: zero_part(g, ((take_at, (key,)),)),
        "value": lambda g, key, value_shape: sum_to(take_at(g, key), value_shape),
    },
    doc="x after x[key] = value: g with zeros at the key for x, and g[key] for the value",
)


def setitem(x: Tensor, key: Any, value: Any) -> None:
    """`x[key] = value`, in place: the value is broadcast to the shape of `x[key]` and cast to the dtype of `x`.

    Raises:
        IndexError: an index is out of range.
        TypeError: the value is not a number, nor a sequence or array of numbers.
        RuntimeError: the value does not broadcast, is complex and `x` is not, or `x` may not be written.
    """
    tracked = isinstance(value, Tensor) and value.node is not None
    _check_leaf(x)
    plain = plain_key(key)
    if isinstance(value, Tensor):
        value = as_dtype(value, x.array.dtype)
    elif not isinstance(value, np.ndarray):
        given, value = value, np.asarray(value)
        if value.dtype.kind not in "biufc":
            raise TypeError(f"can't assign a {type(given).__name__} to elements of a tensor: expected numbers")
        value = to_array(given, x.array.dtype) if value.ndim else element_as(given, x.array.dtype)
    source = array_of(value)
    try:
        view = x._shared()[plain]
    except IndexError as error:
        raise IndexError(f"{error}: the index was {key!r:.80} and the shape is {x.array.shape}") from None
    copied = isinstance(view, np.ndarray) and not np.may_share_memory(view, x.array)
    check_memory(x.array, x.array if copied else view)
    shape = np.shape(view)
    # Excess leading dims of size 1 are dropped, as in PyTorch.
    while np.ndim(source) > len(shape) and np.shape(source)[0] == 1:
        value, source = value.squeeze(0), source.squeeze(0)
    try:
        np.broadcast_to(source, shape)
    except ValueError:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(np.shape(source))} cannot be broadcast to indexing result of "
            f"shape {list(shape)}"
        ) from None
    before = x.node
    write(x)[plain] = source
    if recording() and (tracked or before is not None):
        parent = value.node if isinstance(value, Tensor) else None
        node = Node(_set_at, (before, parent), (plain, np.shape(source)))
        if watchers:
            notify(node, x.array, ())
        set_node(x, node)


# -- the in-place form of a function ------------------------------------------------------------------------


def in_place(name: str, function: Callable[..., Any], module: str | None = None) -> Callable[..., Tensor]:
    """The in-place form, called `name`, of a function: its result is written over its first argument.

    It is a method of Tensor, or a function of `module`, if that is given.
    """

    @functools.wraps(function)
    def method(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        check_writable(x)
        tracked = x.node is not None or any(isinstance(a, Tensor) and a.node is not None for a in args)
        # The rules may need the old value, which the write destroys.
        old = wrap(x.array.copy(), x.node) if tracked and recording() else x
        return assign(x, function(old, *args, **kwargs), name)

    doc = f"`{function.__name__}`, in place: the result is written over the tensor."
    if module is None:
        return named_method(method, name, doc)
    method.__module__ = module
    return named(method, name, doc)


def _is_exact(x: Any, array: Array) -> bool:
    """Whether `x` is a Python number that NumPy does not round when it meets the array, as it does for float16."""
    return type(x) in (int, float) and (array.dtype != HALF or is_half(x))


def in_place_by_ufunc(name: str, ufunc: Any, function: Callable[..., Any]) -> Callable[..., Tensor]:
    """As `in_place`, but where nothing is recorded and the dtypes agree, the ufunc writes directly into the memory."""
    general = in_place(name, function)

    @functools.wraps(function)
    def method(x: Tensor, other: Any, **kwargs: Any) -> Tensor:
        source, array = array_of(other), x.array
        plain = (
            not kwargs
            and isinstance(array, np.ndarray)
            and array.dtype.kind == "f"
            and (_is_exact(source, array) or (isinstance(source, np.ndarray) and source.dtype is array.dtype))
            and (x.node is None or not recording())
            and (not isinstance(other, Tensor) or other.node is None or not recording())
        )
        if not plain or (isinstance(x, View) and recording()):
            return general(x, other, **kwargs)
        check_writable(x)
        try:
            ufunc(array, source, out=array)
        except ValueError:
            return general(x, other)
        write(x)
        return x

    return named_method(method, name, general.__doc__)
