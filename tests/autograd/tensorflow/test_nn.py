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
