"""TensorArray: writing, reading, and gradients."""

import pytest

import autograd.tensorflow as tf


def test_gradients_flow_through_a_tensor_array():
    x = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        sums, total = tf.TensorArray(tf.float32, size=0, dynamic_size=True), 0.0
        for i in tf.range(3):
            total += x[i] ** 2
            sums = sums.write(i, total)
        y = tf.reduce_sum(sums.stack())
    assert tape.gradient(y, x).numpy().tolist() == [6, 8, 6]


def test_a_tensor_array_returns_the_written_tensors():
    array = tf.TensorArray(tf.int32, 4, element_shape=(2,)).write(1, [5, 6])
    assert array.stack().numpy().tolist() == [[0, 0], [5, 6], [0, 0], [0, 0]]
    assert array.read(1).numpy().tolist() == [5, 6]
    assert array.unstack([[1], [2], [3]]).gather([2, 0]).numpy().tolist() == [[3], [1]]
    assert array.concat().numpy().tolist() == [1, 2, 3]
    assert array.size() == 3
    with pytest.raises(tf.errors.OutOfRangeError, match="Tried to write to index 4 but array is not resizeable"):
        tf.TensorArray(tf.int32, 4).write(4, 0)
    with pytest.raises(tf.errors.OutOfRangeError, match="index 2, which was not written"):
        tf.TensorArray(tf.int32, 4).read(2)
