"""Modules as functions of their state: calls with other tensors in place of the parameters and buffers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ops.shape.joining import stack


def functional_call(
    module: Any, parameter_and_buffer_dicts: Any, args: Any = None, kwargs: Any = None, *,
    tie_weights: bool = True, strict: bool = False,
) -> Any:  # fmt: skip
    """Call a module with other tensors in place of its parameters and buffers, which are restored afterwards.

    Args:
        module: an nn.Module.
        parameter_and_buffer_dicts: tensors by dotted name, in a dict or a sequence of dicts.
        args: the arguments of the call: a tuple, or a single argument that is not a tuple.
        kwargs: the keyword arguments of the call.
        tie_weights: whether to replace a parameter that the module has under several names under all of them.
        strict: whether a missing parameter or buffer is an error.

    Raises:
        ValueError: two dicts have the same name.
        RuntimeError: the module does not have a name; or `strict`, and a name is missing.

    >>> from autograd import tensor, nn
    >>> functional_call(nn.Linear(1, 1), {"weight": tensor([[2.0]]), "bias": tensor([1.0])}, tensor([3.0]))
    tensor([7.])
    """
    replacements = _merged(parameter_and_buffer_dicts)
    owners = _owners(module)
    missing = [name for name in owners if name not in replacements]
    unknown = [name for name in replacements if name not in owners]
    if unknown or (strict and missing):
        raise RuntimeError(
            f"functional_call: unexpected key(s): {unknown}, missing key(s): {missing if strict else []}: the names "
            f"are those of {type(module).__name__}.named_parameters() and named_buffers()"
        )
    if tie_weights:
        tied = {id(owners[name][1][owners[name][2]]): value for name, value in replacements.items()}
        replacements = {
            name: tied[id(registry[key])] for name, (_, registry, key) in owners.items() if id(registry[key]) in tied
        } | replacements
    before = [
        (attributes, registry, key, registry[key])
        for attributes, registry, key in (owners[name] for name in replacements)
    ]
    try:
        for (attributes, registry, key, _), value in zip(before, replacements.values()):
            registry[key] = attributes[key] = value
        positional = () if args is None else args if isinstance(args, tuple) else (args,)
        return module(*positional, **(kwargs or {}))
    finally:
        for attributes, registry, key, value in before:
            registry[key] = attributes[key] = value


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
        raise RuntimeError("stack_module_state: Expected all models to be of the same class and in the same mode.")
    parameters = _stacked_by_name([model.named_parameters() for model in models])
    return parameters, _stacked_by_name([model.named_buffers() for model in models])


def _stacked_by_name(named: list[Any]) -> dict[str, Any]:
    stacked = {}
    for column in zip(*named):
        name, first = column[0]
        stacked[name] = stack([value.detach() for _, value in column]).requires_grad_(first.requires_grad)
    return stacked


def _merged(dicts: Any) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for part in [dicts] if isinstance(dicts, dict) else dicts:
        for name, value in part.items():
            if name in merged:
                raise ValueError(f"{name} appears in multiple dictionaries; behavior of functional call is ambiguous")
            merged[name] = value
    return merged


def _owners(module: Any) -> dict[str, tuple[dict[str, Any], dict[str, Any], str]]:
    """For each parameter and buffer, the attributes and the registry of the module that holds it, and its key there."""
    owners = {}
    for path, owner in module.named_modules(remove_duplicate=False):
        for registry in (owner._parameters, owner._buffers):
            for key, value in registry.items():
                if value is not None:
                    owners[f"{path}.{key}" if path else key] = (owner.__dict__, registry, key)
    return owners
