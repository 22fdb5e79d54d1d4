"""Distances and angles between vectors, as layers."""

from __future__ import annotations

from autograd.core.tensor import Tensor

from .. import functional as F
from ..module import Module

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class CosineSimilarity(Module):
    """The cosine of the angle between vectors along `dim`; norms below `eps` are replaced by `eps`.

    >>> from autograd import tensor
    >>> CosineSimilarity(dim=0)(tensor([1.0, 0.0]), tensor([2.0, 0.0])).item()
    1.0
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Two tensors that broadcast to a shape; the result has that shape without `dim`."""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """The p-norm of x1 - x2 + eps along the last dim."""

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """Two tensors (N, D) or (D,) to (N,) or a scalar."""
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
