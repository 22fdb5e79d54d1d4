"""TapeTensor: its graph lives as long as the tapes that recorded it."""

import gc
import weakref

import numpy as np
import pytest

import autograd.tensorflow as tf
from autograd.tape.tape_tensor import place_of, recording_tapes


@pytest.fixture
def without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def test_without_a_tape_nothing_is_recorded():
    x, v = tf.constant([1.0, 2.0]), tf.Variable([1.0, 2.0])
    y = tf.exp(x * v) + v
    assert place_of(y) is None
    assert v.node is None


@pytest.mark.usefixtures("without_collector")
def test_the_graph_is_freed_with_the_tape_however_long_its_values_live():
    x = tf.Variable(np.ones(3))
    tape = tf.GradientTape(persistent=True)
    with tape:
        y = tf.reduce_sum(tf.exp(x) * x)
    node = weakref.ref(place_of(y))
    tape.gradient(y, x)
    assert node() is not None
    del tape
    assert node() is None
    assert y.numpy() > 0


@pytest.mark.usefixtures("without_collector")
def test_a_gradient_frees_the_nodes_that_no_other_tape_holds():
    x = tf.Variable(np.ones(3))
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = x * x
        slope = inner.gradient(y, x)
        node = weakref.ref(place_of(y))
        assert node() is not None
    outer.gradient(slope, x)
    assert node() is None
    tape = weakref.ref(inner)
    del inner
    assert tape() is None


@pytest.mark.usefixtures("without_collector")
def test_a_block_that_raises_leaves_nothing_behind():
    x = tf.constant([1.0, 2.0])
    with pytest.raises(KeyError), tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        raise KeyError
    assert recording_tapes() == ()
    assert (x * x).node is None
    node = weakref.ref(place_of(y))
    del tape
    assert node() is None
