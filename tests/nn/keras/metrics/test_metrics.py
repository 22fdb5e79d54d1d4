"""Metrics: custom ones, F1, mean IoU and R², and error messages."""

import numpy as np
import pytest

import autograd.tensorflow as tf
from nn import keras


class PositiveCount(keras.metrics.Metric):
    def __init__(self, name="positives", **common):
        super().__init__(name=name, **common)
        self.count = self.add_weight(name="count", initializer="zeros")
        self.by_class = self.add_weight(shape=(2,), dtype="int32")

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.count.assign_add(tf.reduce_sum(tf.cast(y_pred > 0.5, self.dtype)))

    def result(self):
        return self.count


def test_a_custom_metric_accumulates_in_its_variables():
    metric = PositiveCount()
    metric.update_state(None, tf.constant([0.2, 0.6, 0.9]))
    metric.update_state(None, tf.constant([0.7]))
    assert float(metric.result()) == 3
    assert [tuple(v.shape) for v in metric.variables] == [(), (2,)]
    metric.reset_state()
    assert float(metric.result()) == 0
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1, kernel_initializer="ones")])
    model.compile("sgd", "mse", metrics=[PositiveCount()])
    logs = model.evaluate(np.arange(5.0)[:, None], np.zeros(5), batch_size=2, verbose=0, return_dict=True)
    assert logs["positives"] == 4
    assert len(model.weights) == 2


def test_f1_mean_iou_and_r2_match_their_formulas():
    r = np.random.default_rng(0)
    indices, guesses = r.integers(0, 3, (2, 40))
    true, pred = np.eye(3)[indices], np.eye(3)[guesses] + 0.1 * r.random((40, 3))
    scores = {}
    for average in (None, "micro", "macro", "weighted"):
        metric = keras.metrics.F1Score(average)
        metric.update_state(true[:10], pred[:10])
        metric.update_state(true[10:], pred[10:])
        scores[average] = metric.result().numpy()
        metric.reset_state()
        assert np.all(metric.result().numpy() == 0)
    f1 = [2 * np.sum((indices == k) & (guesses == k)) / (np.sum(indices == k) + np.sum(guesses == k)) for k in range(3)]
    np.testing.assert_allclose(scores[None], f1, rtol=1e-5)
    np.testing.assert_allclose(scores["macro"], np.mean(f1), rtol=1e-5)
    np.testing.assert_allclose(scores["weighted"], true.mean(0) @ f1, rtol=1e-5)
    np.testing.assert_allclose(scores["micro"], np.mean(indices == guesses), rtol=1e-5)
    mean_iou = keras.metrics.MeanIoU(4, sparse_y_pred=False, ignore_class=2)
    mean_iou.update_state(indices, pred)
    kept = indices != 2
    expected = [
        np.sum(kept & (indices == k) & (guesses == k)) / np.sum(kept & ((indices == k) | (guesses == k)))
        for k in range(3)
    ]
    np.testing.assert_allclose(mean_iou.result(), np.mean(expected), rtol=1e-5)
    r2 = keras.metrics.R2Score()
    r2.update_state(true, pred)
    np.testing.assert_allclose(r2.result(), np.mean(1 - ((true - pred) ** 2).mean(0) / true.var(0)), rtol=1e-5)


def test_wrong_shapes_class_indices_and_averages_raise():
    with pytest.raises(ValueError, match="of the same shape"):
        keras.metrics.F1Score().update_state([0, 1, 2], np.ones((3, 3)))
    with pytest.raises(ValueError, match="class indices must be from 0 to 1, but go from 0 to 2"):
        keras.metrics.MeanIoU(2).update_state([0, 1, 2], [1, 1, 0])
    with pytest.raises(ValueError, match="Expected one of: None, micro"):
        keras.metrics.F1Score("mean")


def test_thresholds_outside_of_0_to_1_raise():
    with pytest.raises(ValueError, match=r"must be in range \[0, 1\]"):
        keras.metrics.Precision(thresholds=2)
