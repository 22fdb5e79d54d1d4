"""Elementwise functions in parts on several threads give the bits of one thread."""

from __future__ import annotations

import threading

import numpy as np
import pytest

import autograd as torch
from autograd.base import parts

pytestmark = pytest.mark.usefixtures("three_threads")


@pytest.fixture
def small_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in parts, however small the arrays are."""
    monkeypatch.setattr(parts, "_seconds_per_element", lambda *_: np.inf)
    monkeypatch.setattr("autograd.core.operation.LARGE", 0)


UFUNCS = [np.exp, np.log, np.sin, np.cos, np.tanh, np.sqrt, np.negative, np.expm1, np.log1p, np.arctan]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("size", [6, 7, 8, 31, 64, 1000, 4099])
def test_a_function_in_parts_is_the_same_bit_for_bit(size: int, dtype: str, small_is_large: None) -> None:
    x, y = np.random.default_rng(size).uniform(0.1, 3, (2, size)).astype(dtype)
    for ufunc in UFUNCS:
        np.testing.assert_array_equal(parts.apply(ufunc, x), ufunc(x), strict=True)
    for ufunc in (np.add, np.multiply, np.subtract, np.true_divide, np.power):
        np.testing.assert_array_equal(parts.apply(ufunc, x, y), ufunc(x, y), strict=True)
        np.testing.assert_array_equal(parts.apply(ufunc, x, 0.3), ufunc(x, 0.3), strict=True)


@pytest.mark.parametrize("shape", [(4, 5), (20,), (2, 0, 3), (3, 4)])
def test_arrays_that_cannot_be_cut_are_computed_whole(shape: tuple[int, ...], small_is_large: None) -> None:
    x = np.arange(np.prod(shape), dtype=float).reshape(shape)
    for view in (x, x.T, x[::-1], np.broadcast_to(x, (2, *shape))):
        np.testing.assert_array_equal(parts.apply(np.exp, view), np.exp(view), strict=True)
        np.testing.assert_array_equal(parts.apply(np.add, view, view), view + view, strict=True)


def test_a_function_is_computed_whole_if_it_is_quick_or_takes_no_sample() -> None:
    """The sample, by which its time is measured, is not the caller's array."""

    def above_one(x: np.ndarray) -> np.ndarray:
        if (x <= 1).any():
            raise ValueError("x must be above 1")
        sizes.append(x.size)
        return np.log(x)

    x = np.full(2**20, 2.0)
    sizes: list[int] = []
    np.testing.assert_array_equal(parts.apply(above_one, x), np.log(x))
    assert sizes == [x.size]
    sizes.clear()
    parts.apply(lambda x: sizes.append(x.size) or x, np.ones(2**10))
    assert sizes[-1] == 2**10, "after the samples, one call"


def test_a_warning_made_an_error_is_raised_by_the_call(small_is_large: None) -> None:
    x = torch.tensor([*[1.0] * 30, 1000.0])
    with np.errstate(over="raise"), pytest.raises(FloatingPointError):
        parts.apply(np.exp, x.numpy())
    with np.errstate(over="ignore"):
        assert parts.apply(np.exp, x.numpy())[-1] == np.inf


def test_several_threads_of_the_user_may_call_at_once(small_is_large: None) -> None:
    x = np.linspace(0, 1, 1000)
    wrong: list[int] = []

    def call(i: int) -> None:
        for _ in range(50):
            if not np.array_equal(parts.apply(np.sin, x + i), np.sin(x + i)):
                wrong.append(i)

    users = [threading.Thread(target=call, args=(i,)) for i in range(4)]
    for user in users:
        user.start()
    for user in users:
        user.join()
    assert wrong == []
