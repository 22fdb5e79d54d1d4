"""Callbacks, what is printed, pictures, and how wrong use is answered."""

import builtins
import re
import shutil

import numpy as np
import pytest

import autograd.tensorflow as tf
from nn import keras
from nn.keras import callbacks, layers


@pytest.fixture(autouse=True)
def names_and_draws_from_the_start():
    keras.utils.set_random_seed(0)
    keras.utils.clear_session()


X = np.random.default_rng(0).standard_normal((20, 3)).astype(np.float32)
Y = X.sum(1, keepdims=True)


def compiled(rate=0.05, loss="mse"):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    model.compile(keras.optimizers.SGD(rate), loss, metrics=["mae"])
    return model


class Scripted(callbacks.Callback):
    """Puts the values of a list where a validation would leave its loss, and the epoch's number into the bias."""

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
def test_early_stopping_waits_and_restores(values, settings, epochs, bias):
    model = compiled(0.0)
    stop = callbacks.EarlyStopping("val_loss", **settings)
    history = model.fit(X, Y, epochs=len(values), verbose=0, callbacks=[Scripted(values), stop])
    assert len(history.epoch) == epochs
    assert model.layers[0].bias.numpy() == [bias]


def test_values_are_the_last_argument_of_every_event():
    told = []
    names = [name for name in dir(callbacks.Callback) if name.startswith("on_")]
    watch = callbacks.Callback()
    for name in names:
        setattr(watch, name, lambda *args, name=name: told.append((name, args)))
    model = compiled()
    model.fit(X, Y, verbose=0, callbacks=[watch], validation_data=(X, Y))
    model.predict(X, verbose=0, callbacks=[watch])
    assert {name for name, _ in told} == set(names)
    for name, args in told:
        assert isinstance(args[-1], dict)
        assert len(args) == 1 + ("epoch" in name or "batch" in name)


def test_early_stopping_warns_of_a_value_that_is_not_there():
    with pytest.warns(UserWarning, match=r"watches 'val_loss', which is not available. Available are: loss, mae"):
        compiled().fit(X, Y, verbose=0, callbacks=[callbacks.EarlyStopping()])


def test_checkpoints_are_written_when_they_are_the_best(tmp_path):
    path = str(tmp_path / "{epoch:02d}-{val_loss:.0f}.weights.npz")
    keep = callbacks.ModelCheckpoint(path, save_weights_only=True, save_best_only=True)
    compiled().fit(X, Y, epochs=4, verbose=0, callbacks=[Scripted([3, 4, 2, 2]), keep])
    assert sorted(p.name for p in tmp_path.iterdir()) == ["01-3.weights.npz", "03-2.weights.npz"]


def test_schedules_set_the_learning_rate_and_tables_hold_it(tmp_path):
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


def test_progress_is_a_line_an_epoch_unless_someone_watches(capsys):
    model = compiled()
    model.fit(X, Y, 8, epochs=2)
    assert re.fullmatch(
        r"(Epoch \d/2\n3/3 - 0s - [\w.]+/step - loss: [\d.e-]+ - mae: [\d.e-]+\n){2}", capsys.readouterr().out
    )
    model.fit(X, Y, 8, verbose=1)
    assert "3/3 ━━━━━━━━━━━━━━━━━━━━ 0s " in capsys.readouterr().out
    model.fit(X, Y, verbose=0)
    assert capsys.readouterr().out == ""


def test_a_watched_bar_is_drawn_over_itself(capsys, monkeypatch):
    from nn.keras import progress

    monkeypatch.setattr(progress, "is_interactive", lambda: True)
    monkeypatch.setattr(progress, "_INTERVAL", 0.0)
    bar = progress.ProgressBar(4, verbose=1)
    for step in (1, 2, 3, 4):
        bar.update(step, {"loss": 0.5 / step})
    bar.update(4, {"loss": 0.1}, finished=True)
    lines = capsys.readouterr().out.split("\r")
    assert len(lines) == 6
    assert lines[2].startswith("2/4 \33[32m━━━━━━━━━━\33[0m\33[37m━━━━━━━━━━\33[0m")
    assert lines[-1].rstrip(" \n").endswith("loss: 0.1000")


def test_summaries_fit_a_line_length_and_show_what_is_nested():
    inner = keras.Sequential([keras.Input((3,)), layers.Dense(2)], name="inner")
    model = keras.Sequential([keras.Input((3,)), inner, layers.Dense(1)], name="outer")
    found = []
    model.summary(line_length=60, print_fn=found.append, expand_nested=True)
    (text,) = found
    assert {len(line) for line in text.splitlines() if line[0] in "┏┃┡│├└"} == {60}
    assert "└ dense (Dense)" in text
    assert " Total params: 11 (44.00 B)" in text


@pytest.mark.parametrize("program", [True, False])
def test_models_are_drawn_by_graphviz_or_by_matplotlib(program, tmp_path, monkeypatch):
    if program and shutil.which("dot") is None:
        pytest.skip("Graphviz is not installed")
    if not program:
        pytest.importorskip("matplotlib")
        monkeypatch.setattr(shutil, "which", lambda name: None)
    model = compiled()
    keras.utils.plot_model(model, tmp_path / "m.png", show_shapes=True, show_layer_names=True)
    assert (tmp_path / "m.png").read_bytes().startswith(b"\x89PNG")
    keras.utils.plot_model(model, tmp_path / "m.dot", show_shapes=True)
    assert "Output shape: (None, 1)" in (tmp_path / "m.dot").read_text()


def test_a_picture_without_a_program_to_draw_it_says_what_to_install(tmp_path, monkeypatch):
    original = builtins.__import__

    def without_matplotlib(name, *args, **kwargs):
        if name.startswith("matplotlib"):
            raise ImportError(name)
        return original(name, *args, **kwargs)

    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(builtins, "__import__", without_matplotlib)
    with pytest.raises(ImportError, match=r"needs Graphviz' program `dot`, or matplotlib"):
        keras.utils.plot_model(compiled(), tmp_path / "m.png")


def symbols():
    return keras.Input((3,))


WRONG = {
    "unknown activation": (lambda: layers.Dense(1, activation="rulu"), r"'rulu'; the known ones are elu, .*relu"),
    "unknown optimizer": (lambda: compiled().compile("adm"), r"optimizer identifier: 'adm'; the known ones are .*adam"),
    "unknown loss": (
        lambda: compiled().compile("sgd", "msee"),
        r"loss identifier: 'msee'; .*mean_squared_error, .*mse",
    ),
    "unknown metric": (lambda: compiled().compile("sgd", "mse", metrics=["acuracy"]), r"'acuracy'; .*accuracy"),
    "unknown initializer": (lambda: layers.Dense(1, kernel_initializer="xavier"), r"'xavier'; .*glorot_uniform"),
    "metrics that are no list": (lambda: compiled().compile("sgd", "mse", metrics="mae"), r"to be a list"),
    "fit before compile": (
        lambda: keras.Sequential([layers.Dense(1)]).fit(X, Y),
        r"You must call `compile\(\)` before calling `fit\(\)`",
    ),
    "lengths that differ": (lambda: compiled().fit(X, Y[:7]), r"x sizes: 20, y sizes: 7"),
    "no loss": (lambda: _without_loss().fit(X, Y, verbose=0), r"No loss to compute"),
    "another number of weights": (lambda: compiled().set_weights([np.ones((3, 1))]), r"length 1, but .* 2 weights"),
    "another shape of weights": (
        lambda: compiled().set_weights([np.ones((2, 1)), np.ones(1)]),
        r"weight shape \(3, 1\) of 'dense/kernel' is not compatible with provided weight shape \(2, 1\)",
    ),
    "another last dim": (
        lambda: _called_on_three(layers.Dense(1))(np.ones((2, 4))),
        r'layer "dense" .* expected axis -1 .* value 3, but received input with shape \(2, 4\)',
    ),
    "no tensor": (lambda: layers.Dense(1)(3.0), r"should be tensors. Got 3.0 .*float.* for layer 'dense'"),
    "no such axis": (
        lambda: layers.BatchNormalization(axis=5)(X),
        r"axis 5 is out of range for inputs of shape \(20, 3",
    ),
    "a loss that is a number": (
        lambda: compiled(loss=lambda true, pred: 3.0).fit(X, Y, verbose=0),
        r"loss function '<lambda>' must return a tensor, but returned 3.0",
    ),
    "too few dims": (lambda: layers.Conv2D(1, 3)(np.ones((5, 5))), r'"conv2d" .* min_ndim=4, found ndim=2'),
    "too small an image": (lambda: layers.MaxPooling2D(3)(np.ones((1, 2, 2, 1))), r"'max_pooling2d': .*\(1, 2, 2, 1\)"),
    "another input of a model": (
        lambda: keras.Model(x := symbols(), layers.Dense(1)(x))(np.ones((2, 4))),
        r'"functional" .* expected shape=\(None, 3\), found shape=\(2, 4\)',
    ),
    "shapes that cannot be added": (
        lambda: layers.Add()([np.ones((2, 3)), np.ones((2, 4))]),
        r"'add': inputs have incompatible shapes. Received shapes \(2, 3\) and \(2, 4\)",
    ),
    "shapes that cannot be joined": (
        lambda: layers.Concatenate()([np.ones((2, 3)), np.ones((3, 3))]),
        r"'concatenate': .*\(2, 3\), \(3, 3\)",
    ),
    "no list to add": (lambda: layers.Add()(np.ones((2, 3))), r"'add': .* on a list of inputs"),
    "a shape of other size": (lambda: layers.Reshape((4,))(np.ones((2, 3))), r"\(3,\), target_shape=\(4,\)"),
    "inputs that do not lead there": (
        lambda: keras.Model(symbols(), layers.Dense(1)(symbols())),
        r"Graph disconnected: .* name=input_layer_1>",
    ),
    "two layers of one name": (
        lambda: keras.Sequential([layers.Dense(1, name="a"), layers.Dense(1, name="a")]),
        r"Name 'a' is already",
    ),
    "something else in a row": (lambda: keras.Sequential([3]), r"Received: 3"),
    "a file for HDF5": (lambda: compiled().save_weights("m.weights.h5"), r"end in '.weights.npz': .* HDF5 library"),
    "a whole model in a file": (lambda: callbacks.ModelCheckpoint("m.keras"), r"Pass save_weights_only=True"),
    "a class that is not there": (
        lambda: keras.losses.SparseCategoricalCrossentropy()([2], [[0.5, 0.5]]),
        r"class indices from 2 to 2, but y_pred has 2 classes",
    ),
    "rows for class numbers": (
        lambda: keras.losses.CategoricalCrossentropy()([1], [[0.5, 0.5]]),
        r"\(1,\), and y_pred \(1, 2\)",
    ),
    "no gradient": (
        lambda: keras.optimizers.SGD().apply_gradients([(None, tf.Variable(1.0))]),
        r"No gradients provided for any variable",
    ),
    "too small a part": (lambda: compiled().fit(X[:2], Y[:2], validation_split=0.9), r"contains 2 samples"),
}


def _without_loss():
    model = keras.Sequential([layers.Dense(1)])
    model.compile("sgd")
    return model


def _called_on_three(layer):
    layer(np.ones((2, 3)))
    return layer


@pytest.mark.parametrize("case", WRONG)
def test_wrong_use_is_answered_with_what_was_given_and_what_was_expected(case):
    act, words = WRONG[case]
    with pytest.raises(ValueError, match=words):
        act()


def test_what_is_no_callback_is_refused():
    with pytest.raises(TypeError, match=r"callbacks must be .* objects, but got 3"):
        compiled().fit(X, Y, callbacks=[3])


def test_a_symbol_has_no_values():
    with pytest.raises(TypeError, match="is a symbol and has no values"):
        np.square(symbols())
    with pytest.raises(TypeError, match="truth value"):
        bool(symbols())


def test_a_layer_that_forgets_its_base_is_told():
    class Forgetful(keras.Layer):
        def __init__(self):
            self.size = 3

    with pytest.raises(RuntimeError, match=r"'Forgetful', super\(\).__init__\(\) was not called"):
        Forgetful()
