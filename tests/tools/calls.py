"""Calls as text, and what they return: for tables of calls that are tried in two libraries.

A table is a text file with Python expressions, several a line, separated by commas. In them `t` is the library, `F` its
nn.functional, and the letters are the tensors of `ARGUMENTS`. `setitem(x, key, value)` is `x[key] = value`.
"""

from __future__ import annotations

import ast
import warnings
from pathlib import Path
from types import CodeType
from typing import Any

import numpy as np

from tests.tools.answers import condensed, plain

INF, NAN = float("inf"), float("nan")


def _numbers(seed: int, *shape: int) -> np.ndarray:
    return np.random.default_rng(seed).uniform(-2, 2, shape).round(3)


Z = _numbers(1, 3, 3) + 1j * _numbers(2, 3, 3)
#: Leaves that require grad: vectors, matrices, a batch of them, positive and complex ones, with ties, with NaN, empty.
LEAVES = {
    "v": np.array([0.7, -1.3, 0.4, 1.9, -0.6]),
    "p": np.array([0.8, 1.7, 0.35, 2.6, 1.2]),
    "o": np.array(1.6),
    "m": _numbers(3, 3, 4),
    "n": _numbers(4, 4, 5),
    "q": _numbers(5, 3, 3) + 2 * np.eye(3),
    "s": np.array([[2.0, 0.5, 0.3], [0.5, 1.5, -0.4], [0.3, -0.4, 1.0]]),
    "S": _numbers(6, 2, 3, 3) + np.diag([3.0, -2.0, 4.0]),
    "b": _numbers(7, 2, 3, 4),
    "c": _numbers(8, 2, 3, 3),
    "z": _numbers(9, 4) + 1j * _numbers(10, 4),
    "Z": Z,
    "w": np.array([[1.0, 3.0, 3.0], [0.0, 0.0, 1.0]]),
    "u": np.array([[0.5, NAN, 2.0, -1.0], [NAN, NAN, 3.0, 1.5], [4.0, -2.0, 0.0, 1.0]]),
    "e": np.zeros((0, 3)),
    "U": np.array([0.03, 0.2, 0.45, 0.5, 0.62, 0.8, 0.91, 0.99, 0.11]),
    "B": np.array([-3.0, -1.7, -0.9, -0.46, -0.2, 0.1, 0.3, 0.5, 0.8, 1.4, 2.2, 4.1]),
    "P": np.array([0.06, 0.3, 0.7, 0.95, 1.3, 2.1, 2.8, 3.6, 4.4, 7.9]),
    "D": np.array([-1.2, -0.9, -0.3, 0.2, 0.5, 0.8, 1.1]),
    "I": _numbers(11, 1, 2, 5, 6),
    "K": _numbers(12, 2, 2, 3, 2),
    "G": _numbers(13, 1, 3, 4, 2) * 0.65,
    "X": _numbers(14, 12),
}
#: Tensors that do not: integers, booleans, single precision, windows, and numbers at the edges.
CONSTANTS = {
    "i": np.array([3, 1, 2, 0]),
    "k": np.array([True, False, True, True]),
    "f": np.array([-4.5, -1.0, -0.3, 0.2, 0.6, 2.5], np.float32),
    "w4": np.array([0.3, 0.9, 1.1, 0.5]),
    "w6": np.array([0.4, 0.7, 1.2, 1.0, 0.8, 0.6]),
    "C": np.array([-INF, -30.0, -25.0, -1.0, -0.5, 0.0, 0.5, 1.0, 2.0, 24.9, 25.0, 40.0, INF, NAN]),
}


def lines(folder: Path) -> dict[str, str]:
    """The lines of the tables in a folder, by the name of the file and their number."""
    found = {}
    for file in sorted(folder.glob("*.txt")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            found[f"{file.stem} {number}"] = line
    return found


def compiled(line: str) -> dict[str, CodeType]:
    """The calls of a line, compiled, by their text."""
    body = ast.parse(line, mode="eval").body
    texts = [ast.unparse(node) for node in (body.elts if isinstance(body, ast.Tuple) else [body])]
    return {text: compile(text, text, "eval") for text in texts}


def arguments(library: Any, code: CodeType) -> tuple[dict[str, Any], dict[str, Any]]:
    """The names that a call uses, and the leaves among them."""
    names = set(code.co_names)
    for part in code.co_consts:  # of a lambda in the call
        names |= set(getattr(part, "co_names", ()))
    scope: dict[str, Any] = {"t": library, "F": library.nn.functional, "setitem": setitem, "INF": INF, "NAN": NAN}
    used = names | ({"m"} if "M" in names else set())
    leaves = {x: library.tensor(LEAVES[x].copy(), requires_grad=True) for x in LEAVES if x in used}
    scope |= leaves | {x: library.tensor(CONSTANTS[x].copy()) for x in CONSTANTS if x in used}
    if "M" in names:
        scope["M"] = leaves["m"] * 1
    return scope, leaves


def setitem(x: Any, key: Any, value: Any) -> Any:
    """`x[key] = value`."""
    x[key] = value
    return x


def outcome(library: Any, code: CodeType) -> Any:
    """The result of a call and the gradients of a weighted sum of it, or the kind and the text of its error."""
    scope, leaves = arguments(library, code)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            result = eval(code, scope)
        except Exception as error:
            return f"{type(error).__name__.lstrip('_')}: {error}"
        found = {"result": condensed(_as_plain(result))}
        found |= {name: condensed(g) for name, g in _gradients(library, result, leaves).items()}
    return found


def _as_plain(result: Any) -> Any:
    """The result with tuples for named tuples and for sizes."""
    if isinstance(result, (tuple, list)) and type(result).__name__ not in ("TensorShape",):
        return tuple(_as_plain(part) for part in result)
    return result.replace("autograd.", "torch.") if isinstance(result, str) else plain(result)


def _gradients(library: Any, result: Any, leaves: dict[str, Any]) -> dict[str, Any]:
    """The gradients of a weighted sum of the parts that are in a graph; none if there is none, or no derivative."""
    parts = result if isinstance(result, (tuple, list)) else [result]
    total = 0
    for part in parts:
        if getattr(part, "requires_grad", False) is True:
            weights = library.tensor(np.cos(np.arange(part.numel()) + 0.5)).reshape(part.shape)
            numbers = part.real * weights + part.imag * weights.flip(0) if part.is_complex() else part * weights
            total = total + numbers.sum()
    if isinstance(total, int):
        return {}
    try:
        found = library.autograd.grad(total, list(leaves.values()), allow_unused=True)
    except (RuntimeError, NotImplementedError) as error:
        return {"no gradient": f"{type(error).__name__}"}
    return {name: g.resolve_conj() for name, g in zip(leaves, found) if g is not None}


# -- errors ------------------------------------------------------------------------------------------------

MESSAGES = Path(__file__).parents[1] / "autograd" / "calls" / "messages.errors"


def messages() -> dict[str, str]:
    """The calls that raise an error, and its kind and text: in the file, a call and below it, indented, its error."""
    found: dict[str, str] = {}
    call = ""
    for line in MESSAGES.read_text(encoding="utf-8").splitlines():
        if line.startswith("    "):
            found[call] = f"{found[call]}\n{line[4:]}".strip()
        else:
            call = line
            found[call] = ""
    return found


def error_of(library: Any, code: CodeType) -> str:
    """The kind and the text of the error that a call raises, or "no error"."""
    scope, _ = arguments(library, code)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            eval(code, scope)
        except Exception as error:
            return f"{type(error).__name__.lstrip('_')}: {error}"
    return "no error"


def main() -> None:
    """Write the errors of all calls anew; to record another, add a line with it first."""
    import autograd

    blocks = []
    for call in messages():
        ((text, code),) = compiled(call).items()
        lines = error_of(autograd, code).splitlines()
        blocks.append("\n".join([text, *(f"    {line}".rstrip() for line in lines)]))
    MESSAGES.write_text("\n".join(blocks) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
