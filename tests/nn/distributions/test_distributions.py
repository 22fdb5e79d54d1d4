"""Distributions: the values and gradients of PyTorch, and the moments of random draws."""

import numpy as np
import pytest

import autograd
from autograd import distributions, tensor
from autograd.testing.engine.oracles import finite_difference
from tests.tools.answers import assert_alike, outcome

LOC, SCALE, P = [[0.3, -1.0, 2.0], [0.0, 0.5, 1.0]], [0.5, 1.5, 2.0], [[0.2, 0.5, 0.3], [0.6, 0.0, 0.4]]
COVARIANCE = np.array([[2.0, 0.3, -0.4], [0.3, 1.0, 0.2], [-0.4, 0.2, 0.8]])
#: The distribution, its parameters (arrays), and values in its support.
CASES = [
    ("Normal", {"loc": LOC, "scale": SCALE}, [[0.1, 2.0, -3.0]]),
    ("Uniform", {"low": LOC, "high": [3.0, 4.0, 5.0]}, [[1.0, 2.0, 3.0]]),
    ("Exponential", {"rate": SCALE}, [[0.0, 2.0, 3.0]]),
    ("Bernoulli", {"probs": [0.2, 0.5, 0.9]}, [[0.0, 1.0, 1.0]]),
    ("Bernoulli", {"logits": LOC}, [[0.0, 1.0, 1.0]]),
    ("Categorical", {"probs": P}, [[0, 2], [1, 0]]),
    ("Categorical", {"logits": LOC}, [2, 1]),
    ("OneHotCategorical", {"probs": P}, [[0.0, 1.0, 0.0]]),
    ("Laplace", {"loc": LOC, "scale": SCALE}, [[0.1, 2.0, -3.0]]),
    ("Poisson", {"rate": SCALE}, [[0.0, 2.0, 3.0]]),
    ("Gamma", {"concentration": [0.3, 1.0, 4.0], "rate": SCALE}, [[0.1, 2.0, 3.0]]),
    ("Beta", {"concentration1": [0.3, 1.0, 4.0], "concentration0": SCALE}, [[0.1, 0.5, 0.9]]),
    ("Dirichlet", {"concentration": [[0.3, 0.8, 0.6], [1.0, 2.0, 5.0]]}, [[0.2, 0.5, 0.3]]),
    ("StudentT", {"df": [5.0, 6.5, 9.0], "loc": LOC, "scale": SCALE}, [[0.1, 2.0, -3.0]]),
    ("MultivariateNormal", {"loc": LOC, "covariance_matrix": COVARIANCE}, [[0.1, 2.0, -3.0]]),
    ("MultivariateNormal", {"loc": LOC, "precision_matrix": [COVARIANCE, np.eye(3)]}, [[0.1, 2.0, -3.0]]),
    ("MultivariateNormal", {"loc": LOC[0], "scale_tril": np.linalg.cholesky(COVARIANCE)}, LOC),
]
each = pytest.mark.parametrize(("name", "parameters", "value"), CASES)


def made(library, name, parameters):
    """The distribution, and its parameters as leaves."""
    leaves = {key: library.tensor(np.array(x), requires_grad=True) for key, x in parameters.items()}
    return getattr(library.distributions, name)(**leaves), leaves


def another(x):
    """Other valid parameters: a matrix scaled, a vector reversed."""
    return 1.5 * x if x.shape[-2:] == (3, 3) else x[..., ::-1].copy()


@each
def test_densities_and_their_gradients_are_those_of_pytorch(name, parameters, value, answers):
    def numbers(library):
        distribution, leaves = made(library, name, parameters)
        shown = repr(distribution).replace("torch", "autograd")
        log_prob = distribution.log_prob(library.tensor(np.array(value)))
        entropy = library.zeros(()) if name == "Poisson" else distribution.entropy()
        likely = log_prob[log_prob > -30]
        (likely.sum() + 2 * entropy.sum()).backward()
        results = [log_prob, entropy, distribution.mean, distribution.variance, *[x.grad for x in leaves.values()]]
        if name != "Uniform":
            results.append(distribution.mode if name != "Exponential" else distribution.stddev)
        return shown, results

    # The tolerance is the error of PyTorch's digamma.
    assert_alike(numbers(autograd), answers("torch", numbers), rtol=1e-8, atol=1e-9)


@pytest.mark.parametrize(("name", "parameters", "value"), [case for case in CASES if case[0] != "StudentT"])
def test_divergences_are_those_of_pytorch(name, parameters, value, answers):
    def numbers(library):
        p, leaves = made(library, name, parameters)
        q, _ = made(library, name, {key: another(np.array(x)) for key, x in parameters.items()})
        divergence = library.distributions.kl_divergence(p, q)
        if divergence.isfinite().all():
            divergence.sum().backward()
        return [divergence, *[x.grad for x in leaves.values() if x.grad is not None]]

    assert_alike(numbers(autograd), answers("torch", numbers), rtol=1e-8, atol=1e-9)


@each
def test_draws_have_the_mean_and_variance_of_the_distribution(name, parameters, value):
    autograd.manual_seed(0)
    distribution, _ = made(autograd, name, parameters)
    draws = distribution.sample((20_000,))
    assert draws.shape == (20_000, *distribution.batch_shape, *distribution.event_shape)
    assert not draws.requires_grad
    if name == "Categorical":
        shares = autograd.stack([(draws == k).double().mean(0) for k in range(3)], -1)
        assert autograd.allclose(shares, distribution.probs, atol=0.02)
    else:
        assert autograd.allclose(draws.mean(0).double(), distribution.mean.double(), atol=0.06)
        assert autograd.allclose(draws.var(0).double(), distribution.variance.double(), rtol=0.1)


def test_the_gradient_passes_through_a_reparameterized_draw():
    loc, scale = tensor([1.0, 2.0], requires_grad=True), tensor([3.0, 4.0], requires_grad=True)
    draw = distributions.Normal(loc, scale).rsample((5,))
    draw.sum().backward()
    assert loc.grad.tolist() == [5.0, 5.0]
    noise = ((draw - loc) / scale).detach()
    assert scale.grad.tolist() == pytest.approx(noise.sum(0).tolist(), rel=1e-5)
    with pytest.raises(NotImplementedError, match="Categorical has no rsample"):
        distributions.Categorical(tensor([0.5, 0.5])).rsample()


@pytest.mark.parametrize("shape", [0.01, 0.3, 1.0, 3.0, 50.0])
def test_the_derivative_of_a_gamma_draw_keeps_its_cumulative_probability(shape):
    autograd.manual_seed(1)
    concentration = autograd.full((4,), shape, dtype=autograd.float64, requires_grad=True)
    draws = distributions.Gamma(concentration, 2.0).rsample()
    draws.sum().backward()
    for z, slope in zip(2 * draws.detach().numpy(), concentration.grad.numpy()):
        by_shape = finite_difference(lambda t, z=z: autograd.igamma(shape * (1 + t), tensor(z)).item() / shape)
        by_draw = finite_difference(lambda t, z=z: autograd.igamma(shape, tensor(z * (1 + t))).item() / z)
        error = (by_shape.error + abs(2 * slope) * by_draw.error) / abs(by_draw.value)
        assert abs(2 * slope + by_shape.value / by_draw.value) <= 4 * error + 1e-9 * abs(slope)


def test_a_gamma_draw_has_no_second_derivative():
    concentration = autograd.ones(2, requires_grad=True)
    draws = distributions.Gamma(concentration, 1.0).rsample()
    (first,) = autograd.autograd.grad(draws.square().sum(), concentration, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        first.sum().backward()


def test_dirichlet_draws_sum_to_1_and_their_sum_has_gradient_0():
    concentration = tensor([0.01, 0.5, 2.0], dtype=autograd.float64, requires_grad=True)
    draws = distributions.Dirichlet(concentration).rsample((5,))
    assert autograd.allclose(draws.sum(-1), autograd.ones(5).double())
    draws.sum().backward()
    assert autograd.allclose(concentration.grad, autograd.zeros(3).double(), atol=1e-12)


def test_undefined_moments_of_student_t_are_those_of_pytorch(answers):
    def moments(library):
        t = library.distributions.StudentT(library.tensor([0.5, 1.0, 1.5, 2.0, 3.0]))
        return t.mean, t.variance

    assert_alike(moments(autograd), answers("torch", moments), rtol=0)


def test_the_mode_of_a_dirichlet_distribution_may_be_a_corner(answers):
    def mode(library):
        return library.distributions.Dirichlet(library.tensor([[0.5, 0.2], [1.0, 3.0], [4.0, 0.5]])).mode

    assert_alike(mode(autograd), answers("torch", mode), rtol=0)


def test_independent_sums_log_probabilities_over_event_dims():
    normal = distributions.Normal(autograd.zeros(4, 3), autograd.ones(3))
    together = distributions.Independent(normal, 1)
    assert together.batch_shape == (4,)
    assert together.event_shape == (3,)
    assert together.log_prob(autograd.ones(4, 3)).tolist() == normal.log_prob(autograd.ones(4, 3)).sum(-1).tolist()
    assert distributions.kl_divergence(together, together).tolist() == [0.0] * 4


def test_laplace_cdf_is_that_of_pytorch_and_icdf_inverts_it(answers):
    def shares(library):
        laplace = library.distributions.Laplace(library.tensor([0.5, -1.0]), library.tensor([2.0, 0.3]))
        return laplace, laplace.cdf(library.tensor([[-1.0, -0.5], [0.7, -1.4]]))

    laplace, found = shares(autograd)
    assert autograd.allclose(laplace.icdf(found), tensor([[-1.0, -0.5], [0.7, -1.4]]), atol=1e-5)
    assert_alike(found, answers("torch", lambda torch: shares(torch)[1]), rtol=1e-6)


@pytest.mark.parametrize("events", [False, True])
def test_a_mixture_computes_the_values_of_pytorch(events, answers):
    def numbers(library):
        d = library.distributions
        logits, loc = (library.tensor(np.array(x), requires_grad=True) for x in (LOC, np.arange(18.0).reshape(2, 3, 3)))
        component = d.Normal(loc, 1.5) if events else d.Normal(loc[..., 0], 1.5)
        mixture = d.MixtureSameFamily(
            d.Categorical(logits=logits), d.Independent(component, 1) if events else component
        )
        value = library.tensor([[1.0, 2.0, 3.0], [9.0, 12.0, 14.0]], dtype=library.float64)
        log_prob = mixture.log_prob(value if events else value[:, 0])
        log_prob.sum().backward()
        assert mixture.sample((5,)).shape == (5, 2, 3)[: 2 + events]
        return [log_prob, mixture.mean, mixture.variance, logits.grad, loc.grad]

    assert_alike(numbers(autograd), answers("torch", numbers), rtol=1e-9, atol=1e-12)


def test_draws_of_a_mixture_have_its_mean_and_variance():
    autograd.manual_seed(0)
    component = distributions.Independent(distributions.Normal(tensor([[0.0, 1.0], [4.0, -2.0]]), 1.0), 1)
    mixture = distributions.MixtureSameFamily(distributions.Categorical(tensor([0.3, 0.7])), component)
    draws = mixture.sample((20_000,))
    assert autograd.allclose(draws.mean(0), mixture.mean, atol=0.06)
    assert autograd.allclose(draws.var(0), mixture.variance, rtol=0.05)


def test_multivariate_normal_draws_have_the_covariance_and_are_differentiable():
    autograd.manual_seed(0)
    covariance = tensor(COVARIANCE, requires_grad=True)
    normal = distributions.MultivariateNormal(autograd.zeros(3).double(), covariance)
    draws = normal.rsample((20_000,))
    assert autograd.allclose(autograd.cov(draws.detach().T), normal.covariance_matrix, atol=0.05)
    draws.square().sum(-1).mean().backward()  # the trace of the covariance, up to noise
    assert autograd.allclose(covariance.grad, autograd.eye(3).double(), atol=0.06)


def test_checks_can_be_disabled():
    assert distributions.Normal(0.0, -1.0, validate_args=False).scale.item() == -1.0
    assert distributions.Bernoulli(0.5, validate_args=False).log_prob(tensor(0.5)).isfinite()
    distributions.Distribution.set_default_validate_args(False)
    try:
        distributions.Uniform(1.0, 1.0)
    finally:
        distributions.Distribution.set_default_validate_args(True)
    with pytest.raises(ValueError, match=r"parameter low .* constraint LessThan"):
        distributions.Uniform(1.0, 1.0)
    with pytest.raises(ValueError, match="True or False"):
        distributions.Distribution.set_default_validate_args(None)


def test_modules_have_the_names_of_pytorch():
    from autograd.distributions.categorical import Categorical
    from autograd.distributions.kl import kl_divergence
    from autograd.distributions.normal import Normal

    assert (Categorical, kl_divergence) == (distributions.Categorical, distributions.kl_divergence)
    assert Normal is distributions.Normal


@pytest.mark.parametrize(
    "attempt",
    [
        lambda lib: lib.distributions.Normal(0.0, -1.0),
        lambda lib: lib.distributions.Normal("0", 1.0),
        lambda lib: lib.distributions.Normal(0.0, 1.0).log_prob(1.0),
        lambda lib: lib.distributions.Normal(lib.zeros(2), lib.ones(2)).log_prob(lib.ones(3)),
        lambda lib: lib.distributions.Uniform(1.0, 1.0),
        lambda lib: lib.distributions.Uniform(0.0, 1.0).log_prob(lib.tensor(2.0)),
        lambda lib: lib.distributions.Bernoulli(1.5),
        lambda lib: lib.distributions.Bernoulli(0.5).log_prob(lib.tensor(0.5)),
        lambda lib: lib.distributions.Categorical(),
        lambda lib: lib.distributions.Categorical(lib.tensor([-1.0, 2.0])),
        lambda lib: lib.distributions.Categorical(lib.tensor(1.0)),
        lambda lib: lib.distributions.Categorical(lib.ones(2)).log_prob(lib.tensor(2)),
        lambda lib: lib.distributions.Independent(lib.distributions.Normal(0.0, 1.0), 1),
        lambda lib: lib.distributions.MultivariateNormal(lib.zeros(2)),
        lambda lib: lib.distributions.MultivariateNormal(lib.tensor(0.0), lib.eye(2)),
        lambda lib: lib.distributions.MultivariateNormal(lib.zeros(2), lib.ones(2)),
        lambda lib: lib.distributions.MultivariateNormal(lib.zeros(2), -lib.eye(2)),
        lambda lib: lib.distributions.MultivariateNormal(lib.zeros(2), lib.tensor([[1.0, 0.5], [0.0, 1.0]])),
        lambda lib: lib.distributions.MultivariateNormal(lib.zeros(2), scale_tril=lib.ones(2, 2)),
        lambda lib: lib.distributions.Poisson(1.0).log_prob(lib.tensor(0.5)),
        lambda lib: lib.distributions.OneHotCategorical(lib.ones(2)).log_prob(lib.ones(2)),
        lambda lib: lib.distributions.Gamma(0.0, 1.0),
        lambda lib: lib.distributions.Gamma(1.0, 1.0).log_prob(lib.tensor(-1.0)),
        lambda lib: lib.distributions.Dirichlet(lib.tensor(1.0)),
        lambda lib: lib.distributions.Dirichlet(lib.ones(2)).log_prob(lib.ones(2)),
        lambda lib: lib.distributions.Beta(1.0, -1.0),
        lambda lib: lib.distributions.Beta(1.0, 1.0).log_prob(lib.tensor(2.0)),
        lambda lib: lib.distributions.StudentT(0.0),
        lambda lib: lib.distributions.MixtureSameFamily(*[lib.distributions.Normal(lib.zeros(2), 1.0)] * 2),
    ],
)
def test_arguments_out_of_range_are_a_value_error(attempt, answers):
    with pytest.raises(ValueError, match=r"\w"):
        attempt(autograd)
    assert answers("torch", outcome, attempt) == "raises ValueError"
