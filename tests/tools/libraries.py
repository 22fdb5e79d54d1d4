"""Runs the programs of `tests/libraries/programs/`: each uses a library written for PyTorch, and says `import torch`.

    python tests/tools/libraries.py --record [NAME …]           record PyTorch's answers, where it is installed
    python -m autograd.as_torch tests/tools/libraries.py NAME   print the answers of a program as JSON
    python tests/tools/libraries.py --write                     write the table into `autograd/README.md`

`pip install --no-deps -r tests/libraries/requirements.txt` installs the libraries, and what they need besides PyTorch.
A program is named for its library. It is a function `run()` that returns numbers or text by name; the first line of
its docstring says what it does, for the table. `tests/libraries/drawn.py` draws its inputs and weights by NumPy.
"""

from __future__ import annotations

import argparse
import ast
import contextlib
import importlib.metadata
import json
import os
import runpy
import subprocess
import sys
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "libraries"
RECORDED = FOLDER / "recorded.json"
TARGET = ROOT / "autograd" / "README.md"
BEGIN, END = "<!-- libraries -->\n", "<!-- end of libraries -->\n"
#: Largest difference from PyTorch's numbers, relative to the largest number of the same name: rounding of float32.
TOLERANCE = 2e-5

Answers = dict[str, list[float] | str]


def programs() -> list[str]:
    return sorted(path.stem for path in (FOLDER / "programs").glob("*.py"))


def pinned_version(name: str) -> str:
    """The version of a program's library that is tested, from the list of requirements."""
    lines = (FOLDER / "requirements.txt").read_text(encoding="utf-8").splitlines()
    versions = dict(line.split("==") for line in lines if "==" in line)
    return versions[name.replace("_", "-")]


def installed_version(name: str) -> str | None:
    try:
        return importlib.metadata.version(name.replace("_", "-"))
    except importlib.metadata.PackageNotFoundError:
        return None


def answers(name: str) -> Answers:
    """Run a program in this process."""
    warnings.simplefilter("ignore")  # the libraries use names that PyTorch, or Python, calls deprecated
    found = runpy.run_path(str(FOLDER / "programs" / f"{name}.py"))["run"]()
    return {
        key: value if isinstance(value, str) else [float(f"{number:.7g}") for number in _flat(value)]
        for key, value in found.items()
    }


def _flat(value: Any) -> list[float]:
    if isinstance(value, list | tuple):
        return [number for item in value for number in _flat(item)]
    return _flat(value.tolist()) if hasattr(value, "tolist") else [float(value)]


def run(name: str, *launcher: str) -> Answers:
    """Run a program in a process of its own, since whether `torch` is this package is decided once in a process.

    Raises:
        RuntimeError: the program fails.
    """
    command = [sys.executable, *launcher, __file__, name]
    found = subprocess.run(command, capture_output=True, encoding="utf-8", check=False, cwd=ROOT, env=_environment())
    if found.returncode:
        raise RuntimeError(f"{name}: {found.stderr[-3000:]}")
    return json.loads(found.stdout)


def _environment() -> dict[str, str]:
    """The package of this folder, whether or not it is installed."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}


def recorded() -> dict[str, Answers]:
    return json.loads(RECORDED.read_text(encoding="utf-8"))


def differences(found: Answers, expected: Answers) -> list[str]:
    """The answers that differ by more than rounding, each as a line."""
    lines = [f"{key}: only in one of the two" for key in found.keys() ^ expected.keys()]
    for key in found.keys() & expected.keys():
        ours, theirs = found[key], expected[key]
        if isinstance(ours, str) or isinstance(theirs, str):
            same = ours == theirs
        else:
            bound = TOLERANCE * max(map(abs, theirs), default=0.0)
            same = len(ours) == len(theirs) and all(abs(x - y) <= bound for x, y in zip(ours, theirs))
        if not same:
            lines.append(f"{key}: {ours}, PyTorch: {theirs}")
    return lines


def record(names: list[str]) -> None:
    """Record the answers of PyTorch, of all programs or of some."""
    found = recorded() if RECORDED.exists() else {}
    found |= {name: run(name) for name in names or programs()}
    lines = [f"{json.dumps(name)}: {json.dumps(found[name])}" for name in sorted(found.keys() & set(programs()))]
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def table() -> str:
    """The table of libraries, versions, what was run, and the result.

    Raises:
        RuntimeError: a library is not installed in the version that is tested, or its program fails.
    """
    rows = ["| library | what was run | result |", "|---|---|---|"]
    for name in programs():
        version = pinned_version(name)
        if installed_version(name) != version:
            raise RuntimeError(f"{name}: version {version} is to be tested, but {installed_version(name)} is installed")
        expected = recorded()[name]
        differ = differences(run(name, "-m", "autograd.as_torch"), expected)
        source = (FOLDER / "programs" / f"{name}.py").read_text(encoding="utf-8")
        what = (ast.get_docstring(ast.parse(source)) or "").partition("\n")[0].rstrip(".")
        count = sum(1 if isinstance(value, str) else len(value) for value in expected.values())
        result = f"{len(differ)} answers differ" if differ else f"{count} answers agree" if count > 1 else "it agrees"
        rows.append(f"| {name.replace('_', '-')} {version} | {what} | {result} |")
    return "\n".join(rows) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--record", action="store_true", help="record PyTorch's answers")
    parser.add_argument("--write", action="store_true", help=f"write the table into {TARGET.relative_to(ROOT)}")
    arguments = parser.parse_args()
    if arguments.record:
        record(arguments.names)
    elif arguments.write:
        before, _, rest = TARGET.read_text(encoding="utf-8").partition(BEGIN)
        TARGET.write_text(f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}", encoding="utf-8")
    else:
        sys.path[0] = str(ROOT)  # instead of this folder, whose files have names of modules
        for name in arguments.names:
            with contextlib.redirect_stdout(sys.stderr):  # some libraries print
                found = answers(name)
            print(json.dumps(found))


if __name__ == "__main__":
    main()
