"""Collating: a list of samples becomes one batch; a single sample becomes tensors."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

import autograd
from autograd.base.nests import rebuilt
from autograd.core.tensor import Tensor, wrap
from autograd.surface import make_public as _make_public

#: Makes a batch from samples of one type; a function that meets containers hands the table on to `collate`.
CollateFunction: TypeAlias = Callable[..., Any]
Types: TypeAlias = type | tuple[type, ...]


def default_collate(batch: Sequence[Any]) -> Any:
    """Stack samples along a new first dim; nested containers of samples become one container of batches.

    Tensors and arrays are stacked, numbers become a tensor, strings are returned unchanged. As in PyTorch, tuples
    and lists become a list with one batch for each position; named tuples and mappings keep their type.

    Raises:
        TypeError: the samples are of an unsupported type.
        RuntimeError: the samples differ in length or shape.

    >>> default_collate([(1, "a"), (2, "b")])
    [tensor([1, 2]), ('a', 'b')]
    """
    return collate(batch, collate_fn_map=default_collate_fn_map)


def collate(batch: Sequence[Any], *, collate_fn_map: Mapping[Types, CollateFunction] | None = None) -> Any:
    """As `default_collate`, with functions of your own for the types of samples.

    Args:
        batch: the samples.
        collate_fn_map: for each type, or tuple of types, the function that makes a batch of such samples. It is called
            with the samples and `collate_fn_map=`. Types that it lacks may be mappings or sequences of others.

    >>> collate([(1, 2), (3, 4)], collate_fn_map={int: lambda batch, *, collate_fn_map: sum(batch)})
    [4, 6]
    """
    if not isinstance(batch, Sequence):
        raise TypeError(f"collate: expected a list of samples, but got {type(batch).__name__}")
    if not batch:
        raise IndexError("collate: expected at least one sample, but the list is empty")
    first, table = batch[0], collate_fn_map or {}
    found = table.get(type(first))
    if found is None:
        found = next((function for types, function in table.items() if isinstance(first, types)), None)
    if found is not None:
        return found(batch, collate_fn_map=table)
    if isinstance(first, Mapping):
        values = [collate([_entry(sample, key) for sample in batch], collate_fn_map=table) for key in first]
        return rebuilt(first, values)
    if isinstance(first, Sequence) and not isinstance(first, (str, bytes)):
        if any(not isinstance(sample, Sequence) or len(sample) != len(first) for sample in batch):
            sizes = sorted({len(sample) for sample in batch if isinstance(sample, Sequence)})
            raise RuntimeError(
                f"each element in list of batch should be of equal size, but the samples' lengths are {sizes}: pass a "
                "collate_fn that pads them"
            )
        columns = [collate(column, collate_fn_map=table) for column in zip(*batch, strict=True)]
        return rebuilt(first, columns) if hasattr(first, "_fields") else columns
    raise TypeError(default_collate_err_msg_format.format(type(first)))


def _entry(sample: Any, key: Any) -> Any:
    """The value of a key in a sample, which all samples must have."""
    if not isinstance(sample, Mapping) or key not in sample:
        raise KeyError(f"collate: the first sample has the key {key!r}, but another one is {sample!r}")
    return sample[key]


def collate_tensor_fn(batch: Sequence[Any], *, collate_fn_map: Any = None) -> Any:
    """Stack Tensors."""
    for sample in batch:
        if not isinstance(sample, Tensor):
            raise TypeError(f"collate: expected only Tensors after the first, but got {type(sample).__name__}")
    return autograd.stack(list(batch))


def collate_numpy_array_fn(batch: Sequence[Any], *, collate_fn_map: Any = None) -> Any:
    """Stack arrays, or NumPy's scalars."""
    kind = batch[0].dtype
    if kind.kind not in "biufc":
        raise TypeError(default_collate_err_msg_format.format(kind))
    return autograd.stack([wrap(np.asarray(sample)) for sample in batch])


def collate_float_fn(batch: Sequence[Any], *, collate_fn_map: Any = None) -> Any:
    """A float64 tensor of numbers."""
    return autograd.tensor(list(batch), dtype=autograd.float64)


def collate_int_fn(batch: Sequence[Any], *, collate_fn_map: Any = None) -> Any:
    """A tensor of integers or bools."""
    return autograd.tensor(list(batch))


def collate_str_fn(batch: Sequence[Any], *, collate_fn_map: Any = None) -> Any:
    """The strings, unchanged."""
    return batch


#: The functions of `default_collate`.
default_collate_fn_map: dict[Types, CollateFunction] = {
    Tensor: collate_tensor_fn,
    (np.ndarray, np.generic): collate_numpy_array_fn,
    float: collate_float_fn,
    int: collate_int_fn,
    str: collate_str_fn,
    bytes: collate_str_fn,
}
default_collate_err_msg_format = (
    "default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {}"
)


def default_convert(data: Any) -> Any:
    """Convert the arrays in a sample to tensors, also inside nested containers; leave everything else as it is.

    As in PyTorch, a tuple becomes a list.

    >>> default_convert((np.ones(2), "a"))
    [tensor([1., 1.], dtype=autograd.float64), 'a']
    """
    if isinstance(data, (np.ndarray, np.generic)):
        return autograd.as_tensor(data) if data.dtype.kind in "biufc" else data
    if isinstance(data, Mapping):
        return rebuilt(data, [default_convert(value) for value in data.values()])
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        parts = [default_convert(value) for value in data]
        return rebuilt(data, parts) if hasattr(data, "_fields") else parts
    return data


_make_public(globals())
