"""Comparison with Keras, if TensorFlow is installed: training, evaluation, callbacks and custom steps."""

import numpy as np
import pytest

from tests.nn.keras.beside_keras import (
    BOTH,
    MARKS,
    classes,
    close,
    data,
    engine_of,
    ours,
    pair_of,
    regression,
    theirs,
)

pytestmark = MARKS


def mlp(K):
    return K.Sequential([K.Input((6,)), K.layers.Dense(8, activation="relu"), K.layers.Dense(3, activation="softmax")])


def logits(K):
    return K.Sequential([K.Input((6,)), K.layers.Dense(8, activation="tanh"), K.layers.Dense(3)])


def binary(K):
    return K.Sequential([K.Input((6,)), K.layers.Dense(8, activation="relu"), K.layers.Dense(1, activation="sigmoid")])


SPARSE = classes(3, 50)
ONE_HOT = np.eye(3, dtype=np.float32)[SPARSE]
BINARY = classes(2, 50)
SETTINGS = {
    "softmax, adam": (mlp, "adam", "sparse_categorical_crossentropy", ["accuracy"], SPARSE),
    "one-hot, rmsprop": (mlp, "rmsprop", "categorical_crossentropy", ["acc", "mse"], ONE_HOT),
    "logits, sgd": (
        logits,
        lambda K: K.optimizers.SGD(0.1, momentum=0.9, nesterov=True),
        lambda K: K.losses.SparseCategoricalCrossentropy(from_logits=True),
        ["accuracy"],
        SPARSE,
    ),
    "one-hot logits": (
        logits,
        lambda K: K.optimizers.SGD(0.1, momentum=0.5, clipnorm=0.1),
        lambda K: K.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=0.1),
        ["accuracy", "categorical_crossentropy"],
        ONE_HOT,
    ),
    "binary, adagrad": (binary, "adagrad", "binary_crossentropy", ["accuracy", "mae"], BINARY),
    "binary, amsgrad": (
        binary,
        lambda K: K.optimizers.Adam(0.01, amsgrad=True, global_clipnorm=0.5),
        lambda K: K.losses.BinaryCrossentropy(label_smoothing=0.2),
        ["accuracy"],
        BINARY,
    ),
    "regression": (
        regression,
        lambda K: K.optimizers.RMSprop(0.01, momentum=0.3, centered=True),
        "mse",
        ["mae", lambda K: K.metrics.MeanSquaredError(name="squares")],
        data(50, 2),
    ),
    "absolute": (regression, lambda K: K.optimizers.SGD(0.05, clipvalue=0.1), "mae", ["mse"], data(50, 2)),
}


def compiled(setting):
    build, optimizer, loss, metrics, _ = SETTINGS[setting]

    def of(K, value):
        return value(K) if callable(value) else value

    pair = pair_of(build)
    for model, K in zip(pair, BOTH):
        model.compile(of(K, optimizer), of(K, loss), metrics=[of(K, metric) for metric in metrics])
    return pair


@pytest.mark.parametrize("setting", SETTINGS)
def test_histories_evaluations_and_predictions_match(setting):
    pair = compiled(setting)
    x, y = data(50, 6), SETTINGS[setting][-1]
    histories = [m.fit(x, y, 16, epochs=3, shuffle=False, verbose=0, validation_split=0.3).history for m in pair]
    assert list(histories[0]) == list(histories[1])
    for name in histories[0]:
        close(histories[0][name], histories[1][name])
    close(*(m.evaluate(x, y, verbose=0) for m in pair))
    close(*(m.predict(x, verbose=0) for m in pair), rtol=1e-3, atol=1e-4)
    for a, b in zip(*(m.get_weights() for m in pair), strict=True):
        close(a, b, rtol=1e-3, atol=1e-4)
    by_name = [m.evaluate(x, y, verbose=0, return_dict=True) for m in pair]
    assert list(by_name[0]) == list(by_name[1])


def test_train_on_batch_and_test_on_batch_match():
    pair = compiled("softmax, adam")
    x, y = data(50, 6), SPARSE
    for start in (0, 20):
        part = slice(start, start + 20)
        close(*(m.train_on_batch(x[part], y[part]) for m in pair))
    close(*(m.test_on_batch(x, y) for m in pair))
    results = [m.train_on_batch(x, y, return_dict=True) for m in pair]
    assert sorted(results[0]) == sorted(results[1])


@pytest.mark.parametrize("patience, restore", [(0, False), (1, True)])
def test_early_stopping_matches(patience, restore):
    pair = compiled("logits, sgd")
    x, y = data(50, 6), SPARSE
    lengths = []
    for model, K in zip(pair, BOTH):
        stop = K.callbacks.EarlyStopping("val_loss", patience=patience, restore_best_weights=restore, min_delta=1e-3)
        history = model.fit(x, y, epochs=12, shuffle=False, verbose=0, validation_split=0.4, callbacks=[stop])
        lengths.append(len(history.history["loss"]))
    assert lengths[0] == lengths[1] < 12
    for a, b in zip(*(m.get_weights() for m in pair)):
        close(a, b, rtol=1e-3, atol=1e-5)


def test_reduce_lr_on_plateau_matches():
    pair = compiled("logits, sgd")
    x, y = data(50, 6), SPARSE
    found = []
    for model, K in zip(pair, BOTH):
        seen = []
        callbacks = [
            K.callbacks.ReduceLROnPlateau("loss", factor=0.3, patience=1, min_delta=0.05, cooldown=1, min_lr=0.004),
            K.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs, seen=seen: seen.append(epoch)),
        ]
        history = model.fit(x, y, epochs=9, shuffle=False, verbose=0, callbacks=callbacks).history
        found.append(history["learning_rate"])
        assert seen == list(range(9))
    close(*found, rtol=1e-5)


def test_terminate_on_nan_stops_training():
    for K in BOTH:
        model = regression(K)
        model.compile("sgd", "mse")
        x = np.full((40, 6), np.nan, np.float32)
        history = model.fit(x, data(40, 2), 8, epochs=3, verbose=0, callbacks=[K.callbacks.TerminateOnNaN()]).history
        assert len(history["loss"]) == 1


def test_learning_rate_scheduler_and_csv_logger_match(tmp_path):
    pair = compiled("softmax, adam")
    tables = []
    for model, K, name in zip(pair, BOTH, ("ours", "theirs")):
        callbacks = [
            K.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5),
            K.callbacks.CSVLogger(str(tmp_path / name)),
        ]
        model.fit(data(50, 6), SPARSE, epochs=3, shuffle=False, verbose=0, callbacks=callbacks)
        tables.append((tmp_path / name).read_text().splitlines())
    assert tables[0][0] == tables[1][0]
    for mine, other in zip(tables[0][1:], tables[1][1:], strict=True):
        close(*(np.genfromtxt([line], delimiter=",") for line in (mine, other)))


# -- outputs, weights, regularizers and custom steps -------------------------------------------------------


def two_heads(K):
    inputs = K.Input((6,), name="features")
    x = K.layers.Dense(5, activation="tanh")(inputs)
    kind = K.layers.Dense(3, activation="softmax", name="kind")(x)
    size = K.layers.Dense(1, name="size")(x)
    return K.Model(inputs, [kind, size])


def assert_same_runs(pair, x=None, y=None, sizes=None, **options):
    histories = [m.fit(x, y, epochs=2, shuffle=False, verbose=0, **options).history for m in pair]
    assert set(histories[0]) == set(histories[1])
    for name in histories[0]:
        close(histories[0][name], histories[1][name])
    for a, b in zip(*(m.get_weights() for m in pair), strict=True):
        close(a, b, rtol=1e-3, atol=1e-4)


TWO = {
    "one loss": ({"loss": "mse"}, [ONE_HOT, data(50, 1)]),
    "lists": (
        {"loss": ["categorical_crossentropy", "mse"], "metrics": [["accuracy"], ["mae"]], "loss_weights": [1.0, 0.5]},
        [ONE_HOT, data(50, 1)],
    ),
    "names": (
        {
            "loss": {"kind": "sparse_categorical_crossentropy", "size": "mae"},
            "metrics": {"kind": ["accuracy"], "size": ["mse"]},
            "loss_weights": {"kind": 0.2, "size": 1.0},
        },
        {"size": data(50, 1), "kind": SPARSE},
    ),
}


@pytest.mark.parametrize("name", TWO)
def test_models_with_several_outputs_match(name):
    pair = pair_of(two_heads)
    arguments, y = TWO[name]
    for model in pair:
        model.compile("adam", **arguments)
    x = data(50, 6)
    assert_same_runs(pair, x, y, batch_size=16, validation_data=(x, y))
    close(*(m.evaluate(x, y, verbose=0) for m in pair))
    results = [m.evaluate(x, y, verbose=0, return_dict=True) for m in pair]
    assert list(results[0]) == list(results[1])


@pytest.mark.parametrize("options", [{"sample_weight": data(50, low=0)}, {"class_weight": {0: 2.0, 2: 0.1}}])
def test_sample_and_class_weights_match(options):
    pair = compiled("softmax, adam")
    x = data(50, 6)
    assert_same_runs(pair, x, SPARSE, **options)
    for model in pair:
        model.compile("sgd", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"], metrics=["accuracy"])
    assert_same_runs(pair, x, SPARSE, validation_data=(x, SPARSE, data(50, low=0)), **options)
    for model in pair:
        model.compile("sgd", "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    weights = data(50, low=0, seed=9)
    close(*(m.evaluate(x, SPARSE, sample_weight=weights, verbose=0) for m in pair))
    close(*(m.train_on_batch(x, SPARSE, **options) for m in pair))


def regularized(K):
    class Sparse(K.layers.Layer):
        def call(self, inputs):
            self.add_loss(1e-2 * engine_of(K).reduce_sum(engine_of(K).abs(inputs)))
            return inputs

    return K.Sequential([
        K.Input((6,)),
        K.layers.Dense(8, kernel_regularizer=K.regularizers.L1L2(0.01, 0.02), bias_regularizer="l2"),
        Sparse(),
        K.layers.Dense(3, kernel_regularizer="l1", activity_regularizer=K.regularizers.L2(1e-3),
                       kernel_constraint=K.constraints.MaxNorm(0.8)),
    ])  # fmt: skip


def test_regularizers_constraints_and_added_losses_match():
    pair = pair_of(regularized)
    x, y = data(50, 6), data(50, 3)
    for model in pair:
        model.compile(model_optimizer(model), "mse", metrics=["mae"])
    assert_same_runs(pair, x, y, batch_size=16, validation_split=0.2)
    for model in pair:
        model(x)
    assert len(pair[0].losses) == len(pair[1].losses)
    close(*(float(sum(m.losses)) for m in pair))
    close(*(m.evaluate(x, y, verbose=0) for m in pair))


def model_optimizer(model):
    return (ours if isinstance(model, ours.Model) else theirs).optimizers.SGD(0.1)


def test_custom_train_steps_match():
    def build(K):
        tf = engine_of(K)

        class Custom(K.Model):
            def __init__(self):
                super().__init__()
                self.dense = K.layers.Dense(1)
                self.size = K.metrics.Mean(name="size")

            def call(self, inputs):
                return self.dense(inputs)

            def train_step(self, data):
                x, y = data
                with tf.GradientTape() as tape:
                    pred = self(x, training=True)
                    loss = self.compute_loss(y=y, y_pred=pred)
                gradients = tape.gradient(loss, self.trainable_variables)
                self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
                self.size.update_state(tf.abs(pred))
                for metric in self.metrics:
                    if metric.name == "loss":
                        metric.update_state(loss)
                    elif metric.name != "size":
                        metric.update_state(y, pred)
                return {m.name: m.result() for m in self.metrics}

        model = Custom()
        model(data(2, 6))
        model.compile("sgd", "mse", metrics=["mae"])
        return model

    pair = pair_of(build)
    assert [m.name for m in pair[0].metrics] == [m.name for m in pair[1].metrics]
    assert_same_runs(pair, data(50, 6), data(50, 1))


def test_a_train_step_receives_x_alone_if_there_is_no_y():
    def build(K):
        tf = engine_of(K)

        class Encoder(K.Model):
            def __init__(self):
                super().__init__()
                self.encoder, self.decoder = K.layers.Dense(2), K.layers.Dense(6)
                self.total = K.metrics.Mean(name="total")

            @property
            def metrics(self):
                return [self.total]

            def call(self, inputs):
                return self.decoder(self.encoder(inputs))

            def train_step(self, data):
                with tf.GradientTape() as tape:
                    loss = tf.reduce_mean(tf.square(self(data) - data))
                gradients = tape.gradient(loss, self.trainable_weights)
                self.optimizer.apply_gradients(zip(gradients, self.trainable_weights))
                self.total.update_state(loss)
                return {"total": self.total.result()}

        model = Encoder()
        model(data(2, 6))
        model.compile(optimizer="adam")
        return model

    assert_same_runs(pair_of(build), data(50, 6))
