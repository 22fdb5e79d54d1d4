"""The top level hands on what it says, and PyTorch's names lead where they should."""

from __future__ import annotations

import subprocess
import sys
import types

import autograd


def test_every_name_that_is_promised_is_there() -> None:
    assert [name for name in autograd.__all__ if not hasattr(autograd, name)] == []


def test_every_public_name_is_promised() -> None:
    public = {
        name
        for name, value in vars(autograd).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    machinery = {"Any", "TYPE_CHECKING", "annotations", "importlib", "keep_freed_memory", "warnings"}
    assert public - machinery - set(autograd.__all__) == set()


def test_every_method_is_on_the_tensor_and_documented() -> None:
    from autograd.methods import Methods

    for name, function in vars(Methods).items():
        if not name.startswith("__"):
            assert getattr(autograd.Tensor, name) is not None
            documented = function.fget if isinstance(function, property) else function
            assert documented.__doc__, name


def test_every_public_function_says_what_it_is() -> None:
    for name in autograd.__all__:
        value = getattr(autograd, name)
        if callable(value):
            assert value.__doc__, name


def test_doors_lead_to_the_packages_themselves() -> None:
    import autograd.nn.functional as behind_the_door

    import nn.functional

    assert autograd.nn is nn and behind_the_door is nn.functional
    assert autograd.optim is nn.optim and autograd.utils.data is nn.data and autograd.autograd is autograd


def test_importing_the_package_does_not_import_those_above_it() -> None:
    program = "import sys, autograd; print([m for m in ('nn', 'autograd.testing', 'hypothesis') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
