"""Benchmarks: Glassgrad's time divided by PyTorch's for the same program, in one run on the same cores.

python benchmarks/run.py                  every row
python benchmarks/run.py --only 256x256   the benchmarks whose name contains this text
python benchmarks/run.py --write          every row, into the table of benchmarks/README.md
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
README = ROOT / "benchmarks" / "README.md"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
sys.path.insert(1, str(ROOT))  # so that this checkout is measured, installed or not

import programs  # noqa: E402 - found by the path above

SMALL_NET, IMAGE_NET = (64, 32, 10), (784, 256, 10)
PROGRAM = "import json, programs; print(json.dumps(programs.{}))"
IMPORT_TIME = "import time; began = time.perf_counter(); import {}; print(time.perf_counter() - began)"
HAS_TORCH = find_spec("torch") is not None


class Row(NamedTuple):
    """One line of the table; the target is an upper limit for the ratio or for our figure."""

    what: str
    ours: str
    theirs: str
    ratio: float | None = None
    target: str = ""
    met: str = ""
    of_torch: bool = False  # whether the ratio is one of times to PyTorch's


class Benchmark(NamedTuple):
    """A name, the function that measures it, and whether it needs PyTorch."""

    name: str
    measure: Callable[[str], list[Row]]
    needs_torch: bool = True


# -- ways to measure -----------------------------------------------------------------------------------


def against_torch(target: float | None, program: Callable[..., programs.Step], *settings: Any) -> Any:
    """A function that measures one program in both libraries."""

    def measure(name: str) -> list[Row]:
        *times, quiet = programs.race(program("autograd", *settings), program("torch", *settings))
        return [compared(name, *times, target, quiet)._replace(of_torch=True)]

    return measure


def against_numpy(name: str) -> list[Row]:
    """A training step compared with the same step hand-written in NumPy, both with our allocator settings."""
    ours = programs.classifier("autograd", IMAGE_NET, 256)
    *times, quiet = programs.race(ours, programs.classifier_by_hand(IMAGE_NET, 256))
    return [compared(name, *times, 1.15, quiet)]


def deep_chain(name: str) -> list[Row]:
    """A long chain in a new process for each library: the time, and the peak memory."""
    libraries = ["autograd", "torch"] if HAS_TORCH else ["autograd"]
    runs = [[in_child(PROGRAM.format(f"deep_chain({library!r})")) for library in libraries] for _ in range(3)]
    seconds = [min(run["seconds"] for run in each) for each in zip(*runs, strict=True)]
    gigabytes = [min(run["bytes"] for run in each) / 1e9 for each in zip(*runs, strict=True)]
    memory = Row(
        what=f"{name}: peak memory",
        ours=f"{gigabytes[0]:.2f} GB",
        theirs=f"{gigabytes[1]:.2f} GB" if HAS_TORCH else "",
        ratio=gigabytes[0] / gigabytes[1] if HAS_TORCH else None,
        target="≤ 1.5 GB",
        met="yes" if gigabytes[0] <= 1.5 else "no",
    )
    return [compared(f"{name}: time", *seconds, 0.4)._replace(of_torch=True), memory] if HAS_TORCH else [memory]


def ten_times_as_large(shape: str) -> Any:
    """A function that compares a graph of a million nodes with one of 100,000.

    Ten times as much is linear; sorting by age adds a little to the time. What is quadratic takes a hundred times.
    """

    def measure(name: str) -> list[Row]:
        sizes = (1_000_000, 100_000)
        runs = [[in_child(PROGRAM.format(f"graph('autograd', {shape!r}, {n})")) for n in sizes] for _ in range(3)]
        seconds, taken = (
            [min(run[key] for run in each) for each in zip(*runs, strict=True)] for key in ("seconds", "bytes")
        )
        memory = Row(f"{name}: memory", *(f"{b / 1e6:.3g} MB" for b in taken), taken[0] / taken[1], "≤ 12")
        return [
            compared(f"{name}: time", *seconds, 12),
            memory._replace(met="yes" if taken[0] <= 12 * taken[1] else "no"),
        ]

    return measure


def imports(name: str) -> list[Row]:
    """The best of several imports, each in a new process; bytecode is cached, as for an installed package."""
    with TemporaryDirectory() as cache:
        kept = {"PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        runs = [[in_child(IMPORT_TIME.format(library), **kept) for library in ("autograd", "numpy")] for _ in range(12)]
    ours, theirs = map(min, zip(*runs, strict=True))
    return [compared(name, ours, theirs, 1.5)]


def page_faults(name: str) -> list[Row]:
    """A step of our chain with our allocator settings, and with the default ones."""
    runs = [[in_child(PROGRAM.format("page_faults()"), GLASSGRAD_KEEP_MEMORY=keep) for keep in "10"] for _ in range(3)]
    kept, returned = (min(each, key=lambda run: run["seconds"]) for each in zip(*runs, strict=True))
    faults = Row(f"{name}: page faults", f"{kept['faults']:.0f}", f"{returned['faults']:.0f}")
    return [faults, compared(f"{name}: time", kept["seconds"], returned["seconds"], None)]


def compared(what: str, ours: float, theirs: float, target: float | None, quiet: bool = True) -> Row:
    """A row for two times in seconds; a measurement disturbed by another process gets no verdict."""
    ratio = ours / theirs
    row = Row(what, duration(ours), duration(theirs), ratio)
    if target is not None:
        row = row._replace(target=f"≤ {target}", met="yes" if ratio <= target else "no")
    return row if quiet else row._replace(met="disturbed")


def duration(seconds: float) -> str:
    """A time in a suitable unit."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def in_child(code: str, **environment: str) -> Any:
    """Run a line of Python in a new process, and parse its output as JSON."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, **environment, "PYTHONPATH": os.pathsep.join(sys.path[:2])},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


# -- the benchmarks ------------------------------------------------------------------------------------

# Benchmarks in child processes come first: on Linux a child's peak memory includes what its parent had at the fork.
BENCHMARKS = [
    Benchmark("1,000,000 scalar operations", deep_chain, needs_torch=False),
    *(
        Benchmark(f"{what}, 10⁶ nodes against 10⁵", ten_times_as_large(shape), needs_torch=False)
        for what, shape in (("fan-out", "fan_out"), ("tree", "tree"), ("ladder", "ladder"), ("diamonds", "diamonds"))
    ),
    Benchmark("import autograd, against import numpy", imports, needs_torch=False),
    Benchmark("256x256, 100 operations, against GLASSGRAD_KEEP_MEMORY=0", page_faults, needs_torch=False),
    Benchmark("scalars, 100 operations", against_torch(0.25, programs.chain, ())),
    Benchmark("16x16, 100 operations", against_torch(0.45, programs.chain, (16, 16))),
    Benchmark("64x64, 100 operations", against_torch(0.6, programs.chain, (64, 64))),
    Benchmark("256x256, 100 operations", against_torch(1.1, programs.chain, (256, 256))),
    Benchmark("scalars, tanh, sin and -", against_torch(None, programs.smooth_chain, ())),
    Benchmark("16x16, tanh, sin and -", against_torch(None, programs.smooth_chain, (16, 16))),
    Benchmark("64x64, tanh, sin and -", against_torch(None, programs.smooth_chain, (64, 64))),
    Benchmark("256x256, tanh, sin and -", against_torch(None, programs.smooth_chain, (256, 256))),
    Benchmark("training step, Linear(2, 1), batch 10", against_torch(0.4, programs.line)),
    Benchmark("training step, 64-32-10, batch 32", against_torch(0.4, programs.classifier, SMALL_NET, 32)),
    Benchmark("training step, 784-256-10, batch 256", against_torch(0.9, programs.classifier, IMAGE_NET, 256)),
    Benchmark("1024x1024, 100 operations", against_torch(1.3, programs.chain, (1024, 1024))),
    Benchmark("512x512, exp, sin, log, tanh, sigmoid, sqrt", against_torch(1.3, programs.transcendental, (512, 512))),
    Benchmark("training step, LeNet, batch 64", against_torch(1.3, programs.lenet)),
    Benchmark("training step, transformer block, batch 32", against_torch(1.3, programs.transformer)),
    Benchmark("training step, LSTM(32, 64), batch 16", against_torch(1.3, programs.lstm)),
    Benchmark("training step, 784-256-10, batch 256, Adam", against_torch(1.3, programs.adam, IMAGE_NET, 256)),
    Benchmark("1000-100-10 without layers, batch 64", against_torch(1.3, programs.regression)),
    Benchmark("Hessian-vector product, 1000 parameters", against_torch(1.3, programs.hessian_vector_product)),
    Benchmark("graph of 100,000 nodes", against_torch(1.3, programs.large_graph)),
    Benchmark("784-256-10, batch 256, against NumPy by hand", against_numpy, needs_torch=False),
]


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmarks selected on the command line, print the table, and write it with --write."""
    parser = argparse.ArgumentParser(description="Glassgrad's time divided by PyTorch's for the same programs.")
    parser.add_argument("--only", metavar="NAME", default="", help="only the benchmarks whose name contains this text")
    parser.add_argument("--write", action="store_true", help="write the table into benchmarks/README.md")
    options = parser.parse_args(arguments)
    chosen = [benchmark for benchmark in BENCHMARKS if options.only in benchmark.name]
    if not chosen:
        parser.error(f"no benchmark has {options.only!r} in its name; the names are {[b.name for b in BENCHMARKS]}")
    if options.write and (options.only or not HAS_TORCH):
        parser.error("--write writes the whole table: it cannot be combined with --only, and needs PyTorch")
    table = [
        "| what | ours | theirs | ratio | target | met |",
        "|---|--:|--:|--:|--:|---|",
    ]
    print(*table, sep="\n")
    ratios = []
    for benchmark in chosen:
        if benchmark.needs_torch and not HAS_TORCH:
            print(f"{benchmark.name}: skipped, PyTorch is not installed")
            continue
        for row in benchmark.measure(benchmark.name):
            table.append(line_of(row))
            print(table[-1], flush=True)
            if row.of_torch and row.ratio is not None:
                ratios.append(row.ratio)
    if len(ratios) > 1:
        mean = f"{statistics.geometric_mean(ratios):.3g} (target ≤ 0.55)"
        table += ["", f"Geometric mean of the {len(ratios)} ratios to PyTorch's time: {mean}."]
        print(table[-1])
    where = machine()
    print(where)
    if options.write:
        write("\n".join([*table, "", where]))


def line_of(row: Row) -> str:
    """A row as a line of a Markdown table."""
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    return f"| {row.what} | {row.ours} | {row.theirs} | {ratio} | {row.target} | {row.met} |"


def machine() -> str:
    """The processor, the versions and the numbers of threads."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    blas = os.environ.get("OPENBLAS_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS") or f"{cores} (default)"
    parts = [f"{processor()}, {cores} cores", f"Python {platform.python_version()}", f"NumPy {version('numpy')}"]
    if HAS_TORCH:
        import torch

        parts.append(f"PyTorch {torch.__version__}")
        blas += f", PyTorch's {torch.get_num_threads()}"
    return "; ".join([*parts, f"BLAS threads: NumPy's {blas}"]) + "."


def processor() -> str:
    """The name of the processor, if the system provides it."""
    listing = Path("/proc/cpuinfo")
    if listing.exists():
        for line in listing.read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def write(table: str, begin: str = BEGIN, end: str = END) -> None:
    """Write a table between its markers in the README."""
    before, _, rest = README.read_text(encoding="utf-8").partition(begin)
    _, _, after = rest.partition(end)
    README.write_text(f"{before}{begin}\n{table}\n{end}{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
