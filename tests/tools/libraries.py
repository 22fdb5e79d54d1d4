"""Runs the programs of `tests/libraries/programs/`: each uses a library that was written for PyTorch, and says `import torch`.

    python tests/tools/libraries.py --record [NAME ...]         record what PyTorch answers, where it is installed
    python -m autograd.as_torch tests/tools/libraries.py NAME   print what a program answers, as JSON
    python tests/tools/libraries.py --write                     write the table into `autograd/README.md`

The libraries and their versions are in `tests/libraries/requirements.txt`; `pip install --no-deps -r` installs them.
A program is a function `run()` that returns numbers by name; the first line of its docstring says what it does.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.metadata
import json
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
#: Largest difference from PyTorch's numbers, relative to the largest number of the same name.
TOLERANCE = 1e-4


def programs() -> list[str]:
    return sorted(path.stem for path in (FOLDER / "programs").glob("*.py"))


def versions() -> dict[str, str]:
    """The version that is tested, by name of the library."""
    lines = (FOLDER / "requirements.txt").read_text(encoding="utf-8").split("\n")
    return dict(line.split("==") for line in lines if "==" in line)


def installed(library: str) -> str | None:
    try:
        return importlib.metadata.version(library)
    except importlib.metadata.PackageNotFoundError:
        return None


def answers(name: str) -> dict[str, list[float] | str]:
    """Run a program in this process."""
    warnings.simplefilter("ignore")
    found = runpy.run_path(str(FOLDER / "programs" / f"{name}.py"))["run"]()
    return {
        key: value if isinstance(value, str) else [float(f"{number:.7g}") for number in _flat(value)]
        for key, value in found.items()
    }


def _flat(value: Any) -> list[float]:
    if isinstance(value, list | tuple):
        return [number for item in value for number in _flat(item)]
    return _flat(value.tolist()) if hasattr(value, "tolist") else [float(value)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*")
    parser.add_argument("--record", action="store_true")
    arguments = parser.parse_args()
    if arguments.record:
        recorded = json.loads(RECORDED.read_text(encoding="utf-8")) if RECORDED.exists() else {}
        for name in arguments.names or programs():
            command = [sys.executable, __file__, name]
            run = subprocess.run(command, capture_output=True, text=True, check=False)
            if run.returncode: print(name, run.stderr[-3000:])
            else:
                print(run.stderr[-1500:])
                recorded[name] = json.loads(run.stdout)
                print(name, {k: len(v) for k, v in recorded[name].items()})
        lines = [f"{json.dumps(name)}: {json.dumps(recorded[name])}" for name in sorted(recorded)]
        RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")
    else:
        sys.path[0] = str(ROOT)
        for name in arguments.names:
            with contextlib.redirect_stdout(sys.stderr):
                found = answers(name)
            print(json.dumps(found))


if __name__ == "__main__":
    main()
