"""Configs: the arguments that an object was created with, as plain values, from which a copy can be created.

A class or function is found again by its name: in Keras, among those registered with `register_keras_serializable`, or
among those passed as `custom_objects`. No module is imported, and no code is read.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from inspect import Parameter
from typing import Any, Self, TypeVar

import numpy as np

from autograd.core.tensor import Tensor
from autograd.saving.files import is_number
from autograd.tensorflow.tensors import EagerTensor

from ..constructor_names import name_inherited_constructor

Kind = TypeVar("Kind")

#: What configs name: Keras' own classes by (namespace, name), users' classes by (module, name).
_library: dict[tuple[str, str], Any] = {}
_users: dict[tuple[str, str], Any] = {}
#: What `register_keras_serializable` was applied to, by "package>name", and what custom_object_scope adds.
_registered: dict[str, Any] = {}
_names: dict[Any, str] = {}
_custom: dict[str, Any] = {}
#: Keras' own functions, by name: activations and losses; and their names.
_functions: dict[str, Callable[..., Any]] = {}
_function_names: dict[Callable[..., Any], str] = {}

#: Arguments of Keras that are not supported, with the value that leaves them without effect; a config may have them.
_WITHOUT_EFFECT: dict[str, Any] = {
    "antialias": False, "axis": -1, "crop_to_aspect_ratio": False, "data_format": "channels_last",
    "dilation_rate": [1, 1], "ema_momentum": 0.99, "fill_mode": "constant", "fill_value": 0.0, "groups": 1,
    "invert": False, "optional": False, "pad_to_aspect_ratio": False, "ragged": False, "renorm": False,
    "renorm_momentum": 0.99, "rms_scaling": False, "sparse": False, "stateful": False, "synchronized": False,
    "unroll": False, "use_ema": False, "use_gate": False, "zero_output_for_mask": False,
}  # fmt: skip


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
        if is_keras(cls):
            publish(cls.__module__, cls.__name__, cls)
        else:
            _users[cls.__module__, cls.__name__] = cls

    def get_config(self) -> dict[str, Any]:
        """The arguments by name, with defaults for those not passed, as plain values: objects are serialized.

        A function that is not Keras' own stays a function. A subclass with `*args` must override this.
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
                    f"{type(self).__name__} was created with arguments for *{name}, which have no names: it must "
                    "define get_config()"
                )
        if is_keras(type(self)):  # whose attributes hold the arguments in their final form: objects for names
            config |= {name: self.__dict__[name] for name in config if name in self.__dict__}
        return {name: plain_config(value) for name, value in config.items()}

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Self:
        """Create an object from its config.

        Args:
            config: as returned by `get_config`.
            custom_objects: classes and functions by name, which take precedence over registered ones.

        Raises:
            TypeError: the class does not accept these arguments.
        """
        with custom_object_scope(custom_objects or {}):
            arguments = {name: deserialize_nested(value) for name, value in config.items()}
            if is_keras(cls):
                known = _keywords(cls)
                arguments = {n: v for n, v in arguments.items() if n in known or not _is_without_effect(n, v)}
            try:
                return cls(**arguments)
            except TypeError as error:
                raise TypeError(
                    f"Error when deserializing class {cls.__name__!r} using config={dict(config)}.\n\nException "
                    f"encountered: {error}"
                ) from None

    def identity(self) -> tuple[str | None, str, str | None]:
        """The module, the name and the registered name under which `deserialize` finds the class."""
        return identity_of(type(self))


def accepts(cls: type, name: str) -> bool:
    """Whether a class accepts a keyword argument."""
    parameters = _signature(cls).parameters
    return name in parameters or any(p.kind is Parameter.VAR_KEYWORD for p in parameters.values())


def _keywords(cls: type) -> set[str]:
    """The arguments of a class, and those that its `**common` hands on to the keywords of its base classes."""
    names = set(_signature(cls).parameters)
    bases = cls.__mro__[1:] if any(p.kind is Parameter.VAR_KEYWORD for p in _signature(cls).parameters.values()) else ()
    for base in bases:
        parameters = _signature(base).parameters.values() if "__init__" in vars(base) else ()
        names |= {p.name for p in parameters if p.kind is Parameter.KEYWORD_ONLY}
    return names


def _signature(cls: type) -> inspect.Signature:
    """The signature of `__init__` without `self`."""
    signature = inspect.signature(cls.__init__)  # type: ignore[misc]  # this class's own __init__ is meant
    return signature.replace(parameters=list(signature.parameters.values())[1:])


def _is_without_effect(name: str, value: Any) -> bool:
    value = list(value) if isinstance(value, tuple) else value
    return value is None or (name in _WITHOUT_EFFECT and value == _WITHOUT_EFFECT[name])


# -- names of classes and functions -----------------------------------------------------------------


def is_keras(cls: type) -> bool:
    """Whether a class is one of this package, rather than a user's."""
    return cls.__module__.startswith("nn.keras.")


def _namespace(module: str) -> str:
    """The namespace of Keras that a module is in: "layers" for nn.keras.layers.core and for keras.src.layers.core."""
    parts = [part for part in module.split(".") if part not in ("nn", "src")]
    return parts[1] if len(parts) > 1 and parts[1] not in ("model", "models") else ""


def publish(module: str, name: str, thing: Any) -> None:
    """Let `deserialize` find a class of Keras, or what else has a `from_config`, in the namespace of a module."""
    _library[_namespace(module), name] = thing


def publish_functions(functions: Mapping[str, Callable[..., Any]]) -> None:
    """Let `deserialize` find functions of Keras by their names, and `get_config` name them."""
    _functions.update(functions)
    for name, function in functions.items():
        _function_names.setdefault(function, name)


def identity_of(cls: type) -> tuple[str | None, str, str | None]:
    """The module, the name and the registered name under which `deserialize` finds a class."""
    if not is_keras(cls):
        return cls.__module__, cls.__name__, get_registered_name(cls)
    schedules = ".schedules" if cls.__module__.endswith(".schedules") else ""
    return f"keras.{_namespace(cls.__module__)}".rstrip(".") + schedules, cls.__name__, None


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[Kind], Kind]:
    """A decorator that lets a class or a function be found by "package>name" when a model is loaded.

    Args:
        package: any name, usually the program's.
        name: of the class or function; its own by default.

    >>> @register_keras_serializable("shop")
    ... def swish(x):
    ...     return x * x
    >>> get_registered_name(swish), get_registered_object("shop>swish") is swish
    ('shop>swish', True)
    """

    def register(thing: Kind) -> Kind:
        full_name = f"{package}>{name or thing.__name__}"  # type: ignore[attr-defined]  # a class or a function
        if inspect.isclass(thing) and not hasattr(thing, "get_config"):
            raise ValueError("Cannot register a class that does not have a get_config() method.")
        _registered[full_name] = thing
        _names[thing] = full_name
        return thing

    return register


def get_registered_name(thing: Any) -> str:
    """The name that a class or function is registered under; its own if it is not registered."""
    name: str = _names.get(thing) or thing.__name__
    return name


def get_registered_object(name: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
    """The class or function that is registered under a name; None if there is none."""
    return next((found[name] for found in (custom_objects or {}, _custom, _registered) if name in found), None)


def get_custom_objects() -> dict[str, Any]:
    """The dict of classes and functions by name that `deserialize` searches first; it may be changed."""
    return _custom


@contextmanager
def custom_object_scope(objects: Mapping[str, Any]) -> Iterator[None]:
    """Inside the block `deserialize` finds these classes and functions by their names."""
    before = dict(_custom)
    _custom.update(objects)
    try:
        yield
    finally:
        _custom.clear()
        _custom.update(before)


# -- serialized objects -----------------------------------------------------------------------------


def serialize(thing: Any) -> Any:
    """The class and config of an object, or the name of a function, from which `deserialize` creates a copy.

    Raises:
        ValueError: a function that no name stands for, such as a lambda: its code is not saved.
    """
    if isinstance(thing, Configured):
        module, name, registered = thing.identity()
        config = thing.get_config()
        return {"module": module, "class_name": name, "config": config, "registered_name": registered}
    name = _function_names.get(thing) or get_registered_name(thing)
    if name == "<lambda>":
        raise ValueError(
            f"{thing!r} cannot be saved, since files hold no code: define it with def, and register it with "
            "@keras.saving.register_keras_serializable()"
        )
    return {"module": "builtins", "class_name": "function", "config": name, "registered_name": "function"}


def deserialize(config: Mapping[str, Any], custom_objects: Mapping[str, Any] | None = None) -> Any:
    """Create an object from what `serialize` returned.

    Raises:
        TypeError: the class or function is unknown.

    >>> from .layers import Dense
    >>> deserialize(serialize(Dense(3, name="head")))
    <Dense name=head, built=False>
    """
    with custom_object_scope(custom_objects or {}):
        name, module, registered = config["class_name"], config.get("module") or "", config.get("registered_name")
        if name in _VALUES:
            return _VALUES[name](config["config"])
        of_keras = module.split(".")[0] == "keras"
        own = _library.get((_namespace(module), name)) if of_keras else _users.get((module, name))
        create: Callable[..., Any] = _found("class", name, registered, own, module).from_config
        return create(config["config"])


def _found(kind: str, name: str, registered: str | None, own: Any, module: Any = "builtins") -> Any:
    custom = get_registered_object(name)
    found = custom if custom is not None else get_registered_object(registered) if registered else None
    found = own if found is None else found
    if found is None:
        raise TypeError(
            f"Could not locate {kind} {name!r} of module {module!r}: register it with "
            f"@keras.saving.register_keras_serializable(), or pass it in custom_objects={{{name!r}: …}}"
        )
    return found


#: How values that are not objects of a Keras class are read from their config, by `class_name`.
_VALUES: dict[str, Callable[[Any], Any]] = {
    "function": lambda name: _found("function", name, None, _functions.get(name)),
    "DTypePolicy": lambda config: config["name"],
    "__slice__": lambda config: slice(config["start"], config["stop"], config["step"]),
    "__ellipsis__": lambda config: ...,
    "__numpy__": lambda config: np.array(config["value"], _number_type(config["dtype"])),
    "__tensor__": lambda config: EagerTensor(np.array(config["value"], _number_type(config["dtype"]))),
}


def _number_type(name: str) -> np.dtype[Any]:
    dtype = np.dtype(name)
    if not is_number(dtype):
        raise TypeError(f"dtype {name!r} is not one of numbers")
    return dtype


def serialize_keras_object(value: Any) -> Any:
    """An object, or a nest of objects and values, as plain values that JSON can hold.

    Raises:
        TypeError: a value that cannot be saved.
        ValueError: a function that no name stands for, such as a lambda: its code is not saved.

    >>> serialize_keras_object((slice(1, None), np.ones(2, "float32")))[1]
    {'class_name': '__numpy__', 'config': {'value': [1.0, 1.0], 'dtype': 'float32'}}
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value.item() if isinstance(value, np.generic) else value
    if isinstance(value, (list, tuple)):
        return [serialize_keras_object(part) for part in value]
    if isinstance(value, dict):
        return {key: serialize_keras_object(part) for key, part in value.items()}
    if isinstance(value, slice):
        return {"class_name": "__slice__", "config": {"start": value.start, "stop": value.stop, "step": value.step}}
    if value is ...:
        return {"class_name": "__ellipsis__", "config": {}}
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, (np.ndarray, Tensor)):
        kind, array = ("__numpy__", value) if isinstance(value, np.ndarray) else ("__tensor__", value.array)
        return {"class_name": kind, "config": {"value": array.tolist(), "dtype": array.dtype.name}}
    if isinstance(value, Configured) or inspect.isroutine(value):
        return serialize_keras_object(serialize(value))
    raise TypeError(f"{value!r:.100} of type {type(value).__name__} cannot be saved: it needs a get_config() method")


def plain_config(value: Any) -> Any:
    """A value of a config, with serialized objects, and names in place of Keras' own functions."""
    if isinstance(value, Configured):
        return serialize(value)
    if isinstance(value, (list, tuple)):
        return type(value)([plain_config(part) for part in value])
    if isinstance(value, dict):
        return {key: plain_config(part) for key, part in value.items()}
    if isinstance(value, np.generic):
        return value.item()
    return _function_names.get(value, value) if inspect.isfunction(value) else value


def deserialize_nested(value: Any) -> Any:
    """The value, with an object in place of every serialized one inside it."""
    if isinstance(value, dict) and {"class_name", "config"} <= value.keys():
        return deserialize(value)
    if isinstance(value, dict):
        return {key: deserialize_nested(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)([deserialize_nested(part) for part in value])
    return value
