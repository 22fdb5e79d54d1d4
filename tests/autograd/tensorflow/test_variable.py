"""Variable: assignment, also to parts, and the errors."""

import copy

import numpy as np
import pytest

import autograd.tensorflow as tf


def near(found, expected):
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-6, atol=1e-9)


def test_assignment_does_not_change_the_gradient_of_earlier_results():
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        square = v * v
        v.assign_add([10.0, 10.0])
        y = square + v * v
        v.assign([0.0, 0.0])
    near(tape.gradient(y, v), [2 * 1 + 2 * 11, 2 * 2 + 2 * 12])


def test_read_value_and_numpy_return_copies():
    v = tf.Variable([1.0, 2.0])
    value, array = v.read_value(), v.numpy()
    array[0] = 7
    v.assign_sub([1.0, 1.0])
    near(value, [1, 2])
    near(v, [0, 1])


@pytest.mark.parametrize(
    "change, message",
    [
        (lambda v: v.assign([1.0]), "Shape mismatch. The variable shape (2,), and the assigned value shape (1,)"),
        (
            lambda v: v.assign_add(tf.constant([1, 2])),
            "Tensor conversion requested dtype float32 for Tensor with dtype int32",
        ),
    ],
)
def test_assigning_another_shape_or_dtype_raises_and_changes_nothing(change, message):
    v = tf.Variable([1.0, 2.0])
    with pytest.raises(ValueError) as error:
        change(v)
    assert message in str(error.value)
    near(v, [1, 2])


def test_parts_of_a_variable_can_be_assigned_and_differentiated():
    v = tf.Variable([[1.0, 2.0], [3.0, 4.0]])
    with tf.GradientTape() as tape:
        y = v[0] * v[1]
        v[0].assign([9.0, 8.0])
        v[1, 1].assign(7.0)
    near(tape.gradient(y, v), [[3, 4], [1, 2]])
    near(v, [[9, 8], [3, 7]])
    near(v.scatter_nd_update([[1, 0]], [5.0]), [[9, 8], [5, 7]])
    near(v.scatter_nd_add([[0]], [[1.0, 2.0]]), [[10, 10], [5, 7]])
    near(v.scatter_nd_sub([[0]], [[1.0, 2.0]]), [[9, 8], [5, 7]])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"shape \[2, 2\] using a Tensor with shape \[2\]"):
        v.assign_add([1.0, 2.0])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"input shape \[3\] into final shape \[2\]"):
        v[0].assign([1.0, 2.0, 3.0])
    near(v, [[9, 8], [5, 7]])


def test_a_deep_copy_keeps_the_name_and_the_constraint():
    v = tf.Variable([-1.0], trainable=False, name="v", constraint=tf.nn.relu)
    copied = copy.deepcopy(v)
    v.assign([2.0])
    assert (copied.name, copied.trainable, copied.constraint) == ("v:0", False, tf.nn.relu)
    near(copied, [-1.0])


@pytest.mark.parametrize("statement", ["v += 1", "v -= 1", "v *= 2", "v /= 2", "v **= 2"])
def test_in_place_operators_on_a_variable_raise(statement):
    with pytest.raises(RuntimeError, match=r"with tf.Variables is not supported: v.assign.*\(.*value\) modifies"):
        exec(statement, {"v": tf.Variable(1.0)})
