"""keras.random: seeds and distributions."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from nn import keras


def test_seeds_make_random_draws_reproducible():
    random = keras.random
    source, again = random.SeedGenerator(5), random.SeedGenerator(5)
    first, second = (random.normal((500,), 3.0, 2.0, seed=source).numpy() for _ in range(2))
    assert (first != second).all()
    np.testing.assert_array_equal(random.normal((500,), 3.0, 2.0, seed=again).numpy(), first)
    assert abs(first.mean() - 3) < 0.5 and abs(first.std() - 2) < 0.3
    draws = [random.uniform((500,), -1, 2, seed=7).numpy() for _ in range(2)]
    np.testing.assert_array_equal(*draws)
    assert -1 <= draws[0].min() < -0.9 and 1.9 < draws[0].max() < 2
    assert set(random.randint((200,), 2, 5, seed=1).numpy()) == {2, 3, 4}
    assert sorted(random.shuffle(tf.range(9), seed=source).numpy()) == list(range(9))


def test_dropout_zeroes_elements_and_scales_the_others():
    found = keras.random.dropout(tf.ones((200, 50)), 0.2, seed=1).numpy()
    assert np.isin(found, [0, np.float32(1.25)]).all()
    assert abs((found == 0).mean() - 0.2) < 0.02
    rows = keras.random.dropout(tf.ones((50, 4)), 0.5, noise_shape=(None, 1), seed=1).numpy()
    assert (rows == rows[:, :1]).all()
    for shape in ((1,), (1, 1, 1)):
        with pytest.raises(ValueError):
            keras.random.dropout(tf.ones((50, 4)), 0.5, noise_shape=shape)
    source = keras.random.SeedGenerator(3)
    assert not np.array_equal(*(keras.random.dropout(tf.ones(50), 0.5, seed=source) for _ in range(2)))


def test_random_numbers_have_the_given_distribution():
    indices = keras.random.categorical(np.log([[0.2, 0.8], [1.0, 1e-9]]), 2000, seed=0).numpy()
    assert (indices.dtype, indices.shape) == (np.int32, (2, 2000))
    assert np.allclose(indices.mean(1), [0.8, 0], atol=0.04)
    truncated = keras.random.truncated_normal((2000,), mean=3.0, stddev=2.0, seed=0).numpy()
    assert np.abs(truncated - 3).max() <= 4
    assert np.allclose([truncated.mean(), truncated.std()], [3, 1.76], atol=0.15)
