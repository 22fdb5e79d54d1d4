"""Weight norm and spectral norm as PyTorch had them first: the weight is computed before each call of the module."""

from __future__ import annotations

import warnings
from typing import Any, TypeVar

from autograd.core.tensor import Tensor

from ..module import Module
from ..parameter import Parameter
from .norms import as_matrix, check_iterations, first_directions, iterate, largest, norm_except, output_dim

M = TypeVar("M", bound=Module)


class _Recomputed:
    """The hook before a call: it sets the weight, which is no parameter any more."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, module: Module, args: Any) -> None:
        self.prepare(module)
        setattr(module, self.name, self.weight(module))

    def prepare(self, module: Module) -> None:
        """What is to be done before a call, and not where the weight is only asked for."""

    def weight(self, module: Module) -> Tensor:
        """The weight, from what the module keeps."""
        raise NotImplementedError(f"{type(self).__name__}: a reweighting says in `weight` what the weight is")

    def remove(self, module: Module, *kept: str) -> None:
        """Make the weight a parameter of its present value, and forget what was kept."""
        weight = self.weight(module).detach()
        for name in (self.name, *kept):
            delattr(module, name)
        module.register_parameter(self.name, Parameter(weight))
        module._table().before[:] = [entry for entry in module._table().before if entry[0] is not self]


class _WeightNorm(_Recomputed):
    def __init__(self, name: str, dim: int | None) -> None:
        super().__init__(name)
        self.dim = dim

    def weight(self, module: Module) -> Tensor:
        length, direction = getattr(module, f"{self.name}_g"), getattr(module, f"{self.name}_v")
        weight: Tensor = direction * (length / norm_except(direction, self.dim))
        return weight


class _SpectralNorm(_Recomputed):
    def __init__(self, name: str, n_power_iterations: int, dim: int, eps: float) -> None:
        super().__init__(name)
        self.n_power_iterations = n_power_iterations
        self.dim = dim
        self.eps = eps

    def prepare(self, module: Module) -> None:
        if module.training:
            original, u, v = self.kept(module)
            iterate(as_matrix(original, self.dim), u, v, self.n_power_iterations, self.eps)

    def weight(self, module: Module) -> Tensor:
        original, u, v = self.kept(module)
        weight: Tensor = original / largest(as_matrix(original, self.dim), u, v)
        return weight

    def kept(self, module: Module) -> list[Tensor]:
        """What the weight is computed from."""
        return [getattr(module, f"{self.name}_{kept}") for kept in ("orig", "u", "v")]


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Let a weight be length times direction: `weight_g` · `weight_v` / |`weight_v`|.

    The older form, which warns: `parametrizations.weight_norm` is the newer. Arguments as there.

    Raises:
        RuntimeError: it is there already.
    """
    warnings.warn(
        "`nn.utils.weight_norm` is deprecated in favor of `nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
        stacklevel=2,
    )
    _check_once(module, name, _WeightNorm, "weight_norm")
    weight = module.get_parameter(name)
    delattr(module, name)
    module.register_parameter(f"{name}_g", Parameter(norm_except(weight.detach(), dim)))
    module.register_parameter(f"{name}_v", Parameter(weight.detach()))
    hook = _WeightNorm(name, dim)
    hook(module, ())
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Make the weight a parameter again.

    Raises:
        ValueError: the module has no weight norm of that name.
    """
    _found(module, name, _WeightNorm, "weight_norm").remove(module, f"{name}_g", f"{name}_v")
    return module


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Divide a weight by its largest singular value, found by power iteration: `weight_orig`, `weight_u`, `weight_v`.

    The older form: `parametrizations.spectral_norm` is the newer. Arguments and errors as there.

    Raises:
        RuntimeError: it is there already.
    """
    check_iterations(n_power_iterations)
    _check_once(module, name, _SpectralNorm, "spectral_norm")
    weight, outputs = module.get_parameter(name), output_dim(module, dim)
    u, v = first_directions(as_matrix(weight.detach(), outputs), eps)
    delattr(module, name)
    module.register_parameter(f"{name}_orig", weight)
    module.register_buffer(f"{name}_u", u)
    module.register_buffer(f"{name}_v", v)
    setattr(module, name, weight.detach())
    module.register_forward_pre_hook(_SpectralNorm(name, n_power_iterations, outputs, eps))
    return module


def remove_spectral_norm(module: M, name: str = "weight") -> M:
    """Make the weight a parameter again.

    Raises:
        ValueError: the module has no spectral norm of that name.
    """
    _found(module, name, _SpectralNorm, "spectral_norm").remove(module, f"{name}_orig", f"{name}_u", f"{name}_v")
    return module


def _hooks(module: Module, name: str, kind: type[_Recomputed]) -> list[_Recomputed]:
    entries = [] if module._hooks is None else module._hooks.before
    return [hook for hook, _ in entries if isinstance(hook, kind) and hook.name == name]


def _check_once(module: Module, name: str, kind: type[_Recomputed], called: str) -> None:
    if _hooks(module, name, kind):
        raise RuntimeError(f"Cannot register two {called} hooks on the same parameter {name}")


def _found(module: Module, name: str, kind: type[_Recomputed], called: str) -> _Recomputed:
    for hook in _hooks(module, name, kind):
        return hook
    raise ValueError(f"{called} of '{name}' not found in {module}")
