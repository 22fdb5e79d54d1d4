"""Collective calls: the checks of collectives.py at 1 to 4 processes, and what a process without others can tell."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path

import pytest

import autograd
import autograd.distributed as dist
from tests.autograd.distributed.launch import assert_holds, names_of_checks, needs_mpi

CHECKS = Path(__file__).with_name("collectives.py")


@needs_mpi
@pytest.mark.parametrize("processes", [1, 2, 3, 4])
@pytest.mark.parametrize("check", names_of_checks(CHECKS))
def test_in_several_processes(check, processes):
    assert_holds(CHECKS, check, processes)


@pytest.mark.parametrize(
    "call",
    [
        lambda: dist.all_reduce(autograd.ones(2)),
        lambda: dist.broadcast(autograd.ones(2), 0),
        lambda: dist.all_gather([autograd.ones(2)], autograd.ones(2)),
        lambda: dist.send(autograd.ones(2), 1),
        lambda: dist.recv(autograd.ones(2), 1),
        lambda: dist.all_gather_object([None], 1),
        lambda: dist.nn.functional.all_reduce(autograd.ones(2)),
        dist.barrier,
        dist.get_rank,
        dist.get_world_size,
        dist.destroy_process_group,
        lambda: autograd.nn.parallel.DistributedDataParallel(autograd.nn.Linear(2, 2)),
        lambda: autograd.optim.ZeroRedundancyOptimizer([autograd.ones(2)], autograd.optim.SGD),
        lambda: autograd.utils.data.DistributedSampler([1, 2]),
    ],
)
def test_calls_before_init_process_group_say_so(call):
    assert not dist.is_initialized()
    with pytest.raises(ValueError, match="Default process group has not been initialized"):
        call()


@pytest.mark.parametrize("backend", ["gloo", "nccl", "NCCL"])
def test_another_backend_is_refused_with_the_word_to_write(backend):
    with pytest.raises(RuntimeError, match=rf'{backend}.*Write init_process_group\("mpi"\)'):
        dist.init_process_group(backend)


def test_wrong_arguments_of_init_process_group():
    with pytest.raises(ValueError, match="Invalid backend"):
        dist.init_process_group("smoke signals")
    with pytest.raises(TypeError, match=r"datetime\.timedelta"):
        dist.init_process_group("mpi", timeout=5)


def test_without_mpi4py_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "mpi4py", None)
    monkeypatch.setattr(dist.world, "find_spec", lambda name: None)
    assert not dist.is_available()
    with pytest.raises(RuntimeError, match=r"pip install glassgrad\[mpi\]"):
        dist.init_process_group("mpi", timeout=timedelta(seconds=5))


def test_the_names_are_found_where_pytorch_has_them():
    assert autograd.distributed is dist
    assert autograd.utils.data.distributed.DistributedSampler is autograd.utils.data.DistributedSampler
    assert autograd.nn.parallel.distributed.DistributedDataParallel is autograd.nn.parallel.DistributedDataParallel
    from autograd.distributed.optim import ZeroRedundancyOptimizer

    assert ZeroRedundancyOptimizer is autograd.optim.ZeroRedundancyOptimizer
