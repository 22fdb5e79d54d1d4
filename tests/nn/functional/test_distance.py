"""Distances, angles and normalization of vectors."""

import numpy as np
import pytest

from autograd import ones, tensor
from autograd.testing import gradcheck
from nn import functional as F


def test_normalize_and_cosine_similarity():
    x, y = tensor([[3.0, 4.0], [0.0, 0.0]]), tensor([[4.0, 3.0], [1.0, 0.0]])
    np.testing.assert_allclose(F.normalize(x).numpy(), [[0.6, 0.8], [0, 0]], rtol=1e-6)
    np.testing.assert_allclose(F.cosine_similarity(x, y).numpy(), [0.96, 0], rtol=1e-6)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: F.pdist(ones(2)), RuntimeError, "pdist only supports 2D tensors, got: 1D"),
    ],
)
def test_error_messages(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_a_norm_below_eps_is_a_constant_in_the_cosine():
    x, y = tensor([[0.03, -0.04], [0.3, 0.4]]).double(), tensor([[1.0, 2.0], [0.01, 0.02]]).double()
    assert gradcheck(lambda x, y: F.cosine_similarity(x, y, 1, 0.1), (x.requires_grad_(), y.requires_grad_()))
