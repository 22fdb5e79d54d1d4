"""Dropout: noise that keeps units from relying on each other."""

from __future__ import annotations

from autograd.tensor import Tensor

from . import functional as F
from .module import Module


class Dropout(Module):
    """While training, zero each element with probability `p` and divide the rest by 1 - p.

    After `eval()` it is the identity.

    Args:
        p: probability of an element to be zeroed.
        inplace: taken for PyTorch's sake; a new tensor is always returned.

    Raises:
        ValueError: `p` is not in [0, 1].

    >>> Dropout(0.2)
    Dropout(p=0.2, inplace=False)
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        """A tensor of the input's shape."""
        return F.dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"
