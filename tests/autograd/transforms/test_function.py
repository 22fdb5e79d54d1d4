"""Function: calls, gradients, and the errors of wrong ones."""

from __future__ import annotations

import gc
import inspect
import math
import weakref

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import autograd as torch
from autograd import Function, float64, tensor
from autograd.testing import check_vjp
from autograd.transforms.function import once_differentiable
from tests.tools.answers import assert_alike
from tests.tools.functions import doubled, function
from tests.tools.shares import share
from tests.tools.tensors import leaf


class Product(Function):
    """x·y and x + y, with a backward written in tensors."""

    @staticmethod
    def forward(ctx, x, y):
        a, b = x * y, x + y
        ctx.save_for_backward(x, y, a)
        return a, b

    @staticmethod
    def backward(ctx, ga, gb):
        x, _, a = ctx.saved_tensors
        return ga * a / x + gb, ga * x + gb


class Split(Function):
    """The same with setup_context."""

    @staticmethod
    def forward(x, y):
        return x * y, x + y

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(*inputs, output[0])

    backward = Product.backward


@pytest.mark.parametrize("made", [Product, Split])
def test_first_and_second_derivatives_agree_with_finite_differences(made):
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0.5, 2, (2, 3)), rng.uniform(0.5, 2, (2, 3))

    def call(x, y):
        if isinstance(x, autograd.Tensor):
            return made.apply(x, y)
        return x * y, x + y

    check_vjp(call, (x, y), rng, order=2)


@share(1 / 2)
@given(st.lists(st.sampled_from(["first", "second", "both"]), min_size=1, max_size=4), st.integers(0, 100))
def test_any_combination_of_outputs_may_be_used(uses, seed):
    rng = np.random.default_rng(seed)
    values = rng.uniform(0.5, 2, 3), rng.uniform(0.5, 2, 3)

    def loss(pair):
        a, b = pair
        return sum(({"first": a, "second": b, "both": a * b}[use]).sum() for use in uses)

    def gradients(call):
        x, y = (tensor(v, requires_grad=True) for v in values)
        loss(call(x, y)).backward()
        return x.grad.numpy(), y.grad.numpy()

    for got, expected in zip(gradients(Product.apply), gradients(lambda x, y: (x * y, x + y)), strict=True):
        np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_grad_fn_has_the_name_of_the_class():
    x = tensor(2.0, requires_grad=True)
    assert Product.apply(x, x)[0].grad_fn.name() == "ProductBackward"


def test_forward_is_not_recorded_and_a_call_without_gradients_has_no_node():
    seen = []
    call = function(lambda ctx, x: (seen.append(autograd.is_grad_enabled()), x * 2)[1], lambda ctx, g: g)
    assert not call(tensor(1.0)).requires_grad
    with autograd.no_grad():
        assert not call(tensor(1.0, requires_grad=True)).requires_grad
    assert seen == [False, False]


def test_an_argument_whose_gradient_is_none_gets_no_gradient():
    x, y = tensor(1.0, requires_grad=True), tensor(2.0, requires_grad=True)
    function(lambda ctx, x, y: x + y, lambda ctx, g: (None, g))(x * 1, y).backward()
    assert x.grad is None
    assert y.grad == 1


def test_the_node_of_a_single_output_is_the_node_of_the_call():
    class Double(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = leaf([1.0])
    assert Double.apply(x).grad_fn.next_functions == ((x.node, 0),)


def test_an_input_that_forward_returns_becomes_a_new_output():
    x = tensor([1.0], requires_grad=True)
    y = function(lambda ctx, x: x, lambda ctx, g: 5 * g)(x)
    assert y is not x and x.is_leaf
    y.backward()
    assert x.grad.tolist() == [5]


def test_existing_tensors_that_forward_returns_are_not_changed():
    class Second(Function):
        @staticmethod
        def forward(ctx, x, constant):
            return constant, other, constant

        @staticmethod
        def backward(ctx, *grads):
            return sum(grads), None

    x, constant, other = leaf([1.0]), torch.ones(1, dtype=float64), leaf([5.0])
    first, second, third = Second.apply(x, constant)
    assert not constant.requires_grad and other.is_leaf
    assert first is not constant and second is not other and third is not first
    (first + 2 * second + 3 * third).sum().backward()
    assert x.grad.tolist() == [6.0] and other.grad is None


@pytest.mark.parametrize(
    "backward, message",
    [
        (lambda ctx, g: (g, g), r"MineBackward returned an incorrect number of gradients \(expected 1, got 2\)"),
        (lambda ctx, g: (), r"MineBackward returned an incorrect number of gradients \(expected 1, got 0\)"),
        (lambda ctx, g: 3, r"expected Variable or None \(got int\)"),
        (lambda ctx, g: g.expand(3, 2)[:, :1], r"MineBackward returned an invalid gradient at index 0 - got \[3, 1\]"),
    ],
)
def test_wrong_gradients_raise_with_the_name_of_the_function(backward, message):
    with pytest.raises(RuntimeError, match=message):
        doubled(backward)(tensor([1.0, 2.0], requires_grad=True)).sum().backward()


def test_a_gradient_for_an_argument_that_is_not_a_tensor_raises():
    with pytest.raises(RuntimeError, match="gradient different than None at position 2"):
        doubled(lambda ctx, g: (g, g))(tensor([1.0], requires_grad=True), 3).backward()


def test_the_error_of_a_superfluous_gradient_names_its_position():
    class Scale(Function):
        @staticmethod
        def forward(ctx, x, factor):
            return x * factor

        @staticmethod
        def backward(ctx, g):
            return g, g

    with pytest.raises(RuntimeError, match="different than None at position 2"):
        Scale.apply(leaf([1.0]), 3.0).sum().backward()
    with pytest.raises(RuntimeError, match="different than None at position 1"):
        Scale.apply(3.0, leaf([1.0])).sum().backward()


@pytest.mark.parametrize(("shape", "gradient"), [((1, 3), (3,)), ((0,), (3,))])
def test_a_gradient_that_cannot_be_summed_to_the_shape_of_its_input_raises(shape, gradient):
    class Wrong(Function):
        @staticmethod
        def forward(ctx, x):
            return torch.ones(2, dtype=float64)

        @staticmethod
        def backward(ctx, g):
            return torch.ones(gradient, dtype=float64)

    x = torch.ones(shape, dtype=float64, requires_grad=True)
    with pytest.raises(RuntimeError, match="invalid gradient"):
        Wrong.apply(x).sum().backward()


def test_a_broadcast_gradient_is_summed_and_cast():
    x = tensor([1.0, 2.0], requires_grad=True)
    doubled(lambda ctx, g: (g.expand(3, 2).double(), None))(x).sum().backward()
    assert x.grad.tolist() == [3, 3] and x.grad.dtype is autograd.float32


def test_a_gradient_with_more_dims_than_its_input_is_summed():
    class Rows(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return torch.stack([g, g, g]) if g[0] > 1 else g.reshape(1, -1)

    for factor, expected in ((1.0, [1.0, 1.0]), (5.0, [15.0, 15.0])):
        x = leaf([1.0, 2.0])
        (Rows.apply(x) * factor).sum().backward()
        assert x.grad.tolist() == expected


@pytest.mark.parametrize(("shape", "given"), [((1,), (3,)), ((300,), (2, 300)), ((2, 1), (2, 300)), ((), (1,))])
def test_a_gradient_of_a_shape_that_its_input_broadcasts_to_is_summed(shape, given):
    class Spread(Function):
        @staticmethod
        def forward(ctx, x):
            return x.sum()

        @staticmethod
        def backward(ctx, g):
            return g.expand(given)

    x = torch.ones(shape, dtype=float64, requires_grad=True)
    Spread.apply(x).backward()
    assert x.grad.shape == shape
    assert x.grad.unique().tolist() == [math.prod(given) / math.prod(shape)]


def test_errors_name_the_missing_method():
    x = tensor(1.0, requires_grad=True)
    with pytest.raises(NotImplementedError, match="must implement the forward"):
        type("Empty", (Function,), {}).apply(x)
    half = type("Half", (Function,), {"forward": staticmethod(lambda ctx, x: x * 2)})
    with pytest.raises(NotImplementedError, match="must implement either the backward or vjp"):
        half.apply(x).backward()


@pytest.mark.parametrize("name", ["forward", "setup_context", "backward"])
def test_the_methods_of_function_are_static(name):
    assert isinstance(inspect.getattr_static(Function, name), staticmethod)


def test_once_differentiable_raises_for_a_second_derivative():
    @once_differentiable
    def backward(ctx, g):
        return tensor(2 * g.detach().numpy())

    x = tensor([1.0], requires_grad=True)
    call = doubled(backward)
    (g,) = autograd.grad(call(x), x)
    assert g.tolist() == [2]
    (g,) = autograd.grad((call(x) ** 2).sum(), x, create_graph=True)
    with pytest.raises(RuntimeError, match="trying to differentiate twice"):
        g.sum().backward()


def test_a_once_differentiable_backward_gets_none_for_an_unused_output():
    class Both(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.set_materialize_grads(False)
            return x * 2, x * 3

        @staticmethod
        @torch.autograd.function.once_differentiable
        def backward(ctx, g, h):
            assert h is None
            return g * 2

    x = leaf([1.0, 2.0])
    (g,) = torch.autograd.grad(Both.apply(x)[0].sum() + (x * x).sum(), x, create_graph=True)
    assert g.tolist() == [4.0, 6.0]


def test_the_graph_dies_with_its_last_reference():
    gc.disable()
    try:
        x = tensor([1.0, 2.0], requires_grad=True)
        a, b = Product.apply(x, x * 2)
        node = weakref.ref(a.grad_fn)
        del a, b
        assert node() is None
    finally:
        gc.enable()


def test_values_and_gradients_are_those_of_pytorch(answers):
    def results(lib):
        class Clip(lib.autograd.Function):
            @staticmethod
            def forward(ctx, x, low):
                ctx.save_for_backward(x)
                ctx.low = low
                return x.clamp(min=low), (x < low).sum()

            @staticmethod
            def backward(ctx, g, _):
                (x,) = ctx.saved_tensors
                return g * (x >= ctx.low) * x, None

        x = lib.tensor([-1.0, 0.5, 2.0], dtype=lib.float64, requires_grad=True)
        y, count = Clip.apply(x, 0.0)
        (g,) = lib.autograd.grad((y**2).sum(), x, create_graph=True)
        (h,) = lib.autograd.grad(g.sum(), x)
        return (y.tolist(), int(count), count.requires_grad, g.tolist(), h.tolist())

    assert_alike(results(autograd), answers("torch", results), rtol=0)


def test_a_view_that_forward_modified_and_returned_can_be_written_in_place():
    def add_one(ctx, x):
        ctx.mark_dirty(x)
        return x.add_(1)

    x = torch.ones(2, 2, requires_grad=True)
    base = x * 2
    function(add_one, lambda ctx, g: g)(base[0]).mul_(3)
    base.sum().backward()
    assert base.tolist() == [[9, 9], [2, 2]] and x.grad.tolist() == [[6, 6], [2, 2]]
