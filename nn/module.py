"""Module: the base class of layers and models, a function with parameters and submodules."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, Self, TypeVar

import autograd
from autograd.core.public_methods import public_class_of_the_project, public_methods
from autograd.core.tensor import Tensor
from autograd.core.writes import write

from . import state_dict as state, tree
from .constructor_names import name_inherited_constructor
from .conversion import Convertible
from .errors import noted_on_purpose, reraise_in_model
from .hooks import (
    Hooked,
    changes,
    register_module_buffer_registration_hook,
    register_module_forward_hook,
    register_module_forward_pre_hook,
    register_module_full_backward_hook,
    register_module_full_backward_pre_hook,
    register_module_module_registration_hook,
    register_module_parameter_registration_hook,
    registration,
)
from .parameter import Buffer, Parameter
from .registry import REGISTRIES, Registry, adopt, replace
from .state_dict import _IncompatibleKeys

__all__ = [
    "Module", "register_module_buffer_registration_hook", "register_module_forward_hook",
    "register_module_forward_pre_hook", "register_module_full_backward_hook", "register_module_full_backward_pre_hook",
    "register_module_module_registration_hook", "register_module_parameter_registration_hook",
]  # fmt: skip

T = TypeVar("T")
Result_co = TypeVar("Result_co", covariant=True)


class _Forward(Protocol[Result_co]):
    """A module, for type checkers: calling it returns what its `forward` returns."""

    _hooks: Any

    def _call_hooked(self, table: Any, args: Any, kwargs: Any) -> Any: ...
    def forward(self, *args: Any, **kwargs: Any) -> Result_co: ...


@public_methods
class Module(Hooked, Convertible, state.StateDict):
    """The base class of all layers and models.

    A subclass calls `super().__init__()` first, assigns its parameters and submodules to attributes, and defines
    `forward`. Calling the module calls `forward`.

    >>> class Line(Module):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.slope = Parameter(autograd.tensor(2.0))
    ...     def forward(self, x):
    ...         return self.slope * x
    >>> Line()(autograd.tensor([1.0, 2.0])).tolist()
    [2.0, 4.0]
    """

    training: bool

    # The registered values, in order. Each is also a plain attribute: see `Registry`.
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]
    _non_persistent_buffers_set: set[str]

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        name_inherited_constructor(cls)
        public_class_of_the_project(cls)

    def __init__(self) -> None:
        registries = {name: Registry(self) for name in REGISTRIES}
        self.__dict__.update(training=True, _non_persistent_buffers_set=set(), **registries)

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        adopt(self)

    def __call__(self: _Forward[Result_co], *args: Any, **kwargs: Any) -> Result_co:
        """The result of `forward`, with the module's hooks called before and after it."""
        try:
            if self._hooks is None:
                return self.forward(*args, **kwargs)
            return self._call_hooked(self._hooks, args, kwargs)
        except Exception as error:
            if noted_on_purpose(error, self):
                raise
            reraise_in_model(error, self, args, kwargs)

    def _missing_forward(self, *args: Any) -> Any:
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    # An attribute and not a method, so that a subclass may define `forward` with any signature.
    forward: Callable[..., Any] = _missing_forward

    def compile(
        self, *, fullgraph: bool = False, dynamic: bool | None = None,
        backend: str | Callable[..., Any] = "inductor", mode: str | None = None,
        options: dict[str, Any] | None = None, disable: bool = False, check: bool = False,
    ) -> None:  # fmt: skip
        """Compile `forward` of this module, in place; arguments as for `torch.compile`."""
        self.forward = autograd.compile(
            self.forward, fullgraph=fullgraph, dynamic=dynamic, backend=backend, mode=mode, options=options,
            disable=disable, check=check,
        )  # fmt: skip

    # ---- registration

    def __setattr__(self, name: str, value: Any) -> None:
        """Set an attribute; a Parameter or a Module is registered under its name."""
        fields = self.__dict__
        if name != "training":
            changes.latest = object()
        if isinstance(value, Parameter):
            self._register("_parameters", name, value, "parameters", alone=True)
        elif name in fields.get("_parameters", ()):
            if value is not None:
                raise TypeError(f"cannot assign '{_kind(value)}' as parameter '{name}' (nn.Parameter or None expected)")
            self._register("_parameters", name, None, "parameters")
        elif isinstance(value, Module):
            self._register("_modules", name, value, "module", alone=True)
        elif name in fields.get("_modules", ()):
            if value is not None:
                raise TypeError(f"cannot assign '{_kind(value)}' as child module '{name}' (nn.Module or None expected)")
            self._register("_modules", name, None, "module")
        elif isinstance(value, Buffer):
            self.register_buffer(name, value, value.persistent)
        elif name in fields.get("_buffers", ()):
            if value is not None and not isinstance(value, Tensor):
                raise TypeError(f"cannot assign '{_kind(value)}' as buffer '{name}' (Tensor or None expected)")
            self._register("_buffers", name, value, "buffer")
        elif name in REGISTRIES:
            replace(self, name, value)
        else:
            object.__setattr__(self, name, value)

    def __delattr__(self, name: str) -> None:
        changes.latest = object()
        for registry in REGISTRIES:
            if name in self.__dict__.get(registry, ()):
                del self.__dict__[registry][name]
                self._non_persistent_buffers_set.discard(name)
                return
        object.__delattr__(self, name)

    def _register(self, registry: str, name: str, value: Any, kind: str, alone: bool = False) -> None:
        """Register a value under a name; `alone`: only there, and instead of any other attribute."""
        fields = self.__dict__
        changes.latest = object()
        if "_modules" not in fields:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if value is not None:
            for hook in list(registration[registry].values()):
                returned = hook(self, name, value)
                value = value if returned is None else returned
        if alone:
            for other in REGISTRIES:
                if other != registry:
                    fields[other].pop(name, None)
        fields[registry][name] = value
        if alone:
            fields[name] = value

    def _register_new(self, registry: str, name: str, value: Any, kind: str) -> None:
        """Register a value under a name that no other attribute has."""
        if registry not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {_kind(name)}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain "."' + (f", got: {name}" if kind == "module" else ""))
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in self.__dict__[registry]:
            raise KeyError(f"attribute '{name}' already exists")
        self._register(registry, name, value, kind)

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Register a parameter; None reserves the name for a parameter that this module does not have.

        Raises:
            KeyError: the name is already used, is empty or contains a dot.
            TypeError: `param` is neither a Parameter nor None.
        """
        if param is not None and not isinstance(param, Parameter):
            raise TypeError(
                f"cannot assign '{_kind(param)}' object to parameter '{name}' (nn.Parameter or None required)"
            )
        self._register_new("_parameters", name, param, "parameter")

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Register a tensor that is part of the state but is not trained; the state dict omits it if not `persistent`.

        Raises:
            KeyError: the name is already used, is empty or contains a dot.
            TypeError: `tensor` is neither a Tensor nor None.
        """
        if tensor is not None and not isinstance(tensor, Tensor):
            raise TypeError(f"cannot assign '{_kind(tensor)}' object to buffer '{name}' (Tensor or None required)")
        persistent = bool(persistent)
        self._register_new("_buffers", name, tensor, "buffer")
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def add_module(self, name: str, module: Module | None) -> None:
        """Register a submodule, also under a name that is not an identifier, such as "0".

        Raises:
            KeyError: the name is already used, is empty or contains a dot.
            TypeError: `module` is neither a Module nor None.
        """
        if module is not None and not isinstance(module, Module):
            raise TypeError(f"{_kind(module)} is not a Module subclass")
        self._register_new("_modules", name, module, "module")

    register_module = add_module

    # ---- walking the tree

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module and all its descendants with dotted names; each once, unless `remove_duplicate` is False."""
        if not isinstance(prefix, str) or not isinstance(memo, (set, type(None))):
            raise TypeError(
                f"named_modules: prefix must be str and memo a set or None, not {_kind(prefix)} and {_kind(memo)}"
            )
        return tree.named(self, prefix, set() if memo is None else memo, bool(remove_duplicate))

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all its descendants; each once, unless `remove_duplicate` is False."""
        return (module for _, module in self.named_modules(remove_duplicate=remove_duplicate))

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The child modules with their names, each once."""
        seen = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """The child modules, each once."""
        return (module for _, module in self.named_children())

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Every parameter with its dotted name; each once, unless `remove_duplicate` is False.

        >>> from nn import Linear
        >>> [name for name, _ in Linear(2, 1).named_parameters()]
        ['weight', 'bias']
        """
        return self._named(lambda module: module._parameters, prefix, bool(recurse), bool(remove_duplicate))

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Every parameter, each once: the argument of an optimizer."""
        return (parameter for _, parameter in self.named_parameters(recurse=recurse))

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Every buffer with its dotted name; each once, unless `remove_duplicate` is False."""
        return self._named(lambda module: module._buffers, prefix, bool(recurse), bool(remove_duplicate))

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Every buffer, each once."""
        return (buffer for _, buffer in self.named_buffers(recurse=recurse))

    def _named(
        self, members: Callable[[Module], Mapping[str, T | None]], prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, T]]:
        if not isinstance(prefix, str):
            raise TypeError(f"prefix must be str, not {_kind(prefix)}")
        modules = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        seen = set()
        for path, module in modules:
            for name, value in members(module).items():
                if value is None or (remove_duplicate and id(value) in seen):
                    continue
                seen.add(id(value))
                yield _join(path, name), value

    def get_submodule(self, target: str) -> Module:
        """The submodule with a dotted name; this module itself for "".

        Raises:
            AttributeError: the attribute does not exist or is not a Module.
        """
        module = self
        for name in target.split(".") if target else ():
            if not hasattr(module, name):
                raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
            module = getattr(module, name)
            if not isinstance(module, Module):
                raise AttributeError(f"`{name}` is not an nn.Module")
        return module

    def get_parameter(self, target: str) -> Parameter:
        """The parameter with a dotted name.

        Raises:
            AttributeError: the attribute does not exist or is not a Parameter.
        """
        found = self._get(target)
        if not isinstance(found, Parameter):
            raise AttributeError(f"`{target.rpartition('.')[2]}` is not an nn.Parameter")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """The buffer with a dotted name.

        Raises:
            AttributeError: the attribute does not exist or is not a buffer.
        """
        path, _, name = target.rpartition(".")
        found = self._get(target)
        if name not in self.get_submodule(path)._buffers:
            raise AttributeError(f"`{name}` is not a buffer")
        return found

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Set the submodule with a dotted name; its parent must exist.

        Args:
            target: the dotted name.
            module: the new submodule.
            strict: whether a submodule of that name must already exist.

        Raises:
            ValueError: `target` is empty, or `module` is not a Module.
            AttributeError: the parent does not exist, or the name belongs to something other than a module.
        """
        if not target:
            raise ValueError("Cannot set the submodule without a target name!")
        if not isinstance(module, Module):
            raise ValueError(f"`module` is not an nn.Module, found {type(module)}")
        path, _, name = target.rpartition(".")
        owner = self.get_submodule(path)
        if strict and not hasattr(owner, name):
            raise AttributeError(f"{type(owner).__name__} has no attribute `{name}`")
        if not isinstance(getattr(owner, name, module), Module):
            raise AttributeError(f"`{name}` is not an nn.Module")
        setattr(owner, name, module)

    def _get(self, target: str) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        if not hasattr(module, name):
            raise AttributeError(f"{type(module).__name__} has no attribute `{name}`")
        return getattr(module, name)

    # ---- state

    def state_dict(
        self, *, destination: dict[str, Any] | None = None, prefix: str = "", keep_vars: bool = False
    ) -> dict[str, Any]:
        """Parameters and persistent buffers by dotted name, which share this module's memory, and any extra state.

        Args:
            destination: the dict to fill; a new OrderedDict if None.
            prefix: a prefix of every name.
            keep_vars: whether to return the parameters themselves instead of detached tensors.

        >>> from nn import Linear
        >>> list(Linear(2, 1).state_dict())
        ['weight', 'bias']
        """
        new = OrderedDict() if destination is None else destination
        return state.save(self, Module.state_dict, new, prefix, keep_vars)

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> _IncompatibleKeys:
        """Copy the values of `state_dict` into the parameters and buffers of the same names.

        With `assign` the values replace the parameters and buffers and keep their dtype; an optimizer created before
        must be given the new parameters. If this raises, nothing was changed.

        Returns:
            a named tuple of `missing_keys` and `unexpected_keys`.

        Raises:
            RuntimeError: a shape differs, or with `strict` a key is missing or unexpected.
            TypeError: `state_dict` is not a mapping.
        """
        return state.load(self, state_dict, strict, assign)

    # ---- changing the whole tree

    def train(self, mode: bool = True) -> Self:
        """Set training mode in this module and its descendants; it affects dropout and batch norm, for example.

        Raises:
            ValueError: `mode` is not a bool.
        """
        if not isinstance(mode, bool):
            raise ValueError(f"training mode is expected to be boolean, but got {mode!r}")
        for module, overrides in tree.parts(self, "train", Module.train):
            if overrides:
                module.train(mode)
            elif module.training is not mode:
                module.training = mode
        return self

    def eval(self) -> Self:
        """Set evaluation mode in this module and its descendants: `train(False)`."""
        return self.train(False)

    def apply(self, fn: Callable[[Module], Any]) -> Self:
        """Call `fn` on every descendant, then on this module; typically to initialize parameters."""
        for module in tree.children_first(self):
            fn(module)
        return self

    def requires_grad_(self, requires_grad: bool = True) -> Self:
        """Set `requires_grad` of every parameter; False freezes the module."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Delete the gradients of all parameters; with `set_to_none=False`, fill them with zeros."""
        for parameter in self.parameters():
            clear_grad(parameter, set_to_none)

    # ---- display

    def _get_name(self) -> str:
        """The name in the repr: the name of the class, unless a subclass overrides this."""
        return type(self).__name__

    def extra_repr(self) -> str:
        """The text between the parentheses of the repr; a subclass overrides it."""
        return ""

    def _child_lines(self, children: list[tuple[str, str]]) -> list[str]:
        """The lines of the repr for the children, given by their names and reprs."""
        return [f"({name}): {indent(text)}" for name, text in children]

    def _text(self, children: list[tuple[str, str]]) -> str:
        extra = self.extra_repr().split("\n") if self.extra_repr() else []
        lines = self._child_lines(children)
        if len(extra) <= 1 and not lines:
            return f"{self._get_name()}({''.join(extra)})"
        return f"{self._get_name()}(\n  " + "\n  ".join(extra + lines) + "\n)"

    def __repr__(self) -> str:
        return tree.text_of(self, Module.__repr__)

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        copy: Self = tree.deep_copy(self, memo, Module.__deepcopy__)
        return copy

    def _repr_html_(self) -> str:
        """The display in a notebook: the tree of modules, collapsible."""
        from autograd.teaching.notebook import module_html  # a higher layer: imported on first display

        return module_html(self)


def clear_grad(parameter: Tensor, set_to_none: bool) -> None:
    """Delete a parameter's gradient, or fill it with zeros."""
    grad = None if set_to_none else parameter.grad
    if grad is None:
        parameter.grad = None
    elif grad.grad_fn is not None:
        parameter.grad = autograd.zeros_like(grad)
    else:
        write(grad)[...] = 0


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def indent(text: str) -> str:
    """Indent all lines but the first, for a repr within another."""
    return text.replace("\n", "\n  ")


def _kind(value: object) -> str:
    return type(value).__name__
