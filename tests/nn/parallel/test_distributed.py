"""Training in several processes: the checks of checks.py at 1, 2 and 4 processes."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.autograd.distributed.launch import assert_holds, names_of_checks, needs_mpi

CHECKS = Path(__file__).with_name("checks.py")


@needs_mpi
@pytest.mark.parametrize("processes", [1, 2, 4])
@pytest.mark.parametrize("check", names_of_checks(CHECKS))
def test_in_several_processes(check, processes):
    assert_holds(CHECKS, check, processes)
