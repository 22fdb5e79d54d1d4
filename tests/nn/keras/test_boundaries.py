"""Values at the boundaries of conditions, with what Keras answers."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from nn import keras
from nn.keras.batches import batches_of, weights_of_classes
from nn.keras.metrics.lookup import for_values
from tests.tools.answers import outcome
from tests.tools.beside_keras import agree, data, with_weights


@pytest.mark.parametrize(
    "y, indices",
    [
        ([0, 1, 2], [0, 1, 2]), ([[0], [2]], [0, 2]), ([[1.0, 0, 0], [0, 0, 1]], [0, 2]), ([0.6, 1.4], [1, 1]),
        ([[0, 1], [1, 0], [0, 1]], [1, 0, 1]),
    ],
)  # fmt: skip
def test_class_weights_by_index_or_by_one_hot_row(y, indices):
    weights = {0: 2.0, 2: 5.0}
    assert weights_of_classes(np.array(y), weights).tolist() == [weights.get(i, 1.0) for i in indices]


@pytest.mark.parametrize("metric", ["FalsePositives", "Precision", "Recall", "TrueNegatives"])
def test_thresholds_reach_from_0_to_1(metric):
    for threshold in (0, 0.0, 1, [0.0, 1.0]):
        getattr(keras.metrics, metric)(thresholds=threshold)
    for threshold in (-0.01, 1.01, [0.5, -0.5]):
        with pytest.raises(ValueError, match=r"Threshold values must be in range \[0, 1\]"):
            getattr(keras.metrics, metric)(thresholds=threshold)


@pytest.mark.parametrize("class_id, counted", [(0, True), (2, True), (-3, True), (3, False), (7, False), (-4, False)])
def test_a_class_is_counted_if_there_is_one(class_id, counted):
    metric = keras.metrics.Recall(class_id=class_id)
    if counted:
        metric.update_state(np.eye(3), np.eye(3))
        assert float(metric.result()) == 1
    else:
        with pytest.raises(ValueError, match="class_id"):
            metric.update_state(np.eye(3), np.eye(3))


@pytest.mark.parametrize("true, pred", [([0, 1], [1, 2]), ([2, 0], [1, 0]), ([-1, 1], [0, 0]), ([0, 0], [0, -2])])
def test_classes_out_of_range_are_refused(true, pred):
    metric = keras.metrics.MeanIoU(2)
    if true[0] == -1:  # which is left out
        metric.update_state(true, pred)
        return
    with pytest.raises(ValueError, match="class indices must be from 0 to 1, but go from"):
        metric.update_state(true, pred)


@pytest.mark.parametrize("index, found", [(0, 0), (2, 2), (-1, 2), (-3, 0), (1, 1), (-2, 1), (3, None), (-4, None)])
def test_layers_by_index(index, found):
    made = keras.Sequential([keras.layers.Dense(1) for _ in range(3)])
    if found is None:
        with pytest.raises(
            ValueError, match=f"^Was asked to retrieve layer at index {index} but model only has 3 layers$"
        ):
            made.get_layer(index=index)
    else:
        assert made.get_layer(index=index) is made.layers[found]


def test_validation_happens_in_every_so_many_epochs():
    made = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    made.compile("sgd", "mse")
    x = np.ones((2, 1))
    for frequency in (1, 2, 3):
        history = made.fit(x, x, epochs=6, verbose=0, validation_data=(x, x), validation_freq=frequency).history
        assert len(history["val_loss"]) == 6 // frequency


@pytest.mark.parametrize("shape, given", [((4,), (3, 4, 1)), ((4, 1), (3, 4)), ((1,), (3,)), ((4, 2), (3, 4, 2))])
def test_a_last_dim_of_size_1_is_added_or_removed(shape, given):
    inputs = keras.Input(shape)
    assert keras.Model(inputs, keras.layers.Identity()(inputs))(np.ones(given, "f")).shape == (3, *shape)


def test_losses_return_tensors_of_tensorflow():
    x = np.full((2, 2), 0.5, "f")
    for name in keras.losses.__all__:
        function = getattr(keras.losses, name)
        if name.islower() and name not in ("get", "serialize", "deserialize"):
            y = np.array([0, 1]) if name.startswith("sparse") else x
            assert type(function(y, x)).__name__ == "EagerTensor", name


@pytest.mark.parametrize(
    "true, pred, kind",
    [
        ((3,), (3, 4), "SparseCategorical"), ((3, 1), (3, 4), "SparseCategorical"), ((3, 4), (3, 4), "Categorical"),
        ((3, 1), (3, 1), "Binary"), ((3,), (3, 1), "Binary"), ((3, 4), (3,), "Categorical"),
        ((3, 5), (3, 5, 4), "SparseCategorical"), ((3, 5, 1), (3, 5, 4), "SparseCategorical"),
        ((3, 5, 4), (3, 5, 4), "Categorical"), ((3, 5, 1), (3, 5, 1), "Binary"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("name", ["accuracy", "crossentropy"])
def test_the_shapes_choose_between_binary_sparse_and_categorical_metrics(name, true, pred, kind):
    metric = for_values(name, np.zeros(true), np.zeros(pred))
    assert type(metric).__name__ == f"{kind}{name.title()}" and metric.name == name


def test_weights_without_a_sum_give_a_mean_of_0():
    loss = keras.losses.MeanSquaredError("mean_with_sample_weight")
    assert float(loss([[1.0], [2.0]], [[3.0], [5.0]], [1.0, -1.0])) == 0
    assert float(loss([[1.0], [2.0]], [[3.0], [5.0]], [1.0, 3.0])) == (4 + 27) / 4


def test_rows_without_classes_are_refused_and_no_rows_are_not():
    metric = keras.metrics.CategoricalAccuracy()
    metric.update_state(np.zeros((0, 3)), np.zeros((0, 3)))
    with pytest.raises(ValueError, match="the values must have a last dim with a value per class"):
        metric.update_state(np.zeros((3, 0)), np.zeros((3, 0)))


def test_a_binary_cross_entropy_of_every_element():
    y, p = np.eye(2, 3, dtype="f"), np.full((2, 3), 0.25, "f")
    found = keras.backend.binary_crossentropy(y, p)
    np.testing.assert_allclose(found, np.where(y, -np.log(0.25), -np.log(0.75)), rtol=1e-5)
    last = keras.backend.categorical_crossentropy(y, p)
    np.testing.assert_allclose(last, [np.log(3)] * 2, rtol=1e-5)
    first = keras.backend.categorical_crossentropy(y.T, p.T, axis=0)
    np.testing.assert_allclose(first, [np.log(3)] * 2, rtol=1e-5)


def test_a_score_of_too_few_values_warns_at_the_call():
    score = keras.metrics.R2Score(num_regressors=3)
    score.update_state([[1.0], [2.0]], [[1.0], [2.5]])
    with pytest.warns(UserWarning, match="2 values are too few for 3 regressors") as caught:
        assert float(score.result()) == 0.5
    assert caught[0].filename == __file__
    for count, adjusted in ((5, 1), (6, 1)):
        score = keras.metrics.R2Score(num_regressors=3)
        x = np.arange(float(count))[:, None]
        score.update_state(x, x)
        assert float(score.result()) == adjusted


def test_a_shape_may_have_several_dims_of_size_1_but_one_unknown():
    assert keras.layers.Reshape((1, 1, 3))(np.zeros((2, 3))).shape == (2, 1, 1, 3)
    for shape in ((-1, -1), (-1, 2, -1)):
        with pytest.raises(ValueError, match="at most one unknown dimension"):
            keras.layers.Reshape(shape)


@pytest.mark.parametrize("rows, size, count", [(6, 2, 3), (7, 2, 4), (7, 3, 3), (5, 9, 1), (64, 7, 10), (33, None, 2)])
def test_batches_of_arrays_are_counted(rows, size, count):
    batches = batches_of(np.zeros((rows, 1)), batch_size=size)
    assert len(batches) == len(list(batches)) == count


@pytest.mark.parametrize("argument", ["inputs", "outputs"])
def test_a_functional_model_needs_inputs_and_outputs(argument):
    with pytest.raises(ValueError, match=r"^A functional model needs both inputs and outputs"):
        keras.Model(**{argument: keras.Input((2,))})


@pytest.mark.parametrize("wanted", ["float32", "float64", "int32"])
def test_a_model_takes_and_returns_the_dtypes_of_its_symbols(wanted):
    inputs = keras.Input((2,), dtype=wanted)
    made = keras.Model(inputs, keras.layers.Identity(dtype=wanted)(inputs))
    for dtype in ("int32", "int64", "float32", "float64"):
        x = np.ones((3, 2), dtype)
        for given in (x, tf.constant(x), tf.Variable(x)):
            assert made(given).numpy().dtype == wanted
        assert made(keras.Input((2,), dtype=dtype)).dtype == wanted


@pytest.mark.parametrize(
    "true, pred",
    [((3, 4), (3, 5)), ((3, 5), (3, 4)), ((4, 3), (3, 3)), ((1, 4), (3, 4)), ((3, 1), (3, 4)), ((3, 4), (3, 1))],
)
def test_a_categorical_cross_entropy_takes_one_value_per_class(true, pred):
    with pytest.raises(ValueError, match=r"y_true has shape .*: they must be the same"):
        keras.losses.categorical_crossentropy(np.ones(true, "f"), np.ones(pred, "f"))


@pytest.mark.parametrize("limit", ["clipnorm", "global_clipnorm"])
def test_gradients_of_norm_0_can_be_limited_to_0(limit):
    weight = tf.Variable([1.0, 2.0])
    keras.optimizers.SGD(1.0, **{limit: 0.0}).apply_gradients([(tf.zeros(2), weight)])
    assert weight.numpy().tolist() == [1, 2]


#: Arguments of layers that have a range of their own, and those that the layer has besides.
RANGES = [
    ("Dropout", "rate", {}), ("SpatialDropout1D", "rate", {}), ("GaussianDropout", "rate", {}),
    ("GaussianNoise", "stddev", {}), ("LeakyReLU", "negative_slope", {}), ("ReLU", "max_value", {}),
    ("ReLU", "negative_slope", {}), ("ReLU", "threshold", {}), ("ELU", "alpha", {}), ("Rescaling", "scale", {}),
]  # fmt: skip
COUNTS = [
    ("Dense", "units", {}), ("Conv1D", "filters", {"kernel_size": 2}), ("Conv1D", "kernel_size", {"filters": 2}),
    ("Conv2D", "strides", {"kernel_size": 2, "filters": 2}), ("GroupNormalization", "groups", {}),
    ("RepeatVector", "n", {}), ("UpSampling1D", "size", {}), ("MaxPooling1D", "pool_size", {}), ("LSTM", "units", {}),
    ("ZeroPadding1D", "padding", {}), ("Cropping1D", "cropping", {}),
]  # fmt: skip


@pytest.mark.parametrize("name, argument, others", RANGES + COUNTS)
def test_arguments_of_layers_have_the_range_of_keras(name, argument, others, answers):
    values = (-2, -1, 0, 1, 2, *((-0.5, -1e-6, 0.0, 0.5, 1.0, 1.5) if (name, argument, others) in RANGES else ()))

    def accepted(tf):
        def make(tf, value):
            getattr(tf.keras.layers, name)(**{argument: value}, **others)

        return [outcome(tf, make, value) is None for value in values]

    assert accepted(tf) == answers("tensorflow", accepted)


@pytest.mark.parametrize("groups", [1, 2, 3, 6, -1])
def test_groups_of_channels(groups, answers):
    agree(answers, lambda tf: tf.keras.layers.GroupNormalization(groups)(data(2, 3, 6)))


@pytest.mark.parametrize("layer, count", [("LSTM", 2), ("GRU", 1)])
def test_a_bidirectional_layer_starts_from_the_states_of_both_directions(layer, count, answers):
    def called(tf):
        K = tf.keras
        made = K.layers.Bidirectional(getattr(K.layers, layer)(3))
        made.build((2, 4, 5))
        states = [tf.constant(data(2, 3, seed=i)) for i in range(2 * count)]
        return with_weights(made)(data(2, 4, 5), initial_state=states)

    agree(answers, called)


def test_probabilities_above_1_count_as_1(answers):
    agree(answers, lambda tf: tf.keras.losses.KLDivergence(None)([[1.5, 0.2], [0.3, 3.0]], [[0.3, 2.0], [7.0, 0.1]]))


def test_the_error_of_to_categorical_names_the_range():
    for indices, low, high in (([0, 3], 0, 3), ([-1, 2], -1, 2), ([7, -5], -5, 7)):
        with pytest.raises(ValueError) as raised:
            keras.utils.to_categorical(indices, 3)
        assert str(raised.value).startswith(
            f"to_categorical: class indices must be from 0 to 2 (num_classes=3), but they go from {low} to {high}"
        )


@pytest.mark.parametrize(
    "shapes", [((2, 3), (2, 3, 4)), ((2, 3, 4), (2, 3)), ((2,), (2, 3)), ((2, 3, 4), (2,)), ((2, 3), (3, 3))]
)
def test_only_values_with_as_many_dims_are_concatenated(shapes):
    layer = keras.layers.Concatenate()
    with pytest.raises(ValueError, match=r"shape"):
        layer.compute_output_shape([*shapes])
    with pytest.raises(ValueError, match=r"shape"):
        layer([np.ones(shape, "f") for shape in shapes])


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_a_model_of_several_inputs_and_outputs_is_made_again_from_its_config(count):
    inputs = [keras.Input((2,)) for _ in range(count)]
    outputs = [keras.layers.Rescaling(float(i + 2))(symbol) for i, symbol in enumerate(inputs)]
    made = keras.Model(inputs, outputs)
    again = keras.Model.from_config(made.get_config())
    x = [np.full((1, 2), i + 1.0, "f") for i in range(count)]
    assert [float(y[0, 0]) for y in again(x)] == [float(y[0, 0]) for y in made(x)]
    assert len(again.inputs) == len(again.outputs) == count
