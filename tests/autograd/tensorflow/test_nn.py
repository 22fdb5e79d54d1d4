"""tf.nn: dropout. The other functions are in test_functions_against_tensorflow.py."""

import numpy as np
import pytest

import autograd.tensorflow as tf


def test_dropout_preserves_the_mean_and_its_gradient_has_the_same_mask():
    tf.random.set_seed(0)
    x = tf.Variable(tf.ones([10000]))
    with tf.GradientTape() as tape:
        y = tf.nn.dropout(x, 0.25)
    assert float(tf.reduce_mean(y)) == pytest.approx(1, abs=0.03)
    np.testing.assert_array_equal(tape.gradient(y, x), y)
    with pytest.raises(ValueError, match="rate"):
        tf.nn.dropout(x, 1.0)


@pytest.mark.parametrize("labels, named", [([0, 3, 1, -1], 3), ([2, -1, 5, 0], -1), ([0, 1, 2, 300], 300)])
def test_the_first_label_that_is_no_class_is_named(labels, named):
    with pytest.raises(tf.errors.InvalidArgumentError) as raised:
        tf.nn.sparse_softmax_cross_entropy_with_logits(labels, tf.zeros((4, 3)))
    assert f"Received a label value of {named} which is outside the valid range of [0, 3)" in str(raised.value)
