"""Margin losses as layers: each holds the options of the function of the same name in `nn.functional`."""

from __future__ import annotations

from collections.abc import Callable

from autograd.core.tensor import Tensor

from .. import functional as F
from .loss_base import _Loss, _TargetLoss, _WeightedLoss

__all__ = [
    "MarginRankingLoss", "HingeEmbeddingLoss", "CosineEmbeddingLoss", "TripletMarginLoss",
    "TripletMarginWithDistanceLoss", "SoftMarginLoss", "MultiMarginLoss", "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
]  # fmt: skip


class _MarginLoss(_Loss):
    """The base of the losses of two inputs and a target; their only option is a margin, 0 by default."""

    def __init__(
        self, margin: float = 0.0, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """A scalar; with the reduction "none", a loss for each target."""
        return self._call(input1, input2, target)


class MarginRankingLoss(_MarginLoss, function=F.margin_ranking_loss):
    """max(0, margin - t (x1 - x2)): x1 should be larger than x2 where t = 1, smaller where t = -1; all of one shape."""


class HingeEmbeddingLoss(_TargetLoss, function=F.hinge_embedding_loss):
    """A distance where t = 1, max(0, margin - distance) where t = -1."""

    def __init__(
        self, margin: float = 1.0, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.margin = margin


class CosineEmbeddingLoss(_MarginLoss, function=F.cosine_embedding_loss):
    """1 - cos(x1, x2) where t = 1, max(0, cos(x1, x2) - margin) where t = -1, of vectors (N, D) and targets (N,)."""


class TripletMarginLoss(_Loss, function=F.triplet_margin_loss):
    """max(0, margin + d(a, p) - d(a, n)); options as for `F.triplet_margin_loss`."""

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        if margin <= 0:
            raise ValueError(f"{type(self).__name__}: expected margin to be greater than 0, got {margin} instead")
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Three tensors (N, D)."""
        return self._call(anchor, positive, negative)


class TripletMarginWithDistanceLoss(_Loss, function=F.triplet_margin_with_distance_loss):
    """As `TripletMarginLoss`, with any function of two tensors as the distance."""

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(reduction=reduction)
        if margin <= 0:
            raise ValueError(f"{type(self).__name__}: expected margin to be greater than 0, got {margin} instead")
        self.distance_function = F.pairwise_distance if distance_function is None else distance_function
        self.margin = margin
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Three tensors that `distance_function` accepts in pairs."""
        return self._call(anchor, positive, negative)


class SoftMarginLoss(_TargetLoss, function=F.soft_margin_loss):
    """log(1 + exp(-t x)) for targets t of 1 and -1."""


class MultiMarginLoss(_WeightedLoss, function=F.multi_margin_loss):
    """How far the target's score fails to exceed the others by a margin.

    Scores (N, C), and class indices (N,); options as for `F.multi_margin_loss`.
    """

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError(f"only p == 1 and p == 2 supported, but got p={p}")
        self.p = p
        self.margin = margin


class MultiLabelMarginLoss(_TargetLoss, function=F.multilabel_margin_loss):
    """How far the target classes' scores fail to exceed the others by 1.

    Scores (N, C), and class indices (N, C), of which the first -1 ends the row's list.
    """


class MultiLabelSoftMarginLoss(_WeightedLoss, function=F.multilabel_soft_margin_loss):
    """The binary cross entropy of sigmoid(x) for scores (N, C) and targets 0 or 1, averaged over the classes."""
