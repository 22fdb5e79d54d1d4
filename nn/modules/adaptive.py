"""A softmax over very many classes: the frequent ones at once, the rare ones in clusters of their own."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np

from autograd import cat, gather
from autograd.base.dtypes import dtype as DType
from autograd.core.tensor import Tensor, wrap

from .. import functional as F
from ..module import Module
from .container import ModuleList, Sequential
from .linear import Linear


class ASMoutput(NamedTuple):
    """What `AdaptiveLogSoftmaxWithLoss` gives: the log-probability of each target, and the loss."""

    output: Tensor
    loss: Tensor


class AdaptiveLogSoftmaxWithLoss(Module):
    """The log-probabilities of targets among many classes, and their loss (Grave et al., 2016).

    Classes are sorted by frequency, the most frequent first. Those below the first cutoff have each an output of
    `head`, every cluster of others has one together; within a cluster the probabilities come from its own two linear
    maps in `tail`, which are narrower the rarer its classes are, and are only computed if a target is in it.

    Args:
        in_features: features of an input.
        n_classes: how many classes there are.
        cutoffs: where the clusters begin, increasing.
        div_value: by what the inner features of a cluster are fewer than those of the one before.
        head_bias: whether `head` has a bias.

    Raises:
        ValueError: cutoffs that are not whole numbers from 1 to `n_classes` - 1, each larger than the one before.

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
        """Inputs (N, in_features) or (in_features,) and classes (N,) or () to log-probabilities, like the classes.

        Raises:
            RuntimeError: shapes that don't fit, or a target that is no class.
        """
        if target_.ndim > 1 or input_.ndim != target_.ndim + 1 or input_.shape[:-1] != target_.shape:
            raise RuntimeError(
                "expected input (N, in_features) and target (N,), or (in_features,) and (), but got "
                f"{tuple(input_.shape)} and {tuple(target_.shape)}"
            )
        input, target = input_.reshape(-1, input_.shape[-1]), np.asarray(target_.array).reshape(-1)
        if target.size and not 0 <= target.min() <= target.max() < self.n_classes:
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range [{target.min()}, "
                f"{target.max()}] were found. "
            )
        cluster = np.searchsorted(self.cutoffs, target, side="right")
        column = np.where(cluster == 0, target, self.shortlist_size + cluster - 1)
        output = _picked(self.head(input), column)
        for i, tail in enumerate(self.tail, start=1):
            rows = np.flatnonzero(cluster == i)
            if rows.size:
                at = wrap(rows)
                within = _picked(tail(input.index_select(0, at)), target[rows] - self.cutoffs[i - 1])
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


def _picked(scores: Tensor, column: Any) -> Tensor:
    """The log-probability in one column of each row of scores."""
    return gather(F.log_softmax(scores, 1), 1, wrap(column[:, None])).squeeze(1)
