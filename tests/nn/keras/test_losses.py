"""Losses: gradients, logits behind probabilities, and error messages."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from nn import keras
from nn.keras import layers


def data(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


@pytest.mark.parametrize("loss", ["huber", "log_cosh", "kl_divergence", "poisson", "hinge", "squared_hinge",
                                  "categorical_hinge", "cosine_similarity", "mape", "msle"])  # fmt: skip
def test_gradients_of_losses_match_central_differences(loss):
    function = keras.losses.get(loss)
    true, pred = np.abs(data(4, 3)).astype(float) + 0.1, np.abs(data(4, 3, seed=1)).astype(float) + 0.2
    p, direction = tf.Variable(pred), data(4, 3, seed=2).astype(float)
    with tf.GradientTape() as tape:
        total = tf.reduce_sum(function(tf.constant(true), p))
    slope = np.sum(tape.gradient(total, p).numpy() * direction)
    step = 1e-5
    ends = [float(tf.reduce_sum(function(tf.constant(true), tf.constant(pred + s * direction)))) for s in (-step, step)]
    assert slope == pytest.approx((ends[1] - ends[0]) / (2 * step), rel=1e-5, abs=1e-7)


def test_cross_entropies_of_saturated_probabilities_are_computed_from_logits():
    for activation, loss, x, y in (
        ("softmax", "sparse_categorical_crossentropy", [[0.0, 100.0]], [0]),
        ("softmax", "categorical_crossentropy", [[0.0, 100.0]], [[1.0, 0.0]]),
        ("sigmoid", "binary_crossentropy", [[100.0]], [[0.0]]),
    ):
        p = layers.Activation(activation)(np.array(x, "f"))
        assert float(keras.losses.get(loss)(y, p)) == pytest.approx(100)
        assert float(keras.losses.get(loss)(y, p.numpy())) == pytest.approx(-np.log(1e-7), rel=1e-1)


@pytest.mark.parametrize(
    "wrong, message",
    [
        (
            lambda: keras.losses.SparseCategoricalCrossentropy()([2], [[0.5, 0.5]]),
            r"class indices from 2 to 2, but y_pred has 2 classes",
        ),
        (
            lambda: keras.losses.CategoricalCrossentropy()([1], [[0.5, 0.5]]),
            r"\(1,\), and y_pred \(1, 2\)",
        ),
    ],
)
def test_wrong_true_values_raise(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
