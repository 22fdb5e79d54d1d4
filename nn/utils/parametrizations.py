"""Ready-made parametrizations: weight norm, spectral norm, and orthogonal weights."""

from __future__ import annotations

from typing import Any

from autograd import no_grad
from autograd.core.tensor import Tensor
from autograd.surface import make_public as _make_public

from ..functional import normalize
from ..module import Module
from . import norms
from .orthogonal import orthogonal
from .parametrize import is_parametrized, register_parametrization, tensor_named

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


class _WeightNorm(Module):
    def __init__(self, dim: int | None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, length: Tensor, direction: Tensor) -> Tensor:
        return direction * (length / norms.norm_except_dim(direction, self.dim))

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        return norms.norm_except_dim(weight, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int | None = 0) -> Module:
    """Parametrize a weight as g v / ‖v‖, with the norm g and the direction v as parameters `original0` and `original1`.

    Args:
        module: the module that has the weight; it is changed, and returned.
        name: the name of the weight.
        dim: each slice along this dim has its own norm; None for one norm of the whole weight.

    Returns:
        The module. It also loads state dicts saved with the older `nn.utils.weight_norm`.

    Raises:
        ValueError: there is no such weight.

    >>> from nn import Linear
    >>> [name for name, _ in weight_norm(Linear(3, 2)).named_parameters()]
    ['bias', 'parametrizations.weight.original0', 'parametrizations.weight.original1']
    """
    if is_parametrized(module, name):
        raise ValueError(f"the tensor '{name}' is parametrized already: weight_norm must be its first parametrization")
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
            u, v = norms.initial_vectors(norms.as_matrix(weight, dim), eps)
            self.register_buffer("_u", u)
            self.register_buffer("_v", v)
            with no_grad():
                norms.power_iterations(norms.as_matrix(weight, dim), u, v, 15, eps)

    def forward(self, weight: Tensor) -> Tensor:
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix, u, v = norms.as_matrix(weight, self.dim), self.get_buffer("_u"), self.get_buffer("_v")
        if self.training:
            norms.power_iterations(matrix, u, v, self.n_power_iterations, self.eps)
        return weight / norms.singular_value(matrix, u, v)

    def right_inverse(self, value: Tensor) -> Tensor:
        return value


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """Divide a weight, as a matrix, by its largest singular value, which is estimated by power iteration.

    Args:
        module: the module that has the weight; it is changed, and returned.
        name: the name of the weight.
        n_power_iterations: the number of power iterations at each access to the weight in training mode.
        eps: the smallest norm that vectors are divided by.
        dim: the dim that counts the outputs; by default 1 for transposed convolutions and 0 for others.

    Raises:
        ValueError: there is no such weight, or the number of iterations is not positive.
    """
    weight = tensor_named(module, name)
    norms.check_iterations(n_power_iterations)
    parametrization = _SpectralNorm(weight.detach(), n_power_iterations, norms.output_dim(module, dim), eps)
    return register_parametrization(module, name, parametrization)


_make_public(globals())
