"""Configs: with which arguments a thing was made, so that another can be made like it."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from inspect import Parameter
from typing import Any, Self, TypeVar

Kind = TypeVar("Kind", bound=type)

#: The classes whose things can be made from configs, by the modules and names that stand there.
_classes: dict[tuple[str, str], type[Configured]] = {}


class Configured:
    """What remembers the arguments that it was made with.

    >>> from .initializers import RandomNormal
    >>> RandomNormal(stddev=0.1).get_config()
    {'mean': 0.0, 'stddev': 0.1, 'seed': None}
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        thing = super().__new__(cls)
        thing.__dict__["_arguments"] = (args, kwargs)
        return thing

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        _classes[cls.__module__, cls.__name__] = cls

    def get_config(self) -> dict[str, Any]:
        """The arguments by name, as they were given, and the defaults of the others.

        A subclass may say more, or other values.

        Raises:
            NotImplementedError: arguments were given to a `*args`, which have no names.
        """
        args, kwargs = self.__dict__["_arguments"]
        bound = _signature(type(self)).bind(*args, **kwargs)
        bound.apply_defaults()
        config: dict[str, Any] = {}
        for name, value in bound.arguments.items():
            kind = bound.signature.parameters[name].kind
            if kind is Parameter.VAR_KEYWORD:
                config |= value
            elif kind is not Parameter.VAR_POSITIONAL:
                config[name] = value
            elif value:
                raise NotImplementedError(
                    f"{type(self).__name__} was made with arguments for *{name}, which have no names: it must say in "
                    "get_config() what it is made from"
                )
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """A new one, made with these arguments.

        Args:
            config: what `get_config` gave.
            custom_objects: classes by the names that stand in the config, where others are to be taken.

        Raises:
            TypeError: the class takes no such arguments.
        """
        arguments = {name: _read(value, custom_objects) for name, value in config.items()}
        try:
            return cls(**arguments)
        except TypeError as error:
            raise TypeError(
                f"Error when deserializing class {cls.__name__!r} using config={dict(config)}.\n\nException "
                f"encountered: {error}"
            ) from None


def takes(cls: type, name: str) -> bool:
    """Whether a class is made with an argument of this name."""
    parameters = _signature(cls).parameters
    return name in parameters or any(p.kind is Parameter.VAR_KEYWORD for p in parameters.values())


def _signature(cls: type) -> inspect.Signature:
    """What `__init__` takes, after `self`."""
    signature = inspect.signature(cls.__init__)  # type: ignore[misc]  # asked of this very class
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def serialize(thing: Configured) -> dict[str, Any]:
    """The class of a thing and its config, from which `deserialize` makes another."""
    return {"module": type(thing).__module__, "class_name": type(thing).__name__, "config": thing.get_config()}


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """A new thing of the class and config that `serialize` gave.

    Raises:
        TypeError: there is no such class.

    >>> from .layers import Dense
    >>> deserialize(serialize(Dense(3, name="head")))
    <Dense name=head, built=False>
    """
    name = config["class_name"]
    found = (custom_objects or {}).get(name) or _classes.get((config.get("module", ""), name))
    if found is None:
        raise TypeError(
            f"Could not locate class {name!r} of module {config.get('module')!r}: import it, or pass it in "
            f"custom_objects={{{name!r}: …}}"
        )
    made: Callable[..., Any] = found.from_config
    return made(config["config"])


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[Kind], Kind]:
    """A decorator that changes nothing: every class is known here as soon as it is defined."""
    return lambda cls: cls


def _read(value: Any, custom_objects: Mapping[str, Any] | None) -> Any:
    """The value with new layers in the places of what `serialize` gave."""
    if isinstance(value, dict) and {"class_name", "config"} <= value.keys():
        return deserialize(value, custom_objects)
    if isinstance(value, (list, tuple)):
        return type(value)([_read(part, custom_objects) for part in value])
    return {key: _read(part, custom_objects) for key, part in value.items()} if isinstance(value, dict) else value
