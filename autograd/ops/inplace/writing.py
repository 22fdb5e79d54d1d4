"""In-place writes: the memory is overwritten, and the graph continues as if the tensor were a new one.

An in-place operation computes its result as the out-of-place operation does, writes it over the tensor's memory, and
gives the tensor the result's node. If the tensor is a view, its base gets a new node: the old base with the viewed
part replaced. Every write is counted, so that a backward pass that needs an overwritten value raises an error.
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from ...base.dtypes import Array, category, element_as
from ...base.half_precision import HALF, is_half
from ...base.symbolic import Symbolic, as_array
from ...core.aliasing import UNWRITABLE, Steps, View, replay
from ...core.broadcasting import expand_to, sum_to
from ...core.grad_mode import recording
from ...core.graph import Leaf, Node, notify, watchers
from ...core.hooks import move_retained
from ...core.memory import check_memory, overlaps
from ...core.operation import Operation, array_of, as_dtype, primitive
from ...core.primitive import Primitive
from ...core.public import public_as_it_is, with_factors_last
from ...core.reraise import reraise
from ...core.tensor import Tensor, wrap
from ...core.writes import write
from ..arguments import named, named_method
from ..creation.from_data import to_array
from ..elementwise.selection import where
from ..shape.indexing import integers_first, plain_key, take_at
from ..shape.strided import positions_in

#: Tensors and the nodes that they get by a write.
_Nodes: TypeAlias = list[tuple[Tensor, Node | Leaf | None]]


def check_writable(x: Tensor, tracked: bool = False) -> None:
    """Raise unless `x` may be written in place.

    Args:
        x: the tensor to write.
        tracked: whether what is written requires grad.

    Raises:
        RuntimeError: `x` is a leaf that requires grad (or a view of one) while operations are recorded, it is a view
            into which writes cannot be recorded, its memory is read-only, or several of its elements share one memory
            location.
    """
    check_recordable(x, tracked)
    check_memory(x.array, x.array)


def check_recordable(x: Tensor, tracked: bool = False) -> None:
    """Raise if the write is to be recorded but cannot be; see `check_writable`."""
    if recording():
        if (
            isinstance(x, View)
            and x.origin is not None
            and (tracked or x.node or x.base.node)
            and not (x.origin == "no_grad" and x.is_alone())
        ):
            raise RuntimeError(f"a view is being modified in place, which cannot be recorded: {UNWRITABLE[x.origin]}")
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
    if recording() and (isinstance(x, View) or x.node is not None or result.node is not None):
        _write_and_record(x, ..., result.array, _nodes_after_write(x, result.node))
    else:
        write(x)[...] = result.array
    return x


def _write_and_record(x: Tensor, key: Any, source: Any, nodes: _Nodes) -> None:
    """Write `source` into `x[key]` and attach the nodes: both, even if interrupted in between.

    A write of which the graph does not know would make gradients silently wrong.
    """
    if isinstance(source, np.ndarray) and np.may_share_memory(source, x.array):
        source = source.copy()  # so that it can be written twice
    try:
        write(x)[key] = source
        _attach(nodes)
    except BaseException:  # a KeyboardInterrupt, or what a signal handler raised
        x.array[key] = source
        _attach(nodes)
        raise
    if isinstance(x, View) and x._node is not None and x._node.hooks:
        assert x.node is not None  # reading it moves retain_grad() to the new node


def set_node(x: Tensor, node: Node | Leaf | None) -> None:
    """Record that the value of `x` now comes from `node`; if `x` is a view, its base is recorded as rewritten too."""
    _attach(_nodes_after_write(x, node))


def _nodes_after_write(x: Tensor, node: Node | Leaf | None) -> _Nodes:
    """The new nodes of `x` and, if it is a view, of its base, when the value of `x` comes from `node`."""
    if x.array.dtype.kind not in "fc":
        return []  # integers and booleans have no gradient
    if not isinstance(x, View) or (node is None and x.base.node is None):
        return [(x, node)]
    alone = x.is_alone()
    base_node = Node(_overwrite, (x.base.node, node), (x.steps,))
    if watchers:
        notify(base_node, x.base.array, ())
    if alone:
        return [(x.base, base_node), (x, node)]
    return [(x.base, base_node)]  # from which `x` computes its own, when it is asked for it


def _attach(nodes: _Nodes) -> None:
    for tensor, node in nodes:
        if not isinstance(tensor, View):  # a view sees to it itself
            move_retained(tensor.node, node)
        tensor.node = node


# -- the primitives that a write records -------------------------------------------------------------------


def _with_part(x: Array, part: Any, steps: Steps) -> Array:
    """A copy of `x` in which the view that `steps` make of it is replaced by `part`."""
    for order in ("C", "F"):  # whether a view is possible may depend on the layout
        # A 0-d value is a NumPy scalar, which cannot be written.
        out = x.copy(order) if isinstance(x, Symbolic) and x.ndim else np.array(x, order=order)
        view = replay(out, steps)
        if isinstance(view, np.ndarray) and np.may_share_memory(view, out):
            view[...] = part
            return out
    out = np.array(x, order="C")
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
    lambda x, value, steps: _with_part(x, value, steps),
    {
        "x": lambda g, steps: zero_part(g, steps),
        "value": lambda g, steps, value_shape: sum_to(replay(g, steps), value_shape),
    },
    doc="x after x[key] = value: g with zeros at the key for x, and g[key] for the value",
)


def setitem(x: Tensor, key: Any, value: Any) -> None:
    """`x[key] = value`, in place: the value is broadcast to the shape of `x[key]` and cast to the dtype of `x`.

    Raises:
        IndexError: an index is out of range.
        TypeError: the value is not a number, nor a sequence or array of numbers.
        RuntimeError: the value does not broadcast, is complex and `x` is not, or `x` may not be written.

    Warns:
        UserWarning: elements of `x` share memory, as in an expanded tensor, and the key holds indices or a mask.
    """
    tracked = isinstance(value, Tensor) and value.node is not None
    check_recordable(x, tracked)
    first, plain = integers_first(plain_key(key))
    if first is not None:
        return setitem(take_at(x, first), plain, value)
    if isinstance(value, Tensor):
        value = as_dtype(value, x.array.dtype)
    elif not isinstance(value, np.ndarray):
        given, value = value, as_array(value)
        if value.dtype.kind not in "biufc":
            raise TypeError(f"can't assign a {type(given).__name__} to elements of a tensor: expected numbers")
        value = to_array(given, x.array.dtype) if value.ndim else element_as(given, x.array.dtype)
    source = array_of(value)
    try:
        view = x._shared()[plain]
    except IndexError as error:
        raise IndexError(f"{error}: the index was {key!r:.80} and the shape is {x.array.shape}") from None
    copied = isinstance(view, np.ndarray) and not np.may_share_memory(view, x.array)
    shared = overlaps(x.array if copied else view)
    check_memory(x.array, None if copied else view)
    if shared and copied:
        warn_of_shared_elements()
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
    base, steps = (x.base, x.steps) if isinstance(x, View) else (x, ())
    if not recording() or not (tracked or base.node is not None) or base.array.dtype.kind not in "fc":
        write(x)[plain] = source
        return
    # The key is one more step from the base, of which other elements of `x` may show the same memory.
    steps = (*steps, (take_at, (plain,)))
    if shared:
        steps, value = _once(base.array, steps, value)
    parent = value.node if isinstance(value, Tensor) else None
    node = Node(_set_at, (base.node, parent), (steps, np.shape(array_of(value))))
    if watchers:
        notify(node, base.array, ())
    _write_and_record(x, plain, source, [(base, node)])


def warn_of_shared_elements() -> None:
    """Warn that a write by index goes to elements that share memory."""
    warnings.warn(
        "writing by index into an expanded tensor, whose elements share memory, is deprecated: clone() it first",
        stacklevel=3,
    )


def _once(base: Array, steps: Steps, value: Any) -> tuple[Steps, Any]:
    """The write of `value` to the part of `base` that `steps` show, without what a later element overwrites."""
    positions = replay(np.arange(base.size).reshape(base.shape), steps)
    found, last = np.unique(positions.reshape(-1)[::-1], return_index=True)
    if np.size(array_of(value)) > 1:
        value = take_at(expand_to(value, positions.shape).reshape(-1), positions.size - 1 - last)
    return positions_in(base.shape, found), value


# -- the in-place form of a function ------------------------------------------------------------------------


def in_place(name: str, function: Callable[..., Any], module: str | None = None) -> Callable[..., Tensor]:
    """The in-place form, called `name`, of a function: its result is written over its first argument.

    It is a method of Tensor, or a function of `module`, if that is given.
    """

    @functools.wraps(function)
    def method(x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        tracked = any([isinstance(a, Tensor) and a.node is not None for a in args])
        check_writable(x, tracked)
        # The rules may need the old value, which the write destroys.
        old = wrap(x.array.copy(), x.node) if (tracked or x.node is not None) and recording() else x
        result = function(old, *args, **kwargs)
        if result.node is None and old is not x and old.node is not None:
            result = where(True, result, old)  # a step function, such as eq_: the old value gets the gradient 0
        return assign(x, result, name)

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
    def method(x: Tensor, other: Any, *older: Any, **kwargs: Any) -> Tensor:
        try:
            if older:  # x.add_(2, y)
                tensors, kwargs = with_factors_last(name, function, (x, other, *older)) or ([x, other, *older], kwargs)
                return general(*tensors, **kwargs)
            source, array = other.array if isinstance(other, Tensor) else other, x.array
            plain = (
                not kwargs
                and isinstance(array, np.ndarray)
                and array.dtype.kind == "f"
                and (getattr(source, "dtype", None) is array.dtype or _is_exact(source, array))
                and (x.node is None or not recording())
                and (not isinstance(other, Tensor) or other.node is None or not recording())
            )
            if not plain or (isinstance(x, View) and recording()):
                return general(x, other, **kwargs)
            check_writable(x)
            try:
                ufunc(array, source, out=array)
                write(x)
            except ValueError:
                return general(x, other)
            except BaseException:  # an interrupt after the memory was written, perhaps
                write(x)
                raise
            return x
        except Exception as error:
            reraise(error, method, x, other, *older, **kwargs)

    return public_as_it_is(named_method(method, name, general.__doc__))
