"""Helpers of the comparisons with Keras: both libraries, data, and pairs of models with the same weights."""

import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("keras")  # since a folder of the examples is also named tensorflow
tensorflow = pytest.importorskip("tensorflow", minversion="2")

import autograd.tensorflow as tf  # noqa: E402
from nn import keras as ours  # noqa: E402

theirs = tensorflow.keras
BOTH = (ours, theirs)

#: The marks of every comparison; Keras' own warnings are not errors.
MARKS = [pytest.mark.filterwarnings("default"), pytest.mark.usefixtures("reset_names_of_keras")]


def engine_of(K):
    """The tensor library of a Keras, ours or theirs."""
    return tf if K is ours else tensorflow


def data(*shape, seed=0, low=-1.0, high=1.0):
    return np.random.default_rng(seed).uniform(low, high, shape).astype(np.float32)


def classes(count, rows, seed=1):
    return np.random.default_rng(seed).integers(0, count, rows)


def pair_of(build):
    """The models built by `build` with both libraries, with the same weights."""
    mine, other = map(build, BOTH)
    other.set_weights(mine.get_weights())
    return mine, other


def close(mine, other, rtol=2e-4, atol=2e-6):
    assert np.shape(mine) == np.shape(other)
    np.testing.assert_allclose(np.asarray(mine), np.asarray(other), rtol=rtol, atol=atol)


def regression(K):
    return K.Sequential([K.Input((6,)), K.layers.Dense(4), K.layers.BatchNormalization(), K.layers.Dense(2)])
