"""What a type checker makes of a user's program: every import name is found, and values have their types, not Any."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: Each module that users import, and a name in it.
MODULES = {
    "autograd": "Tensor",
    "autograd.amp": "autocast",
    "autograd.autograd": "grad",
    "autograd.autograd.function": "Function",
    "autograd.autograd.functional": "jacobian",
    "autograd.autograd.gradcheck": "gradcheck",
    "autograd.autograd.graph": "saved_tensors_hooks",
    "autograd.backends": "cudnn",
    "autograd.cuda": "is_available",
    "autograd.cuda.amp": "autocast",
    "autograd.distributions": "Normal",
    "autograd.distributions.kl": "kl_divergence",
    "autograd.extend": "unary",
    "autograd.fft": "rfft",
    "autograd.func": "vmap",
    "autograd.function": "Function",
    "autograd.functional": "jacobian",
    "autograd.graph": "saved_tensors_hooks",
    "autograd.linalg": "solve",
    "autograd.masked": "sum",
    "autograd.nn": "Linear",
    "autograd.nn.functional": "relu",
    "autograd.nn.init": "xavier_uniform_",
    "autograd.nn.modules": "Linear",
    "autograd.nn.parameter": "Parameter",
    "autograd.nn.utils": "clip_grad_norm_",
    "autograd.nn.utils.rnn": "pack_padded_sequence",
    "autograd.optim": "SGD",
    "autograd.optim.lr_scheduler": "StepLR",
    "autograd.optim.swa_utils": "AveragedModel",
    "autograd.random": "Generator",
    "autograd.return_types": "max",
    "autograd.signal.windows": "hann",
    "autograd.special": "gammaln",
    "autograd.teaching": "explain",
    "autograd.tensorflow": "constant",
    "autograd.tensorflow.keras": "Sequential",
    "autograd.tensorflow.keras.layers": "Dense",
    "autograd.tensorflow.keras.losses": "Huber",
    "autograd.tensorflow.keras.optimizers": "Adam",
    "autograd.testing": "check_op",
    "autograd.testing.strategies": "tensors",
    "autograd.utils.checkpoint": "checkpoint",
    "autograd.utils.data": "DataLoader",
    "autograd.utils.data.sampler": "RandomSampler",
    "nn": "Linear",
    "nn.functional": "relu",
    "nn.keras": "Sequential",
    "nn.optim.lr_scheduler": "StepLR",
}

#: Expressions of a program and their types.
TYPES = {
    "x": "Tensor",
    "x.exp()": "Tensor",
    "2 - x @ x": "Tensor",
    "x == x": "Tensor",
    "x[0]": "Tensor",
    "x.mT": "Tensor",
    "x.to(torch.float64)": "Tensor",
    "x.relu_()": "Tensor",
    "x.max()": "Tensor",
    "x.max(0).indices": "Tensor",
    "x.nonzero(as_tuple=True)": "tuple[Tensor, ...]",
    "x.split(1)": "tuple[Tensor, ...]",
    "x.equal(x)": "bool",
    "x.numel()": "int",
    "x.shape": "Size",
    "x.backward": "def",
    "nn.Linear(1, 1)": "Linear",
    "nn.Linear(1, 1)(x)": "Tensor",
    "Net()(x)": "Tensor",
    "F.relu(x)": "Tensor",
    "torch.nn.functional.relu(x)": "Tensor",
    "torch.optim.SGD([x], lr=0.1)": "SGD",
    "torch.autograd.grad": "def",
    "torch.autograd.gradcheck(torch.sin, x)": "bool",
    "torch.utils.data.DataLoader([1])": "DataLoader",
    "DataLoader([1])": "DataLoader",
    "torch.linalg.inv(x)": "Tensor",
    "keras.Sequential()": "Sequential",
    "layers.Dense(3)": "Dense",
    "tf.constant(3.0)": "EagerTensor",
    'extend.unary("f", np.exp, lambda g, out: g * out)': "def",
}

PROGRAM = """
import numpy as np

import autograd as torch
import autograd.nn.functional as F
import autograd.tensorflow as tf
from autograd import Tensor, extend, nn
from autograd.tensorflow import keras
from autograd.tensorflow.keras import layers
from autograd.utils.data import DataLoader


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.layer(x)


x = torch.tensor([1.0])
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The lines that mypy prints of the program."""
    pytest.importorskip("mypy")
    folder = tmp_path_factory.mktemp("user")
    lines = PROGRAM.splitlines()
    lines += [f"from {module} import {name} as name_{i}" for i, (module, name) in enumerate(MODULES.items())]
    lines += [f"reveal_type(name_{i})" for i in range(len(MODULES))]
    lines += [f"reveal_type({expression})" for expression in TYPES]
    return type_check(folder, "\n".join(lines) + "\n")


def type_check(folder: Path, program: str) -> list[str]:
    """The lines that `mypy --strict` prints of a program of its own."""
    (folder / "program.py").write_text(program, encoding="utf-8")
    cache = ROOT / ".mypy_cache" / "of_a_user"
    found = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent", f"--cache-dir={cache}", "program.py"],
        cwd=folder,
        env={**os.environ, "MYPYPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not found.stderr, found.stderr
    return found.stdout.splitlines()


def test_a_strict_type_checker_finds_every_import_and_no_mistake(report: list[str]) -> None:
    assert [line for line in report if ": error:" in line] == []


def test_no_public_name_is_any(report: list[str]) -> None:
    assert [name for name, found in zip(MODULES.items(), _revealed(report)) if found == "Any"] == []


@pytest.mark.parametrize("expression", TYPES)
def test_an_expression_has_its_type(report: list[str], expression: str) -> None:
    revealed = _revealed(report)[len(MODULES) :]
    found = re.sub(r"[\w.]+\.(?=\w)", "", revealed[list(TYPES).index(expression)])
    assert found.startswith(TYPES[expression])


def _revealed(report: list[str]) -> list[str]:
    found = [match[1] for line in report if (match := re.search(r'Revealed type is "(.*)"$', line))]
    assert len(found) == len(MODULES) + len(TYPES)
    return found


@pytest.mark.parametrize(
    ("page", "word"),
    [
        ("README.md", "mse_loss"), ("README.md", "gradcheck"), ("README.md", "jvp"),
        ("autograd/tensorflow/README.md", "GradientTape"), ("autograd/tensorflow/README.md", "CheckpointManager"),
    ],
)  # fmt: skip
def test_a_program_of_a_readme_has_no_type_errors(page: str, word: str, tmp_path: Path) -> None:
    pytest.importorskip("mypy")
    blocks = re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.M | re.S)
    report = type_check(tmp_path, next(block for block in blocks if word in block))
    assert [line for line in report if ": error:" in line] == []
