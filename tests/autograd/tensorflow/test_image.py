"""tf.image: the functions compared with NumPy, random changes, gradients and errors."""

import numpy as np
import pytest

import autograd.tensorflow as tf

X = np.random.default_rng(0).random((2, 5, 4, 3)).astype(np.float32)
image = tf.image


@pytest.mark.parametrize("x", [X, X[0]])
@pytest.mark.parametrize(
    "found, expected",
    [
        (image.flip_left_right, lambda x: x[..., ::-1, :]),
        (image.flip_up_down, lambda x: x[..., ::-1, :, :]),
        (image.rot90, lambda x: np.rot90(x, 1, (-3, -2))),
        (lambda x: image.rot90(x, 3), lambda x: np.rot90(x, 3, (-3, -2))),
        (lambda x: image.crop_to_bounding_box(x, 1, 0, 3, 2), lambda x: x[..., 1:4, :2, :]),
        (lambda x: image.central_crop(x, 0.5), lambda x: x[..., 1:4, 1:3, :]),
        (lambda x: image.resize_with_crop_or_pad(x, 3, 4), lambda x: x[..., 1:4, :, :]),
        (lambda x: image.pad_to_bounding_box(x, 1, 2, 8, 7)[..., 1:6, 2:6, :], lambda x: x),
        (lambda x: image.pad_to_bounding_box(x, 1, 2, 8, 7)[..., 0, :, :], lambda x: np.zeros_like(x, shape=(1, 3))),
        (lambda x: image.resize(x, (10, 4), method="nearest"), lambda x: np.repeat(x, 2, -3)),
        (lambda x: image.resize(x, (5, 2)), lambda x: (x[..., ::2, :] + x[..., 1::2, :]) / 2),
        (lambda x: image.resize(x, (10, 10), preserve_aspect_ratio=True)[..., 0, :8, 0], None),
        (image.rgb_to_grayscale, lambda x: x @ np.float32([[0.2989], [0.587], [0.114]])),
        (lambda x: image.grayscale_to_rgb(x[..., :1]), lambda x: x[..., [0, 0, 0]]),
        (lambda x: image.adjust_brightness(x, -0.5), lambda x: x - 0.5),
        (lambda x: image.adjust_contrast(x, 2.0), lambda x: 2 * x - x.mean((-3, -2), keepdims=True)),
        (lambda x: image.per_image_standardization(x)[..., 0, 0, 0], None),
        (
            image.total_variation,
            lambda x: sum(np.abs(np.diff(x, axis=axis)).sum((-3, -2, -1)) for axis in (-3, -2)),
        ),
        (lambda x: image.psnr(x, x + 0.1, 1.0), lambda x: np.full(x.shape[:-3], 20.0)),
    ],
)
def test_functions_match_numpy(found, expected, x):
    y = found(tf.constant(x))
    if expected is not None:
        np.testing.assert_allclose(*np.broadcast_arrays(y, expected(x)), atol=1e-5)
    assert np.isfinite(y).all()


def test_conversion_between_dtypes_scales_to_their_largest_values():
    bytes_ = tf.constant([[[0, 100, 255]]], tf.uint8)
    floats = image.convert_image_dtype(bytes_, tf.float32)
    np.testing.assert_allclose(floats, [[[0, 100 / 255, 1]]])
    assert image.convert_image_dtype(floats, tf.uint8).numpy().tolist() == [[[0, 100, 255]]]
    assert image.convert_image_dtype(floats * 2, tf.uint8, saturate=True).numpy().tolist() == [[[0, 200, 255]]]
    assert image.adjust_brightness(bytes_, 0.2).numpy().tolist() == [[[51, 151, 255]]]
    assert image.rgb_to_grayscale(bytes_).dtype == tf.uint8
    assert image.resize(bytes_, (2, 2)).dtype == tf.float32


def test_standardized_images_have_mean_0_and_variance_1():
    y = image.per_image_standardization(X).numpy()
    np.testing.assert_allclose([y.mean((1, 2, 3)), y.var((1, 2, 3))], [[0, 0], [1, 1]], atol=1e-5)


def test_random_changes_are_among_the_possible_ones():
    many = np.tile(X[:1], (30, 1, 1, 1))
    for random_flip, flip in (
        (image.random_flip_left_right, image.flip_left_right),
        (image.random_flip_up_down, image.flip_up_down),
    ):
        flipped = {part.tobytes() for part in random_flip(many, seed=1).numpy()}
        assert flipped == {X[0].tobytes(), flip(X[0]).numpy().tobytes()}
    crop = image.random_crop(tf.constant(X[0]), (2, 2, 3), seed=1).numpy()
    assert any(np.array_equal(crop, X[0, i : i + 2, j : j + 2]) for i in range(4) for j in range(3))
    shift = image.random_brightness(X, 0.3, seed=1).numpy() - X
    assert np.ptp(shift) < 1e-6
    assert abs(shift).max() <= 0.3
    assert image.random_contrast(X, 0.5, 0.6, seed=1).numpy().var() < X.var()


def test_gradients_flow_through_images():
    x = tf.Variable(X)
    with tf.GradientTape() as tape:
        y = tf.reduce_sum(image.resize(image.flip_up_down(x), (3, 3)) ** 2) + image.psnr(x, X + 0.1, 1.0)
    assert tape.gradient(y, x).shape == x.shape


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: image.flip_left_right(tf.ones((2, 2))), ValueError, "must be three- or four-dimensional"),
        (lambda: image.resize(X, (2, 2), method="bicubic"), NotImplementedError, "is not supported; use 'bilinear'"),
        (lambda: image.crop_to_bounding_box(X, 3, 0, 3, 2), ValueError, "is not inside an image of 5 x 4"),
        (lambda: image.pad_to_bounding_box(X, 3, 0, 7, 4), ValueError, "does not fit into 7 x 4"),
        (lambda: image.random_crop(X[0], (6, 1, 3)), ValueError, "need value.shape >= size"),
    ],
)
def test_bad_arguments_raise(call, error, message):
    with pytest.raises(error, match=message):
        call()
