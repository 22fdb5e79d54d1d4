"""Loops, branches and calls of functions: results and gradients."""

import pytest

import autograd.tensorflow as tf


def test_scan_accepts_nested_states_and_both_directions():
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


def test_case_and_switch_case_call_the_chosen_branch():
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


def test_py_function_is_recorded_and_numpy_function_is_not():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        seen = tf.py_function(lambda v: v * v, [x], tf.float64)
        unseen, count = tf.numpy_function(lambda v: (v * 2, v.size), [x], [tf.float32, tf.int64])
    assert (seen.dtype, unseen.numpy().tolist(), count.dtype) == (tf.float64, [2, 4], tf.int64)
    assert tape.gradient(seen, x).numpy().tolist() == [2, 4]
    assert tape.gradient(unseen, x) is None


def test_map_fn_needs_slices_and_as_many_in_every_tensor():
    for count in (1, 2, 300):
        found = tf.map_fn(lambda pair: pair[0] - pair[1], (tf.range(count), tf.ones(count, tf.int32)))
        assert found.numpy().tolist() == list(range(-1, count - 1))
    for counts in ((0,), (0, 0), (2, 1), (1, 2, 2)):
        with pytest.raises(ValueError, match=r"^map_fn: the tensors in elems must have the same number of slices, at"):
            tf.map_fn(lambda parts: parts[0], tuple(tf.zeros(count) for count in counts))
