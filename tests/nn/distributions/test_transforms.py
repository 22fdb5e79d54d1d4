"""Transforms, transformed distributions and the registry of constraints: by laws, and against PyTorch."""

import copy
import gc
import math
import pickle
import weakref
from typing import ClassVar

import numpy as np
import pytest

import autograd
from autograd import distributions as d
from autograd.distributions import constraints
from autograd.distributions.utils import lazy_property, tril_matrix_to_vec, vec_to_tril_matrix
from tests.tools.answers import assert_alike

NUMBERS = [-1.5, -0.25, 0.5, 2.0]
POSITIVE = [0.1, 0.5, 1.5, 4.0]
VECTORS = [[-1.0, 0.5, 2.0], [0.25, 0.0, -0.5]]
MATRICES = [[[0.5, 0.3], [-0.7, 0.2]]]
#: By name: how a library makes a transform, and values of its domain.
TRANSFORMS = {
    "exp": (lambda t, f: f.ExpTransform(), NUMBERS),
    "sigmoid": (lambda t, f: f.SigmoidTransform(), NUMBERS),
    "tanh": (lambda t, f: f.TanhTransform(), NUMBERS),
    "softplus": (lambda t, f: f.SoftplusTransform(), NUMBERS),
    "power": (lambda t, f: f.PowerTransform(t.tensor(-1.5, dtype=t.float64)), POSITIVE),
    "abs": (lambda t, f: f.AbsTransform(), POSITIVE),
    "affine": (lambda t, f: f.AffineTransform(0.5, -2.0), NUMBERS),
    "affine of vectors": (lambda t, f: f.AffineTransform(t.ones(3), t.tensor([1.0, -2.0, 3.0]).double(), 1), VECTORS),
    "cdf": (lambda t, f: f.CumulativeDistributionTransform(t.distributions.Normal(0.5, 2.0)), NUMBERS),
    "softmax": (lambda t, f: f.SoftmaxTransform(), VECTORS),
    "stick breaking": (lambda t, f: f.StickBreakingTransform(), VECTORS),
    "lower Cholesky": (lambda t, f: f.LowerCholeskyTransform(), MATRICES),
    "positive definite": (lambda t, f: f.PositiveDefiniteTransform(), MATRICES),
    "correlations": (lambda t, f: f.CorrCholeskyTransform(), VECTORS),
    "reshape": (lambda t, f: f.ReshapeTransform((3,), (3, 1)), VECTORS),
    "compose": (lambda t, f: f.ComposeTransform([f.AffineTransform(1.0, 2.0), f.ExpTransform()]), NUMBERS),
    "compose with vectors": (
        lambda t, f: f.ComposeTransform([f.TanhTransform(), f.AffineTransform(0.0, 3.0), f.StickBreakingTransform()]),
        VECTORS,
    ),
    "independent": (lambda t, f: f.IndependentTransform(f.ExpTransform(), 1), VECTORS),
    "inverse": (lambda t, f: f.ExpTransform().inv, POSITIVE),
    "cat": (lambda t, f: f.CatTransform([f.ExpTransform(), f.TanhTransform()], -1, [1, 2]), VECTORS),
    "stack": (lambda t, f: f.StackTransform([f.ExpTransform(), f.TanhTransform(), f.ExpTransform()], -1), VECTORS),
    "identity": (lambda t, f: f.identity_transform, NUMBERS),
}  # fmt: skip
BIJECTIVE = [name for name, (make, _) in TRANSFORMS.items() if make(autograd, d).bijective]


def made(name):
    make, values = TRANSFORMS[name]
    return make(autograd, d), autograd.tensor(values, dtype=autograd.float64)


@pytest.mark.parametrize("name", BIJECTIVE)
def test_the_inverse_of_a_bijective_transform_undoes_it(name):
    transform, x = made(name)
    y = transform(x)
    assert transform.domain.check(x).all() and transform.codomain.check(y).all()
    np.testing.assert_allclose(transform.inv(y), x, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(transform(transform.inv(y)), y, rtol=1e-6, atol=1e-9)
    assert transform.forward_shape(x.shape) == y.shape and transform.inverse_shape(y.shape) == x.shape


def free_numbers(name, y):
    """As many numbers of one result as are free: what simplexes and triangular matrices have besides is determined."""
    if "stick" in name or "compose with" in name:
        return y[:-1]
    return tril_matrix_to_vec(y, -1) if name == "correlations" else y.reshape(-1)


@pytest.mark.parametrize("name", BIJECTIVE)
def test_the_log_derivative_is_the_log_determinant_of_the_jacobian(name):
    transform, x = made(name)
    assert autograd.func.jacrev(transform.inv)(transform(x)).isfinite().all()
    found = transform.log_abs_det_jacobian(x, transform(x))
    for i, one in enumerate(x):
        jacobian = autograd.func.jacrev(lambda x: free_numbers(name, transform(x)))(one)
        expected = autograd.linalg.slogdet(jacobian.reshape(one.numel(), one.numel()))[1]
        np.testing.assert_allclose(found[i].sum(), expected, rtol=1e-6, atol=1e-9)
    inverse = transform.inv.log_abs_det_jacobian(transform(x), x)
    np.testing.assert_allclose(inverse, -found, rtol=1e-9)


def answers_of(library):
    """By name of a transform: its results, inverses, log derivatives and the gradients of their sums."""
    record = {}
    for name, (make, values) in TRANSFORMS.items():
        transform = make(library, library.distributions)
        x = library.tensor(values, dtype=library.float64, requires_grad=True)
        y = transform(x)
        found = [y, transform.inv(y)]
        if transform.bijective:
            found.append(transform.log_abs_det_jacobian(x, y) + 0 * x.sum())
        weights = [library.arange(part.numel(), dtype=part.dtype).reshape(part.shape).cos() for part in found]
        total = sum((w * part).sum() for w, part in zip(weights, found))
        record[name] = [*found, library.autograd.grad(total, x)[0], transform.domain.event_dim, repr(transform)]
    return record


def test_values_and_gradients_are_those_of_pytorch(answers):
    assert_alike(answers_of(autograd), answers("torch", answers_of), 1e-6, 1e-8)


DISTRIBUTIONS = {
    "log-normal": (lambda t, f: f.LogNormal(0.3, 0.8), (1e-9, 60)),
    "logistic": (lambda t, f: f.TransformedDistribution(f.Uniform(0.0, 1.0), [f.SigmoidTransform().inv,
                                                                            f.AffineTransform(1.0, 0.5)]), (-12, 14)),
    "squashed": (lambda t, f: f.TransformedDistribution(f.Normal(0.2, 0.5), [f.TanhTransform()]),
                 (-1 + 1e-9, 1 - 1e-9)),
    "decreasing": (lambda t, f: f.TransformedDistribution(f.Normal(0.0, 1.0), f.AffineTransform(2.0, -3.0)), (-25, 29)),
    "inverse power": (lambda t, f: f.TransformedDistribution(f.Exponential(1.0), f.PowerTransform(0.5)), (1e-9, 9)),
}  # fmt: skip


def grid(low, high):
    return autograd.linspace(low, high, 20001, dtype=autograd.float64)


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_the_density_of_a_transformed_distribution_integrates_to_one(name):
    make, (low, high) = DISTRIBUTIONS[name]
    distribution, x = make(autograd, d), grid(low, high)
    density = distribution.log_prob(x).exp()
    assert autograd.trapezoid(density, x).item() == pytest.approx(1, abs=2e-4)
    below = distribution.cdf(x)
    np.testing.assert_allclose(autograd.cumulative_trapezoid(density, x), below[1:] - below[0], atol=2e-4)
    inner = below[(below > 0.01) & (below < 0.99)][::500]
    np.testing.assert_allclose(distribution.cdf(distribution.icdf(inner)), inner, atol=1e-6)


def test_draws_of_a_transformed_distribution_have_its_moments_and_gradients():
    autograd.manual_seed(0)
    loc = autograd.tensor(0.25, requires_grad=True)
    distribution = d.LogNormal(loc, 0.5)
    draws = distribution.rsample((40000,))
    assert draws.mean().item() == pytest.approx(distribution.mean.item(), rel=0.02)
    assert draws.var().item() == pytest.approx(distribution.variance.item(), rel=0.1)
    (slope,) = autograd.autograd.grad(draws.mean(), loc)
    assert slope.item() == pytest.approx(distribution.mean.item(), rel=0.02)  # the mean is exp(loc) times a constant
    assert not distribution.sample().requires_grad


def shapes(library):
    """Batch and event shapes, supports and log probabilities of transformed distributions of several dims."""
    f = library.distributions
    normal = f.Normal(library.zeros(2, 3), 1.0)
    made = [
        f.TransformedDistribution(normal, f.StickBreakingTransform()),
        f.TransformedDistribution(normal, [f.ExpTransform()]),
        f.TransformedDistribution(f.Independent(normal, 1), f.ExpTransform()),
        f.TransformedDistribution(f.Normal(0.0, 1.0), f.AffineTransform(library.zeros(4), 2.0)),
        f.TransformedDistribution(f.Normal(library.zeros(6), 1.0), f.ReshapeTransform((6,), (2, 3))),
        f.TransformedDistribution(normal, []),
    ]
    made.append(made[0].expand((5, 2)))
    record = []
    for distribution in made:
        library.manual_seed(0)
        draw = distribution.sample()
        x = library.full(draw.shape, 1.0 / draw.shape[-1] if draw.shape else 0.5)
        record.append([
            tuple(distribution.batch_shape), tuple(distribution.event_shape), tuple(draw.shape),
            distribution.log_prob(x), distribution.has_rsample, distribution.support.event_dim,
        ])  # fmt: skip
    return record


def test_shapes_and_log_probabilities_are_those_of_pytorch(answers):
    assert_alike(shapes(autograd), answers("torch", shapes), 1e-5, 1e-6)


def others(library):
    """The multinomial and the log-normal distribution, divergences, and what cannot be computed."""
    f = library.distributions
    multinomial = f.Multinomial(4, library.tensor([[0.2, 0.3, 0.5], [0.1, 0.1, 0.8]]))
    log_normal = f.LogNormal(library.tensor([0.0, 0.5]), 0.7)
    return [
        multinomial.log_prob(library.tensor([1.0, 1.0, 2.0])), multinomial.mean, multinomial.variance,
        multinomial.expand((3, 2)).mean, multinomial.sample((7,)).sum(-1), repr(multinomial.support),
        f.Multinomial(2, logits=library.tensor([0.0, -math.inf])).log_prob(library.tensor([2.0, 0.0])),
        log_normal.log_prob(library.tensor(1.5)), log_normal.mean, log_normal.mode, log_normal.variance,
        log_normal.entropy(), log_normal.cdf(library.tensor(2.0)), log_normal.icdf(library.tensor(0.3)),
        f.kl_divergence(log_normal, f.LogNormal(1.0, 2.0)),
        sorted(log_normal.arg_constraints), repr(log_normal.support),
    ]  # fmt: skip


def test_multinomial_and_log_normal_agree_with_pytorch(answers):
    assert_alike(others(autograd), answers("torch", others), 1e-5, 1e-6)


def test_divergences_need_the_same_transforms():
    base = d.Normal(0.0, 1.0)
    with pytest.raises(NotImplementedError, match="different transforms"):
        d.kl_divergence(d.LogNormal(0.0, 1.0), d.TransformedDistribution(base, [d.TanhTransform()]))
    with pytest.raises(ValueError, match="must be a Transform"):
        d.TransformedDistribution(base, [base])
    with pytest.raises(ValueError, match="size at least 1"):
        d.TransformedDistribution(base, d.StickBreakingTransform())


CONSTRAINTS = {
    "real": constraints.real, "positive": constraints.positive, "nonnegative": constraints.nonnegative,
    "unit": constraints.unit_interval, "less": constraints.less_than(2.0), "interval": constraints.interval(-1.0, 3.0),
    "half open": constraints.half_open_interval(1.0, 2.0), "real_vector": constraints.real_vector,
    "simplex": constraints.simplex, "correlations": constraints.corr_cholesky,
    "cat": constraints.cat([constraints.real, constraints.positive], -1, [1, 2]),
    "stack": constraints.stack([constraints.real, constraints.positive, constraints.unit_interval], -1),
    "lower": constraints.lower_cholesky, "definite": constraints.positive_definite,
}  # fmt: skip


@pytest.mark.parametrize("registry", [d.biject_to, d.transform_to])
@pytest.mark.parametrize("name", CONSTRAINTS)
def test_the_registry_transforms_any_numbers_to_values_of_the_constraint(name, registry):
    if registry is d.biject_to and name in ("lower", "definite"):
        with pytest.raises(NotImplementedError, match="Cannot transform"):
            registry(CONSTRAINTS[name])
        return
    transform = registry(CONSTRAINTS[name])
    x = autograd.randn(5, 3, 3) if name in ("lower", "definite") else autograd.randn(5, 3)
    y = transform(x.double())
    assert CONSTRAINTS[name].check(y).all()
    np.testing.assert_allclose(transform(transform.inv(y)), y, rtol=1e-5)
    assert transform.bijective or registry is d.transform_to


def test_users_register_transforms_and_define_their_own():
    class Even(constraints.Constraint):
        event_dim = 1

        def check(self, value):
            return (value.flip(-1) == value).all(-1)

    class Mirrored(d.Transform):
        domain, codomain = constraints.real_vector, Even()

        def _call(self, x):
            return x + x.flip(-1)

    @d.transform_to.register(Even)
    def mirrored(constraint):
        return Mirrored(cache_size=1)

    transform, x = d.transform_to(Even()), autograd.randn(4)
    assert Even().check(transform(x)) and transform(x) is transform(x) and repr(Even()) == "Even()"
    assert transform.inv(transform(x)) is x  # from the cache: it has no inverse of its own
    with pytest.raises(NotImplementedError, match="does not define _inverse"):
        transform.with_cache(0).inv(x)
    with pytest.raises(TypeError, match="Constraint subclass or instance"):
        d.biject_to.register(3, mirrored)
    with pytest.raises(ValueError, match="cache_size must be 0 or 1"):
        Mirrored(cache_size=2)


def test_a_distribution_of_a_user_may_have_dependent_constraints_and_expand_by_instance():
    class Above(d.Distribution):
        arg_constraints: ClassVar = {"low": constraints.dependent(is_discrete=False)}

        def __init__(self, low, validate_args=None):
            self.low = low
            super().__init__(low.shape, validate_args=validate_args)

        @constraints.dependent_property(is_discrete=False, event_dim=0)
        def support(self):
            return constraints.greater_than(self.low)

        @lazy_property
        def doubled(self):
            return self.low * 2

        def expand(self, batch_shape, _instance=None):
            new = self._get_checked_instance(Above, _instance)
            new.low = self.low.expand(batch_shape)
            return super().expand(batch_shape, _instance=new)

    above = Above(autograd.tensor(1.0))
    assert constraints.is_dependent(Above.support) and repr(above.support) == "GreaterThan(lower_bound=1.0)"
    assert above.doubled is above.doubled and above.expand((3,)).batch_shape == above.expand((3,)).low.shape == (3,)


def test_transforms_compare_copy_and_are_freed():
    affine = d.AffineTransform(1.0, autograd.ones(2))
    assert affine == d.AffineTransform(1.0, autograd.ones(2)) != d.AffineTransform(0.0, 1.0)
    assert d.ExpTransform() == d.ExpTransform() != d.TanhTransform() and d.ExpTransform().inv == d.ExpTransform().inv
    assert hash(affine) == hash(d.AffineTransform(1.0, autograd.ones(2)))
    inverse = affine.inv
    assert inverse.inv is affine and affine.inv is inverse
    for twin in (copy.deepcopy(inverse), pickle.loads(pickle.dumps(d.ExpTransform().inv))):
        assert twin(autograd.ones(2)).isfinite().all() and twin.inv.inv == twin
    watched = weakref.ref(affine)
    gc.disable()
    try:
        del affine, inverse
        assert watched() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("diag", [-2, -1, 0, 1])
def test_triangular_matrices_and_vectors_convert(diag):
    matrix = autograd.arange(32.0).reshape(2, 4, 4).tril(diag)
    assert (vec_to_tril_matrix(tril_matrix_to_vec(matrix, diag), diag) == matrix).all()
    with pytest.raises(ValueError, match="cannot be expressed"):
        vec_to_tril_matrix(autograd.ones(7), diag)


def checks(library):
    """Which values each constraint accepts."""
    c, f64 = library.distributions.constraints, library.float64
    numbers = library.tensor([-1.0, 0.0, 0.5, 1.0, 2.0, 7.0, math.inf, math.nan], dtype=f64)
    vectors = library.tensor([[0.0, 1.0, 0.0], [0.2, 0.3, 0.5], [1.0, 1.0, 2.0], [-1.0, 1.0, 1.0]], dtype=f64)
    matrices = library.tensor(
        [[[1.0, 0.0], [0.6, 0.8]], [[2.0, 1.0], [1.0, 2.0]], [[0.0, 0.0], [1.0, 0.0]], [[1.0, 1.0], [1.0, 1.0]]],
        dtype=f64,
    )
    groups = [
        (numbers, [c.boolean, c.greater_than(1), c.greater_than_eq(1), c.half_open_interval(0, 1), c.unit_interval,
                   c.integer_interval(0, 2), c.less_than(1), c.nonnegative, c.nonnegative_integer, c.positive,
                   c.positive_integer, c.real]),
        (vectors, [c.one_hot, c.simplex, c.multinomial(4), c.real_vector, c.cat([c.real, c.positive], -1, [1, 2]),
                   c.stack([c.real, c.positive, c.boolean], -1)]),
        (matrices, [c.square, c.symmetric, c.lower_triangular, c.lower_cholesky, c.corr_cholesky]),
    ]  # fmt: skip
    found = [[(kind.check(x), kind.event_dim, kind.is_discrete) for kind in kinds] for x, kinds in groups]
    return found, [[c.positive_definite.check(m), c.positive_semidefinite.check(m)] for m in matrices]


def test_constraints_accept_what_pytorchs_accept(answers):
    assert_alike(checks(autograd), answers("torch", checks))
