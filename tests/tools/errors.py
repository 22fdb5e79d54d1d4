"""A table of the largest error found in each primitive's gradient, for `tests/README.md`.

python tests/tools/errors.py          print the table
python tests/tools/errors.py --write  write it into tests/README.md
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np

import nn  # noqa: F401 - registers its primitives
from autograd.core.primitive import registry
from autograd.testing import Draw, domains
from autograd.testing.vjp import Comparison, comparisons, in_single_precision

TARGET = Path(__file__).parents[1] / "README.md"
BEGIN, END = "<!-- errors -->\n", "<!-- end of errors -->\n"
SAMPLES = 20


def worst(name: str) -> tuple[float, float, float, float]:
    """The largest relative errors of a primitive: first order, second order, in float32, and the oracle's own."""
    first = second = single = own = 0.0
    for seed in range(SAMPLES):
        draw = Draw(seed)
        sample = domains[name].sample(draw)
        oracle = "complex step" if domains[name].analytic else "differences"
        for found in comparisons(sample.call, sample.inputs, draw.rng, oracle, name, 2):
            if found.order == 1:
                first = max(first, _error(found))
            else:
                second = max(second, _error(found))
            own = max(own, float(np.max(found.error, initial=0)) / found.scale)
        single = max(single, *in_single_precision(sample, draw.rng))
    return first, second, single, own


def _error(found: Comparison) -> float:
    return float(np.max(np.abs(found.gradient - found.expected), initial=0)) / found.scale


def rows() -> Iterator[str]:
    """The rows of the table, one for each primitive."""
    for name in sorted(registry):
        first, second, single, own = (f"{error:.0e}" if error else "0" for error in worst(name))
        oracle = "complex step" if domains[name].analytic else f"differences, ± {own}"
        yield f"| `{name}` | {oracle} | {first} | {second} | {single} |"


def table() -> str:
    """The table, in Markdown."""
    head = ["| primitive | oracle | first | second | float32 |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows()]) + "\n"


def main() -> None:
    """Print the table, or write it into the README."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the table into tests/README.md")
    if not parser.parse_args().write:
        print(table(), end="")
        return
    before, _, rest = TARGET.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    TARGET.write_text(before + BEGIN + table() + END + after, encoding="utf-8")


if __name__ == "__main__":
    main()
