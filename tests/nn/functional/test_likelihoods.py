"""Negative log-likelihoods, CTC among them: values by their formulas, gradients, bounds, and agreement with PyTorch."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

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


def every(formula, *arrays):
    return np.array([formula(*map(float, numbers)) for numbers in zip(*map(np.ravel, arrays))]).reshape(arrays[0].shape)


def stirling(t):
    return t * math.log(t) - t + 0.5 * math.log(2 * math.pi * t) if t > 1 else 0.0


COUNTS = np.round(POSITIVE * 2)


FORMULAS = {
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
    *[("gaussian_nll_loss", [X, Y, POSITIVE], o) for o in ({}, {"full": True}, {"eps": 0.5})],
    *[("gaussian_nll_loss", [X, Y, var], {}) for var in (POSITIVE[:, 0], POSITIVE[:, :1], POSITIVE[:1])],
    *[
        ("poisson_nll_loss", [POSITIVE, np.round(POSITIVE * 2)], {"log_input": log, "full": full})
        for log in (False, True)
        for full in (False, True)
    ],
]


#: The losses whose target has no gradient in PyTorch, or NaN.
CONSTANT_TARGETS = ("poisson_nll_loss",)


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
    kinds = {"gaussian_nll_loss": "GaussianNLLLoss", "poisson_nll_loss": "PoissonNLLLoss"}
    given = {key: tensor(value) if isinstance(value, np.ndarray) else value for key, value in options.items()}
    inputs = [tensor(x) for x in arrays]
    expected = getattr(F, name)(*inputs, reduction="sum", **given)
    assert getattr(nn, kinds[name])(reduction="sum", **given)(*inputs).item() == expected.item()


def test_the_normal_and_the_poisson_loss_are_negative_log_densities():
    full = F.gaussian_nll_loss(tensor([1.0]), tensor([3.0]), tensor([4.0]), full=True).item()
    assert full == pytest.approx(-math.log(math.exp(-((3 - 1) ** 2) / 8) / math.sqrt(8 * math.pi)), rel=1e-6)
    # Stirling's formula for log(20!) is off by less than 1 / 240.
    full = F.poisson_nll_loss(tensor([18.0]), tensor([20.0]), log_input=False, full=True).item()
    assert abs(full + math.log(18.0**20 * math.exp(-18) / math.factorial(20))) < 1 / 200


def test_stirlings_formula_is_added_above_1():
    t = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
    loss = lambda full: F.poisson_nll_loss(tensor(t * 0), tensor(t), full=full, reduction="none").numpy()
    counts = np.maximum(t, 1)
    stirling = np.where(t > 1, counts * np.log(counts) - counts + 0.5 * np.log(2 * np.pi * counts), 0)
    np.testing.assert_allclose(loss(True) - loss(False), stirling, rtol=1e-12)
    assert F.poisson_nll_loss(values(0.0), values(2.0), log_input=False).item() == pytest.approx(-2 * math.log(1e-8))


def test_variances_below_eps_are_replaced_by_eps():
    x, y = values(1.0, 1.0, 1.0), values(3.0, 3.0, 3.0)
    formula = lambda v: (math.log(v) + 4 / v) / 2
    found = F.gaussian_nll_loss(x, y, values(0.0, 0.25, 4.0), eps=0.5, reduction="none")
    np.testing.assert_allclose(found.numpy(), [formula(0.5), formula(0.5), formula(4.0)])
    assert F.gaussian_nll_loss(x, y, 2.0).item() == pytest.approx(formula(2.0))
    assert F.gaussian_nll_loss(x, y, 0.0).item() == pytest.approx(formula(1e-6))
    assert F.gaussian_nll_loss(x, y, 2.0, full=True).item() == pytest.approx(formula(2) + math.log(2 * math.pi) / 2)


def test_a_variance_for_each_row_broadcasts_over_the_last_dim():
    x, y, variance = RNG.normal(size=(2, 3, 4)), RNG.normal(size=(2, 3, 4)), RNG.random((2, 3)) + 0.1
    expected = (np.log(variance)[..., None] + (x - y) ** 2 / variance[..., None]) / 2
    ours = F.gaussian_nll_loss(tensor(x), tensor(y), tensor(variance), reduction="none")
    np.testing.assert_allclose(ours.numpy(), expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "kind", "match"),
    [
        *[(lambda v=v: F.gaussian_nll_loss(tensor(X), tensor(Y), v), ValueError, "negative") for v in (-0.01, -1.0)],
    ],
)
def test_negative_variances_are_refused(call, kind, match):
    with pytest.raises(kind, match=match):
        call()


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda x: F.gaussian_nll_loss(x, x, x - 5), ValueError, "var has negative entry/entries"),
        (lambda x: F.gaussian_nll_loss(x, x, x[0, :1]), ValueError, "var is of incorrect size"),
        (lambda x: F.gaussian_nll_loss(x, x, x[:, :2] * 0), ValueError, "var is of incorrect size"),
        (lambda x: F.gaussian_nll_loss(x, x, x[:1, :1] * 0), ValueError, "var is of incorrect size"),
        (lambda x: F.gaussian_nll_loss(x, x, x[None] * 0), ValueError, "var is of incorrect size"),
        (lambda x: F.poisson_nll_loss(x, x, reduction="most"), ValueError, "most is not a valid value for reduction"),
        (lambda x: F.ctc_loss(x, tensor([[1]]), [2], [1], blank=7), RuntimeError, "blank must be in label range"),
        (lambda x: F.ctc_loss(x, tensor([[1]]), [3], [1]), RuntimeError, "input_lengths to have value at most 2"),
        (lambda x: F.ctc_loss(x, tensor([[1]]), [2], [2]), RuntimeError, "size at least 2 at dimension 1"),
        (lambda x: F.ctc_loss(x, tensor([[1]]), [2, 2], [1]), RuntimeError, "a length for each of 1 sequences"),
        (lambda x: F.ctc_loss(x[0], tensor([[1]]), [2], [1]), RuntimeError, "of 2 or 3 dims, but got 1"),
        (lambda x: F.ctc_loss(x[None, None], tensor([[1]]), [2], [1]), RuntimeError, "of 2 or 3 dims, but got 4"),
        (lambda x: F.ctc_loss(x, tensor([[[1]]]), [2], [1]), RuntimeError, "size at least 1 at dimension 1"),
        (lambda x: F.ctc_loss(x, tensor([[1], [2]]), [2], [1]), RuntimeError, "size at least 1 at dimension 1"),
        (lambda x: F.ctc_loss(x, tensor([1, 2, 1]), [2], [1]), RuntimeError, "size at least 1 at dimension 1"),
    ],
)
def test_error_messages(call, kind, message):
    with pytest.raises(kind, match=message):
        call(tensor([[1.0, 2.0, 3.0], [0.5, 0.0, -1.0]]))


# -- CTC ----------------------------------------------------------------------------------------------------


def log_p(steps, count, classes):
    return tensor(RNG.normal(size=(steps, count, classes))).log_softmax(-1)


@st.composite
def alignments(draw):
    steps, classes = draw(st.integers(1, 4)), draw(st.integers(2, 3))
    blank = draw(st.integers(0, classes - 1))
    labels = draw(st.lists(st.integers(0, classes - 1).filter(lambda c: c != blank), max_size=3))
    seed = draw(st.integers(0, 99))
    return steps, classes, blank, labels, seed


def collapsed(path, blank):
    return [c for c, _ in itertools.groupby(path) if c != blank]


@given(alignments())
def test_ctc_sums_over_all_alignments(drawn):
    steps, classes, blank, labels, seed = drawn
    logits = tensor(np.random.default_rng(seed).normal(size=(steps, 1, classes)), requires_grad=True)
    log_p = autograd.log_softmax(logits, 2)
    p = np.exp(log_p.detach().numpy()[:, 0])
    paths = [path for path in itertools.product(range(classes), repeat=steps) if collapsed(path, blank) == labels]
    total = sum(math.prod(p[t, c] for t, c in enumerate(path)) for path in paths)
    targets = tensor(np.array([labels], np.int64).reshape(1, -1))
    options = {"blank": blank, "reduction": "sum"}
    loss = F.ctc_loss(log_p, targets, [steps], [len(labels)], **options)
    if not total:
        assert loss.item() == math.inf
        finite = F.ctc_loss(log_p, targets, [steps], [len(labels)], zero_infinity=True, **options)
        finite.backward()
        assert finite.item() == 0 and not logits.grad.numpy().any()
        return
    assert loss.item() == pytest.approx(-math.log(total), rel=1e-9)
    loss.backward()
    # d(-log P)/d logits is the softmax minus how often, on average, each class is taken at each step.
    taken = np.zeros((steps, classes))
    for path in paths:
        for t, c in enumerate(path):
            taken[t, c] += math.prod(p[u, d] for u, d in enumerate(path)) / total
    np.testing.assert_allclose(logits.grad.numpy()[:, 0], p - taken, atol=1e-9)


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("concatenated", [False, True])
def test_ctc_agrees_with_pytorch(reduction, concatenated, answers):
    logits, ends, sizes = np.random.default_rng(3).normal(size=(9, 3, 4)), [9, 5, 7], [3, 0, 2]
    rows = np.array([[1, 1, 3, 2], [2, 2, 2, 2], [3, 1, 1, 1]])
    labels = np.concatenate([row[:n] for row, n in zip(rows, sizes)]) if concatenated else rows

    def results(library):
        x = library.tensor(logits, requires_grad=True)
        log_p = x.log_softmax(2)
        loss = library.nn.functional.ctc_loss(log_p, library.tensor(labels), ends, sizes, reduction=reduction)
        loss.sum().backward()
        return loss, x.grad

    assert_alike(results(autograd), answers("torch", results), rtol=1e-9, atol=1e-12)


def test_ctc_of_an_unbatched_sequence_is_a_scalar():
    log_p, labels = autograd.log_softmax(tensor(RNG.normal(size=(6, 4))), 1), tensor([1, 2])
    alone = F.ctc_loss(log_p, labels, [6], [2], reduction="none")
    batch = F.ctc_loss(log_p[:, None], labels[None], [6], [2], reduction="none")
    assert alone.shape == () and batch.shape == (1,)
    assert alone.item() == batch.item() == F.ctc_loss(log_p, labels, [6], [2], reduction="sum").item()


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_the_mean_of_ctc_divides_by_the_number_of_labels(reduction):
    x = log_p(6, 3, 4)
    labels, given, taken = tensor([[1, 2, 3], [2, 2, 0], [3, 0, 0]]), tensor([6, 6, 4]), tensor([3, 2, 1])
    each = F.ctc_loss(x, labels, given, taken, reduction="none").numpy()
    expected = (each / [3, 2, 1]).mean() if reduction == "mean" else each.sum()
    assert F.ctc_loss(x, labels, given, taken, reduction=reduction).item() == pytest.approx(expected, rel=1e-12)


def test_ctc_of_sequences_without_steps_or_labels():
    x, labels = log_p(4, 4, 3), tensor([[1, 2], [1, 2], [1, 2], [1, 1]])
    found = F.ctc_loss(x, labels, [0, 0, 4, 2], [0, 1, 0, 2], reduction="none").tolist()
    assert found[:2] == [0, math.inf] and found[3] == math.inf
    assert found[2] == pytest.approx(-x[:, 2, 0].sum().item())
    zero = F.ctc_loss(x, labels, [0, 0, 4, 2], [0, 1, 0, 2], reduction="none", zero_infinity=True).tolist()
    assert zero == [0, 0, found[2], 0]
    whole = F.ctc_loss(x, labels, [0, 0, 4, 2], [0, 1, 0, 2], zero_infinity=True).item()
    assert whole == pytest.approx(found[2] / 4)


def test_ctc_of_an_unlikely_alignment_is_finite():
    x = tensor(np.full((2, 1, 2), -1e5))
    assert F.ctc_loss(x, tensor([[1, 1]]), [2], [1], reduction="sum").item() == pytest.approx(
        2e5 - math.log(3), rel=1e-12
    )
    nothing = tensor(np.full((2, 1, 2), -np.inf))
    assert F.ctc_loss(nothing, tensor([[1]]), [2], [1], reduction="sum").item() == math.inf
    assert F.ctc_loss(nothing, tensor([[1]]), [2], [1], reduction="sum", zero_infinity=True).item() == 0


def test_ctc_ignores_labels_beyond_their_length():
    x = log_p(5, 2, 3)
    padded = F.ctc_loss(x, tensor([[1, 2, -1, 99], [2, 1, 1, 0]]), [5, 4], [2, 3], reduction="none").tolist()
    in_a_row = F.ctc_loss(x, tensor([1, 2, 2, 1, 1]), [5, 4], [2, 3], reduction="none").tolist()
    alone = [
        F.ctc_loss(x[:, 0], tensor([1, 2]), [5], [2], reduction="sum").item(),
        F.ctc_loss(x[:4, 1], tensor([2, 1, 1]), [4], [3], reduction="sum").item(),
    ]
    assert padded == pytest.approx(alone) and in_a_row == pytest.approx(alone)


@pytest.mark.parametrize(
    ("labels", "given", "taken", "match"),
    [
        ([[-1], [1]], [3, 3], [1, 1], "expected labels from 0 to 2"),
        ([[1], [3]], [3, 3], [1, 1], "expected labels from 0 to 2"),
        ([[1], [1]], [3, 4], [1, 1], "input_lengths to have value at most 3"),
        ([[1], [1]], [3, -1], [1, 1], "input_lengths to have value at most 3"),
        ([[1], [1]], [3], [1, 1], "a length for each of 2 sequences, but got 1"),
        ([[1], [1]], [3, 3, 3], [1, 1], "a length for each of 2 sequences, but got 3"),
        ([[1], [1]], [3, 3], [1, 1, 1], "a length for each of 2 sequences, but got 3"),
        ([[1]], [3, 3], [1, 1], "size at least 1 at dimension 1"),
        ([[1]] * 3, [3, 3], [1, 1], "size at least 1 at dimension 1"),
        ([1, 1, 1], [3, 3], [1, 1], "size at least 1 at dimension 1"),
        ([1], [3, 3], [1, 1], "size at least 1 at dimension 1"),
        ([[1], [1]], [3, 3], [1, 2], "size at least 2 at dimension 1"),
    ],
)
def test_ctc_refuses_labels_and_lengths_that_do_not_match(labels, given, taken, match):
    with pytest.raises(RuntimeError, match=match):
        F.ctc_loss(log_p(3, 2, 3), tensor(labels), given, taken)


@pytest.mark.parametrize("blank", [-1, 3])
def test_ctc_refuses_a_blank_that_is_not_a_class(blank):
    with pytest.raises(RuntimeError, match=f"blank must be in label range: got {blank} for 3 classes"):
        F.ctc_loss(log_p(3, 2, 3), tensor([[1], [1]]), [3, 3], [1, 1], blank=blank)


def test_ctc_refuses_fewer_concatenated_labels_than_the_lengths_say():
    with pytest.raises(RuntimeError, match="at dimension 1"):
        F.ctc_loss(log_p(6, 2, 4), tensor([1, 2, 3]), tensor([6, 6]), tensor([2, 2]))
