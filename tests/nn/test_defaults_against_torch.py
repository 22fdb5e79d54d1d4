"""Default arguments equal PyTorch's: layers, losses, optimizers and schedulers."""

import importlib
import inspect

import pytest

import autograd
from tests.tools.answers import plain

MODULES = [
    "nn", "nn.functional", "nn.init", "nn.utils", "nn.utils.rnn", "nn.utils.parametrize", "nn.utils.parametrizations",
    "optim", "optim.lr_scheduler", "optim.swa_utils", "distributions", "utils.data", "utils.checkpoint",
]  # fmt: skip


def defaults(function):
    """The defaults of the parameters, functions and classes by their names; None if there is no signature."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    given = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
    return {name: getattr(value, "__name__", value) for name, value in given.items()}


def all_defaults(library, module):
    """The defaults of all public functions and classes of a module, by name."""
    found = importlib.import_module(f"{library.__name__}.{module}")
    names = [name for name in dir(found) if not name.startswith("_") and callable(getattr(found, name))]
    by_name = {name: defaults(getattr(found, name)) for name in names}
    return {name: given for name, given in by_name.items() if given is not None and is_plain(given)}


def is_plain(value):
    """Whether the value can be recorded. Names from other modules, such as typing's, have other defaults."""
    try:
        plain(value)
    except TypeError:
        return False
    return True


def method_defaults(library):
    """The defaults of the public methods of all classes in `nn`, by class and method."""
    classes = [(name, kind) for name, kind in vars(library.nn).items() if isinstance(kind, type)]
    methods = [(f"{c}.{m}", getattr(kind, m)) for c, kind in classes for m in dir(kind) if not m.startswith("_")]
    by_name = {name: defaults(method) for name, method in methods if inspect.isroutine(method)}
    return {name: given for name, given in by_name.items() if given and is_plain(given)}


def differences(ours, theirs):
    """The defaults that differ among those that both have."""
    return [
        f"{name}: {p}={ours[name][p]!r}, not {theirs[name][p]!r}"
        for name in sorted(ours.keys() & theirs.keys())
        for p in ours[name].keys() & theirs[name].keys()
        if ours[name][p] != theirs[name][p]
    ]


@pytest.mark.parametrize("module", MODULES)
def test_defaults_equal_pytorchs(module, answers):
    ours, theirs = plain(all_defaults(autograd, module)), answers("torch", all_defaults, module)
    assert len(ours.keys() & theirs.keys()) >= 2 and not differences(ours, theirs)


def test_defaults_of_methods_equal_pytorchs(answers):
    ours, theirs = plain(method_defaults(autograd)), answers("torch", method_defaults)
    assert len(ours.keys() & theirs.keys()) > 500 and not differences(ours, theirs)
