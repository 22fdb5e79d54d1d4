"""The backward pass: sums over uses, graphs kept and freed, higher orders, modes, hooks, and what is saved."""

import gc
import math
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd as torch
from autograd import float64, grad, tensor
from autograd.core.graph import all_nodes
from autograd.testing import complex_step
from autograd.testing.strategies import arrays, shapes

numbers = st.floats(-2, 2, allow_subnormal=False)


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


# -- sums over uses ---------------------------------------------------------------------------------


@given(numbers)
def test_gradient_through_the_diamond_is_four(a):
    a = leaf(a)
    b = a + a
    c = b + b
    c.backward()
    assert a.grad.item() == 4


@given(arrays(shapes(min_dims=1)), st.integers(1, 6))
def test_gradient_of_a_reused_value_is_the_sum_over_its_uses(x, uses):
    x = leaf(x)
    total = sum(x * k for k in range(1, uses + 1))
    total.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), uses * (uses + 1) / 2)


def test_a_value_used_by_nodes_of_very_different_depth_waits_for_all_of_them():
    x = leaf(1.5)
    y = x
    for _ in range(50):
        y = y * 1.01
    (y * x + x).backward()
    assert x.grad.item() == pytest.approx(2 * 1.5 * 1.01**50 + 1, rel=1e-12)


@given(arrays(shapes(min_dims=1)))
def test_the_gradient_is_linear_in_the_cotangent(x):
    def pull(g):
        y = leaf(x)
        return grad(torch.exp(y) * y, y, tensor(g))[0].numpy()

    g, h = np.cos(np.arange(x.size)).reshape(x.shape), np.sin(np.arange(x.size)).reshape(x.shape)
    np.testing.assert_allclose(pull(2 * g + h), 2 * pull(g) + pull(h), rtol=1e-12, atol=1e-12)


# -- several passes ---------------------------------------------------------------------------------


def test_repeated_backward_with_retain_graph_accumulates():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    for times in (1, 2, 3):
        y.backward(retain_graph=True)
        assert x.grad.tolist() == [2.0 * times, 4.0 * times]


def test_a_second_backward_without_retain_graph_raises_and_leaves_the_gradients():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        y.backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_accumulation_keeps_the_identity_of_the_gradient():
    x = leaf([1.0, 2.0])
    (x * 2).sum().backward()
    first = x.grad
    (x * 3).sum().backward()
    assert x.grad is first
    assert first.tolist() == [5, 5]


def test_backward_into_chosen_inputs_leaves_the_others_alone():
    x, y = leaf(2.0), leaf(3.0)
    (x * y).backward(inputs=[x])
    assert x.grad.item() == 3 and y.grad is None


def test_an_intermediate_source_gets_its_gradient_and_what_lies_behind_it_none():
    x = leaf(2.0)
    y = x * x
    assert grad(y * 3, y)[0].item() == 3
    assert x.grad is None


def test_grad_adds_over_several_outputs_even_the_same_one_twice():
    x = leaf(2.0)
    y = x * x
    (dx,) = grad([y, y, x], x)
    assert dx.item() == 2 * 4 + 1


def test_grad_refuses_an_unused_input_unless_it_is_allowed():
    x, unused = leaf(2.0), leaf(1.0)
    y = x * x
    with pytest.raises(RuntimeError, match="allow_unused=True"):
        grad(y, [x, unused], retain_graph=True)
    assert grad(y, [x, unused], retain_graph=True, allow_unused=True)[1] is None
    assert grad(y, [x, unused], materialize_grads=True)[1].item() == 0


def test_only_the_paths_that_lead_to_a_source_are_walked():
    x, y = leaf(2.0), leaf(3.0)
    walked = []
    by_x, by_y = x * x, y * y
    by_x.register_hook(lambda g: walked.append("x"))
    by_y.register_hook(lambda g: walked.append("y"))
    grad(by_x + by_y, x)
    assert walked == ["x"]


# -- higher orders ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "thirds"),
    [
        (torch.sin, lambda x: -math.cos(x)),
        (torch.exp, math.exp),
        (lambda x: x**5, lambda x: 60 * x**2),
        (lambda x: 1 / x, lambda x: -6 / x**4),
        (torch.log, lambda x: 2 / x**3),
        (lambda x: x * x * x, lambda x: 6.0),
        (torch.sqrt, lambda x: 3 / 8 * x**-2.5),
    ],
    ids=["sin", "exp", "x**5", "1/x", "log", "x*x*x", "sqrt"],
)
@given(x=st.floats(0.5, 2))
def test_third_derivatives_agree_with_the_closed_form(f, thirds, x):
    y = leaf(x)
    out = f(y)
    for _ in range(3):
        (out,) = grad(out, y, create_graph=True)
    assert out.item() == pytest.approx(thirds(x), rel=1e-12)


@given(st.floats(-1, 1))
def test_third_derivative_of_a_composite_agrees_with_the_complex_step_on_the_second(x):
    def second(value):
        z = torch.tensor(value).requires_grad_()
        out = torch.exp(torch.sin(z) * z) / (1 + z * z)
        one = torch.ones_like(z)
        for _ in range(2):
            (out,) = grad(out, z, one, create_graph=True)
            out = out.conj()
        return out

    z = leaf(x)
    out = torch.exp(torch.sin(z) * z) / (1 + z * z)
    for _ in range(3):
        (out,) = grad(out, z, create_graph=True)
    expected = complex_step(lambda v: second(v).detach().numpy(), np.array(x))
    assert out.item() == pytest.approx(float(expected), rel=1e-10, abs=1e-10)


@given(arrays(shapes(min_dims=1)))
def test_a_gradient_with_create_graph_equals_the_plain_one(x):
    def f(y):
        return (torch.tanh(y) * y.sum() + torch.softmax(y.reshape(-1), 0).sum()).sum()

    y = leaf(x)
    (plain,) = grad(f(y), y)
    (recorded,) = grad(f(y), y, create_graph=True)
    assert recorded.requires_grad and not plain.requires_grad
    np.testing.assert_array_equal(plain.numpy(), recorded.detach().numpy())


@given(arrays((3, 3)))
def test_hessians_are_symmetric(x):
    def hessian_times(v):
        y = leaf(x)
        f = (torch.exp(y @ y * 0.1) * y).sum()
        (g,) = grad(f, y, create_graph=True)
        return grad((g * tensor(v)).sum(), y)[0].numpy()

    u, v = np.cos(np.arange(9.0)).reshape(3, 3), np.sin(np.arange(9.0)).reshape(3, 3)
    assert np.vdot(u, hessian_times(v)) == pytest.approx(np.vdot(v, hessian_times(u)), rel=1e-9, abs=1e-9)


def test_backward_with_create_graph_gives_a_gradient_with_a_graph():
    x = leaf(3.0)
    (x**3).backward(create_graph=True)
    g = x.grad
    assert g.item() == 27 and g.requires_grad
    assert grad(g, x)[0].item() == 18


# -- deep graphs ------------------------------------------------------------------------------------


def test_a_chain_of_a_hundred_thousand_nodes_is_built_walked_and_freed_without_recursion():
    x = leaf(1.0)
    y = x
    for _ in range(100_000):
        y = y * 1.00001
    first = weakref.ref(y.node.parents[0])
    assert len(all_nodes([y.node])) == 100_001
    y.backward(retain_graph=True)
    assert x.grad.item() == pytest.approx(1.00001**100_000, rel=1e-9)
    del y
    assert first() is None


# -- modes ------------------------------------------------------------------------------------------


def test_grad_modes_nest_and_are_restored_after_errors():
    x = leaf(1.0)
    with torch.no_grad():
        assert not (x * 2).requires_grad
        with torch.enable_grad():
            assert (x * 2).requires_grad
        assert not (x * 2).requires_grad
    with pytest.raises(KeyError), torch.no_grad():
        raise KeyError
    assert torch.is_grad_enabled()
    with torch.set_grad_enabled(False):
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    assert not torch.is_grad_enabled()
    torch.set_grad_enabled(True)


def test_grad_modes_decorate_functions_with_and_without_parentheses():
    @torch.no_grad()
    def one(x):
        return x * 2

    @torch.no_grad
    def two(x):
        return x * 2

    @torch.set_grad_enabled(False)
    def three(x):
        "Its docstring."
        return x * 2

    assert torch.is_grad_enabled()
    x = leaf(1.0)
    assert not any(f(x).requires_grad for f in (one, two, three))
    assert three.__name__ == "three" and three.__doc__ == "Its docstring."
    assert (x * 2).requires_grad


def test_each_thread_has_its_own_grad_mode():
    seen = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()
        assert not torch.is_grad_enabled()
    assert seen == [True]


def test_threads_can_run_backward_at_the_same_time():
    results = [None] * 4

    def work(i):
        x = leaf(float(i))
        for _ in range(50):
            y = x
            for _ in range(20):
                y = y * 1.0 + x
            x.grad = None
            y.backward()
        results[i] = x.grad.item()

    threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert results == [21.0] * 4


# -- hooks and retained gradients -------------------------------------------------------------------


def test_retain_grad_keeps_the_gradient_of_an_intermediate_value():
    x = leaf(2.0)
    y = x * 3
    assert not y.retains_grad
    with pytest.warns(UserWarning, match=r"not a leaf Tensor is being accessed: .* Call retain_grad\(\)"):
        assert y.grad is None
    y.retain_grad()
    y.retain_grad()
    assert y.retains_grad
    (y * y).backward()
    assert y.grad.item() == 12 and x.grad.item() == 36


def test_a_hook_sees_the_gradient_and_may_replace_it_until_it_is_removed():
    x = leaf(2.0)
    seen = []
    handle = x.register_hook(lambda g: seen.append(g.item()))
    other = x.register_hook(lambda g: g * 10)
    (x * 3).backward()
    assert seen == [3.0] and x.grad.item() == 30
    handle.remove()
    other.remove()
    x.grad = None
    (x * 3).backward()
    assert seen == [3.0] and x.grad.item() == 3


def test_a_hook_on_an_intermediate_value_sees_the_whole_sum_once():
    x = leaf(2.0)
    y = x * 1
    seen = []
    y.register_hook(lambda g: seen.append(g.item()))
    (y * 2 + y * 3).backward()
    assert seen == [5.0]


# -- memory -----------------------------------------------------------------------------------------


def test_gradients_never_alias_each_other_the_inputs_or_the_cotangent():
    x, y, g = leaf(np.ones((2, 3))), leaf(np.ones((2, 3))), tensor(np.ones((2, 3)))
    (x + y).backward(g)
    dz = grad(x.reshape(3, 2).T + 0, [x], tensor(np.ones((2, 3))))[0]
    kept = [x.grad.array, y.grad.array, g.array, x.array, y.array, dz.array]
    assert not any(np.shares_memory(a, b) for i, a in enumerate(kept) for b in kept[:i])


def saved_arrays(out):
    return [v for v in out.node.saved if isinstance(v, (np.ndarray, np.generic))]


def test_a_node_saves_what_its_rules_need_and_no_more():
    x, y, c = leaf([1.0, 2.0]), leaf([3.0, 4.0]), tensor([5.0, 6.0], dtype=float64)
    assert saved_arrays(x + y) == []
    assert [a is c.array for a in saved_arrays(x * c)] == [True]
    assert [a is x.array for a in saved_arrays(c * x)] == [False]
    assert {id(a) for a in saved_arrays(x * y)} == {id(x.array), id(y.array)}
    out = torch.exp(x)
    assert [a is out.array for a in saved_arrays(out)] == [True]
    assert saved_arrays(x.sum()) == []
    assert saved_arrays(x.reshape(2, 1)) == []


def test_backward_lets_go_of_what_the_nodes_saved():
    x = leaf(np.ones(3))
    with_output = torch.exp(x)
    array = weakref.ref(with_output.array)
    out = (with_output * 2.0).sum()
    del with_output
    assert array() is not None
    out.backward()
    assert array() is None


def test_a_step_of_training_leaves_nothing_for_the_garbage_collector():
    w = leaf(np.ones((3, 2)))
    x = tensor(np.ones((4, 3)))
    gc.disable()
    gc.freeze()  # so that only what is made from here on is looked through
    try:
        for _ in range(3):
            loss = torch.log_softmax(torch.relu(x @ w), 1).mean()
            loss.backward(create_graph=False)
            w.grad = None
        node = weakref.ref(loss.node)
        del loss
        assert node() is None
        assert gc.collect() == 0
    finally:
        gc.unfreeze()
        gc.enable()


def test_a_failing_backward_writes_no_gradient():
    x = leaf(2.0)
    y = x * x
    y.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        (y + x).backward()
    assert x.grad is None


def test_a_batch_of_cotangents_gives_the_rows_of_the_jacobian():
    x, unused = tensor([1.0, 2.0], requires_grad=True), tensor(1.0, requires_grad=True)
    y = x * x
    rows, none = torch.autograd.grad(y, [x, unused], torch.eye(2), allow_unused=True, is_grads_batched=True)
    assert rows.tolist() == [[2, 0], [0, 4]] and none is None
    with pytest.raises(RuntimeError, match="a second time"):
        torch.autograd.grad(y, x, torch.eye(2), is_grads_batched=True)
    for seeds in (None, tensor(1.0).expand(0, 2)):
        with pytest.raises(RuntimeError, match="is_grads_batched=True: expected"):
            torch.autograd.grad(x * x, x, seeds, is_grads_batched=True)


def test_a_gradient_can_be_deleted():
    x = tensor(1.0, requires_grad=True)
    (x * x).backward()
    del x.grad
    assert x.grad is None
