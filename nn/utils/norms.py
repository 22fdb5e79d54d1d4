"""TODO: say what idea this file holds."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import no_grad
from autograd.core.tensor import Tensor
from autograd.linalg.solvers import vector_norm

from ..functional import normalize
from ..module import Module
from ..modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d


def norm_except(weight: Tensor, dim: int | None) -> Tensor:
    """The length of each slice along `dim`, kept as a dim; of the whole if None, or -1, as PyTorch has it."""
    if dim is None or dim == -1:
        return vector_norm(weight)
    kept = dim % weight.ndim
    return vector_norm(weight, dim=[i for i in range(weight.ndim) if i != kept], keepdim=True)


def output_dim(module: Module, dim: int | None) -> int:
    """The dim of a weight that counts the outputs."""
    return int(isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d))) if dim is None else dim


def as_matrix(weight: Tensor, dim: int) -> Tensor:
    """The weight as (outputs, the rest)."""
    out: Tensor = weight.movedim(dim, 0).flatten(1)
    return out


def check_iterations(count: int) -> None:
    """Raise ValueError unless there is a power iteration."""
    if count <= 0:
        raise ValueError(f"Expected n_power_iterations to be positive, but got n_power_iterations={count}")


def first_directions(matrix: Tensor, eps: float) -> tuple[Tensor, Tensor]:
    """Two random directions, of the outputs and of the inputs."""
    u, v = (autograd.randn(size, dtype=matrix.dtype) for size in matrix.shape)
    return normalize(u, dim=0, eps=eps), normalize(v, dim=0, eps=eps)


def iterate(matrix: Tensor, u: Tensor, v: Tensor, count: int, eps: float) -> None:
    """Turn `u` and `v` towards the first singular vectors, in place."""
    with no_grad():
        for _ in range(count):
            u.copy_(normalize(matrix @ v, dim=0, eps=eps))
            v.copy_(normalize(matrix.mT @ u, dim=0, eps=eps))


def largest(matrix: Tensor, u: Tensor, v: Tensor) -> Any:
    """The singular value that belongs to `u` and `v`."""
    return u.clone() @ (matrix @ v.clone())
