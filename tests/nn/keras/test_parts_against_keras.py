"""Comparison with Keras: initializers, activations, losses, metrics and optimizers."""

import numpy as np
import pytest

import autograd.tensorflow as ours
from tests.tools.answers import assert_alike
from tests.tools.beside_keras import agree, classes, data


@pytest.mark.parametrize(
    "name",
    ["zeros", "ones", "random_normal", "random_uniform", "truncated_normal", "glorot_uniform", "glorot_normal",
     "he_normal", "he_uniform", "lecun_normal", "lecun_uniform", "orthogonal"],
)  # fmt: skip
def test_initializers_have_the_same_distribution(name, answers):
    def moments(tf):
        """The mean, the deviation, and the smallest, some middle and the largest weights."""
        tf.keras.utils.set_random_seed(0)
        found = np.sort(np.ravel(tf.keras.initializers.get(name)((3, 3, 40, 60))))
        at = [min(int(share * len(found)), len(found) - 1) for share in (0, 1, 0.1, 0.25, 0.75, 0.9)]
        return float(found.mean()), float(found.std()), found[at].astype(float)

    (mean, deviation, ranked), (center, spread, others) = moments(ours), answers("tensorflow", moments)
    spread = max(spread, 1e-9)
    assert abs(mean - center) < 0.05 * spread + 1e-6
    assert abs(deviation - spread) <= 0.03 * spread + 1e-9
    assert_alike(ranked[:2], others[:2], rtol=0, atol=1.5 * spread + 1e-6)
    assert_alike(ranked[2:], others[2:], rtol=0, atol=0.06 * spread + 1e-6)


@pytest.mark.parametrize("name", ["relu", "sigmoid", "tanh", "softmax", "elu", "selu", "gelu", "softplus", "softsign",
                                  "swish", "hard_sigmoid", "exponential", "leaky_relu", "relu6", "mish",
                                  "log_softmax"])  # fmt: skip
def test_activations_match(name, answers):
    x = data(4, 5, low=-5, high=5)
    agree(answers, lambda tf: tf.keras.activations.get(name)(tf.constant(x)), atol=1e-5)


LOSSES = [
    "mean_squared_error", "mean_absolute_error", "mean_absolute_percentage_error", "mean_squared_logarithmic_error",
    "huber", "log_cosh", "kl_divergence", "poisson", "hinge", "squared_hinge", "categorical_hinge", "cosine_similarity",
]  # fmt: skip


@pytest.mark.parametrize("name", LOSSES)
def test_losses_and_their_gradients_match(name, answers):
    y, p = data(6, 4, low=0.1), data(6, 4, seed=3, low=0.05)
    y[0], y[1] = [1, 0, 0, 0], p[1]
    title = {"log_cosh": "LogCosh", "kl_divergence": "KLDivergence"}.get(name, name.title().replace("_", ""))
    metric = {"LogCosh": "LogCoshError", "Huber": "MeanSquaredError"}.get(title, title)

    def results(tf):
        K, x = tf.keras, tf.Variable(p)
        with tf.GradientTape() as tape:
            values = K.losses.get(name)(y, x)
        whole = getattr(K.losses, title)(reduction="sum")(y, x, sample_weight=np.arange(6.0))
        each = getattr(K.metrics, metric)()
        each.update_state(y, p)
        return values, tape.gradient(values, x), whole, each.result()

    agree(answers, results, rtol=1e-3, atol=1e-5)


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
def test_metrics_match(name, answers):
    def results(tf):
        metric, found = METRICS[name](tf.keras), []
        for seed in range(2):
            true, pred = classes(2, (30, 1), seed), data(30, 1, seed=seed, low=0)
            metric.update_state(true, pred)
            metric.update_state(true, pred, sample_weight=np.linspace(0, 1, 30))
            found.append(metric.result())
        metric.reset_state()
        return metric.name, [*found, metric.result()]

    agree(answers, results)


@pytest.mark.parametrize("threshold", [None, 0.4])
@pytest.mark.parametrize("average", [None, "micro", "macro", "weighted"])
def test_f1_scores_match(average, threshold, answers):
    def results(tf):
        metric = tf.keras.metrics.F1Score(average, threshold)
        metric.update_state(data(7, 3) > 0, data(7, 3, seed=1))
        metric.update_state(data(9, 3, seed=2) > 0, data(9, 3, seed=3), data(9, low=0.0))
        return metric.result()

    agree(answers, results)


def test_top_k_accuracies_match(answers):
    def results(tf):
        metrics, p, y = tf.keras.metrics, data(20, 6), classes(6, 20)
        return [
            found
            for k in (1, 3)
            for found in (
                metrics.SparseTopKCategoricalAccuracy(k=k)(y, p), metrics.TopKCategoricalAccuracy(k=k)(np.eye(6)[y], p)
            )
        ]  # fmt: skip

    agree(answers, results)


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
def test_optimizers_match(name, answers):
    def path(tf):
        """The weights after each step, and the last learning rate."""
        g, optimizer, found = data(9, 3, 2, seed=5), OPTIMIZERS[name](tf.keras), []
        w = (tf if tf is ours else tf.keras).Variable(data(3, 2))
        for step in range(9):
            optimizer.apply_gradients([(tf.constant(g[step]), w)])
            found.append(w.numpy().copy())
        return found, float(optimizer.learning_rate)

    agree(answers, path, rtol=1e-4, atol=1e-6)
