"""GradientTape: what is on a tape, for how long, and what its gradients are."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import autograd.tensorflow as tf
from autograd import GradientTape
from autograd.tape.tape_tensor import place_of, recording_tapes
from autograd.testing.strategies import programs


def near(found, expected):
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-6, atol=1e-9)


# -- one engine, three front doors ---------------------------------------------------------------------------


@given(programs())
def test_a_tape_backward_and_grad_agree_on_random_programs(program):
    with GradientTape(persistent=True) as tape:
        values = program.execute(autograd)
        loss = values["loss"]
    inputs = [values[name] for name in program.names]
    try:
        of_grad = autograd.grad(loss, inputs, retain_graph=True, materialize_grads=True)
    except RuntimeError:  # a write has spoilt what a rule needs
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
def test_eager_tensors_on_a_tape_have_the_gradients_of_the_same_program_on_core_tensors(steps):
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


# -- what is watched ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("make", [autograd.tensor, tf.constant])
def test_a_tensor_is_tracked_only_while_a_tape_watches_it(make):
    x = make(3.0)
    before = x * x
    with GradientTape(persistent=True) as tape:
        unwatched = x * x
        tape.watch(x)
        y = x * x
    after = x * x
    assert x.node is None
    assert after.node is None
    near(tape.gradient(y, x), 6)
    for other in before, unwatched, after:
        assert tape.gradient(other, x) is None


def test_what_is_computed_after_the_tape_from_its_values_is_not_on_it():
    x = autograd.tensor(3.0, requires_grad=True)
    with GradientTape(persistent=True) as tape:
        y = x * x
    z = y * 2
    assert tape.gradient(z, x) is None
    near(tape.gradient(y, x), 6)
    z.backward()
    near(x.grad, 12)


def test_variables_are_watched_when_they_are_used_and_only_if_trainable():
    v, w, fixed = tf.Variable(2.0), tf.Variable(3.0), tf.Variable(4.0, trainable=False)
    whole = tf.Variable(5)
    with tf.GradientTape() as tape:
        y = v * v * fixed * tf.cast(whole, tf.float32)
    assert [u.ref() for u in tape.watched_variables()] == [v.ref(), whole.ref()]
    of_v, of_w, of_fixed, of_whole = tape.gradient(y, [v, w, fixed, whole])
    near(of_v, 80)
    assert of_w is of_fixed is of_whole is None


def test_a_tape_that_does_not_watch_by_itself_watches_what_it_is_told():
    v, w = tf.Variable(2.0), tf.Variable(3.0)
    with tf.GradientTape(watch_accessed_variables=False) as tape:
        tape.watch({"v": v})
        y = v * w
    of_v, of_w = tape.gradient(y, (v, w))
    near(of_v, 3)
    assert of_w is None
    assert [u.ref() for u in tape.watched_variables()] == [v.ref()]


def test_watching_integers_warns_and_gives_none():
    x = tf.constant([1, 2])
    with tf.GradientTape() as tape:
        with pytest.warns(UserWarning, match=r"must be floating \(e.g. tf.float32\), got tf.int32"):
            tape.watch(x)
        y = tf.cast(x, tf.float32) * 2.0
    assert tape.gradient(y, x) is None


# -- gradients ------------------------------------------------------------------------------------------------


def test_sources_come_back_in_their_own_structure():
    a, b, c = (tf.Variable(float(i)) for i in (1, 2, 3))
    with tf.GradientTape(persistent=True) as tape:
        y = a * b
    found = tape.gradient(y, {"z": [a], "a": (b, {"c": c})}, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    assert list(found) == ["z", "a"]
    assert isinstance(found["a"], tuple)
    near([found["z"][0], found["a"][0], found["a"][1]["c"]], [2, 1, 0])
    assert tape.gradient(y, [c]) == [None]


def test_targets_are_summed_and_cotangents_multiply():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        y, z = x * x, 3.0 * x
    near(tape.gradient([y, z], x), [5, 7])
    near(tape.gradient({"y": y, "z": z}, x), [5, 7])
    near(tape.gradient([y, z], x, output_gradients=[tf.constant([1.0, 0.0]), None]), [5, 3])
    near(tape.gradient(x, x), [1, 1])
    near(tape.gradient([y, y], x), [4, 8])


def test_an_intermediate_value_can_be_a_source():
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = x * x
        z = y * y
    of_y, of_x = tape.gradient(z, [y, x])
    near([of_y, of_x], [18, 108])


def test_a_tape_is_used_up_by_one_gradient_unless_it_is_persistent():
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = x * x
    tape.gradient(y, x)
    words = r"A non-persistent GradientTape can only be used to compute one set of gradients \(or jacobians\)"
    for ask in tape.gradient, tape.jacobian, tape.batch_jacobian:
        with pytest.raises(RuntimeError, match=words):
            ask(y, x)
    with tape:
        y = x * x * x
    near(tape.gradient(y, x), 27)


def test_bad_input_raises_and_changes_nothing():
    x = tf.Variable([3.0, 1.0])
    with tf.GradientTape() as tape:
        y = x * x
        with pytest.raises(ValueError, match="Tape is still recording"):
            tape.__enter__()
        with pytest.raises(ValueError, match=r"Passed in object 1.0 of type 'float', not tf.Tensor or tf.Variable"):
            tape.watch([x, 1.0])
    for arguments, kind, words in [
        ((None, x), TypeError, "but received None"),
        ((y, "x"), ValueError, "of type 'str' in `sources`"),
        (
            (y, x, tf.constant([1.0])),
            ValueError,
            r"has shape \(1,\) and dtype float32, but its target has shape \(2,\)",
        ),
        ((y, x, [None, None]), ValueError, "got 2 for 1 targets"),
        ((y, x, None, "nothing"), ValueError, "Unknown value for unconnected_gradients: 'nothing'"),
    ]:
        with pytest.raises(kind, match=words):
            tape.gradient(*arguments)
    with pytest.raises(RuntimeError, match="not recording"), tape.stop_recording():
        pass
    with pytest.raises(ValueError, match="not recording"):
        tape.reset()
    with pytest.raises(RuntimeError, match="the tape does not record yet"):
        tf.GradientTape().watch(x)
    near(tape.gradient(y, x), [6, 2])


# -- several tapes ---------------------------------------------------------------------------------------------


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


def test_a_gradient_penalty():
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


def test_two_tapes_over_the_same_operations_do_not_disturb_each_other():
    x, y = tf.Variable(2.0), tf.constant(3.0)
    with tf.GradientTape() as one, tf.GradientTape() as two:
        two.watch(y)
        z = x * y * y
    near(one.gradient(z, x), 9)
    near(two.gradient(z, [x, y]), [9, 12])
    assert one.watched_variables()[0] is x


def test_overlapping_tapes_each_have_their_own_part():
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
    near(two.gradient(w, x), 27 + 9 * 3)  # y was made before: to the second tape it is a constant
    assert two.gradient(w, y) is None


def test_an_inner_tape_does_not_see_what_the_outer_watched():
    x = tf.constant(3.0)
    with tf.GradientTape() as outer:
        outer.watch(x)
        with tf.GradientTape() as inner:
            y = x * x
        assert inner.gradient(y, x) is None
    near(outer.gradient(y, x), 6)


def test_a_watched_intermediate_ends_the_path_that_began_before_the_tape():
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


def test_what_runs_under_stop_recording_is_not_on_that_tape():
    x = tf.Variable(3.0)
    with tf.GradientTape() as other, tf.GradientTape(persistent=True) as tape:
        y = x * x
        with tape.stop_recording():
            z = y * x
        w = z + y * 2.0
    near(tape.gradient(w, x), 12)
    assert tape.gradient(z, x) is None
    near(other.gradient(w, x), 27 + 12)


def test_reset_begins_anew():
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


def test_anomaly_mode_sees_the_gradients_of_a_tape():
    x = tf.Variable(0.0)
    with autograd.detect_anomaly(), tf.GradientTape() as tape:
        y = tf.sqrt(x * x)
        with pytest.raises(RuntimeError, match="nan values"):
            tape.gradient(y, x)


# -- Jacobians -------------------------------------------------------------------------------------------------


def test_a_jacobian_has_every_derivative_of_every_element():
    x, w = tf.constant([[1.0, 2.0]]), tf.Variable([[1.0, 0.5, 2.0], [3.0, -1.0, 4.0]])
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = (x @ w) ** 2
    product = x.numpy() @ w.numpy()
    of_x, of_w = tape.jacobian(y, [x, w])
    near(of_x, (2 * product[0][:, None] * w.numpy().T)[None, :, None])
    assert of_w.shape == (1, 3, 2, 3)
    near(tf.reduce_sum(of_w, axis=[0, 1]), tape.gradient(y, w))
    assert tape.jacobian(y, tf.Variable(1.0)) is None
    assert tape.jacobian(y, tf.Variable(1.0), unconnected_gradients="zero").shape == (1, 3)


def test_a_jacobian_of_nothing_has_no_rows():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        y = (x * x)[:0]
    assert tape.jacobian(y, x).shape == (0, 2)
    assert tape.jacobian(y, tf.Variable(1.0)) is None


def test_a_batch_jacobian_keeps_examples_apart():
    x = tf.constant(np.arange(6.0).reshape(3, 2))
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = tf.stack([x[:, 0] * x[:, 1], x[:, 0], x[:, 1] ** 2], axis=1)
    full = tape.jacobian(y, x).numpy()
    near(tape.batch_jacobian(y, x), full[np.arange(3), :, np.arange(3)])
    near(tape.batch_jacobian(y, tf.zeros([3, 2])), np.zeros((3, 3, 2)))
    with pytest.raises(
        ValueError, match=r"Need first dimension of target shape \(3, 3\) and source shape \(2,\) to match"
    ):
        tape.batch_jacobian(y, tf.constant([1.0, 2.0]))


def test_a_jacobian_inside_another_tape_is_recorded():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = x**3
        jacobian = inner.jacobian(y, x)
    near(outer.jacobian(jacobian, x), 6 * np.einsum("ij,jk->ijk", np.diag([1.0, 2.0]), np.eye(2)))


# -- what a tape holds -----------------------------------------------------------------------------------------


@pytest.fixture
def without_collector():
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("without_collector")
def test_the_graph_is_freed_with_the_tape_however_long_its_values_live():
    x = tf.Variable(np.ones(3))
    tape = tf.GradientTape(persistent=True)
    with tape:
        y = tf.reduce_sum(tf.exp(x) * x)
    node = weakref.ref(place_of(y))
    tape.gradient(y, x)
    assert node() is not None
    del tape
    assert node() is None
    assert y.numpy() > 0


@pytest.mark.usefixtures("without_collector")
def test_one_gradient_frees_what_no_other_tape_holds():
    x = tf.Variable(np.ones(3))
    with tf.GradientTape() as outer:
        with tf.GradientTape() as inner:
            y = x * x
        slope = inner.gradient(y, x)
        node = weakref.ref(place_of(y))
        assert node() is not None
    outer.gradient(slope, x)
    assert node() is None
    tape = weakref.ref(inner)
    del inner
    assert tape() is None


@pytest.mark.usefixtures("without_collector")
def test_nothing_is_left_when_a_tape_is_never_asked_or_its_block_raises():
    x = tf.constant([1.0, 2.0])
    with pytest.raises(KeyError), tf.GradientTape() as tape:
        tape.watch(x)
        y = x * x
        raise KeyError
    assert recording_tapes() == ()
    assert (x * x).node is None
    node = weakref.ref(place_of(y))
    del tape
    assert node() is None


def test_no_tape_no_trace():
    x, v = tf.constant([1.0, 2.0]), tf.Variable([1.0, 2.0])
    y = tf.exp(x * v) + v
    assert place_of(y) is None
    assert v.node is None


@pytest.mark.parametrize("x", [tf.Variable(2.0), tf.Variable(2.0, trainable=False), tf.constant(2.0)])
def test_a_target_has_a_gradient_with_respect_to_itself_watched_or_not(x):
    with tf.GradientTape(persistent=True) as tape:
        y = 3.0 * x
    assert tape.gradient(x, x) == 1
    assert tape.gradient([x, x], [x, tf.constant(1.0)])[0] == 2
    assert tape.gradient([x, y], [x, y])[1] == 1
