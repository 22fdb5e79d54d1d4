"""Configs: the arguments that an object was created with, from which a copy can be created."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from inspect import Parameter
from typing import Any, Self, TypeVar

from ..constructor_names import name_inherited_constructor

Kind = TypeVar("Kind", bound=type)

#: All subclasses of Configured, by module and name.
_classes: dict[tuple[str, str], type[Configured]] = {}


class Configured:
    """Base class of objects that record the arguments they are created with.

    >>> from .initializers import RandomNormal
    >>> RandomNormal(stddev=0.1).get_config()
    {'mean': 0.0, 'stddev': 0.1, 'seed': None}
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        instance = super().__new__(cls)
        instance.__dict__["_arguments"] = (args, kwargs)
        return instance

    def __init_subclass__(cls, **attributes: Any) -> None:
        """Set class attributes from `class Add(Merge, operation=add)`; a base class must annotate their names."""
        super().__init_subclass__()
        for name, value in attributes.items():
            if not any(name in inspect.get_annotations(base) for base in cls.__mro__):
                raise TypeError(f"class {cls.__name__}: unknown keyword {name!r}")
            setattr(cls, name, staticmethod(value) if callable(value) else value)
        name_inherited_constructor(cls)
        _classes[cls.__module__, cls.__name__] = cls

    def get_config(self) -> dict[str, Any]:
        """The arguments by name, with defaults for those not passed. A subclass with `*args` must override this."""
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
                    f"{type(self).__name__} was created with arguments for *{name}, which have no names: it must "
                    "define get_config()"
                )
        return config

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """Create an object from its config.

        Args:
            config: as returned by `get_config`.
            custom_objects: classes by name, which take precedence over registered ones.

        Raises:
            TypeError: the class does not accept these arguments.
        """
        arguments = {name: _deserialize_nested(value, custom_objects) for name, value in config.items()}
        try:
            return cls(**arguments)
        except TypeError as error:
            raise TypeError(
                f"Error when deserializing class {cls.__name__!r} using config={dict(config)}.\n\nException "
                f"encountered: {error}"
            ) from None


def accepts(cls: type, name: str) -> bool:
    """Whether a class accepts a keyword argument."""
    parameters = _signature(cls).parameters
    return name in parameters or any(p.kind is Parameter.VAR_KEYWORD for p in parameters.values())


def _signature(cls: type) -> inspect.Signature:
    """The signature of `__init__` without `self`."""
    signature = inspect.signature(cls.__init__)  # type: ignore[misc]  # this class's own __init__ is meant
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def serialize(thing: Configured) -> dict[str, Any]:
    """The class and config of an object, from which `deserialize` creates a copy."""
    return {"module": type(thing).__module__, "class_name": type(thing).__name__, "config": thing.get_config()}


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Create an object from what `serialize` returned.

    Raises:
        TypeError: the class is unknown.

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
    create: Callable[..., Any] = found.from_config
    return create(config["config"])


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[Kind], Kind]:
    """A decorator without effect: every subclass of Configured is registered when it is defined."""
    return lambda cls: cls


def _deserialize_nested(value: Any, custom_objects: Mapping[str, Any] | None) -> Any:
    """The value, with an object in place of every serialized one inside it."""
    if isinstance(value, dict) and {"class_name", "config"} <= value.keys():
        return deserialize(value, custom_objects)
    if isinstance(value, dict):
        return {key: _deserialize_nested(part, custom_objects) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([_deserialize_nested(part, custom_objects) for part in value])
    return value
