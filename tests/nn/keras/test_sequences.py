"""Windows over time series, padded sequences and images, at their new and old places."""

import sys
import types

import numpy as np
import pytest

from nn import keras
from nn.keras.preprocessing.sequence import pad_sequences

SERIES = np.arange(10)


def batches(*args, **options):
    found = list(keras.utils.timeseries_dataset_from_array(*args, **options))
    return [tuple(part.numpy().tolist() for part in pair) if isinstance(pair, tuple) else pair.numpy().tolist()
            for pair in found]  # fmt: skip


@pytest.mark.parametrize(
    "options, starts, step",
    [
        ({}, range(8), 1),
        ({"sequence_stride": 2}, range(0, 8, 2), 1),
        ({"sampling_rate": 2}, range(6), 2),
        ({"start_index": 2}, range(2, 8), 1),
        ({"end_index": 7}, range(5), 1),
        ({"start_index": 1, "end_index": 8, "sampling_rate": 2, "sequence_stride": 3}, [1], 2),
    ],
)
def test_windows_over_a_time_series(options, starts, step):
    expected = [[s, s + step, s + 2 * step] for s in starts]
    assert batches(SERIES, None, 3, **options) == [expected]


def test_the_target_of_a_window_is_that_of_its_first_step():
    assert batches(SERIES, SERIES[3:] * 10, 3, batch_size=4) == [
        ([[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]], [30, 40, 50, 60]),
        ([[4, 5, 6], [5, 6, 7], [6, 7, 8]], [70, 80, 90]),
    ]
    assert batches(SERIES, None, 8, batch_size=None) == [list(range(i, i + 8)) for i in range(3)]
    shuffled = batches(SERIES, SERIES, 3, shuffle=True, seed=1)[0]
    assert shuffled == batches(SERIES, SERIES, 3, shuffle=True, seed=1)[0]
    assert [window[0] for window in shuffled[0]] == shuffled[1] != sorted(shuffled[1])


@pytest.mark.parametrize(
    "options", [{"sampling_rate": 0}, {"sequence_stride": 10}, {"start_index": 10}, {"end_index": 11}]
)
def test_wrong_windows_raise(options):
    with pytest.raises(ValueError, match=f"`{next(iter(options))}` must be"):
        batches(SERIES, None, 3, **options)


def test_the_old_module_preprocessing_has_the_functions_of_utils():
    assert pad_sequences is keras.preprocessing.sequence.pad_sequences is keras.utils.pad_sequences
    assert keras.preprocessing.image.img_to_array is keras.utils.img_to_array
    assert keras.preprocessing.timeseries_dataset_from_array is keras.utils.timeseries_dataset_from_array


def test_an_image_as_an_array():
    gray = np.arange(6, dtype="uint8").reshape(2, 3)
    assert keras.utils.img_to_array(gray)[..., 0].tolist() == gray.tolist()
    assert keras.utils.img_to_array(gray).dtype == np.float32
    assert keras.utils.img_to_array(np.zeros((2, 3, 4)), "channels_first", "int32").shape == (4, 2, 3)
    with pytest.raises(ValueError, match=r"Unsupported image shape: \(3,\)"):
        keras.utils.img_to_array(np.zeros(3))
    with pytest.raises(ValueError, match="data_format='last'"):
        keras.utils.img_to_array(gray, "last")


def test_an_array_as_an_image(monkeypatch):
    pillow = types.ModuleType("PIL.Image")
    pillow.fromarray = lambda array: array
    monkeypatch.setitem(sys.modules, "PIL", types.ModuleType("PIL"))
    monkeypatch.setitem(sys.modules, "PIL.Image", pillow)
    image = keras.utils.array_to_img(np.array([[[1.0], [2.0], [3.0]]]))
    assert image.tolist() == [[0, 127, 255]] and image.dtype == np.uint8
    assert keras.utils.array_to_img(np.zeros((3, 4, 5)), "channels_first").shape == (4, 5, 3)
    assert keras.utils.array_to_img(np.full((1, 1, 1), 300.0), scale=False).dtype == np.int32
    with pytest.raises(ValueError, match="Unsupported channel number: 2"):
        keras.utils.array_to_img(np.zeros((1, 1, 2)))
    with pytest.raises(ValueError, match="rank 3"):
        keras.utils.array_to_img(np.zeros((1, 1)))


def test_an_array_as_an_image_needs_pillow(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL.Image", None)
    with pytest.raises(ImportError, match="requires PIL"):
        keras.utils.array_to_img(np.zeros((1, 1, 1)))
