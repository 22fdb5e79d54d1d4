"""The functions of `keras.backend` and `keras.random` do what NumPy says they do."""

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
def test_functions_of_the_backend(found, expected):
    np.testing.assert_allclose(found(), expected, rtol=1e-5)


def test_the_backend_knows_shapes_and_symbols():
    symbol = keras.Input((3,))
    assert K.int_shape(symbol) == (None, 3)
    assert K.ndim(X) == 2
    assert K.is_keras_tensor(symbol)
    assert not K.is_keras_tensor(tf.constant(X))
    assert K.sum(symbol, axis=-1).shape == (None,)


def test_losses_written_with_the_backend_are_trained():
    def dice(y_true, y_pred):
        overlap = K.sum(K.flatten(y_true) * K.flatten(y_pred))
        return 1 - (2 * overlap + 1) / (K.sum(y_true) + K.sum(y_pred) + 1)

    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1, "sigmoid")])
    model.compile(keras.optimizers.SGD(1.0), dice)
    loss = model.fit(X, np.array([[0.0], [1.0]]), epochs=30, verbose=0).history["loss"]
    assert loss[-1] < 0.1 < loss[0]


def test_dropout_scales_what_it_keeps():
    found = keras.random.dropout(tf.ones((200, 50)), 0.2, seed=1).numpy()
    assert np.isin(found, [0, np.float32(1.25)]).all()
    assert abs((found == 0).mean() - 0.2) < 0.02
    rows = keras.random.dropout(tf.ones((50, 4)), 0.5, noise_shape=(None, 1), seed=1).numpy()
    assert (rows == rows[:, :1]).all()
    source = keras.random.SeedGenerator(3)
    assert not np.array_equal(*(keras.random.dropout(tf.ones(50), 0.5, seed=source) for _ in range(2)))


def test_what_is_drawn_has_the_distribution_that_is_said():
    drawn = keras.random.categorical(np.log([[0.2, 0.8], [1.0, 1e-9]]), 2000, seed=0).numpy()
    assert (drawn.dtype, drawn.shape) == (np.int32, (2, 2000))
    assert np.allclose(drawn.mean(1), [0.8, 0], atol=0.04)
    cut = keras.random.truncated_normal((2000,), mean=3.0, stddev=2.0, seed=0).numpy()
    assert np.abs(cut - 3).max() <= 4
    assert np.allclose([cut.mean(), cut.std()], [3, 1.76], atol=0.15)
