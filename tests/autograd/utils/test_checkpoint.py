"""Checkpoints: the same gradients as without, random numbers, memory, and errors of the recomputation."""

from __future__ import annotations

import weakref

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
from autograd import nn, tensor
from autograd.utils.checkpoint import CheckpointError, checkpoint, checkpoint_sequential
from tests.tools.shares import share
from tests.tools.tensors import leaf


@share(1 / 2)
@given(st.integers(0, 1000), st.booleans())
def test_a_checkpoint_changes_no_gradient(seed, second_order):
    rng = np.random.default_rng(seed)
    values = rng.uniform(-1, 1, (2, 4))

    def derivatives(run):
        x, w = (tensor(v, requires_grad=True) for v in values)
        out = run(lambda a: (a * w).sin().exp() * a, run(lambda a: (a + w).tanh(), x)).sum()
        gs = autograd.grad(out, (x, w), create_graph=second_order)
        if second_order:
            gs = (*gs, *autograd.grad(sum((g * g).sum() for g in gs), (x, w)))
        return [g.tolist() for g in gs]

    plain = derivatives(lambda f, a: f(a))
    assert derivatives(lambda f, a: checkpoint(f, a, use_reentrant=False)) == plain


def test_a_checkpoint_draws_the_same_random_numbers_again():
    x = autograd.ones(1000, requires_grad=True)
    autograd.manual_seed(0)
    y = checkpoint(lambda x: x * autograd.rand(1000) * x, x)
    following = autograd.rand(1)
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * y.detach().numpy(), rtol=1e-6)
    autograd.manual_seed(0)
    autograd.rand(1000)
    assert autograd.rand(1) == following


def test_a_checkpoint_frees_intermediate_values():
    x = autograd.ones(1000, requires_grad=True)
    inside = []

    def function(x):
        a = x.exp()
        inside.append(weakref.ref(a.array))
        return a.sin().exp()

    y = checkpoint(function, x)
    assert inside[0]() is None
    y.sum().backward()
    assert len(inside) == 2


def test_nested_checkpoints_give_the_same_gradient():
    x, w = leaf([0.5]), leaf([0.5])
    checkpoint(lambda a: checkpoint(lambda b: b.sin().exp(), a * a).tanh(), x).sum().backward()
    (w * w).sin().exp().tanh().sum().backward()
    assert x.grad.tolist() == w.grad.tolist()


def test_parameters_of_a_checkpointed_module_get_their_gradients():
    autograd.manual_seed(0)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 2), nn.Tanh())
    x = autograd.randn(5, 3)
    model(x).sum().backward()
    expected = [p.grad.clone() for p in model.parameters()]
    for run in (lambda: checkpoint(model, x, use_reentrant=False), lambda: checkpoint_sequential(model, 2, x)):
        model.zero_grad()
        run().sum().backward()
        assert all(autograd.equal(p.grad, g) for p, g in zip(model.parameters(), expected))


def test_a_function_that_computes_something_else_the_second_time_raises():
    calls = []

    def fickle(x):
        calls.append(1)
        return x.exp() if len(calls) == 1 else x.exp().sin()

    y = checkpoint(fickle, leaf([1.0]))
    with pytest.raises(CheckpointError, match="different number of tensors"):
        y.sum().backward()


def test_an_input_that_was_modified_in_place_raises():
    x = leaf([1.0]) * 1
    y = checkpoint(lambda x: x.exp().exp(), x)
    x.detach().mul_(2)
    with pytest.raises(CheckpointError, match="inplace operation"):
        y.sum().backward()
