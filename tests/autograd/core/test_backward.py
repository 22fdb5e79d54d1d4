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
from tests.tools.tensors import leaf

numbers = st.floats(-2, 2, allow_subnormal=False)


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


def test_a_second_backward_without_retain_graph_raises_and_leaves_the_gradients():
    x = leaf([1.0, 2.0])
    y = (x * x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match="retain_graph=True"):
        y.backward()
    assert x.grad.tolist() == [2.0, 4.0]


def test_an_intermediate_source_gets_a_gradient_and_the_nodes_behind_it_get_none():
    x = leaf(2.0)
    y = x * x
    assert grad(y * 3, y)[0].item() == 3
    assert x.grad is None


def test_only_paths_that_lead_to_a_source_are_visited():
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


def test_backward_frees_what_the_nodes_saved():
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


def test_saved_tensor_hooks_apply_only_to_their_own_thread():
    seen = []

    def compute():
        x = leaf([2.0])
        (x * x).sum().backward()
        seen.append(x.grad.tolist())

    packed = []
    with torch.autograd.graph.saved_tensors_hooks(lambda t: packed.append(t) or t, lambda t: t):
        other = threading.Thread(target=compute)
        other.start()
        other.join()
    assert seen == [[4.0]] and packed == []


def test_gradients_have_a_graph_only_with_create_graph():
    x = leaf([2.0])
    (x * x).sum().backward()
    assert x.grad.grad_fn is None and not x.grad.requires_grad
    x.register_hook(lambda g: g * 2)
    (x * x).sum().backward()
    assert x.grad.grad_fn is None and not x.grad.requires_grad and x.grad.tolist() == [12.0]


def test_the_walk_continues_past_a_source_to_an_older_source():
    x = leaf([2.0])
    a = x * 3
    found = torch.autograd.grad((a * a + x).sum(), [a, x])
    assert [g.tolist() for g in found] == [[12.0], [37.0]]


def test_the_walk_continues_past_the_youngest_source():
    x, w = leaf([2.0]), leaf([5.0])
    a = x * 3
    b = w * 7
    found = torch.autograd.grad((a * b).sum(), [b, x])
    assert [g.tolist() for g in found] == [[6.0], [105.0]]


def test_retain_grad_keeps_what_a_later_hook_returns():
    x = leaf([2.0])
    y = x * 3
    y.retain_grad()
    y.register_hook(lambda g: g * 10)
    (y * y).sum().backward()
    assert y.grad.tolist() == [120.0] and x.grad.tolist() == [360.0]


@pytest.mark.parametrize("shape", [(1,), (3,), (1, 2)])
@pytest.mark.parametrize("create_graph", [False, True])
def test_a_hook_must_return_a_gradient_of_the_same_shape_and_dtype(shape, create_graph):
    for other in (torch.ones(shape, dtype=float64), torch.ones(2), torch.ones(2, dtype=torch.complex128)):
        x = leaf([1.0, 2.0])
        y = x * 2
        y.register_hook(lambda g, other=other: other)
        with pytest.raises(RuntimeError, match="has changed the size or the type of value"):
            y.sum().backward(create_graph=create_graph)
        assert x.grad is None


WALKED_AGAIN = {
    "sums and means": lambda x: (x.sum(), x.sum(1), x.mean(), x.cumsum(1), x.diagonal(), torch.einsum("ij->ji", x)),
    "sums of two": lambda x: (x + x, x - 1, -x, x + torch.ones(3, 2), torch.cat([x, x]), torch.stack([x, x])),
    "views": lambda x: (x.T, x[0], x[:, ::2], x.expand(3, 2), x.reshape(2), x.unsqueeze(0), x.split(1, 1)[0]),
    "copies": lambda x: (x.flip(0), x.clone(), x.float(), x.roll(1), x.tril(), x.repeat(2, 2), x[0].diag()),
}

WALKED_ONCE = {
    "values": lambda x: (x * x, x * 3, x / 3, x.exp(), x @ x.T, x.abs(), x.prod(), x.var(), x.relu(), x.clamp(0, 1)),
    "indices": lambda x: (x[:, torch.tensor([0, 1])], x[torch.tensor([0])], x.gather(1, torch.tensor([[0]]))),
    "choices": lambda x: (x.sort()[0], x.amax(), torch.where(x > 1, x, 0.0), x.masked_fill(x > 1, 0.0)),
}


@pytest.mark.parametrize("kind", [*WALKED_AGAIN, *WALKED_ONCE])
def test_a_second_backward_fails_only_if_it_needs_a_freed_value(kind):
    x = leaf([[1.0, 2.0]])
    for y in (WALKED_AGAIN | WALKED_ONCE)[kind](x):
        ones = torch.ones_like(y)
        first = torch.autograd.grad(y, x, ones)[0]
        if kind in WALKED_AGAIN:
            assert torch.equal(torch.autograd.grad(y, x, ones)[0], first)
        else:
            with pytest.raises(RuntimeError, match="second time"):
                torch.autograd.grad(y, x, ones)


def test_a_hook_does_not_retain_the_gradient():
    x = leaf([2.0])
    y = x * 3
    y.register_hook(lambda g: None)
    (y * y).sum().backward()
    assert getattr(y.node, "grad", None) is None and x.grad.tolist() == [36.0]


def test_a_hook_can_be_removed_after_retain_grad():
    x = leaf([1.0, 2.0])
    y = x * 3
    seen = []
    handle = y.register_hook(seen.append)
    y.retain_grad()
    handle.remove()
    (y * y).sum().backward()
    assert seen == [] and y.grad.tolist() == [6.0, 12.0]


def test_an_output_that_no_source_leads_to_keeps_its_saved_values():
    x, w = leaf(2.0), leaf(3.0)
    unrelated = w * w
    seen = []
    unrelated.register_hook(seen.append)
    assert grad([x * x, unrelated], [x])[0].item() == 4.0
    assert len(seen) == 1  # its hooks are called all the same, as in PyTorch
    unrelated.backward()
    assert w.grad.item() == 6.0


def test_a_sum_of_gradients_is_added_to_in_place_and_changes_no_array_of_the_user() -> None:
    x = torch.zeros(3, requires_grad=True)
    given = [torch.full((3,), float(10**k)) for k in range(4)]
    torch.autograd.backward([x * 1.0 for _ in given], given)
    assert x.grad is not None and x.grad.tolist() == [1111.0] * 3
    assert [g.tolist() for g in given] == [[float(10**k)] * 3 for k in range(4)]


@pytest.mark.parametrize("first", ["array", "number"])
def test_gradients_of_numbers_are_added_up_whether_they_come_as_arrays_or_not(first):
    x = torch.tensor(2.0, requires_grad=True)
    in_arrays, in_numbers = [x.reshape(1) * k for k in (1.0, 10.0, 100.0)], [x * k for k in (1e3, 1e4, 1e5)]
    outputs = [*in_numbers, *in_arrays] if first == "array" else [*in_arrays, *in_numbers]  # the youngest comes first
    torch.autograd.backward(outputs, [torch.ones(out.shape) for out in outputs])
    assert x.grad.item() == 111111.0


def test_a_gradient_returned_to_several_places_is_not_changed_by_later_sums() -> None:
    x, seen = torch.ones(3, requires_grad=True), []
    y = x + 0.0
    y.register_hook(lambda g: seen.append(g.clone()) or None)
    z = y + y + y + y
    z.backward(torch.ones(3))
    assert x.grad is not None and x.grad.tolist() == [4.0] * 3
    assert [g.tolist() for g in seen] == [[4.0] * 3]
