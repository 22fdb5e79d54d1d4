"""The context of a Function: saved tensors, marks on inputs and outputs, what needs a gradient."""

from __future__ import annotations

import pytest

import autograd as torch
from autograd import Function, tensor
from tests.tools.functions import doubled, function
from tests.tools.tensors import leaf


def test_needs_input_grad_tells_which_arguments_require_a_gradient():
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


def test_saved_tensors_can_be_read_until_they_are_freed():
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


def test_a_second_backward_works_if_nothing_was_saved():
    x = tensor(1.0, requires_grad=True)
    y = doubled(lambda ctx, g: 2 * g)(x)
    y.backward()
    y.backward()
    assert x.grad == 4


def test_the_error_of_a_second_backward_through_two_outputs_names_their_shape():
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


def test_a_saved_tensor_that_was_modified_in_place_raises():
    x = tensor([1.0, 2.0], requires_grad=True)
    y = x * 1
    call = doubled(lambda ctx, g: g * ctx.saved_tensors[0], lambda ctx, x: ctx.save_for_backward(x))
    z = call(y).sum()
    y.detach().mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        z.backward()


def test_saving_anything_but_a_tensor_raises():
    with pytest.raises(TypeError, match="save_for_backward can only save variables, but argument 0 is of type int"):
        doubled(lambda ctx, g: g, lambda ctx, x: ctx.save_for_backward(3))(tensor(1.0, requires_grad=True))


def test_an_input_that_is_both_saved_and_returned_is_saved_as_the_input():
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


def test_a_saved_output_that_was_deleted_still_has_a_second_derivative():
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


def test_an_input_that_is_marked_dirty_gets_the_node_of_the_call():
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
