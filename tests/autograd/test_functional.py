"""autograd.functional: identities between derivatives, and PyTorch's results and errors."""

import re

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
from autograd import functional, tensor
from tests.tools.answers import assert_alike
from tests.tools.shares import share

F64 = autograd.float64
seeds = st.integers(0, 10_000)


def draw(rng, *shape):
    return tensor(rng.uniform(-1, 1, shape))


def curve(x):
    """A smooth function of a vector of 3, which returns a vector of 2."""
    return autograd.stack([(x * x).sum().sin(), x[0] * x[1].exp() + x[2]])


def scalar(x):
    return (x.sin() * x.flip(0).exp()).sum() + x.prod()


def pair(x, y):
    return (x * y.sum()).exp(), (x.sum() * y).sin()


@share(1 / 2)
@given(seeds)
def test_vjp_and_jvp_are_transposes(seed):
    rng = np.random.default_rng(seed)
    x, u, v = draw(rng, 3), draw(rng, 2), draw(rng, 3)
    _, pulled = functional.vjp(curve, x, u)
    _, pushed = functional.jvp(curve, x, v)
    assert (u * pushed).sum().item() == pytest.approx((pulled * v).sum().item(), rel=1e-12, abs=1e-14)


@share(1 / 2)
@given(seeds)
def test_the_jacobian_of_a_linear_map_is_the_map(seed):
    rng = np.random.default_rng(seed)
    m, x = draw(rng, 2, 3), draw(rng, 3)
    assert autograd.allclose(functional.jacobian(lambda x: m @ x, x), m)
    forward = functional.jacobian(lambda x: m @ x, x, vectorize=True, strategy="forward-mode")
    assert autograd.allclose(forward, m)


@share(1 / 2)
@given(seeds)
def test_the_jacobian_of_a_composition_is_the_product(seed):
    rng = np.random.default_rng(seed)
    x, m = draw(rng, 3), draw(rng, 3, 2)
    whole = functional.jacobian(lambda x: m @ curve(x), x)
    assert autograd.allclose(whole, functional.jacobian(lambda y: m @ y, curve(x)) @ functional.jacobian(curve, x))


@share(1 / 2)
@given(seeds)
def test_the_hessian_is_symmetric_and_the_jacobian_of_the_gradient(seed):
    rng = np.random.default_rng(seed)
    x = draw(rng, 3)
    h = functional.hessian(scalar, x)
    assert autograd.allclose(h, h.T)

    def gradient(x):
        return autograd.grad(scalar(x), x, create_graph=True)[0]

    assert autograd.allclose(h, functional.jacobian(gradient, x))


@share(1 / 2)
@given(seeds)
def test_hvp_and_vhp_are_products_with_the_hessian(seed):
    rng = np.random.default_rng(seed)
    x, v = draw(rng, 3), draw(rng, 3)
    h = functional.hessian(scalar, x)
    for product in (functional.hvp, functional.vhp):
        value, hv = product(scalar, x, v)
        assert value.item() == pytest.approx(scalar(x).item())
        assert autograd.allclose(hv, h @ v)


@share(1 / 2)
@given(seeds)
def test_the_jacobian_times_a_vector_is_the_jvp(seed):
    rng = np.random.default_rng(seed)
    x, y, v, w = draw(rng, 2, 2), draw(rng, 3), draw(rng, 2, 2), draw(rng, 3)
    outs, slopes = functional.jvp(pair, (x, y), (v, w))
    for out, slope, (by_x, by_y) in zip(outs, slopes, functional.jacobian(pair, (x, y)), strict=True):
        assert by_x.shape == out.shape + x.shape and by_y.shape == out.shape + y.shape
        expected = (by_x * v).flatten(out.ndim).sum(-1) + (by_y * w).flatten(out.ndim).sum(-1)
        assert autograd.allclose(slope, expected)


def test_results_are_recorded_only_with_create_graph():
    x = tensor([1.0, 2.0], requires_grad=True)
    for run in (
        lambda c: functional.jacobian(lambda x: x**3, x, create_graph=c),
        lambda c: functional.hessian(lambda x: (x**3).sum(), x, create_graph=c),
        lambda c: functional.vjp(lambda x: x**3, x, autograd.ones(2), create_graph=c)[1],
        lambda c: functional.jvp(lambda x: x**3, x, autograd.ones(2), create_graph=c)[1],
        lambda c: functional.hvp(lambda x: (x**4).sum(), x, autograd.ones(2), create_graph=c)[1],
        lambda c: functional.vhp(lambda x: (x**4).sum(), x, autograd.ones(2), create_graph=c)[1],
    ):
        assert not run(False).requires_grad
        out = run(True)
        (g,) = autograd.grad(out.sum(), x)
        assert g.shape == (2,) and bool((g != 0).all())
    assert x.grad is None


def test_an_output_independent_of_an_input_gives_zeros_or_raises_if_strict():
    x = tensor([1.0, 2.0])
    assert functional.jacobian(lambda x: autograd.ones(2), x).tolist() == [[0, 0], [0, 0]]
    with pytest.raises(RuntimeError, match="Output 0 of the user-provided function does not require gradients"):
        functional.jacobian(lambda x: autograd.ones(2), x, strict=True)
    with pytest.raises(RuntimeError, match="is independent of input 1"):
        functional.jacobian(lambda x, y: x * 2, (x, x), strict=True)
    with pytest.raises(RuntimeError, match="respect to input 0 is independent of the input"):
        functional.hessian(lambda x: (x * 2).sum(), x, strict=True)
    assert functional.hessian(lambda x: (x * 2).sum(), x).tolist() == [[0, 0], [0, 0]]


def test_derivatives_of_empty_and_0d_tensors():
    assert functional.jacobian(lambda x: x * x, tensor(3.0)).item() == 6
    assert functional.jacobian(lambda x: x * x, autograd.zeros(0)).shape == (0, 0)
    assert functional.hessian(lambda x: x**3, tensor(2.0)).item() == 12
    assert functional.jvp(lambda x: x**3, tensor(2.0))[1].item() == 12


@pytest.mark.parametrize(
    "run, kind, message",
    [
        (lambda f, x: f.jacobian(lambda x: 3, x), TypeError, "outputs of the user-provided function"),
        (
            lambda f, x: f.jacobian(lambda x: x, 3),
            TypeError,
            "inputs given to jacobian must be either a Tensor or a tuple",
        ),
        (lambda f, x: f.hessian(lambda x: x * 2, x), RuntimeError, "given to hessian should contain a single element"),
        (
            lambda f, x: f.vjp(lambda x: x * 2, x),
            RuntimeError,
            "v can only be None if the user-provided function returns",
        ),
        (lambda f, x: f.vjp(lambda x: x * 2, x, x[:1]), RuntimeError, "v has invalid size: should be"),
        (lambda f, x: f.jvp(lambda x: x * 2, x), RuntimeError, "v can only be None if the input to the user-provided"),
        (lambda f, x: f.jvp(lambda x, y: x, (x, x), (x,)), RuntimeError, "invalid length: should be 2 but got 1"),
    ],
)
def test_wrong_input_raises_as_in_pytorch(run, kind, message, answers):
    with pytest.raises(kind, match=message):
        run(functional, tensor([1.0, 2.0]))

    def error_of(torch):
        with pytest.raises((TypeError, RuntimeError)) as caught:
            run(torch.autograd.functional, torch.tensor([1.0, 2.0]))
        return caught.type, str(caught.value)

    name, words = answers("torch", error_of)
    assert name == kind.__name__ and re.search(message, words)


def test_results_are_those_of_pytorch(answers):
    def results(lib):
        f = lib.autograd.functional
        x = lib.tensor([[0.1, 0.5], [-0.3, 0.8]], dtype=lib.float64)
        y = lib.tensor([0.2, -0.4], dtype=lib.float64)

        def two(x, y):
            return (x @ y).sin(), (x * y).sum().exp()

        def one(x, y):
            return (x @ y).sin().sum() * y.exp().sum()

        v = (x * 2, y * 3)
        return [
            f.jacobian(two, (x, y)),
            f.hessian(one, (x, y)),
            f.vjp(two, (x, y), (y, y.sum())),
            f.jvp(two, (x, y), v),
            f.hvp(one, (x, y), v),
            f.vhp(one, (x, y), v),
        ]

    assert_alike(results(autograd), answers("torch", results), rtol=1e-12, atol=1e-14)


def test_an_unsupported_strategy_raises():
    x = tensor([1.0, 2.0])
    with pytest.raises(ValueError, match="Expected strategy to be either"):
        functional.jacobian(lambda x: x, x, strategy="no")
    with pytest.raises(NotImplementedError, match="only supported with `vectorize=True`"):
        functional.jacobian(lambda x: x, x, strategy="forward-mode")
    with pytest.raises(RuntimeError, match="strict"):
        functional.jacobian(lambda x: x, x, strategy="forward-mode", vectorize=True, strict=True)
