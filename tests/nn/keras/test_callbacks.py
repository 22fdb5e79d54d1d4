"""Callbacks: early stopping, checkpoints, learning rates, tables, and their events."""

import numpy as np
import pytest

from nn import keras
from nn.keras import callbacks, layers

X = np.random.default_rng(0).standard_normal((20, 3)).astype(np.float32)
Y = X.sum(1, keepdims=True)


def compiled(rate=0.05, loss="mse"):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), loss, metrics=["mae"])
    return model


class Scripted(callbacks.Callback):
    """Logs the values of a list as val_loss, and assigns the epoch index to the bias."""

    def __init__(self, values):
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        logs["val_loss"] = self.values[epoch]
        self.model.layers[0].bias.assign([float(epoch)])


@pytest.mark.parametrize(
    "values, settings, epochs, bias",
    [
        ([3, 2, 1, 4, 5, 6, 7], {"patience": 2, "restore_best_weights": True}, 5, 2),
        ([3, 2, 1, 4, 5, 6, 7], {"patience": 2}, 5, 4),
        ([3, 2.9, 2.8, 2.7], {"min_delta": 0.5}, 2, 1),
        ([1, 2, 3, 2, 1], {"mode": "max", "patience": 1, "restore_best_weights": True}, 4, 2),
        ([5, 4, 3, 2, 1], {"patience": 1, "restore_best_weights": True}, 5, 4),
        ([5, 6, 7, 8, 9], {"patience": 1, "start_from_epoch": 2}, 4, 3),
        ([5, 4, 3, 2, 1], {"patience": 2, "baseline": 1.0}, 5, 4),
    ],
)
def test_early_stopping_waits_and_restores_the_best_weights(values, settings, epochs, bias):
    model = compiled(0.0)
    stop = callbacks.EarlyStopping("val_loss", **settings)
    history = model.fit(X, Y, epochs=len(values), verbose=0, callbacks=[Scripted(values), stop])
    assert len(history.epoch) == epochs
    assert model.layers[0].bias.numpy() == [bias]


def test_every_event_passes_logs_as_the_last_argument():
    events = []
    names = [name for name in dir(callbacks.Callback) if name.startswith("on_")]
    callback = callbacks.Callback()
    for name in names:
        setattr(callback, name, lambda *args, name=name: events.append((name, args)))
    model = compiled()
    model.fit(X, Y, verbose=0, callbacks=[callback], validation_data=(X, Y))
    model.predict(X, verbose=0, callbacks=[callback])
    assert {name for name, _ in events} == set(names)
    for name, args in events:
        assert isinstance(args[-1], dict)
        assert len(args) == 1 + ("epoch" in name or "batch" in name)


def test_early_stopping_warns_if_the_monitored_value_was_not_logged():
    with pytest.warns(UserWarning, match=r"watches 'val_loss', which is not available. Available are: loss, mae"):
        compiled().fit(X, Y, verbose=0, callbacks=[callbacks.EarlyStopping()])


def test_checkpoints_are_written_when_the_value_improves(tmp_path):
    path = str(tmp_path / "{epoch:02d}-{val_loss:.0f}.weights.npz")
    checkpoint = callbacks.ModelCheckpoint(path, save_weights_only=True, save_best_only=True)
    compiled().fit(X, Y, epochs=4, verbose=0, callbacks=[Scripted([3, 4, 2, 2]), checkpoint])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["01-3.weights.npz", "03-2.weights.npz"]


def test_schedulers_set_the_learning_rate_and_csv_files_log_it(tmp_path):
    model, table = compiled(), tmp_path / "log.csv"
    schedule = callbacks.LearningRateScheduler(lambda epoch, rate: 0.5**epoch)
    model.fit(X, Y, epochs=3, verbose=0, callbacks=[schedule, callbacks.CSVLogger(table)])
    lines = table.read_text().splitlines()
    assert lines[0].startswith("epoch,learning_rate,loss,mae")
    assert [line.split(",")[1] for line in lines[1:]] == ["1.0", "0.5", "0.25"]
    model.fit(X, Y, verbose=0, callbacks=callbacks.CSVLogger(table, append=True))
    assert len(table.read_text().splitlines()) == 5
    model.fit(X, Y, verbose=0, callbacks=callbacks.LearningRateScheduler(lambda epoch: 0.125))
    assert model.optimizer.learning_rate.item() == 0.125


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda: keras.callbacks.ReduceLROnPlateau(factor=2), "does not support a factor >= 1.0"),
        (lambda: callbacks.ModelCheckpoint("m.h5"), r"must be '.keras'"),
        (lambda: callbacks.ModelCheckpoint("m.keras", save_weights_only=True), r"must end in '.weights.npz'"),
    ],
)
def test_wrong_arguments_raise(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_fit_rejects_objects_that_are_not_callbacks():
    with pytest.raises(TypeError, match=r"callbacks must be .* objects, but got 3"):
        compiled().fit(X, Y, callbacks=[3])
