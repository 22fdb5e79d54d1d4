"""What PyTorch answers at the edges of its functions, recorded in `tests/autograd/recorded/`, one call a line.

    python tests/tools/edges.py --write     record the answers anew, where PyTorch is installed

To record another call, add a line with its expression and `null`, and run the script. In an expression `t` is the
library, `F` its nn.functional, `x` and `y` tensors. The tables:

    one_number.json    value, first and second derivative at zeros, infinities, NaN, huge and tiny numbers, bounds
    two_numbers.json   the same for functions of two numbers, at all pairs of some numbers
    dtypes.json        the dtype of the result for each dtype of `x`, or each pair of dtypes of `x` and `y`
    numbers.json       which numbers `v` are refused in a tensor `z(*size)` of dtype `d`; `s(x, key, v)` is x[key] = v
"""

from __future__ import annotations

import argparse
import json
import math
import re
import warnings
from pathlib import Path
from typing import Any

import numpy as np

FOLDER = Path(__file__).parents[1] / "autograd" / "recorded"
INF, NAN = math.inf, math.nan

#: Where functions of one number are computed.
POINTS = [
    -INF, -1e300, -20.0, -3.0, -2.0, -1.5, -1.0, -0.5, -1e-3, -1e-300, -0.0, 0.0, 1e-300, 1e-3, 0.25, 0.5, 1.0, 1.5,
    2.0, 3.0, 6.0, 10.0, 20.0, 1e300, INF, NAN,
]  # fmt: skip
#: All pairs of these are where functions of two numbers are computed.
COORDINATES = [-2.0, -1.0, -0.0, 0.0, 0.5, 1.0, INF, NAN]
DTYPES = [
    "bool", "uint8", "int8", "int16", "int32", "int64", "float16", "float32", "float64", "complex64", "complex128",
]  # fmt: skip
NUMBERS = [1000, -1, 300, -200, 2**31, 1.5, -1.5, 1e10, 1e39, INF, NAN, 1j, 1 + 0j, True, 70000.0]


def numbers(x: Any) -> list[float]:
    """The elements of a tensor, flattened; booleans and integers as floats."""
    return [float(v) for v in x.detach().clone().reshape(-1).tolist()]


def derivatives(t: Any, F: Any, expression: str, arrays: list[Any]) -> dict[str, list[float]]:
    """The values of a call in float64, and its first and second derivatives, by names such as `x` and `xy`."""
    inputs = dict(zip("xy", (t.tensor(a, dtype=t.float64, requires_grad=True) for a in arrays)))
    out = eval(expression, {"t": t, "F": F, **inputs})
    found = {"value": numbers(out)}
    if not out.requires_grad:
        return found
    for name, first in _gradients(t, out, inputs).items():
        found[name] = numbers(first)
        if first.requires_grad:
            seconds = _gradients(t, first, inputs)
            found.update({name + other: numbers(g) for other, g in seconds.items() if other >= name})
    return found


def _gradients(t: Any, out: Any, inputs: dict[str, Any]) -> dict[str, Any]:
    """The derivatives that the library implements."""
    try:
        found = t.autograd.grad(out.sum(), list(inputs.values()), create_graph=True, allow_unused=True)
    except (RuntimeError, NotImplementedError):
        return {}
    return {name: g for name, g in zip(inputs, found) if g is not None}


def dtype_of(t: Any, F: Any, expression: str, kinds: tuple[str, ...]) -> str:
    """The name of the dtype of a result for inputs of some dtypes, or "-" if the library refuses them."""
    values = ([1, 2, 0, 3], [1, 1, 2, 3])
    inputs = dict(zip("xy", (t.tensor(v, dtype=getattr(t, kind)) for v, kind in zip(values, kinds))))
    try:
        return str(eval(expression, {"t": t, "F": F, **inputs}).dtype).rpartition(".")[2]
    except (RuntimeError, NotImplementedError, TypeError, ValueError, IndexError):
        return "-"


def kinds_of(expression: str) -> list[tuple[str, ...]]:
    """The dtypes that an expression is computed with."""
    return [(a, b) for a in DTYPES for b in DTYPES] if re.search(r"\by\b", expression) else [(a,) for a in DTYPES]


def refusals(t: Any, F: Any, expression: str) -> str:
    """For each dtype and number one letter: "e" if the number does not fit, "v" for a value, "x" for another error."""
    return " ".join("".join(_refusal(t, F, expression, getattr(t, kind), v) for v in NUMBERS) for kind in DTYPES[:-1])


def _refusal(t: Any, F: Any, expression: str, d: Any, v: Any) -> str:
    def written(x: Any, key: Any, value: Any) -> Any:
        x[key] = value
        return x

    def zeros(*size: int) -> Any:
        return t.zeros(size, dtype=d)

    scope = {"t": t, "F": F, "d": d, "v": v, "z": zeros, "s": written, "m": t.tensor([True, False])}
    try:
        eval(expression, scope)
    except RuntimeError as error:
        return "e" if "overflow" in str(error) else "x"
    except (TypeError, ValueError, NotImplementedError, OverflowError):
        return "x"
    return "v"


def grid() -> list[Any]:
    """The pairs of COORDINATES, as two arrays."""
    return [a.reshape(-1) for a in np.meshgrid(COORDINATES, COORDINATES, indexing="ij")]


def packed(values: list[float]) -> str:
    """Numbers as text; nine digits are enough for a comparison."""
    return " ".join(f"{v:.9g}" for v in values)


def unpacked(text: str) -> Any:
    """The numbers that `packed` wrote."""
    return np.array([float(word) for word in text.split()])


def load(name: str) -> dict[str, Any]:
    """A recorded table."""
    table: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text())
    return table


def _write(name: str, table: dict[str, Any]) -> None:
    lines = [f"{json.dumps(call)}: {json.dumps(answer)}" for call, answer in table.items()]
    (FOLDER / f"{name}.json").write_text("{\n" + ",\n".join(lines) + "\n}\n")


def main() -> None:
    """Record the answers of PyTorch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", required=True)
    parser.parse_args()
    import torch as t

    F = t.nn.functional
    warnings.simplefilter("ignore")
    for name, arrays in (("one_number", [POINTS]), ("two_numbers", grid())):
        table = {call: {part: packed(v) for part, v in derivatives(t, F, call, arrays).items()} for call in load(name)}
        _write(name, table)
    _write("dtypes", {call: " ".join(dtype_of(t, F, call, k) for k in kinds_of(call)) for call in load("dtypes")})
    _write("numbers", {call: refusals(t, F, call) for call in load("numbers")})


if __name__ == "__main__":
    main()
