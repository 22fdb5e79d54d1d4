"""The memory that a compiled step keeps."""

from __future__ import annotations

import tracemalloc

import autograd as torch


def test_a_program_keeps_no_copy_of_what_its_step_wrote():
    total = torch.zeros(100_000)

    @torch.compile
    def step():
        total.add_(1)

    step()
    tracemalloc.start()
    try:
        step()
        step()
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert step.program is not None and total[0].item() == 3
    assert kept < total.nbytes, f"{kept} bytes are kept, and what the step writes has {total.nbytes}"
