"""The Kullback-Leibler divergence: values by NumPy and gradients by differences."""

import math
import warnings

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import tensor
from nn import functional as F
from tests.tools.losses import check_loss, log_softmax, reduce, reductions
from tests.tools.shares import share

RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(2, 3, 4))

# Multiples of 0.1.
grids = st.lists(st.integers(-30, 30), min_size=6, max_size=6).map(lambda v: np.array(v).reshape(2, 3) / 10)


@reductions
def test_kl_div_of_probabilities(reduction, differences):
    rng = np.random.default_rng(0)
    x, t = log_softmax(rng.normal(size=(3, 4))), np.exp(log_softmax(rng.normal(size=(3, 4))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check_loss(
            lambda x, t: F.kl_div(x, t, reduction=reduction),
            lambda x, t: reduce(t * (np.log(t) - x), reduction),
            x,
            t,
            differences,
        )


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@reductions
@share(1 / 4)
@given(x=grids, t=grids, seed=st.integers(0, 9))
def test_kl_div_of_log_probabilities(reduction, differences, x, t, seed):
    check_loss(
        nn.KLDivLoss(reduction=reduction, log_target=True),
        lambda x, t: reduce(np.exp(t) * (t - x), reduction),
        x + 0.03,
        t,
        differences,
        seed,
    )


def test_kl_div_of_a_zero_probability_is_zero():
    x = tensor([[-1.0, -2.0]], requires_grad=True)
    t = tensor([[0.0, 1.0]], requires_grad=True)
    loss = F.kl_div(x, t, reduction="none")
    assert loss.tolist() == [[0, 2]]
    loss.sum().backward()
    assert x.grad.tolist() == [[0, -1]]
    assert np.isfinite(t.grad.numpy()).all()
    assert F.kl_div(x, t, reduction="batchmean").item() == 2
    with pytest.warns(UserWarning, match="'mean' divides the total loss by both the batch size and the support size"):
        assert F.kl_div(x, t).item() == 1


def test_batchmean_divides_by_the_number_of_rows():
    shares = tensor(abs(np.tile(Y[:, None], (1, 2, 1))))
    x = tensor(np.tile(X[:, None], (1, 2, 1)))
    assert F.kl_div(x, shares, reduction="batchmean").item() == pytest.approx(
        F.kl_div(x, shares, reduction="sum").item() / 3
    )


def test_kl_div_of_zero_dimensional_inputs():
    x, y = tensor(0.75, dtype=autograd.float64), tensor(0.25, dtype=autograd.float64)
    assert F.kl_div(x, y, reduction="batchmean").item() == pytest.approx(0.25 * (math.log(0.25) - 0.75))
