"""The names of the top level, and the aliases under PyTorch's module names."""

from __future__ import annotations

import ast
import importlib
import inspect
import pickle
import subprocess
import sys
import typing
from collections import Counter
from pathlib import Path
from types import ModuleType

import pytest

import autograd
import nn.functional


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
    assert {"Any", "ModuleType", "RLock", "TYPE_CHECKING", "annotations", "importlib"} & set(autograd.__all__) == set()


def test_every_method_is_on_the_tensor_and_documented() -> None:
    from autograd.methods import METHODS

    for name, function in METHODS.items():
        if not name.startswith("__"):
            assert getattr(autograd.Tensor, name) is not None
            documented = function.fget if isinstance(function, property) else function
            assert documented.__doc__, f"{name}: give it a docstring, or doc= if it is a primitive"


def test_every_public_function_has_a_docstring() -> None:
    for name in autograd.__all__:
        value = getattr(autograd, name)
        if callable(value):
            assert value.__doc__, f"{name}: give it a docstring, or doc= if it is a primitive"


#: Each place where users find functions, and the number of its functions at least.
PLACES_OF_FUNCTIONS = {
    autograd: 400, autograd.Tensor: 450, autograd.fft: 20, autograd.linalg: 35, autograd.special: 40,
    nn.functional: 110, nn.init: 10,
}  # fmt: skip


def functions_of(place: ModuleType | type) -> dict[str, object]:
    """The public functions of a module, or the methods of a class; also those that are imported on first use."""
    names = getattr(place, "__all__", None) or dir(place)
    values = {name: getattr(place, name) for name in names if not name.startswith("__")}
    return {name: value for name, value in values.items() if inspect.isroutine(value)}


@pytest.mark.parametrize("place", PLACES_OF_FUNCTIONS, ids=lambda place: place.__name__)
def test_a_pickled_function_is_the_same_function(place: ModuleType | type) -> None:
    functions = functions_of(place)
    assert len(functions) >= PLACES_OF_FUNCTIONS[place]
    for name, function in functions.items():
        assert pickle.loads(pickle.dumps(function)) is function, name


@pytest.mark.parametrize("place", PLACES_OF_FUNCTIONS, ids=lambda place: place.__name__)
def test_type_hints_of_functions_can_be_read(place: ModuleType | type) -> None:
    for function in functions_of(place).values():
        typing.get_type_hints(function)


def test_threads_may_use_late_names_for_the_first_time_at_once() -> None:
    program = """
import importlib, os, sys, threading
import autograd as torch
names = ["conv2d", "dropout", "nn.Linear", "optim.SGD", "GradientTape", "load", "tensorflow"]
modules = ["nn", "autograd.nn.functional", "autograd.optim", "autograd.distributions"]
def use(name):
    barrier.wait()
    if name in modules:
        importlib.import_module(name)
    else:
        first, _, second = name.partition(".")
        found = getattr(torch, first)
        second and getattr(found, second)
sys.setswitchinterval(1e-6)
barrier = threading.Barrier(len(names + modules))
threads = [threading.Thread(target=use, args=(name,), daemon=True) for name in names + modules]
for thread in threads: thread.start()
for thread in threads: thread.join(60)
print(any(thread.is_alive() for thread in threads), {m: importlib.import_module(m).__spec__.name for m in modules})
"""
    found = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    targets = {
        "nn": "nn", "autograd.nn.functional": "nn.functional", "autograd.optim": "nn.optim",
        "autograd.distributions": "nn.distributions",
    }  # fmt: skip
    assert found.stderr == "" and found.stdout == f"False {targets}\n"


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
    "utils.hooks": ("RemovableHandle", "autograd.core.hooks"),
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


def test_a_variable_of_old_programs_has_a_gradient_only_if_asked_for():
    variable = autograd.autograd.Variable
    assert isinstance(autograd.ones(2), variable) and not isinstance(2, variable)
    assert not variable(autograd.ones(2)).requires_grad and variable(autograd.ones(2), True).requires_grad
