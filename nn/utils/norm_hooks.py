"""The older weight norm and spectral norm: a hook recomputes the weight before each call of the module."""

from __future__ import annotations

import warnings
from typing import Any, TypeVar

from autograd.core.errors import users_level
from autograd.core.tensor import Tensor

from ..module import Module
from ..parameter import Parameter
from . import norms

M = TypeVar("M", bound=Module)


class _WeightHook:
    """A forward pre-hook that computes a weight from other parameters and assigns it as a plain attribute."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, module: Module, args: Any) -> None:
        self.prepare(module)
        setattr(module, self.name, self.weight(module))

    def prepare(self, module: Module) -> None:
        """Called before each call of the module, but not when the hook is removed."""

    def weight(self, module: Module) -> Tensor:
        """Compute the weight; every subclass defines it."""
        raise NotImplementedError(f"{type(self).__name__}: a subclass must define `weight`")


class _WeightNorm(_WeightHook):
    def __init__(self, name: str, dim: int | None) -> None:
        super().__init__(name)
        self.dim = dim

    def weight(self, module: Module) -> Tensor:
        length, direction = getattr(module, f"{self.name}_g"), getattr(module, f"{self.name}_v")
        weight: Tensor = direction * (length / norms.norm_except_dim(direction, self.dim))
        return weight


class _SpectralNorm(_WeightHook):
    def __init__(self, name: str, n_power_iterations: int, dim: int, eps: float) -> None:
        super().__init__(name)
        self.n_power_iterations = n_power_iterations
        self.dim = dim
        self.eps = eps

    def prepare(self, module: Module) -> None:
        if module.training:
            original, u, v = self.parts(module)
            # v before u, as in PyTorch; the newer parametrization updates u first.
            norms.power_iterations(norms.as_matrix(original, self.dim).mT, v, u, self.n_power_iterations, self.eps)

    def weight(self, module: Module) -> Tensor:
        original, u, v = self.parts(module)
        weight: Tensor = original / norms.singular_value(norms.as_matrix(original, self.dim), u, v)
        return weight

    def parts(self, module: Module) -> list[Tensor]:
        """The original weight and the singular vectors."""
        return [getattr(module, f"{self.name}_{suffix}") for suffix in ("orig", "u", "v")]


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Parametrize a weight as `weight_g` · `weight_v` / ‖`weight_v`‖.

    Deprecated in favor of `parametrizations.weight_norm`, which has the same arguments.

    Raises:
        RuntimeError: the weight already has a weight norm.
    """
    warnings.warn(
        "`nn.utils.weight_norm` is deprecated in favor of `nn.utils.parametrizations.weight_norm`.",
        FutureWarning,
        stacklevel=users_level(),
    )
    _check_not_registered(module, name, _WeightNorm, "weight_norm")
    weight = module.get_parameter(name)
    length = norms.norm_except_dim(weight.detach(), dim)
    delattr(module, name)
    module.register_parameter(f"{name}_g", Parameter(length))
    module.register_parameter(f"{name}_v", Parameter(weight.detach()))
    hook = _WeightNorm(name, dim)
    hook(module, ())
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Remove the weight norm: the weight becomes a parameter with its current value.

    Raises:
        ValueError: the weight has no weight norm.
    """
    return _remove(module, name, _WeightNorm, "weight_norm", "g", "v")


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Divide a weight by its largest singular value; the module keeps `weight_orig`, `weight_u` and `weight_v`.

    `parametrizations.spectral_norm` is newer, with the same arguments and errors.

    Raises:
        RuntimeError: the weight already has a spectral norm.
    """
    norms.check_iterations(n_power_iterations)
    _check_not_registered(module, name, _SpectralNorm, "spectral_norm")
    weight, outputs = module.get_parameter(name), norms.output_dim(module, dim)
    u, v = norms.initial_vectors(norms.as_matrix(weight.detach(), outputs), eps)
    delattr(module, name)
    module.register_parameter(f"{name}_orig", weight)
    module.register_buffer(f"{name}_u", u)
    module.register_buffer(f"{name}_v", v)
    setattr(module, name, weight.detach())
    module.register_forward_pre_hook(_SpectralNorm(name, n_power_iterations, outputs, eps))
    return module


def remove_spectral_norm(module: M, name: str = "weight") -> M:
    """Remove the spectral norm: the weight becomes a parameter with its current value.

    Raises:
        ValueError: the weight has no spectral norm.
    """
    return _remove(module, name, _SpectralNorm, "spectral_norm", "orig", "u", "v")


def _registered(module: Module, name: str, kind: type[_WeightHook]) -> _WeightHook | None:
    """The module's hook of this kind for the weight; None if there is none."""
    hooks = [] if module._hooks is None else list(module._hooks.before.values())
    return next((hook for hook in hooks if isinstance(hook, kind) and hook.name == name), None)


def _check_not_registered(module: Module, name: str, kind: type[_WeightHook], function: str) -> None:
    if _registered(module, name, kind):
        raise RuntimeError(f"Cannot register two {function} hooks on the same parameter {name}")


def _remove(module: M, name: str, kind: type[_WeightHook], function: str, *suffixes: str) -> M:
    """Make the weight a parameter with its current value; delete the parameters it was computed from."""
    hook = _registered(module, name, kind)
    if hook is None:
        raise ValueError(f"{function} of '{name}' not found in {module}")
    weight = hook.weight(module).detach()
    for attribute in (name, *[f"{name}_{suffix}" for suffix in suffixes]):
        delattr(module, attribute)
    module.register_parameter(name, Parameter(weight))
    before = module._forward_pre_hooks
    for key in [key for key, other in before.items() if other is hook]:
        del before[key]
    return module
