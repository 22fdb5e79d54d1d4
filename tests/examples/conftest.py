"""What the tests of the example programs share: a small data set, and how a program is run."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from idx import load_split, write_idx

DATA = Path(__file__).parents[2] / "examples" / "data"


@pytest.fixture(scope="session")
def with_small_data(tmp_path_factory):
    """Makes a working folder whose data set `small` has so many training and test images."""

    def made(train, test):
        folder = tmp_path_factory.mktemp("programs")
        (folder / "small").mkdir()
        for split, count in ("train", train), ("t10k", test):
            images, labels = load_split(DATA, split)
            write_idx(folder / "small" / f"{split}-images-idx3-ubyte.gz", images[:count])
            write_idx(folder / "small" / f"{split}-labels-idx1-ubyte.gz", labels[:count])
        return folder

    return made


@pytest.fixture(scope="session")
def run():
    """Gives what `program` prints, one thread to a process; it finds the modules that lie in `beside`."""

    def output(program, *arguments, folder, beside):
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        settings = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONPATH": str(beside), "PYTHONUTF8": "1"}
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
