"""The memory that a compiled step keeps: what its program works with, and nothing of the watched call."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

import autograd as torch
from autograd import nn, optim
from autograd.compiler.trace import Trace
from autograd.nn import functional as F

N = 100_000
#: A compiled step, and a call of it.
Made: TypeAlias = tuple[Any, Callable[[], Any]]


def adding_in_place() -> Made:
    total = torch.zeros(N)
    step = torch.compile(lambda: total.add_(1), fullgraph=True)
    return step, step


def of_many_values() -> Made:
    x = torch.ones(N)
    step = torch.compile(lambda: ((x * 2).exp() + x.sin() * x.cos()).sum(), fullgraph=True)
    return step, step


def of_an_argument() -> Made:
    step = torch.compile(lambda x: x.sum(), fullgraph=True)
    return step, lambda: step(torch.ones(10 * N))


def of_a_result_that_is_differentiated() -> Made:
    w = torch.ones(10, requires_grad=True)
    step = torch.compile(lambda x: (x * w).relu().sum(), fullgraph=True)
    return step, lambda: step(torch.ones(N, 10)).backward()


def training() -> Made:
    model = nn.Sequential(nn.Linear(20, 50), nn.Tanh(), nn.Dropout(0.5), nn.Linear(50, 2))
    optimizer = optim.Adam(model.parameters())
    losses: list[float] = []

    @torch.compile(fullgraph=True)
    def step(x: Any, y: Any) -> Any:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        return loss

    step(torch.randn(3, 20), torch.tensor([0, 1, 0]))  # makes the optimizer's state
    return step, lambda: step(torch.randn(2000, 20), torch.randint(0, 2, (2000,)))


def test_a_program_keeps_no_copy_of_what_its_step_wrote_even_before_garbage_is_collected():
    step, _ = adding_in_place()
    step()
    gc.disable()
    tracemalloc.start()
    try:
        step()
        step()
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
        gc.enable()
    assert kept < 4 * N, f"{kept} bytes are kept, and what the step writes has {4 * N}"


@pytest.mark.parametrize(
    "make", [adding_in_place, of_many_values, of_an_argument, of_a_result_that_is_differentiated, training]
)
def test_a_program_keeps_nothing_of_its_watched_call(make):
    step, call = make()
    call()
    gc.collect()
    tracemalloc.start()
    try:
        for _ in range(3):
            call()
        gc.collect()
        kept = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    programs = [p for p in (step.program, step.program.backward) if p is not None]
    own = sum(p.nbytes for p in programs)
    assert kept < own + 4 * N, f"{kept} bytes are kept, and the program works with {own}"
    assert not [x for x in gc.get_objects() if isinstance(x, Trace)]
