"""Work on several threads: the same results as on one, whatever happens in a part."""

from __future__ import annotations

import functools
import json
import operator
import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import pytest

import autograd as torch
from autograd.base import blas, threads
from nn import functional as F

T = TypeVar("T")


pytestmark = pytest.mark.usefixtures("three_threads")


def _on_one_thread(function: Callable[[], T]) -> T:
    torch.set_num_threads(1)
    try:
        return function()
    finally:
        torch.set_num_threads(3)


def test_large_tensors_and_their_gradients_are_the_same() -> None:
    def run() -> list[np.ndarray]:
        x = torch.linspace(-2, 2, 2**19 + 3, requires_grad=True)
        y = (x.exp() * x - 0.5).tanh() / (x.cos() + 3)
        y.backward(torch.linspace(0, 1, 2**19 + 3))
        assert x.grad is not None
        return [y.detach().numpy(), x.grad.numpy()]

    for several, one in zip(run(), _on_one_thread(run), strict=True):
        np.testing.assert_array_equal(several, one)


@pytest.mark.parametrize("stride, groups, outs", [(1, 1, 6), (2, 1, 6), (1, 2, 12), (2, 2, 40)])
def test_convolutions_are_the_same_bit_for_bit(
    stride: int, groups: int, outs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autograd.ops.window.columns.LARGE", 2**10)
    monkeypatch.setattr("autograd.ops.window.columns._MOST_IMAGES", 4)
    random = np.random.default_rng(0)
    images = random.normal(size=(100, 4, 13, 12)).astype(np.float32)
    kernel = random.normal(size=(outs, 4 // groups, 3, 3)).astype(np.float32)

    def run() -> list[np.ndarray]:
        x, w = (torch.tensor(array, requires_grad=True) for array in (images, kernel))
        y = F.conv2d(x, w, stride=stride, padding=1, groups=groups)
        (y * y).sum().backward()
        assert x.grad is not None and w.grad is not None
        return [y.detach().numpy(), x.grad.numpy(), w.grad.numpy()]

    alone = _on_one_thread(run)
    for _ in range(5):
        for several, one in zip(run(), alone, strict=True):
            np.testing.assert_array_equal(several, one)


def test_every_part_is_worked_on_once() -> None:
    done: list[int] = []
    threads.each(done.append, range(100))
    assert sorted(done) == list(range(100))


@pytest.mark.parametrize("failing", [0, 7, 19])
def test_an_error_in_a_part_is_raised_by_the_call(failing: int) -> None:
    running: list[int] = []

    def work(part: int) -> None:
        running.append(part)
        try:
            if part == failing:
                raise ZeroDivisionError(part)
        finally:
            running.remove(part)

    with pytest.raises(ZeroDivisionError, match=str(failing)):
        threads.each(work, range(20))
    assert running == []  # nothing goes on after the call
    threads.each(lambda part: None, range(20))


def test_a_part_is_not_cut_again() -> None:
    ids: list[set[int]] = []

    def outer(_: int) -> None:
        inner: list[int] = []
        threads.each(lambda _: inner.append(threading.get_ident()), range(5))
        ids.append(set(inner))

    threads.each(outer, range(6))
    assert all(len(of_one) == 1 for of_one in ids)


def test_the_other_threads_let_go_of_what_they_were_given() -> None:
    for _ in range(50):  # in some the caller does all the work before another thread has woken
        x = np.zeros(3)
        freed = weakref.ref(x)
        threads.each(functools.partial(operator.getitem, x), range(3))
        del x
        assert freed() is None


@pytest.mark.parametrize("given, number", [("3", 3), ("4,2", 4), ("0", None), ("many", None), (None, None)])
def test_the_number_is_that_of_the_environment_or_of_the_processors(given: str | None, number: int | None) -> None:
    environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    if given is not None:
        environment["OMP_NUM_THREADS"] = given
    code = "import json, os, autograd; print(json.dumps([autograd.get_num_threads(), len(os.sched_getaffinity(0))]))"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    found, processors = json.loads(done.stdout)
    assert found == (number or processors)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_a_forked_child_works_on_one_thread() -> None:
    code = (
        "import os, numpy, autograd; from autograd.base import threads\n"
        "autograd.set_num_threads(3); threads.each(lambda _: None, range(9)); child = os.fork()\n"
        "if child == 0:\n"
        "    threads.each(lambda _: None, range(9)); os._exit(autograd.get_num_threads())\n"
        "print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, timeout=60)
    assert done.stdout.strip() == b"1"


@pytest.mark.parametrize("count", [0, -1])
def test_the_number_must_be_positive(count: int) -> None:
    with pytest.raises(RuntimeError, match="positive"):
        torch.set_num_threads(count)


@pytest.mark.skipif(blas.openblas("get_num_threads") is None, reason="NumPy's matrix products are not OpenBLAS's here")
def test_matrix_products_have_as_many_threads_as_are_set() -> None:
    number = blas.openblas("get_num_threads")
    assert number is not None
    for count in (1, 3, 2):
        torch.set_num_threads(count)
        assert number() == count
    with pytest.raises(RuntimeError, match="positive integer"):
        torch.set_num_threads(0)
    assert number() == 2


def test_another_library_of_matrix_products_is_left_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(blas, "openblas", lambda function: None)
    torch.set_num_threads(2)
    assert torch.get_num_threads() == 2
