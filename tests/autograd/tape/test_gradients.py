"""GradientTape.gradient: targets, sources, cotangents, and the arguments that it rejects."""

import inspect

import numpy as np
import pytest

import autograd as torch
import autograd.tensorflow as tf
from autograd.tape.gradient_tape import UnconnectedGradients
from autograd.tape.tape_tensor import TapeTensor


def leaf(value):
    return torch.tensor(value, dtype=torch.float64, requires_grad=True)


def near(found, expected):
    np.testing.assert_allclose(np.asarray(found), expected, rtol=1e-6, atol=1e-9)


def test_gradients_have_the_structure_of_the_sources():
    a, b, c = (tf.Variable(float(i)) for i in (1, 2, 3))
    with tf.GradientTape(persistent=True) as tape:
        y = a * b
    found = tape.gradient(y, {"z": [a], "a": (b, {"c": c})}, unconnected_gradients=tf.UnconnectedGradients.ZERO)
    assert list(found) == ["z", "a"]
    assert isinstance(found["a"], tuple)
    near([found["z"][0], found["a"][0], found["a"][1]["c"]], [2, 1, 0])
    assert tape.gradient(y, [c]) == [None]


def test_targets_are_summed_with_their_cotangents_as_weights():
    x = tf.Variable([1.0, 2.0])
    with tf.GradientTape(persistent=True) as tape:
        y, z = x * x, 3.0 * x
    near(tape.gradient([y, z], x), [5, 7])
    near(tape.gradient({"y": y, "z": z}, x), [5, 7])
    near(tape.gradient([y, z], x, output_gradients=[tf.constant([1.0, 0.0]), None]), [5, 3])
    near(tape.gradient(x, x), [1, 1])
    near(tape.gradient([y, y], x), [4, 8])


def test_the_same_target_can_be_given_hundreds_of_times():
    many = 300  # more than the small integers that CPython caches
    x = leaf([2.0])
    with torch.GradientTape() as tape:
        targets = [x * 3] * many
    assert tape.gradient(targets, x, output_gradients=[torch.ones(1, dtype=torch.float64)] * many).tolist() == [900.0]


def test_an_intermediate_value_can_be_a_source():
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = x * x
        z = y * y
    of_y, of_x = tape.gradient(z, [y, x])
    near([of_y, of_x], [18, 108])


def test_a_source_behind_another_source_has_its_own_gradient():
    x = torch.tensor(2.0)
    with torch.GradientTape() as tape:
        tape.watch(x)
        a = x * 3
        y = a * a + x
    assert [g.item() for g in tape.gradient(y, [a, x])] == [12.0, 37.0]


@pytest.mark.parametrize("x", [tf.Variable(2.0), tf.Variable(2.0, trainable=False), tf.constant(2.0)])
def test_a_target_has_a_gradient_with_respect_to_itself_watched_or_not(x):
    with tf.GradientTape(persistent=True) as tape:
        y = 3.0 * x
    assert tape.gradient(x, x) == 1
    assert tape.gradient([x, x], [x, tf.constant(1.0)])[0] == 2
    assert tape.gradient([x, y], [x, y])[1] == 1


def test_the_gradient_of_a_tape_tensor_is_a_tape_tensor():
    x = TapeTensor(np.array([2.0, 3.0]))
    with torch.GradientTape() as tape:
        tape.watch(x)
        y = x * x
    gradient = tape.gradient(y, x)
    assert type(gradient) is TapeTensor and gradient.array.tolist() == [4.0, 6.0]


def test_gradients_of_two_sources_do_not_share_memory():
    a, b, seed = leaf([1.0, 2.0]), leaf([3.0, 4.0]), torch.ones(2, dtype=torch.float64)
    with torch.GradientTape() as tape:
        y = a + b
    of_a, of_b = tape.gradient(y, [a, b], output_gradients=seed)
    of_a.add_(5)
    assert (of_b.tolist(), seed.tolist()) == ([1, 1], [1, 1])


def test_a_tape_that_is_not_persistent_computes_one_gradient():
    x = tf.Variable(3.0)
    with tf.GradientTape() as tape:
        y = x * x
    tape.gradient(y, x)
    message = r"A non-persistent GradientTape can only be used to compute one set of gradients \(or jacobians\)"
    for method in tape.gradient, tape.jacobian, tape.batch_jacobian:
        with pytest.raises(RuntimeError, match=message):
            method(y, x)
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
    for arguments, kind, message in [
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
        with pytest.raises(kind, match=message):
            tape.gradient(*arguments)
    with pytest.raises(RuntimeError, match="not recording"), tape.stop_recording():
        pass
    with pytest.raises(ValueError, match="not recording"):
        tape.reset()
    with pytest.raises(RuntimeError, match="the tape does not record yet"):
        tf.GradientTape().watch(x)
    near(tape.gradient(y, x), [6, 2])


def test_none_is_rejected_as_target_and_as_source():
    x = torch.tensor(2.0)
    with torch.GradientTape(persistent=True) as tape:
        tape.watch(x)
        y = x * 3
    with pytest.raises(TypeError, match="but received None"):
        tape.gradient(None, x)
    with pytest.raises(ValueError, match=r"Passed in object None .* in `sources`"):
        tape.gradient(y, [x, None])


@pytest.mark.parametrize("count", [1, 3])
def test_the_number_of_cotangents_must_be_that_of_the_targets(count):
    x = torch.tensor(2.0)
    with torch.GradientTape() as tape:
        tape.watch(x)
        targets = [x * x, x * 3]
    with pytest.raises(ValueError, match=f"got {count} for 2 targets"):
        tape.gradient(targets, x, output_gradients=[torch.tensor(1.0)] * count)


@pytest.mark.parametrize("shape", [(1,), (3,), (1, 2), ()])
def test_a_cotangent_of_another_shape_is_rejected(shape):
    x = leaf([1.0, 2.0])
    with torch.GradientTape() as tape:
        y = x * 2
    with pytest.raises(ValueError, match="they must be the same"):
        tape.gradient(y, x, output_gradients=torch.ones(shape, dtype=torch.float64))


def test_a_cotangent_of_another_dtype_is_rejected():
    x = leaf([1.0, 2.0])
    with torch.GradientTape(persistent=True) as tape:
        y = x * 2
    for kind in (torch.float32, torch.complex128):
        with pytest.raises(ValueError, match="they must be the same"):
            tape.gradient(y, x, output_gradients=torch.ones(2, dtype=kind))


def test_anomaly_mode_sees_the_gradients_of_a_tape():
    x = tf.Variable(0.0)
    with torch.detect_anomaly(), tf.GradientTape() as tape:
        y = tf.sqrt(x * x)
        with pytest.raises(RuntimeError, match="nan values"):
            tape.gradient(y, x)


DEFAULTS = [
    (torch.GradientTape, {"persistent": False, "watch_accessed_variables": True}),
    (
        torch.GradientTape.jacobian,
        {
            "unconnected_gradients": UnconnectedGradients.NONE,
            "parallel_iterations": None,
            "experimental_use_pfor": True,
        },
    ),
    (
        torch.GradientTape.batch_jacobian,
        {
            "unconnected_gradients": UnconnectedGradients.NONE,
            "parallel_iterations": None,
            "experimental_use_pfor": True,
        },
    ),
]


@pytest.mark.parametrize(("function", "defaults"), DEFAULTS, ids=lambda v: getattr(v, "__qualname__", ""))
def test_defaults_are_those_of_tensorflow(function, defaults):
    found = {name: p.default for name, p in inspect.signature(function).parameters.items()}
    assert {name: value for name, value in found.items() if value is not inspect.Parameter.empty} == defaults
