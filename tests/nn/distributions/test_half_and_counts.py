"""Cauchy, half-normal, half-Cauchy, negative binomial and Cholesky factors of correlations, which gpytorch uses."""

import math

import pytest

import autograd as torch
from autograd import distributions
from tests.tools.answers import assert_alike


def of(t, name, settings):
    return getattr(__import__(f"{t.__name__}.distributions", fromlist=["x"]), name)(**settings)


def described(t, name, settings, values):
    settings = {key: t.tensor(value, dtype=t.float64) for key, value in settings.items()}
    d = of(t, name, settings)
    found = [d.log_prob(t.tensor(values).double()), d.mean, d.mode, d.variance, d.stddev, tuple(d.batch_shape)]
    if name != "NegativeBinomial":
        inside = t.tensor([0.1, 0.5, 0.9]).double()
        found += [d.cdf(t.tensor(values).double()), d.icdf(inside), d.entropy()]
    return [*found, d.expand((2, 3)).mean, tuple(d.sample((4,)).shape)]


CASES = [
    ("Cauchy", {"loc": 0.5, "scale": [1.0, 2.0, 3.0]}, [-1.0, 0.0, 4.0]),
    ("HalfCauchy", {"scale": 2.0}, [0.0, 0.5, 4.0]),
    ("HalfNormal", {"scale": [1.0, 2.0, 3.0]}, [0.0, 0.5, 4.0]),
    ("NegativeBinomial", {"total_count": 3.0, "probs": [0.2, 0.5, 0.9]}, [0.0, 1.0, 5.0]),
    ("NegativeBinomial", {"total_count": 2.5, "logits": [-0.7, 0.0, 0.7]}, [0.0, 1.0, 5.0]),
    ("NegativeBinomial", {"total_count": 0.0, "probs": [0.2, 0.5, 0.9]}, [0.0, 0.0, 0.0]),
]


@pytest.mark.parametrize(("name", "settings", "values"), CASES)
def test_densities_and_moments_are_those_of_pytorch(name, settings, values, answers):
    assert_alike(described(torch, name, settings, values), answers("torch", described, name, settings, values))


def factor(t):
    return t.tensor([[1.0, 0.0, 0.0], [0.5, 0.75**0.5, 0.0], [0.2, 0.3, 0.87**0.5]], dtype=t.float64)


@pytest.mark.parametrize("concentration", [0.5, 1.0, [1.5, 3.0]])
def test_the_density_of_correlations_is_that_of_pytorch(concentration, answers):
    def density(t):
        eta = t.tensor(concentration, dtype=t.float64, requires_grad=True)
        value = of(t, "LKJCholesky", {"dim": 3, "concentration": eta}).log_prob(factor(t))
        value.sum().backward()
        return [value, eta.grad]

    assert_alike(density(torch), answers("torch", density))


def test_drawn_correlations_are_alike_and_as_spread_as_the_formula_says():
    # Each correlation c of d rows has (c + 1) / 2 of a beta distribution with both parameters eta - 1 + d/2.
    torch.manual_seed(0)
    eta, dim = 2.0, 3
    factors = distributions.LKJCholesky(dim, eta).sample((20000,))
    assert (factors == factors.tril()).all() and torch.allclose(factors.norm(dim=-1), torch.ones(20000, dim))
    correlations = (factors @ factors.mT)[:, *torch.tril_indices(dim, dim, -1)]
    assert correlations.mean(0).tolist() == pytest.approx([0] * 3, abs=0.02)
    assert correlations.var(0).tolist() == pytest.approx([1 / (2 * eta + dim - 1)] * 3, rel=0.05)


@pytest.mark.parametrize(
    ("name", "settings"),
    [("Cauchy", {"loc": 0.0, "scale": 1.0}), ("HalfNormal", {"scale": 2.0}), ("HalfCauchy", {"scale": 2.0})],
)
def test_draws_fall_below_a_quantile_as_often_as_it_says(name, settings):
    torch.manual_seed(0)
    d = of(torch, name, settings)
    below = (d.sample((20000,)) < d.icdf(torch.tensor(0.3))).double().mean()
    assert below.item() == pytest.approx(0.3, abs=4 * math.sqrt(0.3 * 0.7 / 20000))


def test_counts_have_the_mean_and_variance_of_their_formulas():
    torch.manual_seed(0)
    d = distributions.NegativeBinomial(4.0, 0.4)
    draws = d.sample((20000,))
    assert (draws.mean().item(), draws.var().item()) == pytest.approx((d.mean.item(), d.variance.item()), rel=0.05)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda d: d.HalfNormal(-1.0), "scale"),
        (lambda d: d.HalfCauchy(1.0).log_prob(torch.tensor(-1.0)), "within the support"),
        (lambda d: d.LKJCholesky(1), "dim"),
        (lambda d: d.LKJCholesky(2, -1.0), "concentration"),
        (lambda d: d.LKJCholesky(2).log_prob(torch.ones(2, 2)), "within the support"),
        (lambda d: d.NegativeBinomial(-1.0, 0.5), "total_count"),
        (lambda d: d.NegativeBinomial(2.0, 1.0), "probs"),
        (lambda d: d.NegativeBinomial(2.0), "not both"),
        (lambda d: d.NegativeBinomial(2.0, 0.5, 0.5), "not both"),
        (lambda d: d.NegativeBinomial(2.0, 0.5).log_prob(torch.tensor(1.5)), "within the support"),
    ],
)
def test_parameters_and_values_out_of_range_are_refused(make, says):
    with pytest.raises(ValueError, match=says):
        make(distributions)
