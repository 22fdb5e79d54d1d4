"""Numerical differences, histograms and frexp, against NumPy."""

from __future__ import annotations

import numpy as np

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
