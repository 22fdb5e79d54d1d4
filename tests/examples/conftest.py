"""Fixtures for the tests of the example programs: a small data set, and running a program."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from idx import load_split, write_idx

ROOT = Path(__file__).parents[2]
DATA = ROOT / "examples" / "data"


@pytest.fixture(scope="session")
def with_small_data(tmp_path_factory):
    """A function that makes a working folder with a data set `small` of this many training and test images."""

    def make(train, test):
        folder = tmp_path_factory.mktemp("programs")
        (folder / "small").mkdir()
        for split, count in ("train", train), ("t10k", test):
            images, labels = load_split(DATA, split)
            write_idx(folder / "small" / f"{split}-images-idx3-ubyte.gz", images[:count])
            write_idx(folder / "small" / f"{split}-labels-idx1-ubyte.gz", labels[:count])
        return folder

    return make


@pytest.fixture(scope="session")
def run():
    """A function that runs a program on one thread and returns its output; it can import the modules in `beside`."""

    def output(program, *arguments, folder, beside):
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        path = os.pathsep.join([str(beside), str(ROOT)])
        settings = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": path, "PYTHONUTF8": "1"}
        done = subprocess.run(
            [sys.executable, program, *arguments],
            cwd=folder,
            env={**os.environ, **threads, **settings},
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return output


@pytest.fixture(scope="session")
def run_once(run):
    """A function that makes a function from the name of a program to its output; each program runs once."""

    def outputs(programs, arguments, folder):
        printed = {}

        def output(name):
            if name not in printed:
                printed[name] = run(programs / f"{name}.py", *arguments[name], folder=folder, beside=programs)
            return printed[name]

        return output

    return outputs
