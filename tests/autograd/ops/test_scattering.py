"""scatter_reduce: values and gradients."""

from __future__ import annotations

import numpy as np
import pytest

import autograd as torch
from autograd import tensor
from autograd.testing import gradcheck

rng = np.random.default_rng(0)


@pytest.mark.parametrize("reduce", ["sum", "prod", "mean", "amax", "amin"])
@pytest.mark.parametrize("include_self", [True, False])
def test_scatter_reduce_equals_a_loop_and_has_its_gradient(reduce, include_self):
    x, src, index = rng.normal(size=(3, 2)), rng.normal(size=(4, 2)), rng.integers(0, 3, (4, 2))
    how = {"sum": np.sum, "prod": np.prod, "mean": np.mean, "amax": np.max, "amin": np.min}[reduce]
    expected = x.copy()
    for i, j in np.ndindex(x.shape):
        met = [src[k, j] for k in range(4) if index[k, j] == i]
        expected[i, j] = how([x[i, j], *met] if include_self or not met else met)
    out = torch.scatter_reduce(tensor(x), 0, tensor(index), tensor(src), reduce, include_self=include_self)
    np.testing.assert_allclose(out.numpy(), expected, rtol=1e-13)
    gradcheck(
        lambda a, b: torch.scatter_reduce(a, 0, tensor(index), b, reduce, include_self=include_self),
        [tensor(x, requires_grad=True), tensor(src, requires_grad=True)],
    )


def test_an_unknown_reduction_raises():
    with pytest.raises(RuntimeError):
        torch.scatter_reduce(torch.ones(1), 0, tensor([0]), torch.ones(1), "max")


@pytest.mark.parametrize("name", ["scatter", "scatter_add"])
def test_a_source_without_dims_is_a_vector_of_one_element(name):
    x, source = torch.zeros(3), torch.tensor(1.5, requires_grad=True)
    y = getattr(x, name)(0, torch.tensor([1]), source)
    assert y.tolist() == [0, 1.5, 0]
    (y * 2).sum().backward()
    assert source.grad == 2
    for index in ([0, 1], [[0]]):
        with pytest.raises(RuntimeError, match="no larger than src"):
            getattr(torch.zeros(3, *[1] * (len(torch.tensor(index).shape) - 1)), name)(0, torch.tensor(index), source)
