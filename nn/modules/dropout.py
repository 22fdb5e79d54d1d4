"""Dropout layers: zero elements, or whole channels, at random in training; the identity after `eval()`."""

from __future__ import annotations

from autograd.core.tensor import Tensor

from .. import functional as F
from ..functional.dropout import check_probability
from ..module import Module

__all__ = ["Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "AlphaDropout", "FeatureAlphaDropout"]


class _Dropout(Module):
    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        check_probability(p)
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """In training, zero each element with probability `p` and divide the rest by 1 - p.

    Args:
        p: probability of zeroing an element.
        inplace: overwrite the input and return it.

    Raises:
        ValueError: `p` is not in [0, 1].

    >>> Dropout(0.2)
    Dropout(p=0.2, inplace=False)
    """

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        return F.dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_Dropout):
    """As `Dropout`, but whole channels of (N, C, L) or (C, L) are zeroed."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        return F.dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_Dropout):
    """As `Dropout`, but whole channels of (N, C, H, W) are zeroed."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        return F.dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_Dropout):
    """As `Dropout`, but whole channels of (N, C, D, H, W) or (C, D, H, W) are zeroed."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        return F.dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropout):
    """Dropout for `SELU`: standard normal inputs keep mean 0 and variance 1 (Klambauer, 2017)."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        return F.alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(_Dropout):
    """As `AlphaDropout`, but whole channels of (N, C, *) are dropped."""

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        return F.feature_alpha_dropout(input, self.p, self.training, self.inplace)
