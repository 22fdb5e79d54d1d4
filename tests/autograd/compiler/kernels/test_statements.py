"""Every statement that a kernel can hold computes what NumPy does, bit for bit but for exp, log and the like."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

from autograd.compiler.kernels.functions import APPROXIMATE, OF_UFUNCS
from tests.tools.kernels import Call, programs, units_apart

#: A dtype of each kind, with a shape of its own, so that each has its own loop.
SHAPES = {np.dtype(char): (3, 17 + i) for i, char in enumerate("?bHilfd")}
SPECIAL = [
    *(0.0, -0.0, np.inf, -np.inf, np.nan, 1e-45, -1e-40, 1.2e-38, 3e38, -3e38, 1.0, -1.0),
    *(88.7, 89, -87.4, -103.9, -105, 0.8, -3.95, 5e-324, 1e308),
]


def exact(*arrays: Any) -> list[Any]:
    """Each ufunc that is not approximate for each dtype, of one or two arrays."""
    return [
        ufunc(*(x, y)[: ufunc.nin])
        for x, y in zip(arrays[::2], arrays[1::2])
        for ufunc, char in OF_UFUNCS
        if char == x.dtype.char and ufunc not in APPROXIMATE
    ]


def others(*arrays: Any) -> list[Any]:
    """What is no ufunc of arrays of one shape: casts, where, broadcasting, reductions, writes, constants."""
    out = []
    of = {x.dtype.char: (x, y) for x, y in zip(arrays[::2], arrays[1::2])}
    for x, _ in of.values():
        out += [x.astype(dtype) for dtype in SHAPES if x.dtype.kind != "f" or dtype.kind in "fb"]
    for char in "fd":
        x, y = of[char]
        for z in (y[:1], y[:, :1], 0.1, *((y[1, 2], 2, -np.inf, np.nan, y[::-1], y[:, ::-1]) if char == "f" else ())):
            out.append(z - x)
        out += [np.maximum(x, 0), np.where(x > y, x, y), np.where(x > 0, x, 0.5), np.copy(x)]
        out += [np.clip(x, low, high) for low, high in ((-0.5, 0.25), (0, np.inf), (-np.inf, 0), (1, -1), (np.nan, 1))]
        out += [x.T + y.T, (x.T * 2)[:5], np.zeros_like(x) + y]
        for a in (x, y.reshape(3, 1, -1), x[:, :5] + 1):
            for reduce in (np.add.reduce, np.maximum.reduce, np.minimum.reduce):
                out += [reduce(a, axis=-1, keepdims=True), reduce(a, axis=tuple(range(a.ndim - 1)))]
        w = x + y
        w *= y
        w[...] = w - np.maximum.reduce(w, axis=1, keepdims=True)
        np.copyto(w, x * w)
        np.add(w, y[0], out=w)
        bits = w.view(f"i{w.itemsize}")
        bits *= x != 0
        out += [w, w[::2] * 2]
    long = of["f"][0].reshape(1, -1) * np.ones((7, 1), np.float32)
    wide = np.concatenate([long, long[::-1], long], axis=1)
    return [*out, *(np.add.reduce(wide * 2, axis=i) for i in range(2)), np.maximum.reduce(wide, axis=1)]


def functions(x: Any, y: Any) -> list[Any]:
    """The functions that are approximate, and what is composed of them."""
    return [
        *[x.trace_.record.do("ufunc" if isinstance(f, np.ufunc) else "call", f, (x,)) for f in APPROXIMATE],
        1 / (1 + np.exp(-x)),
    ]


class Case:
    """A function of arrays as NumPy and as kernels, made once for all tests."""

    def __init__(self, function: Any, dtypes: Any = SHAPES) -> None:
        self.arrays = [np.ones(SHAPES[dtype], dtype) for dtype in dtypes for _ in range(2)]
        self.numpy: Call
        self.numpy, self.kernel, self.kernels, self.straight = programs(function, self.arrays)

    def fill(self, seed: int) -> None:
        """New values: whole bits, small numbers or special ones, mixed."""
        rng = np.random.default_rng(seed)
        for array in self.arrays:
            if array.dtype.kind == "f":
                bits = rng.integers(0, 2**63, array.shape).astype(f"u{array.itemsize}").view(array.dtype)
                usual = rng.normal(size=array.shape) * 10.0 ** rng.integers(-3, 3)
                values = [bits, usual, rng.choice(SPECIAL, array.shape)]
                with np.errstate(all="ignore"):
                    array[...] = np.choose(rng.choice(3, array.shape, p=rng.dirichlet([1, 1, 1])), values)
            else:
                array[...] = rng.integers(0, 2**62, array.shape) >> rng.integers(0, 62)

    def results(self) -> list[tuple[Any, Any]]:
        """What both compute of the values as they are."""
        before = [array.copy() for array in self.arrays]
        with np.errstate(all="ignore"):
            expected = self.numpy()
            for array, values in zip(self.arrays, before):
                array[...] = values
            return list(zip(expected, self.kernel()))


_cases: dict[Any, Case] = {}


@pytest.fixture(autouse=True)
def _cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp()))


def case(function: Any, dtypes: Any = SHAPES) -> Case:
    """The case of a function; its kernels are compiled once."""
    if function not in _cases:
        _cases[function] = Case(function, dtypes)
    return _cases[function]


def assert_same(x: Any, y: Any) -> None:
    """The same bits, and not a number where the other is."""
    assert (x.dtype, x.shape) == (y.dtype, y.shape)
    assert np.array_equal(x, y, equal_nan=x.dtype.kind == "f"), (x, y)
    if x.dtype.kind == "f":
        assert np.array_equal(np.signbit(x) | np.isnan(x), np.signbit(y) | np.isnan(y))


@given(st.integers(0, 2**32))
def test_a_ufunc_in_a_kernel_is_equal_to_numpys_bit_for_bit(seed):
    made = case(exact)
    made.fill(seed)
    for x, y in made.results():
        assert_same(x, y)


@given(st.integers(0, 2**32))
def test_casts_broadcasting_reductions_and_writes_in_a_kernel_are_equal_to_numpys_bit_for_bit(seed):
    made = case(others)
    made.fill(seed)
    for x, y in made.results():
        assert_same(x, y)


@settings(max_examples=200)
@given(st.integers(0, 2**32))
def test_functions_in_a_kernel_are_within_4_units_in_the_last_place_of_numpys(seed):
    made = case(functions, [np.dtype("f")])
    made.fill(seed)
    results = made.results()
    for x, y in results[:-1]:
        assert units_apart(x, y).max() <= 4
        assert np.array_equal(np.signbit(x) | np.isnan(x), np.signbit(y) | np.isnan(y))
    x, got = made.arrays[0].astype(np.float64), results[-1][1]
    sigmoid = (1 / (1 + np.exp(-x.clip(-80, 80)))).astype(np.float32)
    assert units_apart(sigmoid, got)[np.abs(x) < 80].max(initial=0) <= 4


def test_every_statement_of_these_cases_is_in_a_kernel():
    def left(made):
        held = {id(s) for kernel in made.kernels for s in kernel.statements}
        return [str(s.call) for s in made.straight if s.kind != "view" and id(s) not in held]

    assert left(case(exact)) == left(case(functions, [np.dtype("f")])) == []
    assert len(left(case(others))) < 0.2 * len(case(others).straight)
