"""`out=`, tried in every function that has it in PyTorch: what comes out, in a form that can be compared and recorded.

With PyTorch installed, `python tests/tools/outs.py --write` records what PyTorch does into
`tests/autograd/out.json`; `test_out.py` holds the project against the record.
"""

from __future__ import annotations

import argparse
import importlib
import json
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

RECORD = Path(__file__).parents[1] / "autograd" / "out.json"

#: The arguments that calls name: matrices, vectors, indices, booleans, complex numbers, a batch, an image.
ARGUMENTS = {
    "m": lambda t: t.tensor([[2.0, 0.5, 0.25], [0.5, 1.5, 0.75], [0.25, 0.75, 1.25]]),
    "h": lambda t: t.tensor([[0.5, 0.125, 0.0625], [0.125, 0.375, 0.1875], [0.0625, 0.1875, 0.3125]]),
    "v": lambda t: t.tensor([0.25, 0.5, 0.75]),
    "w": lambda t: t.tensor([0.5, 0.25, 0.75]),
    "i": lambda t: t.tensor([0, 2, 1]),
    "j": lambda t: t.tensor([[0, 2, 1], [1, 0, 2], [2, 1, 0]]),
    "b": lambda t: t.tensor([False, True, True]),
    "c": lambda t: t.tensor([0.25 + 0.5j, 0.5 + 0.25j, 0.75 + 0.75j]),
    "s": lambda t: ARGUMENTS["m"](t).reshape(1, 3, 3),
    "k": lambda t: ARGUMENTS["m"](t).reshape(1, 1, 3, 3),
}
DTYPES = ("float32", "float64", "int64", "bool", "complex64", "uint8")
#: Functions whose values are random or not determined: only dtypes, shapes and errors are compared.
RANDOM = {
    "torch.bernoulli", "torch.empty", "torch.multinomial", "torch.normal", "torch.rand", "torch.randint", "torch.randn",
    "torch.randperm", "linalg.eig", "linalg.eigh", "linalg.svd", "linalg.qr", "torch.qr", "torch.svd", "torch.geqrf",
}  # fmt: skip


class Case:
    """One call of one function in one library, with an `out` made for it."""

    def __init__(self, library: Any, name: str, call: str = "") -> None:
        self.library = library
        module, _, function = name.rpartition(".")
        target = library if module == "torch" else importlib.import_module(f"{library.__name__}.{module}")
        self.function: Callable[..., Any] = getattr(target, function)
        self.code = [compile(f"f({call}{end})", name, "eval") for end in ("", ", out=out") if call]
        self.call, self.random = call, name in RANDOM
        self.several, self.results = False, []
        if call:
            result = self.run(self.arguments())
            self.several = isinstance(result, (tuple, list))
            self.results = list(result) if self.several else [result]

    def arguments(self) -> dict[str, Any]:
        return {name: ARGUMENTS[name](self.library) for name in self.used()}

    def run(self, given: dict[str, Any], **out: Any) -> Any:
        names = {"t": self.library, "f": self.function, **given, **out}
        return eval(self.code[len(out)], names)

    def used(self) -> list[str]:
        """The names of the arguments that the call uses."""
        return [name for name in ARGUMENTS if name in self.code[0].co_names]

    def outcome(self, change: Callable[[Case, dict[str, Any], list[Any]], list[Any]]) -> str:
        """What happens with the `out` that `change` makes from the arguments and results: an error's kind, or values.

        `change` may change the arguments.
        """
        given, results = self.arguments(), self.results
        outs = change(self, given, results)
        versions = [out._version for out in outs]
        before = repr([o.tolist() for o in outs])
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            try:
                returned = self.run(given, out=tuple(outs) if self.several else outs[0])
            except Exception as error:
                changed = repr([o.tolist() for o in outs]) != before
                return type(error).__name__ + (", changed" if changed else "")
        returned = returned if isinstance(returned, (tuple, list)) else [returned]
        found = "ok"
        for one, out, result, version in zip(returned, outs, results, versions, strict=True):
            if one is not out or out._version == version:
                found = "not written"
            elif out.shape != result.shape:
                found = "not resized"
            elif not self.random and not _close(out, result):
                found = "other values"
        resized = any("resized" in str(warning.message) for warning in caught)
        return f"{found}, with a warning" if resized else found


def _close(out: Any, result: Any) -> bool:
    """Whether `out` holds the result, converted to its dtype."""
    expected = result.to(out.dtype).flatten().tolist()
    return all(
        a == b or a != a or abs(a - b) <= 1e-5 * max(1, abs(b)) for a, b in zip(out.flatten().tolist(), expected)
    )


def _like(case: Case, given: dict[str, Any], results: list[Any]) -> list[Any]:
    return [case.library.zeros(r.shape, dtype=r.dtype) for r in results]


def _empty(case: Case, given: dict[str, Any], results: list[Any]) -> list[Any]:
    return [case.library.zeros(0, dtype=r.dtype) for r in results]


def _other_shape(case: Case, given: dict[str, Any], results: list[Any]) -> list[Any]:
    return [case.library.zeros(7, dtype=r.dtype) for r in results]


def _strided(case: Case, given: dict[str, Any], results: list[Any]) -> list[Any]:
    return [case.library.zeros((*r.shape, 2), dtype=r.dtype)[..., 1] for r in results]


def _expanded(case: Case, given: dict[str, Any], results: list[Any]) -> list[Any]:
    return [case.library.zeros((), dtype=r.dtype).expand(r.shape) for r in results]


def _of(dtype: str) -> Callable[..., list[Any]]:
    def make(case: Case, given: dict[str, Any], results: list[Any]) -> list[Any]:
        return [case.library.zeros(r.shape, dtype=getattr(case.library, dtype)) for r in results]

    return make


def _input_in_graph(case: Case, given: dict[str, Any], results: list[Any]) -> list[Any]:
    for name, value in given.items():
        if name not in "ijb":
            value.requires_grad_()
    return _like(case, given, results)


def _out_in_graph(case: Case, given: dict[str, Any], results: list[Any]) -> list[Any]:
    outs = _like(case, given, results)
    return [out.requires_grad_() if out.is_floating_point() or out.is_complex() else out for out in outs]


def _input_itself(case: Case, given: dict[str, Any], results: list[Any]) -> list[Any]:
    outs = _like(case, given, results)
    for i, out in enumerate(outs):
        for value in given.values():
            if value.shape == out.shape and value.dtype == out.dtype:
                outs[i] = value
                return outs
    return outs


def _shifted_input(case: Case, given: dict[str, Any], results: list[Any]) -> list[Any]:
    """An argument and `out` are parts of one memory, one element apart."""
    outs = _like(case, given, results)
    for i, out in enumerate(outs):
        for name, value in given.items():
            if value.shape == out.shape and value.dtype == out.dtype and value.ndim:
                memory = case.library.zeros(value.numel() + 1, dtype=value.dtype)
                memory[:-1] = value.reshape(-1)
                given[name] = memory[:-1].view(value.shape)
                outs[i] = memory[1:].view(value.shape)
                return outs
    return outs


SITUATIONS: dict[str, Callable[[Case, dict[str, Any], list[Any]], list[Any]]] = {
    "like the result": _like,
    "empty": _empty,
    "another shape": _other_shape,
    "strided": _strided,
    "expanded": _expanded,
    **{dtype: _of(dtype) for dtype in DTYPES},
    "an argument in a graph": _input_in_graph,
    "in a graph": _out_in_graph,
    "an argument itself": _input_itself,
    "shifted by one element": _shifted_input,
}


def observed(library: Any, name: str, call: str) -> dict[str, Any]:
    """What the function does in every situation."""
    case = Case(library, name, call)
    return {situation: case.outcome(change) for situation, change in SITUATIONS.items()}


def recorded() -> dict[str, tuple[str, dict[str, str]]]:
    """For each function the arguments of its call, and what PyTorch does in every situation."""
    groups = json.loads(RECORD.read_text(encoding="utf-8"))
    return {name: (call, group["situations"]) for group in groups for name, call in group["functions"].items()}


def write() -> None:
    """Record what PyTorch does, for the calls that the record has already."""
    torch = importlib.import_module("torch")
    groups: dict[str, dict[str, Any]] = {}
    for name, (call, _) in sorted(recorded().items()):
        found = observed(torch, name, call)
        group = groups.setdefault(json.dumps(found), {"situations": found, "functions": {}})
        group["functions"][name] = call
    ordered = sorted(groups.values(), key=lambda group: -len(group["functions"]))
    RECORD.write_text(json.dumps(ordered, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    """Write the record."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="write the record")
    if parser.parse_args().write:
        write()


if __name__ == "__main__":
    main()
