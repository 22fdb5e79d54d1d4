"""Supports, constraints, quantiles and divergences: each distribution agrees with its own density."""

import inspect
import math

import numpy as np
import pytest

import autograd
from autograd import distributions as d, float64, linspace, no_grad, ones, tensor, zeros


def number(x):
    return tensor(x, dtype=float64)


#: Distributions of one number, with bounds that hold all of their probability but 1e-9.
CONTINUOUS = {
    "Beta": (lambda: d.Beta(number(2.0), number(3.0)), 0.0, 1.0),
    "Exponential": (lambda: d.Exponential(number(1.5)), 0.0, 20.0),
    "Gamma": (lambda: d.Gamma(number(3.0), number(2.0)), 0.0, 25.0),
    "Laplace": (lambda: d.Laplace(number(0.3), number(0.7)), -20.0, 20.0),
    "Normal": (lambda: d.Normal(number(0.2), number(0.8)), -8.0, 8.0),
    "StudentT": (lambda: d.StudentT(number(9.0), number(0.2), number(0.8)), -60.0, 60.0),
    "Uniform": (lambda: d.Uniform(number(0.2), number(0.9)), 0.2, 0.9),
    "MixtureSameFamily": (
        lambda: d.MixtureSameFamily(
            d.Categorical(number([0.3, 0.7])), d.Normal(number([0.0, 1.0]), number([1.0, 0.5]))
        ),
        -8.0, 8.0,
    ),
}  # fmt: skip
#: Other parameters, for the second argument of a divergence.
OTHERS = {
    "Beta": lambda: d.Beta(number(1.5), number(2.5)),
    "Exponential": lambda: d.Exponential(number(0.6)),
    "Gamma": lambda: d.Gamma(number(2.2), number(1.3)),
    "Laplace": lambda: d.Laplace(number(-0.4), number(1.1)),
    "Normal": lambda: d.Normal(number(-0.5), number(1.3)),
    "Uniform": lambda: d.Uniform(number(0.0), number(1.0)),
}
#: The pairs of different types that have a formula: the positive ones, the bounded ones, and any to a normal one.
FORMULAS = {
    *[(p, "Normal") for p in ("Beta", "Exponential", "Gamma", "Laplace", "Uniform")],
    *[(p, "Exponential") for p in ("Beta", "Gamma", "Uniform")],
    *[(p, "Gamma") for p in ("Beta", "Exponential", "Uniform")],
    ("Normal", "Laplace"), ("Beta", "Uniform"), ("Uniform", "Beta"),
}  # fmt: skip
INFINITE = {
    *[(p, q) for p in ("Exponential", "Gamma") for q in ("Beta", "Uniform")],
    *[(p, q) for p in ("Laplace", "Normal") for q in ("Beta", "Exponential", "Gamma", "Uniform")],
}
#: Discrete distributions, and their values up to a probability of 1e-9.
DISCRETE = {
    "Bernoulli": (lambda: d.Bernoulli(number(0.3)), [0.0, 1.0]),
    "Poisson": (lambda: d.Poisson(number(2.5)), list(map(float, range(40)))),
    "Categorical": (lambda: d.Categorical(number([0.2, 0.5, 0.3])), [0, 1, 2]),
}
#: Every distribution with a batch, the repr of its support, and those of its parameters' constraints.
POSITIVE, REAL, SIMPLEX = "GreaterThan(lower_bound=0.0)", "Real()", "Simplex()"
UNIT, VECTOR = "Interval(lower_bound=0.0, upper_bound=1.0)", "IndependentConstraint(Real(), 1)"
BATCHED = {
    "Bernoulli": (d.Bernoulli(tensor([0.2, 0.9])), "Boolean()", {"probs": UNIT, "logits": REAL}),
    "Beta": (
        d.Beta(ones(2), ones(2)), UNIT, {"concentration1": POSITIVE, "concentration0": POSITIVE}
    ),
    "Categorical": (
        d.Categorical(tensor([[0.2, 0.3, 0.5], [1.0, 2.0, 3.0]])), "IntegerInterval(lower_bound=0, upper_bound=2)",
        {"probs": SIMPLEX, "logits": VECTOR},
    ),
    "Dirichlet": (
        d.Dirichlet(ones(2, 3)), SIMPLEX, {"concentration": "IndependentConstraint(GreaterThan(lower_bound=0.0), 1)"}
    ),
    "Exponential": (d.Exponential(ones(2)), "GreaterThanEq(lower_bound=0.0)", {"rate": POSITIVE}),
    "Gamma": (
        d.Gamma(ones(2), 1.0), "GreaterThanEq(lower_bound=0.0)", {"concentration": POSITIVE, "rate": POSITIVE}
    ),
    "Independent": (d.Independent(d.Normal(zeros(2, 3), 1.0), 1), "IndependentConstraint(Real(), 1)", {}),
    "Laplace": (d.Laplace(zeros(2), 1.0), REAL, {"loc": REAL, "scale": POSITIVE}),
    "MixtureSameFamily": (
        d.MixtureSameFamily(d.Categorical(ones(2, 3)), d.Normal(zeros(2, 3), 1.0)),
        "MixtureSameFamilyConstraint(Real())", {},
    ),
    "MultivariateNormal": (
        d.MultivariateNormal(zeros(2, 2), tensor([[2.0, 0.5], [0.5, 1.0]])), VECTOR,
        {
            "loc": VECTOR, "covariance_matrix": "PositiveDefinite()", "precision_matrix": "PositiveDefinite()",
            "scale_tril": "LowerCholesky()",
        },
    ),
    "Normal": (d.Normal(zeros(2), 1.0), REAL, {"loc": REAL, "scale": POSITIVE}),
    "OneHotCategorical": (
        d.OneHotCategorical(tensor([[0.2, 0.3, 0.5], [1.0, 2.0, 3.0]])), "OneHot()",
        {"probs": SIMPLEX, "logits": VECTOR},
    ),
    "Poisson": (
        d.Poisson(ones(2)), "IntegerGreaterThan(lower_bound=0)", {"rate": "GreaterThanEq(lower_bound=0.0)"}
    ),
    "StudentT": (d.StudentT(ones(2) * 3), REAL, {"df": POSITIVE, "loc": REAL, "scale": POSITIVE}),
    "Uniform": (
        d.Uniform(zeros(2), 2.0), "Interval(lower_bound=tensor([0., 0.]), upper_bound=tensor([2., 2.]))",
        {"low": "LessThan(upper_bound=tensor([2., 2.]))", "high": "GreaterThan(lower_bound=tensor([0., 0.]))"},
    ),
}  # fmt: skip


def integral(f, low, high):
    """By the midpoint rule, in pieces that are finer towards the ends, where a density may be steep."""
    t = (np.arange(40_000) + 0.5) / 40_000
    x, dx = low + (high - low) * (3 * t**2 - 2 * t**3), (high - low) * 6 * t * (1 - t) / 40_000
    return float((f(tensor(x)).numpy() * dx).sum())


@pytest.mark.parametrize("name", CONTINUOUS)
def test_moments_and_entropy_are_those_of_the_density(name):
    make, low, high = CONTINUOUS[name]
    p = make()
    density = lambda x: p.log_prob(x).exp()
    mean = integral(lambda x: x * density(x), low, high)
    variance = integral(lambda x: (x - mean) ** 2 * density(x), low, high)
    assert integral(density, low, high) == pytest.approx(1, abs=1e-5)
    assert p.mean.item() == pytest.approx(mean, abs=1e-5)
    assert p.variance.item() == pytest.approx(variance, rel=1e-4)
    assert p.stddev.item() == pytest.approx(math.sqrt(variance), rel=1e-4)
    if name != "MixtureSameFamily":
        entropy = integral(lambda x: -density(x) * p.log_prob(x), low, high)
        assert p.entropy().item() == pytest.approx(entropy, abs=1e-4)
        assert p.perplexity().item() == pytest.approx(math.exp(entropy), rel=1e-4)
        x = linspace(low, high, 4001, dtype=float64)[1:-1]
        highest = p.log_prob(x).max().item()
        assert math.isnan(p.mode.item()) if name == "Uniform" else p.log_prob(p.mode).item() >= highest


@pytest.mark.parametrize("name", ["Exponential", "Gamma", "Laplace", "Normal", "Uniform", "MixtureSameFamily"])
def test_a_cumulative_probability_is_the_integral_of_the_density_and_a_quantile_its_inverse(name):
    make, low, high = CONTINUOUS[name]
    p = make()
    for x in np.linspace(max(low, -2.0), min(high, 2.0), 7)[1:-1]:
        below = integral(lambda x: p.log_prob(x).exp(), low, float(x))
        assert p.cdf(tensor(x)).item() == pytest.approx(below, abs=1e-5)
        if name not in ("Gamma", "MixtureSameFamily"):
            assert p.icdf(p.cdf(tensor(x))).item() == pytest.approx(x, abs=1e-9)


def test_a_uniform_cumulative_probability_and_quantile():
    p = d.Uniform(0.0, 2.0)
    assert p.cdf(tensor([0.5])).tolist() == [0.25] and p.icdf(tensor([0.5])).tolist() == [1.0]
    assert d.Uniform(0.0, 2.0, validate_args=False).cdf(tensor([-1.0, 3.0])).tolist() == [0.0, 1.0]
    with pytest.raises(ValueError, match="within the support"):
        p.cdf(tensor(3.0))


@pytest.mark.parametrize("name", DISCRETE)
def test_the_values_of_a_discrete_distribution_have_its_moments_and_entropy(name):
    make, values = DISCRETE[name]
    p = make()
    log_probs = [p.log_prob(tensor(x)).item() for x in values]
    probs = np.exp(log_probs)
    assert probs.sum() == pytest.approx(1)
    if p.has_enumerate_support:
        assert p.enumerate_support().tolist() == values
    if name == "Categorical":
        assert p.mean.isnan() and p.variance.isnan() and p.mode.item() == 1
    else:
        assert p.mean.item() == pytest.approx((probs * values).sum())
        assert p.variance.item() == pytest.approx((probs * (np.array(values) - p.mean.item()) ** 2).sum())
        assert p.mode.item() == values[int(probs.argmax())]
    if name != "Poisson":
        assert p.entropy().item() == pytest.approx(-(probs * log_probs).sum())


@pytest.mark.parametrize("second", OTHERS)
@pytest.mark.parametrize("first", [name for name in CONTINUOUS if name != "MixtureSameFamily"])
def test_a_divergence_is_the_mean_difference_of_the_logarithms(first, second):
    make, low, high = CONTINUOUS[first]
    p, q = make(), OTHERS[second]()
    if first == second or (first, second) in FORMULAS:
        expected = integral(lambda x: p.log_prob(x).exp() * (p.log_prob(x) - q.log_prob(x)), low, high)
        assert d.kl_divergence(p, q).item() == pytest.approx(expected, abs=2e-4)
    elif (first, second) in INFINITE:
        assert d.kl_divergence(p, q).item() == math.inf
    else:
        with pytest.raises(NotImplementedError, match=f"{first} and q type {second}"):
            d.kl_divergence(p, q)


def test_divergences_of_discrete_distributions():
    bernoulli, poisson = d.Bernoulli(number(0.3)), d.Poisson(number(2.5))
    expected = sum(p * (math.log(p) - poisson.log_prob(tensor(x)).item()) for x, p in ((0.0, 0.7), (1.0, 0.3)))
    assert d.kl_divergence(bernoulli, poisson).item() == pytest.approx(expected)
    assert d.kl_divergence(poisson, bernoulli).item() == math.inf
    sure, open_ = d.Categorical(tensor([0.0, 1.0, 0.0])), d.Categorical(tensor([0.5, 0.5, 0.0]))
    assert (
        d.kl_divergence(sure, open_).item() == pytest.approx(math.log(2)) and d.kl_divergence(open_, sure) == math.inf
    )
    with pytest.raises(NotImplementedError, match="different reinterpreted_batch_ndims"):
        d.kl_divergence(*[d.Independent(d.Normal(zeros(2, 2), 1.0), n) for n in (1, 2)])
    with pytest.raises(ValueError, match="different event shapes"):
        d.kl_divergence(*[d.MultivariateNormal(zeros(n), ones(n).diag()) for n in (1, 2)])


def test_divergences_from_a_uniform_distribution_beyond_the_support_are_infinite():
    wide = d.Uniform(number(-1.0), number(0.5))
    for q in (OTHERS[name]() for name in ("Beta", "Exponential", "Gamma", "Uniform")):
        assert d.kl_divergence(wide, q).item() == math.inf
    assert d.kl_divergence(CONTINUOUS["Beta"][0](), wide).item() == math.inf


def test_a_registered_divergence_is_used_for_its_types_and_their_subclasses():
    class Mine(d.Normal):
        pass

    class Other(Mine):
        pass

    assert d.kl_divergence(Mine(0.0, 1.0), d.Normal(0.0, 1.0)).item() == 0.0

    @d.register_kl(Mine, d.Normal)
    def formula(p, q):
        return p.loc + 7

    assert d.kl_divergence(Other(1.0, 1.0), Mine(0.0, 1.0)).item() == 8.0
    with pytest.raises(TypeError, match="subclass of Distribution"):
        d.register_kl(int, d.Normal)


@pytest.mark.parametrize("name", BATCHED)
def test_constraints_hold_for_parameters_and_draws(name):
    p, support, constraints = BATCHED[name]
    assert repr(p.support) == support
    assert {key: repr(constraint) for key, constraint in p.arg_constraints.items()} == constraints
    for key, constraint in p.arg_constraints.items():
        assert constraint.check(getattr(p, key)).all()
    draws = p.sample((50,))
    inside = p.support.check(draws)
    assert inside.all() and tuple(inside.shape) == draws.shape[: draws.ndim - p.support.event_dim]
    assert p.support.is_discrete == (name in ("Bernoulli", "Categorical", "OneHotCategorical", "Poisson"))
    bad = draws + math.nan
    assert not p.support.check(bad).any()
    with pytest.raises(ValueError, match="within the support"):
        p.log_prob(bad)


@pytest.mark.parametrize("name", BATCHED)
def test_an_expanded_distribution_repeats_the_batch(name):
    p, *_ = BATCHED[name]
    wide = p.expand((4, 2))
    assert type(wide) is type(p) and wide.batch_shape == (4, 2) and wide.event_shape == p.event_shape
    value = p.sample()
    assert wide.sample((3,)).shape == (3, 4, 2, *p.event_shape)
    quantities = [lambda x: x.log_prob(value), lambda x: x.mean, lambda x: x.variance, lambda x: x.stddev]
    quantities += [lambda x, key=key: getattr(x, key) for key in p.arg_constraints]
    if name not in ("Poisson", "MixtureSameFamily"):
        quantities.append(lambda x: x.entropy())
    for of in quantities:
        expected = of(p)
        np.testing.assert_array_equal(of(wide).numpy(), np.broadcast_to(expected.numpy(), (4, *expected.shape)))
    with pytest.raises(RuntimeError):
        p.expand((4, 3))
    assert p.batch_shape == (2,)


def test_gradients_reach_the_parameters_of_an_expanded_distribution():
    loc = zeros(2).requires_grad_()
    d.Normal(loc, 1.0).expand((3, 2)).rsample().sum().backward()
    assert loc.grad.tolist() == [3.0, 3.0]


@pytest.mark.parametrize(
    "p",
    [d.Bernoulli(tensor([0.2, 0.9])), d.Categorical(tensor([[0.2, 0.8], [0.5, 0.5]])),
     d.OneHotCategorical(tensor([[0.2, 0.8], [0.5, 0.5]])), d.Independent(d.Bernoulli(tensor([0.2, 0.9])), 0)],
)  # fmt: skip
def test_the_enumerated_values_have_all_the_probability(p):
    assert p.has_enumerate_support
    values, narrow = p.enumerate_support(), p.enumerate_support(expand=False)
    assert values.shape == (2, 2, *p.event_shape) and narrow.shape == (2, 1, *p.event_shape)
    np.testing.assert_allclose(p.log_prob(values).exp().sum(0), [1.0, 1.0], rtol=1e-6)
    np.testing.assert_array_equal(narrow.expand(values.shape), values)


def test_what_a_distribution_does_not_support_says_so():
    with no_grad():
        for name, (p, *_) in BATCHED.items():
            assert p.has_enumerate_support == (name in ("Bernoulli", "Categorical", "OneHotCategorical"))
            if not p.has_enumerate_support:
                with pytest.raises(NotImplementedError):
                    p.enumerate_support()
            if name not in ("Exponential", "Gamma", "Laplace", "Normal", "Uniform", "MixtureSameFamily"):
                with pytest.raises(NotImplementedError, match=f"{name} has no formula for its cdf"):
                    p.cdf(p.sample())
            if name not in ("Exponential", "Laplace", "Normal", "Uniform"):
                with pytest.raises(NotImplementedError, match=f"{name} has no formula for its icdf"):
                    p.icdf(ones(2) / 2)
    with pytest.raises(NotImplementedError, match="does not define its support"):
        _ = d.Distribution().support


def test_shapes_that_do_not_fit_are_refused():
    with pytest.raises(TypeError, match=r"such as \(3,\)"):
        d.Normal(0.0, 1.0).sample(3)
    with pytest.raises(ValueError, match="right-most size of value must match event_shape"):
        d.Dirichlet(ones(3)).log_prob(ones(1) / 3)
    with pytest.raises(ValueError, match="not broadcastable with batch_shape"):
        d.Normal(zeros(2), 1.0).log_prob(zeros(3))
    with pytest.warns(FutureWarning, match="sample_n"):
        assert d.Normal(zeros(2), 1.0).sample_n(3).shape == (3, 2)


def test_infinity_is_no_count():
    with pytest.raises(ValueError, match="within the support"):
        d.Poisson(1.0).log_prob(tensor(math.inf))


def test_a_scalar_view_is_formatted_as_its_number():
    assert repr(d.Normal(0.0, 2.0)) == "Normal(loc: 0.0, scale: 2.0)" and f"{tensor([1.5])[0]}" == "1.5"


#: What PyTorch's distributions have as attributes, not as methods.
ATTRIBUTES = (
    "arg_constraints", "batch_shape", "event_shape", "has_enumerate_support", "has_rsample", "logits", "mean", "mode",
    "param_shape", "probs", "stddev", "support", "variance",
)  # fmt: skip


@pytest.mark.parametrize("name", [name for name in d.__all__ if isinstance(getattr(d, name), type)])
def test_moments_shapes_and_supports_are_attributes(name):
    for attribute in ATTRIBUTES:
        assert not inspect.isfunction(inspect.getattr_static(getattr(d, name), attribute, None)), attribute


def test_moments_of_independent_dims_are_those_of_the_distribution():
    base = d.Gamma(ones(2, 3) * 3, ones(2, 3) * 2)
    for count in (0, 1, 2):
        for name in ("mean", "mode", "variance", "stddev"):
            np.testing.assert_array_equal(getattr(d.Independent(base, count), name), getattr(base, name))


@pytest.mark.parametrize("shape", [(4,), (2, 4), (2, 3, 4), (5, 2, 3, 4)])
def test_classes_are_the_last_dim(shape):
    one_hot, index = d.OneHotCategorical(ones(*shape)), d.Categorical(ones(*shape))
    assert (one_hot.batch_shape, one_hot.event_shape, one_hot.sample().shape) == (shape[:-1], (4,), shape)
    assert (index.batch_shape, index.event_shape, index.sample().shape) == (shape[:-1], (), shape[:-1])


@pytest.mark.parametrize("dtype, limit", [("float32", math.log(2.0**23 - 1)), ("float64", math.log(2.0**52 - 1))])
def test_the_logits_of_certain_events_are_finite(dtype, limit):
    logits = d.Bernoulli(tensor([0.0, 0.5, 1.0], dtype=getattr(autograd, dtype))).logits
    np.testing.assert_allclose(logits, [-limit, 0, limit], rtol=1e-3)
