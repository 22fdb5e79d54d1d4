"""AUC, Precision, Recall and R2Score with all their arguments: the values of Keras."""

import numpy as np
import pytest

from nn.keras import metrics

Y, P = [0, 1, 1, 0, 1, 0], [0.1, 0.4, 0.35, 0.8, 0.9, 0.6]
W = [1.0, 2.0, 1.0, 0.5, 1.0, 3.0]
LABELS = np.array([[0, 1, 1], [1, 0, 0], [1, 1, 0], [0, 0, 1]])
SCORES = np.array([[0.2, 0.7, 0.4], [0.6, 0.1, 0.3], [0.3, 0.9, 0.5], [0.4, 0.2, 0.1]])


def twice(metric, y, p, w):
    """The result after a batch, and after the same batch with weights."""
    metric.update_state(y, p)
    first = metric.result().numpy()
    metric.update_state(y, p, sample_weight=w)
    return first, metric.result().numpy()


@pytest.mark.parametrize(
    "options, expected",
    [
        ({}, [0.55556, 0.47619]),
        ({"curve": "PR"}, [0.65945, 0.59864]),
        ({"curve": "PR", "summation_method": "minoring"}, [0.27778, 0.25034]),
        ({"curve": "PR", "summation_method": "majoring"}, [0.7, 0.6498]),
        ({"summation_method": "majoring"}, [0.55556, 0.47619]),
        ({"thresholds": [0.3, 0.5, 0.7]}, [0.5, 0.44762]),
        ({"thresholds": [0.3, 0.5, 0.7], "curve": "PR"}, [0.49278, 0.47619]),
        ({"num_thresholds": 3, "curve": "PR"}, [0.40152, 0.36056]),
    ],
)
def test_areas_under_curves(options, expected):
    np.testing.assert_allclose(twice(metrics.AUC(**options), Y, P, W), expected, atol=2e-5)


@pytest.mark.parametrize(
    "options, expected",
    [
        ({"multi_label": True}, [0.66667, 0.57143]),
        ({"multi_label": True, "curve": "PR"}, [0.721, 0.67895]),
        ({"multi_label": True, "label_weights": [1.0, 2.0, 5.0]}, [0.5, 0.40051]),
        ({"label_weights": [1.0, 2.0, 5.0]}, [0.56641, 0.44764]),
        ({"multi_label": True, "num_labels": 3}, [0.66667, 0.57143]),
    ],
)
def test_areas_of_several_labels(options, expected):
    np.testing.assert_allclose(twice(metrics.AUC(**options), LABELS, SCORES, [1.0, 2.0, 3.0, 4.0]), expected, atol=2e-5)


def test_an_area_of_logits():
    logits = np.log(np.array(P) / (1 - np.array(P)))
    assert float(metrics.AUC(from_logits=True)(Y, logits)) == pytest.approx(0.55556, abs=1e-5)


@pytest.mark.parametrize(
    "options, precision, recall",
    [
        ({"class_id": 1}, [1.0, 1.0], [1.0, 1.0]),
        ({"top_k": 1}, [0.75, 0.64286], [0.5, 0.45]),
        ({"top_k": 2}, [0.5, 0.39286], [0.66667, 0.55]),
        ({"top_k": 2, "class_id": 0}, [0.5, 0.375], [0.5, 0.42857]),
        ({"top_k": 2, "thresholds": 0.5}, [1.0, 1.0], [0.5, 0.45]),
        ({"thresholds": [0.25, 0.5]}, [[0.625, 1.0], [0.55556, 1.0]], [[0.83333, 0.5], [0.75, 0.45]]),
        ({"thresholds": [0.5]}, [1.0, 1.0], [0.5, 0.45]),
    ],
)
def test_precision_and_recall(options, precision, recall):
    for kind, expected in ((metrics.Precision, precision), (metrics.Recall, recall)):
        found = twice(kind(**options), LABELS, SCORES, [1.0, 2.0, 3.0, 4.0])
        np.testing.assert_allclose(found, expected, atol=2e-5)


@pytest.mark.parametrize(
    "options, expected",
    [
        ({"class_aggregation": None}, [0.15, 0.85, -0.51]),
        ({"class_aggregation": "variance_weighted_average"}, 0.16333),
        ({"num_regressors": 2}, -0.02259),
    ],
)
def test_shares_of_variance(options, expected):
    np.testing.assert_allclose(metrics.R2Score(**options)(LABELS, SCORES), expected, atol=2e-5)


def test_a_share_of_variance_of_too_few_values_is_not_adjusted():
    with pytest.warns(UserWarning, match="4 values are too few for 3 regressors"):
        score = metrics.R2Score(num_regressors=3)([[0.0], [1.0], [2.0], [3.0]], [[0.0], [1.0], [2.0], [2.0]])
    assert float(score) == pytest.approx(0.8)


def test_a_share_of_no_variance_is_0():
    assert float(metrics.R2Score()([[0.1]] * 3, [[0.3]] * 3, sample_weight=[0.1, 0.2, 0.7])) == 0


@pytest.mark.parametrize(
    "wrong, message",
    [
        (lambda: metrics.Precision(1.5), r"range \[0, 1\]"),
        (lambda: metrics.Precision(class_id=3)(LABELS, SCORES), "class_id=3"),
        (lambda: metrics.Recall(class_id=0)(Y, P), r"shape \(num_samples, num_classes\)"),
        (lambda: metrics.Recall(top_k=4)(LABELS, SCORES), "top_k=4 needs at least as many classes"),
        (lambda: metrics.AUC(num_thresholds=1), "must be an integer > 1"),
        (lambda: metrics.AUC(num_labels=3), "only when `multi_label` is True"),
        (lambda: metrics.AUC(curve="pr"), "'pr'; the known ones are PR, ROC"),
        (lambda: metrics.AUC(multi_label=True)(Y, P), r"must have shape \(N, labels\), but has shape \(6,\)"),
        (lambda: metrics.AUC(label_weights=[1.0])(LABELS, SCORES), "a weight for each label"),
        (lambda: metrics.R2Score("mean"), "class_aggregation=mean"),
        (lambda: metrics.R2Score(num_regressors=-1), "num_regressors=-1"),
        (lambda: metrics.MeanIoU(2)([0, 1], [0, 1, 1]), "the same number of values, but hold 2 and 3"),
    ],
)
def test_wrong_arguments_raise(wrong, message):
    with pytest.raises(ValueError, match=message):
        wrong()


def test_every_metric_takes_a_dtype():
    for name in metrics.__all__:
        kind = getattr(metrics, name)
        if isinstance(kind, type) and issubclass(kind, metrics.Metric) and name not in ("Metric", "MeanMetricWrapper"):
            made = kind(num_classes=2, dtype="float64") if name == "MeanIoU" else kind(dtype="float64")
            assert made.dtype == "float64"
    mean = metrics.Mean(dtype="float64")
    mean.update_state(np.array([0.1, 0.2]))
    assert mean.result().numpy().dtype == np.float64
