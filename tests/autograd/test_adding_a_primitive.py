"""The recipe of autograd/README.md, "Add an operation", followed on a copy of the packages: a cube root.

Its line and its domain are written, its name is added in two places, and nothing else: everything must know it.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

#: Its line and its domain.
LINE = 'cbrt = unary("cbrt", np.cbrt, lambda g, out: g / (3 * out * out), "f", doc="The cube root")\n\n'
DOMAIN = '_on(0.4, 3, "cbrt", analytic=False)\n'


def write_before(file: Path, mark: str, text: str) -> None:
    before, found, after = file.read_text(encoding="utf-8").partition(mark)
    assert found, f"{file} has no {mark!r}"
    file.write_text(before + text + found + after, encoding="utf-8")


#: For each place that must know the primitive, a program that fails if it does not.
PLACES = {
    "the top level": "assert torch.cbrt(x).tolist() == [1, 2] and 'cbrt' in torch.__all__",
    "the methods of Tensor": "assert x.cbrt().tolist() == [1, 2]",
    "backward": "torch.cbrt(x).sum().backward(); assert x.grad.tolist() == [1 / 3, 1 / 12]",
    "help": "assert torch.cbrt.__doc__.startswith('The cube root.\\n\\nIts gradient: g / (3 * out * out)')",
    "explain": "assert 'cbrt(x)' in str(explain(torch.cbrt(x).sum()))",
    "the table of operations": "assert '| `cbrt` | The cube root. | `g / (3 * out * out)` | `x` |' in listing()",
    "the stubs": "assert any('def cbrt(self) -> Tensor: ...' in text for text in stubs().values())",
    "its domain": "check_primitive('cbrt'); check_op(None, domains['cbrt'], examples=3)",
    "check_op": "check_op(torch.cbrt, (0.5, 2), np.cbrt, examples=3)",
    "the symbols of explain": "assert 'g/(3·' in str(explain(torch.cbrt(x).sum()))",
    "NumPy's ufunc": "y = np.cbrt(x); assert isinstance(y, torch.Tensor) and y.grad_fn.name() == 'CbrtBackward0'",
    "the in-place method": "y = x.detach(); y.cbrt_(); assert y.tolist() == [1, 2]",
    "the in-place function": "y = x.detach(); torch.cbrt_(y); assert y.tolist() == [1, 2]",
}

#: Runs the program of each place, and prints the tracebacks of those that fail.
PROGRAM = """
import json, sys, traceback
import numpy as np
import autograd as torch
from autograd.teaching import explain
from autograd.testing import check_op, check_primitive, domains
from autograd.testing.listing import listing
from autograd.testing.stubs import stubs

failures = {}
for place, program in json.load(sys.stdin).items():
    x = torch.tensor([1.0, 8.0], dtype=torch.float64, requires_grad=True)
    try:
        exec(program, {**globals(), "x": x})
    except BaseException:
        failures[place] = traceback.format_exc()
print(json.dumps(failures))
"""


@pytest.fixture(scope="module")
def failures(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The places that do not know the primitive, on a copy of the packages in which the recipe was followed."""
    folder = tmp_path_factory.mktemp("copy")
    for package in ("autograd", "nn"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    family = folder / "autograd/ops/elementwise/elementary.py"
    write_before(family, "rsqrt = unary(", LINE)
    write_before(family, '"rsqrt"', '"cbrt", ')
    write_before(folder / "autograd/testing/domains/elementwise.py", '_on(-2, 2, "neg"', DOMAIN)
    write_before(folder / "autograd/methods.py", "rsqrt ", "cbrt ")
    found = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        input=json.dumps(PLACES),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert not found.returncode, found.stderr
    failed: dict[str, str] = json.loads(found.stdout)
    return failed


@pytest.mark.parametrize("place", PLACES)
def test_the_new_primitive_is_known_to(failures: dict[str, str], place: str) -> None:
    assert place not in failures, failures[place]
