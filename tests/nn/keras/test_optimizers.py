"""Optimizers: schedules, steps under a tape, and error messages."""

import pytest

import autograd.tensorflow as tf
from nn import keras


def test_a_schedule_sets_the_learning_rate_and_assigning_one_raises():
    schedule = keras.optimizers.schedules.PiecewiseConstantDecay([1], [0.5, 0.25])
    optimizer, w, moved = keras.optimizers.SGD(schedule), tf.Variable([1.0]), []
    for _ in range(3):
        before = float(w[0])
        optimizer.apply_gradients([(tf.constant([1.0]), w)])
        moved.append(round(before - float(w[0]), 6))
    assert moved == [0.5, 0.5, 0.25]
    with pytest.raises(TypeError, match="LearningRateSchedule"):
        optimizer.learning_rate = 0.1


def test_gradients_of_a_persistent_tape_do_not_change_after_a_step():
    w = tf.Variable([2.0])
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_sum(w * w)
    for expected in (4.0, 4.0):
        (g,) = tape.gradient(loss, [w])
        assert g.numpy() == [expected]
        keras.optimizers.SGD(0.5).apply_gradients([(g, w)])
    assert w.numpy() == [-2.0]


def test_a_step_without_gradients_raises():
    with pytest.raises(ValueError, match="No gradients provided for any variable"):
        keras.optimizers.SGD().apply_gradients([(None, tf.Variable(1.0))])
