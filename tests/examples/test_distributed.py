"""examples/pytorch/distributed.py: the same result in any number of processes, also if they are killed on the way."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tests.autograd.distributed.launch import launch, needs_mpi
from tests.examples.conftest import ROOT

pytestmark = needs_mpi

PROGRAM = ROOT / "examples" / "pytorch" / "distributed.py"

#: Runs the program, whose given rank is killed in a step of the optimizer, or while it writes a checkpoint.
KILLED = """
import os, runpy, signal, sys
import autograd as torch

program, rank, place, left = sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
sys.argv = [program, *sys.argv[5:]]
sys.path.insert(0, os.path.dirname(program))

def dying(function):
    def called(*args, **kwargs):
        global left
        left -= 1
        if left < 0 and torch.distributed.get_rank() == rank:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return called

if place == "step":
    torch.optim.SGD.step = dying(torch.optim.SGD.step)
elif place == "save":
    os.replace = dying(os.replace)
runpy.run_path(program, run_name="__main__")
"""


@pytest.fixture(scope="module")
def folder(with_small_data):
    return with_small_data(1280, 200)


def test_the_result_does_not_depend_on_the_number_of_processes(folder):
    printed = [launch(n, PROGRAM, "--epochs", "2", "--data", "small", cwd=folder) for n in (1, 2)]
    assert [done.stderr for done in printed] == ["", ""]
    one, two = ([float(x) for x in re.findall(r"(?:loss|accuracy) ([\d.]+)", done.stdout)] for done in printed)
    assert len(one) == 3 and one == pytest.approx(two, abs=2e-4)
    assert printed[1].stdout.count("images to train on") == 1


def test_a_run_that_is_killed_ten_times_ends_with_the_bits_of_an_undisturbed_run(folder):
    options = ["--epochs", "8", "--every", "1", "--data", "small", "--checkpoint"]

    def run(name, rank, place, left):
        return launch(2, KILLED, str(PROGRAM), str(rank), place, str(left), *options, name, cwd=folder).returncode

    assert run("undisturbed", 0, "never", 0) == 0
    random = np.random.default_rng(5)
    for _ in range(10):
        place = str(random.choice(["step", "save"]))
        rank = 0 if place == "save" else int(random.integers(2))
        assert run("disturbed", rank, place, int(random.integers(1, 4))) != 0
    assert run("disturbed", 0, "never", 0) == 0
    assert (folder / "disturbed").read_bytes() == (folder / "undisturbed").read_bytes()


def test_the_recipe_for_keras_averages_the_gradients():
    page = PROGRAM.with_name("DISTRIBUTED.md").read_text(encoding="utf-8")
    (recipe,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    recipe = recipe.replace("epochs=30", "epochs=2")
    losses = [re.findall(r"^loss ([\d.]+)$", launch(n, recipe).stdout, re.MULTILINE) for n in (1, 2)]
    assert losses[0] == losses[1] and float(losses[0][0]) > 1e-3
