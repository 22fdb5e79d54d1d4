"""Embedding layers: a table of learned vectors, looked up by index."""

from __future__ import annotations

from typing import Any

import autograd
from autograd.base.dtypes import dtype as DType
from autograd.core.tensor import Tensor
from autograd.core.writes import write

from .. import functional as F, init
from ..functional.embedding import padding_row
from ..module import Module
from ..parameter import Parameter
from .function_layer import non_default

__all__ = ["Embedding", "EmbeddingBag"]


class _Table(Module):
    """The base of the embedding layers: a table of learned vectors; that of `padding_idx` is 0."""

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None,
        weight: Tensor | None,
        requires_grad: bool,
        device: Any,
        dtype: DType | None,
    ) -> None:
        super().__init__()
        self.num_embeddings = num_embeddings
        self.embedding_dim = embedding_dim
        self.padding_idx = padding_row(padding_idx, num_embeddings)
        if weight is not None and tuple(weight.shape) != (num_embeddings, embedding_dim):
            raise AssertionError(
                f"Shape of weight does not match num_embeddings and embedding_dim: it is {tuple(weight.shape)}, but "
                f"expected {(num_embeddings, embedding_dim)}"
            )
        table = autograd.empty(num_embeddings, embedding_dim, device=device, dtype=dtype) if weight is None else weight
        self.weight = Parameter(table, requires_grad)
        if weight is None:
            self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw new vectors."""
        init.normal_(self.weight)
        if self.padding_idx is not None:
            write(self.weight)[self.padding_idx] = 0


class Embedding(_Table):
    """A learned vector for each of `num_embeddings` indices, initialized from the standard normal distribution.

    Args:
        num_embeddings, embedding_dim: the size of the table.
        padding_idx: an index whose vector is 0 and receives no gradient.
        max_norm: looked-up vectors with a larger norm are scaled to it, in place.
        norm_type: the p of that norm.
        scale_grad_by_freq: divide a vector's gradient by the number of its lookups.
        sparse: accepted for compatibility with PyTorch; gradients are dense.

    >>> table = Embedding(10, 3, padding_idx=0)
    >>> table
    Embedding(10, 3, padding_idx=0)
    >>> tuple(table(autograd.tensor([[1, 2], [0, 1]])).shape)
    (2, 2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
        _weight: Tensor | None = None,
        _freeze: bool = False,
        device: Any = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(num_embeddings, embedding_dim, padding_idx, _weight, not _freeze, device, dtype)
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.sparse = sparse

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        padding_idx: int | None = None,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        sparse: bool = False,
    ) -> Embedding:
        """An embedding of the given table (V, D); not trained if `freeze`."""
        count, dim = embeddings.shape
        return cls(count, dim, padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse, embeddings, freeze)

    def forward(self, input: Tensor) -> Tensor:
        """(*) to (*, embedding_dim)."""
        return F.embedding(
            input, self.weight, self.padding_idx, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.sparse
        )

    def extra_repr(self) -> str:
        options = non_default(
            self, padding_idx=None, max_norm=None, norm_type=2.0, scale_grad_by_freq=False, sparse=False
        )
        return f"{self.num_embeddings}, {self.embedding_dim}{options}"


class EmbeddingBag(_Table):
    """The sum, mean or maximum of the vectors in each bag of indices; the vectors are as in `Embedding`.

    Args: as for `Embedding`, and
        mode: "sum", "mean" or "max".
        include_last_offset: whether the last offset is the length of the input.
        padding_idx: an index that is ignored; its vector is 0 and receives no gradient.

    >>> bags = EmbeddingBag(10, 3, mode="sum")
    >>> tuple(bags(autograd.tensor([1, 2, 4, 5]), autograd.tensor([0, 3])).shape)
    (2, 3)
    """

    def __init__(
        self,
        num_embeddings: int,
        embedding_dim: int,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        _weight: Tensor | None = None,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
        device: Any = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__(num_embeddings, embedding_dim, padding_idx, _weight, True, device, dtype)
        self.max_norm = max_norm
        self.norm_type = norm_type
        self.scale_grad_by_freq = scale_grad_by_freq
        self.mode = mode
        self.sparse = sparse
        self.include_last_offset = include_last_offset

    @classmethod
    def from_pretrained(
        cls,
        embeddings: Tensor,
        freeze: bool = True,
        max_norm: float | None = None,
        norm_type: float = 2.0,
        scale_grad_by_freq: bool = False,
        mode: str = "mean",
        sparse: bool = False,
        include_last_offset: bool = False,
        padding_idx: int | None = None,
    ) -> EmbeddingBag:
        """An embedding of the given table (V, D); not trained if `freeze`."""
        count, dim = embeddings.shape
        bag = cls(
            count, dim, max_norm, norm_type, scale_grad_by_freq, mode, sparse, embeddings, include_last_offset,
            padding_idx,
        )  # fmt: skip
        bag.weight.requires_grad_(not freeze)
        return bag

    def forward(self, input: Tensor, offsets: Tensor | None = None, per_sample_weights: Tensor | None = None) -> Tensor:
        """Bags (B, n), or (n,) with the start offsets (B,) of the bags, to (B, embedding_dim)."""
        return F.embedding_bag(
            input, self.weight, offsets, self.max_norm, self.norm_type, self.scale_grad_by_freq, self.mode, self.sparse,
            per_sample_weights, self.include_last_offset, self.padding_idx,
        )  # fmt: skip

    def extra_repr(self) -> str:
        options = non_default(self, max_norm=None, norm_type=2.0, scale_grad_by_freq=False)
        padding = non_default(self, padding_idx=None)
        return f"{self.num_embeddings}, {self.embedding_dim}{options}, mode={self.mode!r}{padding}"
