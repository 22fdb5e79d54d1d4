"""Saving and loading: weights, and whole models with their training."""

import contextlib
import io
import json
import zipfile

import numpy as np
import pytest

import autograd
from nn import keras
from nn.keras import layers
from nn.keras.layers.base import Layer

X = np.random.default_rng(0).standard_normal((12, 3)).astype(np.float32)
Y = X[:, :2] * 2


def small(inputs=3, outputs=2):
    return keras.Sequential([keras.Input((inputs,)), layers.Dense(4, activation="tanh"), layers.Dense(outputs)])


def test_weights_are_saved_and_loaded(tmp_path):
    model, other = small(), small()
    model.save_weights(tmp_path / "a.weights.npz")
    other.load_weights(tmp_path / "a.weights.npz")
    for a, b in zip(model.get_weights(), other.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)


def test_weights_are_saved_only_if_they_exist_and_replaced_only_if_allowed(tmp_path):
    with pytest.raises(ValueError, match="has no weights to save yet"):
        keras.Sequential([layers.Dense(2)]).save_weights(tmp_path / "a.weights.npz")
    small().save_weights(tmp_path / "a.weights.npz")
    with pytest.raises(FileExistsError, match="pass overwrite=True"):
        small().save_weights(tmp_path / "a.weights.npz", overwrite=False)


def test_more_than_ten_thousand_weights_keep_their_order(tmp_path):
    class Many(Layer):
        def build(self, input_shape):
            for number in range(10_002):
                self.add_weight((), lambda shape, dtype, number=number: np.float32(number), name=f"w{number}")

    model = Many()
    model.build((None, 1))
    keras.saving.save_weights(model, tmp_path / "a.weights.npz")
    other = Many()
    other.build((None, 1))
    other.set_weights([0.0] * 10_002)
    keras.saving.load_weights(other, tmp_path / "a.weights.npz")
    assert [int(value) for value in other.get_weights()] == list(range(10_002))


def test_a_weight_with_any_name_is_saved(tmp_path):
    for name in ("a\0b", "a\ud800", "a\nb", "ü", "../x"):
        model = keras.Sequential([keras.Input((1,)), layers.Dense(1, name=name)])
        model.set_weights([[[2.0]], [3.0]])
        model.save_weights(tmp_path / "a.weights.npz")
        model.set_weights([[[0.0]], [0.0]])
        model.load_weights(tmp_path / "a.weights.npz")
        assert [weight.tolist() for weight in model.get_weights()] == [[[2.0]], [3.0]]


def archive(path, *entries, compression=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", compression) as file:
        for name, data in entries:
            file.writestr(name, data)


def npy(array):
    file = io.BytesIO()
    np.lib.format.write_array(file, array)
    return file.getvalue()


def test_a_file_that_holds_no_weights_raises_value_error(tmp_path):
    path = tmp_path / "a.weights.npz"
    one = npy(np.zeros((3, 4), np.float32))
    wrong = {
        "holds no weights": lambda: path.write_bytes(b"something else"),
        "same name": lambda: archive(path, ("0000 a.npy", one), ("0000 a.npy", one)),
        "compressed": lambda: archive(path, ("0000 a.npy", bytes(10**7)), compression=zipfile.ZIP_DEFLATED),
        "invalid literal": lambda: archive(path, ("a.npy", one)),
        "KeyError": lambda: archive(path, ("0001 a.npy", one)),
        "but the layer was expecting 4": lambda: archive(path, ("0000 a.npy", one)),
    }
    for message, write in wrong.items():
        with pytest.warns(UserWarning, match="Duplicate") if message == "same name" else contextlib.nullcontext():
            write()
        with pytest.raises(ValueError, match=message) as caught:
            small().load_weights(path)
        assert str(caught.value).count(str(path)) == 1
    with pytest.raises(FileNotFoundError):
        small().load_weights(tmp_path / "nothing.weights.npz")


# -- whole models


def compiled(model, optimizer="adam", loss="mse", **options):
    model.compile(optimizer, loss, **options)
    return model


def functional():
    inputs = keras.Input((3,), name="x")
    shared = layers.Dense(3, activation="tanh", kernel_regularizer=keras.regularizers.L2(0.1))
    hidden = layers.BatchNormalization()(shared(shared(inputs)) + 2.0 * inputs)
    model = keras.Model(inputs, {"a": layers.Dense(2)(hidden), "b": keras.ops.relu(hidden)[:, :2]})
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 3, 0.5)
    loss = {"a": keras.losses.Huber(0.5), "b": "mse"}
    return compiled(model, keras.optimizers.SGD(schedule, momentum=0.9), loss, metrics={"a": ["mae"], "b": []})


@keras.saving.register_keras_serializable("tests")
class Doubled(layers.Layer):
    def __init__(self, units, **common):
        super().__init__(**common)
        self.units, self.dense = units, layers.Dense(units)

    def call(self, inputs):
        return 2 * self.dense(inputs)


@keras.saving.register_keras_serializable("tests")
class Subclassed(keras.Model):
    def __init__(self, units=2, **common):
        super().__init__(**common)
        self.first, self.last = Doubled(3), layers.Dense(units)

    def call(self, inputs):
        return self.last(self.first(inputs))


MODELS = {
    "sequential": lambda: compiled(small(), metrics=["mae", keras.metrics.MeanSquaredError(name="m")]),
    "built by its first batch": lambda: compiled(keras.Sequential([layers.Dense(4), layers.Dense(2)]), "nadam"),
    "functional": functional,
    "subclass": lambda: compiled(Subclassed(), keras.optimizers.Adam(0.1, amsgrad=True, clipnorm=1.0)),
}
TARGETS = {"functional": {"a": Y, "b": Y}}


@pytest.mark.parametrize("name", MODELS)
def test_training_goes_on_from_a_saved_model_with_the_same_numbers(tmp_path, name):
    model, target = MODELS[name](), TARGETS.get(name, Y)
    model.fit(X, target, batch_size=5, epochs=2, verbose=0, shuffle=False)
    model.save(tmp_path / "m.keras")
    other = keras.models.load_model(tmp_path / "m.keras")
    assert (type(other), other.name) == (type(model), model.name)
    np.testing.assert_equal(other.predict(X, verbose=0), model.predict(X, verbose=0))
    histories = [m.fit(X, target, batch_size=5, epochs=2, verbose=0, shuffle=False).history for m in (model, other)]
    assert histories[0] == histories[1]
    np.testing.assert_equal(other.get_weights(), model.get_weights())
    other.save(tmp_path / "again.keras")
    model.save(tmp_path / "m.keras")
    assert (tmp_path / "again.keras").read_bytes() == (tmp_path / "m.keras").read_bytes()


def test_a_model_is_loaded_without_its_training_if_compile_is_false(tmp_path):
    model = MODELS["sequential"]()
    model.fit(X, Y, verbose=0)
    keras.saving.save_model(model, tmp_path / "m.keras")
    assert not keras.saving.load_model(tmp_path / "m.keras", compile=False).compiled
    small().save(tmp_path / "plain.keras")
    assert not keras.models.load_model(tmp_path / "plain.keras").compiled


def test_an_optimizer_keeps_the_state_of_a_part_of_the_weights(tmp_path):
    model = small()
    model.layers[0].trainable = False
    compiled(model).fit(X, Y, verbose=0)
    model.save(tmp_path / "m.keras")
    other = keras.models.load_model(tmp_path / "m.keras")
    assert [v.name for v in other.optimizer.trained] == ["kernel", "bias"]
    assert other.optimizer.trained[0] is other.layers[1].kernel


def half(x):
    return x / 2


@keras.saving.register_keras_serializable("tests")
def third(x):
    return x / 3


def distance(y_true, y_pred):
    return keras.ops.mean(abs(y_true - y_pred), axis=-1)


def test_functions_are_found_by_their_names(tmp_path):
    model = compiled(small(), loss=distance)
    model.add(layers.Activation(third))
    model.save(tmp_path / "m.keras")
    with pytest.raises(TypeError, match=r"Could not locate function 'distance'.*custom_objects={'distance': …}"):
        keras.models.load_model(tmp_path / "m.keras")
    other = keras.models.load_model(tmp_path / "m.keras", {"distance": distance})
    assert other.loss is distance and other.layers[-1].get_config()["activation"] is third
    with keras.saving.custom_object_scope({"distance": distance}):
        assert keras.models.load_model(tmp_path / "m.keras").loss is distance
    assert keras.saving.get_custom_objects() == {}


def test_classes_are_found_by_their_names(tmp_path):
    class Local(layers.Layer):
        def call(self, inputs):
            return inputs

    keras.Sequential([keras.Input((2,)), Local(name="local"), Doubled(2)]).save(tmp_path / "m.keras")
    document = autograd.load(tmp_path / "m.keras")
    assert document["model"]["config"]["layers"][2]["registered_name"] == "tests>Doubled"
    document["model"]["config"]["layers"][1]["module"] = "a.program.that.is.not.running"
    autograd.save(document, tmp_path / "m.keras")
    with pytest.raises(TypeError, match=r"m\.keras: Could not locate class 'Local'"):
        keras.models.load_model(tmp_path / "m.keras")
    assert type(keras.models.load_model(tmp_path / "m.keras", {"Local": Local}).layers[0]) is Local


@pytest.mark.parametrize(
    "layer", [layers.Lambda(lambda x: x), layers.Dense(1, activation=lambda x: x)], ids=["Lambda", "activation"]
)
def test_a_model_with_code_is_refused_and_no_file_is_written(layer, tmp_path):
    with pytest.raises(ValueError, match="files hold no code: define it with def, and register it"):
        keras.Sequential([keras.Input((2,)), layer]).save(tmp_path / "m.keras")
    assert list(tmp_path.iterdir()) == []


def test_a_named_function_in_a_lambda_layer_is_saved(tmp_path):
    keras.Sequential([keras.Input((2,)), layers.Lambda(third)]).save(tmp_path / "m.keras")
    assert keras.models.load_model(tmp_path / "m.keras").predict(np.array([[3.0, 6.0]]), verbose=0).tolist() == [
        [1.0, 2.0]
    ]


class Part:
    pass


class Unserializable(layers.Layer):
    def __init__(self, part):
        super().__init__()
        self.part = part

    def call(self, inputs):
        return inputs


def test_what_is_not_serializable_is_refused_in_words(tmp_path):
    with pytest.raises(TypeError, match=r"of type Part cannot be saved: it needs a get_config\(\) method"):
        keras.Sequential([keras.Input((2,)), Unserializable(Part())]).save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match=r"must be '.keras': .* HDF5 library"):
        small().save(tmp_path / "m.h5")
    with pytest.raises(ValueError, match=r"Invalid filepath extension for saving"):
        small().save(tmp_path / "m")
    small().save(tmp_path / "m.keras")
    with pytest.raises(FileExistsError, match="pass overwrite=True"):
        small().save(tmp_path / "m.keras", overwrite=False)
    with pytest.raises(ValueError, match=r"end in '.weights.npz': .* HDF5 library"):
        small().save_weights("m.weights.h5")


def test_a_file_that_holds_no_model_raises_value_error_with_its_name(tmp_path):
    path = tmp_path / "m.keras"
    with pytest.raises(ValueError, match=r"File not found: filepath=.*m\.keras"):
        keras.models.load_model(path)
    small().save(path)
    document = autograd.load(path)
    wrong = {
        "holds no model": lambda: path.write_bytes(b"something else"),
        "a value that torch.save wrote": lambda: autograd.save([1], path),
        "weight list of length 3": lambda: autograd.save(document | {"weights": document["weights"][:3]}, path),
        "is damaged": lambda: autograd.save({"format": document["format"], "model": document["model"]}, path),
        "model written by save_model: the file is damaged": lambda: path.write_bytes(path.read_bytes()[:-9] + bytes(9)),
        "written by save_model: this is an archive": lambda: archive(path, ("a/data.pkl", b"")),
        "written by save_model: 'a.npy' is compressed": lambda: archive(
            path, ("a.npy", bytes(10**4)), compression=zipfile.ZIP_DEFLATED
        ),
    }
    for message, write in wrong.items():
        write()
        with pytest.raises(ValueError, match=rf"m\.keras.*{message}") as caught:
            keras.models.load_model(path)
        assert str(caught.value).count(str(path)) == 1


def test_a_checkpoint_callback_saves_whole_models(tmp_path):
    model = compiled(small())
    callback = keras.callbacks.ModelCheckpoint(tmp_path / "{epoch}.keras")
    model.fit(X, Y, epochs=2, verbose=0, callbacks=[callback])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.keras", "2.keras"]
    other = keras.models.load_model(tmp_path / "2.keras")
    np.testing.assert_equal(other.get_weights(), model.get_weights())
    assert int(other.optimizer.iterations.numpy()) == 2


def test_serialized_objects_are_plain_json():
    nest = {"a": [layers.Dense(2, name="d"), np.float32(2.5), third, (slice(1, 3), ...), np.eye(2)], "b": "x"}
    plain = keras.saving.serialize_keras_object(nest)
    again = keras.saving.deserialize_keras_object(json.loads(json.dumps(plain)))
    dense, number, function, index, matrix = again["a"]
    assert (dense.name, dense.units, number, function, index) == ("d", 2, 2.5, third, [slice(1, 3), ...])
    np.testing.assert_array_equal(matrix, np.eye(2))
    with pytest.raises(TypeError, match="is not one of numbers"):
        keras.saving.deserialize_keras_object({"class_name": "__numpy__", "config": {"value": [1], "dtype": "O"}})
