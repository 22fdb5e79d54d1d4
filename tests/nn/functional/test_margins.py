"""Losses of margins and likelihoods by their formulas, number by number, and their gradients by differences."""

import math

import numpy as np
import pytest

import nn.functional as F
from autograd import tensor
from autograd.testing import gradcheck

RNG = np.random.default_rng(2)
X, Y, Z = RNG.normal(size=(3, 4, 5))
SIGNS = np.where(RNG.random((4, 5)) < 0.5, -1.0, 1.0)
CLASSES, POSITIVE = RNG.integers(0, 5, 4), np.abs(Z) + 0.1
LABELS = np.array([[0, 3, -1, 2, 1], [-1] * 5, [4, 4, 1, 0, 2], [2, -1, 0, -1, 3]])


def rows(formula, *arrays):
    return np.array([formula(*row) for row in zip(*arrays)])


def every(formula, *arrays):
    return np.array([formula(*map(float, numbers)) for numbers in zip(*map(np.ravel, arrays))]).reshape(arrays[0].shape)


def distance(x, y, p=2.0, eps=1e-6):
    return sum(abs(a - b + eps) ** p for a, b in zip(x, y)) ** (1 / p)


def cosine(x, y):
    return sum(x * y) / math.sqrt(sum(x * x) * sum(y * y))


def multi_margin(x, t, p=1, margin=1.0, weight=None):
    weight = np.ones(len(x)) if weight is None else weight
    return sum(weight[t] * max(0.0, margin - x[t] + x[i]) ** p for i in range(len(x)) if i != t) / len(x)


def multilabel_margin(x, labels):
    ours = [int(t) for t in labels[: list(labels).index(-1) if -1 in labels else None]]
    others = [i for i in range(len(x)) if i not in ours]
    return sum(max(0.0, 1 - (x[t] - x[i])) for t in ours for i in others) / len(x)


def multilabel_soft_margin(x, t, weight=1.0):
    p = 1 / (1 + np.exp(-x))
    return np.mean(-weight * (t * np.log(p) + (1 - t) * np.log(1 - p)))


def stirling(t):
    return t * math.log(t) - t + 0.5 * math.log(2 * math.pi * t) if t > 1 else 0.0


COUNTS = np.round(POSITIVE * 2)
CASES = {
    "margin_ranking_loss": (
        [X, Y, SIGNS], {"margin": 0.5}, every(lambda x, y, t: max(0, -t * (x - y) + 0.5), X, Y, SIGNS)
    ),
    "hinge_embedding_loss": (
        [X, SIGNS], {"margin": 0.7}, every(lambda x, t: x if t == 1 else max(0, 0.7 - x), X, SIGNS)
    ),
    "cosine_embedding_loss": (
        [X, Y, SIGNS[:, 0]],
        {"margin": -0.3},
        rows(lambda x, y, t: 1 - cosine(x, y) if t == 1 else max(0, cosine(x, y) + 0.3), X, Y, SIGNS[:, 0]),
    ),
    "triplet_margin_loss": (
        [X, Y, Z], {"margin": 2.0}, rows(lambda a, p, n: max(0, 2 + distance(a, p) - distance(a, n)), X, Y, Z)
    ),
    "triplet_margin_loss swapped": (
        [X, Y, Z],
        {"margin": 2.0, "swap": True, "p": 3.0, "eps": 1e-3},
        rows(
            lambda a, p, n: max(
                0, 2 + distance(a, p, 3, 1e-3) - min(distance(a, n, 3, 1e-3), distance(p, n, 3, 1e-3))
            ),
            X, Y, Z,
        ),
    ),
    "soft_margin_loss": ([X, SIGNS], {}, every(lambda x, t: math.log(1 + math.exp(-t * x)), X, SIGNS)),
    "multi_margin_loss": ([X, CLASSES], {"margin": 0.6}, rows(lambda x, t: multi_margin(x, t, 1, 0.6), X, CLASSES)),
    "multi_margin_loss squared": (
        [X, CLASSES], {"p": 2, "weight": tensor(Z[0])}, rows(lambda x, t: multi_margin(x, t, 2, 1, Z[0]), X, CLASSES)
    ),
    "multilabel_margin_loss": ([X, LABELS], {}, rows(multilabel_margin, X, LABELS)),
    "multilabel_soft_margin_loss": (
        [X, (SIGNS > 0) * 1.0],
        {"weight": tensor(Z[0])},
        rows(lambda x, t: multilabel_soft_margin(x, t, Z[0]), X, (SIGNS > 0) * 1.0),
    ),
    "gaussian_nll_loss": (
        [X, Y, POSITIVE],
        {"full": True},
        every(lambda x, t, v: (math.log(2 * math.pi * v) + (x - t) ** 2 / v) / 2, X, Y, POSITIVE),
    ),
    "gaussian_nll_loss of a row": (
        [X, Y, POSITIVE[:, 0]],
        {},
        every(lambda x, t, v: (math.log(v) + (x - t) ** 2 / v) / 2, X, Y, np.repeat(POSITIVE[:, :1], 5, 1)),
    ),
    "poisson_nll_loss": ([X, COUNTS], {}, every(lambda x, t: math.exp(x) - t * x, X, COUNTS)),
    "poisson_nll_loss of rates": (
        [POSITIVE, COUNTS],
        {"log_input": False, "full": True},
        every(lambda r, t: r - t * math.log(r + 1e-8) + stirling(t), POSITIVE, COUNTS),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_loss_is_its_formula_and_its_gradient_the_slope(name):
    arrays, options, expected = CASES[name]
    function = getattr(F, name.split()[0])
    inputs = [tensor(x) for x in arrays]
    for reduction, reduced in {"none": np.asarray, "sum": np.sum, "mean": np.mean}.items():
        found = function(*inputs, reduction=reduction, **options).numpy()
        np.testing.assert_allclose(found, reduced(expected), rtol=1e-9, atol=1e-9)
    inputs[0].requires_grad_()
    assert gradcheck(lambda *xs: function(*xs, **options), inputs)


@pytest.mark.parametrize("shapes", [((1, 2, 3), (2, 3), (2,)), ((2, 3), (1, 2, 3), (2,)), ((2, 3), (2, 3), (1, 2))])
def test_inputs_with_other_numbers_of_dims_are_refused(shapes):
    with pytest.raises(RuntimeError, match="target tensor expects"):
        F.cosine_embedding_loss(*(tensor(np.ones(shape)) for shape in shapes))


@pytest.mark.parametrize("label", [-2, 2])
def test_labels_that_are_no_classes_are_refused(label):
    with pytest.raises(RuntimeError, match="target is out of range"):
        F.multilabel_margin_loss(tensor([0.1, 0.2]), tensor([0, label]))


def test_probabilities_take_no_index_to_ignore():
    p = tensor(np.full((2, 2), 0.5))
    with pytest.raises(RuntimeError, match="ignore_index is not supported"):
        F.cross_entropy(tensor(X[:2, :2]), p, ignore_index=0)


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_ctc_is_reduced_per_label(reduction):
    log_p = tensor(RNG.normal(size=(6, 3, 4))).log_softmax(-1)
    labels, given, taken = tensor([[1, 2, 3], [2, 2, 0], [3, 0, 0]]), tensor([6, 6, 4]), tensor([3, 2, 1])
    each = F.ctc_loss(log_p, labels, given, taken, reduction="none").numpy()
    expected = (each / [3, 2, 1]).mean() if reduction == "mean" else each.sum()
    assert F.ctc_loss(log_p, labels, given, taken, reduction=reduction).item() == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("smoothing", [-0.5, 1.5])
def test_smoothing_beyond_all_is_refused(smoothing):
    with pytest.raises(RuntimeError, match="label_smoothing must be between"):
        F.cross_entropy(tensor(X), tensor(CLASSES), label_smoothing=smoothing)


def test_a_variance_for_each_row_serves_its_last_dim():
    x, y, variance = RNG.normal(size=(2, 3, 4)), RNG.normal(size=(2, 3, 4)), RNG.random((2, 3)) + 0.1
    expected = (np.log(variance)[..., None] + (x - y) ** 2 / variance[..., None]) / 2
    ours = F.gaussian_nll_loss(tensor(x), tensor(y), tensor(variance), reduction="none")
    np.testing.assert_allclose(ours.numpy(), expected, rtol=1e-12)


def test_labels_in_a_row_must_be_as_many_as_their_lengths_say():
    log_p = tensor(RNG.normal(size=(6, 2, 4))).log_softmax(-1)
    with pytest.raises(RuntimeError, match="at dimension 1"):
        F.ctc_loss(log_p, tensor([1, 2, 3]), tensor([6, 6]), tensor([2, 2]))


def test_a_triplet_of_other_dims_is_refused():
    with pytest.raises(RuntimeError, match="dim"):
        F.triplet_margin_loss(tensor(X), tensor(X), tensor(X[0]))
