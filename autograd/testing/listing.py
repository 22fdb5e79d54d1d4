"""The table of operations: every primitive of the registry, and every function that users can import.

python -m autograd.testing.listing          print it
python -m autograd.testing.listing --write  write it to autograd/OPERATIONS.md, and the stubs for type checkers
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import autograd
import autograd.functional
import nn
from autograd.core.primitive import Primitive, registry
from autograd.core.rule_text import text_of
from autograd.testing import stubs

#: The modules of functions beside the top level, by the names that scripts use.
NAMESPACES = {
    "linalg": autograd.linalg, "fft": autograd.fft, "special": autograd.special,
    "signal.windows": autograd.signal.windows, "masked": autograd.masked, "func": autograd.func,
    "autograd.functional": autograd.functional, "nn.functional": nn.functional,
}  # fmt: skip

TARGET = Path(autograd.__file__).with_name("OPERATIONS.md")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _row(made: Primitive) -> str:
    what, _, gradient = made.doc.partition(": ")
    words = f"{what}." if what else _first_line(made.function)
    slope = gradient or " and ".join(f"`{text}`" for rule in made.rules.values() if (text := text_of(rule)))
    rules = ", ".join(f"`{name}`" for name in made.rules) or "none"
    saves = ", ".join(f"`{name}`" for name in made.saves) or "nothing"
    return f"| `{made.name}` | {_cell(words)} | {_cell(slope)} | {rules} | {saves} |"


def _first_line(function: Any) -> str:
    return (function.__doc__ or "").strip().partition("\n")[0]


def listing() -> str:
    """The table, in Markdown."""
    lines = [
        "# Operations",
        "",
        "Written by `python -m autograd.testing.listing --write`.",
        "",
        "## Primitives",
        "",
        "A rule *keeps alive* until the backward pass what its parameters name: an argument, its shape or dtype, or",
        "the output `out`.",
        "",
        "| primitive | what it is | its gradient | gradients for | keeps alive |",
        "|---|---|---|---|---|",
        *(_row(registry[name]) for name in sorted(registry) if not registry[name].defined_in),
        "",
        "## Functions",
        "",
        "The functions of `import autograd as torch`; most are methods of Tensor too.",
        "",
        *_functions({name: getattr(autograd, name) for name in autograd.__all__}),
        "",
        "## In place",
        "",
        "The methods of Tensor that write into it:",
        "",
        ", ".join(f"`{name}`" for name in sorted(vars(autograd.Tensor)) if name[0] != "_" and name[-1] == "_") + ".",
    ]
    for name, module in NAMESPACES.items():
        lines += ["", f"## {name}", "", *_functions(_public(module))]
    return "\n".join(lines) + "\n"


def _functions(named: dict[str, Any]) -> list[str]:
    """A table of functions: what each computes, and the module that defines it."""
    rows = [
        f"| `{name}` | {_cell(_first_line(value))} | `{getattr(value, '__module__', '').removeprefix('autograd.')}` |"
        for name, value in sorted(named.items())
        if callable(value)
    ]
    return ["| function | what it is, in short | in |", "|---|---|---|", *rows]


def _public(module: Any) -> dict[str, Any]:
    """The public functions of a module: those of its `__all__`, or else those that it defines."""
    names = getattr(module, "__all__", None)
    if names is not None:
        return {name: getattr(module, name) for name in names}
    return {
        name: value
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", None) == module.__name__
    }


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        TARGET.write_text(listing(), encoding="utf-8")
        stubs.write()
    else:
        print(listing(), end="")
