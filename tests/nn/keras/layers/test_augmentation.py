"""Random transformations of images, and resizing."""

import numpy as np
import pytest

from nn import keras
from nn.keras import layers

IMAGES = np.random.default_rng(0).uniform(0, 255, (6, 5, 5, 2)).astype(np.float32)


def transformed(layer, x=IMAGES, **kwargs):
    return layer(x, **kwargs).numpy()


@pytest.mark.parametrize("turns", [0.25, 0.5, -0.25])
def test_rotations_by_quarter_turns_are_exact(turns):
    expected = np.rot90(IMAGES, int(4 * turns), (1, 2))
    np.testing.assert_allclose(transformed(layers.RandomRotation((turns, turns))), expected, atol=1e-2)


def test_translations_by_whole_pixels_are_exact():
    found = transformed(layers.RandomTranslation((0.2, 0.2), (-0.4, -0.4), "constant"))
    np.testing.assert_allclose(found[:, 1:, :-2], IMAGES[:, :-1, 2:], atol=1e-2)
    assert np.all(found[:, 0] == 0)
    assert np.all(found[:, :, -2:] == 0)


def test_zooming_out_shows_twice_the_height_and_width():
    found = transformed(layers.RandomZoom((1.0, 1.0), fill_mode="constant", fill_value=7.0))
    np.testing.assert_allclose(found[:, 2, 2], IMAGES[:, 2, 2], rtol=1e-4)
    np.testing.assert_allclose(found[:, 0], 7.0, rtol=1e-4)


def test_the_center_is_cut_out_of_every_image():
    for rows, columns in ((5, 9), (6, 8), (9, 4)):
        image = np.arange(float(rows * columns)).reshape(1, rows, columns, 1)
        for height, width in ((5, 4), (2, 3), (4, 4), (1, 1)):
            top, left = (rows - height) // 2, (columns - width) // 2
            expected = image[:, top : top + height, left : left + width]
            assert np.array_equal(layers.CenterCrop(height, width)(image), expected), (rows, columns, height, width)


@pytest.mark.parametrize("mode, ways", [("horizontal", 2), ("vertical", 2), ("horizontal_and_vertical", 4)])
def test_each_image_is_flipped_independently(mode, ways):
    layer = layers.RandomFlip(mode, seed=0)
    found = {tuple(np.argwhere(image == 1)[0]) for image in transformed(layer, np.tile(corner(), (50, 1, 1, 1)))}
    assert len(found) == ways


def corner():
    image = np.zeros((1, 3, 4, 1), np.float32)
    image[0, 0, 0] = 1
    return image


def test_a_seed_makes_transformations_reproducible():
    first, second = (transformed(layers.RandomContrast(0.5, seed=3)) for _ in range(2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, IMAGES)


def test_random_layers_act_in_training_and_by_default_but_not_in_inference():
    model = keras.Sequential([layers.RandomRotation((0.25, 0.25))])
    for found in (model(IMAGES), model(IMAGES, training=True), model.layers[0](IMAGES[0])[None]):
        assert not np.allclose(found, IMAGES[: len(found)], atol=1.0)
    for found in (model(IMAGES, training=False), model.predict(IMAGES, verbose=0)):
        assert np.array_equal(found, IMAGES)
    dropout = keras.Sequential([layers.Dropout(0.5), layers.BatchNormalization()])
    assert np.allclose(dropout(IMAGES), IMAGES, rtol=1e-3)


def test_a_center_crop_larger_than_the_image_resizes_it():
    assert transformed(layers.CenterCrop(8, 7)).shape == (6, 8, 7, 2)
    assert np.array_equal(transformed(layers.CenterCrop(3, 2)), IMAGES[:, 1:4, 1:3])
    assert transformed(layers.Resizing(3, 2), IMAGES[0].astype("uint8")).shape == (3, 2, 2)


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda: layers.RandomFlip("diagonal"), "mode must be one of"),
        (lambda: layers.RandomRotation((0.5, 0.1)), "the smaller first"),
        (lambda: layers.RandomZoom(0.1, fill_mode="wrap"), r"`fill_mode` must be one of .*'reflect'"),
        (lambda: layers.Resizing(2, 2, "bicubic"), "`interpolation` must be one of 'bilinear', 'nearest'"),
    ],
)
def test_wrong_arguments_raise(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
