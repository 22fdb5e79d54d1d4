"""GradientTape records: what it watches, when it records, and how several tapes work together."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd as torch
import autograd.tensorflow as tf
from autograd.tape.tape_tensor import recording_tapes
from autograd.testing.strategies import programs


def leaf(value):
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


def near(found, expected):
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-6, atol=1e-9)


# -- tapes, backward() and grad ------------------------------------------------------------------------------


@given(programs())
def test_a_tape_backward_and_grad_agree_on_random_programs(program):
    with torch.GradientTape(persistent=True) as tape:
        values = program.execute(torch)
        loss = values["loss"]
    inputs = [values[name] for name in program.names]
    try:
        of_grad = torch.grad(loss, inputs, retain_graph=True, materialize_grads=True)
    except RuntimeError:  # an in-place write has overwritten a value that a rule needs
        with pytest.raises(RuntimeError, match="modified by an inplace operation"):
            tape.gradient(loss, inputs)
        return
    of_tape = tape.gradient(loss, inputs, unconnected_gradients="zero")
    loss.backward()
    for x, taped, found in zip(inputs, of_tape, of_grad):
        np.testing.assert_array_equal(taped.numpy(), found.numpy())
        np.testing.assert_array_equal(taped.numpy(), np.zeros(x.shape) if x.grad is None else x.grad.numpy())


OPERATIONS = {
    "add": lambda tf, x, y: x + y,
    "mul": lambda tf, x, y: x * y,
    "sub": lambda tf, x, y: x - 0.5 * y,
    "sin": lambda tf, x, y: tf.sin(x),
    "tanh": lambda tf, x, y: tf.tanh(x) * y,
    "exp": lambda tf, x, y: tf.exp(0.1 * y),
    "norm": lambda tf, x, y: tf.reduce_sum(x * x) * y,
    "matmul": lambda tf, x, y: tf.matmul(x, y, transpose_b=True),
    "softmax": lambda tf, x, y: tf.nn.softmax(x),
    "transpose": lambda tf, x, y: tf.transpose(x) + y,
    "stack": lambda tf, x, y: tf.stack([x[0], y[1]]),
}


@given(
    st.lists(
        st.tuples(st.sampled_from(sorted(OPERATIONS)), st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=7
    )
)
def test_first_and_second_gradients_of_random_programs_match_differences(steps):
    start = np.array([[0.3, -0.2], [0.7, 0.5]]), np.array([[-0.4, 0.9], [0.1, 0.6]])

    def loss_of(xs):
        values = list(xs)
        for name, i, j in steps:
            values.append(OPERATIONS[name](tf, values[i % len(values)], values[j % len(values)]))
        return tf.reduce_sum(values[-1] * values[0])

    variables = [tf.Variable(x) for x in start]
    with tf.GradientTape() as outer:
        with tf.GradientTape() as tape:
            loss = loss_of(variables)
        first = tape.gradient(loss, variables, unconnected_gradients="zero")
        total = tf.reduce_sum(first[0] * first[0]) + tf.reduce_sum(first[1])
    second = outer.gradient(total, variables, unconnected_gradients="zero")

    def slope(k, index, of, step=1e-5):
        """The central difference of a function of the two matrices."""
        moved = []
        for sign in (1, -1):
            xs = [x.copy() for x in start]
            xs[k][index] += sign * step
            moved.append(float(of([tf.constant(x) for x in xs])))
        return (moved[0] - moved[1]) / (2 * step)

    def penalty(xs):
        with tf.GradientTape() as inner:
            inner.watch(xs)
            loss = loss_of(xs)
        g = inner.gradient(loss, xs, unconnected_gradients="zero")
        return tf.reduce_sum(g[0] * g[0]) + tf.reduce_sum(g[1])

    index = len(steps) % 2, steps[0][1] % 2
    for k in range(2):
        np.testing.assert_allclose(first[k].numpy()[index], slope(k, index, loss_of), rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(second[k].numpy()[index], slope(k, index, penalty), rtol=1e-4, atol=1e-4)


# -- watching -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [torch.tensor, tf.constant])
def test_a_tensor_is_tracked_only_while_a_tape_watches_it(make):
    x = make(3.0)
    before = x * x
    with torch.GradientTape(persistent=True) as tape:
        unwatched = x * x
        tape.watch(x)
        y = x * x
    after = x * x
    assert x.node is None
    assert after.node is None
    near(tape.gradient(y, x), 6)
    for other in before, unwatched, after:
        assert tape.gradient(other, x) is None


def test_operations_after_the_block_are_not_recorded():
    x = torch.tensor(3.0, requires_grad=True)
    with torch.GradientTape(persistent=True) as tape:
        y = x * x
    z = y * 2
    assert tape.gradient(z, x) is None
    near(tape.gradient(y, x), 6)
    z.backward()
    near(x.grad, 12)


def test_trainable_variables_are_watched_on_first_use():
    v, w, fixed = tf.Variable(2.0), tf.Variable(3.0), tf.Variable(4.0, trainable=False)
    whole = tf.Variable(5)
    with tf.GradientTape() as tape:
        y = v * v * fixed * tf.cast(whole, tf.float32)
    assert [u.ref() for u in tape.watched_variables()] == [v.ref(), whole.ref()]
    of_v, of_w, of_fixed, of_whole = tape.gradient(y, [v, w, fixed, whole])
    near(of_v, 80)
    assert of_w is of_fixed is of_whole is None


def test_without_watch_accessed_variables_only_watch_counts():
    v, w = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch({"v": v})
        y = v * w
    of_v, of_w = tape.gradient(y, (v, w))
    near(of_v, 3)
    assert of_w is None
    assert [u.ref() for u in tape.watched_variables()] == [v.ref()]


def test_watching_integers_warns_and_their_gradient_is_none():
    x = tf.constant([1, 2])
    with tf.GradientTape() as tape:
        with pytest.warns(UserWarning, match=r"must be floating \(e.g. tf.float32\), got tf.int32"):
            tape.watch(x)
        y = tf.cast(x, tf.float32) * 2.0
    assert tape.gradient(y, x) is None


def test_the_warning_about_a_watched_integer_names_the_users_line():
    with torch.GradientTape() as tape, pytest.warns(UserWarning, match="must be floating") as caught:
        tape.watch(torch.tensor([1, 2]))
    assert caught[0].filename == __file__


def test_a_tape_that_is_entered_again_watches_the_same_tensors():
    x = torch.tensor(3.0)
    tape = torch.GradientTape()
    with tape:
        tape.watch(x)
        y = x * 2
    with tape:
        z = y * x
    assert tape.gradient(z, x).item() == 12.0


def test_a_tape_that_is_entered_again_lends_a_leaf_only_to_tensors_without_one():
    own, lent = leaf(2.0), torch.tensor(3.0)
    tape = torch.GradientTape()
    with tape:
        tape.watch([own, lent])
    own.requires_grad_(False)
    lent.requires_grad_()
    place = lent.node
    with tape:
        assert not own.requires_grad and lent.node is place


def test_ending_a_tape_does_not_affect_leaves_or_other_tapes():
    w, x = leaf(3.0), torch.tensor(2.0, dtype=torch.float64)
    with torch.GradientTape() as outer:
        outer.watch([w, x])
        with torch.GradientTape() as inner:
            inner.watch([w, x])
        y = w * x * x
    assert w.requires_grad and not x.requires_grad
    assert [g.item() for g in outer.gradient(y, [w, x])] == [4.0, 12.0]


# -- recording ------------------------------------------------------------------------------------------------


def test_stop_recording_pauses_only_its_own_tape():
    x = tf.Variable(3.0)
    with tf.GradientTape() as other, tf.GradientTape(persistent=True) as tape:
        y = x * x
        with tape.stop_recording():
            z = y * x
        w = z + y * 2.0
    near(tape.gradient(w, x), 12)
    assert tape.gradient(z, x) is None
    near(other.gradient(w, x), 27 + 12)


def test_a_result_computed_during_stop_recording_can_be_watched():
    x = leaf(1.5)
    with torch.GradientTape() as tape:
        tape.watch(x)
        a = x * 2
        with tape.stop_recording():
            b = a * 4
        tape.watch(b)
        c = a * b
    found = tape.gradient(c, [b, x])
    assert [g.item() for g in found] == [3.0, 24.0]


@pytest.mark.parametrize("off_first", [False, True])
def test_an_operand_that_is_not_on_the_tape_does_not_cut_the_other_path(off_first):
    x, z = torch.tensor(2.0), torch.tensor(5.0, requires_grad=True)
    off = z * 3
    with torch.GradientTape() as tape:
        tape.watch(x)
        on = x * x
        y = off * on if off_first else on * off
    assert tape.gradient(y, x).item() == 60.0


def test_reset_clears_the_tape():
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = x * x
        tape.reset()
        z = y + x
    near(tape.gradient(z, x), 1)


def test_tapes_belong_to_their_thread():
    x = tf.Variable(3.0)
    found = []
    with tf.GradientTape() as tape:
        thread = threading.Thread(target=lambda: found.append((recording_tapes(), (x * x).node)))
        thread.start()
        thread.join()
        y = x * 2.0
    assert found == [((), None)]
    near(tape.gradient(y, x), 2)


# -- several tapes --------------------------------------------------------------------------------------------


def test_nested_tapes_give_derivatives_of_any_order():
    x = tf.constant(2.0)
    tapes = [tf.GradientTape() for _ in range(4)]
    for tape in tapes:
        tape.__enter__()
        tape.watch(x)
    found = x**5
    derivatives = []
    for tape in reversed(tapes):
        tape.__exit__(None, None, None)
        found = tape.gradient(found, x)
        derivatives.append(float(found))
    near(derivatives, [80, 160, 240, 240])


def test_a_gradient_inside_its_persistent_tape_is_recorded_on_it():
    x = tf.Variable(3.0)
    with tf.GradientTape(persistent=True) as tape:
        y = x**3
        slope = tape.gradient(y, x)
    near(tape.gradient(slope, x), 18)


def test_the_gradient_of_a_gradient_penalty():
    w, x = tf.Variable([1.0, -2.0]), tf.constant([0.5, 0.25])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            inner.watch(x)
            y = tf.reduce_sum(tf.tanh(w * x))
        slope = inner.gradient(y, x)
        loss = y + tf.reduce_sum(slope**2)
    tanh = np.tanh(w.numpy() * x.numpy())
    bend = 1 - tanh**2
    expected = x.numpy() * bend + 2 * w.numpy() * bend**2 - 4 * w.numpy() ** 2 * bend**2 * tanh * x.numpy()
    near(outer.gradient(loss, w), expected)


def test_two_tapes_can_record_the_same_operations():
    x, y = tf.Variable(2.0), tf.constant(3.0)
    with tf.GradientTape() as one, tf.GradientTape() as two:
        two.watch(y)
        z = x * y * y
    near(one.gradient(z, x), 9)
    near(two.gradient(z, [x, y]), [9, 12])
    assert one.watched_variables()[0] is x


def test_each_of_two_overlapping_tapes_has_its_own_part():
    x = tf.Variable(3.0)
    one, two = tf.GradientTape(persistent=True), tf.GradientTape(persistent=True)
    one.__enter__()
    y = x * x
    two.__enter__()
    z = y * x
    one.__exit__(None, None, None)
    w = z * x
    two.__exit__(None, None, None)
    near(one.gradient(z, x), 27)
    assert one.gradient(w, x) is None
    near(two.gradient(w, x), 27 + 9 * 3)  # y was computed before the second tape, for which it is a constant
    assert two.gradient(w, y) is None


def test_an_inner_tape_does_not_watch_the_tensors_of_the_outer():
    x = tf.constant(3.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            y = x * x
        assert inner.gradient(y, x) is None
    near(outer.gradient(y, x), 6)


def test_a_watched_intermediate_value_is_a_source_of_the_inner_tape():
    x = tf.Variable(3.0)
    with tf.GradientTape() as outer:
        y = x * x
        with tf.GradientTape(persistent=True) as inner:
            inner.watch(y)
            z = y * y
        of_y, of_x = inner.gradient(z, [y, x])
        near(of_y, 18)
        assert of_x is None
    near(outer.gradient(z, x), 108)
