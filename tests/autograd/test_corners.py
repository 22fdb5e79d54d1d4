"""Corners of the engine that random programs seldom reach: each was found by a mutant that lived."""

import numpy as np
import pytest

import autograd as torch
from autograd import Function, float64, tensor


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


def test_an_output_that_is_given_twice_counts_twice():
    x = leaf([1.0, 2.0])
    y = x * 3
    torch.autograd.backward([y, y], [torch.ones(2, dtype=float64), torch.full((2,), 10.0, dtype=float64)])
    assert x.grad.tolist() == [33.0, 33.0]


def test_the_walk_goes_on_past_a_source_that_the_tape_did_not_record():
    x = leaf(1.5)
    with torch.GradientTape() as tape:
        tape.watch(x)
        a = x * 2
        with tape.stop_recording():
            b = a * 4
        tape.watch(b)
        c = a * b
    found = tape.gradient(c, [b, x])
    assert [g.item() for g in found] == [3.0, 24.0]


def test_gradients_with_a_graph_accumulate_too():
    x = leaf([1.0, 2.0])
    for _ in range(2):
        (x**3).sum().backward(create_graph=True)
    assert x.grad.tolist() == [6.0, 24.0]
    assert torch.autograd.grad(x.grad.sum(), x)[0].tolist() == [12.0, 24.0]


def test_what_is_added_to_a_gradient_with_a_graph_leaves_no_graph_that_is_half_of_it():
    x = leaf([1.0, 2.0])
    (x**3).sum().backward(create_graph=True)
    (x**3).sum().backward()
    assert x.grad.tolist() == [6.0, 24.0]
    assert not x.grad.requires_grad


def test_composites_in_place_are_those_that_return():
    x, y, z = tensor([1.0, 5.0]), tensor([3.0, 1.0]), tensor([2.0, 4.0])
    assert x.clone().lerp_(y, 0.25).tolist() == [1.5, 4.0]
    assert x.clone().addcmul_(y, z, value=0.5).tolist() == [4.0, 7.0]
    assert x.clone().addcdiv_(y, z, value=2).tolist() == [4.0, 5.5]


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


@pytest.mark.parametrize("kind", [torch.complex64, torch.complex128])
def test_complex_numbers_stay_complex_when_they_are_converted(kind):
    z = tensor([1 + 2j, -3j], dtype=torch.complex128)
    np.testing.assert_array_equal(z.to(kind).numpy(), [1 + 2j, -3j])


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
            return g_cube * 3 * square + g_square * 2 * x

    x = leaf(2.0)
    cube = CubeAndSquare.apply(x)[0]
    (g,) = torch.autograd.grad(cube, x, create_graph=True)
    assert g.item() == 12.0
    assert torch.autograd.grad(g, x)[0].item() == 12.0
