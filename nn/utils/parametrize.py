"""Parametrizations: a parameter that is computed from others each time it is accessed."""

from __future__ import annotations

from typing import Any

from autograd import no_grad
from autograd.core.tensor import Tensor

from ..module import Module
from ..modules.container import ModuleDict, ModuleList
from ..parameter import Parameter


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, and the tensors they compute it from.

    Those are `original`, or `original0`, `original1`, ...

    Args:
        parametrization: the first module of the list. If it defines `right_inverse`, that computes the originals, one
            tensor or several, from the current tensor.
        tensor: the current tensor.
    """

    def __init__(self, parametrization: Module, tensor: Tensor) -> None:
        super().__init__([parametrization])
        try:
            originals = _originals_of(parametrization, tensor)
        except NotImplementedError:
            originals = tensor.detach().clone()
        self.is_tensor = isinstance(originals, Tensor)
        found = {"original": originals} if self.is_tensor else {f"original{i}": x for i, x in enumerate(originals)}
        self._originals = tuple(found)
        for name, x in found.items():
            if isinstance(tensor, Parameter):
                self.register_parameter(name, Parameter(x, tensor.requires_grad))
            else:
                self.register_buffer(name, x)

    def forward(self) -> Any:
        """Compute the tensor."""
        first, *others = self
        x = first(*(getattr(self, name) for name in self._originals))
        for parametrization in others:
            x = parametrization(x)
        return x

    def right_inverse(self, value: Tensor) -> None:
        """Set the originals so that the parametrizations compute `value` from them.

        Raises:
            RuntimeError: a parametrization has no `right_inverse`.
        """
        found: Any = value
        for parametrization in reversed(list(self)):
            if not hasattr(parametrization, "right_inverse"):
                raise RuntimeError(
                    f"parametrization {type(parametrization).__name__} does not implement right_inverse: the "
                    "parametrized tensor cannot be assigned to"
                )
            found = _originals_of(parametrization, found)
        with no_grad():
            for name, x in zip(self._originals, (found,) if self.is_tensor else found, strict=True):
                getattr(self, name).copy_(x)


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Compute a parameter or buffer as `parametrization(original)` each time it is accessed.

    Args:
        tensor_name: the name of a parameter or buffer. If it is parametrized already, the new parametrization is
            applied after the others.
        parametrization: a module that returns a tensor of the same shape and dtype.
        unsafe: allow a change of shape or dtype.

    Returns:
        The module, whose class now has a property of that name.

    Raises:
        ValueError: there is no such tensor, or the parametrization changes its shape or dtype.

    >>> from nn import Linear
    >>> class Symmetric(Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).mT
    >>> layer = register_parametrization(Linear(3, 3), "weight", Symmetric())
    >>> bool((layer.weight == layer.weight.mT).all()), [name for name, _ in layer.named_parameters()]
    (True, ['bias', 'parametrizations.weight.original'])
    """
    if is_parametrized(module, tensor_name):
        chain = _chains(module)[tensor_name]
        old = getattr(module, tensor_name)
        _check(parametrization, old, parametrization(old), unsafe)
        chain.append(parametrization)
        if hasattr(parametrization, "right_inverse"):
            chain.right_inverse(old)
        return module
    tensor: Any = module._parameters.get(tensor_name, module._buffers.get(tensor_name))
    if tensor is None:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    chain = ParametrizationList(parametrization, tensor)
    _check(parametrization, tensor, chain(), unsafe)
    if not is_parametrized(module):
        module.__class__ = _with_properties(type(module))
        module.add_module("parametrizations", ModuleDict())
    delattr(module, tensor_name)
    setattr(type(module), tensor_name, property(lambda self: _chains(self)[tensor_name]()))
    _chains(module)[tensor_name] = chain
    return module


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a tensor of the module is parametrized; without a name, whether any of them is."""
    chains = module._modules.get("parametrizations")
    return isinstance(chains, ModuleDict) and (tensor_name is None or tensor_name in chains)


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Remove all parametrizations of a tensor: it becomes a plain parameter or buffer again.

    Args:
        tensor_name: the name of the tensor.
        leave_parametrized: keep the computed value; otherwise restore the original.

    Raises:
        ValueError: the tensor is not parametrized, or it has several originals and `leave_parametrized` is False.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {module} does not have a parametrization on {tensor_name}")
    chains = _chains(module)
    chain = chains[tensor_name]
    if not leave_parametrized and not chain.is_tensor:
        raise ValueError("Cannot leave unparametrized a tensor that is parametrized in terms of several tensors.")
    originals = [getattr(chain, name) for name in chain._originals]
    with no_grad():
        value = chain().detach() if leave_parametrized else originals[0].detach()
    delattr(type(module), tensor_name)
    del chains[tensor_name]
    if not len(chains):
        delattr(module, "parametrizations")
        module.__class__ = type(module).__bases__[0]
    if isinstance(originals[0], Parameter):
        module.register_parameter(tensor_name, Parameter(value, originals[0].requires_grad))
    else:
        module.register_buffer(tensor_name, value)
    return module


def _chains(module: Module) -> Any:
    """The ModuleDict of the module's ParametrizationLists, by the names of the tensors."""
    return module._modules["parametrizations"]


def _with_properties(kind: type[Module]) -> type[Module]:
    """A subclass of `kind` for one module, to which properties can be added."""

    def assign(self: Module, name: str, value: Any) -> None:
        if is_parametrized(self, name):
            _chains(self)[name].right_inverse(value)
        else:
            kind.__setattr__(self, name, value)

    return type(f"Parametrized{kind.__name__}", (kind,), {"__setattr__": assign, "__module__": kind.__module__})


def _originals_of(parametrization: Module, value: Any) -> Any:
    """A copy of the result of `right_inverse`; of `value` itself for a parametrization without one."""
    inverse: Any = getattr(parametrization, "right_inverse", None)
    with no_grad():
        originals = value if inverse is None else inverse(value)
        if isinstance(originals, Tensor):
            return originals.detach().clone()
        return tuple(x.detach().clone() for x in originals)


def _check(parametrization: Module, old: Tensor, new: Tensor, unsafe: bool) -> None:
    if unsafe or (new.shape == old.shape and new.dtype == old.dtype):
        return
    raise ValueError(
        f"Registering a parametrization may not change the shape or the dtype of the tensor, unless `unsafe` is set: "
        f"{type(parametrization).__name__} returns {tuple(new.shape)} {new.dtype} for {tuple(old.shape)} {old.dtype}"
    )
