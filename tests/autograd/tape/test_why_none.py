"""`explain_none` names the reason why a gradient is None."""

import numpy as np
import pytest

import autograd as torch
import autograd.tensorflow as tf


def test_explain_none_names_the_cause():
    x, v, w = tf.constant(2.0), tf.Variable(3.0), tf.Variable(4.0)
    whole = tf.constant(3)
    w = w - 1.0
    with tf.GradientTape(persistent=True) as tape:
        y = x * v * w
        of_numpy = tf.constant(np.sin(v.numpy()))
    outside = y * 2.0
    other = tf.Variable(1.0)
    for target, source, message in [
        (y, x, "the source was never watched: call tape.watch(source)"),
        (
            y,
            w,
            "`w = w - step` has replaced it by a plain tensor: use w.assign_sub(step)",
        ),
        (y, whole, "the source has dtype int32"),
        (tf.argmax([1.0]), v, "the target has dtype int64"),
        (y, other, "the source is a Variable that was not used while the tape recorded"),
        (of_numpy, v, "values on the tape were converted to NumPy"),
    ]:
        assert tape.gradient(target, source) is None
        assert message in tape.explain_none(target, source)
    with tf.GradientTape() as tape:
        y = v * v
    outside = y * 2.0
    assert tape.gradient(outside, v) is None
    assert "the target was not computed from a watched tensor while the tape recorded" in tape.explain_none(outside, v)


def test_explain_none_distinguishes_a_pause_from_a_cut():
    v, u = tf.Variable(3.0), tf.Variable(2.0)
    with tf.GradientTape(persistent=True) as other, tf.GradientTape(persistent=True) as tape:
        y = v * u
        with tape.stop_recording():
            z = v * 2.0
        w = z * u
        cut = tf.stop_gradient(y) * u
    assert other.gradient(w, v) is not None
    assert "so the gradient is not None" in other.explain_none(w, v)
    assert tape.gradient(w, v) is None
    assert "contains an operation that ran while the tape did not record" in tape.explain_none(w, v)
    assert tape.gradient(cut, v) is None
    assert "from other watched tensors, not from this source" in tape.explain_none(cut, v)


def test_explain_none_after_a_jacobian():
    x, other = torch.ones(2), torch.ones(2)
    with torch.GradientTape() as tape:
        tape.watch([x, other])
        y = x * x
    assert tape.jacobian(y, [x, other])[1] is None
    assert "from other watched tensors" in tape.explain_none(y, other)


def test_explain_none_after_a_batch_jacobian():
    x, other = torch.ones(2, 3), torch.ones(2, 3)
    with torch.GradientTape() as tape:
        tape.watch([x, other])
        y = x * x
    assert not tape.batch_jacobian(y, other).any()
    assert "from other watched tensors" in tape.explain_none(y, other)


def test_a_new_tensor_at_the_place_of_one_that_is_gone_does_not_get_its_reason():
    x, y = torch.tensor(2.0), torch.tensor(3.0)
    with torch.tensorflow.GradientTape() as tape:
        pass
    assert tape.gradient(y, x) is None and "never" in tape.explain_none(y, x)
    place = id(y)
    del y
    new = [torch.tensor(float(i)) for i in range(100)]
    for tensor in (t for t in new if id(t) == place):
        with pytest.raises(RuntimeError, match="can only be used to compute one set of gradients"):
            tape.explain_none(tensor, x)
