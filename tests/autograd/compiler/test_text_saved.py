"""A program that is saved: a file that runs with NumPy alone."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import autograd as torch
from autograd import Tensor, nn
from autograd.extend import unary
from tests.tools.steps import STEPS, arrays_of, compiled, floats

#: Runs each saved program twice, in a Python that knows only NumPy, and saves what it returned.
RUN = """
import importlib.util, sys
from pathlib import Path
import numpy as np
for file in sorted(Path.cwd().glob("*_step.py")):
    spec = importlib.util.spec_from_file_location(file.stem, file)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    arguments = np.load(f"{file.stem}_arguments.npz")
    results = [module.step(*arguments.values()) for _ in range(2)]
    np.savez(f"{file.stem}_results.npz", *[x for result in results for x in result])
assert not {"autograd", "nn"} & set(sys.modules)
"""


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[list[Any], list[Any]]]:
    """For each step what its saved program returned in two calls, and what the step itself did."""
    folder = tmp_path_factory.mktemp("saved")
    expected = {}
    for name, make in STEPS.items():
        step, (args, _) = compiled(make)
        step.program.save(folder / f"{name}_step.py")
        np.savez(folder / f"{name}_step_arguments.npz", *[t.numpy() for t in args])
        expected[name] = [x for _ in range(2) for x in arrays_of(step(*args))]
    subprocess.run([sys.executable, "-I", "-c", RUN], cwd=folder, check=True)
    return {name: (list(np.load(folder / f"{name}_step_results.npz").values()), x) for name, x in expected.items()}


@pytest.mark.parametrize("name", STEPS)
def test_a_saved_program_goes_on_where_the_step_stood(name: str, results: Any) -> None:
    found, expected = results[name]
    assert [x.tobytes() for x in found] == [x.tobytes() for x in expected]


def test_the_settings_of_the_optimizer_stand_in_the_file(tmp_path: Path) -> None:
    step, _ = compiled(STEPS["mlp"])
    path = step.program.save(tmp_path / "step.py")
    assert "optimizer = SimpleNamespace(param_groups=[{'lr': 0.1}])" in path.read_text()
    assert set(np.load(tmp_path / "step.npz")) == {"fc1_weight", "fc1_bias", "fc2_weight", "fc2_bias"}


def test_a_name_that_does_not_end_with_py_is_refused(tmp_path: Path) -> None:
    step, _ = compiled(STEPS["by_hand"])
    with pytest.raises(ValueError, match=r"expected a name ending with \.py, but got 'step\.txt'"):
        step.program.save(tmp_path / "step.txt")
    assert not list(tmp_path.iterdir())


def test_a_function_with_a_backward_pass_is_refused(tmp_path: Path) -> None:
    function = torch.compile(nn.Linear(3, 2))
    for _ in range(3):
        function(floats(4, 3))
    with pytest.raises(ValueError, match="compile the whole step, or call the function under no_grad"):
        function.program.save(tmp_path / "step.py")


def test_a_forward_that_cannot_be_written_with_numpy_is_named(tmp_path: Path) -> None:
    table = {1.0: 2.0}
    looked_up = unary("looked_up", lambda x: np.array([table.get(float(v), 0.0) for v in np.asarray(x)]), lambda g: g)

    def step(x: Tensor) -> Tensor:
        return looked_up(x) * 2

    step = torch.compile(step, fullgraph=True)
    for _ in range(3):
        step(floats(3))
    with pytest.raises(
        ValueError, match=r"can't be saved as plain NumPy: looked_up is a function that holds values of another"
    ):
        step.program.save(tmp_path / "step.py")
    assert not list(tmp_path.iterdir())
