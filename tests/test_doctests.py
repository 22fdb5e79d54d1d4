"""The examples in docstrings of any file pass alone, in a fresh process and another folder, without an install."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

#: Runs pytest on each file in a process of its own, all forked from one that knows neither package.
PROGRAM = """
import os, sys
sys.path[:] = [path for path in sys.path if not os.path.isdir(os.path.join(path, "autograd"))]
sys.meta_path[:] = [finder for finder in sys.meta_path if "editable" not in repr(finder)]
import numpy, pytest
assert not {"autograd", "nn"} & sys.modules.keys()
for file in sys.argv[1:]:
    child = os.fork()
    if not child:
        os._exit(pytest.main(["-q", "-p", "no:cacheprovider", "-p", "no:glassgrad", file]))
    if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
        sys.exit(f"the examples of {file} fail")
"""

#: Primitives and layers that are entered into tables when they are defined, and a file named as the function in it.
FILES = ("autograd/ops/reduce/cumulative.py", "nn/keras/layers/core.py", "autograd/teaching/remember.py")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_the_examples_of_a_file_pass_alone_without_an_install(tmp_path):
    environment = {key: value for key, value in os.environ.items() if key not in ("PYTHONPATH", "PYTEST_ADDOPTS")}
    command = [sys.executable, "-c", PROGRAM, *(str(ROOT / file) for file in FILES)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
