"""Every formula of every distribution has PyTorch's values: at several parameters, at bounds, beyond the support."""

import numpy as np
import pytest

import autograd
from tests.tools.answers import assert_alike, outcome

A, B = np.array([0.4, 1.0, 1.7, 3.5]), np.array([0.6, 1.0, 2.5, 1.2])
LOC, OTHER = np.array([-0.7, 0.0, 0.4, 2.0]), np.array([0.3, 0.1, -0.9, 1.5])
PROBS, OTHERS = np.array([[0.2, 0.5, 0.3], [0.1, 0.8, 0.1]]), np.array([[0.6, 0.1, 0.3], [0.25, 0.25, 0.5]])
ROOT, BASE = np.array([[1.2, 0.0], [-0.3, 0.7]]), np.array([[0.5, 0.0], [0.8, 2.0]])
#: For each distribution two batches of parameters.
PARAMETERS = {
    "Bernoulli": [{"probs": np.array([0.1, 0.4, 0.9])}, {"probs": np.array([0.3, 0.8, 0.5])}],
    "Beta": [{"concentration1": A, "concentration0": B}, {"concentration1": B, "concentration0": A[::-1].copy()}],
    "Categorical": [{"probs": PROBS}, {"logits": OTHERS}],
    "Dirichlet": [{"concentration": 3 * PROBS}, {"concentration": OTHERS}],
    "Exponential": [{"rate": A}, {"rate": B}],
    "Gamma": [{"concentration": A, "rate": B}, {"concentration": B, "rate": A[::-1].copy()}],
    "Laplace": [{"loc": LOC, "scale": A}, {"loc": OTHER, "scale": B}],
    "MultivariateNormal": [
        {"loc": LOC[:2], "scale_tril": ROOT}, {"loc": OTHER[:2], "covariance_matrix": BASE @ BASE.T}
    ],
    "Normal": [{"loc": LOC, "scale": A}, {"loc": OTHER, "scale": B}],
    "OneHotCategorical": [{"logits": PROBS}, {"probs": OTHERS}],
    "Poisson": [{"rate": A}, {"rate": B}],
    "StudentT": [{"df": 2 * A, "loc": LOC, "scale": B}, {"df": B, "loc": OTHER, "scale": A}],
    # Each of the four is within the other, or beyond it on one side or both.
    "Uniform": [
        {"low": np.array([-0.5, 0.25, 0.0, 0.1]), "high": np.array([0.5, 0.75, 1.0, 1.5])},
        {"low": np.array([-1.0, 0.0, -0.25, 0.3]), "high": np.array([0.75, 1.0, 1.25, 1.25])},
    ],
}  # fmt: skip


def made(library, name, which=0, **options):
    """A distribution, and its parameters as leaves."""
    leaves = {key: library.tensor(x, requires_grad=True) for key, x in PARAMETERS[name][which].items()}
    return getattr(library.distributions, name)(**leaves, **options), leaves


@pytest.mark.parametrize("first", PARAMETERS)
def test_divergences_of_all_pairs_are_those_of_pytorch(first, answers):
    def divergences(library):
        def between(_, second):
            (p, leaves), (q, more) = made(library, first), made(library, second, 1)
            divergence = library.distributions.kl_divergence(p, q)
            divergence[divergence.isfinite()].sum().backward()
            # A gradient of 0 and no gradient are not told apart; nor are those where the divergence is infinite.
            slopes = [library.zeros_like(x) if x.grad is None else x.grad for x in (*leaves.values(), *more.values())]
            return divergence, [slope for slope in slopes if divergence.isfinite().all()]

        return {second: outcome(library, between, second) for second in PARAMETERS}

    # The tolerance is the error of PyTorch's digamma.
    assert_alike(divergences(autograd), answers("torch", divergences), rtol=1e-8, atol=1e-9)


#: Values on both sides of each bound of a support, and on it.
VALUES = np.array([-np.inf, -2.0, -0.5, 0.0, 0.25, 0.5, 1.0, 1.5, 2.0, 3.0, np.inf])


@pytest.mark.parametrize("validate", [True, False])
@pytest.mark.parametrize("name", [name for name in PARAMETERS if len(next(iter(PARAMETERS[name][0].values()))) == 4])
def test_densities_at_and_beyond_the_bounds_are_those_of_pytorch(name, validate, answers):
    def results(library):
        p = made(library, name, validate_args=validate)[0]
        each = [library.tensor(float(x), dtype=library.float64) for x in VALUES]
        functions = {"log_prob": [outcome(library, lambda _, x=x: p.log_prob(x).detach()) for x in each]}
        if name not in ("Poisson", "StudentT", "Beta"):
            functions["cdf"] = [outcome(library, lambda _, x=x: p.cdf(x).detach()) for x in each]
        if name not in ("Poisson", "StudentT", "Beta", "Gamma"):
            p = made(library, name, validate_args=False)[0]
            functions["icdf"] = [p.icdf(x).detach() for x in each if 0 <= x <= 1]
        return functions

    assert_alike(results(autograd), answers("torch", results), rtol=1e-7, atol=1e-9)


#: Constraints, and values of all ranks that satisfy them, violate them, or lie on a bound.
CONSTRAINTS = {
    "boolean": None, "nonnegative": None, "nonnegative_integer": None, "positive": None, "real": None,
    "unit_interval": None, "interval": (-1.0, 2.0), "greater_than": (1.0,), "greater_than_eq": (1.0,),
    "less_than": (1.0,), "integer_interval": (-1, 2), "simplex": None, "one_hot": None, "real_vector": None,
    "lower_cholesky": None, "positive_definite": None,
}  # fmt: skip
NUMBERS = [-np.inf, -2.0, -1.5, -1.0, -0.5, 0.0, 0.5, 1.0, 1.5, 2.0, 2.5, np.inf, np.nan]
VECTORS = [
    [0.0, 1.0, 0.0], [1.0, 1.0, 0.0], [0.0, 0.0, 0.0], [0.5, 0.5, 0.0], [0.5, 0.6, -0.1], [0.3, 0.3, 0.4],
    [0.3, 0.3, 0.3], [1.0, 1e-5, 0.0], [1.0, 1e-7, 0.0], [1.0, -1e-5, 0.0], [2.0, -1.0, 0.0], [np.nan, 1.0, 0.0],
]  # fmt: skip
MATRICES = [
    [[1.0, 0.0], [0.0, 1.0]], [[1.0, 0.5], [0.5, 1.0]], [[1.0, 0.0], [0.5, 1.0]], [[1.0, 0.5], [0.0, 1.0]],
    [[1.0, 1.0], [1.0, 1.0]], [[1.0, 2.0], [2.0, 1.0]], [[0.0, 0.0], [0.5, 1.0]], [[1.0, 0.0], [0.5, -1.0]],
    [[-1.0, 0.0], [0.0, -1.0]], [[1.0, 0.1], [0.1001, 1.0]], [[0.0, 0.0], [0.0, 0.0]], [[9.0, 2.0], [2.0, 4.0]],
]  # fmt: skip


@pytest.mark.parametrize("name", CONSTRAINTS)
def test_constraints_accept_the_values_of_pytorch(name, answers):
    def checked(library):
        found = getattr(library.distributions.constraints, name)
        constraint = found if CONSTRAINTS[name] is None else found(*CONSTRAINTS[name])
        shown = repr(constraint), constraint.event_dim, constraint.is_discrete
        # One after another: in a batch with a matrix that is not symmetric, PyTorch checks for symmetry alone.
        values = [NUMBERS, VECTORS, MATRICES][constraint.event_dim]
        return shown, [constraint.check(library.tensor(value)) for value in values]

    assert_alike(checked(autograd), answers("torch", checked))


def test_a_batch_of_matrices_is_checked_one_by_one():
    constraints = autograd.distributions.constraints
    for constraint in (constraints.positive_definite, constraints.lower_cholesky):
        each = [constraint.check(autograd.tensor(matrix)).item() for matrix in MATRICES]
        assert constraint.check(autograd.tensor(MATRICES)).tolist() == each


@pytest.mark.parametrize("count", [0, 1, 2])
def test_an_independent_constraint_accepts_the_values_of_pytorch(count, answers):
    def checked(library):
        constraints = library.distributions.constraints
        constraint = constraints.independent(constraints.positive, count)
        values = library.tensor([[[1.0, 2.0], [3.0, 0.0]], [[1.0, 1.0], [1.0, 1.0]]])
        return repr(constraint), constraint.event_dim, constraint.is_discrete, constraint.check(values)

    assert_alike(checked(autograd), answers("torch", checked))


#: Calls that PyTorch answers or refuses: sizes that are one too small, equal, and one too large, and missing arguments.
CALLS = [
    *[
        lambda t, n=n: t.distributions.MixtureSameFamily(
            t.distributions.Categorical(t.ones(n)), t.distributions.Normal(t.zeros(3), t.ones(3))
        ).batch_shape
        for n in (1, 2, 3, 4)
    ],
    lambda t: t.distributions.MixtureSameFamily(t.distributions.Categorical(t.ones(3)), 3),
    *[
        lambda t, n=n: t.distributions.Independent(t.distributions.Normal(t.zeros(4, 3), t.ones(4, 3)), n).event_shape
        for n in (0, 1, 2, 3)
    ],
    *[
        lambda t, name=name, size=size: getattr(t.distributions, name)(t.ones(2) / 2).log_prob(t.eye(size)[0]).shape
        for name in ("Dirichlet", "OneHotCategorical")
        for size in (1, 2, 3)
    ],
    *[
        lambda t, shape=shape: t.distributions.Normal(t.zeros(3, 2), t.ones(2)).log_prob(t.zeros(shape)).shape
        for shape in ((), (1,), (2,), (3,), (3, 1), (4, 3, 2), (2, 2))
    ],
    *[
        lambda t, name=name, options=options: getattr(t.distributions, name)(**options(t)).batch_shape
        for name in ("Bernoulli", "Categorical", "OneHotCategorical")
        for options in (
            lambda t: {}, lambda t: {"probs": t.ones(2, 2) / 2}, lambda t: {"logits": t.zeros(2, 2)},
            lambda t: {"probs": t.ones(2, 2) / 2, "logits": t.zeros(2, 2)}, lambda t: {"logits": t.tensor(0.0)},
        )
    ],
    *[
        lambda t, names=names: t.distributions.MultivariateNormal(t.zeros(2), **{n: t.eye(2) for n in names}).mean
        for names in ((), ("scale_tril",), ("scale_tril", "precision_matrix"), ("covariance_matrix", "scale_tril"))
    ],
    *[
        lambda t, shape=shape: t.distributions.MultivariateNormal(t.zeros(shape), t.eye(2)).batch_shape
        for shape in ((), (2,), (4, 2))
    ],
    *[
        lambda t, shape=shape: t.distributions.MultivariateNormal(t.zeros(2), t.eye(2).expand(shape)).batch_shape
        for shape in ((2, 2), (4, 2, 2), (3, 1, 2, 2))
    ],
    lambda t: t.distributions.MultivariateNormal(t.zeros(2), t.ones(2)),
    *[
        lambda t, n=n: t.distributions.kl_divergence(
            *[t.distributions.Independent(t.distributions.Normal(t.zeros(3, 2), t.ones(2)), k) for k in (1, n)]
        ).shape
        for n in (0, 1, 2)
    ],
    lambda t: t.distributions.Normal(t.zeros(2), 1.0).expand((3, 2)).batch_shape,
    lambda t: t.distributions.Normal(t.zeros(2), 1.0).expand((3,)),
    lambda t: t.distributions.Normal(t.zeros(2), t.ones(3)),
]  # fmt: skip


def test_calls_have_the_results_of_pytorch(answers):
    def results(library):
        return [outcome(library, lambda t, call=call: call(t)) for call in CALLS]

    for i, (ours, theirs) in enumerate(zip(results(autograd), answers("torch", results), strict=True)):
        assert_alike(ours, theirs, where=f"call {i}")


@pytest.mark.parametrize("name", [name for name in PARAMETERS if name not in ("Categorical", "OneHotCategorical")])
def test_moments_are_those_of_pytorch(name, answers):
    def moments(library):
        p = made(library, name)[0]
        names = ["mean", "variance", "stddev", *(["mode"] if name != "Uniform" else [])]
        found = {key: getattr(p, key).detach() for key in names}
        return found if name == "Poisson" else found | {"entropy": p.entropy(), "perplexity": p.perplexity()}

    assert_alike(moments(autograd), answers("torch", moments), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize("name", PARAMETERS)
def test_shapes_and_properties_are_those_of_pytorch(name, answers):
    def shown(library):
        found = []
        for p in (made(library, name)[0], made(library, name)[0].expand((3, *made(library, name)[0].batch_shape))):
            shapes = [
                p.batch_shape,
                p.event_shape,
                getattr(p, "param_shape", ()),
                p.sample().shape,
                p.sample((2,)).shape,
            ]
            found += [*map(tuple, shapes), p.has_rsample, p.has_enumerate_support]
        return found

    assert shown(autograd) == answers("torch", shown)


#: By distribution: dx/dθ of a draw x for each parameter θ.
SLOPES = {
    "Exponential": lambda x, rate: [-x / rate],
    "Laplace": lambda x, loc, scale: [1 + 0 * x, (x - loc) / scale],
    "Normal": lambda x, loc, scale: [1 + 0 * x, (x - loc) / scale],
    "Uniform": lambda x, low, high: [(high - x) / (high - low), (x - low) / (high - low)],
}


@pytest.mark.parametrize("name", SLOPES)
def test_a_draw_moves_with_its_parameters(name):
    autograd.manual_seed(0)
    p, leaves = made(autograd, name)
    draws, cotangent = p.rsample((5,)), autograd.randn(5, 4).double()
    draws.backward(cotangent)
    for leaf, slope in zip(leaves.values(), SLOPES[name](draws.detach(), *(x.detach() for x in leaves.values()))):
        np.testing.assert_allclose(leaf.grad.numpy(), (cotangent * slope).sum(0).numpy(), rtol=1e-9)


#: By distribution: draws from what the generator gives, which the same seed gives again.
DRAWS = {
    "Exponential": lambda t, p, n: -(1 - t.rand(n, 4, dtype=t.float64)).log() / p.rate,
    "Laplace": lambda t, p, n: p.icdf(t.rand(n, 4, dtype=t.float64)),
    "MultivariateNormal": lambda t, p, n: p.loc + (p.scale_tril @ t.randn(n, 2, dtype=t.float64)[..., None])[..., 0],
    "Normal": lambda t, p, n: p.loc + t.randn(n, 4, dtype=t.float64) * p.scale,
    "Uniform": lambda t, p, n: p.low + t.rand(n, 4, dtype=t.float64) * (p.high - p.low),
}


@pytest.mark.parametrize("name", DRAWS)
def test_draws_increase_with_the_numbers_of_the_generator(name):
    p, _ = made(autograd, name)
    autograd.manual_seed(0)
    draws = p.sample((6,))
    autograd.manual_seed(0)
    np.testing.assert_allclose(draws, DRAWS[name](autograd, p, 6).detach(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", [*SLOPES, "Gamma"])
def test_draws_are_spread_as_the_cumulative_distribution_function_says(name):
    autograd.manual_seed(0)
    p, _ = made(autograd, name)
    below = np.sort(p.cdf(p.sample((4000,))).detach().numpy(), 0)
    assert np.abs(below - (np.arange(4000)[:, None] + 0.5) / 4000).max() < 1.6 / 4000**0.5  # Kolmogorov, 1 in 80


def test_the_default_of_validation_can_be_set_by_a_distribution():
    p = autograd.distributions.Normal(0.0, 1.0)
    p.set_default_validate_args(False)
    try:
        autograd.distributions.Normal(0.0, -1.0)
        with pytest.raises(ValueError, match=r"parameter scale .* constraint GreaterThan\(lower_bound=0.0\)"):
            autograd.distributions.Normal(0.0, -1.0, validate_args=True)
    finally:
        p.set_default_validate_args(True)
