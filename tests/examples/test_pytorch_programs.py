"""The programs in examples/pytorch compute the right results, and print the same numbers on PyTorch."""

import functools
import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.examples.programs import accuracies, assert_one_line_chooses_the_engine, numbers

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = EXAMPLES / "pytorch"
IMPORT = "import autograd as torch  # or: import torch\n"

SMALL = {
    "two_layer_regression": ("--steps", "100"),
    "fashion_classifier": ("--epochs", "1", "--data", "small"),
    "matrix_derivative": (),
    "linear_regression": (),
    "softmax_regression": ("--epochs", "3", "--data", "small"),
    "mlp": ("--epochs", "2", "--data", "small"),
    "lenet": ("--epochs", "2", "--data", "small"),
    "char_transformer": ("--steps", "10", "--length", "1"),
}
# The engines sum in different orders, so an image on the border between two classes may be classified differently.
IN_FLOAT32 = {"rel": 2e-3, "abs": 6e-3}
IN_FLOAT64 = {"rel": 1e-6, "abs": 1e-12}
TOLERANCES = dict.fromkeys(("two_layer_regression", "matrix_derivative", "linear_regression"), IN_FLOAT64)


@pytest.fixture(scope="module")
def folder(with_small_data):
    return with_small_data(1500, 500)


@pytest.fixture(scope="module")
def on_glassgrad(folder, run_once):
    """A function from the name of a program to its output with the arguments in `SMALL`."""
    return run_once(PROGRAMS, SMALL, folder)


#: Runs several programs in one process, because PyTorch takes seconds to import.
ONE_AFTER_ANOTHER = """
import json, runpy, sys
for program, arguments in json.loads(sys.argv[1]):
    sys.argv = [program, *arguments]
    runpy.run_path(program, run_name="__main__")
    print("-- end of program --")
"""


@pytest.fixture(scope="module")
def on_pytorch(folder, run):
    """A function from the name of a program to its output with `import torch` as its import line."""

    @functools.cache
    def printed():
        shutil.copy(PROGRAMS / "page.txt", folder)
        (folder / "all.py").write_text(ONE_AFTER_ANOTHER, encoding="utf-8")
        for name in SMALL:
            source = (PROGRAMS / f"{name}.py").read_text(encoding="utf-8")
            (folder / f"{name}.py").write_text(source.replace(IMPORT, "import torch\n"), encoding="utf-8")
        programs = json.dumps([(f"{name}.py", arguments) for name, arguments in SMALL.items()])
        texts = run(folder / "all.py", programs, folder=folder, beside=PROGRAMS).split("-- end of program --\n")
        return dict(zip(SMALL, texts))

    return lambda name: printed()[name]


def test_every_program_is_listed():
    # distributed.py, which needs MPI, is tested in test_distributed.py.
    assert {path.stem for path in PROGRAMS.glob("*.py")} == {*SMALL, "distributed", "support"}


@pytest.mark.parametrize("name", SMALL)
def test_one_line_chooses_the_engine(name):
    assert_one_line_chooses_the_engine(PROGRAMS / f"{name}.py", IMPORT)


@pytest.mark.parametrize("name", SMALL)
def test_both_engines_print_the_same_numbers(name, on_glassgrad, on_pytorch, answers):
    precision = np.float64 if name in TOLERANCES else np.float32
    theirs = answers("torch", lambda torch: np.array(numbers(on_pytorch(name)), precision))
    assert numbers(on_glassgrad(name)) == pytest.approx(theirs.tolist(), **TOLERANCES.get(name, IN_FLOAT32))


COMPILED = [name for name in SMALL if name != "matrix_derivative"]


@pytest.fixture(scope="module")
def compiled(folder, run):
    """The outputs of all programs with `--compile`, by name, from one process in which a warning is an error."""
    (folder / "compiled.py").write_text(f"import warnings\nwarnings.simplefilter('error')\n{ONE_AFTER_ANOTHER}")
    programs = json.dumps([(str(PROGRAMS / f"{name}.py"), [*SMALL[name], "--compile"]) for name in COMPILED])
    printed = run(folder / "compiled.py", programs, folder=folder, beside=PROGRAMS)
    return dict(zip(COMPILED, printed.split("-- end of program --\n")))


@pytest.mark.parametrize("name", COMPILED)
def test_compiled_steps_print_the_same_numbers(name, on_glassgrad, compiled):
    assert numbers(compiled[name]) == numbers(on_glassgrad(name))


def test_the_three_ways_of_two_layer_regression_agree(on_glassgrad):
    by_hand, by_backward, with_clamp = map(numbers, on_glassgrad("two_layer_regression").splitlines())
    assert by_hand[1] < 1e-3 * by_hand[0]
    assert by_backward == pytest.approx(by_hand, rel=1e-6)
    assert with_clamp == pytest.approx(by_hand, rel=1e-6)


def test_the_three_versions_of_the_classifier_reach_the_same_accuracy(on_glassgrad):
    bare, linear, optimizer = accuracies(on_glassgrad("fashion_classifier"))
    assert bare > 0.5
    assert linear == pytest.approx(bare, abs=0.006)
    assert optimizer == pytest.approx(bare, abs=0.006)


def test_the_derivative_of_a_trace_is_its_closed_form(on_glassgrad):
    assert numbers(on_glassgrad("matrix_derivative"))[-1] < 1e-12


def test_linear_regression_finds_the_true_weights(on_glassgrad):
    assert on_glassgrad("linear_regression") == (
        "from_scratch w = (2.00, 3.40)  b = 4.20\nconcisely    w = (2.00, 3.40)  b = 4.20\n"
    )


@pytest.mark.parametrize("name, count", [("softmax_regression", 2), ("mlp", 4), ("lenet", 2)])
def test_classifiers_learn_from_few_images(name, count, on_glassgrad):
    found = accuracies(on_glassgrad(name))
    assert len(found) == count
    assert found[-1] > 0.5


def test_the_transformer_starts_to_memorise_the_page(folder, run):
    printed = run(PROGRAMS / "char_transformer.py", "--steps", "60", "--length", "10", folder=folder, beside=PROGRAMS)
    losses = [float(loss) for loss in re.findall(r"loss ([\d.]+)", printed)]
    assert losses[0] > 3
    assert losses[-1] < 2.5
    assert re.search(r"same as on the page: \d+ of 10 characters$", printed)
