"""Adaptive softmax over many classes: the frequent ones in the head, the rare ones in clusters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from autograd import cat, gather
from autograd.base.dtypes import dtype as DType
from autograd.base.symbolic import as_array
from autograd.core.tensor import Tensor, wrap

from .. import functional as F
from ..module import Module
from .container import ModuleList, Sequential
from .linear import Linear

__all__ = ["AdaptiveLogSoftmaxWithLoss"]


class ASMoutput(NamedTuple):
    """The result of `AdaptiveLogSoftmaxWithLoss`: the log-probability of each target, and the loss."""

    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """The log-probabilities of targets among many classes, and their mean negative (Grave et al., 2016).

    Classes must be sorted by frequency, the most frequent first. `head` has one output for each class below the first
    cutoff, and one for each cluster of rarer classes. The probabilities within a cluster come from two linear layers
    in `tail`, narrower for rarer classes, that are computed only if a target is in the cluster.

    Args:
        in_features: number of features of an input.
        n_classes: number of classes.
        cutoffs: the first class of each cluster, increasing.
        div_value: the factor by which the inner features decrease from one cluster to the next.
        head_bias: whether `head` has a bias.

    Raises:
        ValueError: the cutoffs are not strictly increasing integers from 1 to `n_classes` - 1.

    >>> from autograd import ones, tensor
    >>> layer = AdaptiveLogSoftmaxWithLoss(16, 1000, cutoffs=[10, 100])
    >>> output, loss = layer(ones(3, 16), tensor([2, 50, 999]))
    >>> tuple(output.shape), bool(loss == -output.mean())
    ((3,), True)
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        bounds = [0, *cutoffs, n_classes]
        if len(bounds) < 3 or any(int(c) != c for c in cutoffs) or not all(a < b for a, b in pairwise(bounds)):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each "
                f"value is between 1 and n_classes-1, but got {list(cutoffs)} for n_classes={n_classes}"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = bounds[1:]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = bounds[1]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        self.head = Linear(in_features, self.head_size, head_bias, device, dtype)
        self.tail = ModuleList()
        for i, (first, end) in enumerate(pairwise(self.cutoffs), start=1):
            width = int(in_features // div_value**i)
            inner = Linear(in_features, width, False, device, dtype)
            self.tail.append(Sequential(inner, Linear(width, end - first, False, device, dtype)))

    def reset_parameters(self) -> None:
        """Draw new weights."""
        for module in self.modules():
            if isinstance(module, Linear):
                module.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> ASMoutput:
        """Inputs (N, in_features) or (in_features,) and classes (N,) or () to log-probabilities of the classes' shape.

        Raises:
            RuntimeError: shapes do not match, or a target is not a class.
        """
        if target_.ndim > 1 or input_.ndim != target_.ndim + 1 or input_.shape[:-1] != target_.shape:
            raise RuntimeError(
                "expected input (N, in_features) and target (N,), or (in_features,) and (), but got "
                f"{tuple(input_.shape)} and {tuple(target_.shape)}"
            )
        input, target = input_.reshape(-1, input_.shape[-1]), as_array(target_.array).reshape(-1)
        if target.size and not 0 <= target.min() <= target.max() < self.n_classes:
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range [{target.min()}, "
                f"{target.max()}] were found. "
            )
        cluster = np.searchsorted(self.cutoffs, target, side="right")
        column = np.where(cluster == 0, target, self.shortlist_size + cluster - 1)
        output = _log_softmax_at(self.head(input), column)
        for i, tail in enumerate(self.tail, start=1):
            rows = np.flatnonzero(cluster == i)
            if rows.size:
                at = wrap(rows)
                within = _log_softmax_at(tail(input.index_select(0, at)), target[rows] - self.cutoffs[i - 1])
                output = output.index_add(0, at, within)
        return ASMoutput(output.reshape(target_.shape), -output.mean())

    def log_prob(self, input: Tensor) -> Tensor:
        """The log-probabilities of all classes: (N, in_features) to (N, n_classes)."""
        head = F.log_softmax(self.head(input), 1)
        clusters = [
            F.log_softmax(tail(input), 1) + head[:, i : i + 1]
            for i, tail in enumerate(self.tail, start=self.shortlist_size)
        ]
        return cat([head[:, : self.shortlist_size], *clusters], 1)

    def predict(self, input: Tensor) -> Tensor:
        """The most probable class of each input: (N, in_features) to (N,)."""
        return self.log_prob(input).argmax(1)


def _log_softmax_at(scores: Tensor, column: Any) -> Tensor:
    """The log-softmax of each row of scores, at one column per row."""
    return gather(F.log_softmax(scores, 1), 1, wrap(column[:, None])).squeeze(1)
