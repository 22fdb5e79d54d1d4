"""Comparison with Keras: training, evaluation, callbacks and custom steps."""

import numpy as np
import pytest

from tests.tools.beside_keras import agree, classes, data, numbers, regression, with_weights


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


def compiled(K, setting):
    build, optimizer, loss, metrics, _ = SETTINGS[setting]

    def of(value):
        return value(K) if callable(value) else value

    model = with_weights(build(K))
    model.compile(of(optimizer), of(loss), metrics=[of(metric) for metric in metrics])
    return model


def history_of(model, *given, **options):
    """What a model records while it is fitted, without output and in the order of the rows."""
    return {key: numbers(v) for key, v in model.fit(*given, shuffle=False, verbose=0, **options).history.items()}


@pytest.mark.parametrize("setting", SETTINGS)
def test_histories_evaluations_and_predictions_match(setting, answers):
    def results(tf):
        model, x, y = compiled(tf.keras, setting), data(50, 6), SETTINGS[setting][-1]
        history = history_of(model, x, y, 16, epochs=3, validation_split=0.3)
        evaluated = numbers(model.evaluate(x, y, verbose=0))
        by_name = list(model.evaluate(x, y, verbose=0, return_dict=True))
        return history, evaluated, by_name, model.predict(x, verbose=0)[:10], model.get_weights()

    agree(answers, results, rtol=1e-3, atol=1e-4)


def test_train_on_batch_and_test_on_batch_match(answers):
    def results(tf):
        model, x = compiled(tf.keras, "softmax, adam"), data(50, 6)
        parts = slice(0, 20), slice(20, 40)
        trained = [numbers(model.train_on_batch(x[part], SPARSE[part])) for part in parts]
        tested = numbers(model.test_on_batch(x, SPARSE))
        return trained, tested, sorted(model.train_on_batch(x, SPARSE, return_dict=True))

    agree(answers, results)


@pytest.mark.parametrize("patience, restore", [(0, False), (1, True)])
def test_early_stopping_matches(patience, restore, answers):
    def results(tf):
        model = compiled(tf.keras, "logits, sgd")
        options = {"patience": patience, "restore_best_weights": restore, "min_delta": 1e-3}
        stop = tf.keras.callbacks.EarlyStopping("val_loss", **options)
        history = history_of(model, data(50, 6), SPARSE, epochs=40, validation_split=0.4, callbacks=[stop])
        assert len(history["loss"]) < 40
        return len(history["loss"]), model.get_weights()

    agree(answers, results, rtol=1e-3, atol=1e-5)


def test_reduce_lr_on_plateau_matches(answers):
    def results(tf):
        model, callbacks, seen = compiled(tf.keras, "logits, sgd"), tf.keras.callbacks, []
        used = [
            callbacks.ReduceLROnPlateau("loss", factor=0.3, patience=1, min_delta=0.05, cooldown=1, min_lr=0.004),
            callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(epoch)),
        ]
        rates = history_of(model, data(50, 6), SPARSE, epochs=9, callbacks=used)["learning_rate"]
        assert seen == list(range(9))
        return rates

    agree(answers, results, rtol=1e-5)


def test_terminate_on_nan_stops_training(answers):
    def epochs(tf):
        model = regression(tf.keras)
        model.compile("sgd", "mse")
        x = np.full((40, 6), np.nan, np.float32)
        stop = tf.keras.callbacks.TerminateOnNaN()
        return len(history_of(model, x, data(40, 2), batch_size=8, epochs=3, callbacks=[stop])["loss"])

    agree(answers, epochs)


def test_learning_rate_scheduler_and_csv_logger_match(tmp_path, answers):
    def table(tf):
        model, callbacks = compiled(tf.keras, "softmax, adam"), tf.keras.callbacks
        used = [
            callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5),
            callbacks.CSVLogger(str(tmp_path / "table")),
        ]
        model.fit(data(50, 6), SPARSE, epochs=3, shuffle=False, verbose=0, callbacks=used)
        head, *rows = (tmp_path / "table").read_text().splitlines()
        return head, [np.genfromtxt([row], delimiter=",") for row in rows]

    agree(answers, table)


# -- outputs, weights, regularizers and custom steps -------------------------------------------------------


def two_heads(K):
    inputs = K.Input((6,), name="features")
    x = K.layers.Dense(5, activation="tanh")(inputs)
    kind = K.layers.Dense(3, activation="softmax", name="kind")(x)
    size = K.layers.Dense(1, name="size")(x)
    return K.Model(inputs, [kind, size])


def run(model, x=None, y=None, **options):
    """The history of two epochs by name, and the weights after them."""
    history = history_of(model, x, y, epochs=2, **options)
    return {key: history[key] for key in sorted(history)}, model.get_weights()


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
def test_models_with_several_outputs_match(name, answers):
    arguments, y = TWO[name]

    def results(tf):
        model, x = with_weights(two_heads(tf.keras)), data(50, 6)
        model.compile("adam", **arguments)
        history, weights = run(model, x, y, batch_size=16, validation_data=(x, y))
        evaluated = numbers(model.evaluate(x, y, verbose=0))
        by_name = list(model.evaluate(x, y, verbose=0, return_dict=True))
        return history, weights, evaluated, by_name

    agree(answers, results, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("options", [{"sample_weight": data(50, low=0)}, {"class_weight": {0: 2.0, 2: 0.1}}])
def test_sample_and_class_weights_match(options, answers):
    def results(tf):
        model, x, found = compiled(tf.keras, "softmax, adam"), data(50, 6), []
        found.append(run(model, x, SPARSE, **options))
        loss = "sparse_categorical_crossentropy"
        model.compile("sgd", loss, weighted_metrics=["accuracy"], metrics=["accuracy"])
        found.append(run(model, x, SPARSE, validation_data=(x, SPARSE, data(50, low=0)), **options))
        model.compile("sgd", loss, weighted_metrics=["accuracy"])
        found.append(numbers(model.evaluate(x, SPARSE, sample_weight=data(50, low=0, seed=9), verbose=0)))
        return [*found, numbers(model.train_on_batch(x, SPARSE, **options))]

    agree(answers, results, rtol=1e-3, atol=1e-4)


def regularized(tf):
    K = tf.keras

    class Sparse(K.layers.Layer):
        def call(self, inputs):
            self.add_loss(1e-2 * tf.reduce_sum(tf.abs(inputs)))
            return inputs

    return K.Sequential([
        K.Input((6,)),
        K.layers.Dense(8, kernel_regularizer=K.regularizers.L1L2(0.01, 0.02), bias_regularizer="l2"),
        Sparse(),
        K.layers.Dense(3, kernel_regularizer="l1", activity_regularizer=K.regularizers.L2(1e-3),
                       kernel_constraint=K.constraints.MaxNorm(0.8)),
    ])  # fmt: skip


def test_regularizers_constraints_and_added_losses_match(answers):
    def results(tf):
        model, x, y = with_weights(regularized(tf)), data(50, 6), data(50, 3)
        model.compile(tf.keras.optimizers.SGD(0.1), "mse", metrics=["mae"])
        found = run(model, x, y, batch_size=16, validation_split=0.2)
        model(x)
        losses = len(model.losses), float(sum(model.losses))
        return found, losses, numbers(model.evaluate(x, y, verbose=0))

    agree(answers, results, rtol=1e-3, atol=1e-4)


def test_custom_train_steps_match(answers):
    def build(tf):
        K = tf.keras

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

    def results(tf):
        model = with_weights(build(tf))
        return [m.name for m in model.metrics], run(model, data(50, 6), data(50, 1))

    agree(answers, results, rtol=1e-3, atol=1e-4)


def test_a_train_step_receives_x_alone_if_there_is_no_y(answers):
    def build(tf):
        K = tf.keras

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

    agree(answers, lambda tf: run(with_weights(build(tf)), data(50, 6)), rtol=1e-3, atol=1e-4)
