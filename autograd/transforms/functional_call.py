"""Modules as functions of their state: called with other tensors in the places of their parameters and buffers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..ops.shape.joining import stack


def functional_call(
    module: Any, parameter_and_buffer_dicts: Any, args: Any = None, kwargs: Any = None, *,
    tie_weights: bool = True, strict: bool = False,
) -> Any:  # fmt: skip
    """Call a module with other tensors in the places of its parameters and buffers; afterwards it is as before.

    Args:
        module: an nn.Module.
        parameter_and_buffer_dicts: tensors by dotted name, in a dict or a sequence of dicts.
        args: its arguments, as a tuple, or one argument that is none.
        kwargs: its keyword arguments.
        tie_weights: a parameter that the module has under several names is replaced under all of them.
        strict: raise unless every parameter and buffer is given.

    Raises:
        ValueError: two dicts give the same name.
        RuntimeError: by `strict`; or a name that the module does not have.

    >>> from autograd import tensor, nn
    >>> functional_call(nn.Linear(1, 1), {"weight": tensor([[2.0]]), "bias": tensor([1.0])}, tensor([3.0]))
    tensor([7.])
    """
    given = _merged(parameter_and_buffer_dicts)
    owners = _places(module)
    missing = [name for name in owners if name not in given]
    unknown = [name for name in given if name not in owners]
    if unknown or (strict and missing):
        raise RuntimeError(
            f"functional_call: unexpected key(s): {unknown}, missing key(s): {missing if strict else []}: the names "
            f"are those of {type(module).__name__}.named_parameters() and named_buffers()"
        )
    if tie_weights:
        same = {id(owners[name][1][owners[name][2]]): value for name, value in given.items()}
        given = {name: same[id(r[k])] for name, (_, r, k) in owners.items() if id(r[k]) in same} | given
    before = [(fields, registry, key, registry[key]) for fields, registry, key in (owners[name] for name in given)]
    try:
        for (fields, registry, key, _), value in zip(before, given.values()):
            registry[key] = fields[key] = value
        positional = () if args is None else args if isinstance(args, tuple) else (args,)
        return module(*positional, **(kwargs or {}))
    finally:
        for fields, registry, key, value in before:
            registry[key] = fields[key] = value


def stack_module_state(models: Sequence[Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The parameters and the buffers of modules of one kind, each stacked, for `vmap` of a `functional_call`.

    Args:
        models: modules of the same type, all in training mode or none.

    Raises:
        RuntimeError: there is none, or they differ.

    >>> from autograd import nn
    >>> parameters, buffers = stack_module_state([nn.Linear(2, 3) for _ in range(4)])
    >>> parameters["weight"].shape
    autograd.Size([4, 3, 2])
    """
    if not models:
        raise RuntimeError("stack_module_state: Expected at least one model, got 0.")
    if len({type(model) for model in models}) > 1 or len({model.training for model in models}) > 1:
        raise RuntimeError("stack_module_state: Expected all models to be of the same class and in the same mode.")

    return _stacked_by_name([model.named_parameters() for model in models]), _stacked_by_name(
        [model.named_buffers() for model in models]
    )


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


def _places(module: Any) -> dict[str, tuple[dict[str, Any], dict[str, Any], str]]:
    """For each parameter and buffer the attributes and the registry that hold it, and its key there."""
    places = {}
    for path, owner in module.named_modules(remove_duplicate=False):
        for registry in (owner._parameters, owner._buffers):
            for key, value in registry.items():
                if value is not None:
                    places[f"{path}.{key}" if path else key] = (owner.__dict__, registry, key)
    return places
