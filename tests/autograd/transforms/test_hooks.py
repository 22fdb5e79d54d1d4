"""Hooks on the gradients of leaves and of intermediate values, and after accumulation."""

from __future__ import annotations

import functools
import gc
import tracemalloc
import weakref
from typing import ClassVar

import numpy as np
import pytest

import autograd
import nn
from autograd import Tensor, tensor
from autograd.transforms.gradients import queue_callback
from tests.tools.tensors import leaf


def test_a_hook_sees_the_whole_gradient_once_and_may_replace_it():
    x = leaf([1.0, 2.0])
    y = x * 3
    seen = []
    y.register_hook(lambda g: seen.append(g.tolist()) or g * 10)
    (y + y * y).sum().backward()
    assert seen == [[7, 13]]
    assert x.grad.tolist() == [210, 390]


def test_a_hook_on_a_leaf_changes_what_is_accumulated():
    x = leaf([1.0])
    x.register_hook(lambda g: -g)
    (x * 2).sum().backward()
    (x * 2).sum().backward()
    assert x.grad.tolist() == [-4]


class Kept(autograd.autograd.Function):
    """The identity, whose backward keeps what it was given and what it returns."""

    seen: ClassVar[list[Tensor]] = []

    @staticmethod
    def forward(ctx, x):
        return x.clone()

    @staticmethod
    def backward(ctx, g):
        Kept.seen += [g, g.clone()]
        return Kept.seen[-1]


def _hooked(register):
    """A tensor made from `x` to which `register` gives a hook."""

    def through(x, seen):
        y = x + 0
        register(y, seen)
        return y

    return through


@pytest.mark.parametrize(
    "through",
    [
        _hooked(lambda y, seen: y.register_hook(seen.append)),
        _hooked(lambda y, seen: y.register_hook(lambda g: seen.append(g * 2) or seen[-1])),
        _hooked(lambda y, seen: y.grad_fn.register_hook(lambda gs, _: seen.append(gs[0]))),
        _hooked(lambda y, seen: y.grad_fn.register_prehook(lambda gs: seen.append(gs[0]))),
        _hooked(lambda y, seen: autograd.graph.register_multi_grad_hook([y], lambda gs: seen.extend(gs))),
        lambda x, seen: x.register_hook(seen.append) and x,
        lambda x, _: Kept.apply(x),
    ],
    ids=["tensor", "replaced", "node", "prehook", "multi", "leaf", "function"],
)
@pytest.mark.parametrize("create_graph", [False, True])
def test_a_gradient_that_the_user_keeps_is_not_changed_by_what_is_done_to_grad(through, create_graph):
    x, other, seen = leaf([1.0, 2.0]), leaf([3.0, 4.0]), Kept.seen
    seen.clear()
    (through(x, seen) + other).sum().backward(create_graph=create_graph)
    before = [g.tolist() for g in seen]
    for grad in (x.grad, other.grad):
        grad.data.zero_()
    assert before and [g.tolist() for g in seen] == before


def test_hooks_run_in_order_and_each_gets_the_result_of_the_one_before():
    x = leaf([1.0])
    x.register_hook(lambda g: g + 1)
    x.register_hook(lambda g: g * 10)
    x.sum().backward()
    assert x.grad.tolist() == [20]


def test_a_removed_hook_is_not_called_and_can_be_removed_twice():
    x = leaf([1.0])
    handle = x.register_hook(lambda g: g * 10)
    with x.register_hook(lambda g: g * 100):
        x.sum().backward()
    handle.remove()
    handle.remove()
    x.sum().backward()
    assert x.grad.tolist() == [1001]


def test_hooks_run_for_autograd_grad_and_can_be_differentiated():
    x = leaf([2.0])
    y = x * x
    y.register_hook(lambda g: g * g)
    (g,) = autograd.grad((y * 3).sum(), x, create_graph=True)
    (h,) = autograd.grad(g.sum(), x)
    assert (g.tolist(), h.tolist()) == ([36], [18])


def test_a_hook_may_modify_the_gradient_in_place():
    for x in (leaf([1.0]), tensor(1.0, requires_grad=True)):

        def triple(g):
            g.mul_(3)

        x.register_hook(triple)
        (x * 2).sum().backward()
        assert x.grad.sum().item() == 6


def test_a_hook_must_return_a_tensor_of_the_same_shape_and_dtype():
    for hook, kind, message in (
        (lambda g: 3, TypeError, "hook returned 'int'"),
        (lambda g: g[:1], RuntimeError, "has changed the size"),
        (lambda g: g.float(), RuntimeError, "type of value"),
    ):
        x = leaf([1.0, 2.0])
        x.register_hook(hook)
        with pytest.raises(kind, match=message):
            x.sum().backward()


def test_registering_a_hook_on_a_tensor_without_a_gradient_raises():
    with pytest.raises(RuntimeError, match="cannot register a hook on a tensor that doesn't require gradient"):
        tensor(1.0).register_hook(print)
    with pytest.raises(RuntimeError, match="cannot register a hook on a tensor that doesn't require gradient"):
        tensor(1.0).register_post_accumulate_grad_hook(print)
    with pytest.raises(RuntimeError, match="cannot be registered on non-leaf tensors"):
        (leaf([1.0]) * 2).register_post_accumulate_grad_hook(print)


def test_a_step_in_a_post_accumulate_hook_equals_a_step_after_backward():
    x, y = leaf([1.0, 2.0]), leaf([1.0, 2.0])

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
        x = leaf([1.0])
        x.register_post_accumulate_grad_hook(lambda p: None)
        alive = weakref.ref(x)
        del x
        assert alive() is None
    finally:
        gc.enable()


def test_a_post_accumulate_hook_is_not_called_by_autograd_grad():
    x, called = leaf([1.0]), []
    x.register_post_accumulate_grad_hook(called.append)
    autograd.grad(x.sum(), x)
    assert called == []


def _y_and_z(x):
    y = x * 2
    y.register_hook(lambda g: g * 10)
    return y, (y * 3).sum()


def test_grad_returns_the_gradient_before_the_hooks_of_a_tensor_that_the_walk_goes_on_from():
    x = autograd.ones(2, requires_grad=True)
    y, z = _y_and_z(x)
    assert [g.tolist() for g in autograd.grad(z, [y, x])] == [[3, 3], [60, 60]]
    y, z = _y_and_z(x)
    assert autograd.grad(z, y)[0].tolist() == [30, 30]  # here the walk ends
    y, z = _y_and_z(x)
    z.backward(inputs=[y, x])  # backward() stores it after the hooks
    assert y.grad.tolist() == [30, 30] and x.grad.tolist() == [60, 60]


def test_of_several_hooked_tensors_each_gets_the_hooks_of_those_before_it():
    x = autograd.ones(2, requires_grad=True)
    y, _ = _y_and_z(x)
    w = y * 1
    w.register_hook(lambda g: g * 7)
    found = autograd.grad((w * 3).sum() + y.sum(), [w, y, x])
    assert [g.tolist() for g in found] == [[3, 3], [22, 22], [440, 440]]


def test_a_post_accumulate_hook_that_returns_something_is_refused():
    x = leaf([1.0])
    x.register_post_accumulate_grad_hook(lambda x: x.grad * 2)
    with pytest.raises(RuntimeError, match="should return None"):
        x.sum().backward()


def _peak(function):
    """The most memory, in bytes, that `function` uses above what was in use before."""
    gc.collect()
    tracemalloc.start()
    try:
        function()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def _layers(count, make):
    autograd.manual_seed(0)
    return nn.Sequential(*[make() for _ in range(count)])


def test_an_optimizer_inside_backward_needs_the_memory_of_a_few_gradients():
    model = _layers(16, lambda: nn.Linear(200, 200, bias=False))

    def step(p):
        with autograd.no_grad():
            p -= 0.1 * p.grad
        p.grad = None

    x, one = autograd.ones(2, 200), model[0].weight.nbytes
    model(x).sum().backward()
    model.zero_grad()
    assert _peak(lambda: model(x).sum().backward()) > 16 * one
    for p in model.parameters():
        p.register_post_accumulate_grad_hook(step)
    model.zero_grad()
    assert _peak(lambda: model(x).sum().backward()) < 6 * one


@pytest.mark.parametrize(
    "kind", ["Linear", "Linear without bias", "product with a transpose", "product", "Conv1d", "Conv2d", "norm"]
)
def test_backward_holds_each_gradient_once(kind):
    """Not also a copy of each, where the rule of a parameter returns a view."""
    if kind.startswith("product"):
        ws = [autograd.randn(200, 200, requires_grad=True) for _ in range(10)]
        x = autograd.ones(2, 200)
        run = lambda: functools.reduce(lambda x, w: x @ (w.T if "transpose" in kind else w), ws, x).sum().backward()
        size = sum(w.nbytes for w in ws)
    else:
        makers = {
            "Linear": lambda: nn.Linear(200, 200),
            "Linear without bias": lambda: nn.Linear(200, 200, bias=False),
            "Conv1d": lambda: nn.Conv1d(60, 60, 7, padding=3),
            "Conv2d": lambda: nn.Conv2d(60, 60, 3, padding=1),
            "norm": lambda: nn.LayerNorm(30_000),
        }
        shapes = {"Conv1d": (1, 60, 4), "Conv2d": (1, 60, 2, 2), "norm": (1, 30_000)}
        model, x = _layers(10, makers[kind]), autograd.ones(*shapes.get(kind, (2, 200)))
        run = lambda: model(x).sum().backward()
        size = sum(p.nbytes for p in model.parameters())
    run()
    if kind.startswith("product"):
        for w in ws:
            w.grad = None
    else:
        model.zero_grad()
    held = 10 * 30_000 * 4 * 4 if kind == "norm" else 0  # its activations are as large as its weights
    assert _peak(run) < 1.45 * size + held


def test_queue_callback_runs_at_the_end_of_the_outermost_backward_pass():
    x, y, events = leaf([1.0]), leaf([2.0]), []

    def on_y(_):
        queue_callback(lambda: events.append(("end", x.grad is not None)))
        with autograd.enable_grad():
            (leaf([1.0]) * leaf([1.0])).sum().backward()
        events.append("hook")

    y.register_post_accumulate_grad_hook(on_y)
    ((x * 2) * y).sum().backward()
    assert events == ["hook", ("end", True)]


def test_queue_callback_outside_of_a_backward_pass_is_an_error():
    with pytest.raises(RuntimeError, match="only be installed during backward pass"):
        queue_callback(print)
    x = leaf([1.0])
    x.register_hook(lambda g: queue_callback(print))
    with pytest.raises(RuntimeError, match="only be installed during backward pass"):
        autograd.grad((x * x).sum(), x)


def test_a_failing_backward_pass_forgets_its_callbacks():
    x, called = leaf([1.0]), []

    def fails(_):
        queue_callback(lambda: called.append(1))
        raise KeyError

    handle = x.register_post_accumulate_grad_hook(fails)
    with pytest.raises(KeyError):
        (x * x).sum().backward()
    handle.remove()
    x.register_hook(lambda g: g)
    (x * x).sum().backward()
    assert called == []


def test_a_leaf_with_a_place_has_its_gradient_there():
    x, place = leaf([1.0, 2.0]), np.zeros(2)
    x.node.place = place
    (x * x).sum().backward()
    assert x.grad.array is place and place.tolist() == [2, 4]
    (x * x).sum().backward()
    assert x.grad.array is place and place.tolist() == [4, 8]
