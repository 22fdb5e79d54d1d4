"""Default arguments equal PyTorch's: layers, losses, optimizers and schedulers."""

import inspect

import pytest

import nn
from autograd.optim import lr_scheduler
from nn import optim

torch = pytest.importorskip("torch")

MODULES = {
    "nn": (nn, torch.nn),
    "nn.functional": (nn.functional, torch.nn.functional),
    "nn.init": (nn.init, torch.nn.init),
    "optim": (optim, torch.optim),
    "optim.lr_scheduler": (lr_scheduler, torch.optim.lr_scheduler),
}


def defaults(function):
    """The defaults of the parameters, functions by their names; None if there is no signature."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        return None
    given = {p.name: p.default for p in parameters if p.default is not inspect.Parameter.empty}
    return {name: getattr(value, "__name__", value) for name, value in given.items()}


@pytest.mark.parametrize("module", MODULES)
def test_defaults_equal_pytorchs(module):
    ours, theirs = MODULES[module]
    compared, other = 0, []
    for name in dir(ours):
        if name.startswith("_") or not callable(getattr(theirs, name, None)):
            continue
        mine, its = defaults(getattr(ours, name)), defaults(getattr(theirs, name))
        if mine is None or its is None:
            continue
        compared += 1
        other += [f"{name}: {p}={mine[p]!r}, not {its[p]!r}" for p in mine.keys() & its.keys() if mine[p] != its[p]]
    assert compared > 10 and not other
