"""Compile, fit, evaluate and predict: what they compute, and error messages."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from nn import keras
from nn.keras import layers


def small(inputs=3, outputs=2):
    return keras.Sequential([keras.Input((inputs,)), layers.Dense(4, activation="tanh"), layers.Dense(outputs)])


def data(*shape):
    return np.random.default_rng(0).standard_normal(shape).astype(np.float32)


def test_fit_equals_a_loop_written_by_hand():
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
def test_evaluate_and_predict_do_not_depend_on_the_batch_size(batch_size):
    model, x, y = small(), data(20, 3), data(20, 2)
    model.compile("sgd", "mse", metrics=["mae"])
    whole = model(x).numpy()
    expected = [np.square(whole - y).mean(), np.abs(whole - y).mean()]
    assert model.evaluate(x, y, batch_size, verbose=0) == pytest.approx(expected, rel=1e-5)
    np.testing.assert_allclose(model.predict(x, batch_size, verbose=0), whole, rtol=1e-4, atol=1e-6)


def test_every_epoch_visits_every_row_once_in_another_order():
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


def test_validation_split_takes_the_last_rows():
    model = keras.Sequential([layers.Dense(1, use_bias=False, kernel_initializer="ones", trainable=False)])
    model.compile(keras.optimizers.SGD(0.0), "mse")
    x = np.array([[0.0]] * 8 + [[2.0]] * 2)
    history = model.fit(x, np.zeros(10), validation_split=0.2, verbose=0)
    assert history.history == {"loss": [0.0], "val_loss": [4.0]}


def test_datasets_and_generators_are_accepted():
    model, x, y = small(), data(12, 3), data(12, 2)
    model.compile("sgd", "mse")
    batches = tf.data.Dataset.from_tensor_slices((x, y)).batch(5)
    assert len(model.fit(batches, epochs=3, validation_data=batches, verbose=0).history["val_loss"]) == 3
    endless = (pair for _ in iter(int, 1) for pair in [(x, y)])
    assert len(model.fit(endless, epochs=2, steps_per_epoch=3, verbose=0).history["loss"]) == 2
    assert model.predict(batches, verbose=0).shape == (12, 2)


def test_a_frozen_layer_is_not_updated():
    model, x, y = small(), data(8, 3), data(8, 2)
    model.layers[0].trainable = False
    assert len(model.trainable_weights) == len(model.non_trainable_weights) == 2
    before = model.get_weights()
    model.compile("sgd", "mse")
    model.fit(x, y, verbose=0)
    same = [bool((a == b).all()) for a, b in zip(before, model.get_weights())]
    assert same == [True, True, False, False]


def test_several_inputs_and_outputs_are_passed_by_list_or_name():
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


def dense(**options):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2, **options)])
    model.set_weights([uniform(*w.shape, seed=i) for i, w in enumerate(model.get_weights())])
    return model


def uniform(*shape, seed=0):
    return np.random.default_rng(seed).uniform(-1, 1, shape).astype(np.float32)


def weights_after_training(x, y, **options):
    model = dense()
    model.compile(keras.optimizers.SGD(0.1), keras.losses.SparseCategoricalCrossentropy(True, reduction="sum"))
    model.fit(x, y, batch_size=len(x), epochs=2, verbose=0, shuffle=False, **options)
    return model.get_weights()


def test_a_sample_weight_of_two_equals_repeating_the_sample():
    x, y = uniform(6, 3), np.array([0, 1, 1, 0, 1, 0])
    twice = np.concatenate([np.arange(6), np.flatnonzero(y == 1)])
    expected = weights_after_training(x[twice], y[twice])
    for options in ({"class_weight": {1: 2.0}}, {"sample_weight": 1.0 + y}):
        for a, b in zip(weights_after_training(x, y, **options), expected, strict=True):
            np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match="at the same time"):
        weights_after_training(x, y, class_weight={1: 2.0}, sample_weight=y)
    with pytest.raises(ValueError, match=r"sample_weight sizes: 2"):
        weights_after_training(x, y, sample_weight=y[:2])


def test_regularizers_add_to_the_loss_and_constraints_hold_after_a_step():
    x, y = uniform(8, 3), uniform(8, 2)
    plain, regularized = dense(), dense(kernel_regularizer=keras.regularizers.L2(0.5), kernel_constraint="non_neg")
    for each in (plain, regularized):
        each.compile("sgd", "mse")
    kernel = regularized.get_weights()[0]
    extra = regularized.evaluate(x, y, verbose=0) - plain.evaluate(x, y, verbose=0)
    assert extra == pytest.approx(0.5 * np.square(kernel).sum(), rel=1e-5)
    regularized.fit(x, y, verbose=0)
    assert regularized.get_weights()[0].min() >= 0


def test_outputs_may_have_no_loss_but_unknown_output_names_raise():
    inputs = keras.Input((3,))
    heads = keras.Model(inputs, [layers.Dense(1, name="a")(inputs), layers.Dense(1, name="b")(inputs)])
    heads.compile("sgd", {"a": "mse", "b": None})
    assert list(heads.fit(data(4, 3), [data(4, 1)] * 2, verbose=0).history) == ["a_loss", "loss"]
    heads.compile("sgd", {"a": "mse", "c": "mse"})
    with pytest.raises(ValueError, match=r"loss is given for 'c', but the outputs of the model are \['a', 'b'\]"):
        heads.fit(data(4, 3), [data(4, 1)] * 2, verbose=0)


X = np.random.default_rng(0).standard_normal((20, 3)).astype(np.float32)
Y = X.sum(1, keepdims=True)


def compiled(rate=0.05, loss="mse"):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), loss, metrics=["mae"])
    return model


def compiled_without_loss():
    model = keras.Sequential([layers.Dense(1)])
    model.compile("sgd")
    return model


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda: compiled().compile("adm"), r"optimizer identifier: 'adm'; the known ones are .*adam"),
        (
            lambda: compiled().compile("sgd", "msee"),
            r"loss identifier: 'msee'; .*mean_squared_error, .*mse",
        ),
        (lambda: compiled().compile("sgd", "mse", metrics=["acuracy"]), r"'acuracy'; .*accuracy"),
        (lambda: compiled().compile("sgd", "mse", metrics="mae"), r"to be a list"),
        (
            lambda: keras.Sequential([layers.Dense(1)]).fit(X, Y),
            r"You must call `compile\(\)` before calling `fit\(\)`",
        ),
        (lambda: compiled().fit(X, Y[:7]), r"x sizes: 20, y sizes: 7"),
        (lambda: compiled_without_loss().fit(X, Y, verbose=0), r"No loss to compute"),
        (
            lambda: compiled(loss=lambda true, pred: 3.0).fit(X, Y, verbose=0),
            r"loss function '<lambda>' must return a tensor, but returned 3.0",
        ),
        (lambda: compiled().fit(X[:2], Y[:2], validation_split=0.9), r"contains 2 samples"),
    ],
)
def test_wrong_arguments_raise(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()
