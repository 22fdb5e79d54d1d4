"""examples/course: the lessons run and draw, their notebooks are up to date and run, the README shows all of them."""

import doctest
import importlib
import json

import pytest

from tests.examples.lessons import BEYOND, COURSE, LESSONS, importable, run

pytest.importorskip("matplotlib")


def load(name):
    """A module of the course."""
    with importable():
        return importlib.import_module(name)


def cells(name):
    """The cells of a lesson's notebook, each with its source as one text."""
    notebook = json.loads((COURSE / f"{name}.ipynb").read_text(encoding="utf-8"))
    assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
    return [cell | {"source": "".join(cell["source"])} for cell in notebook["cells"]]


def test_there_are_sixteen_lessons():
    assert [name[:2] for name in LESSONS] == [f"{n:02}" for n in range(1, 17)]


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_asks_runs_draws_and_sets_an_exercise(name):
    lesson = run(name)
    assert "\n  The run says " in f"\n{lesson.printed}"
    assert f"-> course_out/{name}.html" in lesson.printed.replace("\\", "/")
    assert "Exercise: write the function " in lesson.printed
    drawn = [line.removeprefix("-> ") for line in lesson.printed.splitlines() if line.startswith("-> ")]
    assert len(drawn) >= 2
    assert all(lesson.files[path] > 500 for path in drawn)


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_has_the_same_parts_in_the_same_order(name):
    program = (COURSE / f"{name}.py").read_text(encoding="utf-8")
    parts = ["guess = ...", "predict(", "## Play", "## Exercise", "# %% [check]", "raise NotImplementedError",
             "attempt(check", "# %% [solution]", "**In one sentence:**"]  # fmt: skip
    assert sorted(parts, key=program.index) == parts or name == "12_four_bugs"  # there bug 2 is predicted
    assert len(run(name).names["HINTS"]) >= 2


def test_at_least_four_lessons_hand_out_a_bug_to_find():
    texts = {name: (COURSE / f"{name}.py").read_text(encoding="utf-8") for name in LESSONS}
    assert sum("bug to find" in text.lower() or "bugs to find" in text.lower() for text in texts.values()) >= 4


def test_a_prediction_is_answered_by_the_run():
    answered = run(
        "01_prediction", (COURSE / "01_nudge.py").read_text(encoding="utf-8").replace("guess = ...", "guess = -2")
    )
    assert "  You said -2, and so does the run. A negative slope" in answered.printed
    predict = load("course").predict
    assert load("course").agrees([1, 2], [1, 2.01])
    assert not any(load("course").agrees(guess, [1, 2]) for guess in ("x, y", [1], [1, -2], None, "12"))
    assert predict("?", "Same ", "same", "Because.") is None


def test_the_lesson_on_order_prints_what_goes_wrong_without_it():
    assert "     3       8          26           8           15\n" in run("05_order").printed


def test_the_last_lesson_prints_the_compiled_step_beside_the_one_by_hand():
    printed = run("16_printed_step").printed
    assert "d_t = 2 * t               d_t = 2 * t                0.371168\n" in printed
    assert "d_a = d_u * b             d_a = d_c * b             -0.401193\n" in printed
    assert printed.endswith("by the tape: 7.0\n")


def test_the_notebooks_are_up_to_date():
    notebooks = load("notebooks")
    stale = [
        program.name
        for program in notebooks.programs()
        if program.with_suffix(".ipynb").read_text(encoding="utf-8")
        != notebooks.notebook_of(program.read_text(encoding="utf-8"))
    ]
    assert stale == [], "run python examples/course/notebooks.py"


@pytest.mark.parametrize("name", BEYOND)
def test_a_program_beyond_the_course_runs_draws_and_sets_an_exercise(name):
    lesson = run(name)
    assert "Exercise: write the function " in lesson.printed
    assert max(lesson.files.values()) > 500


@pytest.mark.parametrize("name", LESSONS + BEYOND)
def test_a_notebook_has_all_the_code_of_its_program_with_the_check_and_the_solution_folded(name):
    shown = cells(name)
    program = (COURSE / f"{name}.py").read_text(encoding="utf-8")
    solutions = [
        cell for cell in shown if cell["source"].startswith("<details><summary>A solution</summary>\n\n```python")
    ]
    checks = [cell for cell in shown if cell["metadata"].get("jupyter") == {"source_hidden": True}]
    assert (len(solutions), len(checks)) == (1, 1)
    assert "def check(" in checks[0]["source"]
    text = "\n".join(cell["source"] for cell in shown if cell["cell_type"] == "code" or cell in solutions)
    wanted = [line for line in program.splitlines() if line.strip() and not line.startswith("#")]
    assert [line for line in text.splitlines() if line in wanted] == wanted
    assert all(cell["source"] for cell in shown)
    # The folded solution is not run, so nothing else may need it: then the notebook runs as its program does.
    assert not any("solution" in cell["source"] for cell in shown if cell["cell_type"] == "code")


def test_a_notebook_runs():
    code = "\n\n".join(cell["source"] for cell in cells("05_order") if cell["cell_type"] == "code")
    assert "Exercise: write the function backward." in run("05_notebook", code).printed


def test_the_doctests_of_the_shared_modules_pass():
    for module in "notebooks", "course", "checks":
        assert doctest.testmod(load(module)).failed == 0


def test_a_program_that_does_not_begin_with_a_cell_raises():
    with pytest.raises(ValueError, match="must begin with a cell"):
        load("notebooks").cells_of("x = 1\n")


def test_the_readme_shows_every_lesson_with_a_small_picture():
    text = (COURSE / "README.md").read_text(encoding="utf-8")
    pictures = sorted((COURSE / "pictures").iterdir())
    assert [path.stem for path in pictures] == LESSONS
    assert all(f"({name}.py)" in text for name in LESSONS + BEYOND)
    assert all(f'src="pictures/{path.name}"' in text and path.stat().st_size <= 25_000 for path in pictures)
