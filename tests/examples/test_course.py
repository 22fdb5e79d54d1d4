"""examples/course: the lessons run and draw, their exercises reject wrong answers, the notebooks are up to date."""

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
#: A wrong answer to each exercise, as Python code for the lesson's namespace.
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
    "11_compiled_step": "lambda x, y, w, lr: (w - lr * (x.T @ (x @ w - y)), ((x @ w - y) ** 2).mean())",
}
#: Runs all lessons in one process, to import the engine once, and checks the wrong answer to each exercise.
RUN_ALL = """
import json, runpy, sys
folder, wrong = sys.argv[1], json.loads(sys.argv[2])
sys.path.insert(0, folder)
for name, answer in wrong.items():
    print(f"=#= {name}", flush=True)
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
    """The output of each lesson, by name, and the folder in which they ran."""
    folder = tmp_path_factory.mktemp("course")
    command = [sys.executable, "-W", "error", "-c", RUN_ALL, str(COURSE), json.dumps(WRONG)]
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False,
        env=os.environ | {"PYTHONUTF8": "1", "PYTHONDONTWRITEBYTECODE": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-1500:] + done.stderr[-3000:]
    parts = [part.partition("\n") for part in done.stdout.split("=#= ") if part]
    return {name: text for name, _, text in parts}, folder


def test_there_are_eleven_lessons():
    assert [name[:2] for name in LESSONS] == [f"{n:02}" for n in range(1, 12)]
    assert list(WRONG) == LESSONS


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_runs_and_draws_and_rejects_a_wrong_answer(name, run):
    printed, folder = run
    text = printed[name]
    assert "Exercise: write the function" in text  # the unsolved exercise; the lesson also checks its own solution
    assert "<lambda> is not right yet:" in text  # the wrong answer
    drawn = [line.removeprefix("-> ") for line in text.splitlines() if line.startswith("-> ")]
    assert drawn and all((folder / path).stat().st_size > 500 for path in drawn)


def test_the_lesson_on_reuse_prints_the_results_of_the_wrong_methods(run):
    text = run[0]["03_reuse"]
    assert "     3      8            1            26           8  15" in text


def test_the_lesson_on_the_compiled_step_prints_it_beside_the_one_by_hand(run):
    text = run[0]["11_compiled_step"]
    assert "d_t = 2 * t               d_t = 2 * t                0.371168\n" in text
    assert "d_a = d_u * b             d_a = d_c * b             -0.401193\n" in text


def test_the_notebooks_are_up_to_date():
    notebooks = load("notebooks")
    stale = [
        program.name
        for program in notebooks.programs()
        if program.with_suffix(".ipynb").read_text(encoding="utf-8")
        != notebooks.notebook_of(program.read_text(encoding="utf-8"))
    ]
    assert stale == [], "run python examples/course/notebooks.py"


@pytest.mark.parametrize("name", LESSONS)
def test_a_notebook_contains_all_the_code_of_its_program(name):
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


def test_the_doctests_of_notebooks_pass():
    assert doctest.testmod(load("notebooks")).failed == 0


def test_a_program_that_does_not_begin_with_a_cell_raises():
    with pytest.raises(ValueError, match="must begin with a cell"):
        load("notebooks").cells_of("x = 1\n")


def test_the_readme_lists_every_lesson():
    text = (COURSE / "README.md").read_text(encoding="utf-8")
    assert all(f"({name}.py)" in text for name in LESSONS)
