"""tf.random: seeds and distributions."""

import collections

import pytest

import autograd.tensorflow as tf


def test_the_same_seed_gives_the_same_numbers():
    def draw():
        tf.random.set_seed(3)
        x = (
            tf.random.normal([2]),
            tf.random.uniform([2], seed=1),
            tf.random.uniform([2], seed=1),
            tf.random.shuffle([1, 2, 3]),
        )
        return [part.numpy().tolist() for part in x]

    first = draw()
    assert draw() == first
    assert first[1] != first[2]


def test_random_numbers_have_their_distribution():
    tf.random.set_seed(0)
    normal = tf.random.normal([20000], mean=3.0, stddev=0.5).numpy()
    assert [normal.mean(), normal.std()] == pytest.approx([3, 0.5], abs=0.02)
    short = tf.random.truncated_normal([20000], mean=1.0, stddev=0.1).numpy()
    assert short.min() >= 0.8
    assert short.max() <= 1.2
    assert short.std() == pytest.approx(0.088, abs=0.002)
    even = tf.random.uniform([20000], -1.0, 3.0).numpy()
    assert [even.min(), even.max(), even.mean()] == pytest.approx([-1, 3, 1], abs=0.05)
    whole = tf.random.uniform([1000], 2, 5, dtype=tf.int32)
    assert whole.dtype == tf.int32
    assert set(whole.numpy()) == {2, 3, 4}
    drawn = collections.Counter(tf.random.categorical(tf.math.log([[0.2, 0.8]]), 5000).numpy()[0].tolist())
    assert drawn[1] / 5000 == pytest.approx(0.8, abs=0.03)
    with pytest.raises(ValueError, match="Must specify maxval"):
        tf.random.uniform([2], dtype=tf.int64)
