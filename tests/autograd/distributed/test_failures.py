"""Whatever happens to one process, all of them end soon, with a code that is not 0, and say which and why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.autograd.distributed.launch import MPIEXEC, ROOT, launch, needs_mpi

pytestmark = needs_mpi

#: What each process does first. Rank 1 then fails in one of the ways below, while rank 0 waits for it.
START = """
import os, signal, sys, time
from datetime import timedelta
import autograd as torch
import autograd.distributed as dist

dist.init_process_group("mpi", timeout=timedelta(seconds=90))
rank = dist.get_rank()
dist.all_reduce(torch.ones(3))
print(f"begins to fail at {time.time()}", file=open(sys.argv[1], "w"))
"""
#: The same for calls that wait in vain.
IMPATIENT = """
dist.destroy_process_group()
dist.init_process_group("mpi", timeout=timedelta(seconds=1))
"""
#: In how many seconds all must have ended, on a busy machine too: long before a wait in vain or a sleep ends by itself.
SOON = 30
DDP = "from autograd import nn\nfrom autograd.nn.parallel import DistributedDataParallel\n"

#: What rank 1 does, and what must be on stderr.
FAILURES = {
    "raises": ("if rank == 1: raise ValueError('no such file')", "[rank 1] ValueError: no such file"),
    "ends early": (
        "if rank == 1: sys.exit(0)",
        "all_reduce (call 2) can't be done: rank 1 has ended, after call 1",
    ),
    "ends with another code": ("if rank == 1: sys.exit(3)", "rank 1 has ended, after call 1"),
    "leaves": ("if rank == 1: dist.destroy_process_group(); time.sleep(2)", "rank 1 has ended, after call 1"),
    "calls os._exit(0)": ("if rank == 1: os._exit(0)", "[rank 1] has ended without a farewell"),
    "is killed": ("if rank == 1: os.kill(os.getpid(), signal.SIGKILL)", "[rank 1] has ended without a farewell"),
    "crashes": ("if rank == 1: os.kill(os.getpid(), signal.SIGSEGV)", "[rank 1] has ended without a farewell"),
    "is slow": (
        f"{IMPATIENT}\nif rank == 1: time.sleep(90)",
        "all_reduce (call 1) has waited 1 s for the other processes",
    ),
    "makes another call": (
        "if rank == 1: dist.broadcast(torch.ones(3), 0)",
        "rank 0: all_reduce of float32(3,); rank 1: broadcast of float32(3,)",
    ),
    "has another size": (
        "if rank == 1: dist.all_reduce(torch.ones(4))",
        "rank 0: all_reduce of float32(3,); rank 1: all_reduce of float32(4,)",
    ),
    "has another dtype": (
        "if rank == 1: dist.all_reduce(torch.ones(3).double())",
        "rank 0: all_reduce of float32(3,); rank 1: all_reduce of float64(3,)",
    ),
    "has a barrier to itself": ("if rank == 1: dist.barrier()", "rank 1: barrier"),
    "has another model": (
        f"{DDP}DistributedDataParallel(nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 3 + rank)))",
        "rank 0 has '1.weight' of shape (3, 2) and autograd.float32, and rank 1 has '1.weight' of shape (4, 2)",
    ),
    "raises in a hook": (
        f"""{DDP}
model = DistributedDataParallel(nn.Linear(2, 2))
if rank == 1:
    model.module.weight.register_hook(lambda g: 1 / 0)
model(torch.ones(1, 2)).sum().backward()
""",
        "[rank 1] ZeroDivisionError",
    ),
    "does not receive": (f"{IMPATIENT}\nif rank == 1: dist.recv(torch.ones(3), 0)", "has waited 1 s"),
    "is gone when it should send": (
        "if rank == 1: sys.exit(0)\ndist.recv(torch.ones(3), 1)",
        "recv from rank 1 can't be done: rank 1 has ended",
    ),
}


@pytest.mark.parametrize("failure", FAILURES)
def test_all_end_when_rank_1(failure, tmp_path):
    what, message = FAILURES[failure]
    when = tmp_path / "when"
    done = launch(2, f"{START}\n{what}\ndist.all_reduce(torch.ones(3))", str(when))
    assert message in done.stderr
    assert done.returncode != 0
    assert time.time() - float(when.read_text().split()[-1]) < SOON


def test_a_failure_before_the_processes_meet_ends_all_too():
    done = launch(2, "import os, autograd.distributed as dist\nif os.environ['PMI_RANK'] == '1': raise KeyError('x')\n"
                     "dist.init_process_group('mpi')\ndist.barrier()")  # fmt: skip
    assert done.returncode != 0 and "[rank 1] KeyError: 'x'" in done.stderr


def test_an_interrupt_ends_all():
    program = f"{START}\nprint('ready', flush=True)\nif rank: time.sleep(90)\ndist.all_reduce(torch.ones(3))"
    settings = {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    with subprocess.Popen(
        [str(MPIEXEC), "-n", "2", sys.executable, "-c", program, os.devnull], env={**os.environ, **settings},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
    ) as running:  # fmt: skip
        assert running.stdout is not None and b"ready" in running.stdout.readline()
        began = time.monotonic()
        running.send_signal(signal.SIGINT)
        running.communicate(timeout=2 * SOON)
    assert running.returncode != 0 and time.monotonic() - began < SOON


def test_the_mpiexec_of_another_mpi_is_refused():
    program = "import autograd.distributed as dist; dist.init_process_group('mpi')"
    done = subprocess.run(
        [sys.executable, "-c", program], env={**os.environ, "OMPI_COMM_WORLD_SIZE": "2"}, capture_output=True,
        encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert "mpiexec started 2 processes, but each of them finds itself alone" in done.stderr
