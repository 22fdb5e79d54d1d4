"""get_config and from_config, and clone_model: copies that share no state with the original."""

import inspect
import json
import pathlib

import numpy as np
import pytest

from nn import keras
from nn.keras import layers
from tests.tools.keras_configs import config_of, expressions

X = np.random.default_rng(0).standard_normal((6, 5)).astype(np.float32)


#: Values of required arguments.
REQUIRED = {
    "units": 3, "filters": 2, "kernel_size": 3, "rate": 0.5, "stddev": 0.5, "target_shape": (5, 1), "dims": (2, 1),
    "input_dim": 4, "output_dim": 2, "num_heads": 2, "key_dim": 3, "activation": "relu", "function": abs, "n": 2,
    "scale": 2.0, "shape": (3,), "factor": 0.1, "height_factor": 0.1, "width_factor": 0.1, "height": 4, "width": 3,
    "axes": 1, "cell": layers.GRUCell(2), "cells": [layers.GRUCell(2), layers.LSTMCell(3)],
}  # fmt: skip


def layer_classes():
    for name in layers.__all__:
        kind = getattr(layers, name)
        if inspect.isclass(kind) and kind is not layers.Layer and issubclass(kind, layers.Layer):
            yield kind


def create(kind):
    parameters = inspect.signature(kind.__init__).parameters.values()
    required = [p.name for p in parameters if p.default is p.empty and p.kind is p.POSITIONAL_OR_KEYWORD][1:]
    arguments = {name: layers.LSTM(2) if name == "layer" else REQUIRED[name] for name in required}
    if kind is layers.InputLayer:
        arguments["shape"] = (3,)
    return kind(**arguments, name="its_name")


@pytest.mark.parametrize("kind", list(layer_classes()), ids=lambda kind: kind.__name__)
def test_every_layer_is_recreated_from_its_config(kind):
    config = create(kind).get_config()
    copy = kind.from_config(config)
    assert copy.get_config() == config
    assert copy.name == "its_name"


@pytest.mark.parametrize("expression", expressions())
def test_configs_of_layers_are_those_of_keras(expression, answers):
    """Arguments that only Keras has are accepted where they have no effect."""
    mine, theirs = config_of(expression, layers), answers("tensorflow", config_of_keras, expression)
    shared = mine.keys() & theirs.keys() - {"layer", "backward_layer", "cell", "cells"}
    assert {key: without_axes(theirs[key]) for key in shared} == {key: mine[key] for key in shared}
    assert all(mine[key] is None for key in mine.keys() - theirs.keys() - {"trainable"})
    kind = getattr(layers, expression.split("(")[0])
    again = kind.from_config(theirs).get_config()
    assert json.loads(json.dumps(again)) == mine


def config_of_keras(tensorflow, expression):
    tensorflow.keras.utils.clear_session()
    return config_of(expression, tensorflow.keras.layers)


def without_axes(value):
    """A config of an initializer without the two arguments that are None by default and not supported."""
    if not isinstance(value, dict) or value.get("module") != "keras.initializers":
        return value
    config = {key: part for key, part in value["config"].items() if key not in ("input_axes", "output_axes")}
    return {**value, "config": config}


def test_an_argument_of_keras_that_is_not_supported_raises(answers):
    config = {**answers("tensorflow", config_of_keras, "GRU(2, return_sequences=True)"), "stateful": True}
    with pytest.raises(TypeError, match="unexpected keyword argument 'stateful'"):
        layers.GRU.from_config(config)


class Scale(layers.Layer):
    def __init__(self, factor=2.0, **kwargs):
        super().__init__(**kwargs)
        self.factor = factor

    def call(self, inputs):
        return inputs * self.factor

    def get_config(self):
        return {**super().get_config(), "factor": self.factor}


class Block(layers.Layer):
    def __init__(self, units):
        super().__init__()
        self.inner = layers.Dense(units)

    def call(self, inputs):
        return self.inner(inputs)


def sequential():
    return keras.Sequential(
        [
            keras.Input((5,)),
            layers.Dense(4, "relu", kernel_regularizer="l2"),
            Scale(3.0),
            Block(3),
            layers.Dropout(0.5),
        ],
        name="chain",
    )


def functional():
    a, b = keras.Input((5,), name="a"), keras.Input((2,), name="b")
    shared = layers.Dense(5)
    h = layers.concatenate([shared(shared(a)) + a[:, :1] * 2.0, b])
    inner = keras.Sequential([keras.Input((7,)), layers.Dense(3)])
    return keras.Model([a, b], {"one": layers.Dense(2)(h), "two": inner(h)})


def assert_equivalent(model, other, x):
    assert other.name == model.name
    before = other.get_weights()
    assert not any(np.shares_memory(a, b) for a, b in zip(before, model.get_weights()))
    other.set_weights(model.get_weights())
    assert {id(w) for w in other.weights}.isdisjoint(id(w) for w in model.weights)
    result, expected = other.predict(x, verbose=0), model.predict(x, verbose=0)
    np.testing.assert_equal(result, expected)
    assert len(other.losses) == len(model.losses)


def test_a_clone_computes_the_same_with_its_own_weights():
    assert_equivalent(sequential(), keras.models.clone_model(sequential()), X)
    model = functional()
    assert_equivalent(model, keras.models.clone_model(model), [X, X[:, :2]])
    unbuilt = keras.models.clone_model(keras.Sequential([layers.Dense(2)]))
    assert not unbuilt.built


def test_a_sequential_is_recreated_from_its_config():
    model = sequential()
    config = model.get_config()
    assert [part["class_name"] for part in config["layers"]] == ["InputLayer", "Dense", "Scale", "Block", "Dropout"]
    assert_equivalent(model, keras.Sequential.from_config(config), X)
    other = keras.Sequential.from_config(config, custom_objects={"Block": layers.Dense})
    assert type(other.layers[2]) is layers.Dense


def test_a_functional_model_is_recreated_from_its_config():
    model = functional()
    config = model.get_config()
    assert config["input_layers"] == [["a", 0, 0], ["b", 0, 0]]
    assert config["output_layers"] == {"one": ["dense_2", 0, 0], "two": ["sequential", 0, 0]}
    (shared,) = (entry for entry in config["layers"] if entry["name"] == "dense")
    assert [node["args"][0]["config"]["keras_history"] for node in shared["inbound_nodes"]] == [
        ["a", 0, 0],
        ["dense", 0, 0],
    ]
    assert_equivalent(model, keras.Model.from_config(config), [X, X[:, :2]])
    again = keras.models.model_from_json(model.to_json())
    assert again.to_json() == model.to_json()
    assert_equivalent(model, again, [X, X[:, :2]])


def test_calls_and_operators_keep_their_arguments():
    a = keras.Input((4,), name="a")
    masked = layers.Attention(name="attention")([a[:, None], a[..., None, :]], use_causal_mask=True)
    total = keras.ops.mean(1.0 - masked, axis=(1, 2)) + np.arange(4, dtype=np.float32)[1]
    chosen = keras.ops.where(a > 0, a, np.array([1.0, 2.0, 3.0, 4.0], np.float32))
    model = keras.Model({"a": a}, (total, chosen))
    assert_equivalent(model, keras.models.model_from_json(model.to_json()), {"a": X[:, :4]})


class SumOfDict(layers.Layer):
    def call(self, inputs, factors=None):
        return inputs["a"] * factors["x"] + inputs["b"][0]


def test_calls_keep_dicts_and_lists_of_tensors():
    a = keras.Input((2,), name="a")
    model = keras.Model(a, SumOfDict()({"a": a, "b": [a * 2.0]}, factors={"x": 3.0}))
    assert_equivalent(model, keras.models.model_from_json(model.to_json()), X[:, :2])


def test_a_part_of_a_functional_model_is_recreated_with_an_input_of_its_own():
    a = keras.Input((5,))
    h = layers.Dense(3)(a)
    part = keras.Model(h, layers.Dense(2)(h), name="part")
    assert_equivalent(part, keras.Model.from_config(part.get_config()), X[:, :3])


def test_a_model_that_keras_wrote_as_json_is_created():
    text = pathlib.Path(__file__).with_name("model_of_keras.json").read_text()
    model = keras.models.model_from_json(text)
    assert [weight.path.split("/")[-1] for weight in model.weights] == [
        "kernel", "bias", "gamma", "beta", "moving_mean", "moving_variance", "kernel", "bias", "kernel",
        "recurrent_kernel", "bias",
    ]  # fmt: skip
    assert json.loads(text)["config"]["output_layers"] == model.get_config()["output_layers"]


@pytest.mark.parametrize(
    "wrong, message",
    [
        ({"output_layers": [["nothing", 0, 0]]}, "refers to a call that does not exist"),
        ({"output_layers": [["dense", 7, 0]]}, "refers to a call that does not exist"),
        ({"circle": ["dense", 0, 0]}, "depend on themselves"),
    ],
)
def test_a_config_with_wrong_references_raises_value_error(wrong, message):
    a = keras.Input((5,), name="a")
    config = keras.Model(a, layers.Dense(2, name="dense")(a)).get_config()
    if "circle" in wrong:
        config["layers"][1]["inbound_nodes"][0]["args"][0]["config"]["keras_history"] = wrong["circle"]
    else:
        config |= wrong
    with pytest.raises(ValueError, match=message):
        keras.Model.from_config(config)


def test_a_clone_uses_the_layers_that_clone_function_returns():
    def frozen(layer):
        return type(layer).from_config({**layer.get_config(), "trainable": False})

    model = keras.Sequential([keras.Input((5,)), layers.Dense(4), Scale(3.0)])
    assert keras.models.clone_model(model, clone_function=frozen).trainable_weights == []
    assert keras.models.clone_model(model, input_tensors=keras.Input((5,), name="new")).input.name == "new"


def test_other_objects_are_recreated_from_their_configs():
    optimizer = keras.optimizers.Adam(0.5, beta_1=0.8, clipnorm=1.0)
    optimizer.learning_rate = 0.25
    config = keras.optimizers.Adam.from_config(optimizer.get_config()).get_config()
    assert (config["learning_rate"], config["beta_1"], config["clipnorm"]) == (0.25, 0.8, 1.0)
    schedule = keras.optimizers.schedules.ExponentialDecay(0.1, 10, 0.9)
    assert keras.optimizers.SGD(schedule).get_config()["learning_rate"]["class_name"] == "ExponentialDecay"
    for instance in (
        schedule,
        keras.losses.Huber(2.0),
        keras.metrics.Hinge(),
        keras.regularizers.L2(0.2),
        keras.initializers.HeNormal(seed=1),
    ):
        assert type(instance).from_config(instance.get_config()).get_config() == instance.get_config()


class ManyArguments(layers.Layer):
    def __init__(self, *sizes):
        super().__init__()


@pytest.mark.parametrize(
    "wrong, error, message",
    [
        (lambda: layers.Dense.from_config({"units": 3, "foo": 1}), TypeError, "Error when deserializing class 'Dense'"),
        (lambda: layers.deserialize({"class_name": "Nothing", "config": {}}), TypeError, "Could not locate class"),
        (lambda: ManyArguments(1, 2).get_config(), NotImplementedError, r"arguments for \*sizes, which have no names"),
        (lambda: keras.models.clone_model(3), ValueError, "to be a Keras `Model` instance"),
    ],
)
def test_wrong_configs_and_models_raise(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()
