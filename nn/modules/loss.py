"""Loss layers: each holds the options of the function of the same name in `nn.functional`.

`reduction` is "none", "mean" (the default) or "sum"; any other value raises ValueError.
"""

from __future__ import annotations

from typing import Any

from autograd.core.tensor import Tensor

from .. import functional as F
from ..functional.reduction import REDUCTIONS
from .loss_base import _Loss, _TargetLoss, _WeightedLoss
from .margin_loss import (
    CosineEmbeddingLoss,
    HingeEmbeddingLoss,
    MarginRankingLoss,
    MultiLabelMarginLoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    SoftMarginLoss,
    TripletMarginLoss,
    TripletMarginWithDistanceLoss,
)

__all__ = [
    "MSELoss", "L1Loss", "SmoothL1Loss", "HuberLoss", "CrossEntropyLoss", "NLLLoss", "BCELoss", "BCEWithLogitsLoss",
    "KLDivLoss", "GaussianNLLLoss", "PoissonNLLLoss", "CTCLoss", "CosineEmbeddingLoss", "HingeEmbeddingLoss",
    "MarginRankingLoss", "MultiLabelMarginLoss", "MultiLabelSoftMarginLoss", "MultiMarginLoss", "SoftMarginLoss",
    "TripletMarginLoss", "TripletMarginWithDistanceLoss",
]  # fmt: skip


class MSELoss(_TargetLoss):
    """The squared error (x - t)².

    >>> import autograd
    >>> MSELoss()(autograd.tensor([1.0, 2.0]), autograd.tensor([1.0, 4.0])).item()
    2.0
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """A scalar; with the reduction "none", a loss for each element."""
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_TargetLoss, function=F.l1_loss):
    """The absolute error |x - t|."""


class SmoothL1Loss(_TargetLoss, function=F.smooth_l1_loss):
    """The absolute error, quadratic where it is below `beta`."""

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean", beta: float = 1.0
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.beta = beta


class HuberLoss(_TargetLoss, function=F.huber_loss):
    """Half the squared error where the error is below `delta`, linear with slope `delta` beyond."""

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = delta


class CrossEntropyLoss(_WeightedLoss, function=F.cross_entropy):
    """The negative logarithm of the probability that softmax(input) gives to the target.

    Logits (N, C, *), and class indices (N, *) or probabilities (N, C, *); options as for `F.cross_entropy`.

    >>> import autograd
    >>> CrossEntropyLoss()(autograd.zeros(1, 2), autograd.tensor([0])).item()
    0.6931471824645996
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing


class NLLLoss(_WeightedLoss, function=F.nll_loss):
    """The negative log-probability of the target.

    Log-probabilities (N, C, *), and class indices (N, *); options as for `F.cross_entropy`.
    """

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index


class BCELoss(_WeightedLoss, function=F.binary_cross_entropy):
    """The binary cross entropy of probabilities and targets, all in [0, 1]; `weight` broadcasts to their shape."""


class BCEWithLogitsLoss(_WeightedLoss, function=F.binary_cross_entropy_with_logits):
    """The binary cross entropy of sigmoid(input), without overflow, for targets in [0, 1].

    `weight`, and `pos_weight` of the positive term, broadcast to the input's shape.
    """

    pos_weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__(weight, size_average, reduce, reduction)
        self.register_buffer("pos_weight", pos_weight)


class KLDivLoss(_TargetLoss, function=F.kl_div):
    """The Kullback-Leibler divergence from log-probabilities to probabilities; options as for `F.kl_div`."""

    _reductions = (*REDUCTIONS, "batchmean")

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target


class GaussianNLLLoss(_Loss, function=F.gaussian_nll_loss):
    """The negative logarithm of a normal density with the predicted mean and variance; see `F.gaussian_nll_loss`."""

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        """Means, targets and variances of the same shape."""
        return self._call(input, target, var)


class PoissonNLLLoss(_Loss, function=F.poisson_nll_loss):
    """The negative logarithm of a Poisson probability with the predicted rate; options as for `F.poisson_nll_loss`."""

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        """Rates, or their logarithms, and counts of the same shape."""
        return self._call(log_input, target)


class CTCLoss(_Loss, function=F.ctc_loss):
    """The negative log-probability of label sequences, over all alignments with the input's steps (Graves, 2006).

    Options as for `F.ctc_loss`.
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(self, log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any) -> Tensor:
        """Log-probabilities (T, N, C), labels (N, S), and the lengths of both."""
        return self._call(log_probs, targets, input_lengths, target_lengths)
