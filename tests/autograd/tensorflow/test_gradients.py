"""tf.custom_gradient: gradients that the user defines."""

import numpy as np
import pytest

import autograd.tensorflow as tf


def near(found, expected):
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-6, atol=1e-9)


def test_a_custom_gradient_replaces_the_recorded_one_to_second_order():
    @tf.custom_gradient
    def cube(x, y):
        return x**3 * y, lambda upstream: (upstream * 3.0 * x**2 * y + 100.0, upstream * x**3)

    a, b = tf.Variable(2.0), tf.Variable(5.0)
    with tf.GradientTape() as outer:
        with tf.GradientTape() as tape:
            z = cube(a, b)
        near(z, 40)
        of_a, of_b = tape.gradient(z, [a, b])
    near([of_a, of_b], [160, 8])
    near(outer.gradient(of_a, [a, b]), [60, 12])


def test_a_custom_gradient_of_a_function_that_uses_variables():
    v = tf.Variable(2.0)

    @tf.custom_gradient
    def scaled(x):
        def grad(upstream, variables=None):
            assert [u is v for u in variables] == [True]
            return upstream * 10.0, [upstream * 20.0]

        return x * v, grad

    x = tf.constant(3.0)
    with tf.GradientTape() as tape:
        tape.watch(x)
        y = scaled(x)
    near(tape.gradient(y, [x, v]), [10, 20])

    @tf.custom_gradient
    def without_variables(x):
        return x * v, lambda upstream: upstream

    with pytest.raises(TypeError, match="must accept a 'variables' keyword argument"):
        without_variables(x)
