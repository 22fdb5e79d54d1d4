"""Helpers of the comparisons with Keras: data, weights, and the check that both libraries answer the same."""

import numpy as np

import autograd.tensorflow as tf
from tests.tools.answers import assert_alike


def data(*shape, seed=0, low=-1.0, high=1.0):
    return np.random.default_rng(seed).uniform(low, high, shape).astype(np.float32)


def classes(count, rows, seed=1):
    return np.random.default_rng(seed).integers(0, count, rows)


def with_weights(model):
    """The model, with the same random numbers for its trainable weights in both libraries."""
    for i, weight in enumerate(model.trainable_weights):
        weight.assign(data(*weight.shape, seed=i, low=-0.7, high=0.7))
    return model


def numbers(values):
    """Numbers of any library in double precision."""
    return np.asarray([float(value) for value in values])


def agree(answers, function, *given, rtol=2e-4, atol=2e-6):
    """Check that `function(tf, *given)` returns the same for TensorFlow with its Keras as for ours."""

    def theirs(tensorflow):
        tensorflow.keras.utils.clear_session()
        return function(tensorflow, *given)

    assert_alike(function(tf, *given), answers("tensorflow", theirs), rtol, atol)


def regression(K):
    return K.Sequential([K.Input((6,)), K.layers.Dense(4), K.layers.BatchNormalization(), K.layers.Dense(2)])
