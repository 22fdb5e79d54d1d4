"""Corners of the tape that random programs seldom reach: each was found by a mutant that lived."""

import inspect

import numpy as np
import pytest

import autograd as torch
from autograd import Function, float64, tensor
from autograd.tape.gradient_tape import UnconnectedGradients
from autograd.tape.tape_tensor import TapeTensor


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


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


def test_a_jacobian_of_what_is_not_on_the_tape_is_none_or_zero():
    x, other = torch.ones(2), torch.ones(3)
    with torch.GradientTape(persistent=True) as tape:
        tape.watch([x, other])
    y = x * x
    assert tape.jacobian(y, [x, other]) == [None, None]
    zeros = tape.jacobian(y, [x, other], unconnected_gradients="zero")
    assert [z.tolist() for z in zeros] == [[[0.0] * 2] * 2, [[0.0] * 3] * 2]


def test_a_tape_that_is_entered_again_gives_a_place_to_those_alone_that_it_took_it_from():
    own, lent = leaf(2.0), torch.tensor(3.0)
    tape = torch.GradientTape()
    with tape:
        tape.watch([own, lent])
    own.requires_grad_(False)
    lent.requires_grad_()
    place = lent.node
    with tape:
        assert not own.requires_grad and lent.node is place


def test_none_is_no_target_and_no_source():
    x = torch.tensor(2.0)
    with torch.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * 3
    with pytest.raises(TypeError, match="but received None"):
        tape.gradient(None, x)
    with pytest.raises(ValueError, match=r"Passed in object None .* in `sources`"):
        tape.gradient(y, [x, None])


def test_a_source_on_the_tape_hides_no_source_behind_it():
    x = torch.tensor(2.0)
    with torch.GradientTape() as tape:
        tape.watch(x)
        a = x * 3
        y = a * a + x
    assert [g.item() for g in tape.gradient(y, [a, x])] == [12.0, 37.0]


@pytest.mark.parametrize("off_first", [False, True])
def test_one_path_off_the_tape_does_not_hide_another(off_first):
    x, z = torch.tensor(2.0), torch.tensor(5.0, requires_grad=True)
    off = z * 3
    with torch.GradientTape() as tape:
        tape.watch(x)
        on = x * x
        y = off * on if off_first else on * off
    assert tape.gradient(y, x).item() == 60.0


def test_a_batch_jacobian_of_hundreds_of_examples():
    x = torch.ones(300, 1)
    with torch.GradientTape() as tape:
        tape.watch(x)
        y = x * 3
    assert tape.batch_jacobian(y, x).shape == (300, 1, 1)


def test_a_jacobian_of_what_is_not_connected_says_why():
    x, other = torch.ones(2), torch.ones(2)
    with torch.GradientTape() as tape:
        tape.watch([x, other])
        y = x * x
    assert tape.jacobian(y, [x, other])[1] is None
    assert "from other watched tensors" in tape.explain_none(y, other)


def test_a_tape_that_is_entered_again_watches_what_it_watched():
    x = tensor(3.0)
    tape = torch.GradientTape()
    with tape:
        tape.watch(x)
        y = x * 2
    with tape:
        z = y * x
    assert tape.gradient(z, x).item() == 12.0


@pytest.mark.parametrize("shape", [(1,), (3,), (1, 2), ()])
def test_an_output_gradient_of_another_shape_is_refused(shape):
    x = leaf([1.0, 2.0])
    with torch.GradientTape() as tape:
        y = x * 2
    with pytest.raises(ValueError, match="they must be the same"):
        tape.gradient(y, x, output_gradients=torch.ones(shape, dtype=float64))


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


def test_the_gradient_of_a_tape_tensor_is_one():
    x = TapeTensor(np.array([2.0, 3.0]))
    with torch.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    gradient = tape.gradient(y, x)
    assert type(gradient) is TapeTensor and gradient.array.tolist() == [4.0, 6.0]


def test_hundreds_of_targets_at_once():
    many = 300  # more than the small numbers of which Python keeps one each
    x = leaf([2.0])
    with torch.GradientTape() as tape:
        targets = [x * 3] * many
    assert tape.gradient(targets, x, output_gradients=[torch.ones(1, dtype=float64)] * many).tolist() == [900.0]


def test_the_jacobian_of_nothing_is_empty_where_there_is_a_path():
    x, other = torch.ones(3), torch.ones(2)
    with torch.GradientTape(persistent=True) as tape:
        tape.watch([x, other])
        y = (x * 2)[:0]
    rows, none = tape.jacobian(y, [x, other])
    assert rows.shape == (0, 3) and rows.dtype is torch.float32 and none is None


LEFT_OUT = [
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
def test_what_is_left_out_is_what_tensorflow_takes(function, defaults):
    found = {name: p.default for name, p in inspect.signature(function).parameters.items()}
    assert {name: value for name, value in found.items() if value is not inspect.Parameter.empty} == defaults
