"""New tensors, errors and texts compared with those of TensorFlow."""

from __future__ import annotations

import numpy as np
import pytest

import autograd.tensorflow as ours
from tests.tools.answers import assert_alike, outcome

CREATED = {
    "constant": lambda tf: [
        tf.constant(1),
        tf.constant(1.0),
        tf.constant([1, 2.5]),
        tf.constant(True),
        tf.constant(2**40),
    ],
    "constant with dtype": lambda tf: [tf.constant([1, 2], dtype=tf.float32), tf.constant(3, shape=[2, 2])],
    "constant of arrays": lambda tf: [tf.constant(np.ones(2)), tf.constant([np.float64(3)]), tf.constant(np.arange(3))],
    "convert_to_tensor": lambda tf: [tf.convert_to_tensor([tf.constant([1.0]), tf.constant([2.0])])],
    "range": lambda tf: [tf.range(3), tf.range(1, 7, 2), tf.range(3.0), tf.range(5, 0, -2), tf.range(0.0, 1.0, 0.25)],
    "linspace": lambda tf: [tf.linspace(0.0, 1.0, 3), tf.linspace(0, 1, 3)],
    "eye": lambda tf: [tf.eye(2), tf.eye(2, 3), tf.eye(2, batch_shape=[2], dtype=tf.float64)],
    "filled": lambda tf: [
        tf.zeros([2]),
        tf.ones((2, 1), tf.int32),
        tf.fill([2, 2], 3),
        tf.fill([2], 3.5),
        tf.zeros([]),
    ],
    "one_hot": lambda tf: [
        tf.one_hot([0, 2, -1, 7], 3),
        tf.one_hot([1], 2, on_value=5, off_value=-1),
        tf.one_hot([[1, 0]], 2, axis=0),
        tf.one_hot(1, 3, dtype=tf.int64),
    ],
    "shape": lambda tf: [tf.shape(tf.ones([2, 3])), tf.size(tf.ones([2, 3])), tf.rank(tf.ones([2, 3]))],
    "integers": lambda tf: [
        tf.constant(7) / tf.constant(2),
        tf.constant(-7) // 2,
        tf.constant(-7) % 3,
        tf.constant(2) ** 3,
        tf.reduce_mean([1, 2]),
        tf.reduce_mean([-1, -2]),
        tf.reduce_sum([1, 2]),
        tf.reduce_prod([2, 3]),
        tf.abs(-3),
        tf.reduce_max([[1, 5]], 1),
        tf.cumsum([1, 2]),
        tf.maximum(1, 2),
        tf.square(3),
        tf.cast(2.9, tf.int32),
    ],
    "mixed with arrays": lambda tf: [
        tf.constant([1.0]) + np.array([2.0]),
        np.array([2.0]) - tf.constant([1.0]),
        np.float64(2) * tf.constant([1.0]),
        tf.constant([1.0]) * [3.0],
        tf.maximum([1.0, 2.0], 1),
        2 ** tf.constant(3.0),
        np.exp(tf.constant([1.0])),
        np.ones((2, 2)) @ tf.ones([2, 2]),
    ],
    "meshgrid": lambda tf: [*tf.meshgrid([1, 2], [3, 4, 5]), *tf.meshgrid([1, 2], [3, 4, 5], indexing="ij")],
}


@pytest.mark.parametrize("name", CREATED)
def test_new_tensors_have_the_values_and_dtypes_of_tensorflow(name, answers):
    assert_alike(CREATED[name](ours), answers("tensorflow", CREATED[name]), rtol=1e-6)


def watch_numbers(tf):
    with tf.GradientTape() as tape:
        tape.watch([1.0])


BAD_INPUT = {
    "different dtypes": lambda tf: tf.constant([1]) + tf.constant([1.0]),
    "a float beside integers": lambda tf: tf.constant([1]) + 1.5,
    "shapes": lambda tf: tf.constant([1.0, 2.0]) + tf.constant([1.0, 2.0, 3.0]),
    "matmul of vectors": lambda tf: tf.matmul(tf.constant([1.0]), tf.constant([1.0])),
    "matmul sizes": lambda tf: tf.ones([2, 3]) @ tf.ones([2, 3]),
    "reshape": lambda tf: tf.reshape(tf.ones([2]), [3]),
    "exp of integers": lambda tf: tf.exp(tf.constant([1])),
    "axis of a reduction": lambda tf: tf.reduce_sum(tf.ones([2]), axis=3),
    "concat": lambda tf: tf.concat([tf.ones([2, 2]), tf.ones([2, 3])], 0),
    "concat of dtypes": lambda tf: tf.concat([tf.constant([1]), tf.constant([1.0])], 0),
    "stack": lambda tf: tf.stack([tf.ones([2]), tf.ones([3])]),
    "split": lambda tf: tf.split(tf.ones([3]), 2),
    "gather": lambda tf: tf.gather(tf.ones([3]), [5]),
    "squeeze": lambda tf: tf.squeeze(tf.ones([2]), 0),
    "ragged": lambda tf: tf.constant([[1, 2], [3]]),
    "None": lambda tf: tf.constant(None),
    "a fraction as an integer": lambda tf: tf.constant([1.5], dtype=tf.int32),
    "another dtype": lambda tf: tf.convert_to_tensor(tf.constant(1.0), dtype=tf.float64),
    "assigning another shape": lambda tf: tf.Variable([1.0, 2.0]).assign([1.0]),
    "assigning another dtype": lambda tf: tf.Variable([1.0]).assign(tf.constant([1])),
    "a variable without a value": lambda tf: tf.Variable(),
    "a list of indices": lambda tf: tf.ones([3])[tf.constant([0])],
    "len of a scalar": lambda tf: len(tf.constant(1.0)),
    "iteration over a scalar": lambda tf: list(tf.constant(1.0)),
    "bool of several elements": lambda tf: bool(tf.ones([2])),
    "hash": lambda tf: hash(tf.ones([2])),
    "assigning elements": lambda tf: tf.ones([2]).__setitem__(0, 1.0),
    "unknown dtype": lambda tf: tf.cast(1.0, int),
    "labels out of range": lambda tf: tf.nn.sparse_softmax_cross_entropy_with_logits([5], tf.ones([1, 3])),
    "labels of another shape": lambda tf: tf.nn.sparse_softmax_cross_entropy_with_logits([0, 1], tf.ones([1, 3])),
    "no tape": lambda tf: tf.GradientTape().gradient(tf.ones([1]), tf.ones([1])),
    "watching a list of numbers": watch_numbers,
    "ensure_shape": lambda tf: tf.ensure_shape(tf.ones([2]), [3]),
    "assert_equal": lambda tf: tf.debugging.assert_equal(tf.constant(1), tf.constant(2)),
    "assert_near": lambda tf: tf.debugging.assert_near(tf.constant(1.0), tf.constant(1.1)),
    "check_numerics": lambda tf: tf.debugging.check_numerics(tf.constant(np.nan), "here"),
    "branches that are not functions": lambda tf: tf.cond(True, 1, 2),
    "coefficients that are not a list": lambda tf: tf.math.polyval(tf.ones([2]), 1.0),
    "unsorted segments": lambda tf: tf.math.segment_sum(tf.ones([2]), [1, 0]),
    "an index out of range": lambda tf: tf.scatter_nd([[5]], [1.0], [2]),
    "a negative count": lambda tf: tf.math.bincount([-1]),
    "a diagonal of another size": lambda tf: tf.linalg.set_diag(tf.ones([2, 2]), [1.0, 2.0, 3.0]),
    "dataset": lambda tf: tf.data.Dataset.from_tensor_slices((np.ones(2), np.ones(3))),
}


@pytest.mark.parametrize("name", BAD_INPUT)
def test_bad_input_raises_the_same_error_class_as_tensorflow(name, answers):
    kind = answers("tensorflow", outcome, BAD_INPUT[name])
    if kind == "raises AttributeError":  # TensorFlow's tensors have no such method
        kind = "raises TypeError"
    assert kind.startswith("raises ") and outcome(ours, BAD_INPUT[name]) == kind


def test_str_and_repr_are_those_of_tensorflow(answers):
    def texts(tf):
        x, v = tf.constant([[1.0, 2.5]]), tf.Variable([1.0, 2.0], name="w")
        tensors = [x, x[0, 0], tf.constant([1, 2]), tf.constant(True), tf.ones([2, 2])]
        shapes = [x.shape, x.dtype, tf.int32, v.name, x.shape.as_list(), x.get_shape().rank]
        return [
            *map(str, tensors),
            *map(repr, tensors),
            repr(v),
            str(v),
            *map(str, shapes),
            *map(repr, shapes),
            f"{x[0, 0]:.3f}",
            f"{x}",
        ]

    assert texts(ours) == answers("tensorflow", texts)


def test_print_writes_the_same_text_as_tensorflow(capfd, answers):
    def written(tf):
        x = tf.constant([1.0, 0.1, 3.14159265, 1e-8, 123456789.0])
        tf.print(x, "and", tf.range(10), tf.constant([[1.5, 2.0], [3.0, 4.0]]), 3, True, tf.constant(False))
        tf.print(tf.constant(0.1, tf.float64), tf.reshape(tf.range(8), [2, 2, 2]), sep="|")
        return capfd.readouterr().err

    assert written(ours) == answers("tensorflow", written)
