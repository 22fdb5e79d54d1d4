"""Hooks of nodes and leaves of the graph, hooks for several tensors, edges, and when each leaf is finished."""

from __future__ import annotations

import gc
import weakref

import pytest

import autograd
from autograd import nn, tensor
from autograd.core import backward
from autograd.graph import get_gradient_edge, register_multi_grad_hook
from tests.tools.tensors import leaf


def values(gradients):
    return [None if g is None else g.tolist() for g in gradients]


# -- when a leaf is finished --------------------------------------------------------------------------


def test_a_leaf_is_finished_before_the_nodes_below_it_are_visited():
    order = []
    a, b = nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False)
    for name, module in (("a", a), ("b", b)):
        module.weight.register_post_accumulate_grad_hook(lambda p, name=name: order.append(name + " ready"))
    u = a(autograd.ones(1, 2))
    u.register_hook(lambda g: order.append("back 1"))
    v = b(u)
    v.register_hook(lambda g: order.append("back 2"))
    v.sum().backward()
    assert order == ["back 2", "b ready", "back 1", "a ready"]


def test_the_hooks_of_leaves_follow_the_nodes_that_complete_them():
    order, w, b, x = [], leaf([1.0, 2.0]), leaf([1.0, 2.0]), leaf([3.0, 4.0])
    for name, p in (("w", w), ("b", b), ("x", x)):
        p.register_hook(lambda g, name=name: order.append("hook " + name))
        p.register_post_accumulate_grad_hook(lambda p, name=name: order.append((name, p.grad.tolist())))
    u = w * x + b
    u.register_hook(lambda g: order.append("u"))
    (u * w).sum().backward()
    assert order == [
        "u",
        *("hook b", ("b", [1.0, 2.0])),
        *("hook w", ("w", [7.0, 18.0])),
        *("hook x", ("x", [1.0, 4.0])),
    ]


def test_a_hook_sees_the_gradients_of_leaves_that_are_complete():
    seen, a, b = [], leaf(1.0), leaf(2.0)
    y = a * 3
    y.register_hook(lambda g: seen.append((a.grad, b.grad.item())))
    (y * b).backward()
    assert seen == [(None, 3.0)]


def test_the_backward_of_a_function_sees_the_gradients_of_leaves_that_are_complete():
    seen, x, b = [], leaf([1.0]), leaf([3.0])

    class Double(autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            seen.append(b.grad.tolist())
            return g * 2

    (Double.apply(x) * b).sum().backward()
    assert seen == [[2.0]]


def test_a_hook_that_raises_leaves_the_gradients_of_finished_leaves():
    a, b = leaf(1.0), leaf(2.0)
    y = a * 3
    y.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        (y * b).backward()
    assert a.grad is None and b.grad.item() == 3


def test_a_leaf_used_several_times_is_finished_once():
    counts, x = [], leaf([1.0, 2.0])
    x.register_post_accumulate_grad_hook(lambda p: counts.append(p.grad.tolist()))
    (x * x + x.exp() * x).sum().backward()
    (x + x).sum().backward(inputs=[x])
    autograd.grad((x * x).sum(), x)
    assert len(counts) == 2 and counts[1] == [value + 2 for value in counts[0]]


# -- of nodes -----------------------------------------------------------------------------------------


def test_the_hooks_of_a_node_see_the_gradients_of_its_output_and_inputs():
    seen, x = [], leaf([1.0, 2.0])
    y = x * leaf([[3.0], [4.0]])
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append(("after", values(inputs), values(outputs))))
    y.grad_fn.register_prehook(lambda outputs: seen.append(("before", values(outputs))))
    y.register_hook(lambda g: seen.append(("tensor", g.tolist())))
    y.sum().backward()
    ones = [[1.0, 1.0], [1.0, 1.0]]
    assert seen == [("tensor", ones), ("before", [ones]), ("after", [[7.0, 7.0], [[3.0], [3.0]]], [ones])]


def test_a_node_that_needs_one_gradient_shows_none_for_the_other():
    seen, x = [], leaf([1.0])
    y = x * tensor([2.0])
    y.grad_fn.register_hook(lambda inputs, outputs: seen.append(values(inputs)))
    y.sum().backward()
    assert seen == [[[2.0], None]]


def test_what_the_hooks_of_a_node_return_replaces_its_gradients():
    x, w = leaf([1.0, 2.0]), leaf([1.0, 1.0])
    y = x * w
    handle = y.grad_fn.register_hook(lambda inputs, outputs: tuple(g * 10 for g in inputs))
    y.grad_fn.register_prehook(lambda outputs: (outputs[0] * 3,))
    y.sum().backward(retain_graph=True)
    assert (x.grad.tolist(), w.grad.tolist()) == ([30, 30], [30, 60])
    handle.remove()
    y.sum().backward()
    assert x.grad.tolist() == [33, 33]


def test_the_hooks_of_a_node_can_be_differentiated():
    x = leaf(2.0)
    y = x * x
    y.grad_fn.register_hook(lambda inputs, outputs: tuple(g * x for g in inputs))
    (g,) = autograd.grad(y, x, create_graph=True)
    assert (g.item(), autograd.grad(g, x)[0].item()) == (8.0, 8.0)


@pytest.mark.parametrize(
    ("register", "hook", "error", "match"),
    [
        ("register_hook", lambda i, o: i[0], TypeError, "expected tuple, but hook returned 'Tensor'"),
        ("register_hook", lambda i, o: (*i, *i), RuntimeError, "incorrect number of values .got 2, but expected 1"),
        ("register_prehook", lambda o: o[0], TypeError, "expected tuple, but hook returned 'Tensor'"),
        ("register_prehook", lambda o: (*o, *o), RuntimeError, "incorrect number of values .got 2, but expected 1"),
    ],
)
def test_a_hook_of_a_node_must_return_a_tuple_of_as_many(register, hook, error, match):
    x = leaf([1.0])
    y = x.exp()
    getattr(y.grad_fn, register)(hook)
    with pytest.raises(error, match=match):
        y.sum().backward()


def test_the_node_of_a_leaf_has_hooks_and_its_tensor():
    order, x = [], leaf([1.0, 2.0])
    y = x * 2
    accumulate = y.grad_fn.next_functions[0][0]
    accumulate.register_hook(lambda inputs, outputs: order.append(("after", inputs, values(outputs), x.grad.tolist())))
    accumulate.register_prehook(lambda outputs: order.append(("before", values(outputs), x.grad)))
    x.register_post_accumulate_grad_hook(lambda p: order.append("accumulated"))
    x.register_hook(lambda g: order.append("tensor"))
    y.sum().backward()
    g = [2.0, 2.0]
    assert order == ["tensor", ("before", [g], None), "accumulated", ("after", (), [g], g)]
    assert accumulate.variable is x and accumulate.name() == "AccumulateGrad" and accumulate.next_functions == ()


def test_a_leaf_does_not_keep_its_tensor_alive():
    x = leaf([1.0])
    y = x * 2
    accumulate = y.grad_fn.next_functions[0][0]
    del x
    assert accumulate.variable is None


class Scaled(autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        ctx.factor = 3
        return x * 3, x * 4

    @staticmethod
    def backward(ctx, g, h):
        return g * 3 + h * 4


def test_the_node_of_a_function_has_its_name_and_the_attributes_of_ctx():
    x = leaf([1.0])
    for y in Scaled.apply(x):
        node = y.grad_fn
        assert type(node).__name__ == node.name() == "ScaledBackward"
        assert isinstance(node, autograd.graph.Node)
        assert values(node.saved_tensors) == [[1.0]] and node.factor == 3 and node.needs_input_grad == (True,)
        with pytest.raises(AttributeError):
            node.nothing
    y.sum().backward()
    assert x.grad.tolist() == [4]
    with pytest.raises(RuntimeError, match="already been freed"):
        node.saved_tensors


# -- of several tensors -------------------------------------------------------------------------------


def test_a_hook_of_several_tensors_is_called_once_with_the_gradients_that_a_pass_computes():
    a, b, c, d = (leaf(float(i)) for i in (1, 2, 3, 4))
    seen = []
    handle = register_multi_grad_hook([a, b, c, d], lambda gs: seen.append(values(gs)))
    (a * b + c * a).backward()
    (a * 2).backward()
    handle.remove()
    (a * b).backward()
    assert seen == [[5.0, 1.0, 1.0, None], [2.0, None, None, None]]
    assert backward.pass_watchers == []


def test_a_hook_of_several_tensors_can_ask_for_the_first_gradient():
    a, b = leaf(1.0), leaf(2.0)
    seen = []
    with register_multi_grad_hook([a, b], lambda g: seen.append(g.item()), mode="any"):
        (a * b).backward()
        (a * 3).backward()
    assert seen in ([2.0, 3.0], [1.0, 3.0])


def test_a_hook_of_intermediate_values_counts_those_that_the_pass_reaches():
    x, seen = leaf(1.0), []
    a, b = x * 2, x * 3
    register_multi_grad_hook([a, b], lambda gs: seen.append(values(gs)))
    autograd.grad(a * b, a, retain_graph=True)
    c = a * b
    autograd.grad(c, x)
    assert seen == [[3.0, None], [3.0, 2.0]]


def test_a_hook_of_several_tensors_goes_with_their_nodes():
    gc.disable()
    try:
        x = leaf(1.0)
        y = x * 2
        node = weakref.ref(y.grad_fn)
        register_multi_grad_hook([y, x], print)
        del x, y
        assert node() is None and backward.pass_watchers == []
    finally:
        gc.enable()


def test_a_hook_of_several_tensors_refuses_an_unknown_mode_and_constants():
    with pytest.raises(ValueError, match=r"Expects mode to be one of \('all', 'any'\) but got x"):
        register_multi_grad_hook([leaf(1.0)], print, mode="x")
    with pytest.raises(RuntimeError, match="doesn't require gradient"):
        register_multi_grad_hook([leaf(1.0), tensor(1.0)], print)


# -- edges --------------------------------------------------------------------------------------------


def test_an_edge_stands_for_a_tensor_in_grad_and_backward():
    x = leaf([1.0, 2.0])
    y = x * x
    edge = get_gradient_edge(y)
    assert edge.node is y.grad_fn and edge.output_nr == 0
    z = y.exp().log()
    assert values(autograd.grad(z.sum(), [edge, get_gradient_edge(x)], retain_graph=True)) == [[1, 1], [2, 4]]
    assert values(autograd.grad(edge, x, tensor([1.0, 10.0], dtype=autograd.float64), retain_graph=True)) == [[2, 40]]
    z.sum().backward(inputs=[get_gradient_edge(x)], retain_graph=True)
    autograd.backward(get_gradient_edge(z.sum()))
    assert x.grad.tolist() == [4, 8]


def test_an_edge_stays_where_it_was_when_the_tensor_is_written():
    x = leaf([1.0])
    y = x * 2
    edge = get_gradient_edge(y)
    y.mul_(5)
    assert values(autograd.grad(y.sum(), [edge, x])) == [[5], [10]]


def test_an_edge_checks_the_cotangent_and_needs_a_gradient():
    edge = get_gradient_edge(leaf([1.0, 2.0]) * 2)
    with pytest.raises(RuntimeError, match="only for scalar outputs: this tensor has shape"):
        autograd.backward(edge)
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        autograd.backward(edge, leaf([1.0]))
    with pytest.raises(RuntimeError, match="not possible to get the gradient edge"):
        get_gradient_edge(tensor([1.0]))


# -- retained gradients and writes --------------------------------------------------------------------


def test_a_retained_gradient_is_that_of_the_value_after_a_write():
    x = leaf([1.0, 2.0])
    y = x * 2
    y.retain_grad()
    y += 1
    (y * y).sum().backward()
    assert y.grad.tolist() == [6, 10] and y.retains_grad


@pytest.mark.parametrize(
    ("write", "expected"),
    [
        (lambda y, v: y.mul_(3), ([12.0], [12.0, 24.0], [72.0, 144.0])),
        (lambda y, v: v.mul_(3), ([12.0], [12.0, 8.0], [72.0, 16.0])),
        (lambda y, v: y.__setitem__(1, 5.0), ([4.0], [4.0, 10.0], [8.0, 0.0])),
    ],
    ids=["the base", "the view", "an element"],
)
def test_bases_and_views_go_on_retaining_their_gradients_after_a_write(write, expected):
    x = leaf([1.0, 2.0])
    y = x * 2
    v = y[:1]
    y.retain_grad()
    v.retain_grad()
    write(y, v)
    y_then = y * y
    v_then = v * v
    y_then.sum().backward(retain_graph=True)
    assert (y.grad.tolist(), x.grad.tolist()) == expected[1:]
    v_then.sum().backward()
    assert v.grad.tolist() in (expected[0], [2 * expected[0][0]])
    assert y.retains_grad and v.retains_grad


def test_a_hook_stays_with_the_value_before_a_write():
    seen, x = [], leaf([1.0, 2.0])
    y = x * 2
    y.register_hook(lambda g: seen.append(("old", g.tolist())))
    y.mul_(3)
    y.register_hook(lambda g: seen.append(("new", g.tolist())))
    (y * y).sum().backward()
    assert seen == [("new", [12.0, 24.0]), ("old", [36.0, 72.0])]


def test_a_retained_gradient_stays_readable_after_a_write():
    x = leaf([1.0, 2.0])
    y = x * 2
    y.retain_grad()
    y.sum().backward()
    y[0] = 5
    assert y.grad.tolist() == [1, 1] and y.retains_grad


def test_grad_fills_the_retained_gradients_that_it_passes():
    x = leaf([1.0, 2.0])
    y = x * 2
    y.retain_grad()
    (g,) = autograd.grad((y * y).sum(), x)
    assert g.tolist() == [8, 16] and y.grad.tolist() == [4, 8] and x.grad is None
    (g,) = autograd.grad((y * y).sum(), y)
    assert y.grad.tolist() == [8, 16] and g.tolist() == [4, 8]


def test_a_gradient_that_a_hook_before_a_node_returns_can_be_differentiated():
    x = leaf(2.0)
    y = x * x * x
    y.grad_fn.register_prehook(lambda outputs: (outputs[0] * 6,))
    (first,) = autograd.grad(y, x, create_graph=True)
    (second,) = autograd.grad(first, x)
    assert (first.item(), second.item()) == (6 * 12, 6 * 12)


def test_a_gradient_that_a_prehook_or_a_hook_replaces_can_be_differentiated_again():
    x = leaf([1.0, 2.0])
    factor = leaf(3.0)
    y = x**3
    y.grad_fn.register_prehook(lambda grads: (grads[0] * factor,))
    y.grad_fn.register_hook(lambda inputs, outputs: tuple(None if g is None else g * factor for g in inputs))
    (g,) = autograd.autograd.grad(y.sum(), x, create_graph=True)
    assert g.tolist() == [27.0, 108.0]
    second = autograd.autograd.grad(g.sum(), [x, factor])
    assert values(second) == [[54.0, 108.0], 90.0]


def test_a_gradient_that_a_hook_of_a_tensor_replaces_can_be_differentiated_again():
    x, factor = leaf([1.0, 2.0]), leaf(3.0)
    y = x**3
    y.register_hook(lambda g: g * factor)
    (g,) = autograd.autograd.grad(y.sum(), x, create_graph=True)
    assert values(autograd.autograd.grad(g.sum(), [x, factor])) == [[18.0, 36.0], 15.0]
