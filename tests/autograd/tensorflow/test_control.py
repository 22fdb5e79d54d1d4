"""Loops, branches and arrays of tensors as functions: what they compute, and that tapes see through them."""

import numpy as np
import pytest

import autograd.tensorflow as tf

Dataset = tf.data.Dataset


def values(dataset):
    return [element.numpy().tolist() for element in dataset]


def test_gradients_pass_a_tensor_array():
    x = tf.Variable([1.0, 2.0, 3.0])
    with tf.GradientTape() as tape:
        sums, total = tf.TensorArray(tf.float32, size=0, dynamic_size=True), 0.0
        for i in tf.range(3):
            total += x[i] ** 2
            sums = sums.write(i, total)
        y = tf.reduce_sum(sums.stack())
    assert tape.gradient(y, x).numpy().tolist() == [6, 8, 6]


def test_a_tensor_array_reads_what_was_written():
    array = tf.TensorArray(tf.int32, 4, element_shape=(2,)).write(1, [5, 6])
    assert array.stack().numpy().tolist() == [[0, 0], [5, 6], [0, 0], [0, 0]]
    assert array.read(1).numpy().tolist() == [5, 6]
    assert array.unstack([[1], [2], [3]]).gather([2, 0]).numpy().tolist() == [[3], [1]]
    assert array.concat().numpy().tolist() == [1, 2, 3]
    assert array.size() == 3
    with pytest.raises(tf.errors.OutOfRangeError, match="Tried to write to index 4 but array is not resizeable"):
        tf.TensorArray(tf.int32, 4).write(4, 0)
    with pytest.raises(tf.errors.OutOfRangeError, match="index 2, which was not written"):
        tf.TensorArray(tf.int32, 4).read(2)


def test_scans_carry_nests_and_go_both_ways():
    x = tf.Variable([1.0, 2.0, 3.0])
    start = (tf.constant(1.0), tf.constant(0.0))
    with tf.GradientTape() as tape:
        products, sums = tf.scan(lambda state, e: (state[0] * e, state[1] + e), x, initializer=start)
        y = products[-1] * sums[-1]
    assert (products.numpy().tolist(), sums.numpy().tolist()) == ([1, 2, 6], [1, 3, 6])
    assert tape.gradient(y, x).numpy().tolist() == [42, 24, 18]
    assert tf.scan(lambda total, e: total + e, x, reverse=True).numpy().tolist() == [6, 5, 3]
    assert tf.scan(lambda a, e: a + e[0] * e[1], (x, x), initializer=tf.constant(0.0)).numpy().tolist() == [1, 5, 14]
    assert (tf.foldl(tf.subtract, x), tf.foldr(tf.subtract, x)) == (-4, 0)


def test_the_branch_that_is_chosen_is_called():
    pairs = [(tf.constant(False), lambda: 1), (tf.constant(True), lambda: 2), (tf.constant(True), lambda: 3)]
    assert tf.case(pairs) == 2
    assert tf.case(pairs[:1], default=lambda: 4) == 4
    with pytest.raises(ValueError, match="2 conditions are true, but exclusive=True"):
        tf.case(pairs, exclusive=True)
    with pytest.raises(ValueError, match="no condition is true"):
        tf.case(pairs[:1])
    branches = [lambda: 5, lambda: 6]
    assert [tf.switch_case(tf.constant(i), branches) for i in (0, 1, 7)] == [5, 6, 6]
    assert tf.switch_case(3, {3: branches[0], 9: branches[1]}) == 5
    assert tf.switch_case(1, {3: branches[0]}, default=lambda: 0) == 0


def test_functions_of_tensors_are_recorded_and_functions_of_arrays_are_not():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        seen = tf.py_function(lambda v: v * v, [x], tf.float64)
        unseen, count = tf.numpy_function(lambda v: (v * 2, v.size), [x], [tf.float32, tf.int64])
    assert (seen.dtype, unseen.numpy().tolist(), count.dtype) == (tf.float64, [2, 4], tf.int64)
    assert tape.gradient(seen, x).numpy().tolist() == [2, 4]
    assert tape.gradient(unseen, x) is None


def test_datasets_of_generators_have_the_types_that_are_said():
    def rows():
        yield [1, 2], 3
        yield [4, 5], 6

    for said in (
        {"output_types": (tf.float32, tf.int64), "output_shapes": ((2,), ())},
        {"output_signature": (tf.TensorSpec((2,), tf.float32), tf.TensorSpec((), tf.int64))},
    ):
        dataset = Dataset.from_generator(rows, **said)
        assert [(x.numpy().tolist(), int(y)) for x, y in dataset] == [([1, 2], 3), ([4, 5], 6)]
        assert [spec.dtype for spec in dataset.element_spec] == [tf.float32, tf.int64]


def test_datasets_are_cut_and_woven():
    numbers = Dataset.range(7)
    assert values(numbers.shard(3, 1)) == [1, 4]
    assert len(numbers.shard(3, 0)) == 3
    assert values(numbers.take_while(lambda n: n < 2)) == [0, 1]
    assert values(numbers.scan(np.int64(0), lambda s, n: (s + n, s + n)).take(4)) == [0, 1, 3, 6]
    assert values(numbers.apply(lambda d: d.skip(5)).with_options(tf.data.Options())) == [5, 6]
    twice = numbers.take(3).interleave(lambda n: Dataset.from_tensors(n).repeat(3), cycle_length=2, block_length=2)
    assert values(twice) == [0, 0, 1, 1, 0, 1, 2, 2, 2]
    assert int(numbers.take(1).get_single_element()) == 0
    with pytest.raises(tf.errors.InvalidArgumentError, match="Dataset had more than one element"):
        numbers.get_single_element()
