"""Weights of a given length, as parametrizations: weight norm and spectral norm; `orthogonal` beside them."""

from __future__ import annotations

from typing import Any

import autograd
from autograd import no_grad
from autograd.core.tensor import Tensor
from autograd.linalg.norms import vector_norm

from ..functional import normalize
from ..module import Module
from ..modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from .orthogonal import orthogonal
from .parametrize import register_parametrization

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


class _WeightNorm(Module):
    def __init__(self, dim: int | None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, length: Tensor, direction: Tensor) -> Tensor:
        return direction * (length / norm_except(direction, self.dim))

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        return norm_except(weight, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Let a weight be length times direction, g v / |v|, each trained on its own: `original0` and `original1`.

    Args:
        module: whose weight.
        name: of the weight.
        dim: the dim whose slices have a length each; None for one length of all.

    Returns:
        the module, which also loads what was saved with the older `nn.utils.weight_norm`.

    >>> from nn import Linear
    >>> [name for name, _ in weight_norm(Linear(3, 2)).named_parameters()]
    ['bias', 'parametrizations.weight.original0', 'parametrizations.weight.original1']
    """
    register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def rename(owner: Module, state: dict[str, Any], prefix: str, *_: Any) -> None:
        for older, newer in (("g", "original0"), ("v", "original1")):
            if f"{prefix}{name}_{older}" in state:
                state[f"{prefix}parametrizations.{name}.{newer}"] = state.pop(f"{prefix}{name}_{older}")

    module.register_load_state_dict_pre_hook(rename)
    return module


class _SpectralNorm(Module):
    def __init__(self, weight: Tensor, n_power_iterations: int, dim: int, eps: float) -> None:
        super().__init__()
        self.n_power_iterations = n_power_iterations
        self.dim = dim
        self.eps = eps
        if weight.ndim > 1:
            u, v = first_directions(as_matrix(weight, dim), eps)
            self.register_buffer("_u", u)
            self.register_buffer("_v", v)
            with no_grad():
                iterate(as_matrix(weight, dim), u, v, 15, eps)

    def forward(self, weight: Tensor) -> Tensor:
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix, u, v = as_matrix(weight, self.dim), self.get_buffer("_u"), self.get_buffer("_v")
        if self.training:
            iterate(matrix, u, v, self.n_power_iterations, self.eps)
        return weight / largest(matrix, u, v)

    def right_inverse(self, value: Tensor) -> Tensor:
        return value


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """Divide a weight, as a matrix, by its largest singular value, which each step in training finds more exactly.

    Args:
        module: whose weight.
        name: of the weight.
        n_power_iterations: how many power iterations each reading of the weight makes in training.
        eps: what keeps lengths from 0.
        dim: the dim of the outputs; 1 for transposed convolutions, otherwise 0, if left out.

    Raises:
        ValueError: there is no such weight, or no iteration.
    """
    weight = module._parameters.get(name)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    check_iterations(n_power_iterations)
    parametrization = _SpectralNorm(weight.detach(), n_power_iterations, output_dim(module, dim), eps)
    return register_parametrization(module, name, parametrization)


# -- what the older forms share -----------------------------------------------------------------------------------


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
