"""Feed classes and methods wrong arguments: constructors of layers, optimizers and distributions, what they do, …

`good_calls.txt` lists calls that succeed, one a line. `faults(lines)` makes each once as it stands, and then many
times with one argument of its outermost call replaced. A fault is what `wrong_input` says, and besides an object that
a failed call has changed: the one whose method it was, or one among its arguments.

`python tests/tools/wrong_calls.py optim.` shows the faults of the lines that begin so.
"""

from __future__ import annotations

import ast
import inspect
import io
import os
import random
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import autograd as torch
import nn
from autograd import distributions, extend, func, optim, teaching, testing
from autograd.testing import strategies
from nn import data
from tests.tools.wrong_input import WRONG, Endless, is_ours, limited, run, snapshot

GOOD_CALLS = Path(__file__).with_name("good_calls.txt")


class Twice(torch.autograd.Function):
    """A user's Function."""

    @staticmethod
    def forward(ctx: Any, x: Any) -> Any:
        return x * 2

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        return g * 2


class OddNormal(distributions.Normal):
    """A user's distribution."""


class Stream(data.IterableDataset[int]):
    def __iter__(self) -> Iterator[int]:
        return iter([1, 2])


def saved(value: Any) -> io.BytesIO:
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return file


def with_gradient() -> Any:
    w = torch.nn.Parameter(torch.ones(4, 3))
    w.grad = torch.ones(4, 3)
    return w


def recorded() -> tuple[Any, Any, Any]:
    """A tape, a value and the tensor that it was computed from."""
    x = torch.ones(2, 3)
    with torch.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = (x * x).sum()
    return tape, y, x


def all_of(iterable: Callable[..., Any]) -> Callable[..., Any]:
    """A function that makes an iterable and goes through it."""

    def made(*args: Any, **kwargs: Any) -> Any:
        return list(zip(range(10), iterable(*args, **kwargs), strict=False))

    made.__signature__ = inspect.signature(iterable)  # type: ignore[attr-defined]  # `inspect` reads it
    return made


#: The names in the calls: those that are always the same, and makers of the others.
FIXED = {
    "torch": torch, "nn": nn, "optim": optim, "schedule": optim.lr_scheduler, "data": data, "func": func, "np": np,
    "distributions": distributions, "extend": extend, "strategies": strategies, "teaching": teaching,
    "testing": testing, "Twice": Twice, "OddNormal": OddNormal, "all_of": all_of, "saved": saved,
    "noop": lambda *_: None, "total": lambda x: (x * x).sum(), "path": os.devnull, "folder": tempfile.mkdtemp(),
    "careless": lambda kind, *args: kind(*args, validate_args=False),
}  # fmt: skip
MADE: dict[str, Callable[[dict[str, Any]], Any]] = {
    "x": lambda made: torch.arange(12.0).reshape(4, 3) / 12 + 0.1,
    "image": lambda made: torch.arange(72.0).reshape(1, 2, 6, 6) / 72,
    "volume": lambda made: torch.ones(1, 2, 4, 4, 4),
    "sentence": lambda made: torch.arange(24.0).reshape(3, 2, 4) / 24,
    "words": lambda made: torch.tensor([0, 3, 1, 4]),
    "labels": lambda made: torch.tensor([0, 2, 1, 0]),
    "w": lambda made: with_gradient(),
    "y": lambda made: (made["w"] * 2).sum(),
    "net": lambda made: torch.nn.Sequential(torch.nn.Linear(3, 3), torch.nn.BatchNorm1d(3)),
    "sgd": lambda made: optim.SGD([made["w"]], lr=0.1, momentum=0.9),
    "normal": lambda made: distributions.Normal(torch.zeros(3), torch.ones(3)),
    "stream": lambda made: Stream(),
    "file": lambda made: io.BytesIO(),
    "recorded": lambda made: recorded(),
    "tape": lambda made: made["recorded"][0],
    "taped": lambda made: made["recorded"][1],
    "watched": lambda made: made["recorded"][2],
}  # fmt: skip


class Names(dict[str, Any]):
    """The names of one call: a name's value is made when it is first used."""

    def __missing__(self, name: str) -> Any:
        if name not in MADE:
            raise KeyError(name)
        self[name] = MADE[name](self)
        return self[name]


class Call(NamedTuple):
    """The outermost call of a line."""

    line: str
    function: Any
    args: list[Any]
    kwargs: dict[str, Any]

    @property
    def touched(self) -> list[Any]:
        """What the call may not change if it fails: the object of a method, and the arguments."""
        owner = self.function if isinstance(self.function, nn.Module) else getattr(self.function, "__self__", None)
        return [owner, *self.args, *self.kwargs.values()]


def call_of(line: str) -> Call:
    """A line's outermost call, with new values for all its names."""
    tree = ast.parse(line, mode="eval").body
    assert isinstance(tree, ast.Call), line
    names = Names(FIXED)

    def value(part: ast.expr) -> Any:
        # The dict of globals is what a lambda in the line reads its names from.
        return eval(compile(ast.Expression(part), "<call>", "eval"), names)

    for name in (part.id for part in ast.walk(tree) if isinstance(part, ast.Name) and part.id in MADE):
        names[name]
    function = value(tree.func)
    return Call(line, function, [value(x) for x in tree.args], {str(x.arg): value(x.value) for x in tree.keywords})


def places(call: Call) -> list[int | str]:
    """The arguments that can be replaced, by position or name: those given and the others that are accepted."""
    function = call.function.forward if isinstance(call.function, nn.Module) else call.function
    found: list[int | str] = [*range(len(call.args)), *call.kwargs]
    try:
        parameters = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):
        return found
    by_name = [p for p in parameters[len(call.args) :] if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    return [*found, *(p.name for p in by_name if p.name not in call.kwargs), "no_such_argument"]


def state(value: Any, seen: set[int] | None = None) -> Any:
    """What a call may not change: tensors with their bytes, and the attributes of objects, nested."""
    seen = set() if seen is None else seen
    if nn.parameter.is_lazy(value):
        return None
    if isinstance(value, (torch.Tensor, np.ndarray)):
        return snapshot(value)
    if (
        isinstance(value, (type, io.BytesIO))
        or id(value) in seen
        or callable(value)
        and not isinstance(value, nn.Module)
    ):
        return None
    seen = seen | {id(value)}
    if isinstance(value, dict):
        parts = [(key if isinstance(key, str) else None, state(part, seen)) for key, part in value.items()]
        return [part for part in parts if part[0] != "_hooks" or _full(part[1])]
    if isinstance(value, (list, tuple)):
        return [state(part, seen) for part in value]
    ours = isinstance(value, nn.Module) or type(value).__module__.startswith(("nn.", "autograd."))
    if ours and hasattr(value, "__dict__"):
        return state(vars(value), seen)
    return value if isinstance(value, (int, float, str, bool, type(None))) else None


def _full(table: Any) -> bool:
    """Whether a state holds anything but empty lists."""
    return isinstance(table, (list, tuple)) and any(
        _full(part[1]) if isinstance(part, tuple) else True for part in table
    )


def fault_of(line: str, place: int | str, wrong: str) -> str | None:
    """What is wrong with how a call fails; None if it does not fail, or fails as it should."""
    call = call_of(line)
    if isinstance(place, int):
        call.args[place] = WRONG[wrong](torch)
    else:
        call.kwargs[place] = WRONG[wrong](torch)
    before = state(call.touched)
    try:
        run(call.function, call.args, call.kwargs)
    except Endless:
        return "does not end"
    except Exception as error:
        shown = f"{type(error).__name__}: {error}"[:200].replace("\n", " ")
        if not is_ours(error) and not is_allowed(error, place):
            return shown
        if state(call.touched) != before:
            return f"changed something before {shown}"
    return None


def is_allowed(error: Exception, place: int | str) -> bool:
    """Whether an error is one of the caller's functions, of the system, or about an argument without a parameter."""
    traceback: Any = error.__traceback__
    while traceback.tb_next is not None:
        traceback = traceback.tb_next
    file = traceback.tb_frame.f_code.co_filename
    return file in ("<call>", __file__) or isinstance(error, OSError) or place == "no_such_argument"


def lines_of(beginning: str = "") -> list[str]:
    """The good calls, those that begin so."""
    lines = GOOD_CALLS.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and line[0] != "#" and line.startswith(beginning)]


def faults(lines: Iterable[str], share: float = 1.0, seed: int = 0) -> Iterator[str]:
    """Sentences about what goes wrong in calls with wrong arguments.

    Args:
        lines: of good calls.
        share: the part of the calls that is made.
        seed: chooses them.
    """
    rng = random.Random(seed)
    with limited(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for line in lines:
            try:
                call = call_of(line)
                call.function(*call.args, **call.kwargs)  # with no limit of time: it may import a large library
            except Exception as error:
                yield f"{line}: is no good call: {type(error).__name__}: {error}"
                continue
            for place in places(call):
                for wrong in WRONG if place != "no_such_argument" else ["5"]:
                    if rng.random() < share and (fault := fault_of(line, place, wrong)):
                        yield f"{line} with {place} = {wrong}: {fault}"


if __name__ == "__main__":
    found = list(faults(lines_of(*sys.argv[1:2])))
    print(*found, f"{len(found)} faults", sep="\n")
