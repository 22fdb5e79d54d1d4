"""Checkpoints: the same gradients as without, random numbers, memory, and errors of the recomputation."""

from __future__ import annotations

import weakref

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
from autograd import nn, tensor
from autograd.nn import functional as F
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


#: Operations whose rules need more than their arguments and results, or that choose by value.
OPERATIONS = {
    "layer norm": lambda x: F.layer_norm(x, (4,)),
    "layer norm with parameters": lambda x: F.layer_norm(x, (4,), x[0], x[1]),
    "group norm": lambda x: F.group_norm(x[None], 2),
    "batch norm": lambda x: F.batch_norm(x, None, None, training=True),
    "instance norm": lambda x: F.instance_norm(x[None]),
    "rms norm": lambda x: F.rms_norm(x, (4,)),
    "max pool": lambda x: F.max_pool2d(x[None, None], 2),
    "softmax": lambda x: x.softmax(0),
    "cross entropy": lambda x: F.cross_entropy(x, autograd.tensor([0, 1, 2, 3])),
    "sort": lambda x: x.sort(0)[0] * x,
    "median": lambda x: x.median(0)[0],
    "index": lambda x: x[x.argsort(0)[:, 0]] * x,
    "where": lambda x: autograd.where(x > 0.5, x * x, x.exp()),
    "cumprod": lambda x: x.cumprod(0),
    "logsumexp": lambda x: x.logsumexp(0),
    "solve": lambda x: autograd.linalg.solve(x + 2 * autograd.eye(4, dtype=x.dtype), x),
    "svd": lambda x: autograd.linalg.svdvals(x),
}


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=OPERATIONS)
def test_the_gradient_is_that_of_the_recomputed_values_and_of_none_of_the_first_call(operation):
    rng = np.random.default_rng(3)
    values = rng.permutation(16).reshape(4, 4) / 20 + 0.1
    again = rng.permutation(16).reshape(4, 4) / 20 + 0.1
    change, x, z = iter([leaf(values * 0), leaf(again - values)]), leaf(values), leaf(again)
    y = checkpoint(lambda x: operation(x + next(change).detach()), x)
    cotangent = autograd.tensor(rng.uniform(0.5, 1.5, tuple(y.shape)))
    y.backward(cotangent)
    operation(z).backward(cotangent)
    assert np.allclose(x.grad.numpy(), z.grad.numpy(), rtol=1e-6)


def test_a_checkpoint_over_a_normalization_of_other_values_stays_orthogonal_to_a_constant():
    count = [0]

    def f(x):
        count[0] += 1
        return F.layer_norm(x * [1.0, 3.0][count[0] - 1] + [0.0, 5.0][count[0] - 1], (3,))

    x = leaf([[1.0, 2.0, 4.0], [0.0, 3.0, 1.0]])
    (checkpoint(f, x, use_reentrant=False) ** 3).sum().backward()
    assert np.allclose(x.grad.sum(1).numpy(), 0)


def test_the_random_numbers_that_follow_a_backward_are_those_without_a_checkpoint():
    def drawn(run):
        autograd.manual_seed(5)
        x = leaf([1.0, 2.0, 3.0])
        y = run(lambda x: F.dropout(x * autograd.rand(3), 0.5).exp(), x)
        between = autograd.rand(2).tolist()
        y.sum().backward()
        return between, autograd.rand(2).tolist(), x.grad.tolist()

    assert drawn(checkpoint) == drawn(lambda function, x: function(x))


def test_without_preserve_rng_state_the_second_call_draws_new_random_numbers():
    autograd.manual_seed(5)
    x, drawn = leaf([1.0]), []
    y = checkpoint(lambda x: (x * (drawn.append(autograd.rand(1)) or drawn[-1])).exp(), x, preserve_rng_state=False)
    expected = autograd.get_rng_state()
    y.sum().backward()
    assert drawn[0].item() != drawn[1].item()
    assert str(autograd.get_rng_state()) != str(expected)


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


#: By the number of functions and of segments: how often each function is called forward and backward together.
CALLS = {
    (1, 1): [1], (3, 1): [1, 1, 1], (3, 2): [2, 1, 1], (3, 3): [2, 2, 1], (4, 2): [2, 2, 1, 1], (5, 2): [2, 2, 1, 1, 1],
    (5, 3): [2, 2, 1, 1, 1], (7, 3): [2, 2, 2, 2, 1, 1, 1],
}  # fmt: skip


@pytest.mark.parametrize(("count", "segments"), CALLS)
def test_a_chain_is_recomputed_but_for_its_last_segment(count, segments):
    calls = [0] * count

    def numbered(i):
        def function(x):
            calls[i] += 1
            return x * x + i

        return function

    x = leaf([0.5, -0.25])
    y = checkpoint_sequential([numbered(i) for i in range(count)], segments, x)
    assert calls == [1] * count
    y.sum().backward()
    assert calls == CALLS[count, segments]
    slope = np.ones(2)
    value = np.array([0.5, -0.25])
    for i in range(count):
        slope, value = slope * 2 * value, value**2 + i
    np.testing.assert_allclose(x.grad.numpy(), slope, rtol=1e-6)


@pytest.mark.parametrize("segments", [-1, 0, 4])
def test_a_chain_has_at_least_one_function_for_each_segment(segments):
    with pytest.raises(ValueError, match=f"segments must be from 1 to 3, but got {segments}"):
        checkpoint_sequential([abs, abs, abs], segments, leaf([1.0]))


def test_the_check_of_the_second_call_compares_shapes_and_dtypes_unless_told_to_count():
    def fickle(second):
        calls = []

        def function(x):
            calls.append(1)
            return (x.exp() if len(calls) == 1 else second(x)).sum()

        return function

    smaller, larger, fewer, more = (
        lambda x: x[:1].exp(),
        lambda x: x.repeat(2).exp(),
        lambda x: x,
        lambda x: x.exp().exp(),
    )
    for second in (smaller, larger, fewer, more, lambda x: x.half().exp()):
        y = checkpoint(fickle(second), leaf([1.0, 2.0]))
        with pytest.raises(
            CheckpointError, match=r"a different number of tensors, or tensors of other shapes or types"
        ):
            y.backward()
    x = leaf([1.0, 2.0])
    checkpoint(fickle(lambda x: x.half().exp()), x, determinism_check="none").backward()
    for second in (fewer, more):
        y = checkpoint(fickle(second), x, determinism_check="none")
        with pytest.raises(CheckpointError, match="a different number of tensors"):
            y.backward()
    with pytest.raises(ValueError, match='should be "default" or "none", but got \'all\''):
        checkpoint(abs, x, determinism_check="all")


def test_a_keyword_argument_that_was_modified_in_place_raises():
    x = leaf([1.0]) * 1
    y = checkpoint(lambda *, x: x.exp().exp(), x=x)
    x.detach().mul_(2)
    with pytest.raises(CheckpointError, match="inplace operation"):
        y.sum().backward()


def test_a_checkpoint_is_recomputed_once_for_all_its_values():
    calls = []
    x = leaf([1.0])
    checkpoint(lambda x: (calls.append(1), x.exp().sin().exp())[1], x).backward()
    assert len(calls) == 2
