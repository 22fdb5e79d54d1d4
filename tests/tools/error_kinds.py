"""The kinds of errors that PyTorch raises for wrong types, shapes and dims: what `wrong_input.py` tries, in PyTorch.

With PyTorch installed, `python tests/tools/error_kinds.py` writes them into `tests/autograd/error_kinds.json`.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from tests.tools import wrong_input  # noqa: E402 - found from the root of the project

RECORD = ROOT / "tests" / "autograd" / "error_kinds.json"

#: The modules and classes here, and in PyTorch.
LIBRARIES = {
    "autograd": "torch", "autograd.linalg": "torch.linalg", "autograd.fft": "torch.fft",
    "autograd.special": "torch.special", "nn.functional": "torch.nn.functional", "autograd:Tensor": "torch:Tensor",
}  # fmt: skip
#: What replaces an argument: the wrong types that scripts give, and dims and shapes that do not fit.
TRIED = ("None", "a string", "an object", "an array", "-7", "5", "a tensor of another shape", "an integer tensor")
#: Functions that PyTorch crashes in, or whose arguments mean something else.
LEFT_OUT = {"set_", "resize_", "as_strided", "as_strided_", "from_file", "apply_", "map_", "put_", "index_put_"}


def outcome(library: Any, function: Any, call: Any) -> str:
    """ "ok", or the kind of the error."""
    args, kwargs = call.arguments(library)
    try:
        wrong_input.run(function, args, kwargs)
    except wrong_input.Endless:
        return "endless"
    except Exception as error:
        return type(error).__name__.lstrip("_")
    return "ok"


def calls(name: str, every: int = 1) -> Iterator[Any]:
    """The calls that are tried of a module's functions, or of every so many: a positional argument is wrong."""
    functions, methods = wrong_input.target(name)
    for call in wrong_input.calls(dict(list(functions.items())[::every]), methods):
        if call.wrong in TRIED and isinstance(call.place, int) and call.function not in LEFT_OUT:
            yield call


def key(call: Any) -> str:
    return f"{call.function} {call.good} {call.place} {TRIED.index(call.wrong)}"


def main() -> None:
    """Write the record: for each module and kind of error, the calls."""
    torch = importlib.import_module("torch")
    record: dict[str, dict[str, list[str]]] = {}
    for ours, theirs in LIBRARIES.items():
        module, _, cls = theirs.partition(":")
        where = importlib.import_module(module)
        where = getattr(where, cls) if cls else where
        kinds = record.setdefault(ours, {})
        with wrong_input.limited():
            for call in calls(ours):
                if hasattr(where, call.function):
                    kinds.setdefault(outcome(torch, getattr(where, call.function), call), []).append(key(call))
    packed = {
        name: {kind: compact(found) for kind, found in kinds.items() if kind not in ("ok", "endless")}
        for name, kinds in record.items()
    }
    RECORD.write_text(json.dumps(packed, separators=(",", ":")).replace('","', '",\n"') + "\n", encoding="utf-8")


def compact(keys: list[str]) -> list[str]:
    """The keys of one function as one text: its name, its good call, then place and wrong value of each."""
    grouped: dict[str, list[str]] = {}
    for text in keys:
        function, good, place, wrong = text.split()
        grouped.setdefault(f"{function} {good}", []).append(place + wrong)
    return [f"{name} {' '.join(found)}" for name, found in grouped.items()]


def recorded() -> dict[str, dict[str, str]]:
    """For each module the kind of PyTorch's error by call."""
    found: dict[str, dict[str, str]] = {}
    for name, kinds in json.loads(RECORD.read_text(encoding="utf-8")).items():
        found[name] = {
            f"{function} {good} {pair[0]} {pair[1]}": kind
            for kind, texts in kinds.items()
            for function, good, *pairs in map(str.split, texts)
            for pair in pairs
        }
    return found


if __name__ == "__main__":
    main()
