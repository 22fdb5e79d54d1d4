"""Transposed convolutions with output padding and dilation, and grouped ones: the values of Keras."""

import numpy as np
import pytest

from nn.keras import layers

X = np.arange(1.0, 7.0).reshape(1, 3, 2)


def with_kernel(layer, shape, kernel):
    layer.build(shape)
    layer.set_weights([np.arange(np.prod(kernel)).reshape(kernel), np.zeros(layer.filters)])
    return layer


@pytest.mark.parametrize(
    "options, expected",
    [
        ({}, [2, 12, 38, 60, 50]),
        ({"strides": 2}, [2, 8, 18, 18, 38, 28, 50]),
        ({"strides": 2, "padding": "same"}, [2, 8, 18, 18, 38, 28]),
        ({"strides": 2, "output_padding": 1}, [2, 8, 18, 18, 38, 28, 50, 0]),
        ({"strides": 2, "padding": "same", "output_padding": 1}, [2, 8, 18, 18, 38, 28]),
        ({"strides": 3, "padding": "same", "output_padding": 0}, [8, 14, 4, 18, 32, 6, 28]),
        ({"dilation_rate": 2}, [2, 4, 14, 18, 42, 32, 50]),
        ({"dilation_rate": 2, "padding": "same"}, [14, 18, 42]),
        ({"kernel_size": 2, "strides": 3}, [2, 8, 0, 4, 18, 0, 6, 28, 0]),
    ],
)
def test_transposed_convolution_of_sequences(options, expected):
    options = {"kernel_size": 3, **options}
    layer = with_kernel(layers.Conv1DTranspose(1, **options), (None, 3, 2), (options["kernel_size"], 1, 2))
    assert layer(X).numpy()[0, :, 0].tolist() == expected
    assert layer.compute_output_shape((1, 3, 2)) == (1, len(expected), 1)


@pytest.mark.parametrize(
    "options, shape, first",
    [
        ({"strides": 2, "output_padding": 1}, (1, 6, 6, 1), [1, 3, 8, 13, 23, 0, 7, 9, 44, 43, 53, 0]),
        ({"strides": (2, 3), "output_padding": (0, 2)}, (1, 5, 8, 1), [1, 3, 5, 3, 13, 23, 0, 0, 7, 9, 11, 33]),
        ({"dilation_rate": 2}, (1, 6, 6, 1), [1, 3, 3, 13, 5, 23, 5, 7, 23, 33, 41, 59]),
        ({"strides": 2, "padding": "same", "output_padding": 0}, (1, 3, 3, 1), [9, 44, 43, 38, 128, 106, 77, 180, 111]),
    ],
)
def test_transposed_convolution_of_images(options, shape, first):
    layer = with_kernel(layers.Conv2DTranspose(1, 3, **options), (None, 2, 2, 2), (3, 3, 1, 2))
    out = layer(np.arange(8.0).reshape(1, 2, 2, 2)).numpy()
    assert out.shape == shape == layer.compute_output_shape((1, 2, 2, 2))
    assert out.ravel()[: len(first)].tolist() == first


def test_grouped_convolution_of_sequences():
    layer = with_kernel(layers.Conv1D(4, 3, groups=2), (None, 5, 4), (3, 2, 4))
    expected = [[404, 431, 602, 641], [644, 695, 890, 953], [884, 959, 1178, 1265]]
    assert layer(np.arange(20.0).reshape(1, 5, 4)).numpy()[0].tolist() == expected


def test_an_output_padding_that_does_not_fit_raises():
    for options in ({"output_padding": 1}, {"strides": 2, "output_padding": 2}, {"strides": 2, "output_padding": -1}):
        with pytest.raises(ValueError, match="must be at least 0 and below the stride"):
            layers.Conv1DTranspose(1, 3, **options)
