"""What random changes of images do, and when."""

import numpy as np
import pytest

from nn import keras
from nn.keras import layers

IMAGES = np.random.default_rng(0).uniform(0, 255, (6, 5, 5, 2)).astype(np.float32)


def changed(layer, x=IMAGES, **kwargs):
    return layer(x, **kwargs).numpy()


@pytest.mark.parametrize("turns", [0.25, 0.5, -0.25])
def test_quarter_turns_are_exact(turns):
    expected = np.rot90(IMAGES, int(4 * turns), (1, 2))
    np.testing.assert_allclose(changed(layers.RandomRotation((turns, turns))), expected, atol=1e-2)


def test_shifts_of_whole_pixels_are_exact():
    found = changed(layers.RandomTranslation((0.2, 0.2), (-0.4, -0.4), "constant"))
    np.testing.assert_allclose(found[:, 1:, :-2], IMAGES[:, :-1, 2:], atol=1e-2)
    assert np.all(found[:, 0] == 0)
    assert np.all(found[:, :, -2:] == 0)


def test_a_zoom_by_a_half_shows_the_double():
    found = changed(layers.RandomZoom((1.0, 1.0), fill_mode="constant", fill_value=7.0))
    np.testing.assert_allclose(found[:, 2, 2], IMAGES[:, 2, 2], rtol=1e-4)
    np.testing.assert_allclose(found[:, 0], 7.0, rtol=1e-4)


@pytest.mark.parametrize("mode, ways", [("horizontal", 2), ("vertical", 2), ("horizontal_and_vertical", 4)])
def test_each_image_is_flipped_or_not(mode, ways):
    layer = layers.RandomFlip(mode, seed=0)
    found = {tuple(np.argwhere(image == 1)[0]) for image in changed(layer, np.tile(corner(), (50, 1, 1, 1)))}
    assert len(found) == ways


def corner():
    image = np.zeros((1, 3, 4, 1), np.float32)
    image[0, 0, 0] = 1
    return image


def test_a_seed_repeats_what_is_drawn():
    first, second = (changed(layers.RandomContrast(0.5, seed=3)) for _ in range(2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, IMAGES)


def test_images_change_in_training_and_where_nobody_says_but_not_when_a_model_measures():
    model = keras.Sequential([layers.RandomRotation((0.25, 0.25))])
    for found in (model(IMAGES), model(IMAGES, training=True), model.layers[0](IMAGES[0])[None]):
        assert not np.allclose(found, IMAGES[: len(found)], atol=1.0)
    for found in (model(IMAGES, training=False), model.predict(IMAGES, verbose=0)):
        assert np.array_equal(found, IMAGES)
    dropout = keras.Sequential([layers.Dropout(0.5), layers.BatchNormalization()])
    assert np.allclose(dropout(IMAGES), IMAGES, rtol=1e-3)


def test_a_crop_larger_than_the_image_makes_it_larger():
    assert changed(layers.CenterCrop(8, 7)).shape == (6, 8, 7, 2)
    assert np.array_equal(changed(layers.CenterCrop(3, 2)), IMAGES[:, 1:4, 1:3])
    assert changed(layers.Resizing(3, 2), IMAGES[0].astype("uint8")).shape == (3, 2, 2)


@pytest.mark.parametrize(
    "wrong, text",
    [
        (lambda: layers.RandomFlip("diagonal"), "mode must be one of"),
        (lambda: layers.RandomRotation((0.5, 0.1)), "the smaller first"),
        (lambda: layers.RandomZoom(0.1, fill_mode="wrap"), "takes fill_mode reflect | constant | nearest"),
        (lambda: layers.Resizing(2, 2, "bicubic"), "takes interpolation bilinear | nearest"),
        (lambda: layers.Attention(score_mode="sum"), "Invalid value for argument score_mode"),
        (lambda: layers.Attention()(np.ones((1, 2, 3))), "must be called on a list of inputs"),
        (lambda: layers.Dot(1)([np.ones((1, 2)), np.ones((1, 3))]), "Incompatible input shapes: axis values 2"),
        (lambda: layers.Dot(1)(np.ones((1, 2))), "a list of exactly 2 inputs"),
        (lambda: layers.ZeroPadding1D((1, 2, 3)), "non-negative integer, or two of them"),
        (lambda: layers.GroupNormalization(3)(np.ones((1, 4))), r"groups \(3\) must divide the number of channels"),
    ],
)
def test_wrong_use_is_answered(wrong, text):
    with pytest.raises(ValueError, match=text):
        wrong()
