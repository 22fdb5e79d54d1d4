"""The programs in examples/tensorflow compute the right results, and print the same numbers on TensorFlow."""

import re
from pathlib import Path

import numpy as np
import pytest

from tests.examples.programs import accuracies, assert_one_line_chooses_the_engine, numbers

EXAMPLES = Path(__file__).parents[2] / "examples"
PROGRAMS = EXAMPLES / "tensorflow"
IMPORT = "import autograd.tensorflow as tf  # or: import tensorflow as tf\n"

#: The programs with tf.Variable and GradientTape, and their arguments in these tests.
WITH_TAPES = {
    "fashion_mnist_variables": ("--epochs", "3", "--data", "small"),
    "linear_module": (),
    "by_hand": (),
    "why_that_shape": (),
}
#: The programs with Keras models.
WITH_KERAS = {
    "linear_keras": (),
    "sequential": (),
    "functional": ("--epochs", "2", "--data", "small"),
    "autoencoder": ("--epochs", "1", "--data", "small"),
}
ARGUMENTS = WITH_TAPES | WITH_KERAS
#: Initial weights are random: to compare the engines, both draw them with NumPy.
RANDOM = "tf.random.truncated_normal("
BY_NUMPY = """
import numpy as _numpy
_random = _numpy.random.default_rng(0)
def _drawn(shape, stddev):
    return tf.constant(_numpy.clip(_random.normal(size=shape), -2, 2) * stddev, dtype=tf.float32)
"""


@pytest.fixture(scope="module")
def folder(with_small_data):
    return with_small_data(600, 200)


@pytest.fixture(scope="module")
def printed(folder, run_once):
    """A function from the name of a program to its output with the arguments in `ARGUMENTS`."""
    return run_once(PROGRAMS, ARGUMENTS, folder)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_one_line_chooses_the_engine(name):
    assert_one_line_chooses_the_engine(PROGRAMS / f"{name}.py", IMPORT)


@pytest.mark.parametrize("name", ARGUMENTS)
def test_both_engines_print_the_same_numbers(name, printed, folder, run, answers):
    source = (PROGRAMS / f"{name}.py").read_text(encoding="utf-8")

    def numbers_on(engine):
        program = folder / f"{name}.py"
        text = source.replace(RANDOM, "_drawn(").replace(IMPORT, engine + BY_NUMPY)
        program.write_text(text, encoding="utf-8")
        return np.array(numbers(run(program, *ARGUMENTS[name], folder=folder, beside=PROGRAMS)), np.float32)

    theirs = answers("tensorflow", lambda tf: numbers_on("import tensorflow as tf\n"))
    ours = numbers_on("import autograd.tensorflow as tf\n") if RANDOM in source else numbers(printed(name))
    assert list(ours) == pytest.approx(theirs.tolist(), rel=1e-3, abs=1e-4)


def test_the_loss_falls_with_bare_variables(printed):
    losses = [float(loss) for loss in re.findall(r"loss ([\d.]+)", printed("fashion_mnist_variables"))]
    assert len(losses) == 3
    assert losses[0] > losses[1] > losses[2]


def test_the_module_fits_the_line(printed):
    lines = printed("linear_module").splitlines()
    assert lines[1].startswith("Epoch  0: W=5.00 b=0.00, loss=8.98704")
    found = re.fullmatch(r"Epoch 19: W=(.*) b=(.*), loss=(.*)", lines[20])
    assert [float(number) for number in found.groups()] == pytest.approx([3, 2, 1], abs=0.15)


def test_gradients_by_hand_agree_with_the_tape(printed):
    lines = printed("by_hand").splitlines()[:3]
    assert [line.split()[0] for line in lines] == ["Neuron", "ThreeHiddenNeurons", "Network"]
    for line in lines:
        assert line.endswith("the tape agrees to 1e-6: True")
        first, last = map(float, re.search(r"loss ([\d.]+) -> ([\d.]+)", line).groups())
        assert last < first / 100


def test_all_comparisons_of_why_that_shape_are_true(printed):
    text = printed("why_that_shape")
    assert "tape.jacobian(y, W) has shape (1, 2, 3, 2)" in text
    assert text.count("True") == 4
    assert "False" not in text


def test_the_keras_model_fits_the_line(printed):
    lines = printed("linear_keras").splitlines()
    assert lines[0] == "Epoch  0: loss=10.3191"
    assert numbers(lines[20]) == pytest.approx([3, 2, 1], abs=0.1)


def test_the_sequential_models_report_their_shapes(printed):
    text = printed("sequential")
    assert "before the first call it has 0 weights,\nafter it 6; the output has the shape (3, 4)" in text
    assert "after the first block: (None, 40, 40, 32)" in text
    assert "images of shape (2, 250, 250, 3) become (2, 16); the model says (None, 16)" in text


def test_the_functional_model_reaches_55_percent(printed):
    text = printed("functional")
    assert "the history contains accuracy, loss, val_accuracy, val_loss" in text
    assert accuracies(text)[-1] > 0.55


def test_the_whole_and_the_nested_autoencoder_agree(printed):
    text = printed("autoencoder")
    assert "whole and nested differ by 0" in text
    assert "codes of shape (10, 16), images of shape (10, 28, 28, 1)" in text
    assert text.count(" Total params: 28,241 (110.32 KB)") == 1


@pytest.mark.parametrize(
    "name, pictures",
    [
        ("linear_module", 2),
        ("by_hand", 1),
        ("fashion_mnist_variables", 1),
        ("linear_keras", 1),
        ("autoencoder", 1),
    ],
)
def test_pictures_are_saved(name, pictures, printed, folder):
    saved = re.findall(r"^saved (.+)$", printed(name), re.MULTILINE)
    assert len(saved) == pictures
    assert all((folder / path).read_bytes().startswith(b"\x89PNG") for path in saved)
