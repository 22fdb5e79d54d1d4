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
from collections.abc import Callable, Iterator
from typing import TypeVar

import numpy as np
import pytest

import autograd as torch
from autograd.base import blas, threads
from nn import functional as F

T = TypeVar("T")


@pytest.fixture(autouse=True)
def _three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


def _on_one_thread(function: Callable[[], T]) -> T:
    torch.set_num_threads(1)
    try:
        return function()
    finally:
        torch.set_num_threads(3)


@pytest.fixture
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in parts, however small the arrays are."""
    monkeypatch.setattr(threads, "_seconds_per_element", lambda *_: np.inf)
    monkeypatch.setattr("autograd.core.operation.LARGE", 0)


UFUNCS = [np.exp, np.log, np.sin, np.cos, np.tanh, np.sqrt, np.negative, np.expm1, np.log1p, np.arctan]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [6, 7, 8, 31, 64, 1000, 4099])
def test_a_function_in_parts_is_the_same_bit_for_bit(size: int, dtype: str, small_is_large: None) -> None:
    x, y = np.random.default_rng(size).uniform(0.1, 3, (2, size)).astype(dtype)
    for ufunc in UFUNCS:
        np.testing.assert_array_equal(threads.apply(ufunc, x), ufunc(x), strict=True)
    for ufunc in (np.add, np.multiply, np.subtract, np.true_divide, np.power):
        np.testing.assert_array_equal(threads.apply(ufunc, x, y), ufunc(x, y), strict=True)
        np.testing.assert_array_equal(threads.apply(ufunc, x, 0.3), ufunc(x, 0.3), strict=True)


@pytest.mark.parametrize("shape", [(4, 5), (20,), (2, 0, 3), (3, 4)])
def test_arrays_that_cannot_be_cut_are_computed_whole(shape: tuple[int, ...], small_is_large: None) -> None:
    x = np.arange(np.prod(shape), dtype=float).reshape(shape)
    for view in (x, x.T, x[::-1], np.broadcast_to(x, (2, *shape))):
        np.testing.assert_array_equal(threads.apply(np.exp, view), np.exp(view), strict=True)
        np.testing.assert_array_equal(threads.apply(np.add, view, view), view + view, strict=True)


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


def test_a_function_is_computed_whole_if_it_is_quick_or_takes_no_sample() -> None:
    """The sample, by which its time is measured, is not the caller's array."""

    def above_one(x: np.ndarray) -> np.ndarray:
        if (x <= 1).any():
            raise ValueError("x must be above 1")
        sizes.append(x.size)
        return np.log(x)

    x = np.full(2**20, 2.0)
    sizes: list[int] = []
    np.testing.assert_array_equal(threads.apply(above_one, x), np.log(x))
    assert sizes == [x.size]
    sizes.clear()
    threads.apply(lambda x: sizes.append(x.size) or x, np.ones(2**10))
    assert sizes[-1] == 2**10, "after the samples, one call"


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


def test_a_warning_made_an_error_is_raised_by_the_call(small_is_large: None) -> None:
    x = torch.tensor([*[1.0] * 30, 1000.0])
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        threads.apply(np.exp, x.numpy())
    with np.errstate(over="ignore"):
        assert threads.apply(np.exp, x.numpy())[-1] == np.inf


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


def test_several_threads_of_the_user_may_call_at_once(small_is_large: None) -> None:
    x = np.linspace(0, 1, 1000)
    wrong: list[int] = []

    def call(i: int) -> None:
        for _ in range(50):
            if not np.array_equal(threads.apply(np.sin, x + i), np.sin(x + i)):
                wrong.append(i)

    users = [threading.Thread(target=call, args=(i,)) for i in range(4)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert wrong == []


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
