"""The distribution of Lewandowski, Kurowicka and Joe (2009) over the Cholesky factors of correlation matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from autograd import arange, as_tensor, diag_embed, mvlgamma, randn
from autograd.core.tensor import Tensor

from . import constraints
from .beta import Beta
from .distribution import Distribution


class LKJCholesky(Distribution):
    """Lower triangular L with rows of length 1; the density of L Lᵀ is in proportion to det(L Lᵀ)^(concentration - 1).

    Args:
        dim: the number of rows, 2 or more.
        concentration: above 1, matrices near the identity are more probable; at 1, all are equally so.

    Raises:
        ValueError: `dim` is below 2.
    """

    _shown = ("concentration",)
    arg_constraints: ClassVar[constraints.Ranges] = {"concentration": constraints.positive}
    support = constraints.corr_cholesky

    def __init__(self, dim: int, concentration: Tensor | float = 1.0, validate_args: bool | None = None) -> None:
        if dim < 2:
            raise ValueError(f"Expected dim to be an integer greater than or equal to 2. Found dim={dim}.")
        self.dim = dim
        self.concentration = as_tensor(concentration)
        super().__init__(self.concentration.shape, (dim, dim), validate_args)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draws by rows: what is left of the diagonal has a uniform direction, and a squared length from a beta."""
        shape = self._extended_shape(sample_shape)
        left = arange(1.0, self.dim)  # the number of entries left of the diagonal, from the second row on
        concentration = self.concentration.detach().unsqueeze(-1)
        squared = Beta(left / 2, concentration + (self.dim - 1 - left) / 2).sample(sample_shape)
        direction = randn(shape, dtype=self.concentration.dtype).tril(-1)[..., 1:, :]
        rows = direction / direction.norm(dim=-1, keepdim=True) * squared.sqrt().unsqueeze(-1)
        lengths = (1 - squared).sqrt()
        factor = diag_embed(lengths.new_ones((*lengths.shape[:-1], self.dim)))
        factor[..., 1:, :] = rows
        factor[..., 1:, 1:] += diag_embed(lengths)
        return factor

    def log_prob(self, value: Tensor) -> Tensor:
        """Σ (dim - i + 2 (concentration - 1)) log L_ii over the rows i from the second, normalized."""
        self._check_value(value)
        lengths = value.diagonal(dim1=-2, dim2=-1)[..., 1:]
        powers = self.dim - arange(2, self.dim + 1) + 2 * (self.concentration - 1).unsqueeze(-1)
        rows = self.dim - 1
        top = self.concentration + rows / 2
        total = rows / 2 * math.log(math.pi) + mvlgamma(top - 0.5, rows) - top.lgamma() * rows
        return (powers * lengths.log()).sum(-1) - total
