"""examples/fashion_mnist.py trains, draws, saves and loads, and reports invalid arguments and files."""

import contextlib
import io
import os
import re
import subprocess
import sys
from pathlib import Path
from unittest import mock

import fashion_mnist
import numpy as np
import pytest
from idx import load_split, write_idx

import autograd

EXAMPLES = Path(__file__).parents[2] / "examples"
PNG = b"\x89PNG\r\n\x1a\n"


def run(*arguments: object, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run the program in `folder` with extra environment variables."""
    return subprocess.run(
        [sys.executable, EXAMPLES / "fashion_mnist.py", *map(str, arguments)],
        cwd=folder,
        env={**os.environ, "PYTHONUTF8": "1", **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )


def refusal(*arguments: object, folder: Path, **variables: str) -> str:
    """Run in this process, expect exit code 2 and no output or files; returns the last line of the error."""
    before = sorted(folder.rglob("*"))
    printed, errors = io.StringIO(), io.StringIO()
    with (
        contextlib.chdir(folder),
        mock.patch.dict(os.environ, variables),
        mock.patch.object(sys, "argv", ["fashion_mnist.py", *map(str, arguments)]),
        contextlib.redirect_stdout(printed),
        contextlib.redirect_stderr(errors),
        pytest.raises(SystemExit) as ended,
    ):
        sys.exit(fashion_mnist.main())
    assert (ended.value.code, printed.getvalue()) == (2, "")
    assert sorted(folder.rglob("*")) == before
    return errors.getvalue().splitlines()[-1]


def final_accuracy(done: subprocess.CompletedProcess[str]) -> float:
    """The test accuracy that a run ended with."""
    assert done.returncode == 0, done.stderr
    return float(re.findall(r"^test accuracy ([\d.]+)$", done.stdout, re.MULTILINE)[-1])


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A folder in which the MLP was trained for one epoch, and the finished process."""
    folder = tmp_path_factory.mktemp("trained")
    return folder, run("--epochs", 1, folder=folder)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """A data set of 200 training and 100 test images."""
    folder = tmp_path_factory.mktemp("small")
    for split, count in ("train", 200), ("t10k", 100):
        images, labels = load_split(EXAMPLES / "data", split)
        write_idx(folder / f"{split}-images-idx3-ubyte.gz", images[:count])
        write_idx(folder / f"{split}-labels-idx1-ubyte.gz", labels[:count])
    return folder


@pytest.fixture(scope="module")
def no_pictures(tmp_path_factory):
    """Environment variables that make matplotlib unavailable, so that a run draws nothing."""
    folder = tmp_path_factory.mktemp("no_pictures")
    (folder / "matplotlib.py").write_text("raise ImportError")
    return {"PYTHONPATH": str(folder)}


def test_one_epoch_on_the_embedded_data_reaches_75_percent(trained):
    assert final_accuracy(trained[1]) >= 0.75


def test_an_epoch_prints_one_line_and_no_bar_outside_a_terminal(trained):
    _, done = trained
    assert re.fullmatch(
        r"mlp on 6,000 images, tested on 1,000\n"
        r"epoch  1/1  loss \d\.\d{4}  train 0\.\d{4}  test 0\.\d{4}  \d+\.\d\d s\n"
        r"test accuracy 0\.\d{4}\n",
        done.stdout,
    )
    assert done.stderr == ""


def test_pictures_are_drawn(trained):
    pytest.importorskip("matplotlib")
    out = trained[0] / "fashion_mnist_out"
    for name in "curves.png", "predictions.png":
        content = (out / name).read_bytes()
        assert content.startswith(PNG)
        assert len(content) > 10_000


def test_a_saved_model_is_loaded_by_the_next_run(trained, tmp_path, no_pictures):
    folder, done = trained
    again = run("--epochs", 0, "--load", folder / "fashion_mnist_out" / "model.npz", folder=tmp_path, **no_pictures)
    assert final_accuracy(again) == final_accuracy(done)


def test_softmax_regression_trains(tmp_path, no_pictures):
    done = run("--model", "softmax", "--epochs", 1, "--out", "a/b", folder=tmp_path, **no_pictures)
    assert final_accuracy(done) >= 0.7
    saved = autograd.load(tmp_path / "a/b/model.npz")
    assert saved["model"] == "softmax"
    assert {key: tuple(weight.shape) for key, weight in saved["weights"].items()} == {
        "1.weight": (10, 784),
        "1.bias": (10,),
    }


def test_the_seed_determines_the_losses(small, tmp_path, no_pictures):
    def losses(seed: int) -> list[str]:
        done = run("--data", small, "--epochs", 2, "--seed", seed, folder=tmp_path, **no_pictures)
        return re.findall(r"loss \S+", done.stdout)

    first = losses(1)
    assert len(first) == 2
    assert losses(1) == first
    assert losses(2) != first


def test_compiled_steps_give_the_same_losses(small, tmp_path, no_pictures):
    plain, compiled = (
        run("--data", small, "--epochs", 2, *option, folder=tmp_path, **no_pictures) for option in ((), ("--compile",))
    )
    assert re.sub(r"[\d.]+ s\n", "", compiled.stdout) == re.sub(r"[\d.]+ s\n", "", plain.stdout)
    assert "loss" in compiled.stdout and not compiled.stderr


def test_the_full_data_set_is_found_by_the_environment_variable(small, tmp_path, no_pictures):
    done = run(
        "--data",
        "full",
        "--model",
        "softmax",
        "--epochs",
        1,
        folder=tmp_path,
        GLASSGRAD_FASHION_MNIST=str(small),
        **no_pictures,
    )
    assert done.stdout.startswith("softmax on 200 images, tested on 100\n"), done.stderr


def test_without_matplotlib_it_trains_and_says_what_to_install(small, tmp_path, no_pictures):
    done = run("--data", small, "--epochs", 1, folder=tmp_path, **no_pictures)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("no pictures: matplotlib is not installed; pip install matplotlib\n")
    assert [path.name for path in (tmp_path / "fashion_mnist_out").iterdir()] == ["model.npz"]


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("--epochs", "-1", "an integer, 0 or more"),
        ("--epochs", "1.5", "an integer, 0 or more"),
        ("--batch-size", "0", "an integer, 1 or more"),
        ("--lr", "0", "a number above 0"),
        ("--lr", "nan", "a number above 0"),
        ("--lr", "fast", "a number above 0"),
        ("--seed", "-3", "an integer, 0 or more"),
    ],
)
def test_an_invalid_option_value_is_an_error(tmp_path, option, value, expected):
    message = refusal(option, value, folder=tmp_path)
    assert message.endswith(f"error: argument {option}: expected {expected}, got {value!r}")


def test_a_missing_data_file_is_named(tmp_path):
    message = refusal("--data", "nowhere", folder=tmp_path)
    assert re.match(r"error: nowhere.train-images-idx3-ubyte\.gz: no such file, expected a gzip IDX file", message)


def test_a_missing_full_data_set_is_explained(tmp_path):
    message = refusal("--data", "full", folder=tmp_path, GLASSGRAD_FASHION_MNIST="nowhere")
    assert message.startswith("error: nowhere: no such folder, expected the full Fashion-MNIST")
    assert "dataset-fashion-mnist" in message


def test_loading_a_file_in_another_format_is_an_error(tmp_path):
    (tmp_path / "model.npz").write_bytes(b"PK\3\4 and no more")
    message = refusal("--load", "model.npz", folder=tmp_path)
    assert message == "error: model.npz: damaged or in another format, expected the model.npz of an earlier run"


def test_a_missing_model_is_named(tmp_path):
    message = refusal("--load", "absent.npz", folder=tmp_path)
    assert message.startswith("error: absent.npz: No such file or directory")


def test_a_pickle_in_a_model_is_not_loaded(tmp_path):
    np.savez(tmp_path / "model.npz", model=np.array([print], dtype=object))
    assert "damaged or in another format" in refusal("--load", "model.npz", folder=tmp_path)


def test_loading_another_model_is_an_error_that_names_it(trained, tmp_path):
    saved = trained[0] / "fashion_mnist_out" / "model.npz"
    message = refusal("--model", "softmax", "--load", saved, folder=tmp_path)
    assert message == f"error: {saved}: contains the model 'mlp', expected 'softmax'; choose --model mlp"


def test_loading_weights_of_another_shape_is_an_error(tmp_path):
    autograd.save({"model": "mlp", "weights": {"1.weight": autograd.zeros(3, 784)}}, tmp_path / "model.npz")
    assert "model.npz: does not fit the model 'mlp'" in refusal("--load", "model.npz", folder=tmp_path)


def test_an_output_folder_that_is_a_file_is_an_error(tmp_path):
    (tmp_path / "taken").write_text("")
    assert refusal("--out", "taken", folder=tmp_path) == "error: taken: File exists; choose another --out"
