"""Feed functions wrong arguments: types, shapes, dims, dtypes, and sizes beyond the address space.

`faults(functions)` calls each function once with arguments that it accepts, if any of a few do, and then many times
with one of them replaced. A fault is an error whose innermost frame is not a `raise` in the project's own files, or
that says what Python says of a mistake in them, an argument that a failed call has changed, and a call that does not
end.

`python tests/tools/wrong_input.py autograd.linalg nn.functional` shows the faults of modules, and
`autograd:Tensor` those of a class.
"""

from __future__ import annotations

import importlib
import inspect
import itertools
import opcode
import random
import re
import resource
import signal
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import autograd as torch

ROOT = Path(__file__).resolve().parents[2]
OURS = (f"{ROOT / 'autograd'}/", f"{ROOT / 'nn'}/")
RAISE = opcode.opmap["RAISE_VARARGS"]

#: What Python says of a mistake in the project's own code: an error that a user can act on says something else.
ACCIDENTS = re.compile(r"StopIteration|zip\(\) argument|(tuple|list) index out of range|modulo by zero")

#: A call that takes longer than this many seconds does not end.
PATIENCE = 2.0
#: Bytes that one call may allocate beyond what the process has.
MEMORY = 1 << 30

#: Functions that change what other tests see, write files or wait, and so are not called.
LEFT_OUT = {
    "detect_anomaly", "fork", "load", "manual_seed", "save", "seed", "set_anomaly_enabled", "set_autocast_enabled",
    "set_default_device", "set_default_dtype", "set_default_tensor_type", "set_deterministic_debug_mode",
    "set_detect_anomaly", "set_flush_denormal", "set_float32_matmul_precision", "set_grad_enabled",
    "set_num_interop_threads", "set_num_threads", "set_printoptions", "set_rng_state", "use_deterministic_algorithms",
    "set_warn_always", "set_multithreading_enabled", "inference_mode", "no_grad", "enable_grad",
}  # fmt: skip

#: Arguments that some functions accept, as makers: each call gets new ones.
GOOD: list[Callable[[Any], tuple[Any, ...]]] = [
    lambda t: (matrix(t),),
    lambda t: (matrix(t), matrix(t)),
    lambda t: (matrix(t), 0),
    lambda t: (vector(t), vector(t)),
    lambda t: (matrix(t), matrix(t), matrix(t)),
    lambda t: (indices(t),),
    lambda t: (matrix(t), 0, indices(t)),
    lambda t: (matrix(t), 0, indices(t), matrix(t)),
    lambda t: (image(t), 2),
    lambda t: (image(t), image(t)),
    lambda t: ([matrix(t), matrix(t)],),
    lambda t: (matrix(t), indices(t)),
    lambda t: ((2, 3),),
    lambda t: (3, 4),
    lambda t: (0.0, 1.0, 3),
    lambda t: (matrix(t), (3, 3)),
    lambda t: (matrix(t), matrix(t) > 0, 1.0),
    lambda t: (matrix(t) > 0, matrix(t), matrix(t)),
    lambda t: (image(t)[0], image(t)[0], image(t)[0]),
    lambda t: (matrix(t), 0, 0),
    lambda t: (matrix(t), 0.5, 0.5),
    lambda t: (t.sum, matrix(t)),
    lambda t: (2, matrix(t)),
    lambda t: ("ij,jk->ik", matrix(t), matrix(t)),
    lambda t: (),
]

#: What replaces one argument of a call.
WRONG: dict[str, Callable[[Any], Any]] = {
    "None": lambda t: None,
    "a string": lambda t: "x",
    "bytes": lambda t: b"x",
    "an object": lambda t: object(),
    "a dict": lambda t: {},
    "an empty list": lambda t: [],
    "a list of strings": lambda t: ["a", "b"],
    "a list of None": lambda t: [None, None],
    "an array": lambda t: np.ones((3, 3)),
    "an array of objects": lambda t: np.array([None, "x"]),
    "a type": lambda t: int,
    "-7": lambda t: -7,
    "0": lambda t: 0,
    "5": lambda t: 5,
    "a float": lambda t: 1.5,
    "NaN": lambda t: float("nan"),
    "infinity": lambda t: float("inf"),
    "a complex number": lambda t: 1 + 2j,
    "True": lambda t: True,
    "beyond the address space": lambda t: 10**15,
    "beyond int64": lambda t: 10**30,
    "below int64": lambda t: -(10**30),
    "sizes beyond the address space": lambda t: (10**15, 10**6),
    "negative sizes": lambda t: (-1, -2),
    "a tuple of tensors": lambda t: (vector(t), vector(t)),
    "a tensor of another shape": lambda t: t.ones(2, 5),
    "a scalar tensor": lambda t: t.tensor(0.5),
    "an empty tensor": lambda t: t.zeros(0, 3),
    "a tensor of many dims": lambda t: t.ones(1, 2, 1, 2, 1, 2),
    "an integer tensor": lambda t: t.tensor([[5, -7, 100]]),
    "a boolean tensor": lambda t: t.tensor([True, False, True]),
    "a complex tensor": lambda t: t.tensor([[1j, 2.0, 3.0]] * 3),
    "a half tensor": lambda t: t.ones(3, 3, dtype=t.float16),
    "a double tensor": lambda t: t.ones(3, 3, dtype=t.float64),
    "an unsigned tensor": lambda t: t.ones(3, 3, dtype=t.uint8),
}


def matrix(t: Any) -> Any:
    return t.tensor([[2.0, 0.5, 0.25], [0.5, 1.5, 0.75], [0.25, 0.75, 1.25]])


def vector(t: Any) -> Any:
    return t.tensor([0.25, 0.5, 0.75])


def indices(t: Any) -> Any:
    return t.tensor([0, 2, 1])


def image(t: Any) -> Any:
    return t.arange(16.0).reshape(1, 1, 4, 4)


class Call(NamedTuple):
    """One call: of which function, with which arguments, which of them is replaced, and by what."""

    function: str
    good: int
    place: int | str
    wrong: str

    def arguments(self, library: Any) -> tuple[list[Any], dict[str, Any]]:
        """The arguments by position and by name, made for a library."""
        args, wrong = list(GOOD[self.good](library)), WRONG[self.wrong](library)
        if isinstance(self.place, str):
            return args, {self.place: wrong}
        args[self.place] = wrong
        return args, {}

    def __str__(self) -> str:
        args: list[Any] = [type(arg).__name__ for arg in GOOD[self.good](torch)]
        if isinstance(self.place, str):
            args.append(f"{self.place}={self.wrong}")
        else:
            args[self.place] = self.wrong
        return f"{self.function}({', '.join(args)})"


def functions_of(where: Any) -> dict[str, Callable[..., Any]]:
    """The public functions of a module, or the methods of a class, by name."""
    listed = getattr(where, "__all__", None)
    names = listed or [name for name in vars(where) if not name.startswith("_")]
    found = {name: inspect.getattr_static(where, name, None) for name in names if name not in LEFT_OUT}
    modules = ("autograd.", "nn.") if listed or inspect.isclass(where) else f"{where.__name__}."
    return {
        name: value
        for name, value in found.items()
        if inspect.isfunction(value) and f"{value.__module__}.".startswith(modules)
    }


def calls(functions: dict[str, Callable[..., Any]], methods: bool = False) -> Iterator[Call]:
    """Every call with one wrong argument.

    Args:
        functions: by name.
        methods: whether the first argument stays: a method is called on a tensor.
    """
    for name, function in functions.items():
        fitting = [i for i, make in enumerate(GOOD) if fits(function, make(torch))]
        good = next((i for i in fitting if accepts(function, GOOD[i](torch))), None)
        for i in [good] if good is not None else fitting[:3]:
            given = len(GOOD[i](torch))
            parameters = list(inspect.signature(function).parameters.values())
            named = [p.name for p in parameters[given:] if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
            for place in (*range(methods, given), *named):
                for wrong in WRONG:
                    yield Call(name, i, place, wrong)


def faults(
    functions: dict[str, Callable[..., Any]], methods: bool = False, share: float = 1.0, seed: int = 0
) -> Iterator[str]:
    """Sentences about what goes wrong in calls with wrong arguments.

    Args:
        functions: by name.
        methods: whether they are methods of Tensor.
        share: the part of the calls that is made.
        seed: chooses them.
    """
    rng = random.Random(seed)
    with limited():
        for call in calls(functions, methods):
            if rng.random() < share and (fault := fault_of(functions[call.function], call)):
                yield f"{call}: {fault}"


def fits(function: Callable[..., Any], args: Iterable[Any]) -> bool:
    """Whether a function has parameters for these arguments."""
    try:
        inspect.signature(function).bind(*args)
    except TypeError:
        return False
    return True


def accepts(function: Callable[..., Any], args: Iterable[Any]) -> bool:
    """Whether a call succeeds."""
    try:
        run(function, args, {})
    except Exception:
        return False
    return True


def fault_of(function: Callable[..., Any], call: Call) -> str | None:
    """What is wrong with how a call fails; None if it does not fail, or fails as it should."""
    args, kwargs = call.arguments(torch)
    before = snapshot(args)
    try:
        run(function, args, kwargs)
    except Endless:
        return "does not end"
    except Exception as error:
        shown = f"{type(error).__name__}: {error}"[:160].replace("\n", " ")
        if not is_ours(error) or ACCIDENTS.search(shown):
            return shown
        if snapshot(args) != before:
            return f"changed its arguments before {shown}"
    return None


def run(function: Callable[..., Any], args: Iterable[Any], kwargs: dict[str, Any]) -> None:
    """Call a function with a time limit, and use the first values of a generator that it returns."""
    signal.setitimer(signal.ITIMER_REAL, PATIENCE)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = function(*args, **kwargs)
            if inspect.isgenerator(result):
                list(itertools.islice(result, 3))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def is_ours(error: BaseException) -> bool:
    """Whether the innermost frame of an error is a `raise` in one of the project's files."""
    traceback = error.__traceback__
    while traceback is not None and traceback.tb_next is not None:
        traceback = traceback.tb_next
    if traceback is None:
        return False
    code = traceback.tb_frame.f_code
    return code.co_filename.startswith(OURS) and code.co_code[traceback.tb_lasti] == RAISE


def snapshot(value: Any) -> Any:
    """The tensors and arrays among arguments, with their bytes."""
    if isinstance(value, (tuple, list)):
        return [snapshot(part) for part in value]
    if isinstance(value, torch.Tensor):
        value = np.asarray(value.array)
    return (value.dtype, value.shape, value.tobytes()) if type(value) is np.ndarray and value.dtype != object else None


class Endless(BaseException):
    """A call took too long."""


@contextmanager
def limited() -> Iterator[None]:
    """Calls that allocate too much get a MemoryError, and those that take too long raise Endless."""

    def stop(*_: Any) -> None:
        raise Endless

    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0]) if Path("/proc/self/statm").exists() else 0
    before = signal.signal(signal.SIGALRM, stop)
    try:
        if pages:
            resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + MEMORY, hard))
        yield
    finally:
        signal.signal(signal.SIGALRM, before)
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def target(name: str) -> tuple[dict[str, Callable[..., Any]], bool]:
    """The functions of a module (`autograd.fft`) or class (`autograd:Tensor`), and whether they are methods."""
    module, _, cls = name.partition(":")
    where = importlib.import_module(module)
    return functions_of(getattr(where, cls) if cls else where), bool(cls)


def main() -> None:
    """Print the faults of modules and classes."""
    for name in sys.argv[1:]:
        functions, methods = target(name)
        found = list(faults(functions, methods))
        print(*[f"{name}.{fault}" for fault in found], f"{name}: {len(found)} faults", sep="\n")


if __name__ == "__main__":
    main()
