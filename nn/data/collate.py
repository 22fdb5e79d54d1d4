"""Collating: a list of samples becomes one batch, or a sample on its own becomes tensors."""

from __future__ import annotations

import copy
from collections.abc import Mapping, MutableMapping, Sequence
from typing import Any

import numpy as np

import autograd
from autograd.core.tensor import Tensor, wrap


def default_collate(batch: Sequence[Any]) -> Any:
    """Stack samples along a new first dim; structures of tensors become the same structures of batches.

    Tensors and arrays are stacked, numbers become a tensor, strings stay as they are; tuples and lists become a
    list with a batch for each place, named tuples and mappings keep their names and their kind.

    Raises:
        TypeError: samples of another type.
        RuntimeError: samples that differ in length or shape.

    >>> default_collate([(1, "a"), (2, "b")])
    [tensor([1, 2]), ('a', 'b')]
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return autograd.stack(list(batch))
    if isinstance(first, (np.ndarray, np.generic)):
        if first.dtype.kind not in "biufc":
            raise TypeError(_unknown(first.dtype))
        return autograd.stack([wrap(np.asarray(sample)) for sample in batch])
    if isinstance(first, float):
        return autograd.tensor(list(batch), dtype=autograd.float64)
    if isinstance(first, (bool, int)):
        return autograd.tensor(list(batch))
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return _like(first, {key: default_collate([sample[key] for sample in batch]) for key in first})
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        places = [default_collate(samples) for samples in zip(*batch, strict=True)]
        return type(first)(*places) if hasattr(first, "_fields") else places
    raise TypeError(_unknown(type(first)))


def default_convert(data: Any) -> Any:
    """Arrays in a sample made tensors, in structures of them too; anything else as it is.

    >>> default_convert((np.ones(2), "a"))
    [tensor([1., 1.], dtype=autograd.float64), 'a']
    """
    if isinstance(data, (np.ndarray, np.generic)):
        return autograd.as_tensor(data) if data.dtype.kind in "biufc" else data
    if isinstance(data, Mapping):
        return _like(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, tuple) and hasattr(data, "_fields"):
        return type(data)(*map(default_convert, data))
    if isinstance(data, (tuple, list)):
        return [default_convert(value) for value in data]
    return data


def _like(mapping: Mapping[Any, Any], values: dict[Any, Any]) -> Any:
    """The values in a mapping of the same kind: an OrderedDict, or a user's own."""
    if not isinstance(mapping, MutableMapping):
        return values
    made = copy.copy(mapping)
    made.update(values)
    return made


def _unknown(kind: object) -> str:
    return f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {kind}"
