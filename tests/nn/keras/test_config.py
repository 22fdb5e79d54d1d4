"""get_config and from_config, and clone_model: copies that share no state with the original."""

import inspect

import numpy as np
import pytest

from nn import keras
from nn.keras import layers

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
    assert keras.optimizers.SGD(schedule).get_config()["learning_rate"] is schedule
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
        (lambda: functional().get_config(), NotImplementedError, "use keras.models.clone_model to copy it"),
        (lambda: ManyArguments(1, 2).get_config(), NotImplementedError, r"arguments for \*sizes, which have no names"),
        (lambda: keras.models.clone_model(3), ValueError, "to be a Keras `Model` instance"),
    ],
)
def test_wrong_configs_and_models_raise(wrong, error, message):
    with pytest.raises(error, match=message):
        wrong()
