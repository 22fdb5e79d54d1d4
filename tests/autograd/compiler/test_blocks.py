"""Blocks: statements that are computed tile by tile leave what they leave one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import autograd as torch
from autograd import nn, optim
from autograd.compiler import blocks
from tests.tools.compiled import Made, compare, data, trained

XY = data((8, 4), (8, 4))


def written_in_place() -> Made:
    total = torch.zeros(8, 4)

    def step(x: Any, y: Any) -> Any:
        total.mul_(0.5).add_(x).sub_(y)
        return total.exp() * x, total.clone()

    return Made(step, [total])


def adam() -> Made:
    model = nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 4))
    return trained(model, lambda m: optim.Adam(m.parameters(), lr=0.1))


#: For each case a maker of the step.
CASES: dict[str, Callable[[], Made]] = {
    "a chain": lambda: Made(lambda x, y: ((x * y + 1) * y).exp().sin() / (x * x + 2)),
    "a value that is used and returned": lambda: Made(lambda x, y: (lambda z: (z, (z * y + z).tanh()))((x + y) * 2)),  # noqa: PLC3002
    "a value that is used after the block": lambda: Made(lambda x, y: (lambda z: z @ z.T + z.sum())((x + y) * y)),  # noqa: PLC3002
    "another shape between": lambda: Made(lambda x, y: ((x * 2 + y) - (x * 2 + y).mean(0)) * y + x),
    "written in place": written_in_place,
    "a number of the program": lambda: Made(lambda x, y: (x * y.sum().item() + 1) * x.mean().item()),
    "an optimizer": adam,
}


@pytest.mark.parametrize("tile", [3, 8])
@pytest.mark.parametrize("name", CASES)
def test_blocks_leave_what_their_statements_leave(name, tile, monkeypatch):
    monkeypatch.setenv("GLASSGRAD_KERNELS", "0")
    monkeypatch.setattr(blocks, "TILE", tile)
    monkeypatch.setattr(blocks, "WORK", 1)
    ran = compare(CASES[name], XY)
    assert "in_tiles(block1" in ran.compiled.program.text()


def test_little_work_is_no_block():
    step = torch.compile(lambda x: x * 2 + 1)
    for _ in range(3):
        step(torch.ones(blocks.WORK // 4))
    assert "in_tiles" not in step.program.text()
