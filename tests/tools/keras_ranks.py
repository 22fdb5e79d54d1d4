"""Losses and metrics of values and weights in all shapes, which ours and Keras compute alike."""

import itertools
import zlib

import numpy as np

N, M = 4, 3
#: The shapes of the true values and of the predictions.
SHAPES = {
    "(N,) (N,)": ((N,), (N,)), "(N, 1) (N, 1)": ((N, 1), (N, 1)), "(N,) (N, 1)": ((N,), (N, 1)),
    "(N, 1) (N,)": ((N, 1), (N,)), "(N, M) (N, M)": ((N, M), (N, M)), "(N, M, 1) (N, M)": ((N, M, 1), (N, M)),
    "(N, M) (N, M, 1)": ((N, M), (N, M, 1)), "(N, M, M) (N, M, M)": ((N, M, M), (N, M, M)),
}  # fmt: skip
SPARSE_SHAPES = {
    "(N,) (N, M)": ((N,), (N, M)), "(N, 1) (N, M)": ((N, 1), (N, M)), "(N, M) (N, M, M)": ((N, M), (N, M, M)),
    "(N, M, 1) (N, M, M)": ((N, M, 1), (N, M, M)),
}  # fmt: skip
WEIGHTS = {"none": None, "()": (), "(N,)": (N,), "(N, 1)": (N, 1), "(N, M)": (N, M), "(N, M, 1)": (N, M, 1)}
LOSSES = [
    "MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredLogarithmicError", "Huber",
    "LogCosh", "KLDivergence", "Poisson", "Hinge", "SquaredHinge", "CategoricalHinge", "CosineSimilarity",
    "BinaryCrossentropy", "CategoricalCrossentropy", "SparseCategoricalCrossentropy",
]  # fmt: skip
METRICS = [
    "Accuracy", "BinaryAccuracy", "CategoricalAccuracy", "SparseCategoricalAccuracy", "TopKCategoricalAccuracy",
    "SparseTopKCategoricalAccuracy", "MeanSquaredError", "MeanAbsoluteError", "MeanAbsolutePercentageError",
    "MeanSquaredLogarithmicError", "LogCoshError", "KLDivergence", "Poisson", "Hinge", "SquaredHinge",
    "CategoricalHinge", "CosineSimilarity", "BinaryCrossentropy", "CategoricalCrossentropy",
    "SparseCategoricalCrossentropy", "RootMeanSquaredError", "R2Score", "F1Score", "Precision", "Recall", "AUC",
    "TruePositives", "FalseNegatives",
]  # fmt: skip
REDUCTIONS = ("sum_over_batch_size", "sum", "none", "mean_with_sample_weight")


def names():
    return [*(("losses", name) for name in LOSSES), *(("metrics", name) for name in METRICS)]


def results(keras, family, name):
    """The value of a loss or metric for every combination of shapes, by the names of the shapes; None for an error."""
    found = {}
    sparse = name.startswith("Sparse")
    for (shapes, (true, pred)), (weights, shape) in itertools.product(
        (SPARSE_SHAPES if sparse else SHAPES).items(), WEIGHTS.items()
    ):
        label = f"{shapes} weights {weights}"
        rng = np.random.default_rng(zlib.crc32(f"{name} {label}".encode()))
        p = rng.uniform(0.05, 0.95, pred).astype(np.float32)
        y = rng.integers(0, M if sparse else 2, true).astype(np.float32)
        p = np.round(p) if name == "Accuracy" else p
        w = None if shape is None else rng.uniform(0.1, 2.0, shape).astype(np.float32)
        options = {"k": 2} if "TopK" in name else {}
        if family == "losses":
            options["reduction"] = REDUCTIONS[len(found) % len(REDUCTIONS)]
        found[label] = _answer(getattr(getattr(keras, family), name)(**options), y, p, w)
    return found


def _answer(loss_or_metric, y, p, w):
    try:
        if not hasattr(loss_or_metric, "update_state"):
            return np.asarray(loss_or_metric(y, p, sample_weight=w))
        loss_or_metric.update_state(y, p, sample_weight=w)
        halves = None if w is None else w[:2] if w.ndim else w
        loss_or_metric.update_state(y[:2], p[:2], sample_weight=halves)
        return np.asarray(loss_or_metric.result())
    except Exception:  # any kind: Keras' and TensorFlow's differ
        return None
