"""Dropout layers: zero elements, or whole channels, at random in training; the identity after `eval()`."""

from __future__ import annotations

from autograd.core.tensor import Tensor

from .. import functional as F
from ..functional.dropout import check_probability
from .function_layer import FunctionLayer

__all__ = ["Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"]


class _DropoutNd(FunctionLayer, shown=("p", "inplace")):
    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        check_probability(p)
        self.p = p
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        return self._function(input, self.p, self.training, self.inplace)


class Dropout(_DropoutNd, function=F.dropout):
    """In training, zero each element with probability `p` and divide the rest by 1 - p.

    Args:
        p: probability of zeroing an element.
        inplace: overwrite the input and return it.

    Raises:
        ValueError: `p` is not in [0, 1].

    >>> Dropout(0.2)
    Dropout(p=0.2, inplace=False)
    """


class Dropout1d(_DropoutNd, function=F.dropout1d):
    """As `Dropout`, but whole channels of (N, C, L) or (C, L) are zeroed."""


class Dropout2d(_DropoutNd, function=F.dropout2d):
    """As `Dropout`, but whole channels of (N, C, H, W) are zeroed."""


class Dropout3d(_DropoutNd, function=F.dropout3d):
    """As `Dropout`, but whole channels of (N, C, D, H, W) or (C, D, H, W) are zeroed."""


class AlphaDropout(_DropoutNd, function=F.alpha_dropout):
    """Dropout for `SELU`: standard normal inputs keep mean 0 and variance 1 (Klambauer, 2017)."""


class FeatureAlphaDropout(_DropoutNd, function=F.feature_alpha_dropout):
    """As `AlphaDropout`, but whole channels of (N, C, *) are dropped."""
