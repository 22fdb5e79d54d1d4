"""Values at the boundaries of conditions, with what TensorFlow answers."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from autograd.tensorflow.checkpoint import _is_consistent


@pytest.mark.parametrize(
    "number, dtype",
    [(40, "int32"), (-40, "int32"), (2**31 - 1, "int32"), (-(2**31), "int32"), (2**31, "int64"),
     (-(2**31) - 1, "int64")],
)  # fmt: skip
def test_integers_are_int32_where_they_fit(number, dtype):
    assert tf.constant([0, number]).dtype == dtype and int(tf.constant([number])[0]) == number


def test_a_split_into_long_parts():
    parts = tf.split(np.arange(900), [300, 600])
    assert [int(part[0]) for part in parts] == [0, 300]


def test_diagonals_of_a_batch_are_replaced():
    found = tf.linalg.set_diag(np.zeros((2, 2, 3), "f"), [[1.0, 2.0], [3.0, 4.0]])
    assert found.numpy().tolist() == [[[1, 0, 0], [0, 2, 0]], [[3, 0, 0], [0, 4, 0]]]


@pytest.mark.parametrize("nests", [([1, 2], [1]), ([1], [1, 2]), ([[1]], [[1], [2]])])
def test_nests_of_different_sizes_are_refused(nests):
    with pytest.raises(ValueError, match=r"^The nests don't have the same nested structure"):
        tf.nest.map_structure(lambda x, y: x, *nests)


NUMBER = np.zeros(2)


@pytest.mark.parametrize(
    "children, values, consistent",
    [
        ([{"w": 1}, {}], [None, NUMBER], True), ([{}], [NUMBER], True), ([], [], False), ([{}], [None, NUMBER], False),
        ([{}, {}], [None], False), ([{"w": 2}, {}], [None, NUMBER], False), ([{"w": -1}, {}], [None, NUMBER], False),
        ([{"w": 0}, {}], [None, NUMBER], True), ([{"w": True}, {}], [None, NUMBER], False),
        ([{1: 1}, {}], [None, NUMBER], False), ([[], {}], [None, NUMBER], False), ([{}], ["text"], False),
        ({}, [], False), ([{}], (None,), False),
    ],
)  # fmt: skip
def test_the_objects_of_a_checkpoint_must_be_consistent(children, values, consistent):
    assert _is_consistent(children, values) is consistent


@pytest.mark.parametrize("axis", [-2, -3, 2])
def test_one_hot_vectors_lie_along_an_axis_of_the_result(axis):
    assert tf.one_hot([1], 2, axis=-1).shape == (1, 2) and tf.one_hot([1], 2, axis=1).shape == (1, 2)
    with pytest.raises(tf.errors.InvalidArgumentError, match="Expected axis to be -1 or between"):
        tf.one_hot([1], 2, axis=axis)


def test_means_of_segments_of_matrices():
    data = np.arange(24, dtype="f").reshape(3, 2, 4)
    found = tf.math.unsorted_segment_mean(data, [1, 0, 1], 2).numpy()
    np.testing.assert_allclose(found, [data[1], (data[0] + data[2]) / 2])


def padded(**options):
    return list(tf.data.Dataset.from_tensors((1, 2)).padded_batch(2, **options))


def generated(element, types):
    return list(tf.data.Dataset.from_generator(lambda: iter([element]), output_types=types))


@pytest.mark.parametrize(
    "call",
    [
        lambda part: tf.image.random_crop(np.ones((2, 2)), part([2, 2, 2])),
        lambda part: tf.nn.dropout(np.ones((2, 2), "f"), 0.5, noise_shape=part([1, 1, 1])),
        lambda part: tf.numpy_function(lambda: (1, 2), [], part([tf.int64] * 3)),
        lambda part: tf.py_function(lambda: (1, 2), [], part([tf.int64] * 3)),
        lambda part: generated((1, 2), part((tf.int32,) * 3)),
        lambda part: padded(padded_shapes=part(([],) * 3)),
        lambda part: padded(padding_values=part((0,) * 3)),
    ],
)
def test_there_must_be_one_part_for_each(call):
    call(lambda parts: parts[:2])
    for count in (1, 3):
        with pytest.raises(ValueError):
            call(lambda parts, count=count: parts[:count])
