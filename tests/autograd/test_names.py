"""The names of the top level, and the aliases under PyTorch's module names."""

from __future__ import annotations

import ast
import importlib
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

import autograd


def test_every_name_of_all_exists() -> None:
    assert [name for name in autograd.__all__ if not hasattr(autograd, name)] == []


def test_no_two_families_have_the_same_name() -> None:
    tree = ast.parse(Path(autograd.__file__).read_text(encoding="utf-8"))
    families = [
        importlib.import_module(f"autograd.{node.module}")
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.names[0].name == "*"
    ]
    names = [name for family in families for name in family.__all__]
    assert len(families) > 30
    assert [name for name, count in Counter(names).items() if count > 1] == []


def test_the_top_level_has_no_names_but_the_public_ones() -> None:
    assert {"Any", "ModuleType", "TYPE_CHECKING", "annotations", "importlib"} & set(autograd.__all__) == set()


def test_every_method_is_on_the_tensor_and_documented() -> None:
    from autograd.methods import Methods

    for name, function in vars(Methods).items():
        if not name.startswith("__"):
            assert getattr(autograd.Tensor, name) is not None
            documented = function.fget if isinstance(function, property) else function
            assert documented.__doc__, f"{name}: give it a docstring, or doc= if it is a primitive"


def test_every_public_function_has_a_docstring() -> None:
    for name in autograd.__all__:
        value = getattr(autograd, name)
        if callable(value):
            assert value.__doc__, f"{name}: give it a docstring, or doc= if it is a primitive"


def test_aliases_are_the_very_modules_that_they_lead_to() -> None:
    import autograd.nn.functional as alias
    import nn.functional

    assert autograd.nn is nn and alias is nn.functional
    assert autograd.optim is nn.optim and autograd.utils.data is nn.data and autograd.autograd is autograd


#: A module of PyTorch's, a name in it, and the module here that has it.
PLACES = {
    "nn.modules.batchnorm": ("_BatchNorm", "nn.modules.batchnorm"),
    "nn.modules.conv": ("_ConvNd", "nn.modules.conv"),
    "nn.modules.loss": ("_WeightedLoss", "nn.modules.loss"),
    "nn.modules.rnn": ("RNNBase", "nn.modules.rnn"),
    "nn.modules.container": ("ModuleDict", "nn.modules.container"),
    "nn.modules.utils": ("_pair", "nn.modules.utils"),
    "nn.utils.clip_grad": ("clip_grad_norm_", "nn.utils.clip_grad"),
    "nn.utils.convert_parameters": ("parameters_to_vector", "nn.utils.convert_parameters"),
    "nn.utils.stateless": ("functional_call", "autograd.transforms.functional_call"),
    "utils.data.dataloader": ("DataLoader", "nn.data.dataloader"),
    "utils.dlpack": ("from_dlpack", "autograd.ops.protocols.copying"),
    "utils.hooks": ("RemovableHandle", "autograd.core.tensor"),
}


@pytest.mark.parametrize("place", PLACES)
def test_modules_of_pytorch_that_scripts_import_are_found(place: str) -> None:
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


def test_an_error_while_importing_nn_is_not_hidden(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import nn\nnn.no_such_layer\n", encoding="utf-8")
    program = """
import sys, autograd
from autograd import aliases
sys.path.insert(0, sys.argv[1])
aliases.ALIASES["autograd.broken"] = "broken"
from autograd import broken
"""
    found = subprocess.run([sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert "ImportError: autograd.broken could not be imported" in found.stderr and "no_such_layer" in found.stderr
