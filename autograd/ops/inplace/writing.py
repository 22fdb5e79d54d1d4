"""Writing in place: the storage is overwritten, and the graph goes on as if the tensor were a new one.

An in-place operation computes its result like any other, writes it over the tensor's memory, and hands
the tensor the result's node. Where the tensor is a view, its base gets a node that says: what the base
was, with the view's part replaced. Every write is counted, so that a backward pass that needs what was
overwritten raises instead of using it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...base.dtypes import Array, category
from ...core.aliasing import Steps, View, replay, write
from ...core.broadcasting import sum_to
from ...core.grad_mode import recording
from ...core.graph import Leaf, Node, notify, watchers
from ...core.operation import Operation, array_of, as_dtype, primitive
from ...core.primitive import Primitive
from ...core.tensor import Tensor, wrap
from ..shape.indexing import plain_key, take_at
from ..shape.strided import places


def check_writable(x: Tensor) -> None:
    """Raise unless `x` may be written in place.

    Raises:
        RuntimeError: it is a leaf that requires grad (or a view of one) and operations are recorded, or
            several of its elements share one place in memory, or it is for reading only.
    """
    _check_leaf(x)
    _check_memory(x.array, x.array)


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


def _check_memory(array: Any, part: Any) -> None:
    if isinstance(array, np.ndarray) and not array.flags.writeable:
        raise RuntimeError("the tensor shows memory that is for reading only: clone() it before writing")
    if isinstance(part, np.ndarray) and not part.flags.c_contiguous and _overlaps(part):
        raise RuntimeError(
            "unsupported operation: more than one element of the written-to tensor refers to a single memory "
            f"location (shape {part.shape}, an expanded tensor). Please clone() the tensor before the operation"
        )


def _overlaps(array: Array) -> bool:
    """Whether several elements share one place in memory."""
    reach = array.itemsize
    for step, size in sorted((abs(step), size) for step, size in zip(array.strides, array.shape) if size > 1):
        if step < reach:
            break
        reach += step * (size - 1)
    else:
        return False
    # The windows reach into each other, which need not mean that they share elements: count the places.
    return np.unique(places(array.shape, array.strides)).size < array.size


def assign(x: Tensor, result: Tensor, name: str) -> Tensor:
    """Write `result` over `x` in place, and let `x` be what made the result.

    Raises:
        RuntimeError: the result has another shape, or is of a wider kind of numbers than `x`.
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
        _become(x, result.node)
    return x


def _become(x: Tensor, node: Node | Leaf | None) -> None:
    """Let `node` be what made `x`; the base of a view is rewritten with it."""
    if isinstance(x, View):
        base = x.base
        if node is not None or base.node is not None:
            base.node = Node(_overwrite, (base.node, node), (x.steps,))
            if watchers:
                notify(base.node, base.array, ())
    x.node = node


# -- the part of a base that a view shows ------------------------------------------------------------------


def _written(x: Array, part: Any, steps: Steps) -> Array:
    """A copy of `x` with another part where the steps show."""
    out = np.array(x, order="C")  # a 0-d value is a NumPy scalar, which cannot be written
    shown = replay(out, steps)
    if isinstance(shown, np.ndarray) and np.may_share_memory(shown, out):
        shown[...] = part
    else:
        out.ravel()[replay(np.arange(out.size).reshape(out.shape), steps)] = part
    return out


#: `x` with zeros in the part that the steps show.
without: Operation = primitive(
    "zero_part",
    lambda x, steps: _written(x, 0, steps),
    x=lambda g, steps: without(g, steps),
    doc="x with zeros where a view shows it: the same of the cotangent",
)

_overwrite = Primitive(
    "copy_slices",
    lambda base, view, steps: _written(base, view, steps),
    {"base": lambda g, steps: without(g, steps), "view": lambda g, steps: replay(g, steps)},
    doc="A base after a write through one of its views",
)

_set_at = Primitive(
    "setitem",
    lambda x, value, key: _written(x, value, ((take_at, (key,)),)),
    {
        "x": lambda g, key: without(g, ((take_at, (key,)),)),
        "value": lambda g, key, value_shape: sum_to(take_at(g, key), value_shape),
    },
    doc="x after x[key] = value: 0 at the key for x, and what stands there for the value",
)


def setitem(x: Tensor, key: Any, value: Any) -> None:
    """`x[key] = value`, in place: the value is broadcast to the part and cast to the type of `x`.

    Raises:
        IndexError: an index is out of range.
        TypeError: the value is no number and holds none.
        RuntimeError: the value does not fit, or `x` may not be written.
    """
    tracked = isinstance(value, Tensor) and value.node is not None
    _check_leaf(x)
    plain = plain_key(key)
    if isinstance(value, Tensor):
        value = as_dtype(value, x.array.dtype)
    elif not isinstance(value, (np.ndarray, np.generic)):
        given, value = value, np.asarray(value)
        if value.dtype.kind not in "biufc":
            raise TypeError(f"can't assign a {type(given).__name__} to elements of a tensor: expected numbers")
        if np.iscomplexobj(value) and not np.iscomplexobj(x.array):
            raise RuntimeError(f"value cannot be converted to type {x.dtype} without overflow: {value!r:.40}")
    source = array_of(value)
    try:
        shown = x._shared()[plain]
    except IndexError as error:
        raise IndexError(f"{error}: the index was {key!r:.80} and the shape is {x.array.shape}") from None
    copied = isinstance(shown, np.ndarray) and not np.may_share_memory(shown, x.array)
    _check_memory(x.array, x.array if copied else shown)
    part = np.shape(shown)
    # Leading dims of size 1 that the part lacks are dropped, as PyTorch does.
    while np.ndim(source) > len(part) and np.shape(source)[0] == 1:
        value, source = value.squeeze(0), source.squeeze(0)
    try:
        np.broadcast_to(source, part)
    except ValueError:
        raise RuntimeError(
            f"shape mismatch: value tensor of shape {list(np.shape(source))} cannot be broadcast to indexing result of "
            f"shape {list(part)}"
        ) from None
    before = x.node
    write(x)[plain] = source
    if recording() and (tracked or before is not None):
        parent = value.node if isinstance(value, Tensor) else None
        node = Node(_set_at, (before, parent), (plain, np.shape(source)))
        if watchers:
            notify(node, x.array, ())
        _become(x, node)


# -- every operation in place -------------------------------------------------------------------------------


def in_place(name: str, function: Callable[..., Any]) -> Callable[..., Tensor]:
    """The in-place form of a function whose first argument is the tensor to be written."""

    def method(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        check_writable(x)
        tracked = x.node is not None or any(isinstance(a, Tensor) and a.node is not None for a in args)
        # What the rules will need of the old value must survive the write.
        old = wrap(x.array.copy(), x.node) if tracked and recording() else x
        return assign(x, function(old, *args, **kwargs), name)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"`{function.__name__}`, written over the tensor itself."
    return method


def _with_ufunc(name: str, ufunc: Any, function: Callable[..., Any]) -> Callable[..., Tensor]:
    """As `in_place`; where nothing is recorded and the types agree, NumPy writes straight into the memory."""
    general = in_place(name, function)

    def method(x: Tensor, other: Any, **kwargs: Any) -> Tensor:
        source, array = array_of(other), x.array
        plain = (
            not kwargs
            and isinstance(array, np.ndarray)
            and array.dtype.kind == "f"
            and (type(source) in (int, float) or (isinstance(source, np.ndarray) and source.dtype is array.dtype))
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

    method.__name__ = method.__qualname__ = name
    method.__doc__ = general.__doc__
    return method


# -- the tensor becomes a view of itself ------------------------------------------------------------------------
