"""The multivariate normal distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

from autograd import broadcast_shapes, eye, linalg, randn
from autograd.core.tensor import Tensor

from . import constraints
from .distribution import Distribution


class MultivariateNormal(Distribution):
    """The multivariate normal distribution with mean `loc` and covariance given by exactly one of three matrices.

    Args:
        loc: the mean, (*, D).
        covariance_matrix: positive definite, (*, D, D).
        precision_matrix: the inverse of the covariance, (*, D, D).
        scale_tril: the Cholesky factor of the covariance: lower triangular with a positive diagonal, (*, D, D).
        validate_args: False to skip the checks of parameters and values.

    >>> from autograd import tensor
    >>> from autograd import eye, zeros
    >>> MultivariateNormal(zeros(2), eye(2)).log_prob(zeros(2))
    tensor(-1.8379)
    """

    has_rsample = True
    arg_constraints: ClassVar[constraints.Ranges] = {
        "loc": constraints.real_vector, "covariance_matrix": constraints.positive_definite,
        "precision_matrix": constraints.positive_definite, "scale_tril": constraints.lower_cholesky,
    }  # fmt: skip
    support = constraints.real_vector

    def __init__(
        self, loc: Tensor, covariance_matrix: Tensor | None = None, precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None, validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        matrices = {
            "covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix, "scale_tril": scale_tril,
        }  # fmt: skip
        for argument, x in (("loc", loc), *matrices.items()):
            if x is not None and not isinstance(x, Tensor) or argument == "loc" and x is None:
                raise TypeError(f"{argument} must be a Tensor, but got {type(x).__name__}")
        if loc.ndim < 1:
            raise ValueError("loc must be at least one-dimensional.")
        given = [(name, matrix) for name, matrix in matrices.items() if matrix is not None]
        if len(given) != 1:
            raise ValueError(
                "Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified, "
                f"but got {len(given)} of them"
            )
        [(name, matrix)] = given
        if matrix.ndim < 2:
            raise ValueError(f"{name} must be at least two-dimensional, with optional leading batch dimensions")
        batch, size = broadcast_shapes(tuple(matrix.shape[:-2]), tuple(loc.shape[:-1])), loc.shape[-1]
        self.loc = loc.expand(*batch, size)
        self._shown = ("loc", name)
        setattr(self, name, matrix.expand(*batch, size, size))
        super().__init__(batch, (size,), validate_args)
        self._set_others(name, getattr(self, name))

    def _set_others(self, name: str, matrix: Tensor) -> None:
        """Set two of the matrices from the one with this name."""
        if name == "covariance_matrix":
            self.scale_tril = linalg.cholesky(matrix)
        elif name == "precision_matrix":
            # With P = LLᵀ flipped in both dims, P⁻¹ = MMᵀ for the lower triangular M = flip(L)⁻ᵀ.
            flipped = linalg.cholesky(matrix.flip(-2, -1)).flip(-2, -1).mT
            self.scale_tril = linalg.solve_triangular(flipped, _identity(matrix), upper=False)
        if name != "covariance_matrix":
            self.covariance_matrix = self.scale_tril @ self.scale_tril.mT
        if name != "precision_matrix":
            inverse = linalg.solve_triangular(self.scale_tril, _identity(matrix), upper=False)
            self.precision_matrix = inverse.mT @ inverse

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def variance(self) -> Tensor:
        return self.scale_tril.square().sum(-1)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        noise = randn(self._extended_shape(sample_shape), dtype=self.loc.dtype)
        return self.loc + (self.scale_tril @ noise.unsqueeze(-1)).squeeze(-1)

    def log_prob(self, value: Tensor) -> Tensor:
        self._check_value(value)
        distance = squared_distance(self.scale_tril, value - self.loc)
        return -0.5 * (self.event_shape[0] * math.log(2 * math.pi) + distance) - self.half_log_det()

    def entropy(self) -> Tensor:
        return 0.5 * self.event_shape[0] * (1 + math.log(2 * math.pi)) + self.half_log_det()

    def half_log_det(self) -> Tensor:
        """Half the logarithm of the covariance's determinant."""
        return self.scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def squared_distance(scale_tril: Tensor, offset: Tensor) -> Tensor:
    """The squared Mahalanobis distance xᵀ(LLᵀ)⁻¹x of each vector x of the offsets."""
    solved = linalg.solve_triangular(scale_tril, offset.unsqueeze(-1), upper=False)
    return solved.squeeze(-1).square().sum(-1)


def _identity(matrix: Tensor) -> Tensor:
    return eye(matrix.shape[-1], dtype=matrix.dtype)
