"""Benchmarks of training in several processes: what the machinery costs, and the time of a step at 1, 2 and 4 ranks.

python benchmarks/distributed.py                        every row
python benchmarks/distributed.py --torch torch/bin/python   beside PyTorch's gloo, of that interpreter
python benchmarks/distributed.py --write                into the third table of benchmarks/README.md
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from run import ROOT, duration, machine, write

BEGIN, END = "<!-- distributed: begin -->", "<!-- distributed: end -->"
WIDTHS, BATCH = (784, 1024, 512, 10), 256  # 1.3 million parameters
ROUNDS = 30
HEAD = "| what | 1 rank | 2 ranks | 4 ranks |\n|---|--:|--:|--:|"


# -- in the processes that are measured --------------------------------------------------------------


def stepper(torch: Any, model: Any, share: int) -> Any:
    """A function that takes one step of SGD on a part of the batch."""
    nn = torch.nn
    torch.manual_seed(1)
    x, y = torch.randn(BATCH // share, WIDTHS[0]), torch.arange(BATCH // share) % WIDTHS[-1]
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01)

    def step() -> None:
        loss = nn.functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()

    return step


def net(torch: Any) -> Any:
    """784-1024-512-10 with ReLU."""
    nn = torch.nn
    torch.manual_seed(0)
    layers = [layer for m, n in pairwise(WIDTHS) for layer in (nn.Linear(m, n), nn.ReLU())]
    return nn.Sequential(*layers[:-1])


def best_times(*steps: Any) -> list[float]:
    """The best time of each step; they take turns."""
    best = [float("inf")] * len(steps)
    for step in steps:
        step()
    for _ in range(ROUNDS):
        for i, step in enumerate(steps):
            began = time.perf_counter()
            step()
            best[i] = min(best[i], time.perf_counter() - began)
    return best


def measure(engine: str, rank: int, size: int, meeting: str) -> None:
    """In one of the processes: measure, and in rank 0 print the results."""
    sys.path.insert(0, str(ROOT))
    if engine == "torch":
        import torch
        import torch.distributed as dist

        torch.set_num_threads(int(os.environ["OMP_NUM_THREADS"]))
        dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=size)
    else:
        import autograd as torch
        import autograd.distributed as dist

        dist.init_process_group("mpi", timeout=timedelta(minutes=2))
    wrap = torch.nn.parallel.DistributedDataParallel
    models = [net(torch), wrap(net(torch)), wrap(net(torch), gradient_as_bucket_view=True)]
    steps = [stepper(torch, model, size) for model in models]
    result: dict[str, Any] = {"plain": None}
    if size == 1:
        result["plain"], result["ddp"], result["view"] = best_times(*steps)
    else:
        result["ddp"], result["view"] = best_times(*steps[1:])
    if engine == "torch":
        result["version"] = torch.__version__
    else:
        world = dist.world.the_world()
        calls, sent = world.calls, world.bytes
        steps[1]()
        result["calls"], result["bytes"] = world.calls - calls, world.bytes - sent
        result["parameters"] = sum(p.numel() for p in models[0].parameters())
    if dist.get_rank() == 0:
        print(json.dumps(result), flush=True)
    dist.destroy_process_group()


# -- in the process that starts them -----------------------------------------------------------------


def launched(engine: str, python: str, size: int) -> dict[str, Any]:
    """Measure in `size` processes, which share the cores."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    environment = {**os.environ, "OMP_NUM_THREADS": str(max(1, cores // size))}
    worker = [python, str(Path(__file__).resolve()), "--measure", engine]
    with TemporaryDirectory() as folder:
        if engine == "ours":
            mpiexec = str(Path(python).with_name("mpiexec"))
            commands = [[mpiexec, "-n", str(size), *worker, "0", str(size), folder]]
        else:
            commands = [[*worker, str(rank), str(size), f"{folder}/meeting"] for rank in range(size)]
        started = [subprocess.Popen(c, env=environment, stdout=subprocess.PIPE, text=True) for c in commands]
        printed = [process.communicate()[0] for process in started]
    return json.loads(printed[0])  # type: ignore[no-any-return]  # a dict is printed


def table(torch: str | None) -> str:
    """Every row."""
    sizes = (1, 2, 4)
    ours = [launched("ours", sys.executable, size) for size in sizes]
    theirs = [launched("torch", torch, size) for size in sizes] if torch else None
    one, count = ours[0], ours[0]["parameters"]
    rows = [
        ("a step without DistributedDataParallel", [duration(one["plain"]), "", ""]),
        ("a step", [duration(r["ddp"]) for r in ours]),
        ("a step, gradient_as_bucket_view", [duration(r["view"]) for r in ours]),
        ("cost of the machinery (target ≤ 10 %)", [f"{100 * (one['ddp'] / one['plain'] - 1):.1f} %", "", ""]),
        ("the same, gradient_as_bucket_view", [f"{100 * (one['view'] / one['plain'] - 1):.1f} %", "", ""]),
        ("bytes a parameter, step and rank", [f"{r['bytes'] / count:.2f}" for r in ours]),
        ("calls a step", [str(r["calls"]) for r in ours]),
    ]
    if theirs is not None:
        rows += [
            ("PyTorch: a step without DistributedDataParallel", [duration(theirs[0]["plain"]), "", ""]),
            ("PyTorch, gloo: a step", [duration(r["ddp"]) for r in theirs]),
            ("ratio: ours / PyTorch's", [f"{a['ddp'] / b['ddp']:.2f}" for a, b in zip(ours, theirs)]),
        ]
    lines = [f"| {what} | {' | '.join(cells)} |" for what, cells in rows]
    versions = machine() if theirs is None else f"{machine()[:-1]}; PyTorch {theirs[0]['version']}."
    return "\n".join([HEAD, *lines, "", f"{count:,} parameters, {BATCH} samples a step. {versions}"])


def main(arguments: list[str] | None = None) -> None:
    """Print the table, and write it with --write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--torch", metavar="PYTHON", help="an interpreter that has PyTorch")
    parser.add_argument("--write", action="store_true", help="write the table into benchmarks/README.md")
    parser.add_argument("--measure", nargs=4, metavar=("ENGINE", "RANK", "SIZE", "MEETING"), help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.measure:
        engine, rank, size, meeting = options.measure
        measure(engine, int(rank), int(size), meeting)
        return
    found = table(options.torch)
    print(found)
    if options.write:
        write(found, BEGIN, END)


if __name__ == "__main__":
    main()
