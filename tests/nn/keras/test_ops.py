"""keras.ops: Keras' signatures, its promotion of dtypes and its axes. The values are Keras'."""

import inspect

import numpy as np
import pytest

import autograd.tensorflow as tf
from nn import keras
from nn.keras import ops

X = np.array([[1.5, -2.3, 0.7], [0.4, 2.6, -1.2]], np.float32)
N, B = np.array([[1, 2, 3], [4, 5, 6]], np.int32), X > 0

#: Parameters by name, in Keras' order.
PARAMETERS = {
    "eye": "N M k dtype", "arange": "start stop step dtype", "zeros_like": "x dtype", "ones_like": "x dtype",
    "convert_to_tensor": "x dtype", "stop_gradient": "variable", "round": "x decimals", "where": "condition x1 x2",
    "argmax": "x axis keepdims", "argmin": "x axis keepdims", "max": "x axis keepdims initial",
    "min": "x axis keepdims initial", "prod": "x axis keepdims dtype", "one_hot": "x num_classes axis dtype",
    "sum": "x axis keepdims", "clip": "x x_min x_max", "take": "x indices axis", "zeros": "shape dtype",
    "softmax": "x axis", "add": "x1 x2",
}  # fmt: skip


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_are_those_of_keras(name):
    assert list(inspect.signature(getattr(ops, name)).parameters) == PARAMETERS[name].split()


#: Two operands and the dtype of their sum; for a quotient integers become float32.
PAIRS = [
    (N, 2, "int32"), (N, 2.5, "float32"), (N, X, "float32"), (B, N, "int32"), (B, 1, "int32"), ([1, 2, 3], N, "int32"),
    (N.astype("int64"), N, "int64"), (N.astype("int64"), X, "float32"), (X.astype("float16"), X, "float32"),
    (X.astype("float64"), X, "float64"), (X.astype("float16"), 2.5, "float16"), (2, 3, "int32"), (2.0, 3, "float32"),
    (np.float64(2), X, "float64"), (N.astype("uint8"), N, "int32"),
]  # fmt: skip


@pytest.mark.parametrize("x1, x2, dtype", PAIRS)
def test_operands_are_promoted(x1, x2, dtype):
    for name in ("add", "multiply", "maximum"):
        assert getattr(ops, name)(x1, x2).dtype.name == dtype
    assert ops.divide(x1, x2).dtype.name == (dtype if dtype.startswith("float") else "float32")
    np.testing.assert_allclose(ops.add(x1, x2), np.add(x1, x2, dtype=dtype), rtol=1e-3)
    assert ops.greater(x1, x2).dtype.name == "bool"


#: Calls and their results.
VALUES = {
    "diagonal": (lambda: ops.eye(3, 3, 1), [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]),
    "lower diagonal": (lambda: ops.eye(2, 4, k=-1), [[0.0, 0.0, 0.0, 0.0], [1.0, 0.0, 0.0, 0.0]]),
    "one-hot rows of floats": (lambda: ops.one_hot(np.array([0.0, 2.0]), 3), [[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]]),
    "sum of booleans": (lambda: ops.sum(B, axis=0), [2, 1, 1]),
    "sum of small integers": (lambda: ops.sum(np.full(3, 100, np.int8)), 300),
    "no axes": (lambda: ops.sum(N, axis=[]), N.tolist()),
    "mean of no axes": (lambda: ops.mean(N, axis=()), N.tolist()),
    "largest boolean": (lambda: ops.max(B, axis=1), [True, True]),
    "initial": (lambda: ops.max(N, axis=0, initial=5), [5, 5, 6]),
    "place": (lambda: ops.argmax(X, keepdims=True), [[4]]),
    "places": (lambda: ops.argmin(X, axis=1, keepdims=True), [[1], [2]]),
    "dot product": (lambda: ops.matmul(N[0], N[1]), 32),
    "matrix times vector": (lambda: ops.matmul(N, N[0]), [14, 32]),
    "indices": (lambda: ops.stack(ops.where(N > 4)), [[1, 1], [1, 2]]),
    "joined": (lambda: ops.concatenate([N, B], axis=1), [[1, 2, 3, 1, 0, 1], [4, 5, 6, 1, 1, 0]]),
    "two new axes": (lambda: ops.expand_dims(N[0], (0, 2)), [[[1], [2], [3]]]),
    "tiled": (lambda: ops.tile(N[:1], 2), [[1, 2, 3, 1, 2, 3]]),
    "tiled with a new axis": (lambda: ops.tile(N[:1], (2, 1, 1)), [[[1, 2, 3]], [[1, 2, 3]]]),
    "from the end": (lambda: ops.take(N, [-1], axis=0), [[4, 5, 6]]),
    "rounded": (lambda: ops.round(np.array([1.25, 0.061]), 2), [1.25, 0.06]),
    "rounded to tens": (lambda: ops.round(np.array([14, 16]), -1), [10, 20]),
    "quotient": (lambda: ops.divide(N, 2), [[0.5, 1.0, 1.5], [2.0, 2.5, 3.0]]),
    "square of booleans": (lambda: ops.square(B), [[1, 0, 1], [1, 1, 0]]),
    "floor of integers": (lambda: ops.floor(N[0]), [1.0, 2.0, 3.0]),
    "range": (lambda: ops.arange(start=0, stop=3, step=2), [0, 2]),
    "cast": (lambda: ops.convert_to_tensor([1.5], "int32"), [1]),
    "product": (lambda: ops.prod(np.array([2.5, 2.0]), dtype="int32"), 4),
    "clipped": (lambda: ops.clip(N[0], 2, 2.5), [2.0, 2.0, 2.5]),
}


@pytest.mark.parametrize("name", VALUES)
def test_a_call_gives_the_value_written_beside_it(name):
    call, expected = VALUES[name]
    assert ops.convert_to_numpy(call()).tolist() == expected


def test_softmax_along_several_axes():
    whole = np.exp(X) / np.exp(X).sum()
    for axis in (None, (0, 1), (1, 0)):
        np.testing.assert_allclose(ops.softmax(X, axis), whole, rtol=1e-5)
        np.testing.assert_allclose(ops.log_softmax(X, axis), np.log(whole), rtol=1e-5)
    np.testing.assert_allclose(ops.softmax(X, (0,)), np.exp(X) / np.exp(X).sum(0), rtol=1e-5)


def test_gradients_pass_the_promotion():
    v = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        out = ops.sum(ops.multiply(ops.concatenate([v, np.array([3])]), 2))
    assert tape.gradient(out, v).numpy().tolist() == [2.0, 2.0]


def test_operations_on_symbols():
    x = keras.Input((3,))
    out = ops.concatenate(
        [ops.expand_dims(ops.argmax(x, 1, keepdims=True), (2,)), ops.ones_like(ops.expand_dims(x, 1))], 2
    )
    model = keras.Model(x, out)
    assert model.predict(X, verbose=0).tolist() == [[[0.0, 1.0, 1.0, 1.0]], [[1.0, 1.0, 1.0, 1.0]]]


@pytest.mark.parametrize("name", ["elu", "gelu", "relu", "relu6", "sigmoid", "silu", "softmax", "softplus", "tanh"])
def test_an_activation_accepts_arrays_and_lists(name):
    activation = keras.activations.get(name)
    expected = activation(tf.constant([[1.0, -2.0]])).tolist()
    assert activation(np.array([[1.0, -2.0]], np.float32)).tolist() == expected
    assert activation([[1.0, -2.0]]).tolist() == expected
