"""Models are what their layers make of them; what is symbolic agrees with what is computed."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd.tensorflow as tf
from nn import keras
from nn.keras import layers


@pytest.fixture(autouse=True)
def names_and_draws_from_the_start():
    keras.utils.set_random_seed(0)
    keras.utils.clear_session()


def small(inputs=3, outputs=2):
    return keras.Sequential([keras.Input((inputs,)), layers.Dense(4, activation="tanh"), layers.Dense(outputs)])


def data(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


windows = st.tuples(st.integers(1, 3), st.integers(1, 3))


@given(
    st.sampled_from([layers.Conv2D, layers.Conv2DTranspose, layers.MaxPooling2D, layers.AveragePooling2D]),
    st.tuples(st.integers(3, 7), st.integers(3, 7)), windows, windows, st.sampled_from(["valid", "same"]),
)  # fmt: skip
def test_the_shape_that_is_promised_is_the_shape_that_comes(kind, size, kernel, stride, padding):
    if kind in (layers.Conv2D, layers.Conv2DTranspose):
        layer = kind(2, kernel, stride, padding)
    else:
        layer = kind(kernel, stride, padding)
    symbol = layer(keras.Input((*size, 3)))
    out = layer(np.ones((2, *size, 3), "f"))
    assert symbol.shape == (None, *out.shape[1:])
    assert layer.compute_output_shape((2, *size, 3)) == tuple(out.shape)


def test_a_layer_without_formula_learns_its_shape_by_trying():
    class Pairs(keras.Layer):
        def call(self, inputs):
            return tf.concat([inputs, inputs], axis=-1)

    assert Pairs()(keras.Input((None, 3))).shape == (None, None, 6)


def test_a_row_of_layers_has_the_batch_that_it_saw_first_or_any_after_fit():
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


def test_sizes_that_are_not_known_stay_so_through_operations():
    x = keras.Input((None, 4))
    ops = keras.ops
    made = [ops.reshape(x, (-1, 8)), ops.sum(x, axis=1), x[:, -1], ops.transpose(x), x[:, :2], ops.argmax(x, axis=-1)]
    assert [symbol.shape for symbol in made] == [(None, 8), (None, 4), (None, 4), (4, None, None), (None, 2, 4),
                                                 (None, None)]  # fmt: skip
    assert [symbol.dtype for symbol in made] == ["float32"] * 5 + ["int32"]


def test_a_graph_computes_what_its_layers_do_one_by_one():
    first, second, merge = layers.Dense(4, activation="relu"), layers.Dense(4), layers.Add()
    inputs = keras.Input((3,))
    hidden = first(inputs)
    model = keras.Model(inputs, merge([hidden, second(second(hidden))]))
    x = data(5, 3)
    h = first(x)
    np.testing.assert_array_equal(model(x).numpy(), (h + second(second(h))).numpy())
    assert [layer.name for layer in model.layers] == ["input_layer", "dense", "dense_1", "add"]


def test_nested_models_share_their_weights():
    inner = small()
    outer = keras.Sequential([inner, layers.Dense(1)])
    outer(data(2, 3))
    inner.set_weights([np.zeros_like(w) for w in inner.get_weights()])
    assert all(not w.numpy().any() for w in outer.weights[:4])
    assert outer.count_params() == inner.count_params() + 3


def test_the_gradient_of_a_model_is_the_slope_of_its_loss():
    model, x, y = small(), data(6, 3), data(6, 2)
    loss = keras.losses.MeanSquaredError()
    with tf.GradientTape() as tape:
        value = loss(y, model(x))
    gradients = tape.gradient(value, model.trainable_variables)
    direction = [data(*w.shape) for w in model.weights]
    slope = sum(float((g.numpy() * d).sum()) for g, d in zip(gradients, direction))
    found, start, h = [], model.get_weights(), 1e-2
    for sign in (1, -1):
        model.set_weights([w + sign * h * d for w, d in zip(start, direction)])
        found.append(float(loss(y, model(x))))
    assert (found[0] - found[1]) / (2 * h) == pytest.approx(slope, rel=1e-2)


def test_fit_is_the_loop_that_one_would_write():
    model, x, y = small(), data(20, 3), data(20, 2)
    other = small()
    other.set_weights(model.get_weights())
    model.compile("adam", "mse")
    history = model.fit(x, y, batch_size=8, epochs=2, shuffle=False, verbose=0)
    optimizer, loss = keras.optimizers.Adam(), keras.losses.MeanSquaredError()
    for epoch in range(2):
        mean = keras.metrics.Mean()
        for start in range(0, 20, 8):
            part = slice(start, start + 8)
            with tf.GradientTape() as tape:
                value = loss(y[part], other(x[part], training=True))
            gradients = tape.gradient(value, other.trainable_variables)
            optimizer.apply_gradients(zip(gradients, other.trainable_variables))
            mean.update_state(value, len(x[part]))
        assert history.history["loss"][epoch] == pytest.approx(float(mean.result()), rel=1e-6)
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("batch_size", [1, 7, 50])
def test_evaluation_and_prediction_do_not_depend_on_batches(batch_size):
    model, x, y = small(), data(20, 3), data(20, 2)
    model.compile("sgd", "mse", metrics=["mae"])
    whole = model(x).numpy()
    expected = [np.square(whole - y).mean(), np.abs(whole - y).mean()]
    assert model.evaluate(x, y, batch_size, verbose=0) == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(model.predict(x, batch_size, verbose=0), whole, rtol=1e-4, atol=1e-6)


def test_shuffling_goes_through_every_row_once():
    seen = []

    class Collector(keras.Model):
        def train_step(self, data):
            seen.extend(data[0].numpy()[:, 0].tolist())
            return {"loss": 0.0}

    model = Collector()
    model.compile("sgd", "mse")
    rows = np.arange(10, dtype=np.float32)[:, None]
    model.fit(rows, rows, batch_size=4, epochs=2, verbose=0)
    assert sorted(seen[:10]) == sorted(seen[10:]) == rows[:, 0].tolist()
    assert seen[:10] != seen[10:]


def test_validation_takes_the_last_part():
    model = keras.Sequential([layers.Dense(1, use_bias=False, kernel_initializer="ones", trainable=False)])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    x = np.array([[0.0]] * 8 + [[2.0]] * 2)
    history = model.fit(x, np.zeros(10), validation_split=0.2, verbose=0)
    assert history.history == {"loss": [0.0], "val_loss": [4.0]}


def test_datasets_and_generators_are_gone_through():
    model, x, y = small(), data(12, 3), data(12, 2)
    model.compile("sgd", "mse")
    batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(5)
    assert len(model.fit(batches, epochs=3, validation_data=batches, verbose=0).history["val_loss"]) == 3
    endless = (pair for _ in iter(int, 1) for pair in [(x, y)])
    assert len(model.fit(endless, epochs=2, steps_per_epoch=3, verbose=0).history["loss"]) == 2
    assert model.predict(batches, verbose=0).shape == (12, 2)


def test_training_mode_reaches_the_layers_inside():
    model = keras.Sequential([layers.Dropout(0.5), layers.BatchNormalization()])
    x = np.ones((100, 4), "f")
    np.testing.assert_allclose(model(x).numpy(), 1, rtol=1e-3)
    assert set(np.unique(model.layers[0](x, training=True).numpy())) == {0.0, 2.0}
    model(x, training=True)
    assert (model.layers[1].moving_mean.numpy() != 0).all()


def test_a_frozen_layer_stays():
    model, x, y = small(), data(8, 3), data(8, 2)
    model.layers[0].trainable = False
    assert len(model.trainable_weights) == len(model.non_trainable_weights) == 2
    before = model.get_weights()
    model.compile("sgd", "mse")
    model.fit(x, y, verbose=0)
    same = [bool((a == b).all()) for a, b in zip(before, model.get_weights())]
    assert same == [True, True, False, False]


def test_several_inputs_and_outputs_by_list_and_by_name():
    a, b = keras.Input((2,), name="a"), keras.Input((3,), name="b")
    both = layers.Concatenate()([a, b])
    model = keras.Model([a, b], [layers.Dense(1)(both), layers.Dense(2)(both)])
    x = [data(4, 2), data(4, 3)]
    for one, other in zip(model.predict(x, verbose=0), model.predict({"a": x[0], "b": x[1]}, verbose=0)):
        np.testing.assert_array_equal(one, other)
    model.compile("sgd", ["mse", "mae"], loss_weights=[1.0, 0.5])
    outs = model.predict(x, verbose=0)
    expected = np.square(outs[0]).mean() + 0.5 * np.abs(outs[1]).mean()
    found = model.evaluate(x, [np.zeros((4, 1)), np.zeros((4, 2))], verbose=0)
    assert found[0] == pytest.approx(expected, rel=1e-5)
    assert len(found) == 3


def test_weights_go_to_a_file_and_back(tmp_path):
    model, other = small(), small()
    model.save_weights(tmp_path / "a.weights.npz")
    other.load_weights(tmp_path / "a.weights.npz")
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    with pytest.raises(ValueError, match=r"holds no weights"):
        (tmp_path / "b.weights.npz").write_bytes(b"something else")
        other.load_weights(tmp_path / "b.weights.npz")


def test_the_optimizer_may_step_while_a_tape_still_needs_the_weights():
    w = tf.Variable([2.0])
    with tf.GradientTape(persistent=True) as tape:
        loss = tf.reduce_sum(w * w)
    for expected in (4.0, 4.0):
        (g,) = tape.gradient(loss, [w])
        assert g.numpy() == [expected]
        keras.optimizers.SGD(0.5).apply_gradients([(g, w)])
    assert w.numpy() == [-2.0]


def test_a_cross_entropy_of_saturated_probabilities_is_computed_from_their_logits():
    for activation, loss, x, y in (
        ("softmax", "sparse_categorical_crossentropy", [[0.0, 100.0]], [0]),
        ("softmax", "categorical_crossentropy", [[0.0, 100.0]], [[1.0, 0.0]]),
        ("sigmoid", "binary_crossentropy", [[100.0]], [[0.0]]),
    ):
        p = layers.Activation(activation)(np.array(x, "f"))
        assert float(keras.losses.get(loss)(y, p)) == pytest.approx(100)
        assert float(keras.losses.get(loss)(y, p.numpy())) == pytest.approx(-np.log(1e-7), rel=1e-1)


def test_layers_behind_a_dict_of_outputs_come_in_the_order_of_its_keys():
    x = keras.Input((3,))
    one, other = layers.Dense(1, name="later")(x), layers.Dense(2, name="earlier")(x)
    model = keras.Model(x, {"b": one, "a": other})
    assert [layer.name for layer in model.layers[1:]] == ["earlier", "later"]
    assert model.output_names == ["a", "b"]
    assert keras.Model(x, [one, other]).layers[1].name == "later"


def test_a_function_of_several_tensors_has_the_shape_that_is_promised():
    a, b = keras.Input((3,)), keras.Input((3,))
    assert layers.Lambda(lambda pair: pair[0] - pair[1], output_shape=(3,))([a, b]).shape == (None, 3)
