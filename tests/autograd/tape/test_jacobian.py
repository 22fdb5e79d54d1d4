"""GradientTape.jacobian and batch_jacobian."""

import numpy as np
import pytest

import autograd as torch
import autograd.tensorflow as tf


def near(found, expected):
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-6, atol=1e-9)


def test_a_jacobian_holds_the_derivative_of_every_element():
    x, w = tf.constant([[1.0, 2.0]]), tf.Variable([[1.0, 0.5, 2.0], [3.0, -1.0, 4.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = (x @ w) ** 2
    product = x.numpy() @ w.numpy()
    of_x, of_w = tape.jacobian(y, [x, w])
    near(of_x, (2 * product[0][:, None] * w.numpy().T)[None, :, None])
    assert of_w.shape == (1, 3, 2, 3)
    near(tf.reduce_sum(of_w, axis=[0, 1]), tape.gradient(y, w))
    assert tape.jacobian(y, tf.Variable(1.0)) is None
    assert tape.jacobian(y, tf.Variable(1.0), unconnected_gradients="zero").shape == (1, 3)


def test_the_jacobian_of_a_target_that_is_not_on_the_tape_is_none_or_zero():
    x, other = torch.ones(2), torch.ones(3)
    with torch.GradientTape(persistent=True) as tape:
        tape.watch([x, other])
    y = x * x
    assert tape.jacobian(y, [x, other]) == [None, None]
    zeros = tape.jacobian(y, [x, other], unconnected_gradients="zero")
    assert [z.tolist() for z in zeros] == [[[0.0] * 2] * 2, [[0.0] * 3] * 2]


def test_the_jacobian_of_an_empty_variable_has_no_rows():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        y = (x * x)[:0]
    assert tape.jacobian(y, x).shape == (0, 2)
    assert tape.jacobian(y, tf.Variable(1.0)) is None


def test_the_jacobian_of_an_empty_target_is_empty_or_none():
    x, other = torch.ones(3), torch.ones(2)
    with torch.GradientTape(persistent=True) as tape:
        tape.watch([x, other])
        y = (x * 2)[:0]
    rows, none = tape.jacobian(y, [x, other])
    assert rows.shape == (0, 3) and rows.dtype is torch.float32 and none is None


def test_a_batch_jacobian_keeps_examples_apart():
    x = tf.constant(np.arange(6.0).reshape(3, 2))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.stack([x[:, 0] * x[:, 1], x[:, 0], x[:, 1] ** 2], axis=1)
    full = tape.jacobian(y, x).numpy()
    near(tape.batch_jacobian(y, x), full[np.arange(3), :, np.arange(3)])
    near(tape.batch_jacobian(y, tf.zeros([3, 2])), np.zeros((3, 3, 2)))
    with pytest.raises(
        ValueError, match=r"Need first dimension of target shape \(3, 3\) and source shape \(2,\) to match"
    ):
        tape.batch_jacobian(y, tf.constant([1.0, 2.0]))


def test_a_batch_jacobian_of_hundreds_of_examples():
    x = torch.ones(300, 1)
    with torch.GradientTape() as tape:
        tape.watch(x)
        y = x * 3
    assert tape.batch_jacobian(y, x).shape == (300, 1, 1)


@pytest.mark.parametrize(("rows", "others"), [([2], [3]), ([3], [2]), ([], [2]), ([2], []), ([], [])])
def test_a_batch_jacobian_of_different_batch_sizes_is_rejected(rows, others):
    x, other = torch.ones(rows), torch.ones(others)
    with torch.GradientTape() as tape:
        tape.watch([x, other])
        y = x * x
    with pytest.raises(ValueError, match="Need first dimension of target shape"):
        tape.batch_jacobian(y, other)


def test_a_jacobian_inside_another_tape_is_recorded():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = x**3
        jacobian = inner.jacobian(y, x)
    near(outer.jacobian(jacobian, x), 6 * np.einsum("ij,jk->ijk", np.diag([1.0, 2.0]), np.eye(2)))


def test_a_jacobian_through_a_custom_function_is_recorded():
    class Cube(torch.Function):
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
