"""Function: a user's own operation behaves as a primitive does, and is told so where it does not."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
from autograd import Function, tensor
from autograd.testing import check_vjp
from autograd.transforms.function import once_differentiable
from tests.tools.shares import share


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


def function(forward, backward):
    """A Function of these two."""
    return type("Mine", (Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)}).apply


def doubled(backward, prepare=lambda ctx, x: None):
    def forward(ctx, x, *others):
        prepare(ctx, x)
        return x * 2

    return function(forward, backward)


@pytest.mark.parametrize("made", [Product, Split])
def test_first_and_second_derivatives_are_those_of_differences(made):
    rng = np.random.default_rng(0)
    x, y = rng.uniform(0.5, 2, (2, 3)), rng.uniform(0.5, 2, (2, 3))

    def call(x, y):
        if isinstance(x, autograd.Tensor):
            return made.apply(x, y)
        return x * y, x + y

    check_vjp(call, (x, y), rng, order=2)


@share(1 / 2)
@given(st.lists(st.sampled_from(["first", "second", "both"]), min_size=1, max_size=4), st.integers(0, 100))
def test_outputs_may_be_used_in_any_combination(uses, seed):
    rng = np.random.default_rng(seed)
    values = rng.uniform(0.5, 2, 3), rng.uniform(0.5, 2, 3)

    def loss(pair):
        a, b = pair
        return sum(({"first": a, "second": b, "both": a * b}[use]).sum() for use in uses)

    def gradients(call):
        x, y = (tensor(v, requires_grad=True) for v in values)
        loss(call(x, y)).backward()
        return x.grad.numpy(), y.grad.numpy()

    for got, expected in zip(gradients(Product.apply), gradients(lambda x, y: (x * y, x + y))):
        np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_grad_fn_has_the_name_of_the_class():
    x = tensor(2.0, requires_grad=True)
    assert Product.apply(x, x)[0].grad_fn.name() == "ProductBackward"


def test_forward_is_not_recorded_and_nothing_is_without_a_gradient():
    seen = []
    call = function(lambda ctx, x: (seen.append(autograd.is_grad_enabled()), x * 2)[1], lambda ctx, g: g)
    assert not call(tensor(1.0)).requires_grad
    with autograd.no_grad():
        assert not call(tensor(1.0, requires_grad=True)).requires_grad
    assert seen == [False, False]


def test_needs_input_grad_says_which_arguments_do():
    seen = []

    def backward(ctx, g):
        seen.append(ctx.needs_input_grad)
        return g, None, None

    call = function(lambda ctx, x, y, n: x * y * n, backward)
    call(tensor(1.0, requires_grad=True), tensor(2.0), 3).backward()
    assert seen == [(True, False, False)]


def test_saved_tensors_are_freed_by_the_backward_pass():
    call = doubled(lambda ctx, g: g * ctx.saved_tensors[0], lambda ctx, x: ctx.save_for_backward(x))
    y = call(tensor([1.0, 2.0], requires_grad=True))
    y.sum().backward()
    with pytest.raises(RuntimeError, match="second time"):
        y.sum().backward()


def test_without_saved_tensors_a_second_backward_is_fine():
    x = tensor(1.0, requires_grad=True)
    y = doubled(lambda ctx, g: 2 * g)(x)
    y.backward()
    y.backward()
    assert x.grad == 4


def test_an_overwritten_saved_tensor_raises():
    x = tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    call = doubled(lambda ctx, g: g * ctx.saved_tensors[0], lambda ctx, x: ctx.save_for_backward(x))
    z = call(y).sum()
    y.data.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.backward()


def test_only_tensors_are_saved():
    with pytest.raises(TypeError, match="save_for_backward can only save variables, but argument 0 is of type int"):
        doubled(lambda ctx, g: g, lambda ctx, x: ctx.save_for_backward(3))(tensor(1.0, requires_grad=True))


@pytest.mark.parametrize("materializes", [True, False])
def test_an_unused_output_gives_zeros_or_none(materializes):
    seen = []

    def forward(ctx, x):
        ctx.set_materialize_grads(materializes)
        return x * 2, x * 3

    def backward(ctx, ga, gb):
        seen.append(gb)
        return ga * 2

    x = tensor([1.0, 2.0], requires_grad=True)
    function(forward, backward)(x)[0].sum().backward()
    assert (seen[0] is None) if not materializes else seen[0].tolist() == [0, 0]


def test_marked_and_integer_outputs_require_no_gradient():
    def forward(ctx, x):
        marked = x * 1
        ctx.mark_non_differentiable(marked)
        return x * 2, marked, x.long(), "label"

    def backward(ctx, g, *others):
        assert others[0].tolist() == [0, 0] and others[1].tolist() == [0, 0] and others[2] is None
        return 2 * g

    x = tensor([1.0, 2.0], requires_grad=True)
    y, marked, whole, label = function(forward, backward)(x)
    assert (y.requires_grad, marked.requires_grad, whole.requires_grad, label) == (True, False, False, "label")
    y.sum().backward()
    assert x.grad.tolist() == [2, 2]


def test_a_none_gradient_flows_nowhere():
    x, y = tensor(1.0, requires_grad=True), tensor(2.0, requires_grad=True)
    function(lambda ctx, x, y: x + y, lambda ctx, g: (None, g))(x * 1, y).backward()
    assert x.grad is None
    assert y.grad == 1


def test_an_input_returned_as_it_is_becomes_an_output():
    x = tensor([1.0], requires_grad=True)
    y = function(lambda ctx, x: x, lambda ctx, g: 5 * g)(x)
    assert y is not x and x.is_leaf
    y.backward()
    assert x.grad.tolist() == [5]


def test_a_dirty_input_takes_its_place_in_the_graph():
    def forward(ctx, x):
        x.mul_(3)
        ctx.mark_dirty(x)
        return x

    call = function(forward, lambda ctx, g: 3 * g)
    x = tensor([1.0, 2.0], requires_grad=True)
    y = x * 2
    assert call(y) is y
    y.sum().backward()
    assert y.tolist() == [6, 12] and x.grad.tolist() == [6, 6]
    with pytest.raises(RuntimeError, match="leaf Variable that requires grad"):
        call(tensor([1.0], requires_grad=True))


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


def test_a_gradient_for_a_number_raises():
    with pytest.raises(RuntimeError, match="gradient different than None at position 2"):
        doubled(lambda ctx, g: (g, g))(tensor([1.0], requires_grad=True), 3).backward()


def test_a_gradient_that_was_broadcast_is_summed_and_cast():
    x = tensor([1.0, 2.0], requires_grad=True)
    doubled(lambda ctx, g: (g.expand(3, 2).double(), None))(x).sum().backward()
    assert x.grad.tolist() == [3, 3] and x.grad.dtype is autograd.float32


def test_missing_methods_are_named():
    x = tensor(1.0, requires_grad=True)
    with pytest.raises(NotImplementedError, match="must implement the forward"):
        type("Empty", (Function,), {}).apply(x)
    half = type("Half", (Function,), {"forward": staticmethod(lambda ctx, x: x * 2)})
    with pytest.raises(NotImplementedError, match="must implement either the backward or vjp"):
        half.apply(x).backward()


def test_once_differentiable_refuses_the_second_derivative():
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


def test_trajectory_of_torch():
    torch = pytest.importorskip("torch")
    results = []
    for lib in (autograd, torch):

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
        results.append((y.tolist(), int(count), count.requires_grad, g.tolist(), h.tolist()))
    assert results[0] == results[1]
