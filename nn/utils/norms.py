"""Norms of weights: of each slice, and the largest singular value by power iteration."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import no_grad
from autograd.core.tensor import Tensor
from autograd.linalg.norms import vector_norm

from ..functional import normalize
from ..module import Module
from ..modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d


def norm_except_dim(weight: Tensor, dim: int | None) -> Tensor:
    """The norm of each slice along `dim`, keeping the dims; of the whole weight for None or, as in PyTorch, for -1."""
    if dim is None or dim == -1:
        return vector_norm(weight)
    kept = dim % weight.ndim
    return vector_norm(weight, dim=[i for i in range(weight.ndim) if i != kept], keepdim=True)


def output_dim(module: Module, dim: int | None) -> int:
    """`dim`, or by default the dim of the weight that counts the outputs."""
    return int(isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d))) if dim is None else dim


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """The weight as a matrix with one row for each slice along `dim`."""
    out: Tensor = weight.movedim(dim, 0).flatten(1)
    return out


def check_iterations(count: int) -> None:
    """Raise ValueError unless the number of power iterations is positive, and one that ends."""
    if not 0 < count < 10**9:
        raise ValueError(
            f"Expected n_power_iterations to be positive and below 10**9, but got n_power_iterations={count}"
        )


def initial_vectors(matrix: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """Random unit vectors u, (rows,), and v, (columns,)."""
    u, v = (autograd.randn(size, dtype=matrix.dtype) for size in matrix.shape)
    return normalize(u, dim=0, eps=eps), normalize(v, dim=0, eps=eps)


def power_iterations(matrix: Tensor, u: Tensor, v: Tensor, count: int, eps: float) -> None:
    """Improve `u` and `v` in place, as estimates of the first singular vectors."""
    with no_grad():
        for _ in range(count):
            u.copy_(normalize(matrix @ v, dim=0, eps=eps))
            v.copy_(normalize(matrix.mT @ u, dim=0, eps=eps))


def singular_value(matrix: Tensor, u: Tensor, v: Tensor) -> Any:
    """The singular value uᵀ A v. The vectors are cloned, because a later iteration overwrites them."""
    return u.clone() @ (matrix @ v.clone())
