"""`out=`: write the result of a function into a tensor that the caller gives, as PyTorch does.

The function computes its result first, so that `out` may be one of its arguments. Then `out` is resized if it has
another shape, and written; `out` itself is returned. If any check fails, nothing is written.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from ..base.dtypes import category
from ..base.memory import owner_of
from .errors import type_name, users_level
from .grad_mode import recording
from .memory import check_memory
from .tensor import Tensor
from .writes import write

#: Functions whose `out` may share a part of an argument's memory, added by `public`: PyTorch refuses it in all others.
may_overlap: set[Callable[..., Any]] = set()
#: Functions that return indices. Like one of several results, they can be written into their own dtype only.
_RETURNS_INDICES = {"argmax", "argmin", "bucketize", "multinomial", "nonzero", "searchsorted"}


def compute_into(out: Any, function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Write the result of `function(*args, **kwargs)` into `out`, and return `out`.

    Args:
        out: a Tensor; a tuple or list of as many Tensors as the function returns.
        function: returns a Tensor, or a tuple of them.
        args, kwargs: its arguments.

    Raises:
        TypeError: `out` is something else.
        RuntimeError: an argument or `out` requires grad while operations are recorded, `out` has a dtype of a lower
            category than the result (or another than an index, or than one of several results), or `out` overlaps
            itself or a part of an argument in memory.
    """
    name = function.__name__
    result = function(*args, **kwargs)
    several = isinstance(result, tuple)
    results = result if several else (result,)
    targets = tuple(out) if several and isinstance(out, (tuple, list)) else (out,)
    if len(targets) != len(results) or not all(isinstance(target, Tensor) for target in targets):
        expected = f"tuple of {len(results)} Tensors" if several else "Tensor"
        count = f" of {len(out)}" if isinstance(out, (tuple, list)) and several and len(targets) != len(results) else ""
        raise TypeError(f"{name}(): argument 'out' must be {expected}, not {type_name(out)}{count}")
    inputs = list(_tensors((args, kwargs)))
    exact = several or name in _RETURNS_INDICES
    for target, value in zip(targets, results):
        check_memory(target.array, target.array)
        _check(name, target, value, exact)
        if function not in may_overlap and target.array.shape == value.array.shape:
            _check_overlap(name, target, inputs)
    for target, value in zip(targets, results):
        _write(target, value, bool(inputs))
    if not several:
        return out
    return type(result)(*targets) if hasattr(result, "_fields") else targets


def without_out(out: Any, function: Callable[..., Any], *args: Any) -> Any:
    """What a method does with `out=`: as in PyTorch, only functions take it.

    Raises:
        TypeError: always.
    """
    raise TypeError(f"{function.__name__}() got an unexpected keyword argument 'out'")


def _check(name: str, out: Tensor, value: Tensor, exact: bool) -> None:
    """Raise unless `value` may be written into `out`, which must have its dtype if `exact`."""
    if value.node is not None or (out.node is not None and recording() and value.array.dtype.kind in "fc"):
        raise RuntimeError(
            f"{name}(): functions with out=... arguments don't support automatic differentiation, but "
            f"{'one of the arguments' if value.node is not None else 'out'} requires grad: omit out=, or compute under "
            "no_grad()"
        )
    if exact and out.array.dtype != value.array.dtype:
        raise RuntimeError(f"{name}(): Expected out tensor to have dtype {value.dtype}, but got {out.dtype} instead")
    if category(value.array.dtype) > category(out.array.dtype):
        raise RuntimeError(
            f"{name}(): result type {value.dtype} can't be cast to the desired output type {out.dtype}: "
            "give out= a tensor of the result's type"
        )


def _tensors(value: Any) -> Iterator[Tensor]:
    """The tensors among arguments, and in sequences among them."""
    if isinstance(value, Tensor):
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from _tensors(part)
    elif isinstance(value, dict):
        yield from _tensors(list(value.values()))


def _check_overlap(name: str, out: Tensor, inputs: Iterable[Tensor]) -> None:
    """Raise if `out` shares some of its memory with an argument, but not all of it in the same order."""
    array = out.array
    if not isinstance(array, np.ndarray):
        return
    for value in inputs:
        other = value.array
        if not isinstance(other, np.ndarray) or owner_of(other) is not owner_of(array):
            continue
        same = other.__array_interface__["data"] == array.__array_interface__["data"]
        if not (same and other.strides == array.strides) and np.shares_memory(other, array):
            raise RuntimeError(
                f"{name}(): unsupported operation: some elements of the input tensor and the written-to tensor refer "
                "to a single memory location. Please clone() the tensor before performing the operation"
            )


def _write(out: Tensor, value: Tensor, warns: bool) -> None:
    """Write the result into `out`, after resizing it if it has another shape."""
    shape = value.array.shape
    if out.array.shape != shape:
        if out.array.size and warns:
            warnings.warn(
                f"An output with one or more elements was resized since it had shape {list(out.array.shape)}, which "
                f"does not match the required output shape {list(shape)}. This is deprecated in PyTorch: give out= a "
                "tensor of the right shape, or an empty one",
                stacklevel=users_level(),
            )
        _resize(out, shape)
    array = value.array
    if array.dtype.kind == "c" and out.array.dtype.kind != "c":
        array = array.real
    write(out)[...] = array


def _resize(out: Tensor, shape: tuple[int, ...]) -> None:
    """Give `out` another shape, in its own memory if that is large enough."""
    array, needed = out._shared(), math.prod(shape)
    owner = owner_of(array)
    start = (array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]) // array.itemsize
    if owner.flags.c_contiguous and owner.dtype == array.dtype and start + needed <= owner.size:
        out.array = owner.reshape(-1)[start : start + needed].reshape(shape)
    else:
        out.array = np.empty(shape, array.dtype)
