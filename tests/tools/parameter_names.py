"""The names that PyTorch's arguments have, from the stubs that it is installed with.

With PyTorch installed, `python tests/tools/parameter_names.py` writes them into `tests/autograd/parameter_names.json`:
for each function and method that the project has, the names of the parameters of all its overloads.
"""

from __future__ import annotations

import ast
import importlib
import json
from pathlib import Path
from typing import Any

import autograd

RECORD = Path(__file__).parents[1] / "autograd" / "parameter_names.json"
#: Names of named dims, of overloads that PyTorch's own compiler calls, and of arguments without a meaning here.
LEFT_OUT = {"self", "names", "out_dtype", "cudnn_enable", "cudnn_enabled", "implicit", "storage", "cls", "dimname"}


def names_in(body: list[ast.stmt]) -> dict[str, list[str]]:
    """The names of the parameters of the functions defined in a body."""
    found: dict[str, set[str]] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            arguments = [*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs]
            found.setdefault(node.name, set()).update({a.arg.removesuffix("_") for a in arguments} - LEFT_OUT)
    return {name: sorted(names) for name, names in sorted(found.items())}


def main() -> None:
    """Write the record."""
    root = Path(str(importlib.import_module("torch").__file__)).parent / "_C"
    functions = ast.parse((root / "_VariableFunctions.pyi").read_text()).body
    classes: list[Any] = ast.parse((root / "__init__.pyi").read_text()).body
    methods = next(node.body for node in classes if getattr(node, "name", "") == "TensorBase")
    record = {
        "torch": {name: names for name, names in names_in(functions).items() if hasattr(autograd, name)},
        "Tensor": {name: names for name, names in names_in(methods).items() if hasattr(autograd.Tensor, name)},
    }
    RECORD.write_text(json.dumps(record, separators=(",", ":")).replace("],", "],\n") + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
