"""What is there: a table of every primitive, from the registry, and of every function at the top level.

python -m autograd.testing.listing          print it
python -m autograd.testing.listing --write  into autograd/OPERATIONS.md
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import autograd
import nn
from autograd.primitive import Primitive, registry
from autograd.words import WORDS

TARGET = Path(autograd.__file__).with_name("OPERATIONS.md")


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _row(made: Primitive) -> str:
    words = WORDS.get(made.name) or _first_line(made.function)
    rules = ", ".join(f"`{name}`" for name in made.rules) or "none"
    saves = ", ".join(f"`{name}`" for name in made.saves) or "nothing"
    return f"| `{made.name}` | {_cell(words)} | {rules} | {saves} |"


def _first_line(function: Any) -> str:
    return (function.__doc__ or "").strip().partition("\n")[0]


def listing() -> str:
    """The table, in Markdown."""
    assert nn.functional  # its primitives are in the registry too
    lines = [
        "# Operations",
        "",
        "Made by `python -m autograd.testing.listing --write`.",
        "",
        "## Primitives",
        "",
        "What a rule *keeps alive* until the backward pass is what it names: an argument, its shape or type, or the",
        "output `out`.",
        "",
        "| primitive | what it is, and its slope | gradients for | keeps alive |",
        "|---|---|---|---|",
        *(_row(registry[name]) for name in sorted(registry)),
        "",
        "## Functions",
        "",
        "All that `import autograd as torch` hands on; most are methods of Tensor too.",
        "",
        "| function | what it is | in |",
        "|---|---|---|",
    ]
    for name in sorted(autograd.__all__):
        value = getattr(autograd, name)
        if callable(value):
            home = getattr(value, "__module__", "").removeprefix("autograd.")
            lines.append(f"| `{name}` | {_cell(_first_line(value))} | `{home}` |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    if "--write" in sys.argv[1:]:
        TARGET.write_text(listing(), encoding="utf-8")
    else:
        print(listing(), end="")
