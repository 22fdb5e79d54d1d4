"""Pruning: a parameter becomes the product of its original and a mask, computed again before each call of the module.

>>> import nn
>>> layer = l1_unstructured(nn.Linear(4, 1), "weight", amount=3)
>>> [name for name, _ in layer.named_parameters()], layer.weight_mask.sum().item()
(['bias', 'weight_orig'], 1.0)
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar

import autograd
from autograd.core.tensor import Tensor
from autograd.surface import make_public as _make_public

from ..module import Module
from .convert_parameters import parameters_to_vector

__all__ = [
    "BasePruningMethod", "CustomFromMask", "Identity", "L1Unstructured", "LnStructured", "PruningContainer",
    "RandomStructured", "RandomUnstructured", "custom_from_mask", "global_unstructured", "identity", "is_pruned",
    "l1_unstructured", "ln_structured", "random_structured", "random_unstructured", "remove",
]  # fmt: skip

M = TypeVar("M", bound=Module)


class BasePruningMethod(ABC):
    """Base of the methods: a subclass defines `compute_mask`, and is used by `apply`.

    Attributes:
        PRUNING_TYPE: where a further pruning of the same parameter looks: "unstructured" at the elements that are
            left, "structured" at the slices along `self.dim` that are left, "global" at all elements.
    """

    PRUNING_TYPE = "unstructured"
    _tensor_name: str

    @abstractmethod
    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """A mask of the shape of the scores `t`, 1 at what is kept; `default_mask` is that so far."""

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    def apply_mask(self, module: Module) -> Tensor:
        """The pruned parameter of the module."""
        original, mask = (getattr(module, f"{self._tensor_name}_{part}") for part in ("orig", "mask"))
        pruned: Tensor = mask.to(dtype=original.dtype) * original
        return pruned

    @classmethod
    def apply(
        cls, module: Module, name: str, *args: Any, importance_scores: Tensor | None = None, **kwargs: Any
    ) -> BasePruningMethod:
        """Prune the parameter `name` of a module, by the scores or by its own values; the rest goes to the constructor.

        Raises:
            AssertionError: the scores have another shape than the parameter.
        """
        method = cls(*args, **kwargs)
        method._tensor_name = name
        before = _methods(module, name)
        original = getattr(module, f"{name}_orig" if before else name)
        if importance_scores is not None and importance_scores.shape != original.shape:
            raise AssertionError(
                f"importance_scores of shape {tuple(importance_scores.shape)} must have the shape of the parameter "
                f"{name!r}, {tuple(original.shape)}"
            )
        scores = (original if importance_scores is None else importance_scores).detach()
        if before:
            method = PruningContainer(*before.values(), method)
            mask = method.compute_mask(scores, getattr(module, f"{name}_mask"))
            for key in before:
                del module._forward_pre_hooks[key]
        else:
            mask = method.compute_mask(scores, autograd.ones_like(scores))
            module.register_parameter(f"{name}_orig", original)
            del module._parameters[name]
        module.register_buffer(f"{name}_mask", mask.to(dtype=original.dtype))
        method(module, None)
        module.register_forward_pre_hook(method)
        return method

    def prune(self, t: Tensor, default_mask: Tensor | None = None, importance_scores: Tensor | None = None) -> Tensor:
        """A pruned copy of a tensor that belongs to no module."""
        mask = autograd.ones_like(t) if default_mask is None else default_mask
        return t * self.compute_mask(t if importance_scores is None else importance_scores, mask)

    def remove(self, module: Module) -> None:
        """Make the pruned values those of an ordinary parameter again."""
        name = self._tensor_name
        pruned, original = self.apply_mask(module), getattr(module, f"{name}_orig")
        original.data = pruned.detach()
        for pruned_name in (name, f"{name}_orig", f"{name}_mask"):
            delattr(module, pruned_name)
        setattr(module, name, original)


class PruningContainer(BasePruningMethod):
    """Several methods, one after the other, for one parameter."""

    def __init__(self, *methods: BasePruningMethod) -> None:
        self._methods = [
            one for method in methods for one in (method if isinstance(method, PruningContainer) else [method])
        ]
        self._tensor_name = self._methods[0]._tensor_name

    def __iter__(self) -> Iterator[BasePruningMethod]:
        return iter(self._methods)

    def __len__(self) -> int:
        return len(self._methods)

    def __getitem__(self, index: int) -> BasePruningMethod:
        return self._methods[index]

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask of the last method, within what those before it have left."""
        last: Any = self[-1]
        left: Any = ...
        if last.PRUNING_TYPE == "unstructured":
            left = default_mask == 1
        elif last.PRUNING_TYPE == "structured":
            dim = last.dim % t.ndim
            left = (slice(None),) * dim + (default_mask.movedim(dim, 0).flatten(1).sum(1) != 0,)
        mask = default_mask.clone()
        mask[left] = last.compute_mask(t[left], default_mask[left]).to(mask.dtype)
        return mask


class Identity(BasePruningMethod):
    """Prune nothing: mask and original exist, for other methods."""

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask so far."""
        return default_mask


class CustomFromMask(BasePruningMethod):
    """Prune what is 0 in a mask that is given."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Tensor) -> None:
        self.mask = mask

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The product of the masks."""
        return default_mask * self.mask.to(dtype=default_mask.dtype)


class _ByAmount(BasePruningMethod):
    """Prune the parts with the lowest scores: `amount` of them, or that fraction of all."""

    def __init__(self, amount: float) -> None:
        if not isinstance(amount, (int, float)) or isinstance(amount, bool):
            raise TypeError(f"amount must be a number of parts to prune, or a fraction, but got {amount!r}")
        if amount < 0 or (isinstance(amount, float) and amount > 1):
            raise ValueError(f"amount={amount} must be a number of parts >= 0, or a fraction in [0, 1]")
        self.amount = amount

    def lowest(self, scores: Tensor) -> Tensor:
        """The positions in a vector of scores."""
        count = self.amount if isinstance(self.amount, int) else round(self.amount * len(scores))
        if count > len(scores):
            raise ValueError(f"amount={count} should be at most the number of parts left to prune, {len(scores)}")
        return scores.topk(count, largest=False).indices


class RandomUnstructured(_ByAmount):
    """Prune elements at random."""

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask so far, without those elements."""
        return default_mask.flatten().index_fill(0, self.lowest(self.scores(t.flatten())), 0).reshape(t.shape)

    def scores(self, t: Tensor) -> Tensor:
        """The score of each element."""
        return autograd.rand_like(t)


class L1Unstructured(RandomUnstructured):
    """Prune the elements nearest to 0."""

    def scores(self, t: Tensor) -> Tensor:
        """The absolute values."""
        return t.abs()


class RandomStructured(_ByAmount):
    """Prune slices along a dim, at random."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, dim: int = -1) -> None:
        super().__init__(amount)
        self.dim = dim

    def compute_mask(self, t: Tensor, default_mask: Tensor) -> Tensor:
        """The mask so far, without those slices."""
        return default_mask.index_fill(self.dim, self.lowest(self.scores(t.movedim(self.dim, 0).flatten(1))), 0)

    def scores(self, slices: Tensor) -> Tensor:
        """The score of each slice, of (number, size)."""
        return autograd.rand(len(slices))


class LnStructured(RandomStructured):
    """Prune the slices along a dim whose norm of order `n` is smallest."""

    def __init__(self, amount: float, n: float | str, dim: int = -1) -> None:
        super().__init__(amount, dim)
        self.n = n

    def scores(self, slices: Tensor) -> Tensor:
        """The norms."""
        return autograd.norm(slices, p=self.n, dim=1)


def identity(module: M, name: str) -> M:
    """Give a parameter a mask of ones."""
    Identity.apply(module, name)
    return module


def random_unstructured(module: M, name: str, amount: float) -> M:
    """Prune elements of a parameter at random: a number, or a fraction, of them."""
    RandomUnstructured.apply(module, name, amount)
    return module


def l1_unstructured(module: M, name: str, amount: float, importance_scores: Tensor | None = None) -> M:
    """Prune the elements of a parameter that are nearest to 0, or that have the lowest scores."""
    L1Unstructured.apply(module, name, amount, importance_scores=importance_scores)
    return module


def random_structured(module: M, name: str, amount: float, dim: int) -> M:
    """Prune slices of a parameter along a dim at random."""
    RandomStructured.apply(module, name, amount, dim)
    return module


def ln_structured(
    module: M, name: str, amount: float, n: float | str, dim: int, importance_scores: Tensor | None = None
) -> M:
    """Prune the slices of a parameter along a dim whose norm of order `n` is smallest."""
    LnStructured.apply(module, name, amount, n, dim, importance_scores=importance_scores)
    return module


def custom_from_mask(module: M, name: str, mask: Tensor) -> M:
    """Prune what is 0 in the mask."""
    CustomFromMask.apply(module, name, mask)
    return module


def global_unstructured(
    parameters: Iterable[tuple[Module, str]],
    pruning_method: type[BasePruningMethod],
    importance_scores: dict[tuple[Module, str], Tensor] | None = None,
    **kwargs: Any,
) -> None:
    """Prune several parameters as if they were one, so that each keeps what matters most among all.

    Args:
        parameters: pairs of a module and a name.
        pruning_method: a class whose PRUNING_TYPE is "unstructured".
        importance_scores: those of some of the pairs; the others' are their values.
        kwargs: for the constructor of the method, such as `amount`.

    Raises:
        TypeError: the method is of another type.
    """
    pairs, given = list(parameters), importance_scores or {}
    if pruning_method.PRUNING_TYPE != "unstructured":
        raise TypeError(f"global_unstructured takes an unstructured pruning_method, but got {pruning_method.__name__}")
    masks = [getattr(module, f"{name}_mask", autograd.ones_like(getattr(module, name))) for module, name in pairs]
    scores = parameters_to_vector([given.get(pair, getattr(*pair)) for pair in pairs])
    before = Identity()
    method = pruning_method(**kwargs)
    before._tensor_name = method._tensor_name = "all"
    together = PruningContainer(before, method).compute_mask(scores, parameters_to_vector(masks))
    for (module, name), mask in zip(pairs, together.split([mask.numel() for mask in masks])):
        custom_from_mask(module, name, mask.reshape(getattr(module, name).shape))


def remove(module: M, name: str) -> M:
    """Make a pruned parameter an ordinary one again, which keeps the pruned values.

    Raises:
        ValueError: it is not pruned.
    """
    for key, method in _methods(module, name).items():
        method.remove(module)
        del module._forward_pre_hooks[key]
        return module
    raise ValueError(f"{name!r} of {type(module).__name__} has to be pruned before pruning can be removed")


def is_pruned(module: Module) -> bool:
    """Whether a parameter of the module, or of one below it, is pruned."""
    return any(isinstance(hook, BasePruningMethod) for m in module.modules() for hook in m._forward_pre_hooks.values())


def _methods(module: Module, name: str) -> dict[int, BasePruningMethod]:
    """The method that prunes a parameter, by the number of its hook; empty if it is not pruned."""
    hooks = module._forward_pre_hooks.items()
    return {key: hook for key, hook in hooks if isinstance(hook, BasePruningMethod) and hook._tensor_name == name}


_make_public(globals())
