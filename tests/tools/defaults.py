"""The default arguments of functions, classes and methods, in a form that can be recorded."""

import inspect
from functools import reduce

#: Parameters that have no effect here, or whose name is a part of the interface of one library alone.
WITHOUT_EFFECT = {"name", "self"}


def defaults(function):
    """The defaults of the parameters as text, by name; None if there is no signature."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    with_default = [p for p in parameters if p.default is not p.empty and p.name not in WITHOUT_EFFECT]
    return {p.name: text(p.default) for p in with_default}


def text(value):
    """A default as text: a dtype or a function by its name, None as "None", and an integer as a float."""
    if isinstance(value, (bool, str)) or value is None:
        return str(value)
    if isinstance(value, (int, float)):
        return str(float(value))
    if isinstance(value, (list, tuple)):
        return f"({', '.join(map(text, value))})"
    return getattr(value, "name", None) or getattr(value, "__name__", type(value).__name__)


def found_at(library, path):
    """The object at a dotted path of a library; None if it has none there."""
    return reduce(lambda place, part: getattr(place, part, None), path.split("."), library)


def public_names(library, path):
    """The dotted paths of the functions, classes and public methods of a module or class."""
    place = found_at(library, path) if path else library
    names = [name for name in dir(place) if not name.startswith("_") and callable(getattr(place, name))]
    return [f"{path}.{name}" if path else name for name in names]


def defaults_of(library, names):
    """By dotted path: the defaults of a function, or of the constructor of a class."""
    found = {name: found_at(library, name) for name in names}
    return {name: defaults(value) for name, value in found.items() if callable(value)}


def differences(ours, theirs):
    """The parameters of both libraries whose defaults differ, as sentences."""
    return [
        f"{name}: {parameter}={ours[name][parameter]}, not {theirs[name][parameter]}"
        for name in sorted(ours.keys() & theirs.keys())
        if ours[name] and theirs[name]
        for parameter in ours[name].keys() & theirs[name].keys()
        if ours[name][parameter] != theirs[name][parameter]
    ]
