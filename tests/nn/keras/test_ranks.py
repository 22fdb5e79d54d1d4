"""True values, predictions and weights with a last dim of 1: squeezed, not broadcast, in losses, metrics and fit."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from nn import keras
from tests.tools.keras_ranks import names, results

#: The metrics that broadcast (N,) with (N, 1) to (N, N) in Keras, unlike the loss of the same name. Ours squeeze.
BROADCASTING = ("KLDivergence", "Poisson", "Hinge", "SquaredHinge", "CategoricalHinge")


@pytest.mark.parametrize("family, name", names())
def test_values_and_weights_of_all_shapes_give_what_keras_gives(family, name, answers):
    found, theirs = results(keras, family, name), answers("tensorflow", lambda tf: results(tf.keras, family, name))
    for label, expected in theirs.items():
        broadcast = name in BROADCASTING and label.startswith(("(N,) (N, 1)", "(N, 1) (N,)"))
        if expected is None or (family == "metrics" and broadcast):
            continue  # Keras refuses the values
        assert np.shape(found[label]) == np.shape(expected), label
        np.testing.assert_allclose(found[label], expected, rtol=3e-4, atol=1e-5, err_msg=label)


def test_a_weight_with_a_last_dim_of_1_is_a_weight_per_sample():
    y, p, w = np.array([[1.0], [2.0], [3.0], [4.0]]), np.zeros((4, 1)), np.array([[1.0], [0.0], [0.0], [0.0]])
    assert float(keras.losses.MeanSquaredError()(y, p, sample_weight=w)) == 0.25


def test_fit_takes_a_weight_with_a_last_dim_of_1_as_a_weight_per_sample():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, use_bias=False, kernel_initializer="ones")])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    x, w = np.array([[1.0], [2.0], [3.0], [4.0]]), np.array([[1.0], [0.0], [0.0], [0.0]])
    history = model.fit(x, -x, sample_weight=w, verbose=0)
    assert history.history["loss"] == [1.0]
    assert float(model.get_weights()[0][0, 0]) == pytest.approx(0.9)


def test_metrics_squeeze_too():
    binary = keras.metrics.BinaryAccuracy()
    binary.update_state([[1.0], [0.0], [1.0]], [[0.9], [0.8], [0.2]], sample_weight=[[1.0], [1.0], [0.0]])
    assert float(binary.result()) == 0.5
    accuracy = keras.metrics.Accuracy()
    accuracy.update_state([1.0, 2.0, 3.0], [[1.0], [2.0], [0.0]])
    assert float(accuracy.result()) == pytest.approx(2 / 3)


@pytest.mark.parametrize("name", ["KLDivergence", "Poisson", "Hinge", "SquaredHinge", "CategoricalHinge"])
@pytest.mark.parametrize("shapes", [((4,), (4, 1)), ((4, 1), (4,))])
def test_metrics_of_a_vector_beside_a_column_are_the_mean_of_their_loss(name, shapes):
    y, p = np.array([0.0, 1.0, 1.0, 0.0]).reshape(shapes[0]), np.array([0.1, 0.7, 0.4, 0.3]).reshape(shapes[1])
    metric = getattr(keras.metrics, name)()
    metric.update_state(y, p)
    assert float(metric.result()) == pytest.approx(float(getattr(keras.losses, name)()(y, p)))


def test_the_sum_of_rows_with_a_weight_each():
    total = keras.metrics.Sum()
    total.update_state([[1.0, 2.0], [3.0, 4.0]], sample_weight=[1.0, 10.0])
    assert float(total.result()) == 73


def test_a_gradient_reaches_the_sample_weight():
    w = tf.Variable([1.0, 2.0])
    with tf.GradientTape() as tape:
        loss = keras.losses.MeanSquaredError()([[1.0], [2.0]], [[0.0], [0.0]], sample_weight=w)
    np.testing.assert_allclose(tape.gradient(loss, w), [0.5, 2.0])


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: keras.losses.BinaryCrossentropy()(np.ones((4, 1)), np.full((4, 3), 0.5)),
        lambda: keras.metrics.Precision().update_state(np.ones((4, 1)), np.full((4, 3), 0.5)),
        lambda: keras.metrics.AUC().update_state(np.ones((4, 1)), np.full((4, 3), 0.5)),
    ],
)
def test_other_sizes_are_not_broadcast(wrong):
    with pytest.raises(ValueError, match=r"must have the same shape, but have \(4, 1\) and \(4, 3\)"):
        wrong()


def test_weights_that_do_not_fit_raise():
    with pytest.raises(tf.errors.InvalidArgumentError, match=r"Incompatible shapes: \[4\] vs. \[3\]"):
        keras.losses.MeanSquaredError()(np.ones((4, 2)), np.ones((4, 2)), sample_weight=np.ones(3))
    with pytest.raises(ValueError, match=r"sample_weight of shape \(3,\) does not broadcast to values of shape \(4,\)"):
        keras.metrics.MeanSquaredError().update_state(np.ones((4, 2)), np.ones((4, 2)), sample_weight=np.ones(3))
