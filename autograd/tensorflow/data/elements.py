"""Elements of datasets: tensors in tuples and dicts, taken apart, stacked and padded to batches."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...base.nests import flatten, mapped
from ...core.tensor import Tensor
from ..dtypes import as_dtype
from ..errors import DataLossError, invalid
from ..tensors import EagerTensor, tensor_of


def scalar(op: str, argument: str, value: Any, least: int | None = None, dtype: str = "int64") -> Any:
    """An argument that must be a single number or boolean, as a Python number or bool.

    Raises:
        TypeError, ValueError: it is of another dtype.
        InvalidArgumentError: it is not a scalar, or is less than `least`.
    """
    array = np.asarray(tensor_of(value, dtype).array)
    if array.ndim or least is not None and array < least:
        wanted = "a scalar" if array.ndim else f"at least {least}"
        raise invalid(op, f"{argument} must be {wanted}, but is {value!r:.60}")
    return array.item()


def applied(function: Any) -> Callable[[Any], Any]:
    """A function of one element, which passes the components of a tuple as arguments; a returned list becomes a tuple.

    Raises:
        ValueError: `function` is not a function.
    """
    if not callable(function):
        raise ValueError(f"Argument `func` must be a callable. Received func={function!r:.60}")

    def call(element: Any) -> Any:
        out = function(*element) if isinstance(element, tuple) else function(element)
        return tuple(out) if isinstance(out, list) else out

    return call


def condition(predicate: Any) -> Callable[[Any], bool]:
    """A predicate as a function of one element, which returns a bool."""
    function = applied(predicate)

    def is_true(element: Any) -> bool:
        out = function(element)
        array = np.asarray(out.array if isinstance(out, EagerTensor) else out)
        if array.dtype != bool or array.ndim:
            raise ValueError(f"Invalid `predicate`. It must return a boolean, but returned {out!r:.80}")
        return bool(array)

    return is_true


def converted(element: Any, kind: Any) -> Any:
    """An element that a generator yielded, in the structure and with the dtypes of `kind`.

    Raises:
        InvalidArgumentError: the element has another structure, or a value does not fit its dtype.
    """
    if isinstance(kind, tuple) and isinstance(element, tuple) and len(kind) == len(element):
        return tuple(map(converted, element, kind))
    if isinstance(kind, dict) and isinstance(element, dict) and kind.keys() == element.keys():
        return {key: converted(element[key], kind[key]) for key in kind}
    try:
        if isinstance(kind, (tuple, dict)):
            raise TypeError(f"its structure is not that of {kind!r:.80}")
        dtype = as_dtype(getattr(kind, "dtype", kind))
        is_cast = isinstance(element, (np.ndarray, np.generic, bool))
        return tensor_of(np.asarray(element, dtype.numpy) if is_cast else element, dtype)
    except (TypeError, ValueError) as error:
        raise invalid("IteratorGetNext", f"`generator` yielded {element!r:.80}: {error}") from None


def components(element: Any) -> tuple[list[Any], Callable[[Any], Any]]:
    """The components of nested tuples and dicts, and a function that rebuilds the nest from a list of others.

    A list is not taken apart: it holds the values of one tensor.
    """
    if not isinstance(element, (dict, tuple)):
        return [element], lambda leaves: leaves[0]
    keys = list(element) if isinstance(element, dict) else None
    branches = [components(part) for part in (element.values() if isinstance(element, dict) else element)]

    def rebuild(leaves: Any) -> Any:
        rest = iter(leaves)
        parts = [rebuild_branch([next(rest) for _ in own]) for own, rebuild_branch in branches]
        return tuple(parts) if keys is None else dict(zip(keys, parts))

    return [leaf for own, _ in branches for leaf in own], rebuild


def to_tensors(element: Any, *keep: type) -> Any:
    """The element with its components converted to tensors, except those of the types in `keep`."""
    leaves, rebuild = components(element)
    return rebuild([leaf if isinstance(leaf, (EagerTensor, *keep)) else tensor_of(leaf) for leaf in leaves])


def stack(elements: list[Any]) -> Any:
    """One batch from elements of the same structure: each component is stacked along a new first axis.

    Raises:
        InvalidArgumentError: the shapes of a component differ.
    """

    def stacked(*column: Any) -> EagerTensor:
        arrays = [np.asarray(leaf.array if isinstance(leaf, Tensor) else leaf) for leaf in column]
        if any(array.shape != arrays[0].shape for array in arrays):
            shapes = [array.shape for array in arrays[:10]]
            raise invalid("IteratorGetNext", f"Cannot batch tensors with different shapes: {shapes}")
        return EagerTensor(np.stack(arrays))

    return mapped(stacked, *elements)


def pad_and_stack(elements: list[Any], shapes: Any, values: Any) -> Any:
    """One batch from elements of the same structure, each component padded at its end to a common shape.

    Args:
        shapes: the shape of each component; None, or None or -1 in a shape, stands for the largest size in the batch.
        values: the padding value of each component; None for 0.

    Raises:
        ValueError: a shape has another number of dims than its component.
        TypeError: a padding value does not fit its component.
        DataLossError: a component is larger than its shape.
    """
    leaves = [flatten(element)[0] for element in elements]
    first = elements[0]
    columns = []
    for column, shape, value in zip(zip(*leaves), _for_each_leaf(first, shapes), _for_each_leaf(first, values)):
        arrays = [tensor_of(leaf).array for leaf in column]
        longest = np.max([array.shape for array in arrays], axis=0, initial=0).astype(int).tolist()
        sizes = longest if shape is None else shape
        if not hasattr(sizes, "__len__") or len(sizes) != arrays[0].ndim:
            raise ValueError(f"The padded shape {shape!r:.60} does not fit the shape {arrays[0].shape} of a component")
        wanted = [n if m in (None, -1) else scalar("PaddedBatchDatasetV2", "a size", m) for n, m in zip(longest, sizes)]
        if any(n > m for n, m in zip(longest, wanted)):
            raise DataLossError(
                message="Attempted to pad to a smaller size than the input element: shapes "
                f"{[array.shape for array in arrays[:10]]} to {wanted}"
            )
        fill = 0 if value is None else tensor_of(value, arrays[0].dtype).array
        columns.append(EagerTensor(np.stack([_padded(array, wanted, fill) for array in arrays])))
    return flatten(first)[1](columns)


def _padded(array: Array, shape: list[int], value: Any) -> Array:
    widths = [(0, m - n) for n, m in zip(array.shape, shape)]
    return np.pad(array, widths, constant_values=value) if widths else array


def _for_each_leaf(element: Any, nest: Any) -> list[Any]:
    """For each leaf of the element, the value of `nest` in the same place; one value may stand for several leaves."""
    if isinstance(element, tuple) and isinstance(nest, tuple):
        return [value for pair in zip(element, nest, strict=True) for value in _for_each_leaf(*pair)]
    if isinstance(element, dict) and isinstance(nest, dict):
        return [value for key in element for value in _for_each_leaf(element[key], nest[key])]
    return [nest] * len(flatten(element)[0])
