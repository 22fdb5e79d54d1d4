"""Sums and maxima along an axis: what NumPy computes, but for the order of a sum."""

from __future__ import annotations

import itertools
import tracemalloc
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

from autograd.base.along import max_along, sum_along

DTYPES = ["float32", "float64", "float16", "complex64", "int64", "int8", "bool"]
SHAPES = st.sampled_from(
    [
        (0, 600),
        (600, 0),
        (1, 2100),
        (2100, 1),
        (130, 20),
        (1025, 3),
        (3000, 2),
        (128, 300),
        (1100, 300),
        (2, 1030),
        (12, 13, 14),
        (2, 3, 4),
    ]
)


@st.composite
def reductions(draw: Any) -> tuple[Any, ...]:
    """An array in some layout, axes, and whether they are kept."""
    shape = draw(SHAPES)
    x = np.random.default_rng(draw(st.integers(0, 99))).normal(size=shape) * 10
    x = x.astype(draw(st.sampled_from(DTYPES)))
    if x.dtype.kind in "fc" and x.size:
        x.flat[draw(st.integers(0, x.size - 1))] = draw(st.sampled_from([1, np.inf, -np.inf, np.nan]))
        x.flat[draw(st.integers(0, x.size - 1))] = draw(st.sampled_from([1, np.inf]))
    layout = draw(st.sampled_from(["C", "F", "steps"]))
    x = x.repeat(2, -1)[..., ::2] if layout == "steps" else np.asarray(x, order=layout)
    axes = draw(st.sets(st.integers(0, x.ndim - 1)).map(lambda chosen: tuple(sorted(chosen))))
    return x, axes[0] if len(axes) == 1 and draw(st.booleans()) else axes, draw(st.booleans())


@given(reductions(), st.booleans())
@np.errstate(invalid="ignore")
def test_a_sum_is_numpys_but_for_its_rounding(reduction: Any, given_out: bool) -> None:
    x, axis, keepdims = reduction
    expected = np.add.reduce(x, axis, x.dtype, keepdims=keepdims)
    out = np.empty_like(expected) if given_out and np.ndim(expected) else None
    found = sum_along(x, axis, x.dtype, out, keepdims)
    assert found.dtype == expected.dtype and found.shape == expected.shape and (out is None or found is out)
    if x.dtype.kind not in "fc":
        np.testing.assert_array_equal(found, expected)
        return
    bound = 8 * np.finfo(x.dtype).eps * np.add.reduce(np.abs(x), axis, keepdims=keepdims)
    same = (found == expected) | (np.isnan(found) & np.isnan(expected))
    assert (same | (np.isfinite(expected) & (np.abs(found - expected) <= bound))).all()


@pytest.mark.parametrize("keepdims", [False, True])
@pytest.mark.parametrize("axes", [axes for count in range(1, 5) for axes in itertools.combinations(range(4), count)])
def test_a_sum_along_any_dims_of_images_is_numpys(axes: tuple[int, ...], keepdims: bool) -> None:
    x = np.random.default_rng(0).random((16, 9, 14, 6))
    found, expected = sum_along(x, axes, keepdims=keepdims), np.add.reduce(x, axes, keepdims=keepdims)
    assert type(found) is type(expected)
    np.testing.assert_allclose(found, expected, rtol=1e-12, strict=True)


@given(reductions(), st.booleans())
def test_a_maximum_is_numpys(reduction: Any, given_out: bool) -> None:
    x, axis, keepdims = reduction
    if not x.size:
        return
    expected = np.maximum.reduce(x, axis, keepdims=keepdims)
    out = np.empty_like(expected) if given_out and np.ndim(expected) else None
    found = max_along(x, axis, None, out, keepdims)
    assert found.dtype == expected.dtype and (out is None or found is out)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("result", [None, "complex128"])
@pytest.mark.parametrize("dtype", DTYPES)
def test_matrices_of_every_dtype_have_numpys_sums_and_maxima(dtype: str, result: str | None) -> None:
    x = (np.arange(6000).reshape(3000, 2) % 2).astype(dtype)
    for axis in (None, 0, 1, (0,), (1,), (0, 1)):
        np.testing.assert_array_equal(sum_along(x, axis, result), np.add.reduce(x, axis, result), strict=True)
        np.testing.assert_array_equal(max_along(x, axis), np.maximum.reduce(x, axis), strict=True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("shape", [(200_000, 4), (3000, 256), (300, 784), (256, 3000), (64, 256), (64, 257)])
def test_a_sum_of_many_numbers_is_not_rounded_more_than_numpys(shape: tuple[int, int], dtype: str) -> None:
    x = np.random.default_rng(0).random(shape).astype(dtype)
    for axis in (0, 1):
        exact = np.add.reduce(x.astype(np.longdouble), axis)
        errors = [np.abs(f(x, axis) / exact - 1).max() for f in (sum_along, np.add.reduce)]
        assert errors[0] <= 2 * max(errors[1], np.finfo(dtype).eps)


def test_where_the_memory_of_a_matrix_begins_does_not_change_its_sums() -> None:
    x = np.random.default_rng(0).normal(size=(300, 33)).astype(np.float32)
    found = set()
    for start in range(16):
        moved = np.empty(x.size + 16, np.float32)[start : start + x.size].reshape(x.shape)
        moved[...] = x
        found.add((sum_along(moved, 0).tobytes(), sum_along(moved, 1).tobytes()))
    assert len(found) == 1


def test_a_sum_needs_no_memory_beside_its_result() -> None:
    x = np.ones((20_000, 50))
    tracemalloc.start()
    sum_along(x, 0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10_000
