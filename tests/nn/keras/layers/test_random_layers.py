"""What random layers and functions compute from their random numbers, and that gradients pass through the same mask."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from autograd.ops.creation.random import draw_normal, draw_uniform, manual_seed, source
from nn.keras import layers, random

X = np.random.default_rng(1).uniform(1, 200, (4, 5, 6, 3)).astype(np.float32)
ROWS = X[:, :, 0]
MEAN = X.mean((1, 2), keepdims=True)


def uniform(low, high, count):
    return np.asarray(source(None).uniform(low, high, count)).astype(np.float32)


def kept(shape, rate):
    return (draw_uniform(shape, np.dtype(np.float32), None) >= rate) / np.float32(1 - rate)


def per_image(numbers):
    return numbers[:, None, None, None]


def contrast(low, high, least=0, most=255):
    return np.clip((X - MEAN) * uniform(low, high, 1)[0] + MEAN, least, most)


#: Layers, their input, and what they compute: each draws its numbers from the global generator.
LAYERS = {
    "gaussian dropout": (
        lambda: layers.GaussianDropout(0.3), X,
        lambda: X * (1 + draw_normal(X.shape, X.dtype, None) * np.float32(np.sqrt(0.3 / 0.7))),
    ),
    "gaussian noise": (
        lambda: layers.GaussianNoise(0.4), X, lambda: X + draw_normal(X.shape, X.dtype, None) * np.float32(0.4)
    ),
    "contrast": (lambda: layers.RandomContrast(0.5), X, lambda: contrast(0.5, 1.5)),
    "contrast of a pair": (lambda: layers.RandomContrast((0.2, 0.9)), X, lambda: contrast(0.8, 1.9)),
    "contrast in a range": (lambda: layers.RandomContrast(0.5, (50, 120)), X, lambda: contrast(0.5, 1.5, 50, 120)),
    "brightness": (
        lambda: layers.RandomBrightness(0.5), X, lambda: np.clip(X + per_image(uniform(-0.5, 0.5, 4)) * 255, 0, 255)
    ),
    "brightness in a range": (
        lambda: layers.RandomBrightness((0.2, 0.7), (20, 120)), X,
        lambda: np.clip(X + per_image(uniform(0.2, 0.7, 4)) * 100, 20, 120),
    ),
    "flip": (
        lambda: layers.RandomFlip("horizontal"), X,
        lambda: np.where(per_image(uniform(0, 1, 4)) < 0.5, X[:, :, ::-1], X),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_computes_from_its_random_numbers(name):
    make, x, expected = LAYERS[name]
    layer, inputs = make(), tf.constant(x)
    manual_seed(7)
    wanted = expected()
    manual_seed(7)
    out = layer(inputs, training=True)
    np.testing.assert_allclose(out, wanted, rtol=2e-5, atol=2e-3)
    assert np.array_equal(layer(inputs, training=False), x)
    assert not np.array_equal(out, x)


#: The dims of the input that share one random number.
DROPOUTS = {layers.Dropout: (), layers.SpatialDropout1D: (1,), layers.SpatialDropout2D: (1, 2)}


@pytest.mark.parametrize("kind", DROPOUTS)
def test_dropout_leaves_out_a_share_and_scales_the_rest(kind):
    x = np.ones((40, 5, 30) if kind is layers.SpatialDropout1D else (40, 5, 6, 30), np.float32)
    inputs = tf.Variable(x)
    with tf.GradientTape() as tape:
        out = kind(0.3)(inputs, training=True)
        total = tf.reduce_sum(out * out)
    mask = out.numpy()
    assert set(np.round(np.unique(mask), 5)) == {0, np.round(np.float32(1 / 0.7), 5)}
    assert abs((mask == 0).mean() - 0.3) < 0.05
    np.testing.assert_allclose(tape.gradient(total, inputs), 2 * mask * mask, rtol=1e-5)
    shared = np.broadcast_to(mask.mean(DROPOUTS[kind] or None, keepdims=True), mask.shape)
    assert np.allclose(shared, mask) == bool(DROPOUTS[kind])
    assert np.array_equal(kind(0.0)(inputs, training=True), x)
    assert not np.any(kind(1.0)(inputs, training=True))


@pytest.mark.parametrize("kind", [layers.SimpleRNN, layers.GRU, layers.LSTM])
def test_recurrent_layers_drop_the_same_units_in_every_step(kind):
    x = np.ones((3, 4, 5), np.float32)
    layer = kind(6, dropout=1.0, recurrent_dropout=1.0, return_sequences=True)
    without = kind(6, return_sequences=True)
    layer(x), without(x)
    without.set_weights(layer.get_weights())
    assert np.array_equal(layer(x), without(x))  # not in training
    # Without inputs and without the state before, every step is a first step of zeros.
    if kind is not layers.LSTM:  # whose cell state is never dropped
        zeros = without(0 * x)[:, :1].numpy()
        np.testing.assert_allclose(layer(x, training=True), np.broadcast_to(zeros, (3, 4, 6)), atol=1e-6)
    half = kind(6, dropout=0.5, return_sequences=True)
    half(x)
    half.set_weights(layer.get_weights())
    manual_seed(3)
    mask = kept((3, 1, 5), 0.5).astype(np.float32)
    manual_seed(3)
    np.testing.assert_allclose(half(x, training=True), without(x * mask), atol=1e-6)


def test_functions_compute_from_their_random_numbers():
    seed = 5
    normal, flat = (draw((50,), np.dtype(np.float32), random._source(seed)) for draw in (draw_normal, draw_uniform))
    np.testing.assert_allclose(random.normal((50,), 2.0, 3.0, seed=seed), normal * 3 + 2, rtol=1e-6)
    np.testing.assert_allclose(random.uniform((50,), -1.0, 3.0, seed=seed), flat * 4 - 1, rtol=1e-6, atol=1e-6)
    for rate in (0.0, 0.25, 1.0):
        expected = np.where(flat >= rate, 1 / (1 - rate) if rate < 1 else 0, 0)
        np.testing.assert_allclose(random.dropout(np.ones(50, np.float32), rate, seed=seed), expected, rtol=1e-6)
    for axis, size in ((0, 4), (1, 5), (-1, 3)):
        order = source(random._source(seed)).permutation(size)
        assert np.array_equal(random.shuffle(ROWS[:, :, :3], axis, seed), np.take(ROWS[:, :, :3], order, axis))
    bits = random.randint((1000,), -2, 3, seed=seed).numpy()
    assert (bits.dtype, set(bits)) == (np.int32, {-2, -1, 0, 1, 2})
    assert random.randint((2,), 0, 9, "int64", seed).dtype == tf.int64
    assert random.categorical(ROWS[:, 0], 2, "int64", seed).dtype == tf.int64
