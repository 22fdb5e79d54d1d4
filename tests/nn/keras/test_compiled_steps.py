"""fit, evaluate and predict run compiled steps: the same numbers, bit for bit, as with run_eagerly=True."""

import copy
import warnings

import numpy as np
import pytest

import autograd.tensorflow as tf
from nn import keras

L, M, optimizers = keras.layers, keras.metrics, keras.optimizers
random = np.random.default_rng(0)
ROWS = 42  # batches of 16 rows: the last one is smaller
FEATURES = random.standard_normal((ROWS, 6)).astype(np.float32)
IMAGES = random.standard_normal((ROWS, 10, 10, 1)).astype(np.float32)
SERIES = random.standard_normal((ROWS, 3, 4)).astype(np.float32)
LABELS = random.integers(0, 5, ROWS)
ONE_HOT = np.eye(5, dtype=np.float32)[LABELS]
TARGETS = random.standard_normal((ROWS, 3)).astype(np.float32)
WEIGHTS = random.random(ROWS).astype(np.float32)


def chain(*layers):
    return keras.Sequential([keras.Input(layers[0]), *layers[1:]])


def classifier(optimizer, *layers, shape=(6,), **arguments):
    model = chain(shape, *layers, L.Dense(5, activation="softmax"))
    model.compile(optimizer, "sparse_categorical_crossentropy", **{"metrics": ["accuracy"], **arguments})
    return model


def regression(optimizer, loss="mse", metrics=None):
    model = chain((6,), L.Dense(4, activation="tanh"), L.Dense(3))
    model.compile(optimizer, loss, metrics=metrics)
    return model


def with_everything_in_layers():
    return classifier(
        "adam",
        L.Dense(8, kernel_regularizer="l2", activity_regularizer="l1", kernel_constraint="max_norm"),
        L.BatchNormalization(), L.Activation("gelu"), L.Dropout(0.3), L.GaussianNoise(0.1), L.LayerNormalization(),
    )  # fmt: skip


def convolutional():
    return classifier(
        optimizers.SGD(0.1, momentum=0.9, nesterov=True, clipnorm=0.5),
        L.Conv2D(3, 3, activation="relu"), L.MaxPooling2D(), L.BatchNormalization(), L.Conv2D(2, 3, padding="same"),
        L.AveragePooling2D(), L.Flatten(), shape=(10, 10, 1),
    )  # fmt: skip


def recurrent():
    return classifier("rmsprop", L.LSTM(3, return_sequences=True), L.GRU(3), shape=(3, 4))


def of_two_outputs():
    inputs = keras.Input((6,))
    hidden = L.Dense(4, activation="tanh")(inputs)
    outputs = [L.Dense(5, activation="softmax", name="a")(hidden), L.Dense(3, name="b")(hidden)]
    model = keras.Model(inputs, outputs)
    rate = optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)
    model.compile(
        optimizers.Adam(rate, global_clipnorm=0.1, weight_decay=0.01),
        loss={"a": "sparse_categorical_crossentropy", "b": "mse"}, loss_weights={"a": 1.0, "b": 0.3},
        metrics={"a": ["accuracy"]}, weighted_metrics={"b": ["mae"]},
    )  # fmt: skip
    return model


class OwnStep(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = L.Dense(5)

    def call(self, x):
        return self.dense(x)

    def train_step(self, data):
        x, y = data
        with tf.GradientTape() as tape:
            loss = self.compute_loss(x, y, self(x, training=True))
        gradients = tape.gradient(loss, self.trainable_variables)
        self.optimizer.apply_gradients(zip(gradients, self.trainable_variables))
        return {"loss": loss}


def with_own_step():
    model = OwnStep()
    model.compile("sgd", loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    return model


def with_metrics_that_keep_counts():
    model = chain((6,), L.Dense(5, activation="sigmoid"))
    counting = [M.AUC(20), M.Precision(), M.F1Score(average="macro"), M.R2Score()]
    model.compile("adamw", "binary_crossentropy", metrics=[*counting, "hinge", "top_k_categorical_accuracy"])
    return model


CASES = {
    "layers": (with_everything_in_layers, FEATURES, LABELS, {"class_weight": {0: 2.0, 1: 0.5}}),
    "convolutions": (convolutional, IMAGES, LABELS, {}),
    "recurrent": (recurrent, SERIES, LABELS, {"sample_weight": WEIGHTS}),
    "two outputs": (of_two_outputs, FEATURES, [LABELS, TARGETS], {"sample_weight": [WEIGHTS, WEIGHTS]}),
    "own train_step": (with_own_step, FEATURES, LABELS, {}),
    "metrics": (with_metrics_that_keep_counts, FEATURES, ONE_HOT, {}),
    "centered": (
        lambda: regression(optimizers.RMSprop(0.01, centered=True, momentum=0.5), "huber"),
        FEATURES,
        TARGETS,
        {},
    ),
    **{
        name: (lambda name=name: regression(getattr(optimizers, name)(0.01)), FEATURES, TARGETS, {})
        for name in ("Adagrad", "Adadelta", "Adamax")
    },
}


def trained(make, x, y, eagerly, **arguments):
    """All numbers of a training: the history, an evaluation, predictions, and the weights."""
    keras.utils.set_random_seed(1)
    model = make()
    model.run_eagerly = eagerly
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        history = model.fit(x, y, batch_size=16, epochs=3, verbose=0, **arguments).history
        values = [*history.values(), *(model.evaluate(x, y, batch_size=16, verbose=0) for _ in range(2))]
        outputs = [model.predict(x, batch_size=16, verbose=0) for _ in range(2)][-1]
    arrays = [*map(np.array, values), *(outputs if isinstance(outputs, list) else [outputs]), *model.get_weights()]
    return model, [*arrays, *(np.array(loss) for loss in model.losses)]


@pytest.mark.parametrize("case", CASES)
def test_compiled_steps_compute_what_the_steps_compute(case, request):
    if case == "own train_step":  # which is looked for among all functions
        request.getfixturevalue("with_module_variables")
    make, x, y, arguments = CASES[case]
    (model, compiled), (eager, expected) = (trained(make, x, y, eagerly, **arguments) for eagerly in (False, True))
    assert len(compiled) == len(expected)
    for ours, theirs in zip(compiled, expected):
        np.testing.assert_array_equal(ours, theirs)
    for name in ("train_step", "test_step", "predict_step"):
        assert "runs eagerly" not in (found := model.compiled_step(name).explain()) and found.count("statements") == 2
    assert eager.compiled_step().program is None


def programs(model, name="train_step"):
    return model.compiled_step(name).explain().count("statements")


def test_another_learning_rate_takes_no_other_program():
    def rates(eagerly):
        keras.utils.set_random_seed(0)
        model = regression(optimizers.Adam(0.1))
        model.run_eagerly = eagerly
        plateau = keras.callbacks.ReduceLROnPlateau(monitor="loss", patience=0, min_delta=10.0)
        scheduler = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.9)
        history = model.fit(FEATURES, TARGETS, 21, 5, verbose=0, callbacks=[scheduler, plateau]).history
        return model, history

    (model, compiled), (_, expected) = rates(False), rates(True)
    assert compiled == expected and len(set(compiled["learning_rate"])) == 5
    assert programs(model) == 1


def test_other_settings_of_layers_and_optimizers_are_noticed():
    def losses(eagerly):
        keras.utils.set_random_seed(0)
        model = classifier(optimizers.SGD(0.1, momentum=0.5), L.Dense(8, activation="relu"), L.Dropout(0.2))
        model.run_eagerly = eagerly

        def loss():
            return [model.train_on_batch(FEATURES[:16], LABELS[:16])[0] for _ in range(3)]

        found = loss()
        model.layers[1].rate = 0.7
        found += loss()
        model.layers[0].trainable = False
        found += loss()
        model.optimizer.momentum = 0.9
        found += loss()
        model.set_weights([w * 2 for w in model.get_weights()])
        found += loss()
        model.pop()
        model.add(L.Dense(5, activation="softmax", name="new"))
        model.compile(optimizers.SGD(0.1), "sparse_categorical_crossentropy", metrics=["accuracy"])
        model.run_eagerly = eagerly
        return found + loss()

    assert losses(False) == losses(True)


def test_a_wrong_label_raises_what_the_step_raises():
    model = classifier("sgd", L.Dense(4))
    for _ in range(3):
        model.train_on_batch(FEATURES, LABELS)
    before = model.get_weights()
    with pytest.raises(ValueError, match="indices must be from 0 to 4"):
        model.train_on_batch(FEATURES, LABELS + 3)
    for now, old in zip(model.get_weights(), before):
        np.testing.assert_array_equal(now, old)
    assert programs(model) == 1


class WithFloats(OwnStep):
    def train_step(self, data):
        return {"loss": float(super().train_step(data)["loss"])}


def test_a_step_that_cannot_be_compiled_runs_in_silence():
    def losses(eagerly):
        keras.utils.set_random_seed(0)
        model = WithFloats()
        model.compile("sgd", loss=keras.losses.SparseCategoricalCrossentropy(True), run_eagerly=eagerly)
        return model, model.fit(FEATURES, LABELS, 14, 3, verbose=0).history

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        (model, compiled), (_, expected) = losses(False), losses(True)
    assert compiled == expected
    assert "asks for a tensor's value after it wrote" in model.compiled_step().explain()


def test_jit_compile_says_once_what_cannot_be_compiled():
    model = WithFloats()
    model.compile("sgd", loss=keras.losses.SparseCategoricalCrossentropy(True), jit_compile=True)
    with pytest.warns(UserWarning, match="train_step runs eagerly") as caught:
        model.fit(FEATURES, LABELS, 14, 3, verbose=0)
    assert len(caught) == 1


class Counting(L.Layer):
    calls_so_far = 0

    def call(self, x):
        self.calls_so_far = self.calls_so_far + 1
        return x * 2


def test_a_layer_that_counts_its_calls_goes_on_to_count():
    layer = Counting()
    layer.calls_so_far = 0
    model = chain((6,), layer, L.Dense(3))
    model.compile("sgd", "mse")
    before = layer.calls_so_far
    model.fit(FEATURES, TARGETS, 14, 4, verbose=0)
    assert layer.calls_so_far == before + 12
    assert "changes the attribute 'calls_so_far'" in model.compiled_step().explain()


@pytest.mark.parametrize("arguments", [{"run_eagerly": True}, {"jit_compile": False}])
def test_steps_run_as_python_on_request(arguments):
    model = regression("sgd")
    model.compile("sgd", "mse", **arguments)
    model.fit(FEATURES, TARGETS, 14, 2, verbose=0)
    assert model.compiled_step().program is None
    model.compile("sgd", "mse")
    model.fit(FEATURES, TARGETS, 14, 2, verbose=0)
    assert "dense" in str(model.compiled_step().program)


def test_run_eagerly_wins_over_jit_compile():
    model = regression("sgd")
    with pytest.warns(UserWarning, match="If `run_eagerly` is True, then `jit_compile` cannot also be True"):
        model.compile("sgd", "mse", run_eagerly=True, jit_compile=True)
    assert model.run_eagerly and not model.jit_compile


def test_a_model_with_compiled_steps_can_be_copied():
    model = regression("sgd")
    model.fit(FEATURES, TARGETS, 14, 2, verbose=0)
    twin = copy.deepcopy(model)
    assert twin.compiled_step().program is None
    np.testing.assert_array_equal(twin.predict(FEATURES, verbose=0), model.predict(FEATURES, verbose=0))


def test_values_read_before_a_step_stay_as_they_are():
    model = regression("adam")
    model.fit(FEATURES, TARGETS, 14, 2, verbose=0)
    kernel = model.layers[0].kernel
    seen, value = kernel.read_value(), kernel.numpy()
    model.fit(FEATURES, TARGETS, 14, 1, verbose=0)
    np.testing.assert_array_equal(seen.numpy(), value)
    assert not np.array_equal(kernel.numpy(), value)


def test_a_step_under_a_tape_is_recorded():
    model = regression("sgd")
    for _ in range(3):
        model.predict_on_batch(FEATURES)
    with tf.GradientTape() as tape:
        out = tf.reduce_sum(model(FEATURES))
        model.predict_on_batch(FEATURES)
    assert tape.gradient(out, model.layers[0].kernel) is not None
