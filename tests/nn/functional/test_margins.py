"""Margin losses: values by their formulas, gradients by differences, ties, bounds, and agreement with PyTorch."""

import math

import numpy as np
import pytest

import autograd
import nn
from autograd import tensor
from autograd.testing import gradcheck
from nn import functional as F
from tests.tools.answers import assert_alike

RNG = np.random.default_rng(2)
X, Y, Z = RNG.normal(size=(3, 4, 5))
SIGNS = np.where(RNG.random((4, 5)) < 0.5, -1.0, 1.0)
CLASSES, POSITIVE = RNG.integers(0, 5, 4), np.abs(Z) + 0.1
LABELS = np.array([[0, 3, -1, 2, 1], [-1] * 5, [4, 4, 1, 0, 2], [2, -1, 0, -1, 3]])


def values(*numbers):
    return tensor(np.array(numbers))


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


FORMULAS = {
    "margin_ranking_loss": (
        [X, Y, SIGNS],
        {"margin": 0.5},
        every(lambda x, y, t: max(0, -t * (x - y) + 0.5), X, Y, SIGNS),
    ),
    "hinge_embedding_loss": (
        [X, SIGNS],
        {"margin": 0.7},
        every(lambda x, t: x if t == 1 else max(0, 0.7 - x), X, SIGNS),
    ),
    "cosine_embedding_loss": (
        [X, Y, SIGNS[:, 0]],
        {"margin": -0.3},
        rows(lambda x, y, t: 1 - cosine(x, y) if t == 1 else max(0, cosine(x, y) + 0.3), X, Y, SIGNS[:, 0]),
    ),
    "triplet_margin_loss": (
        [X, Y, Z],
        {"margin": 2.0},
        rows(lambda a, p, n: max(0, 2 + distance(a, p) - distance(a, n)), X, Y, Z),
    ),
    "triplet_margin_loss swapped": (
        [X, Y, Z],
        {"margin": 2.0, "swap": True, "p": 3.0, "eps": 1e-3},
        rows(
            lambda a, p, n: max(0, 2 + distance(a, p, 3, 1e-3) - min(distance(a, n, 3, 1e-3), distance(p, n, 3, 1e-3))),
            X,
            Y,
            Z,
        ),
    ),
    "soft_margin_loss": ([X, SIGNS], {}, every(lambda x, t: math.log(1 + math.exp(-t * x)), X, SIGNS)),
    "multi_margin_loss": ([X, CLASSES], {"margin": 0.6}, rows(lambda x, t: multi_margin(x, t, 1, 0.6), X, CLASSES)),
    "multi_margin_loss squared": (
        [X, CLASSES],
        {"p": 2, "weight": tensor(Z[0])},
        rows(lambda x, t: multi_margin(x, t, 2, 1, Z[0]), X, CLASSES),
    ),
    "multilabel_margin_loss": ([X, LABELS], {}, rows(multilabel_margin, X, LABELS)),
    "multilabel_soft_margin_loss": (
        [X, (SIGNS > 0) * 1.0],
        {"weight": tensor(Z[0])},
        rows(lambda x, t: multilabel_soft_margin(x, t, Z[0]), X, (SIGNS > 0) * 1.0),
    ),
}


@pytest.mark.parametrize("name", FORMULAS)
def test_values_follow_the_formula_and_gradients_the_slope(name):
    arrays, options, expected = FORMULAS[name]
    function = getattr(F, name.split()[0])
    inputs = [tensor(x) for x in arrays]
    for reduction, reduced in {"none": np.asarray, "sum": np.sum, "mean": np.mean}.items():
        found = function(*inputs, reduction=reduction, **options).numpy()
        np.testing.assert_allclose(found, reduced(expected), rtol=1e-9, atol=1e-9)
    inputs[0].requires_grad_()
    assert gradcheck(lambda *xs: function(*xs, **options), inputs)


#: A function's name, its arguments, and its options.
CASES = [
    *[("margin_ranking_loss", [X, Y, SIGNS], {"margin": m}) for m in (0.0, 0.5)],
    *[("hinge_embedding_loss", [X, SIGNS], {"margin": m}) for m in (1.0, 0.2)],
    *[("cosine_embedding_loss", [X, Y, SIGNS[:, 0]], {"margin": m}) for m in (0.0, 0.3)],
    ("cosine_embedding_loss", [X, Y, np.array([1.0, -2.0, 0.0, 2.0])], {}),
    ("cosine_embedding_loss", [X[0], Y[0], np.array(-1.0)], {"margin": -0.9}),
    *[("triplet_margin_loss", [X, Y, Z], o) for o in ({}, {"swap": True, "margin": 2.0}, {"p": 1.0, "eps": 1e-3})],
    ("triplet_margin_with_distance_loss", [X, Y, Z], {"swap": True}),
    ("soft_margin_loss", [X, SIGNS], {}),
    *[("multi_margin_loss", [X, CLASSES], o) for o in ({}, {"p": 2}, {"margin": 0.3, "weight": POSITIVE[0]})],
    ("multi_margin_loss", [X[0], CLASSES[:1]], {}),
    ("multilabel_margin_loss", [X, LABELS], {}),
    ("multilabel_margin_loss", [X[0], LABELS[0]], {}),
    *[("multilabel_soft_margin_loss", [X, SIGNS > 0], o) for o in ({}, {"weight": POSITIVE[0]})],
]


#: The losses whose target has no gradient in PyTorch.
CONSTANT_TARGETS = ("soft_margin_loss",)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(("name", "arrays", "options"), CASES)
def test_values_and_gradients_agree_with_pytorch(name, arrays, options, reduction, answers):
    def results(library):
        values = [np.array(x, float) if x.dtype == bool else x for x in arrays]
        trained = 1 if name in CONSTANT_TARGETS else len(values)
        inputs = [library.tensor(x, requires_grad=x.dtype == float and i < trained) for i, x in enumerate(values)]
        given = {key: library.tensor(x) if isinstance(x, np.ndarray) else x for key, x in options.items()}
        loss = getattr(library.nn.functional, name)(*inputs, reduction=reduction, **given)
        weights = library.tensor(np.linspace(0.5, 1.5, loss.numel()).reshape(tuple(loss.shape)))
        (loss * weights).sum().backward()
        return [loss, *[x.grad for x in inputs if x.grad is not None]]

    assert_alike(results(autograd), answers("torch", results), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("name", "arrays", "options"), CASES)
def test_a_loss_layer_equals_its_function(name, arrays, options):
    kinds = {
        "margin_ranking_loss": "MarginRankingLoss", "hinge_embedding_loss": "HingeEmbeddingLoss",
        "cosine_embedding_loss": "CosineEmbeddingLoss", "triplet_margin_loss": "TripletMarginLoss",
        "triplet_margin_with_distance_loss": "TripletMarginWithDistanceLoss", "soft_margin_loss": "SoftMarginLoss",
        "multi_margin_loss": "MultiMarginLoss", "multilabel_margin_loss": "MultiLabelMarginLoss",
        "multilabel_soft_margin_loss": "MultiLabelSoftMarginLoss",
    }  # fmt: skip
    given = {key: tensor(value) if isinstance(value, np.ndarray) else value for key, value in options.items()}
    inputs = [tensor(x) for x in arrays]
    expected = getattr(F, name)(*inputs, reduction="sum", **given)
    assert getattr(nn, kinds[name])(reduction="sum", **given)(*inputs).item() == expected.item()


def test_a_loss_is_0_beyond_the_margin_and_linear_below_it():
    one = tensor([1.0])
    assert F.margin_ranking_loss(tensor([3.0]), tensor([1.0]), one, margin=1.5).item() == 0
    assert F.margin_ranking_loss(tensor([1.0]), tensor([3.0]), one, margin=1.5).item() == 3.5
    assert F.hinge_embedding_loss(tensor([3.0]), -one, margin=2.0).item() == 0
    assert F.hinge_embedding_loss(tensor([0.5]), -one, margin=2.0).item() == 1.5
    assert F.multi_margin_loss(tensor([[3.0, 1.0, 2.5]]), tensor([0])).item() == pytest.approx(0.5 / 3)
    near, far = tensor([[0.0, 0.0]]), tensor([[0.0, 9.0]])
    assert F.triplet_margin_loss(near, near, far).item() == 0
    assert F.triplet_margin_loss(near, far, near, eps=0.0).item() == 10
    assert F.cosine_embedding_loss(tensor([[1.0, 0.0]]), tensor([[5.0, 0.0]]), one).item() == pytest.approx(0)
    assert F.soft_margin_loss(tensor([1000.0]), -one).item() == 1000


def test_the_gradient_at_a_tie_is_0():
    x = values([2.0, 1.0, 0.5, 2.0]).requires_grad_()
    F.multi_margin_loss(x, tensor([0]), reduction="sum").backward()
    assert x.grad.tolist() == [[-0.25, 0, 0, 0.25]]
    x.grad = None
    F.multilabel_margin_loss(x, tensor([[0, -1, 1, 1]]), reduction="sum").backward()
    assert x.grad.tolist() == [[-0.25, 0, 0, 0.25]]


def test_targets_other_than_1_and_minus_1():
    x, t = values(0.2, 0.4, 0.6, 3.0, 0.1, 0.3), values(1.0, -1.0, 0.0, 0.0, 2.0, -2.0)
    expected = [0.2, 0.6, 0.6 + 0.4, 3.0, 0.1 + 0.9, 0.3 + 0.7]
    np.testing.assert_allclose(F.hinge_embedding_loss(x, t, reduction="none").numpy(), expected)
    ones = tensor(np.ones((6, 2)))
    assert F.cosine_embedding_loss(ones, ones, t, reduction="none").numpy().round(9).tolist() == [0, 1, 0, 0, 0, 0]
    assert F.cosine_embedding_loss(ones, -ones, t, reduction="none").numpy().round(9).tolist() == [2, 0, 0, 0, 0, 0]


def test_the_cosine_of_a_tiny_vector_is_small():
    tiny, unit = values([1e-6, 0.0], [0.0, 0.0]), values([1.0, 0.0], [1.0, 0.0])
    found = F.cosine_embedding_loss(tiny, unit, values(1.0, 1.0), reduction="none").numpy()
    np.testing.assert_allclose(found, [1 - math.sqrt(0.5), 1], rtol=1e-9)
    found = F.cosine_embedding_loss(unit, tiny, values(1.0, 1.0), reduction="none").numpy()
    np.testing.assert_allclose(found, [1 - math.sqrt(0.5), 1], rtol=1e-9)


def test_zero_dimensional_and_empty_inputs():
    x, y = tensor(0.75, dtype=autograd.float64), tensor(0.25, dtype=autograd.float64)
    assert F.hinge_embedding_loss(x, y).shape == () and F.hinge_embedding_loss(x, y).item() == 1.0
    assert F.multi_margin_loss(x, tensor(0)).item() == 0
    assert F.multilabel_margin_loss(x, tensor(0)).item() == 0
    with pytest.raises(RuntimeError, match="non-empty vector or matrix"):
        F.multilabel_margin_loss(tensor(X[:3, :0]), tensor(X[:3, :0]).long(), reduction="none")


def test_a_margin_below_1_is_accepted():
    assert F.triplet_margin_loss(tensor(X), tensor(X), tensor(Y), margin=0.5, p=1).item() == 0
    assert nn.TripletMarginLoss(margin=0.5).margin == nn.TripletMarginWithDistanceLoss(margin=0.5).margin == 0.5


@pytest.mark.parametrize(
    ("call", "kind", "match"),
    [
        *[
            (lambda n=n: F.triplet_margin_loss(tensor(X), tensor(X), tensor(Y), margin=n), ValueError, "greater than 0")
            for n in (0, -0.5)
        ],
        *[(lambda n=n: nn.TripletMarginLoss(margin=n), ValueError, f"MarginLoss: .*, got {n}") for n in (0, -0.5)],
        *[
            (lambda n=n: nn.TripletMarginWithDistanceLoss(margin=n), ValueError, f"DistanceLoss: .*, got {n}")
            for n in (0, -0.5)
        ],
        *[(lambda p=p: nn.MultiMarginLoss(p), ValueError, "only p == 1 and p == 2") for p in (0, 1.5, 3)],
        *[
            (lambda p=p: F.multi_margin_loss(tensor(X), tensor([0] * 4), p), ValueError, "only p == 1 and p == 2")
            for p in (0, 1.5, 3)
        ],
        *[
            (lambda n=n: F.multi_margin_loss(tensor(X), tensor([0, 1, 2, n])), RuntimeError, "target out of range")
            for n in (-1, 5)
        ],
        *[
            (lambda n=n: F.multi_margin_loss(tensor(X), tensor([0] * n)), RuntimeError, "inconsistent target size")
            for n in (2, 5)
        ],
        (lambda: F.multi_margin_loss(tensor(X[0]), tensor([0, 1])), RuntimeError, "inconsistent target size"),
        (lambda: F.multi_margin_loss(tensor(X[None]), tensor([0])), RuntimeError, "inconsistent target size"),
        *[
            (
                lambda n=n: F.multi_margin_loss(tensor(X), tensor([0] * 4), weight=tensor(np.ones(n))),
                RuntimeError,
                f"inconsistent weight size, expected 5 but got .{n}",
            )
            for n in (3, 6)
        ],
        (lambda: F.multilabel_margin_loss(tensor(X[None]), tensor([[[0] * 5] * 4])), RuntimeError, "inconsistent"),
    ],
)
def test_margins_powers_and_targets_out_of_range_are_refused(call, kind, match):
    with pytest.raises(kind, match=match):
        call()


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda x: F.triplet_margin_loss(x, x, x, margin=0), ValueError, "margin must be greater than 0, got 0"),
        (lambda x: nn.TripletMarginLoss(margin=-1), ValueError, "expected margin to be greater than 0, got -1"),
        (lambda x: F.multi_margin_loss(x, tensor([0, 1]), p=3), ValueError, "only p == 1 and p == 2 supported"),
        (lambda x: F.multi_margin_loss(x, tensor([0, 9])), RuntimeError, "target out of range"),
        (lambda x: F.multi_margin_loss(x, tensor([0.0, 1.0])), RuntimeError, "expected integer class indices"),
        (lambda x: F.multilabel_margin_loss(x, x), RuntimeError, "expected integer class indices"),
        (lambda x: F.soft_margin_loss(x, [1.0]), TypeError, "the target of a loss must be Tensor, not list"),
        (lambda x: F.multilabel_soft_margin_loss(x.sum(), x.sum()), IndexError, "expected an input of shape"),
        (lambda x: F.multi_margin_loss(x, tensor([0])), RuntimeError, "inconsistent target size"),
        (lambda x: F.multilabel_margin_loss(x, tensor([0])), RuntimeError, "inconsistent target size"),
        (lambda x: F.cosine_embedding_loss(x, x, x), RuntimeError, "2D target tensor expects 3D input tensors"),
        (lambda x: F.cosine_embedding_loss(x, x, x[0, 0]), RuntimeError, "0D target tensor expects 1D input tensors"),
        (lambda x: F.cosine_embedding_loss(x, x[0], x[0]), RuntimeError, "1D target tensor expects 2D input tensors"),
        (lambda x: F.cosine_embedding_loss(x[None], x[None], x[0]), RuntimeError, "1D target tensor expects 2D input"),
        (lambda x: F.margin_ranking_loss(x, x, x[0]), RuntimeError, "should have same dimension"),
    ],
)
def test_error_messages(call, kind, message):
    with pytest.raises(kind, match=message):
        call(tensor([[1.0, 2.0, 3.0], [0.5, 0.0, -1.0]]))


@pytest.mark.parametrize("shapes", [((1, 2, 3), (2, 3), (2,)), ((2, 3), (1, 2, 3), (2,)), ((2, 3), (2, 3), (1, 2))])
def test_cosine_embedding_refuses_inputs_of_different_dims(shapes):
    with pytest.raises(RuntimeError, match="target tensor expects"):
        F.cosine_embedding_loss(*(tensor(np.ones(shape)) for shape in shapes))


@pytest.mark.parametrize("label", [-2, 2])
def test_multilabel_margin_refuses_labels_that_are_not_classes(label):
    with pytest.raises(RuntimeError, match="target is out of range"):
        F.multilabel_margin_loss(tensor([0.1, 0.2]), tensor([0, label]))


def test_triplet_margin_refuses_inputs_of_different_dims():
    with pytest.raises(RuntimeError, match="dim"):
        F.triplet_margin_loss(tensor(X), tensor(X), tensor(X[0]))
