"""Pairs of values and indices, with the names and the repr that PyTorch gives them."""

from __future__ import annotations

from typing import NamedTuple

from ...base import names
from ...core.tensor import Tensor


class ValuesAndIndices(NamedTuple):
    """Values along a dim and their indices.

    >>> from autograd import tensor
    >>> tensor([[1.0, 3.0], [2.0, 0.0]]).max(1)
    autograd.return_types.max(
    values=tensor([3., 2.]),
    indices=tensor([1, 0]))
    """

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        return _shown(self)


class max(ValuesAndIndices):
    """The largest values along a dim and their indices."""


class min(ValuesAndIndices):
    """The smallest values along a dim and their indices."""


class sort(ValuesAndIndices):
    """Sorted values and their indices before sorting."""


class topk(ValuesAndIndices):
    """The k largest or smallest values along a dim and their indices."""


class kthvalue(ValuesAndIndices):
    """The k-th smallest values along a dim and their indices."""


class median(ValuesAndIndices):
    """Medians along a dim and their indices."""


class mode(ValuesAndIndices):
    """The most frequent values along a dim and the indices of their last occurrences."""


class nanmedian(ValuesAndIndices):
    """Medians along a dim, ignoring NaN, and their indices."""


class cummax(ValuesAndIndices):
    """Running maxima and their indices."""


class cummin(ValuesAndIndices):
    """Running minima and their indices."""


class aminmax(NamedTuple):
    """The smallest and the largest values."""

    min: Tensor
    max: Tensor

    def __repr__(self) -> str:
        return _shown(self)


def _shown(result: ValuesAndIndices | aminmax) -> str:
    parts = ",\n".join(f"{name}={part!r}" for name, part in zip(result._fields, result))
    return f"{names.package()}.return_types.{type(result).__name__}(\n{parts})"
