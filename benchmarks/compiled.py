"""Benchmarks of compiled steps, in NumPy and with kernels: beside eager ones, PyTorch, JAX and NumPy by hand.

python benchmarks/compiled.py --jax PYTHON     every row; PYTHON is that of an environment with JAX
python benchmarks/compiled.py --only lenet     the rows whose name contains this text
python benchmarks/compiled.py --write          every row, into the second table of benchmarks/README.md

Without --jax the environment variable GLASSGRAD_JAX names the Python of JAX; without both, its cells say so.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import subprocess
import time
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import programs
from run import HAS_TORCH, IMAGE_NET, SMALL_NET, duration, machine, write

import autograd
from autograd.compiler.kernels import Warming

BEGIN, END = "<!-- compiled: begin -->", "<!-- compiled: end -->"
#: The highest ratio to JAX of a step with kernels, of each row and as the mean; the LSTM is left out.
WITH_KERNELS, MEAN_WITH_KERNELS = 1.2, 0.8
#: Seconds of a turn, and the turns that each of the alternating steps gets.
TURN, TURNS = 0.1, 12


class Step(NamedTuple):
    """A row: what it is called, the step of a library, the same in NumPy by hand, and the targets of the ratios."""

    name: str
    what: str
    program: Callable[[str], programs.Step]
    by_hand: Callable[[], programs.Step] | None = None
    #: The highest ratios of the step in NumPy to eager, JAX and the hand-written one; JAX counts in its mean if listed.
    targets: dict[str, float] = {}  # noqa: RUF012 - never changed


STEPS = [
    Step("line", "Linear(2, 1), batch 10", programs.line, targets={"JAX": 1.0}),
    Step(
        "64-32-10", "64-32-10, batch 32", lambda library: programs.classifier(library, SMALL_NET, 32),
        lambda: programs.classifier_in_buffers(SMALL_NET, 32), {"eager": 0.5, "JAX": 1.0, "hand": 1.1},
    ),
    Step("784-100-10", "784-100-10, sigmoid, batch 64", programs.sigmoid, targets={"JAX": 1.0}),
    Step("784-10", "784-10, batch 256", programs.softmax, targets={"JAX": 1.0}),
    Step(
        "784-256-10", "784-256-10, batch 256", lambda library: programs.classifier(library, IMAGE_NET, 256),
        lambda: programs.classifier_in_buffers(IMAGE_NET, 256), {"JAX": 1.0, "hand": 1.1},
    ),
    Step(
        "784-256-128-10", "784-256-128-10, batch 256",
        lambda library: programs.classifier(library, (784, 256, 128, 10), 256),
    ),
    Step(
        "adam", "784-256-10, batch 256, Adam", lambda library: programs.adam(library, IMAGE_NET, 256),
        targets={"JAX": 1.0},
    ),
    Step("lenet", "LeNet, batch 64", programs.lenet, targets={"JAX": 1.0}),
    Step("transformer", "transformer block, batch 32", programs.transformer, targets={"JAX": 1.0, "compiling": 100}),
    Step("lstm", "LSTM(32, 64), batch 16", programs.lstm),
    Step("chain 16", "16x16, 100 operations", lambda lib: programs.chain(lib, (16, 16)), targets={"eager": 0.3}),
    *(
        Step(f"chain {n}", f"{n}x{n}, 100 operations", lambda lib, n=n: programs.chain(lib, (n, n)))
        for n in (64, 256, 1024)
    ),
    Step(
        "functions", "512x512, exp, sin, log, tanh, sigmoid, sqrt",
        lambda library: programs.transcendental(library, (512, 512)),
    ),
]  # fmt: skip


class Times(NamedTuple):
    """What was measured of a step: seconds by library, those of compiling, bytes, and whether the machine was quiet."""

    seconds: dict[str, float]
    compiling: float
    eager_bytes: int
    program_bytes: int
    quiet: bool


class OfJax:
    """A step of JAX in a process of its own, which answers turn by turn."""

    def __init__(self, python: str, name: str) -> None:
        path = str(Path(__file__).parent / "jax_steps.py")
        threads = autograd.get_num_threads()
        one = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        flags = {} if threads > 1 else {"XLA_FLAGS": one}
        self._process = subprocess.Popen(
            [python, path, name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, **flags, "JAX_PLATFORMS": "cpu", "PYTHONPATH": ""},
        )  # fmt: skip
        assert self._process.stdin is not None and self._process.stdout is not None
        self._send, self._answers = self._process.stdin, self._process.stdout
        self.version = self._answers.readline().strip()
        if not self.version:
            raise SystemExit(f"error: {python} could not run {path} {name}: is JAX installed there?")

    def turn(self) -> float:
        """The best time of a call in one turn."""
        self._send.write(f"{TURN}\n")
        self._send.flush()
        return float(self._answers.readline())

    def close(self) -> None:
        """End the process."""
        self._send.close()
        self._process.wait()


def turns_of(step: programs.Step) -> Callable[[], float]:
    """A function that gives one turn to a step of this process."""
    calls = max(1, round(5e-4 / programs.best_of_turn(step, 1, TURN)))
    return lambda: programs.best_of_turn(step, calls, TURN)


def measured(row: Step, jax: str | None) -> Times:
    """All times of a row, in alternating turns."""
    eager = row.program("autograd")
    eager()
    eager_bytes = peak_of(eager)
    with variable("GLASSGRAD_KERNELS", "0"):
        step = autograd.compile(row.program("autograd"), fullgraph=True)
        step()
        began = time.perf_counter()
        step()
        compiling = time.perf_counter() - began
    turns = {"eager": turns_of(eager), "compiled": turns_of(step), "kernels": turns_of(with_kernels(row))}
    if HAS_TORCH:
        turns["PyTorch"] = turns_of(row.program("torch"))
    if row.by_hand is not None:
        turns["hand"] = turns_of(row.by_hand())
    of_jax = None if jax is None else OfJax(jax, row.name)
    if of_jax is not None:
        turns["JAX"] = of_jax.turn
    taken: dict[str, list[float]] = {name: [] for name in turns}
    quiet = False
    while len(taken["eager"]) < TURNS or (not quiet and len(taken["eager"]) < 3 * TURNS):
        for name, turn in turns.items():
            time.sleep(0.02)
            taken[name] = sorted([*taken[name], turn()])
        quiet = all(times[min(2, len(times) - 1)] <= 1.1 * times[0] for times in taken.values())
    if of_jax is not None:
        of_jax.close()
    seconds = {name: times[0] for name, times in taken.items()}
    return Times(seconds, compiling, eager_bytes, step.program.nbytes, quiet)


@contextlib.contextmanager
def variable(name: str, value: str) -> Iterator[None]:
    """Set a variable of the environment for a while."""
    before = os.environ.get(name)
    os.environ[name] = value
    try:
        yield
    finally:
        del os.environ[name]
        os.environ.update({} if before is None else {name: before})


def with_kernels(row: Step) -> programs.Step:
    """The compiled step of a row, called until its kernels, which are made anew, are in its program."""
    with variable("GLASSGRAD_KERNELS", "1"), TemporaryDirectory() as kept, variable("XDG_CACHE_HOME", kept):
        step = autograd.compile(row.program("autograd"), fullgraph=True)
        for _ in range(3):
            step()
        while isinstance(step.program.run, Warming):
            step()
            time.sleep(0.01)  # for the compiler
    return step


def peak_of(step: programs.Step) -> int:
    """The most bytes that a call takes in addition to what was there before."""
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    step()
    peak = tracemalloc.get_traced_memory()[1] - before
    tracemalloc.stop()
    return peak


def line_of(row: Step, times: Times) -> str:
    """A row of the table; a ratio that misses its target is bold."""
    seconds, ours = times.seconds, times.seconds["compiled"]
    columns = ("eager", "compiled", "kernels", "PyTorch", "JAX", "hand")
    cells = [row.what, *[duration(seconds[name]) if name in seconds else "" for name in columns]]

    def ratio(name: str, value: float | None, text: str = ".2f") -> str:
        if value is None:
            return "JAX is not installed" if name == "JAX" else ""
        shown = f"{value:{text}}"
        target = WITH_KERNELS if name == "kernels" and row.name != "lstm" else row.targets.get(name, math.inf)
        return f"**{shown}**" if value > target else shown

    for name in ("eager", "JAX", "hand"):
        cells.append(ratio(name, ours / seconds[name] if name in seconds else None))
        if name == "JAX":
            cells.append(ratio("kernels", seconds["kernels"] / seconds["JAX"] if "JAX" in seconds else None))
    cells.append(ratio("compiling", times.compiling / seconds["eager"], ".0f"))
    cells.append(f"{times.program_bytes / 1e6:.3g} / {times.eager_bytes / 1e6:.3g} MB")
    cells.append("" if times.quiet else "disturbed")
    return f"| {' | '.join(cells)} |"


HEAD = (
    "| step | eager | compiled | with kernels | PyTorch | JAX jit | by hand | compiled / eager | / JAX |"
    " with kernels / JAX | compiled / by hand | compiling, in eager steps | memory: program / eager | |\n"
    f"|---|{'--:|' * 12}---|"
)


def summary(rows: list[tuple[Step, Times]]) -> str:
    """The geometric means of the ratios to JAX, without a C compiler and with one."""
    rows = [(row, times) for row, times in rows if "JAX" in times.seconds]
    if not rows:
        return "JAX is not installed, so that no ratio to it was measured."

    def mean(name: str, chosen: list[Times]) -> str:
        ratios = [times.seconds[name] / times.seconds["JAX"] for times in chosen]
        return f"{math.exp(sum(map(math.log, ratios)) / len(ratios)):.2f}" if ratios else "-"

    plain = mean("compiled", [times for row, times in rows if "JAX" in row.targets])
    kernels = [times for row, times in rows if row.name != "lstm"]
    return (
        f"Geometric mean of the ratios to JAX: in NumPy {plain} (target ≤ 1.0), without the LSTM, the chains and what"
        f" has no target; with kernels {mean('kernels', kernels)} over {len(kernels)} rows, without the LSTM (target"
        f" ≤ {MEAN_WITH_KERNELS}, none above {WITH_KERNELS})."
    )


def main(arguments: list[str] | None = None) -> None:
    """Measure the rows selected on the command line, print the table, and write it with --write."""
    parser = argparse.ArgumentParser(description="Compiled steps beside eager ones, PyTorch, JAX and NumPy by hand.")
    known = os.environ.get("GLASSGRAD_JAX")
    parser.add_argument("--jax", metavar="PYTHON", default=known, help="a Python that has JAX")
    parser.add_argument("--only", metavar="NAME", default="", help="only the rows whose name contains this text")
    parser.add_argument("--write", action="store_true", help="write the table into benchmarks/README.md")
    options = parser.parse_args(arguments)
    chosen = [row for row in STEPS if options.only in row.name]
    if not chosen:
        parser.error(f"no row has {options.only!r} in its name; the names are {[row.name for row in STEPS]}")
    if options.write and (options.only or not HAS_TORCH or not options.jax):
        parser.error("--write writes the whole table: it cannot be combined with --only, and needs PyTorch and --jax")
    print(HEAD)
    rows, lines = [], []
    for row in chosen:
        times = measured(row, options.jax)
        rows.append((row, times))
        lines.append(line_of(row, times))
        print(lines[-1], flush=True)
    where = machine()
    if options.jax:
        of_jax = OfJax(options.jax, "line")
        where = f"{where[:-1]}; JAX {of_jax.version}."
        of_jax.close()
    print(summary(rows), where, sep="\n")
    if options.write:
        write("\n".join([HEAD, *lines, "", summary(rows), "", where]), BEGIN, END)


if __name__ == "__main__":
    main()
