"""Parts: the modules of an nn.Module, or the layers of a Keras model, with their names, parameters and calls."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import numpy as np

from nn.module import Module

from ..base.text import printable
from ..core.tensor import Tensor

#: Where Keras' layers are defined. A program that has one has imported it; an import here would take long.
_KERAS = "nn.keras.layers.base"


def is_keras(model: Any) -> bool:
    """Whether a value is a Keras layer or model."""
    return _KERAS in sys.modules and isinstance(model, sys.modules[_KERAS].Layer)


def keras_input(value: Any) -> Any:
    """An input of a Keras model as a tensor that tapes record."""
    return sys.modules[_KERAS].EagerTensor(np.asarray(value.array if isinstance(value, Tensor) else value))


def check_model(model: Any, task: str = "") -> None:
    """Raise a TypeError unless the argument is an nn.Module or a Keras layer or model."""
    if not isinstance(model, Module) and not is_keras(model):
        raise TypeError(f"{task}expected an nn.Module or a Keras model, but got {type(model).__name__}")


def named_parts(model: Any) -> Iterator[tuple[str, Any]]:
    """The model itself, named "", and all modules or layers in it with dotted names, each once."""
    if isinstance(model, Module):
        yield from model.named_modules()
        return
    seen, waiting = set(), [("", model)]
    while waiting:
        name, layer = waiting.pop()
        if id(layer) not in seen:
            seen.add(id(layer))
            yield name, layer
            children = [(f"{name}.{inner.name}" if name else inner.name, inner) for inner in layer._sublayers()]
            waiting += reversed(children)


def own_parameters(part: Any) -> dict[str, Tensor]:
    """The parameters of a part without those of the parts in it, by name; of a Keras layer, all its weights."""
    if isinstance(part, Module):
        return dict(part.named_parameters(recurse=False))
    inner = {id(weight) for layer in part._sublayers() for weight in layer.weights}
    return {weight.path.rpartition("/")[2]: weight for weight in part.weights if id(weight) not in inner}


def all_parameters(part: Any) -> dict[str, Tensor]:
    """All parameters of a part, by name."""
    if isinstance(part, Module):
        return dict(part.named_parameters())
    return {weight.path: weight for weight in part.weights}


def is_trained(parameter: Any) -> bool:
    """Whether a parameter of a module requires grad; whether a Keras weight is trainable."""
    return bool(getattr(parameter, "trainable", parameter.requires_grad))


def has_parts(part: Any) -> bool:
    """Whether there are other modules or layers in a part."""
    return bool(part._modules if isinstance(part, Module) else part._sublayers())


def title_of(part: Any) -> str:
    """`Linear(in_features=2, out_features=1, bias=True)`; for a module with submodules, the class name alone."""
    name = type(part).__name__
    if not isinstance(part, Module) or has_parts(part):
        return name
    extra = printable(" ".join(part.extra_repr().split()))
    return f"{name}({extra})" if extra else name


#: A function that is called before or after every call of a part.
Hook = Callable[..., None]
#: A hook that does nothing.
ignore: Hook = lambda *call: None


@contextmanager
def hooks(model: Any, enter: Hook, leave: Hook) -> Iterator[None]:
    """Inside the block, every call of the model and of the parts in it calls two functions; `model` may be None.

    `enter(name, part, args)` is called before all other hooks, and `leave(name, part, args, out)` after them.
    """
    undo: list[Callable[[], Any]] = []
    for name, part in named_parts(model) if model is not None else ():
        if isinstance(part, Module):
            undo.append(part.register_forward_pre_hook(partial(enter, name), prepend=True).remove)
            undo.append(part.register_forward_hook(partial(leave, name)).remove)
        else:  # a Keras layer has no hooks: an attribute of the instance stands before the method `call`
            undo.append(partial(_set_call, part, vars(part).get("call")))
            _set_call(part, _observed(part.call, partial(enter, name, part), partial(leave, name, part)))
    try:
        yield
    finally:
        for step in undo:
            step()


def _set_call(layer: Any, call: Any) -> None:
    """Set the attribute `call` of a layer, or delete it if the value is None."""
    vars(layer)["call"] = call
    if call is None:
        del vars(layer)["call"]


def _observed(call: Callable[..., Any], enter: Hook, leave: Hook) -> Callable[..., Any]:
    def observed(*args: Any, **kwargs: Any) -> Any:
        enter(args)
        out = call(*args, **kwargs)
        leave(args, out)
        return out

    return observed
