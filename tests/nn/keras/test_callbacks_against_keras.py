"""Callbacks that watch a value do the same as in Keras: when they act, what they set, and what they print."""

import contextlib
import io
import warnings

import numpy as np
import pytest

from tests.tools.beside_keras import agree

UP, DOWN, DIP = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0], [6.0, 5.0, 4.0, 3.0, 2.0, 1.0], [3.0, 2.0, 2.5, 1.9995, 4.0, 4.0, 4.0]
#: Callbacks, and the values that they watch, one for each epoch.
STOPS = [
    ({}, UP), ({}, DOWN), ({"patience": 1}, UP), ({"patience": 2}, DIP), ({"patience": 2, "min_delta": 0.001}, DIP),
    ({"patience": 2, "min_delta": -0.001}, DIP), ({"patience": 2, "mode": "max"}, DOWN),
    ({"patience": 2, "mode": "max"}, DIP),
    ({"patience": 3, "restore_best_weights": True, "verbose": 1}, DIP),
    ({"patience": 1, "restore_best_weights": True, "verbose": 1}, UP),
    ({"patience": 9, "restore_best_weights": True, "verbose": 1}, DIP),
    ({"patience": 1, "restore_best_weights": True, "start_from_epoch": 3, "verbose": 1}, DIP),
    ({"patience": 2, "baseline": 1.0}, DOWN), ({"patience": 2, "baseline": 4.5}, DOWN),
    ({"patience": 2, "baseline": 1.0, "restore_best_weights": True, "verbose": 1}, DIP),
    ({"patience": 1, "baseline": 2.0, "mode": "max", "restore_best_weights": True}, UP),
    ({"patience": 1, "start_from_epoch": 2, "verbose": 1}, UP), ({"patience": 1}, [5.0, float("nan"), 4.0, 3.0]),
    ({"monitor": "val_acc", "patience": 1, "mode": "max"}, DOWN),
]  # fmt: skip
PLATEAUS = [
    {"patience": 1}, {"patience": 1, "factor": 0.5, "verbose": 1}, {"patience": 2, "factor": 0.5, "cooldown": 1},
    {"patience": 1, "factor": 0.5, "cooldown": 2}, {"patience": 1, "factor": 0.2, "min_lr": 0.1, "verbose": 1},
    {"patience": 1, "min_delta": 0.7, "factor": 0.5}, {"patience": 1, "mode": "max", "factor": 0.5},
    {"patience": 0, "factor": 0.5}, {"patience": 1, "min_lr": 0.5, "verbose": 1},
]  # fmt: skip
RATES = [
    lambda epoch: 0.5 - epoch / 10, lambda epoch, rate: rate * 0.5 + epoch / 8,
    lambda epoch, rate=0.3: rate / 2 + epoch,
]  # fmt: skip


def trained(tf, make, values, monitor="val_loss"):
    """What happens in a training whose epochs log the values under a name: a row for each epoch, and the end."""
    K = tf.keras
    rows = []

    class Scripted(K.callbacks.Callback):
        def on_epoch_end(self, epoch, logs=None):
            if epoch < len(values):
                logs[monitor] = values[epoch]
            self.model.layers[0].bias.assign([float(epoch)])

    class Watching(K.callbacks.Callback):
        def on_epoch_begin(self, epoch, logs=None):
            rows.append(float(np.asarray(self.model.optimizer.learning_rate)))

    model = K.Sequential([K.Input((1,)), K.layers.Dense(1)])
    model.compile(K.optimizers.SGD(0.5), "mse")
    model.layers[0].kernel.assign([[0.0]])
    out = io.StringIO()
    with contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        history = model.fit(
            np.zeros((2, 1)), np.zeros((2, 1)), epochs=len(values), verbose=0,
            callbacks=[Scripted(), make(K), Watching()],
        )  # fmt: skip
    logged = [float(rate) for rate in history.history.get("learning_rate", [])]
    return rows, logged, float(model.layers[0].bias.numpy()[0]), out.getvalue()


@pytest.mark.parametrize("options, values", STOPS)
def test_training_stops_when_it_does_in_keras(options, values, answers):
    def results(tf):
        return trained(tf, lambda K: K.callbacks.EarlyStopping(**options), values)

    agree(answers, results, rtol=1e-6)


@pytest.mark.parametrize("options", PLATEAUS)
def test_the_learning_rate_is_reduced_when_it_is_in_keras(options, answers):
    def results(tf):
        return [
            trained(tf, lambda K: K.callbacks.ReduceLROnPlateau(**options), values)
            for values in (UP, DOWN, DIP, UP[:1])
        ]

    agree(answers, results, rtol=1e-6)


@pytest.mark.parametrize("number", range(len(RATES)))
def test_schedules_set_the_rates_of_keras(number, answers):
    def results(tf):
        return trained(tf, lambda K: K.callbacks.LearningRateScheduler(RATES[number], verbose=1), UP[:3])

    agree(answers, results, rtol=1e-6)


def test_an_infinite_loss_ends_training_as_in_keras(answers):
    def results(tf):
        K, found = tf.keras, []
        for target in (1e30, float("nan"), 1.0):
            model = K.Sequential([K.Input((1,)), K.layers.Dense(1)])
            model.compile("sgd", "mse")
            out = io.StringIO()
            with contextlib.redirect_stdout(out):
                y = np.array([[0.0], [0.0], [target], [0.0]], "f")
                history = model.fit(np.zeros((4, 1)), y, 1, epochs=2, verbose=0, shuffle=False,
                                    callbacks=[K.callbacks.TerminateOnNaN()])  # fmt: skip
            found.append((len(history.epoch), out.getvalue()))
        return found

    agree(answers, results)
