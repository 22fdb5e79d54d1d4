"""Normalization of features: statistics of data, given ones, and their shapes. The values are Keras'."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from nn import keras
from nn.keras.layers import Normalization

DATA = np.array([[1.0, 2.0], [3.0, 6.0]])


@pytest.mark.parametrize(
    "data", [DATA, DATA.tolist(), tf.constant(DATA), tf.data.Dataset.from_tensor_slices(DATA).batch(1),
             tf.data.Dataset.from_tensor_slices(DATA), [DATA[:1], DATA[1:]], iter([DATA])],
)  # fmt: skip
def test_statistics_are_tensors_of_the_rank_of_the_input(data):
    layer = Normalization()
    assert layer.mean is None
    layer.adapt(data)
    assert layer.mean.numpy().tolist() == [[2.0, 4.0]] and layer.variance.numpy().tolist() == [[1.0, 4.0]]
    assert layer.mean.shape == (1, 2)
    assert layer(np.array([[2.0, 2.0]])).numpy().tolist() == [[0.0, -1.0]]


def test_statistics_are_weights():
    layer, other = Normalization(), Normalization()
    layer.adapt(DATA)
    other.build((None, 2))
    assert other(DATA).numpy().tolist() == DATA.tolist()
    other.set_weights(layer.get_weights())
    assert [weight.name for weight in other.weights] == ["mean", "variance", "count"]
    assert not other.trainable_weights and other(DATA).numpy().tolist() == [[-1.0, -1.0], [1.0, 1.0]]


def test_statistics_are_kept_along_one_axis_along_several_or_along_none():
    layer = Normalization(axis=None)
    layer.adapt(np.array([1.0, 2.0, 3.0]))
    np.testing.assert_allclose(layer(np.array([[2.0], [4.0]])), [[0.0], [2.44949]], rtol=1e-5)
    layer = Normalization(axis=1)
    layer.adapt(np.arange(12.0).reshape(2, 3, 2))
    assert layer.mean.numpy().tolist() == [[[3.5], [5.5], [7.5]]]
    layer = Normalization(axis=(1, 2))
    layer.adapt(np.arange(12.0).reshape(2, 3, 2) ** 2)
    assert layer.mean.numpy().tolist() == [[[18.0, 25.0], [34.0, 45.0], [58.0, 73.0]]]


def test_given_statistics_are_used_and_are_not_weights():
    x = np.array([[5.0, 1.0]])
    assert Normalization(mean=3.0, variance=4.0)(x).numpy().tolist() == [[1.0, -1.0]]
    layer = Normalization(mean=[3.0, 1.0], variance=[4.0, 1.0])
    assert layer(x).numpy().tolist() == [[1.0, 0.0]] and layer.mean.numpy().tolist() == [[3.0, 1.0]]
    assert layer.weights == []
    assert Normalization(mean=[3.0, 1.0], variance=[4.0, 1.0], invert=True)(x).numpy().tolist() == [[13.0, 2.0]]


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda: Normalization(mean=1.0), "both `mean` and `variance` must be set"),
        (lambda: Normalization(mean=[1.0, 2.0, 3.0], variance=[1.0, 2.0, 3.0])(DATA), r"shape \(3,\) do not fit"),
        (lambda: Normalization(mean=1.0, variance=1.0).adapt(DATA), "has no effect"),
        (lambda: Normalization().adapt(iter([])), "received no batches"),
        (
            lambda: keras.Sequential([keras.Input((3,)), Normalization()]).layers[0].adapt(DATA),
            r"data of shape \(2, 2\)",
        ),
    ],
)
def test_wrong_statistics_raise(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
