"""Corners of the engine that random programs seldom reach: each was found by a mutant that lived."""

import inspect
import threading
import tracemalloc

import numpy as np
import pytest

import autograd as torch
import autograd.primitive as primitives
from autograd import Function, backprop, float64, inplace, tensor
from autograd.tape import UnconnectedGradients
from autograd.taped import TapeTensor


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
    assert x.clone().addcmul_(y, z).tolist() == [7.0, 9.0]
    assert x.clone().addcdiv_(y, z).tolist() == [2.5, 5.25]
    assert x.clone().logical_not_().tolist() == [0.0, 0.0]


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
            return g_cube * (2 * square + ctx.saved_tensors[1]) + g_square * 2 * x

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


@pytest.mark.parametrize("other", [(1, 3), (2, 3)])
def test_a_tensor_does_not_grow_when_it_is_written(other):
    x = torch.ones(3)
    for method in (x.add_, x.pow_):
        with pytest.raises(RuntimeError, match="doesn't match the broadcast shape"):
            method(torch.ones(other))
    assert x.tolist() == [1.0, 1.0, 1.0]


@pytest.mark.parametrize("shape", [(1,), (3,), (1, 2), ()])
def test_a_cotangent_has_the_shape_of_its_output(shape):
    y = leaf([1.0, 2.0]) * 2
    with pytest.raises(RuntimeError, match="Mismatch in shape"):
        y.backward(torch.ones(shape, dtype=float64))


@pytest.mark.parametrize("dtype", [torch.float32, torch.complex128])
def test_a_cotangent_has_the_dtype_of_its_output(dtype):
    y = leaf([1.0, 2.0]) * 2
    with pytest.raises(RuntimeError, match="Mismatch in dtype"):
        y.backward(torch.ones(2, dtype=dtype))


def test_a_jacobian_of_what_is_not_on_the_tape_is_none_or_zero():
    x, other = torch.ones(2), torch.ones(3)
    with torch.GradientTape(persistent=True) as tape:
        tape.watch([x, other])
    y = x * x
    assert tape.jacobian(y, [x, other]) == [None, None]
    zeros = tape.jacobian(y, [x, other], unconnected_gradients="zero")
    assert [z.tolist() for z in zeros] == [[[0.0] * 2] * 2, [[0.0] * 3] * 2]


def test_the_dim_that_does_not_broadcast_is_named():
    with pytest.raises(RuntimeError, match=r"tensor a \(4\) must match the size of tensor b \(3\) at dim -2"):
        torch.ones(4, 1) + torch.ones(3, 2)


@pytest.mark.parametrize(("m", "n"), [(3, 0), (0, 3)])
def test_an_empty_dim_that_does_not_broadcast_is_named(m, n):
    with pytest.raises(RuntimeError, match=rf"tensor a \({m}\) must match the size of tensor b \({n}\) at dim -1"):
        torch.ones(m) + torch.ones(n)


def test_complex_numbers_are_set_in_complex_tensors_alone():
    z, x = torch.zeros(2, dtype=torch.complex64), torch.zeros(2)
    z[0] = 2j
    z[1] = True
    assert z.tolist() == [2j, 1]
    with pytest.raises(RuntimeError, match="without overflow"):
        x[0] = 2j
    assert x.tolist() == [0.0, 0.0]


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


def test_an_expanded_tensor_is_written_where_nothing_is_shown_twice():
    x = torch.zeros(3, 1)
    x.expand(2, 3, 1)[0].add_(1)
    x.expand(3, 4)[:, 2] = torch.tensor([1.0, 2.0, 3.0])
    x.squeeze().expand(3).mul_(2)
    assert x.tolist() == [[2.0], [4.0], [6.0]]
    x[0].expand(3)[1] = 5.0
    assert x.tolist() == [[5.0], [4.0], [6.0]]
    for key in (slice(None), [0, 1]):
        with pytest.raises(RuntimeError, match="single memory location"):
            x[0].expand(3)[key] = 5.0


def test_memory_for_reading_only_is_not_written():
    for values in (np.ones(2), np.ones(1)):
        values.flags.writeable = False
        for x in (torch.from_numpy(values), torch.from_numpy(values).expand(2, len(values))[0]):
            with pytest.raises(RuntimeError, match="for reading only"):
                x.add_(1)


def test_the_parents_of_a_node_are_told_as_pytorch_tells_them():
    x = leaf([1.0])
    y = x.exp() * x
    assert y.grad_fn.next_functions == ((y.grad_fn.parents[0], 0), (x.node, 0))


def test_a_jacobian_is_recorded_through_a_function_of_the_users():
    class Cube(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x**3

        @staticmethod
        def backward(ctx, g):
            return g * 3 * ctx.saved_tensors[0] ** 2

    x = torch.tensor([1.0, 2.0])
    with torch.GradientTape() as outer:
        outer.watch(x)
        with torch.GradientTape() as inner:
            inner.watch(x)
            y = Cube.apply(x)
        slopes = inner.jacobian(y, x)
    assert slopes.tolist() == [[3.0, 0.0], [0.0, 12.0]]
    assert outer.gradient(slopes, x).tolist() == [6.0, 12.0]
    with torch.GradientTape() as outer:
        outer.watch(x)
        with torch.GradientTape() as inner:
            inner.watch(x)
            y = Cube.apply(x)
        slope = inner.gradient(y, x)
    assert outer.gradient(slope, x).tolist() == [6.0, 12.0]


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


@pytest.mark.parametrize(("rows", "others"), [([2], [3]), ([3], [2]), ([], [2]), ([2], []), ([], [])])
def test_a_batch_jacobian_of_other_batches_is_refused(rows, others):
    x, other = torch.ones(*rows), torch.ones(*others)
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


def test_an_old_value_that_a_rule_needs_survives_the_write():
    for method in ("mul_", "pow_", "div_"):
        plain, w = torch.tensor([2.0, 3.0], dtype=float64), leaf([2.0, 1.0])
        expected = torch.autograd.grad(getattr(plain, method[:-1])(w).sum(), w)[0].tolist()
        written = plain.clone()
        getattr(written, method)(w).sum().backward()
        assert w.grad.tolist() == expected


def test_a_walk_goes_on_behind_the_youngest_source():
    x, w = leaf([2.0]), leaf([5.0])
    a = x * 3
    b = w * 7
    found = torch.autograd.grad((a * b).sum(), [b, x])
    assert [g.tolist() for g in found] == [[6.0], [105.0]]


def test_a_write_elsewhere_does_no_harm_to_what_was_saved():
    x, factor, other = leaf([2.0, 3.0]), torch.ones(2, dtype=float64), torch.ones(1)
    factor.add_(1)
    y, z = x * factor, leaf(4.0).exp()
    other.add_(1)
    y.sum().backward()
    z.backward()
    assert x.grad.tolist() == [2.0, 2.0]


def test_a_write_is_told_by_the_versions_before_and_after():
    x, factor = leaf([2.0, 3.0]), torch.ones(2, dtype=float64)
    factor.add_(1).add_(1)
    y = (x * factor).sum()
    factor.add_(1).add_(1).add_(1)
    with pytest.raises(RuntimeError, match=r"argument y of shape \(2,\) at version 2, but it is at version 5 now"):
        y.backward()


def test_a_hook_after_retain_grad_is_called_and_what_it_returns_retained():
    x = leaf([2.0])
    y = x * 3
    y.retain_grad()
    y.register_hook(lambda g: g * 10)
    (y * y).sum().backward()
    assert y.grad.tolist() == [120.0] and x.grad.tolist() == [360.0]


@pytest.mark.parametrize("shape", [(1,), (3,), (1, 2)])
@pytest.mark.parametrize("create_graph", [False, True])
def test_a_hook_returns_a_gradient_of_the_same_shape_and_dtype(shape, create_graph):
    for other in (torch.ones(shape, dtype=float64), torch.ones(2), torch.ones(2, dtype=torch.complex128)):
        x = leaf([1.0, 2.0])
        y = x * 2
        y.register_hook(lambda g, other=other: other)
        with pytest.raises(RuntimeError, match="has changed the size or the type of value"):
            y.sum().backward(create_graph=create_graph)
        assert x.grad is None


def test_a_hook_alone_retains_nothing():
    x = leaf([2.0])
    y = x * 3
    y.register_hook(lambda g: None)
    (y * y).sum().backward()
    assert getattr(y.node, "grad", None) is None and x.grad.tolist() == [36.0]


def test_backward_of_several_frees_what_was_saved_and_copies_what_was_given():
    x, given = leaf([2.0]), torch.ones(1, dtype=float64)
    y = x * x
    torch.autograd.backward([y, x], [given, given])
    assert x.grad.tolist() == [5.0]
    given.add_(1)
    assert x.grad.tolist() == [5.0]
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.backward([y], [given])


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({}, False),
        ({"retain_graph": True}, True),
        ({"create_graph": True}, True),
        ({"create_graph": True, "retain_graph": True}, True),
        ({"retain_graph": False}, False),
    ],
)
def test_the_graph_is_kept_when_it_is_asked_for(options, kept):
    ones = torch.ones(1, dtype=float64)
    for pull in (
        lambda y, x, **how: torch.autograd.backward([y], [ones], **how),
        lambda y, x, **how: y.backward(ones, **how),
        lambda y, x, **how: torch.autograd.grad([y], [x], [ones], **how),
        lambda y, x, **how: torch.autograd.grad(
            [y], [x], [torch.ones(2, 1, dtype=float64)], is_grads_batched=True, **how
        ),
    ):
        x = leaf([2.0])
        y = x * x
        pull(y, x, **options)
        if kept:
            pull(y, x)
        else:
            with pytest.raises(RuntimeError, match="second time"):
                pull(y, x)


def test_backward_of_several_records_gradients_even_under_no_grad():
    x = leaf([2.0])
    y = x * x * x
    with torch.no_grad():
        torch.autograd.backward([y], [torch.ones(1, dtype=float64)], create_graph=True)
    assert torch.autograd.grad(x.grad, x)[0].tolist() == [12.0]


@pytest.mark.parametrize("rows", [(2, 3), (3, 2)])
def test_a_batch_of_gradients_has_one_size(rows):
    x = leaf([2.0, 3.0])
    with pytest.raises(RuntimeError, match="all with the same first dim"):
        torch.autograd.grad([x * x, x * 2], x, [torch.ones(n, 2, dtype=float64) for n in rows], is_grads_batched=True)
    with pytest.raises(RuntimeError, match="expected a cotangent for each output"):
        torch.autograd.grad([x.sum(), x * 2], x, [None, torch.ones(3, 2, dtype=float64)], is_grads_batched=True)


def test_a_tensor_is_set_to_its_own_elements_in_another_order():
    x = torch.arange(6.0)
    x[torch.tensor([1, 2, 3, 4, 5, 0])] = x
    assert x.tolist() == [5.0, 0.0, 1.0, 2.0, 3.0, 4.0]
    x[torch.tensor([True, True, False, True, True, True])] = x.flip(0)[:5]
    assert x.tolist() == [4.0, 3.0, 1.0, 2.0, 1.0, 0.0]


def test_zeros_for_what_is_not_used_are_not_asked_for_and_refused_at_once():
    x, other = leaf([2.0]), leaf([[1.0, 2.0]])
    with pytest.raises(ValueError, match="allow_unused to be True or not passed"):
        torch.autograd.grad(x.sum(), [x, other], allow_unused=False, materialize_grads=True)
    for allowed in (True, None):
        found = torch.autograd.grad(x.sum(), [x, other], allow_unused=allowed, materialize_grads=True)
        assert [g.tolist() for g in found] == [[1.0], [[0.0, 0.0]]]


def test_hundreds_of_outputs_at_once():
    many = 300  # more than the small numbers of which Python keeps one each
    x = leaf([2.0])
    ones = [torch.ones(1, dtype=float64)] * many
    torch.autograd.backward([x * 3] * many, ones)
    assert x.grad.tolist() == [900.0]
    assert torch.autograd.grad([x * 3] * many, x, ones)[0].tolist() == [900.0]
    (rows,) = torch.autograd.grad([x * 3] * many, x, [torch.eye(1, dtype=float64)] * many, is_grads_batched=True)
    assert rows.tolist() == [[900.0]]
    with torch.GradientTape() as tape:
        targets = [x * 3] * many
    assert tape.gradient(targets, x, output_gradients=ones).tolist() == [900.0]


def test_a_batch_of_one_gradient_is_a_batch():
    x, other = leaf([2.0, 3.0]), leaf([1.0])
    (rows, none) = torch.autograd.grad(
        x * x, [x, other], torch.ones(1, 2, dtype=float64), is_grads_batched=True, allow_unused=True
    )
    assert rows.tolist() == [[4.0, 6.0]] and none is None


def test_a_decorated_function_keeps_its_name_and_words():
    def plain(x):
        """Words."""
        return x

    def values(x):
        """Words."""
        yield x

    for function in (plain, values):
        for mode in (torch.no_grad, torch.enable_grad(), torch.inference_mode(), torch.set_grad_enabled(True)):
            decorated = mode(function)
            assert (decorated.__name__, decorated.__doc__) == (function.__name__, "Words.")


def test_a_batch_of_gradients_frees_the_graph_at_its_end():
    x = leaf([2.0, 3.0])
    y = x * x
    (rows,) = torch.autograd.grad(y, x, torch.eye(2, dtype=float64), is_grads_batched=True)
    assert rows.tolist() == [[4.0, 0.0], [0.0, 6.0]]
    with pytest.raises(RuntimeError, match="second time"):
        torch.autograd.grad(y, x, torch.ones(2, dtype=float64))


def test_the_gradient_of_a_tape_tensor_is_one():
    x = TapeTensor(np.array([2.0, 3.0]))
    with torch.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    gradient = tape.gradient(y, x)
    assert type(gradient) is TapeTensor and gradient.array.tolist() == [4.0, 6.0]


LEFT_OUT = [
    (
        torch.autograd.grad,
        {
            "grad_outputs": None,
            "retain_graph": None,
            "create_graph": False,
            "only_inputs": True,
            "allow_unused": None,
            "is_grads_batched": False,
            "materialize_grads": False,
        },
    ),
    (torch.autograd.backward, {"grad_tensors": None, "retain_graph": None, "create_graph": False, "inputs": None}),
    (torch.Tensor.backward, {"gradient": None, "retain_graph": None, "create_graph": False, "inputs": None}),
    (torch.GradientTape, {"persistent": False, "watch_accessed_variables": True}),
    (
        torch.GradientTape.jacobian,
        {
            "unconnected_gradients": UnconnectedGradients.NONE,
            "parallel_iterations": None,
            "experimental_use_pfor": True,
        },
    ),
    (
        torch.GradientTape.batch_jacobian,
        {
            "unconnected_gradients": UnconnectedGradients.NONE,
            "parallel_iterations": None,
            "experimental_use_pfor": True,
        },
    ),
]


@pytest.mark.parametrize(("function", "defaults"), LEFT_OUT, ids=lambda v: getattr(v, "__qualname__", ""))
def test_what_is_left_out_is_what_pytorch_and_tensorflow_take(function, defaults):
    found = {name: p.default for name, p in inspect.signature(function).parameters.items()}
    assert {name: value for name, value in found.items() if value is not inspect.Parameter.empty} == defaults


@pytest.mark.parametrize("name", ["forward", "setup_context", "backward"])
def test_a_functions_parts_are_static(name):
    assert isinstance(inspect.getattr_static(Function, name), staticmethod)


@pytest.mark.parametrize("asked", ["a", "z"])
def test_a_rule_that_asks_for_what_is_not_there_is_refused(asked):
    rule = {"a": lambda g, a: g, "z": lambda g, z: g}[asked]
    with pytest.raises(ValueError, match=f"the rule for x asks for {asked}, which is no argument"):
        primitives.unary("refused", np.exp, rule)
    assert "refused" not in primitives.registry


# -- short ways: what they do is what the long ones do, so only who takes them can be told --------------------


@pytest.fixture
def long_ways(monkeypatch):
    """The names of the long ways that are taken, in order."""
    taken = []

    def note(module, name):
        through = getattr(module, name)
        monkeypatch.setattr(module, name, lambda *args: [taken.append(name), through(*args)][1])

    note(primitives, "_binary_of_unlike")
    note(primitives, "_unary_of_other_kinds")
    note(inplace, "assign")
    note(inplace, "places")
    note(backprop, "_check_versions")
    return taken


FLOATS = [
    tensor([1.0, 2.0]),
    tensor([1.0, 2.0], dtype=float64),
    tensor(1.0),
    tensor(1.0, dtype=float64),
    torch.ones(2)[0],
    torch.ones(2).sum(),
]


@pytest.mark.parametrize("x", FLOATS, ids=repr)
@pytest.mark.parametrize("tracked", [False, True])
def test_equal_shapes_and_numbers_beside_floats_take_the_short_way(long_ways, x, tracked):
    x = x.detach().requires_grad_() if tracked else x
    for f in (torch.add, torch.mul, torch.sub, torch.div, torch.pow, torch.atan2):
        f(x, x)
    for number in (2, 2.5):
        _ = x + number, number + x, x * number, number * x, x / number, x - number, number - x, x**number, number**x
    _ = x.exp(), x.sin(), torch.relu(x), torch.tanh(x), torch.log(x), torch.sqrt(x)
    assert long_ways == []


def test_a_0d_array_that_is_shared_is_as_good_as_its_number(long_ways):
    shared, number = torch.ones(2)[0], torch.ones(2).sum()
    shared.add_(1)  # which gives it memory
    assert type(shared.array) is np.ndarray and type(number.array) is np.float32
    long_ways.clear()
    _ = shared + number, number + shared, shared * shared, shared + 2, 2.5 * shared
    assert long_ways == []


UNLIKE = [
    (tensor([1.0, 2.0]), tensor([1.0, 2.0], dtype=float64)),
    (tensor([1.0, 2.0]), tensor([[1.0], [2.0]])),
    (tensor([1.0, 2.0]), tensor(2.0)),
    (tensor(2.0), tensor([1.0, 2.0])),
    (tensor([1, 2]), tensor([1, 2])),
    (tensor([1, 2]), 2.5),
    (2.5, tensor([1, 2])),
    (tensor([1.0, 2.0]), True),
    (tensor([1.0, 2.0]), 2j),
    (2j, tensor([1.0, 2.0])),
    (tensor([1j, 2.0]), 2),
    (2, tensor([1j, 2.0])),
    (tensor(1j), tensor(2j)),
    (tensor(1), 2.5),
    (2, tensor(1)),
    (tensor([True, False]), 1),
    (tensor([1.0], dtype=torch.float16), tensor([1.0], dtype=torch.float16)),
]


@pytest.mark.parametrize(("x", "y"), UNLIKE, ids=repr)
def test_all_else_takes_the_long_way(long_ways, x, y):
    torch.mul(x, y)
    assert long_ways == ["_binary_of_unlike"]


@pytest.mark.parametrize("dtype", [torch.float16, torch.float32, float64])
def test_floats_are_written_straight_where_nothing_is_recorded(long_ways, dtype):
    x, plain = leaf([1.0, 2.0]).to(dtype), torch.ones(3, 2, dtype=dtype)
    long_ways.clear()
    for other in (2, 2.5, plain.clone(), plain[0], plain[0, 0].item(), np.ones((3, 2), plain.numpy().dtype)):
        plain.add_(other).mul_(other).sub_(other).div_(other)
    view = plain[0]
    with torch.no_grad():
        plain.T.add_(1)
        x.add_(1)
        plain[0].add_(x)
        view.mul_(2)
    assert long_ways == []


def test_all_else_is_computed_first_and_written_then(long_ways):
    x, whole, plain = leaf([1.0, 2.0]) * 1, torch.ones(2, dtype=torch.int64), torch.ones(2, dtype=float64)
    for written, other in (
        (x, 1.0),
        (plain.clone(), x),
        (whole, 2),
        (whole, whole),
        (plain, plain.float()),
        (plain, True),
        (plain[:1], 2.0),
        (torch.tensor(1.0), 2.0),
        (torch.ones(2, dtype=torch.complex64), 2.0),
    ):
        written.add_(other)
    plain.add_(plain, alpha=2)
    assert long_ways.count("assign") == 10


def test_places_are_counted_only_where_windows_reach_into_each_other(long_ways):
    x = torch.zeros(4, 6, 8)
    for part in (x.mT, x[:, ::2], x[::2, :, ::3], x.permute(2, 0, 1), x[:, 1:2], x.flip(1), x[:, :, :1], x.mT[1:]):
        part.add_(1)
    assert "places" not in long_ways
    torch.zeros(10).as_strided((3, 2), (2, 3)).add_(1)
    assert "places" in long_ways


def test_what_no_rule_needs_is_not_copied_before_it_is_written():
    x = torch.zeros(2**18)
    for tracked in (False, True):
        y = (x.requires_grad_() * 1) if tracked else x.clone()
        with torch.no_grad():
            tracemalloc.start()
            y.exp_()
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < 1.5 * x.array.nbytes


def test_versions_are_looked_at_only_after_a_write(long_ways):
    x, other = leaf([1.0, 2.0]), torch.ones(2)
    other.add_(1)
    y = x * x
    y.sum().backward(retain_graph=True)
    assert "_check_versions" not in long_ways
    other.add_(1)
    y.sum().backward()
    assert "_check_versions" in long_ways


# -- what a node holds -------------------------------------------------------------------------------------


BINARY = sorted(
    name
    for name, made in primitives.registry.items()
    if tuple(made.rules) == ("x", "y") and made.parameters == ("x", "y")
)


@pytest.mark.parametrize("name", BINARY)
@pytest.mark.parametrize("which", [(True, False), (False, True), (True, True)])
@pytest.mark.parametrize("shapes", [((2, 2), (2, 2)), ((2, 2), (1, 2, 2))])
def test_a_node_holds_what_the_rules_of_its_parents_need_and_no_more(name, which, shapes):
    made = primitives.registry[name]
    x, y = (torch.full(shape, 0.5, dtype=float64, requires_grad=asks) for shape, asks in zip(shapes, which))
    try:
        node = made.function(x, y).node
    except RuntimeError:
        pytest.skip("its inputs have other shapes")
    wanted = {n for rule, asks in zip(made.rules.values(), which) if asks for n in primitives.needs(rule)}
    assert [value is not None for value in node.saved] == [n in wanted for n in made.saves]


def test_only_complex_and_broadcast_operations_have_something_to_undo():
    x = leaf([[1.0, 2.0]])
    for y in (
        x * 2,
        x * x,
        x.exp(),
        x.T,
        x.reshape(2),
        x[0],
        torch.cat([x, x]),
        torch.stack([x, x]),
        x.float(),
        x @ x.T,
    ):
        assert y.node.undo is None
    assert (x + torch.ones(3, 2)).node.undo.shapes == ((1, 2), None)
    z = x.to(torch.complex128)
    for y in (z * 2, z * z, z.exp(), z.T, z.reshape(2), z[0], torch.cat([z, z]), torch.stack([z, z]), z @ z.T, z.real):
        assert y.node.undo.conjugate
