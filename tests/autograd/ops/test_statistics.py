"""Numerical differences, histograms, frexp and modes, against NumPy; what an empty dim gives."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd as torch
from autograd import tensor

rng = np.random.default_rng(0)


def test_gradient_histogram_and_frexp_are_numpys():
    x, places = rng.normal(size=(4, 5)), np.sort(rng.normal(size=5))
    for ours, numpys in zip(torch.gradient(tensor(x), edge_order=2), np.gradient(x, edge_order=2), strict=True):
        np.testing.assert_allclose(ours.numpy(), numpys, rtol=1e-12)
    (uneven,) = torch.gradient(tensor(x), spacing=[tensor(places)], dim=1)
    np.testing.assert_allclose(uneven.numpy(), np.gradient(x, places, axis=1), rtol=1e-12)
    counts, edges = torch.histogram(tensor(x), 6)
    np.testing.assert_array_equal(counts.numpy(), np.histogram(x, 6)[0])
    assert edges.shape == (7,)
    mantissa, exponent = torch.frexp(tensor(x))
    np.testing.assert_array_equal(torch.ldexp(mantissa, exponent).numpy(), x)


@given(st.lists(st.lists(st.integers(0, 3), min_size=5, max_size=5), min_size=1, max_size=4), st.integers(0, 1))
def test_the_mode_is_the_smallest_of_the_most_frequent_elements_at_its_last_place(rows, dim):
    x = np.array(rows, dtype=np.float64)
    values, indices = torch.tensor(x).mode(dim)
    for lane, value, index in zip(np.moveaxis(x, dim, -1), values.tolist(), indices.tolist(), strict=True):
        kinds, counts = np.unique(lane, return_counts=True)
        assert value == kinds[counts.argmax()] and index == np.flatnonzero(lane == value)[-1]


def test_the_mode_of_many_elements_needs_memory_in_proportion():
    x = torch.arange(200_000) % 7
    assert x.mode() == (0, 199_997 // 7 * 7)


@pytest.mark.parametrize("method", ["mode", "median", "max", "min"])
def test_an_empty_dim_has_no_element_to_return(method):
    x = torch.zeros(2, 0)
    with pytest.raises(
        IndexError, match=rf"{method}\(\): Expected reduction dim to be specified and to have non-zero size"
    ):
        getattr(x, method)(dim=1)


@pytest.mark.parametrize("function", [torch.quantile, torch.nanquantile])
def test_there_are_no_quantiles_of_nothing(function):
    with pytest.raises(RuntimeError, match="must be non-empty"):
        function(torch.zeros(2, 0), 0.5, dim=1)
