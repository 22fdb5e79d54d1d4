"""Comparison with Keras, if TensorFlow is installed: initializers, activations, losses, metrics and optimizers."""

import numpy as np
import pytest

from tests.nn.keras.beside_keras import BOTH, MARKS, classes, close, data, ours, tensorflow, tf, theirs

pytestmark = MARKS


@pytest.mark.parametrize(
    "name",
    ["zeros", "ones", "random_normal", "random_uniform", "truncated_normal", "glorot_uniform", "glorot_normal",
     "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "orthogonal"],
)  # fmt: skip
def test_initializers_have_the_same_distribution(name):
    mine, other = (np.sort(np.ravel(K.initializers.get(name)((3, 3, 40, 60)))) for K in BOTH)
    spread = max(other.std(), 1e-9)
    assert abs(mine.mean() - other.mean()) < 0.05 * spread + 1e-6
    assert abs(mine.std() - other.std()) <= 0.03 * spread
    for share in (0, 0.1, 0.25, 0.75, 0.9, 1):
        at = min(int(share * len(mine)), len(mine) - 1)
        assert abs(mine[at] - other[at]) <= (1.5 if share in (0, 1) else 0.06) * spread + 1e-6


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softmax", "elu", "selu", "gelu", "softplus", "softsign",
                                  "swish", "hard_sigmoid", "exponential", "leaky_relu", "relu6", "mish",
                                  "log_softmax"])  # fmt: skip
def test_activations_match(name):
    x = data(4, 5, low=-5, high=5)
    close(ours.activations.get(name)(tf.constant(x)).numpy(), theirs.activations.get(name)(x).numpy(), atol=1e-5)


LOSSES = [
    "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error",
    "huber", "log_cosh", "kl_divergence", "poisson", "hinge", "squared_hinge", "categorical_hinge", "cosine_similarity",
]  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
def test_losses_and_their_gradients_match(name):
    y, p = data(6, 4, low=0.1), data(6, 4, seed=3, low=0.05)
    y[0], y[1] = [1, 0, 0, 0], p[1]
    title = {"log_cosh": "LogCosh", "kl_divergence": "KLDivergence"}.get(name, name.title().replace("_", ""))
    found = []
    for engine, K in ((tf, ours), (tensorflow, theirs)):
        x = engine.Variable(p)
        with engine.GradientTape() as tape:
            values = K.losses.get(name)(y, x)
        whole = getattr(K.losses, title)(reduction="sum")(y, x, sample_weight=np.arange(6.0))
        each = getattr(K.metrics, {"LogCosh": "LogCoshError", "Huber": "MeanSquaredError"}.get(title, title))()
        each.update_state(y, p)
        found.append([np.asarray(v) for v in (values, tape.gradient(values, x), whole, each.result())])
    for mine, other in zip(*found, strict=True):
        close(mine, other, rtol=1e-3, atol=1e-5)


METRICS = {
    "precision": lambda K: K.metrics.Precision(),
    "recall": lambda K: K.metrics.Recall(thresholds=[0.3, 0.6]),
    "auc": lambda K: K.metrics.AUC(),
    "false positives": lambda K: K.metrics.FalsePositives(0.4),
    "true negatives": lambda K: K.metrics.TrueNegatives(),
    "root mean squared error": lambda K: K.metrics.RootMeanSquaredError(),
    "binary accuracy": lambda K: K.metrics.BinaryAccuracy(threshold=0.3),
}


@pytest.mark.parametrize("name", METRICS)
def test_metrics_match(name):
    mine, other = (METRICS[name](K) for K in BOTH)
    assert mine.name == other.name
    for seed in range(2):
        true, pred = classes(2, (30, 1), seed), data(30, 1, seed=seed, low=0)
        for metric in (mine, other):
            metric.update_state(true, pred)
            metric.update_state(true, pred, sample_weight=np.linspace(0, 1, 30))
        close(mine.result().numpy(), np.asarray(other.result()))
    mine.reset_state(), other.reset_state()
    close(mine.result().numpy(), np.asarray(other.result()))


@pytest.mark.parametrize("threshold", [None, 0.4])
@pytest.mark.parametrize("average", [None, "micro", "macro", "weighted"])
def test_f1_scores_match(average, threshold):
    mine, other = (K.metrics.F1Score(average, threshold) for K in BOTH)
    for metric in (mine, other):
        metric.update_state(data(7, 3) > 0, data(7, 3, seed=1))
        metric.update_state(data(9, 3, seed=2) > 0, data(9, 3, seed=3), data(9, low=0.0))
    close(mine.result().numpy(), other.result().numpy())


def test_top_k_accuracies_match():
    p = data(20, 6)
    for k in (1, 3):
        for kind, y in (("Sparse", classes(6, 20)), ("", np.eye(6)[classes(6, 20)])):
            mine, other = (getattr(K.metrics, f"{kind}TopKCategoricalAccuracy")(k=k) for K in BOTH)
            close(mine(y, p).numpy(), np.asarray(other(y, p)))


OPTIMIZERS = {
    "adamw": lambda K: K.optimizers.AdamW(0.01, weight_decay=0.1),
    "adamax": lambda K: K.optimizers.Adamax(0.01),
    "nadam": lambda K: K.optimizers.Nadam(0.01),
    "adadelta": lambda K: K.optimizers.Adadelta(1.0),
    "weight decay": lambda K: K.optimizers.SGD(0.1, momentum=0.9, weight_decay=0.05),
    "exponential": lambda K: K.optimizers.SGD(K.optimizers.schedules.ExponentialDecay(0.5, 3, 0.5)),
    "staircase": lambda K: K.optimizers.Adam(K.optimizers.schedules.InverseTimeDecay(0.5, 3, 0.5, staircase=True)),
    "piecewise constant": lambda K: K.optimizers.SGD(
        K.optimizers.schedules.PiecewiseConstantDecay([2, 4], [0.5, 0.2, 0.1])
    ),
    "polynomial": lambda K: K.optimizers.SGD(K.optimizers.schedules.PolynomialDecay(0.5, 4, power=2.0, cycle=True)),
    "cosine": lambda K: K.optimizers.SGD(
        K.optimizers.schedules.CosineDecay(0.1, 4, 0.1, warmup_target=0.5, warmup_steps=3)
    ),
}


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_optimizers_match(name):
    start, g = data(3, 2), data(9, 3, 2, seed=5)
    w, v = tf.Variable(start), theirs.Variable(start)
    mine, other = (OPTIMIZERS[name](K) for K in BOTH)
    for step in range(9):
        mine.apply_gradients([(tf.constant(g[step]), w)])
        other.apply_gradients([(tensorflow.constant(g[step]), v)])
        close(w.numpy(), np.asarray(v), rtol=1e-4, atol=1e-6)
    close(float(mine.learning_rate), float(other.learning_rate), rtol=1e-5)
