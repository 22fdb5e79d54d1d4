"""The results of two parts, under the names and with the repr that PyTorch gives them."""

from __future__ import annotations

from typing import NamedTuple

from ...core.tensor import Tensor


class ValuesAndIndices(NamedTuple):
    """Values along a dim and where they stand.

    >>> from autograd import tensor
    >>> tensor([[1.0, 3.0], [2.0, 0.0]]).max(1)
    autograd.return_types.max(
    values=tensor([3., 2.]),
    indices=tensor([1, 0]))
    """

    values: Tensor
    indices: Tensor

    def __repr__(self) -> str:
        parts = ",\n".join(f"{name}={part!r}" for name, part in zip(self._fields, self))
        return f"autograd.return_types.{type(self).__name__}(\n{parts})"


class max(ValuesAndIndices):
    """The largest values along a dim and where they stand."""

    __slots__ = ()


class min(ValuesAndIndices):
    """The smallest values along a dim and where they stand."""

    __slots__ = ()


class sort(ValuesAndIndices):
    """Sorted values and where they stood."""

    __slots__ = ()


class topk(ValuesAndIndices):
    """The largest or smallest values and where they stand."""

    __slots__ = ()


class kthvalue(ValuesAndIndices):
    """The k-th smallest values along a dim and where they stand."""

    __slots__ = ()


class median(ValuesAndIndices):
    """Middle values along a dim and where they stand."""

    __slots__ = ()


class mode(ValuesAndIndices):
    """The most frequent values along a dim and where they stand last."""

    __slots__ = ()


class nanmedian(ValuesAndIndices):
    """Middle values along a dim, NaN left out, and where they stand."""

    __slots__ = ()


class cummax(ValuesAndIndices):
    """The largest values so far and where they stand."""

    __slots__ = ()


class cummin(ValuesAndIndices):
    """The smallest values so far and where they stand."""

    __slots__ = ()
