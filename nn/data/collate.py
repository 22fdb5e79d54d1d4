"""Collating: a list of samples becomes one batch; a single sample becomes tensors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

import autograd
from autograd.base.nests import rebuilt
from autograd.core.tensor import Tensor, wrap


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
    first = batch[0]
    if isinstance(first, Tensor):
        return autograd.stack(list(batch))
    if isinstance(first, (np.ndarray, np.generic)):
        if first.dtype.kind not in "biufc":
            raise TypeError(_unsupported(first.dtype))
        return autograd.stack([wrap(np.asarray(sample)) for sample in batch])
    if isinstance(first, float):
        return autograd.tensor(list(batch), dtype=autograd.float64)
    if isinstance(first, (bool, int)):
        return autograd.tensor(list(batch))
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return rebuilt(first, [default_collate([sample[key] for sample in batch]) for key in first])
    if isinstance(first, Sequence):
        if any(len(sample) != len(first) for sample in batch):
            raise RuntimeError("each element in list of batch should be of equal size")
        columns = [default_collate(column) for column in zip(*batch, strict=True)]
        return rebuilt(first, columns) if hasattr(first, "_fields") else columns
    raise TypeError(_unsupported(type(first)))


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
    if isinstance(data, (tuple, list)):
        parts = [default_convert(value) for value in data]
        return rebuilt(data, parts) if hasattr(data, "_fields") else parts
    return data


def _unsupported(kind: object) -> str:
    return f"default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found {kind}"
