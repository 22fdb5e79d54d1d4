"""Modules as functions of their state: calls with other tensors in place of the parameters and buffers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..core.tensor import Tensor
from ..ops.shape.joining import stack


def functional_call(
    module: Any, parameter_and_buffer_dicts: Any, args: Any = None, kwargs: Any = None, *,
    tie_weights: bool = True, strict: bool = False,
) -> Any:  # fmt: skip
    """Call a module with other tensors in place of its parameters and buffers, which are restored afterwards.

    What the call assigns to a name that was replaced, such as new running statistics, is written back into the dict.

    Args:
        module: an nn.Module.
        parameter_and_buffer_dicts: tensors by dotted name, in a dict or a sequence of dicts. A name that is no
            parameter or buffer becomes an attribute during the call.
        args: the arguments of the call: a tuple, or a single argument that is not a tuple.
        kwargs: the keyword arguments of the call.
        tie_weights: whether to replace a parameter that the module has under several names under all of them.
        strict: whether a missing parameter or buffer, or a name that the module does not have, is an error.

    Raises:
        ValueError: two dicts have the same name; or two names of one parameter have different values.
        RuntimeError: `strict`, and a name is missing or unknown.
        AttributeError: a name leads to a submodule that does not exist.
        TypeError: a value, or the attribute that it would replace, is not a Tensor.

    >>> from autograd import tensor, nn
    >>> functional_call(nn.Linear(1, 1), {"weight": tensor([[2.0]]), "bias": tensor([1.0])}, tensor([3.0]))
    tensor([7.])
    """
    given = _merged(parameter_and_buffer_dicts)
    present = _present(module)
    if strict and given.keys() != present.keys():
        unknown = [name for name in given if name not in present]
        missing = [name for name in present if name not in given]
        raise RuntimeError(
            f"functional_call: unexpected key(s): {unknown}, missing key(s): {missing}: the names are those of "
            f"{type(module).__name__}.named_parameters() and named_buffers()"
        )
    replacements = _tied(given, present) if tie_weights else given
    places = {name: _place(module, name) for name in replacements}
    for name, value in replacements.items():
        for found in (value, _value(*places[name])):
            if found is not None and not isinstance(found, Tensor):
                raise TypeError(f"functional_call: {name} is {type(found).__name__}: {found!r:.40}, but not a Tensor")
    before = {name: _value(*place) for name, place in places.items()}
    try:
        for name, value in replacements.items():
            _put(*places[name], value)
        positional = () if args is None else args if isinstance(args, tuple) else (args,)
        return module(*positional, **(kwargs or {}))
    finally:
        given.update({name: _value(*places[name]) for name in given})
        for name, value in before.items():
            _put(*places[name], value)


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and the buffers of several modules, stacked by name, for `vmap` over a `functional_call`.

    Args:
        models: modules of the same class, all in training mode or all in evaluation mode.

    Raises:
        RuntimeError: there are no models, or they differ in class or mode.

    >>> from autograd import nn
    >>> parameters, buffers = stack_module_state([nn.Linear(2, 3) for _ in range(4)])
    >>> parameters["weight"].shape
    autograd.Size([4, 3, 2])
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({type(model) for model in models}) > 1 or len({model.training for model in models}) > 1:
        raise RuntimeError(
            "stack_module_state: Expected all models to be of the same class and in the same mode, but got "
            f"{sorted({(type(model).__name__, 'train' if model.training else 'eval') for model in models})}"
        )
    parameters = _stacked_by_name([model.named_parameters() for model in models])
    return parameters, _stacked_by_name([model.named_buffers() for model in models])


def _stacked_by_name(named: list[Any]) -> dict[str, Any]:
    stacked = {}
    for column in zip(*named):
        name, first = column[0]
        stacked[name] = stack([value.detach() for _, value in column]).requires_grad_(first.requires_grad)
    return stacked


def _merged(dicts: Any) -> dict[str, Any]:
    """The dict itself if there is one; several are merged."""
    if isinstance(dicts, dict):
        return dicts
    merged: dict[str, Any] = {}
    for part in dicts:
        for name, value in part.items():
            if name in merged:
                raise ValueError(f"{name} appears in multiple dictionaries; behavior of functional call is ambiguous")
            merged[name] = value
    return merged


def _present(module: Any) -> dict[str, Any]:
    """Every parameter and buffer by each of its names."""
    named = (module.named_parameters(remove_duplicate=False), module.named_buffers(remove_duplicate=False))
    return {name: tensor for tensors in named for name, tensor in tensors}


def _tied(given: dict[str, Any], present: dict[str, Any]) -> dict[str, Any]:
    """The replacements, for every name of the tensors that they replace."""
    names = {id(present[name]): name for name in given if name in present}
    tied = {name: given[names[id(tensor)]] for name, tensor in present.items() if id(tensor) in names}
    for name, value in given.items():
        if tied.get(name, value) is not value:
            both = sorted({name, names[id(present[name])]})
            raise ValueError(
                f"functional_call got multiple values for keys {both}, which are tied. Consider using tie_weights=False"
            )
    return {**given, **tied}


def _place(module: Any, name: str) -> tuple[Any, str]:
    """The submodule that a dotted name leads to, and the last part of the name."""
    *path, key = name.split(".")
    for part in path:
        if part not in module._modules:
            raise AttributeError(f"functional_call: {type(module).__name__} has no submodule {part!r}, as in {name!r}")
        module = module._modules[part]
    return module, key


def _registry(owner: Any, key: str) -> dict[str, Any] | None:
    """Where the module registers the parameter or buffer; None for another attribute."""
    return next((registry for registry in (owner._parameters, owner._buffers) if key in registry), None)


def _value(owner: Any, key: str) -> Any:
    """The parameter, buffer or other attribute; None if there is none."""
    return (_registry(owner, key) or vars(owner)).get(key)


def _put(owner: Any, key: str, value: Any) -> None:
    registry = _registry(owner, key)
    if registry is not None:
        registry[key] = value
    elif value is None:
        vars(owner).pop(key, None)
        return
    vars(owner)[key] = value
