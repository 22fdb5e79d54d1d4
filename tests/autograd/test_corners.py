"""Corners of the engine that random programs seldom reach: each was found by a mutant that lived."""

import threading

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


def test_complex_numbers_are_true_if_either_part_is():
    assert tensor([1j, 0j, 1.0 + 0j]).bool().tolist() == [True, False, True]


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


def test_complex_numbers_are_not_added_to_real_ones_in_place():
    x = tensor([1.0, 2.0])
    with pytest.raises(RuntimeError, match="can't be cast"):
        x.add_(tensor([1j, 2j]))
    assert x.tolist() == [1.0, 2.0] and x._version == 0


def test_the_dim_that_does_not_broadcast_is_named():
    with pytest.raises(RuntimeError, match=r"tensor a \(4\) must match the size of tensor b \(3\) at dim -2"):
        torch.ones(4, 1) + torch.ones(3, 2)


def test_a_tape_that_is_entered_again_watches_what_it_watched():
    x = tensor(3.0)
    tape = torch.GradientTape()
    with tape:
        tape.watch(x)
        y = x * 2
    with tape:
        z = y * x
    assert tape.gradient(z, x).item() == 12.0


def test_an_output_gradient_of_another_precision_is_refused():
    x = leaf([1.0, 2.0])
    with torch.GradientTape(persistent=True) as tape:
        y = x * 2
    for kind in (torch.float32, torch.complex128):
        with pytest.raises(ValueError, match="they must be the same"):
            tape.gradient(y, x, output_gradients=torch.ones(2, dtype=kind))


def test_the_warning_of_a_watched_integer_points_at_the_users_line():
    with torch.GradientTape() as tape, pytest.warns(UserWarning, match="must be floating") as caught:
        tape.watch(torch.tensor([1, 2]))
    assert caught[0].filename == __file__


def test_a_batch_jacobian_of_what_is_not_connected_says_why():
    x, other = torch.ones(2, 3), torch.ones(2, 3)
    with torch.GradientTape() as tape:
        tape.watch([x, other])
        y = x * x
    assert not tape.batch_jacobian(y, other).any()
    assert "from other watched tensors" in tape.explain_none(y, other)


def test_memory_shown_several_times_is_not_written():
    for shown in (torch.ones(1).expand(3), torch.tensor(1.0).expand(3), torch.ones(3, 1).expand(3, 3)):
        with pytest.raises(RuntimeError, match="single memory location"):
            shown.add_(1)


def test_a_masked_array_is_refused_and_other_kinds_become_plain():
    class Odd(np.ndarray):
        pass

    x = tensor([1.0, 2.0])
    with pytest.raises(TypeError, match="masked array would lose its mask"):
        x + np.ma.masked_array([1.0, 2.0], [True, False])
    assert type((x + np.ones(2).view(Odd)).array) is np.ndarray


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.bool])
def test_functions_of_whole_numbers_are_of_the_default_float(dtype):
    assert torch.exp(torch.ones(2, dtype=dtype)).dtype is torch.float32


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


def test_hooks_on_what_is_saved_stay_in_their_thread():
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


@pytest.mark.parametrize(("rows", "others"), [(2, 3), (3, 2)])
def test_a_batch_jacobian_of_other_batches_is_refused(rows, others):
    x, other = torch.ones(rows, 2), torch.ones(others, 2)
    with torch.GradientTape() as tape:
        tape.watch([x, other])
        y = x * x
    with pytest.raises(ValueError, match="Need first dimension of target shape"):
        tape.batch_jacobian(y, other)


def test_the_end_of_a_tape_takes_nothing_from_a_leaf_or_from_another_tape():
    w, x = leaf(3.0), torch.tensor(2.0, dtype=float64)
    with torch.GradientTape() as outer:
        outer.watch([w, x])
        with torch.GradientTape() as inner:
            inner.watch([w, x])
        y = w * x * x
    assert w.requires_grad and not x.requires_grad
    assert [g.item() for g in outer.gradient(y, [w, x])] == [4.0, 12.0]


@pytest.mark.parametrize("count", [1, 3])
def test_cotangents_are_as_many_as_targets(count):
    x = torch.tensor(2.0)
    with torch.GradientTape() as tape:
        tape.watch(x)
        targets = [x * x, x * 3]
    with pytest.raises(ValueError, match=f"got {count} for 2 targets"):
        tape.gradient(targets, x, output_gradients=[torch.tensor(1.0)] * count)


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


def test_a_scaled_quotient_is_added_in_place():
    x = tensor([1.0, 2.0])
    assert x.addcdiv_(tensor([6.0, 9.0]), tensor([2.0, 3.0]), value=0.5).tolist() == [2.5, 3.5]
    assert x.addcmul_(tensor([6.0, 9.0]), tensor([2.0, 3.0]), value=0.5).tolist() == [8.5, 17.0]


def test_gradients_have_a_graph_only_when_it_is_asked_for():
    x = leaf([2.0])
    (x * x).sum().backward()
    assert x.grad.grad_fn is None and not x.grad.requires_grad
    x.register_hook(lambda g: g * 2)
    (x * x).sum().backward()
    assert x.grad.grad_fn is None and not x.grad.requires_grad and x.grad.tolist() == [12.0]
