"""How the cost of a step grows: with the nodes of its graph, the batch, and the width of its layers.

python benchmarks/growth.py --jax PYTHON            the table, on the screen; PYTHON is that of an environment with JAX
python benchmarks/growth.py --jax PYTHON --write    into benchmarks/README.md, and the plot growth.svg beside it

Each library runs in processes of its own. It takes about two minutes.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import programs

LIBRARIES = ("eager", "compiled", "PyTorch", "JAX jit")
BEGIN, END = "<!-- growth: begin -->", "<!-- growth: end -->"
#: Seconds for the calls of one point.
TIME = 0.3


class Axis(NamedTuple):
    """What grows.

    Attributes:
        what: of the step, and what stands at the axis.
        points: for most libraries.
        until: the last point of the libraries that go less far, or farther.
        step: makes the step of a library of ours or PyTorch for a point.
        in_jax: the function of `jax_steps` and its arguments for a point.
    """

    what: str
    points: list[int]
    until: dict[str, int]
    step: Callable[[str, int], programs.Step]
    in_jax: Callable[[int], tuple[str, tuple[Any, ...]]]


AXES = {
    "nodes": Axis(
        "a chain of scalar operations: nodes", [10**i for i in range(2, 7)],
        {"compiled": 10**5, "PyTorch": 10**5, "JAX jit": 10**3},
        programs.scalars, lambda n: ("operations", ((), n)),
    ),
    "batch": Axis(
        "a training step of 64-32-10: batch", [4**i for i in range(7)], {},
        lambda library, n: programs.classifier(library, (64, 32, 10), n), lambda n: ("classifier", ((64, 32, 10), n)),
    ),
    "width": Axis(
        "a training step of n-n-10, batch 64: width", [2**i for i in range(4, 12)], {},
        lambda library, n: programs.classifier(library, (n, n, 10), 64), lambda n: ("classifier", ((n, n, 10), 64)),
    ),
}  # fmt: skip


class Point(NamedTuple):
    """What was measured: the size, the seconds of a call and of compiling, and the bytes that the step has taken."""

    size: int
    seconds: float
    compiling: float
    bytes: int


def measured(library: str, axis: str) -> list[Point]:
    """The points of a library, in this process."""
    points = []
    _step(library, axis, AXES[axis].points[0])()  # what the library takes itself is not counted
    for size in AXES[axis].points:
        if size > AXES[axis].until.get(library, size):
            break
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        step = _step(library, axis, size)
        calls = []
        for _ in range(2):
            began = time.perf_counter()
            step()
            calls.append(time.perf_counter() - began)
        compiling = {"compiled": calls[1], "JAX jit": calls[0]}.get(library, 0.0)
        if library == "compiled":
            from autograd.compiler.kernels import Warming

            while isinstance(step.program.run, Warming):
                step()
                time.sleep(0.01)  # for the compiler
        seconds = programs.best_of_turn(step, 1, TIME)
        taken = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
        points.append(Point(size, seconds, compiling, max(taken, 0) * 1024))
    return points


def _step(library: str, axis: str, size: int) -> programs.Step:
    if library == "JAX jit":
        import jax_steps

        name, arguments = AXES[axis].in_jax(size)
        made: programs.Step = getattr(jax_steps, name)(*arguments)
        return made
    step = AXES[axis].step("torch" if library == "PyTorch" else "autograd", size)
    if library == "compiled":
        import autograd

        step = autograd.compile(step, fullgraph=True)
    return step


def in_a_process(library: str, axis: str, python: str) -> list[Point]:
    """The points of a library, measured in a new process."""
    root = str(Path(__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": "" if library == "JAX jit" else root, "JAX_PLATFORMS": "cpu"}
    command = [python, __file__, "--measure", library, axis]
    answer = subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout
    return [Point(*point) for point in json.loads(answer.splitlines()[-1])]


def table(found: dict[str, dict[str, list[Point]]]) -> str:
    """Rows by size; for each library the time and the memory."""
    from run import duration

    lines = []
    for axis, by_library in found.items():
        names = [*by_library, *[f"{name}: memory" for name in by_library]]
        lines += ["", f"| {AXES[axis].what} | {' | '.join(names)} |", f"|--:|{'--:|' * len(names)}"]
        for i, size in enumerate(AXES[axis].points):
            points = [p[i] if i < len(p) else None for p in by_library.values()]
            times = [duration(p.seconds) if p else "" for p in points]
            memory = [f"{p.bytes / 1e6:.3g} MB" if p else "" for p in points]
            lines.append(f"| {size:,} | {' | '.join([*times, *memory])} |")
    nodes = found["nodes"]
    rows = [
        (name, [(p.size, duration(p.compiling)) for p in nodes[name]])
        for name in ("compiled", "JAX jit")
        if name in nodes
    ]
    lines += [""]
    for name, pairs in rows:
        lines.append(f"Compiling, {name}: {', '.join(f'{size:,} nodes {taken}' for size, taken in pairs)}.")
    return "\n".join(lines[1:])


def plot(found: dict[str, dict[str, list[Point]]], path: Path) -> None:
    """Time, memory and the time of compiling against each size, on logarithmic axes."""
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 9), layout="constrained")
    values = (("seconds", "seconds a step"), ("bytes", "MB"), ("compiling", "seconds to compile"))
    for row, (value, label) in zip(figure.subplots(len(values), len(found), squeeze=False), values):
        for axes, (axis, by_library) in zip(row, found.items()):
            for name, points in by_library.items():
                scale = 1e6 if value == "bytes" else 1
                shown = [(p.size, getattr(p, value) / scale) for p in points if getattr(p, value)]
                if shown:
                    axes.loglog(*zip(*shown), f"C{LIBRARIES.index(name)}.-", label=name)
            axes.set_xlabel(axis)
            axes.set_ylabel(label)
            if axes.lines:  # else too fast to be measured
                axes.legend(fontsize="small")
    with rc_context({"svg.fonttype": "none"}):
        figure.savefig(path, metadata={"Date": None})


def main(arguments: list[str] | None = None) -> None:
    """Measure every library, print the table, and write it and the plot with --write."""
    parser = argparse.ArgumentParser(description="How time and memory of a step grow.")
    parser.add_argument("--jax", metavar="PYTHON", default=os.environ.get("GLASSGRAD_JAX"), help="a Python with JAX")
    parser.add_argument("--write", action="store_true", help="write benchmarks/README.md and growth.svg")
    parser.add_argument("--measure", nargs=2, metavar=("LIBRARY", "AXIS"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure:
        print(json.dumps(measured(*options.measure)))
        return
    from run import HAS_TORCH, machine, write

    if options.write and not (HAS_TORCH and options.jax):
        parser.error("--write writes the whole table: it needs PyTorch and --jax")
    pythons = {"eager": sys.executable, "compiled": sys.executable}
    pythons |= {"PyTorch": sys.executable} if HAS_TORCH else {}
    pythons |= {"JAX jit": options.jax} if options.jax else {}
    found = {axis: {name: in_a_process(name, axis, python) for name, python in pythons.items()} for axis in AXES}
    print(table(found), machine(), sep="\n\n")
    if options.write:
        write(f"{table(found)}\n\n{machine()}", BEGIN, END)
        plot(found, Path(__file__).with_name("growth.svg"))


if __name__ == "__main__":
    main()
