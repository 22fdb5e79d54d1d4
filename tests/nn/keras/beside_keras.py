"""What the comparisons with Keras share: both libraries, data, and models with the same weights."""

import os

import numpy as np
import pytest

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
pytest.importorskip("keras")  # a folder of the examples is called tensorflow, too
tensorflow = pytest.importorskip("tensorflow", minversion="2")

import autograd.tensorflow as tf  # noqa: E402
from nn import keras as ours  # noqa: E402

theirs = tensorflow.keras
BOTH = (ours, theirs)

#: Of every file of comparisons: Keras' own warnings are not ours.
MARKS = [pytest.mark.filterwarnings("default"), pytest.mark.usefixtures("names_and_draws_from_the_start")]


def engine_of(K):
    """The library below Keras, ours or theirs."""
    return tf if K is ours else tensorflow


def data(*shape, seed=0, low=-1.0, high=1.0):
    return np.random.default_rng(seed).uniform(low, high, shape).astype(np.float32)


def classes(count, rows, seed=1):
    return np.random.default_rng(seed).integers(0, count, rows)


def pair_of(build):
    """The model that `build` makes of either library, with the same weights."""
    mine, other = map(build, BOTH)
    other.set_weights(mine.get_weights())
    return mine, other


def close(mine, other, rtol=2e-4, atol=2e-6):
    assert np.shape(mine) == np.shape(other)
    np.testing.assert_allclose(np.asarray(mine), np.asarray(other), rtol=rtol, atol=atol)


def regression(K):
    return K.Sequential([K.Input((6,)), K.layers.Dense(4), K.layers.BatchNormalization(), K.layers.Dense(2)])
