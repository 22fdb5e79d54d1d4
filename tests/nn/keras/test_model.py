"""Model and Sequential: graphs, nested models, weights, names, and error messages."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from nn import keras
from nn.keras import layers


def small(inputs=3, outputs=2):
    return keras.Sequential([keras.Input((inputs,)), layers.Dense(4, activation="tanh"), layers.Dense(outputs)])


def data(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def test_a_functional_model_computes_the_composition_of_its_layers():
    first, second, merge = layers.Dense(4, activation="relu"), layers.Dense(4), layers.Add()
    inputs = keras.Input((3,))
    hidden = first(inputs)
    model = keras.Model(inputs, merge([hidden, second(second(hidden))]))
    x = data(5, 3)
    h = first(x)
    np.testing.assert_array_equal(model(x).numpy(), (h + second(second(h))).numpy())
    assert [layer.name for layer in model.layers] == ["input_layer", "dense", "dense_1", "add"]


def test_a_nested_model_shares_its_weights_with_the_outer_model():
    inner = small()
    outer = keras.Sequential([inner, layers.Dense(1)])
    outer(data(2, 3))
    inner.set_weights([np.zeros_like(w) for w in inner.get_weights()])
    assert all(not w.numpy().any() for w in outer.weights[:4])
    assert outer.count_params() == inner.count_params() + 3


def test_gradients_match_central_differences():
    model, x, y = small(), data(6, 3), data(6, 2)
    loss = keras.losses.MeanSquaredError()
    with tf.GradientTape() as tape:
        value = loss(y, model(x))
    gradients = tape.gradient(value, model.trainable_variables)
    direction = [data(*w.shape) for w in model.weights]
    slope = sum(float((g.numpy() * d).sum()) for g, d in zip(gradients, direction))
    losses, start, h = [], model.get_weights(), 1e-2
    for sign in (1, -1):
        model.set_weights([w + sign * h * d for w, d in zip(start, direction)])
        losses.append(float(loss(y, model(x))))
    assert (losses[0] - losses[1]) / (2 * h) == pytest.approx(slope, rel=1e-2)


def test_output_shape_has_the_batch_size_of_the_first_call_or_none_after_fit():
    def new():
        return keras.Sequential([layers.Dense(3), layers.Dense(2)])

    x, y = data(5, 4), data(5, 2)
    called, fitted = new(), new()
    called(x[:3])
    assert called.output_shape == (3, 2)
    assert called(x).shape == (5, 2)
    fitted.compile("sgd", "mse")
    fitted.fit(x, y, verbose=0)
    assert fitted.output_shape == (None, 2)


def test_a_dict_of_outputs_is_sorted_by_key():
    x = keras.Input((3,))
    one, other = layers.Dense(1, name="later")(x), layers.Dense(2, name="earlier")(x)
    model = keras.Model(x, {"b": one, "a": other})
    assert [layer.name for layer in model.layers[1:]] == ["earlier", "later"]
    assert model.output_names == ["a", "b"]
    assert keras.Model(x, [one, other]).layers[1].name == "later"


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda: small(3, 1).set_weights([np.ones((3, 1))]), r"length 1, but .* 4 weights"),
        (
            lambda: keras.Sequential([keras.Input((3,)), layers.Dense(1)]).set_weights([np.ones((2, 1)), np.ones(1)]),
            r"weight shape \(3, 1\) of 'dense/kernel' is not compatible with provided weight shape \(2, 1\)",
        ),
        (
            lambda: keras.Model(x := keras.Input((3,)), layers.Dense(1)(x))(np.ones((2, 4))),
            r'"functional" .* expected shape=\(None, 3\), found shape=\(2, 4\)',
        ),
        (
            lambda: keras.Model(keras.Input((3,)), layers.Dense(1)(keras.Input((3,)))),
            r"Graph disconnected: .* name=input_layer_1>",
        ),
        (
            lambda: keras.Sequential([layers.Dense(1, name="a"), layers.Dense(1, name="a")]),
            r"Name 'a' is already",
        ),
        (lambda: keras.Sequential([3]), r"Received: 3"),
    ],
)
def test_wrong_arguments_and_inputs_raise(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
