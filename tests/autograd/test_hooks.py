"""Hooks on gradients and on saved values; backward of several, checkpoints, inference mode."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
from autograd import nn, tensor
from autograd.graph import increment_version, saved_tensors_hooks
from autograd.utils.checkpoint import CheckpointError, checkpoint, checkpoint_sequential
from tests.tools.shares import share


def variable(*values):
    return tensor(values, dtype=autograd.float64, requires_grad=True)


# -- on gradients


def test_a_hook_sees_the_whole_gradient_once_and_may_replace_it():
    x = variable(1.0, 2.0)
    y = x * 3
    seen = []
    y.register_hook(lambda g: seen.append(g.tolist()) or g * 10)
    (y + y * y).sum().backward()
    assert seen == [[7, 13]]
    assert x.grad.tolist() == [210, 390]


def test_a_hook_on_a_leaf_changes_what_is_accumulated():
    x = variable(1.0)
    x.register_hook(lambda g: -g)
    (x * 2).sum().backward()
    (x * 2).sum().backward()
    assert x.grad.tolist() == [-4]


def test_hooks_run_in_order_and_each_sees_what_the_one_before_returned():
    x = variable(1.0)
    x.register_hook(lambda g: g + 1)
    x.register_hook(lambda g: g * 10)
    x.sum().backward()
    assert x.grad.tolist() == [20]


def test_a_removed_hook_is_not_called_and_removing_twice_does_no_harm():
    x = variable(1.0)
    handle = x.register_hook(lambda g: g * 10)
    with x.register_hook(lambda g: g * 100):
        x.sum().backward()
    handle.remove()
    handle.remove()
    x.sum().backward()
    assert x.grad.tolist() == [1001]


def test_hooks_run_for_autograd_grad_and_can_be_differentiated():
    x = variable(2.0)
    y = x * x
    y.register_hook(lambda g: g * g)
    (g,) = autograd.grad((y * 3).sum(), x, create_graph=True)
    (h,) = autograd.grad(g.sum(), x)
    assert (g.tolist(), h.tolist()) == ([36], [18])


def test_a_hook_may_write_the_gradient_in_place():
    for x in (variable(1.0), tensor(1.0, requires_grad=True)):

        def triple(g):
            g.mul_(3)

        x.register_hook(triple)
        (x * 2).sum().backward()
        assert x.grad.sum().item() == 6


def test_a_hook_returns_a_tensor_of_the_same_kind():
    for hook, kind, message in (
        (lambda g: 3, TypeError, "hook returned 'int'"),
        (lambda g: g[:1], RuntimeError, "has changed the size"),
        (lambda g: g.float(), RuntimeError, "type of value"),
    ):
        x = variable(1.0, 2.0)
        x.register_hook(hook)
        with pytest.raises(kind, match=message):
            x.sum().backward()


def test_grad_refuses_no_inputs_and_names_an_unused_one():
    x = variable(1.0, 2.0)
    assert autograd.grad(x.sum(), x, only_inputs=True)[0].tolist() == [1, 1]
    with pytest.raises(RuntimeError, match="cannot be empty"):
        autograd.grad(x.sum(), [])
    with pytest.raises(RuntimeError, match="The differentiated Tensor at index 1 appears to not have been used"):
        autograd.grad(x.sum(), [x, variable(1.0)])


def test_a_hook_needs_a_gradient():
    with pytest.raises(RuntimeError, match="cannot register a hook on a tensor that doesn't require gradient"):
        tensor(1.0).register_hook(print)
    with pytest.raises(RuntimeError, match="cannot register a hook on a tensor that doesn't require gradient"):
        tensor(1.0).register_post_accumulate_grad_hook(print)
    with pytest.raises(RuntimeError, match="cannot be registered on non-leaf tensors"):
        (variable(1.0) * 2).register_post_accumulate_grad_hook(print)


def test_an_optimizer_step_in_a_post_accumulate_hook_gives_the_usual_step():
    x, y = variable(1.0, 2.0), variable(1.0, 2.0)

    def step(p):
        p.sub_(0.1 * p.grad)
        p.grad = None

    handle = x.register_post_accumulate_grad_hook(step)
    for _ in range(3):
        (x**2).sum().backward()
        assert x.grad is None
        (y**2).sum().backward()
        with autograd.no_grad():
            y -= 0.1 * y.grad
        y.grad = None
    assert x.tolist() == y.tolist()
    handle.remove()
    (x**2).sum().backward()
    assert x.grad is not None


def test_a_post_accumulate_hook_does_not_keep_its_tensor_alive():
    gc.disable()
    try:
        x = variable(1.0)
        x.register_post_accumulate_grad_hook(lambda p: None)
        alive = weakref.ref(x)
        del x
        assert alive() is None
    finally:
        gc.enable()


def test_a_post_accumulate_hook_is_not_called_by_autograd_grad():
    x, called = variable(1.0), []
    x.register_post_accumulate_grad_hook(called.append)
    autograd.grad(x.sum(), x)
    assert called == []


# -- backward of several


def test_backward_of_several_is_the_sum_of_backwards():
    x, y = variable(1.0, 2.0), variable(1.0, 2.0)
    g = tensor([3.0, 4.0], dtype=autograd.float64)
    autograd.backward([(x * x).sum(), x.exp()], [None, g])
    (y * y).sum().backward()
    y.exp().backward(g)
    np.testing.assert_allclose(x.grad.numpy(), y.grad.numpy(), rtol=1e-14)


def test_backward_leaves_the_gradients_that_it_was_given_alone():
    x, g = variable(1.0, 2.0), tensor([3.0, 4.0], dtype=autograd.float64)
    autograd.backward([x, x * 1], [g, g])
    x.grad.zero_()
    assert g.tolist() == [3, 4]
    autograd.backward(x, g)
    x.grad.add_(1)
    assert g.tolist() == [3, 4]


def test_backward_refuses_what_does_not_fit():
    x = variable(1.0, 2.0)
    with pytest.raises(RuntimeError, match="got 2 tensors and 1 gradients"):
        autograd.backward([x.sum(), x.sum()], [None])
    with pytest.raises(RuntimeError, match="implicitly created only for scalar outputs"):
        autograd.backward([x.sum(), x])
    with pytest.raises(RuntimeError, match="cannot be empty"):
        autograd.backward(x.sum(), inputs=[])


def test_a_gradient_of_an_intermediate_value_leaves_what_is_behind_it_alone():
    x = variable(1.0, 2.0)
    z = x * x
    autograd.grad((z * z).sum(), z)
    z.sum().backward()
    assert x.grad.tolist() == [2, 4]


# -- on saved values


PROGRAMS = {
    "product": lambda x, w: ((x * w).sin() * x).sum(),
    "matrix": lambda x, w: (x.reshape(1, -1) @ w.reshape(-1, 1)).exp().sum(),
    "joined": lambda x, w: autograd.cat([x.exp(), (x * w).tanh()]).prod(),
    "scalar": lambda x, w: (x.sum() * w.sum()).exp().sqrt(),
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_packed_values_give_the_same_derivatives_to_second_order(program):
    def derivatives(context):
        x, w = variable(0.3, -0.7, 0.5), variable(0.2, 0.9, -0.4)
        with context:
            out = program(x, w)
            gs = autograd.grad(out, (x, w), create_graph=True)
            out = sum((g * g).sum() for g in gs)
        return [g.tolist() for g in (*gs, *autograd.grad(out, (x, w)))]

    packed = []

    def pack(t):
        packed.append(t.shape)
        return t.tolist(), t.dtype

    expected = derivatives(autograd.enable_grad())
    assert derivatives(saved_tensors_hooks(pack, lambda p: tensor(p[0], dtype=p[1]))) == expected
    assert packed


def test_saved_values_are_packed_only_inside_and_by_the_innermost_hooks():
    outer, inner = [], []
    x = variable(1.0)

    def into(which):
        return saved_tensors_hooks(lambda t: which.append(t) or t, lambda t: t)

    with into(outer):
        x.exp()
        with into(inner):
            x.exp()
    x.exp()
    assert (len(outer), len(inner)) == (1, 1)


def test_what_is_unpacked_must_be_a_tensor():
    x = variable(1.0)
    with saved_tensors_hooks(lambda t: t, lambda t: 3):
        y = x.exp()
    with pytest.raises(TypeError, match="unpack_hook expected to be a Tensor but got result of type int"):
        y.backward(y.detach())


def test_nothing_watches_the_graph_afterwards():
    from autograd.core import graph

    with pytest.raises(ZeroDivisionError), saved_tensors_hooks(lambda t: 1 / 0, lambda t: t):
        variable(1.0).exp()
    assert graph.watchers == []


# -- checkpoints


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


def test_a_checkpoint_frees_the_values_in_between():
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


def test_a_checkpoint_in_a_checkpoint():
    x, w = variable(0.5), variable(0.5)
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


def test_a_function_that_does_something_else_the_second_time_raises():
    calls = []

    def fickle(x):
        calls.append(1)
        return x.exp() if len(calls) == 1 else x.exp().sin()

    y = checkpoint(fickle, variable(1.0))
    with pytest.raises(CheckpointError, match="different number of tensors"):
        y.sum().backward()


def test_an_overwritten_input_of_a_checkpoint_raises():
    x = variable(1.0) * 1
    y = checkpoint(lambda x: x.exp().exp(), x)
    x.data.mul_(2)
    with pytest.raises(CheckpointError, match="inplace operation"):
        y.sum().backward()


# -- inference mode


def test_inference_mode_records_nothing_and_is_left_behind():
    x = variable(1.0)

    @autograd.inference_mode
    def bare(x):
        return x * 2, autograd.is_inference_mode_enabled()

    @autograd.inference_mode()
    def called(x):
        return x * 2, autograd.is_inference_mode_enabled()

    for out, on in (bare(x), called(x)):
        assert on and not out.requires_grad
    with autograd.inference_mode(), autograd.inference_mode(False):
        assert (x * 2).requires_grad and not autograd.is_inference_mode_enabled()
    assert (x * 2).requires_grad and not autograd.is_inference_mode_enabled()


def test_memory_that_was_written_by_other_means_can_be_named():
    x = variable(1.0, 2.0, 3.0)
    y = x * 2
    z = y * y
    increment_version(y)
    assert y._version == 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation: mul"):
        z.sum().backward()
    increment_version([y, y[0]])
    assert y._version == 3
    increment_version([])
    for wrong in (3, [3]):
        with pytest.raises(RuntimeError, match=r"tensor.*int"):
            increment_version(wrong)
