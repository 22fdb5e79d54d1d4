"""EagerTensor: immutability, dtypes, conversion to NumPy, texts and operators."""

import numpy as np
import pytest

import autograd
import autograd.tensorflow as tf
from autograd.tensorflow import tensors


def test_tensors_convert_to_numbers_inside_a_tape():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(x * x)
        assert float(y) == 5.0
        assert y.numpy() == 5.0
        assert isinstance(y.numpy(), np.float32)
        assert np.mean(x) == 1.5
        assert f"{y:.1f}" == "5.0"
    np.testing.assert_allclose(tape.gradient(y, x), [2, 4])


@pytest.mark.parametrize(
    "function", [np.std, np.sum, np.reshape, np.clip, np.concatenate, np.stack, np.allclose, np.dot]
)
def test_numpy_functions_return_what_they_return_for_arrays(function):
    more = {np.reshape: [(2, 1)], np.clip: [0, 1], np.allclose: [[0.5, 2.0]], np.dot: [[1.0, 2.0]]}.get(function, [])
    x = tf.Variable([0.5, 2.0])
    with tf.GradientTape():
        given = [x, x * 1] if function in (np.concatenate, np.stack) else x
        found = function(given, *more)
    expected = function([x.numpy()] * 2 if isinstance(given, list) else x.numpy(), *more)
    assert type(found) is type(expected)
    assert np.array_equal(found, expected)


def test_tensors_are_immutable():
    array = np.ones(2)
    x = tf.constant(array)
    array[0] = x.numpy()[1] = 7
    y = x
    y += 1.0
    assert x.numpy().tolist() == [1, 1]
    assert y.numpy().tolist() == [2, 2]
    with pytest.raises(TypeError, match="does not support item assignment"):
        x[0] = 3.0


def test_dtypes_are_not_promoted():
    with pytest.raises(tf.errors.InvalidArgumentError, match="was expected to be a int32 tensor but is a float tensor"):
        tf.constant([1]) + tf.constant([1.0])
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Incompatible shapes: \[2\] vs. \[3\] \[Op:AddV2\]"):
        tf.ones([2]) + tf.ones([3])


def test_a_core_tensor_stays_on_the_tape_when_it_is_converted():
    x = autograd.tensor([1.0, 2.0], requires_grad=True)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(tf.square(tf.convert_to_tensor(x)))
    found = tape.gradient(y, x)
    assert type(found) is autograd.Tensor
    assert found.tolist() == [2, 4]


def test_references_can_be_keys_of_a_dict():
    x, y = tf.constant(1.0), tf.constant(1.0)
    table = {x.ref(): "x", y.ref(): "y"}
    assert table[x.ref()] == "x"
    assert x.ref().deref() is x


def test_str_and_repr():
    assert str(tf.constant([1.0, 2.0])) == "tf.Tensor([1. 2.], shape=(2,), dtype=float32)"
    assert repr(tf.constant(3)) == "<tf.Tensor: shape=(), dtype=int32, numpy=3>"
    expected = "<tf.Variable 'w:0' shape=(1,) dtype=float32, numpy=array([1.], dtype=float32)>"
    assert repr(tf.Variable([1.0], name="w")) == expected


def test_every_declared_operator_is_set():
    assert tensors._set_later not in vars(tf.Tensor).values()
