"""The top level hands on what it says, and PyTorch's names lead where they should."""

from __future__ import annotations

import importlib
import subprocess
import sys
import types

import pytest

import autograd


def test_every_name_that_is_promised_is_there() -> None:
    assert [name for name in autograd.__all__ if not hasattr(autograd, name)] == []


def test_every_public_name_is_promised() -> None:
    public = {
        name
        for name, value in vars(autograd).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    machinery = {"Any", "ModuleType", "TYPE_CHECKING", "annotations", "importlib", "keep_freed_memory", "warnings"}
    assert public - machinery - set(autograd.__all__) == set(), "name it in __all__, in autograd/__init__.py"


def test_every_method_is_on_the_tensor_and_documented() -> None:
    from autograd.methods import Methods

    for name, function in vars(Methods).items():
        if not name.startswith("__"):
            assert getattr(autograd.Tensor, name) is not None
            documented = function.fget if isinstance(function, property) else function
            assert documented.__doc__, f"{name}: say what it is, a primitive by doc="


def test_every_public_function_says_what_it_is() -> None:
    for name in autograd.__all__:
        value = getattr(autograd, name)
        if callable(value):
            assert value.__doc__, f"{name}: say what it is, a primitive by doc="


def test_doors_lead_to_the_packages_themselves() -> None:
    import autograd.nn.functional as behind_the_door

    import nn.functional

    assert autograd.nn is nn and behind_the_door is nn.functional
    assert autograd.optim is nn.optim and autograd.utils.data is nn.data and autograd.autograd is autograd


#: A place of PyTorch's, a name there, and where it is here.
PLACES = {
    "nn.modules.batchnorm": ("_BatchNorm", "nn.modules.normalization"),
    "nn.modules.conv": ("_ConvNd", "nn.modules.conv"),
    "nn.modules.loss": ("_WeightedLoss", "nn.modules.loss"),
    "nn.modules.rnn": ("RNNBase", "nn.modules.rnn"),
    "nn.modules.container": ("ModuleDict", "nn.modules.container"),
    "nn.modules.utils": ("_pair", "nn.modules.utils"),
    "nn.utils.clip_grad": ("clip_grad_norm_", "nn.utils.clipping"),
    "nn.utils.convert_parameters": ("parameters_to_vector", "nn.utils.vectors"),
    "nn.utils.stateless": ("functional_call", "autograd.transforms.functional_call"),
    "utils.data.dataloader": ("DataLoader", "nn.data"),
    "utils.dlpack": ("from_dlpack", "autograd.ops.protocols.copying"),
    "utils.hooks": ("RemovableHandle", "autograd.core.tensor"),
}


@pytest.mark.parametrize("place", PLACES)
def test_what_scripts_import_from_pytorchs_files_is_found(place: str) -> None:
    name, room = PLACES[place]
    found = importlib.import_module(f"autograd.{place}")
    assert getattr(found, name) is getattr(importlib.import_module(room), name)


def test_layers_are_found_under_modules_without_an_import() -> None:
    program = """
from autograd import nn
layer = nn.BatchNorm2d(3)
print(isinstance(layer, nn.modules.batchnorm._BatchNorm), nn.modules.Linear is nn.Linear)
print(nn.modules.utils._pair(3), nn.modules.utils._triple((1, 2, 3)), nn.utils.__name__)
print(hasattr(nn.modules, "no_layer"), nn.modules.linear.__name__)
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.split("\n")[:3] == ["True True", "(3, 3) (1, 2, 3) nn.utils", "False nn.modules.linear"]


def test_importing_the_package_does_not_import_those_above_it() -> None:
    program = "import sys, autograd; print([m for m in ('nn', 'autograd.testing', 'hypothesis') if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
