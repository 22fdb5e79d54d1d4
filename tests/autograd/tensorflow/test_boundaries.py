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
