"""The lessons of `examples/course` run and draw, their exercises tell right from wrong, the notebooks are current."""

import doctest
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
COURSE = Path(__file__).parents[2] / "examples" / "course"
LESSONS = sorted(path.stem for path in COURSE.glob("[0-9][0-9]_*.py"))
#: A wrong answer to each exercise, in the names of the lesson.
WRONG = {
    "01_chain_rule": "lambda x: math.cos(x * x) * 2 * x",
    "02_order": "lambda parents, output: list(range(output, -1, -1))",
    "03_reuse": "lambda output: None",
    "04_broadcasting": "lambda g, shape: np.zeros(shape)",
    "05_matrices": "lambda g, A, B, C: B",
    "06_new_primitive": "lambda g, x: g * torch.sigmoid(x)",
    "07_tape_and_second_derivative": "lambda function, x: 0.0",
    "08_training": "lambda parameter, gradient, velocity, lr, momentum: (parameter - lr * gradient, velocity)",
    "09_numerical_trouble": "lambda x: x.exp().sum().log()",
    "10_hundred_lines": "lambda: primitive(np.exp, lambda g, out, x: g * x)",
}
#: Runs all lessons in one process, which imports the engine once, and tries each exercise on its wrong answer.
RUN_ALL = """
import json, runpy, sys
folder, wrong = sys.argv[1], json.loads(sys.argv[2])
sys.path.insert(0, folder)
for name, answer in wrong.items():
    print(f"== {name}", flush=True)
    lesson = runpy.run_path(f"{folder}/{name}.py", run_name="__main__")
    lesson["attempt"](lesson["check"], eval(answer, lesson))
"""


def load(name):
    """A module of the course, imported from its file."""
    spec = importlib.util.spec_from_file_location(name, COURSE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """What each lesson prints, by its name, and the folder where all ran."""
    folder = tmp_path_factory.mktemp("course")
    command = [sys.executable, "-W", "error", "-c", RUN_ALL, str(COURSE), json.dumps(WRONG)]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False,
        env=os.environ | {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-3000:]
    parts = [part.partition("\n") for part in done.stdout.split("== ") if part]
    return {name: text for name, _, text in parts}, folder


def test_there_are_ten_lessons():
    assert [name[:2] for name in LESSONS] == [f"{n:02}" for n in range(1, 11)]
    assert list(WRONG) == LESSONS


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs_draws_and_its_exercise_tells_right_from_wrong(name, run):
    printed, folder = run
    text = printed[name]
    assert "is yours to write." in text  # as the reader finds it; the lesson itself tries its solution
    assert "<lambda> isn't right yet:" in text  # the wrong answer
    drawn = [line.removeprefix("-> ") for line in text.splitlines() if line.startswith("-> ")]
    assert drawn and all((folder / path).stat().st_size > 500 for path in drawn)


def test_reuse_shows_what_the_wrong_walks_give(run):
    text = run[0]["03_reuse"]
    assert "     3      8            1            26           8  15" in text


def test_the_notebooks_are_current():
    notebooks = load("notebooks")
    stale = [
        program.name
        for program in notebooks.programs()
        if program.with_suffix(".ipynb").read_text(encoding="utf-8")
        != notebooks.notebook_of(program.read_text(encoding="utf-8"))
    ]
    assert stale == [], "run python examples/course/notebooks.py"


@pytest.mark.parametrize("name", LESSONS)
def test_a_notebook_holds_all_the_code_of_its_program(name):
    notebook = json.loads((COURSE / f"{name}.ipynb").read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    program = (COURSE / f"{name}.py").read_text(encoding="utf-8")
    code = [
        line
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
        for line in "".join(cell["source"]).splitlines()
    ]
    wanted = [line for line in program.splitlines() if line.strip() and not line.startswith("#")]
    assert [line for line in code if line.strip() and not line.startswith("#")] == wanted
    assert all(cell["source"] for cell in notebook["cells"])


def test_the_examples_in_the_notebook_maker_hold():
    assert doctest.testmod(load("notebooks")).failed == 0


def test_a_program_that_does_not_begin_with_a_cell_is_refused():
    with pytest.raises(ValueError, match="begins with a cell"):
        load("notebooks").cells_of("x = 1\n")


def test_every_lesson_is_in_the_readme():
    text = (COURSE / "README.md").read_text(encoding="utf-8")
    assert all(f"({name}.py)" in text for name in LESSONS)
