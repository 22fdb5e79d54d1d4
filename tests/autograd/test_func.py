"""autograd.func: nesting, agreement of the transforms with each other and with PyTorch, errors."""

import re

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
from autograd import func, nn, tensor
from tests.tools.answers import assert_alike
from tests.tools.shares import share

# PyTorch announces deprecations of its own when it is first used.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

seeds = st.integers(0, 10_000)
POWERS = {"sin": autograd.sin, "cube": lambda x: x**3, "exp": autograd.exp, "ratio": lambda x: x / (1 + x * x)}


def draw(rng, *shape):
    return tensor(rng.uniform(0.2, 1, shape))


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_grad_nests_to_any_order(n):
    f, x = autograd.exp, tensor(0.5, dtype=autograd.float64)
    for _ in range(n):
        f = func.grad(f)
    assert f(x).item() == pytest.approx(np.exp(0.5))
    assert not f(x).requires_grad


def test_nested_grads_do_not_confuse_their_variables():
    g = func.grad(lambda x: x * func.grad(lambda y: x + y)(tensor(1.0)))(tensor(1.0))
    assert g.item() == 1
    assert func.grad(lambda x: func.grad(lambda y: x * y * y)(x))(tensor(3.0)).item() == 12


def test_a_captured_tensor_can_be_differentiated_outside_the_transform():
    w = tensor(2.0, requires_grad=True)
    g = func.grad(lambda x: w * x * x)(tensor(3.0))
    g.backward()
    assert w.grad.item() == 6
    x = tensor(3.0, requires_grad=True)
    func.grad(lambda x: x**3)(x).backward()
    assert x.grad.item() == 18
    with autograd.no_grad():
        assert not func.grad(lambda x: w * x * x)(x).requires_grad


def test_argnums_chooses_arguments_which_may_be_nested():
    def loss(params, x, *, scale):
        return scale * (params["w"] * x).sum() + params["b"][0] * 2

    params, x = {"w": tensor([1.0, 2.0]), "b": [tensor(3.0)]}, tensor([4.0, 5.0])
    g = func.grad(loss)(params, x, scale=10.0)
    assert g["w"].tolist() == [40, 50] and g["b"][0].item() == 2
    gw, gx = func.grad(loss, argnums=(0, 1))(params, x, scale=1.0)
    assert gx.tolist() == [1, 2] and set(gw) == {"w", "b"}
    assert func.grad(loss, argnums=-1)(params, x, scale=1.0).tolist() == [1, 2]


def test_values_and_auxiliary_data_are_returned():
    def f(x):
        return (x * x).sum(), {"twice": x * 2}

    x = tensor([1.0, 2.0])
    g, aux = func.grad(f, has_aux=True)(x)
    assert (g.tolist(), aux["twice"].tolist(), aux["twice"].requires_grad) == ([2, 4], [2, 4], False)
    (value, _), g = func.value_and_grad(f, has_aux=True)(x)
    assert (value.item(), g.tolist(), value.requires_grad) == (5, [2, 4], False)
    g, value = func.grad_and_value(lambda x: f(x)[0])(x)
    assert (value.item(), g.tolist()) == (5, [2, 4])


@share(1 / 2)
@given(st.sampled_from(sorted(POWERS)), seeds)
def test_jacrev_and_jacfwd_agree_and_compose_to_the_hessian(name, seed):
    rng = np.random.default_rng(seed)
    m, x = draw(rng, 2, 3), draw(rng, 3)

    def f(x):
        return POWERS[name](m @ x) * x.sum()

    assert autograd.allclose(func.jacrev(f)(x), func.jacfwd(f)(x))
    rev, fwd = func.jacrev, func.jacfwd
    first = func.hessian(f)(x)
    assert first.shape == (2, 3, 3)
    assert autograd.allclose(first, first.transpose(1, 2))
    for outer in (rev, fwd):
        for inner in (rev, fwd):
            assert autograd.allclose(outer(inner(f))(x), first)


@share(1 / 2)
@given(seeds)
def test_vjp_and_jvp_are_transposes(seed):
    rng = np.random.default_rng(seed)
    x, y, t, s = (draw(rng, 3) for _ in range(4))

    def f(x, y):
        return {"a": (x * y).sin(), "b": (x @ y).exp()}

    out, pull = func.vjp(f, x, y)
    _, slopes = func.jvp(f, (x, y), (t, s))
    u = {"a": draw(rng, 3), "b": draw(rng)}
    gx, gy = pull(u)
    assert pull(u)[0].tolist() == gx.tolist()
    left = (u["a"] * slopes["a"]).sum() + u["b"] * slopes["b"]
    assert left.item() == pytest.approx(((gx * t).sum() + (gy * s).sum()).item())
    assert not out["a"].requires_grad and not slopes["a"].requires_grad


def test_vmap_equals_a_loop_and_composes_with_grad_in_both_orders():
    rng = np.random.default_rng(0)
    x, w = draw(rng, 4, 3), draw(rng, 3)

    def loss(w, x):
        return (w * x).sum().sin()

    per_sample = func.vmap(func.grad(loss), in_dims=(None, 0))(w, x)
    for row, g in zip(x, per_sample):
        assert autograd.allclose(g, func.grad(loss)(w, row))
    total = func.grad(lambda w: func.vmap(loss, in_dims=(None, 0))(w, x).sum())(w)
    assert autograd.allclose(total, per_sample.sum(0))
    w.requires_grad_()
    func.vmap(loss, in_dims=(None, 0))(w, x).sum().backward()
    assert autograd.allclose(w.grad, total)


def test_vmap_takes_in_dims_and_out_dims_and_nests():
    x = autograd.arange(24).reshape(2, 3, 4)
    assert func.vmap(lambda r: r, in_dims=1, out_dims=-1)(x).shape == (2, 4, 3)
    assert autograd.equal(func.vmap(lambda r: r, in_dims=-1, out_dims=-1)(x), x)
    a, b = func.vmap(lambda d: (d["x"] + d["y"], d["x"].sum()), in_dims=({"x": 0, "y": None},))({"x": x, "y": x[0]})
    assert autograd.equal(a, x + x[0]) and autograd.equal(b, x.sum((1, 2)))
    outer = func.vmap(func.vmap(lambda p, q: p * q, (None, 0)), (0, None))
    assert autograd.equal(
        outer(autograd.arange(3), autograd.arange(4)), autograd.outer(autograd.arange(3), autograd.arange(4))
    )
    assert func.vmap(lambda r: r.sum())(autograd.zeros(0, 3)).shape == (0,)
    _, kept = func.vmap(lambda r: (r, tensor(7)), out_dims=(0, None))(x)
    assert kept.item() == 7


def test_vmap_draws_random_numbers_as_randomness_says():
    x = autograd.zeros(3)
    with pytest.raises(RuntimeError, match="called random operation while in randomness error mode"):
        func.vmap(lambda r: r + autograd.rand(()))(x)
    same = func.vmap(lambda r: r + autograd.rand(()), randomness="same")(x)
    different = func.vmap(lambda r: r + autograd.rand(()), randomness="different")(x)
    assert len(set(same.tolist())) == 1 and len(set(different.tolist())) == 3


def test_functional_call_replaces_parameters_for_one_call_and_is_differentiable():
    model = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    x = autograd.ones(4, 2)
    params = {name: p.detach() * 2 for name, p in model.named_parameters()}
    before = model(x)
    doubled = func.functional_call(model, params, x)
    assert autograd.equal(model(x), before) and not autograd.allclose(doubled, before)
    other = nn.Sequential(nn.Linear(2, 3), nn.Tanh(), nn.Linear(3, 1))
    other.load_state_dict(params)
    assert autograd.equal(other(x), doubled)
    g = func.grad(lambda p: func.functional_call(model, p, (x,)).sum())(params)
    other(x).sum().backward()
    for name, p in other.named_parameters():
        assert autograd.allclose(g[name], p.grad)
    assert all(p.grad is None for p in model.parameters())
    with pytest.raises(RuntimeError, match="missing key"):
        func.functional_call(model, {"0.bias": params["0.bias"]}, x, strict=True)
    with pytest.raises(ZeroDivisionError):
        func.functional_call(type("Bad", (nn.Linear,), {"forward": lambda self, x: 1 / 0})(1, 1), {}, x)


ERRORS = [
    (lambda lib, x: lib.func.grad(lambda x: x)(x), RuntimeError, "return a scalar Tensor, got tensor with 1 dims"),
    (lambda lib, x: lib.func.grad(lambda x: 3.0)(x), RuntimeError, "to return a Tensor, got <class 'float'>"),
    (lambda lib, x: lib.func.grad(lambda x: x.sum(), argnums=2)(x), RuntimeError, "but only 1 positional"),
    (lambda lib, x: lib.func.grad(lambda x: x.sum(), argnums=(0, 0))(x), RuntimeError, "must be unique"),
    (lambda lib, x: lib.func.grad(lambda x: x.sum(), has_aux=True)(x), RuntimeError, "should be a tuple"),
    (lambda lib, x: lib.func.grad(lambda x: x)(3.0), ValueError, "Thing passed to transform API must be Tensor"),
    (lambda lib, x: lib.func.grad(lambda x: x.sum())(x.long()), RuntimeError, "only Tensors of floating point"),
    (lambda lib, x: lib.func.jvp(lambda x: x, x, (x,)), RuntimeError, "Expected primals to be a tuple"),
    (lambda lib, x: lib.func.jvp(lambda x: x * 2, (x,), (x[:1],)), RuntimeError, "different size than"),
    (lambda lib, x: lib.func.vjp(lambda x: x * 2, x)[1](x[:1]), RuntimeError, "Mismatch in shape: grad_output"),
    (lambda lib, x: lib.vmap(lambda x: x, in_dims=(0, 0))(x), ValueError, "in_dims is not compatible"),
    (lambda lib, x: lib.vmap(lambda x: x)(x.sum()), ValueError, "that input is a Tensor of dimensionality 0"),
    (lambda lib, x: lib.vmap(lambda x, y: x)(x, x[:1]), ValueError, "same size in the mapped dimension, got sizes"),
    (lambda lib, x: lib.vmap(lambda x: 3)(x), ValueError, "must only return Tensors, got type <class 'int'>"),
    (lambda lib, x: lib.vmap(lambda x: x, in_dims=None)(x), ValueError, "expected `in_dims` to be int or a"),
    (lambda lib, x: lib.vmap(lambda x: x, in_dims=3)(x), ValueError, "Got in_dim=3 for some input"),
    (lambda lib, x: lib.vmap(lambda x: x, out_dims=(0, 1))(x), ValueError, "out_dims is not compatible"),
    (lambda lib, x: lib.vmap(lambda x: x)(x, 3), ValueError, "cannot vmap over non-Tensor arguments"),
    (lambda lib, x: lib.vmap(lambda x: x)(), ValueError, "got no inputs"),
    (lambda lib, x: lib.vmap(lambda x: x, out_dims=None)(x), ValueError, "can not return a BatchedTensor"),
]  # fmt: skip


@pytest.mark.parametrize("run, kind, message", ERRORS, ids=[message for *_, message in ERRORS])
def test_wrong_input_raises_as_in_pytorch(run, kind, message, answers):
    with pytest.raises(kind, match=message):
        run(autograd, tensor([1.0, 2.0]))

    def error_of(torch):
        with pytest.raises((ValueError, RuntimeError)) as caught:
            run(torch, torch.tensor([1.0, 2.0]))
        return caught.type, str(caught.value)

    name, words = answers("torch", error_of)
    assert name == kind.__name__ and re.search(message, words)


def test_results_are_those_of_pytorch(answers):
    def results(lib):
        x = lib.tensor([[0.1, 0.5], [-0.3, 0.8]], dtype=lib.float64)
        y = lib.tensor([0.2, -0.4], dtype=lib.float64)

        def two(x, y):
            return (x @ y).sin(), {"s": (x * y).sum().exp()}

        def one(x, y):
            return (x @ y).sin().sum() * y.exp().sum()

        f = lib.func
        return [
            f.grad(one, (0, 1))(x, y),
            f.jacrev(two, (0, 1))(x, y),
            f.jacfwd(two, 1)(x, y),
            f.hessian(one)(x, y),
            f.hessian(one, (0, 1))(x, y),
            f.jvp(two, (x, y), (x * 2, y * 3)),
            f.vjp(two, x, y)[1]((y, {"s": y.sum()})),
            lib.vmap(f.hessian(one), (0, None))(x.reshape(2, 1, 2), y),
        ]

    assert_alike(results(autograd), answers("torch", results), rtol=1e-12, atol=1e-14)


def test_vmap_over_the_stacked_state_of_an_ensemble():
    models = [nn.BatchNorm1d(2).eval(), nn.BatchNorm1d(2).eval()]
    models[1].running_mean.fill_(3.0)
    parameters, buffers = func.stack_module_state(models)
    assert parameters["weight"].requires_grad and not buffers["running_mean"].requires_grad
    x = autograd.ones(4, 2)
    together = func.vmap(lambda p, b: func.functional_call(models[0], (p, b), (x,)))(parameters, buffers)
    for out, model in zip(together, models, strict=True):
        assert autograd.allclose(out, model(x))
    for wrong in ([], [nn.Linear(1, 1), nn.ReLU()]):
        with pytest.raises(RuntimeError, match="stack_module_state: Expected"):
            func.stack_module_state(wrong)


def test_an_output_that_is_not_a_tensor_raises():
    x = tensor([1.0, 2.0])
    for run in (func.jacrev, func.jacfwd, lambda f: lambda x: func.jvp(f, (x,), (x,))):
        with pytest.raises(RuntimeError, match="return Tensors only, got <class 'float'> as output 1"):
            run(lambda x: (x, 3.0))(x)


def test_jacobians_of_nested_outputs_and_arguments_that_do_not_depend_on_each_other():
    x, y = tensor([1.0, 2.0]), tensor(3.0)
    for transform in (func.jacrev, func.jacfwd):
        found = transform(lambda x, y: {"a": x * 2, "b": [y * y, autograd.zeros(0)]}, argnums=(0, 1))(x, y)
        assert found["a"][0].tolist() == [[2, 0], [0, 2]] and found["a"][1].tolist() == [0, 0]
        assert found["b"][0][0].tolist() == [0, 0] and found["b"][0][1].item() == 6
        assert found["b"][1][0].shape == (0, 2) and found["b"][1][1].shape == (0,)


def test_vmap_over_an_empty_batch_calls_the_function_once_with_zeros_of_a_slice():
    seen = []
    out = func.vmap(lambda x: (seen.append(x.shape), x.sum(0))[1], in_dims=1)(autograd.zeros(3, 0, 2))
    assert seen == [(3, 2)] and out.shape == (0, 2)
