"""Values at the boundaries of conditions, with what TensorFlow answers."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from autograd.tensorflow.checkpoint import _is_consistent
from tests.tools.answers import assert_alike, outcome


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
        with pytest.raises((ValueError, tf.errors.OpError)):
            call(lambda parts, count=count: parts[:count])


X = np.array([[0.0, 1.0, 2.0], [4.0, 0.0, 1.0], [3.0, 4.0, 0.0], [0.0, 1.0, 2.0]], "f")
#: Each row is a list of calls that TensorFlow answers or refuses.
CALLS = {
    "diagonals": [
        lambda tf, k=k, rows=rows, columns=columns: tf.linalg.diag(
            [1.0, 2.0, 3.0], k=k, num_rows=rows, num_cols=columns, padding_value=9.0
        )
        for k in range(-3, 4) for rows in range(-1, 7) for columns in range(-1, 7)
    ],
    "products with 0": [lambda tf: tf.math.multiply_no_nan([np.inf, np.nan, 2.0, np.inf], [0.0, 0.0, 0.0, 1.0])],
    "the largest": [lambda tf, k=k: tf.math.in_top_k([-1, 3, 1, -4], X, k) for k in (1, 2, 3)],
    "axes of classes": [
        lambda tf, axis=axis: tf.nn.softmax_cross_entropy_with_logits(X[:2] / 5, X[1:3], axis=axis)
        for axis in (None, 0, 1, -1, 2, -3)
    ],
    "losses of labels": [
        lambda tf, shape=shape: tf.nn.sparse_softmax_cross_entropy_with_logits(
            labels=np.arange(np.prod(shape, dtype=int)).reshape(shape) % 3, logits=X.ravel()[:, None] * X[1:2] / 9
            if shape == (12,) else np.resize(X, (*shape, 3))
        )
        for shape in ((), (4,), (2, 3), (2, 1, 2), (12,))
    ],
    "parts": [lambda tf, n=n, axis=axis: tf.unstack(X, n, axis) for n in range(1, 6) for axis in (0, 1, -1, -2)],
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_calls_give_what_they_give_in_tensorflow(name, answers):
    theirs = answers("tensorflow", lambda tf: [outcome(tf, call) for call in CALLS[name]])
    for i, (call, expected) in enumerate(zip(CALLS[name], theirs, strict=True)):
        assert_alike(outcome(tf, call), expected, rtol=1e-5, atol=1e-6, where=f"call {i}")


@pytest.mark.parametrize("shape", [(0,), (2,), (1, 0), (1, 2)])
def test_only_one_element_is_a_number(shape):
    for kind in (int, float, complex):
        with pytest.raises(TypeError, match=r"^only one-element tensors can be converted to numbers, but the shape is"):
            kind(tf.ones(shape))
    with pytest.raises(ValueError, match=r"^The truth value of an array with more than one element is ambiguous"):
        bool(tf.ones(shape))


@pytest.mark.parametrize(
    "length, order", [(1, "aabbcc"), (2, "ababcc"), (3, "abcabc"), (9, "abcabc"), (None, "aabbcc")]
)
def test_datasets_are_interleaved_by_the_length_of_the_cycle(length, order):
    letters = tf.data.Dataset.from_tensor_slices(np.arange(3))
    found = letters.interleave(lambda x: tf.data.Dataset.from_tensors(x).repeat(2), length)
    assert "".join("abc"[int(x)] for x in found) == order


def test_the_length_of_a_cycle_may_be_chosen_by_the_library():
    numbers = tf.data.Dataset.range(3).interleave(lambda x: tf.data.Dataset.from_tensors(x).repeat(2), tf.data.AUTOTUNE)
    assert sorted(int(x) for x in numbers) == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize("given", [tf.ones(2), np.ones(2), 1.0, {1.0}])
def test_a_global_norm_is_clipped_of_a_list(given):
    with pytest.raises(TypeError, match=r"^`t_list` should be a sequence of Tensors; got type"):
        tf.clip_by_global_norm(given, 1.0)
    for kind in (list, tuple):
        assert [x.numpy().tolist() for x in tf.clip_by_global_norm(kind([[3.0, 4.0]]), 2.5)[0]] == [[1.5, 2]]
