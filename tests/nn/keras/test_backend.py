"""keras.backend."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from nn import keras
from nn.keras import backend as K

X = np.array([[0.5, 2.0, 1.5], [3.0, -1.0, 0.25]], np.float32)


@pytest.mark.parametrize(
    "found, expected",
    [
        (lambda: K.sqrt(X), np.sqrt(np.maximum(X, 0))),
        (lambda: K.expand_dims(X), X[..., None]),
        (lambda: K.concatenate([X, X]), np.concatenate([X, X], -1)),
        (lambda: K.argmax(X), X.argmax(-1)),
        (lambda: K.argmin(X, 0), X.argmin(0)),
        (lambda: K.gather(X, [1, 1]), X[[1, 1]]),
        (lambda: K.flatten(X), X.ravel()),
        (lambda: K.batch_flatten(X[..., None]), X),
        (lambda: K.dot(tf.constant(X), tf.constant(X.T)), X @ X.T),
        (lambda: K.batch_dot(tf.constant(X), tf.constant(X), axes=1), (X * X).sum(1, keepdims=True)),
        (lambda: K.l2_normalize(X, 1), X / np.linalg.norm(X, axis=1, keepdims=True)),
        (lambda: K.switch(X > 1, X, lambda: -X), np.where(X > 1, X, -X)),
        (lambda: K.repeat_elements(tf.constant(X), 2, 1), np.repeat(X, 2, 1)),
        (lambda: K.binary_crossentropy(tf.ones(2), tf.constant([0.5, 0.25])), -np.log([0.5, 0.25])),
        (lambda: K.categorical_crossentropy([[0.0, 1.0]], tf.constant([[0.75, 0.25]])), -np.log([0.25])),
        (lambda: K.sparse_categorical_crossentropy([1], tf.constant([[0.75, 0.25]])), -np.log([0.25])),
        (lambda: K.mean(X, axis=-1, keepdims=True), X.mean(-1, keepdims=True)),
    ],
)
def test_functions_match_numpy(found, expected):
    np.testing.assert_allclose(found(), expected, rtol=1e-5)


def test_shapes_and_symbols():
    symbol = keras.Input((3,))
    assert K.int_shape(symbol) == (None, 3)
    assert K.ndim(X) == 2
    assert K.is_keras_tensor(symbol)
    assert not K.is_keras_tensor(tf.constant(X))
    assert K.sum(symbol, axis=-1).shape == (None,)


def test_a_loss_written_with_the_backend_can_be_minimized():
    def dice(y_true, y_pred):
        overlap = K.sum(K.flatten(y_true) * K.flatten(y_pred))
        return 1 - (2 * overlap + 1) / (K.sum(y_true) + K.sum(y_pred) + 1)

    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.SGD(1.0), dice)
    loss = model.fit(X, np.array([[0.0], [1.0]]), epochs=30, verbose=0).history["loss"]
    assert loss[-1] < 0.1 < loss[0]


def test_batch_dot_takes_by_default_the_last_axis_and_the_second_last():
    x, y = np.ones((2, 3, 4), np.float32), np.ones((2, 4, 5), np.float32)
    assert K.batch_dot(x, y).shape == (2, 3, 5) and K.batch_dot(x[:, 0], y[:, :, 0]).shape == (2, 1)
