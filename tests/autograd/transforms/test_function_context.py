"""Corners of `Function` that random programs seldom reach: each was found by a mutant that lived."""

import inspect
import math

import pytest

import autograd as torch
from autograd import Function, float64, tensor


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


def test_an_input_that_a_function_returns_as_it_is_and_saves_is_saved_as_the_input():
    class Squares(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 2 * x

    x = leaf(3.0)
    (g,) = torch.autograd.grad(Squares.apply(x), x, create_graph=True)
    assert g.item() == 6.0
    assert torch.autograd.grad(g, x)[0].item() == 2.0


def test_a_saved_output_that_is_gone_still_has_a_second_derivative():
    class CubeAndSquare(Function):
        @staticmethod
        def forward(ctx, x):
            cube, square = x**3, x**2
            ctx.save_for_backward(x, square)
            return cube, square

        @staticmethod
        def backward(ctx, g_cube, g_square):
            x, square = ctx.saved_tensors
            return g_cube * (2 * square + ctx.saved_tensors[1]) + g_square * 2 * x

    x = leaf(2.0)
    cube = CubeAndSquare.apply(x)[0]
    (g,) = torch.autograd.grad(cube, x, create_graph=True)
    assert g.item() == 12.0
    assert torch.autograd.grad(g, x)[0].item() == 12.0


def test_what_a_function_saved_is_there_until_it_is_freed():
    kept = []

    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            kept.append(ctx)
            return x * x

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return 2 * g * x

    y = Square.apply(leaf([3.0])).sum()
    assert kept[0].saved_tensors[0].tolist() == [3.0]
    y.backward()
    with pytest.raises(RuntimeError, match="already been freed"):
        _ = kept[0].saved_tensors


@pytest.mark.parametrize(("shape", "gradient"), [((1, 3), (3,)), ((0,), (3,))])
def test_a_gradient_that_does_not_sum_to_its_input_is_refused(shape, gradient):
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


def test_a_saved_output_without_a_gradient_is_a_constant():
    class SquareAndFloor(Function):
        @staticmethod
        def forward(ctx, x):
            floor = x.floor()
            ctx.mark_non_differentiable(floor)
            ctx.save_for_backward(x, floor)
            return x * x, floor

        @staticmethod
        def backward(ctx, g, _):
            x, floor = ctx.saved_tensors
            assert not floor.requires_grad
            return g * (x + floor)

    x = leaf([2.5])
    y, floor = SquareAndFloor.apply(x)
    (g,) = torch.autograd.grad(y, x, create_graph=True)
    assert (g.tolist(), floor.tolist()) == ([4.5], [2.0])
    assert torch.autograd.grad(g, x)[0].tolist() == [1.0]


def test_the_only_output_of_a_function_is_made_by_its_call():
    class Double(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            return g * 2

    x = leaf([1.0])
    assert Double.apply(x).grad_fn.next_functions == ((x.node, 0),)


def test_what_a_function_returns_as_it_is_stays_what_it_was():
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
def test_a_gradient_to_which_its_input_expands_is_summed(shape, given):
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


def test_a_backward_that_is_not_differentiated_may_be_given_no_gradient():
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


def test_a_second_backward_through_two_outputs_says_their_shape():
    class Both(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2, x * 3

        @staticmethod
        def backward(ctx, g, h):
            return 2 * g + 3 * h + 0 * ctx.saved_tensors[0]

    first, second = Both.apply(leaf([1.0, 2.0]))
    y = (first * second.exp()).sum()
    y.backward()
    with pytest.raises(RuntimeError, match=r"\(2,\) with grad_fn=<"):
        first.sum().backward()


def test_a_gradient_too_many_is_named_by_its_place():
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


@pytest.mark.parametrize("name", ["forward", "setup_context", "backward"])
def test_a_functions_parts_are_static(name):
    assert isinstance(inspect.getattr_static(Function, name), staticmethod)
