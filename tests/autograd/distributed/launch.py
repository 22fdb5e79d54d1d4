"""Running programs in several processes under mpiexec, and checks that all of those processes make together.

A program of checks is a file with functions `check_…`, which ends with `run_checks(globals())`. One launch runs all of
them: starting the processes takes longer than the checks.
"""

from __future__ import annotations

import ast
import functools
import json
import os
import subprocess
import sys
import traceback
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]
MPIEXEC = Path(sys.executable).with_name("mpiexec")

needs_mpi = pytest.mark.skipif(
    not (find_spec("mpi4py") and MPIEXEC.exists()), reason="mpi4py and mpiexec come with the extra `mpi`"
)

#: Before what failed in each process, which rank 0 prints.
_RESULT = "failed: "


def launch(
    processes: int, program: str | Path, *arguments: str, timeout: float = 120, cwd: Any = None
) -> subprocess.CompletedProcess[str]:
    """Run a program, a path or its text, in several processes, and return what they printed and mpiexec's code."""
    start = [str(program)] if isinstance(program, Path) else ["-c", program]
    settings = {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    return subprocess.run(
        [str(MPIEXEC), "-n", str(processes), sys.executable, *start, *arguments],
        env={**os.environ, **settings}, cwd=cwd, capture_output=True, encoding="utf-8", timeout=timeout, check=False,
    )  # fmt: skip


def run_checks(namespace: dict[str, Any]) -> None:
    """In a program of checks: run them all, and print what failed in this process."""
    import autograd.distributed as dist

    dist.init_process_group("mpi", timeout=timedelta(seconds=60))
    failed = {}
    for name, check in list(namespace.items()):
        if name.startswith("check_"):
            try:
                check()
            except Exception:
                failed[name] = traceback.format_exc()
    every: list[Any] = [None] * dist.get_world_size()
    dist.all_gather_object(every, failed)
    if dist.get_rank() == 0:
        print(f"{_RESULT}{json.dumps(every)}", flush=True)


def names_of_checks(program: Path) -> list[str]:
    """The names of the checks in a program."""
    tree = ast.parse(program.read_text(encoding="utf-8"))
    return [node.name for node in tree.body if isinstance(node, ast.FunctionDef) and node.name.startswith("check_")]


@functools.cache
def failures(program: Path, processes: int) -> list[dict[str, str]]:
    """For each process the checks that failed there, each with its traceback."""
    done = launch(processes, program)
    assert done.returncode == 0 and _RESULT in done.stdout, done.stdout + done.stderr
    failed: list[dict[str, str]] = json.loads(done.stdout.partition(_RESULT)[2])
    return failed


def assert_holds(program: Path, check: str, processes: int) -> None:
    """Assert that a check of a program holds in all of several processes."""
    for rank, failed in enumerate(failures(program, processes)):
        assert check not in failed, f"rank {rank} of {processes}:\n{failed[check]}"
