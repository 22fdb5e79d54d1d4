"""The bases of the loss layers: the reduction, the target, and the weight of each class."""

from __future__ import annotations

from autograd.core.tensor import Tensor

from ..functional.reduction import REDUCTIONS, chosen_reduction
from .function_layer import FunctionLayer

__all__ = ["_Loss", "_TargetLoss", "_WeightedLoss"]


class _Loss(FunctionLayer):
    """The base of the losses; `size_average` and `reduce` are the deprecated spelling of `reduction`."""

    _reductions: tuple[str, ...] = REDUCTIONS

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = chosen_reduction(size_average, reduce, reduction, self._reductions)


class _TargetLoss(_Loss):
    """The base of the losses of an input and its target, which have the same shape unless the loss says otherwise."""

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """A scalar; with the reduction "none", a loss for each element or row."""
        return self._call(input, target)


class _WeightedLoss(_TargetLoss):
    """The base of the losses with a weight for each class or element, or None."""

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
