"""Wrong arguments of layers, losses, metrics and fit: whatever is raised is raised by a sentence of ours."""

import inspect
import linecache
import warnings

import numpy as np
import pytest

from nn import keras

BAD = [
    None, "x", object(), [], {}, -1, 0, 5, 10**30, 1.5, float("nan"), True, [[1, 2], [3]], [None], ["a"],
    np.zeros(0), np.zeros((2, 0)), np.zeros((7, 7, 7)), np.ones(3, bool), np.ones(3, complex), np.array("s"),
    np.array([object()]),
]  # fmt: skip


def is_ours(error):
    """Whether the innermost frame of an error is a raise statement of the project."""
    trace = error.__traceback__
    while trace.tb_next:
        trace = trace.tb_next
    file = trace.tb_frame.f_code.co_filename
    lines = (linecache.getline(file, trace.tb_lineno - up).strip() for up in range(12))
    return ("/autograd/" in file or "/nn/" in file) and any(line.startswith("raise") for line in lines)


def check(call):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            call()
        except Exception as error:
            assert is_ours(error), f"{type(error).__name__}: {error}"


REQUIRED = {
    "units": 3, "filters": 2, "kernel_size": 3, "rate": 0.5, "stddev": 0.5, "target_shape": (5, 1), "dims": (2, 1),
    "input_dim": 4, "output_dim": 2, "num_heads": 2, "key_dim": 3, "activation": "relu", "function": abs, "n": 2,
    "scale": 2.0, "shape": (3,), "factor": 0.1, "height_factor": 0.1, "width_factor": 0.1, "height": 4, "width": 3,
    "axes": 1,
}  # fmt: skip
OTHERS = ("StackedRNNCells", "RNN", "TimeDistributed", "Bidirectional", "Layer", "InputSpec")


def layer_names():
    return [
        name for name in keras.layers.__all__ if inspect.isclass(getattr(keras.layers, name)) and name not in OTHERS
    ]


@pytest.mark.parametrize("name", layer_names())
def test_wrong_arguments_of_layers(name):
    kind = getattr(keras.layers, name)
    _, *parameters = inspect.signature(kind.__init__).parameters.values()  # of a class, old Pythons show __new__
    parameters = [p for p in parameters if p.kind is not p.VAR_KEYWORD]
    needed = {p.name: REQUIRED.get(p.name) for p in parameters if p.default is p.empty}
    for parameter in parameters:
        if parameter.name == "seed":
            continue
        for bad in BAD:
            check(lambda bad=bad, parameter=parameter: kind(**needed | {parameter.name: bad}))


LOSSES = ["MeanSquaredError", "BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy", "Hinge"]
METRICS = ["Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "SparseTopKCategoricalAccuracy", "R2Score", "F1Score",
           "Precision", "AUC", "MeanSquaredError"]  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
def test_wrong_values_of_losses(name):
    loss, good = getattr(keras.losses, name)(), [np.ones((3, 2)), np.full((3, 2), 0.5), np.ones(3)]
    for place in range(3):
        for bad in BAD:
            check(lambda values=[*good[:place], bad, *good[place + 1 :]]: loss(*values))


@pytest.mark.parametrize("name", METRICS)
def test_wrong_values_of_metrics(name):
    good = [np.ones((3, 2)), np.full((3, 2), 0.5), np.ones(3)]
    for place in range(3):
        for bad in BAD:
            values = [*good[:place], bad, *good[place + 1 :]]
            check(lambda values=values: getattr(keras.metrics, name)().update_state(*values))


@pytest.mark.parametrize(
    "argument", ["x", "y", "sample_weight", "batch_size", "validation_split", "validation_data", "class_weight",
                 "steps_per_epoch", "callbacks", "initial_epoch", "validation_freq", "validation_batch_size"],
)  # fmt: skip
def test_wrong_arguments_of_fit(argument):
    for bad in BAD:
        made = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        made.compile("sgd", "mse")
        arguments = {"x": np.ones((3, 2)), "y": np.ones((3, 1)), "verbose": 0, argument: bad}
        check(lambda made=made, arguments=arguments: made.fit(**arguments))


def _functional():
    x = keras.Input((4,))
    return keras.Model(x, keras.layers.Dense(3)(x))


@pytest.mark.parametrize("value", ["a", 1, 1.5, True, object(), ("a",), {"x": 1}])
@pytest.mark.parametrize(
    "layer",
    [
        keras.layers.Dense(2), keras.layers.Dropout(0.5), keras.layers.ReLU(), keras.layers.Reshape((2, 2)),
        keras.layers.Embedding(3, 2), keras.layers.Add(), keras.layers.BatchNormalization(),
        keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]), _functional(),
    ],
    ids=lambda layer: type(layer).__name__,
)  # fmt: skip
def test_what_is_no_tensor_is_refused_by_every_layer(layer, value):
    with pytest.raises(ValueError, match="Inputs to a layer should be tensors"):
        layer(value)


def test_a_missing_input_is_a_value_error():
    for model in (keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)]), _functional()):
        with pytest.raises(ValueError, match="is not optional, but None was passed"):
            model(None)


def test_zeros_of_a_limited_relu_are_positive():
    assert not np.signbit(keras.activations.relu(np.array([-1.0, 2.0], "float32"), max_value=1.0)).any()
