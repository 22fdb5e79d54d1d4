"""Parametrizations: a parameter that is computed from others each time it is accessed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from copy import copy
from functools import partial
from typing import Any

from autograd import no_grad
from autograd.core.tensor import Tensor
from autograd.surface import make_public as _make_public

from ..module import Module
from ..modules.container import ModuleDict, ModuleList
from ..parameter import Parameter
from ..registry import adopt


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, and the tensors they compute it from.

    Those are `original`, or `original0`, `original1`, ...

    Args:
        modules: the modules of the list, from the last to the first of which a method `right_inverse`, if defined,
            computes from the current tensor the originals, one tensor or several.
        original: the current tensor.
        unsafe: allow a change of shape or dtype; `register_parametrization` checks them.
    """

    def __init__(self, modules: Iterable[Module], original: Tensor, unsafe: bool = False) -> None:
        super().__init__(modules)
        tensor, originals, self.unsafe = original, original, unsafe
        for parametrization in reversed(list(self)):
            try:
                originals = _originals_of(parametrization, originals)
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

    def keep(self, tensor: Tensor) -> None:
        """Make `tensor`, which an optimizer may hold, the only original, with its present elements."""
        tensor.data = getattr(self, "original").detach()  # noqa: B009  # for mypy
        if isinstance(tensor, Parameter):
            self.register_parameter("original", tensor)
        else:
            self.register_buffer("original", tensor)

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

    The Parameter itself becomes the original, so that an optimizer made before goes on. If this raises, nothing was
    changed.

    Raises:
        ValueError: there is no such tensor, or the parametrization changes its shape or dtype.
        TypeError: the parametrization is not a Module.

    >>> from nn import Linear
    >>> class Symmetric(Module):
    ...     def forward(self, x):
    ...         return x.triu() + x.triu(1).mT
    >>> layer = register_parametrization(Linear(3, 3), "weight", Symmetric())
    >>> bool((layer.weight == layer.weight.mT).all()), [name for name, _ in layer.named_parameters()]
    (True, ['bias', 'parametrizations.weight.original'])
    """
    if not isinstance(parametrization, Module):
        raise TypeError(f"a parametrization must be a Module, but got {type(parametrization).__name__}")
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        old = getattr(module, tensor_name)
        _check(parametrization, old, parametrization(old), unsafe)
        _chains(module)[tensor_name].append(parametrization)
        return module
    tensor: Any = module._parameters.get(tensor_name, module._buffers.get(tensor_name))
    if tensor is None:
        raise ValueError(
            f"Module '{module}' does not have a parameter, a buffer, or a parametrized element with name "
            f"'{tensor_name}'"
        )
    chain = ParametrizationList([parametrization], tensor, unsafe)
    _check(parametrization, tensor, chain(), unsafe)
    with _unchanged_by_errors(module, tensor):
        if not is_parametrized(module):
            module.add_module("parametrizations", ModuleDict())
        delattr(module, tensor_name)
        _chains(module)[tensor_name] = chain
        if chain.is_tensor:
            chain.keep(tensor)
        module.__class__ = _with_properties(type_before_parametrizations(module), tuple(_chains(module)))
    return module


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Whether a tensor of the module is parametrized; without a name, whether any of them is."""
    chains = module._modules.get("parametrizations")
    return isinstance(chains, ModuleDict) and (tensor_name is None or tensor_name in chains)


def tensor_named(module: Module, name: str) -> Tensor:
    """The module's parameter, buffer or parametrized tensor of this name.

    Raises:
        ValueError: there is none.
    """
    if is_parametrized(module, name):
        found = getattr(module, name)
    else:
        found = module._parameters.get(name, module._buffers.get(name))
    if not isinstance(found, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return found


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
    if leave_parametrized:
        with no_grad():
            value = chain().detach()
    tensor = originals[0]
    if not chain.is_tensor:  # a parameter if one of them is trained, else a buffer, as in PyTorch
        tensor = Parameter(value) if any(original.requires_grad for original in originals) else value
    with _unchanged_by_errors(module, tensor):
        left = tuple(name for name in chains if name != tensor_name)
        plain = type_before_parametrizations(module)
        module.__class__ = _with_properties(plain, left) if left else plain
        if left:
            del chains[tensor_name]
        else:
            delattr(module, "parametrizations")
        if isinstance(tensor, Parameter):
            module.register_parameter(tensor_name, tensor)
        else:
            module.register_buffer(tensor_name, tensor)
        if leave_parametrized:
            tensor.data = value
    return module


def type_before_parametrizations(module: Module) -> type[Module]:
    """The class that the module had before its first parametrization."""
    return type(module).__bases__[0] if is_parametrized(module) and _PLAIN in vars(type(module)) else type(module)


def transfer_parametrizations_and_params(
    from_module: Module, to_module: Module, tensor_name: str | None = None
) -> Module:
    """Parametrize `to_module` by the parametrizations of `from_module`, with the same modules and originals.

    Args:
        from_module: a parametrized module.
        to_module: the module to change, which is returned.
        tensor_name: the tensor whose parametrizations are transferred; all of them if None.
    """
    for module in (from_module, to_module):
        if not isinstance(module, Module):
            raise TypeError(f"transfer_parametrizations_and_params: expected Modules, but got {type(module).__name__}")
    if not is_parametrized(from_module):
        return to_module
    for name in _chains(from_module) if tensor_name is None else (tensor_name,):
        chain = _chains(from_module)[name]
        if not hasattr(to_module, name):
            setattr(to_module, name, Parameter(getattr(from_module, name).detach().clone()))
        for parametrization in chain:
            register_parametrization(to_module, name, parametrization, unsafe=True)
        for original in chain._originals:
            setattr(_chains(to_module)[name], original, getattr(chain, original))
    return to_module


@contextmanager
def cached() -> Iterator[None]:
    """Compute each parametrized tensor only once within the block, and forget the results at its end.

    An assignment to a tensor shows after the block.

    >>> from nn import Linear
    >>> from nn.utils.parametrizations import weight_norm
    >>> layer = weight_norm(Linear(2, 2))
    >>> with cached():
    ...     layer.weight is layer.weight
    True
    """
    global _blocks
    _blocks += 1
    try:
        yield
    finally:
        _blocks -= 1
        if not _blocks:
            _results.clear()


#: The number of open blocks of `cached`, and the results, by the id of the module and the name of the tensor.
_blocks = 0
_results: dict[tuple[int, str], Any] = {}


def _computed(module: Module, name: str) -> Any:
    """The parametrized tensor of this name."""
    if not _blocks:
        return _chains(module)[name]()
    key = (id(module), name)
    if key not in _results:
        _results[key] = _chains(module)[name]()
    return _results[key]


@contextmanager
def _unchanged_by_errors(module: Module, tensor: Tensor) -> Iterator[None]:
    """Give the module its class and registrations back if the block raises, an interrupt included."""
    kind, data = type(module), tensor.data
    fields = {name: copy(x) if isinstance(x, (dict, set)) else x for name, x in vars(module).items()}
    chains = list(_chains(module)._modules.items()) if is_parametrized(module) else None
    try:
        yield
    except BaseException:
        module.__class__, tensor.data = kind, data
        vars(module).clear()
        vars(module).update(fields)
        adopt(module)
        if chains is not None:
            _chains(module).clear()
            _chains(module).update(chains)
        raise


def _chains(module: Module) -> Any:
    """The ModuleDict of the module's ParametrizationLists, by the names of the tensors."""
    return module._modules["parametrizations"]


#: The attribute that marks the classes of parametrized modules.
_PLAIN = "_is_parametrized_class"


def _with_properties(kind: type[Module], names: tuple[str, ...]) -> type[Module]:
    """A subclass of `kind` for one module, whose properties of these names compute the tensors."""

    def assign(self: Module, name: str, value: Any) -> None:
        if is_parametrized(self, name):
            _chains(self)[name].right_inverse(value)
        else:
            kind.__setattr__(self, name, value)

    properties = {name: property(partial(_computed, name=name)) for name in names}
    fields = {"__setattr__": assign, "__module__": kind.__module__, _PLAIN: True, **properties}
    return type(f"Parametrized{kind.__name__}", (kind,), fields)


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


_make_public(globals())
