"""Losses of distributions and with margins: against what they mean, and beside PyTorch's."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import tensor
from nn import functional as F

RNG = np.random.default_rng(1)
X, Y, Z = RNG.normal(size=(3, 4, 5))
SIGNS = np.where(RNG.random((4, 5)) < 0.5, -1.0, 1.0)
CLASSES, POSITIVE = RNG.integers(0, 5, 4), np.abs(Z) + 0.1
LABELS = np.array([[0, 3, -1, 2, 1], [-1] * 5, [4, 4, 1, 0, 2], [2, -1, 0, -1, 3]])

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
    *[("gaussian_nll_loss", [X, Y, POSITIVE], o) for o in ({}, {"full": True}, {"eps": 0.5})],
    *[("gaussian_nll_loss", [X, Y, var], {}) for var in (POSITIVE[:, 0], POSITIVE[:, :1], POSITIVE[:1])],
    *[("poisson_nll_loss", [POSITIVE, np.round(POSITIVE * 2)], {"log_input": log, "full": full})
      for log in (False, True) for full in (False, True)],
]  # fmt: skip


#: Those whose target has no gradient in PyTorch, or NaN.
CONSTANT_TARGETS = ("soft_margin_loss", "poisson_nll_loss")


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize(("name", "arrays", "options"), CASES)
def test_a_loss_is_pytorchs(name, arrays, options, reduction):
    torch = pytest.importorskip("torch")
    results = []
    for make, functional in ((tensor, F), (torch.tensor, torch.nn.functional)):
        values = [np.array(x, float) if x.dtype == bool else x for x in arrays]
        trained = 1 if name in CONSTANT_TARGETS else len(values)
        inputs = [make(x, requires_grad=x.dtype == float and i < trained) for i, x in enumerate(values)]
        given = {key: make(value) if isinstance(value, np.ndarray) else value for key, value in options.items()}
        loss = getattr(functional, name)(*inputs, reduction=reduction, **given)
        weights = make(np.linspace(0.5, 1.5, loss.numel()).reshape(tuple(loss.shape)))
        (loss * weights).sum().backward()
        results.append([loss.detach().numpy(), *[x.grad.numpy() for x in inputs if x.grad is not None]])
    assert len(results[0]) == len(results[1])
    for ours, theirs in zip(*results):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("name", "arrays", "options"), CASES)
def test_a_module_holds_the_options_of_its_function(name, arrays, options):
    kinds = {
        "margin_ranking_loss": "MarginRankingLoss", "hinge_embedding_loss": "HingeEmbeddingLoss",
        "cosine_embedding_loss": "CosineEmbeddingLoss", "triplet_margin_loss": "TripletMarginLoss",
        "triplet_margin_with_distance_loss": "TripletMarginWithDistanceLoss", "soft_margin_loss": "SoftMarginLoss",
        "multi_margin_loss": "MultiMarginLoss", "multilabel_margin_loss": "MultiLabelMarginLoss",
        "multilabel_soft_margin_loss": "MultiLabelSoftMarginLoss", "gaussian_nll_loss": "GaussianNLLLoss",
        "poisson_nll_loss": "PoissonNLLLoss",
    }  # fmt: skip
    given = {key: tensor(value) if isinstance(value, np.ndarray) else value for key, value in options.items()}
    inputs = [tensor(x) for x in arrays]
    expected = getattr(F, name)(*inputs, reduction="sum", **given)
    assert getattr(nn, kinds[name])(reduction="sum", **given)(*inputs).item() == expected.item()


# -- what they mean, without PyTorch ------------------------------------------------------------------------


def test_a_loss_is_0_when_the_margin_is_kept_and_grows_in_a_line_beyond():
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


def test_the_normal_and_the_poisson_loss_are_logarithms_of_densities():
    full = F.gaussian_nll_loss(tensor([1.0]), tensor([3.0]), tensor([4.0]), full=True).item()
    assert full == pytest.approx(-math.log(math.exp(-((3 - 1) ** 2) / 8) / math.sqrt(8 * math.pi)), rel=1e-6)
    # Stirling's formula for log(20!) is off by less than 1 / 240.
    full = F.poisson_nll_loss(tensor([18.0]), tensor([20.0]), log_input=False, full=True).item()
    assert abs(full + math.log(18.0**20 * math.exp(-18) / math.factorial(20))) < 1 / 200


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
def test_ctc_is_pytorchs(reduction, concatenated):
    torch = pytest.importorskip("torch")
    logits, ends, sizes = RNG.normal(size=(9, 3, 4)), [9, 5, 7], [3, 0, 2]
    rows = np.array([[1, 1, 3, 2], [2, 2, 2, 2], [3, 1, 1, 1]])
    labels = np.concatenate([row[:n] for row, n in zip(rows, sizes)]) if concatenated else rows
    results = []
    for make, library in ((tensor, autograd), (torch.tensor, torch)):
        x = make(logits, requires_grad=True)
        loss = library.nn.functional.ctc_loss(x.log_softmax(2), make(labels), ends, sizes, reduction=reduction)
        loss.sum().backward()
        results.append((loss.detach().numpy(), x.grad.numpy()))
    for ours, theirs in zip(*results):
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_ctc_of_one_sequence_without_a_batch_is_a_number():
    log_p, labels = autograd.log_softmax(tensor(RNG.normal(size=(6, 4))), 1), tensor([1, 2])
    alone = F.ctc_loss(log_p, labels, [6], [2], reduction="none")
    batch = F.ctc_loss(log_p[:, None], labels[None], [6], [2], reduction="none")
    assert alone.shape == () and batch.shape == (1,)
    assert alone.item() == batch.item() == F.ctc_loss(log_p, labels, [6], [2], reduction="sum").item()


def test_the_old_form_of_a_reduction_warns_and_holds():
    x, y = tensor([1.0, 2.0]), tensor([0.0, 0.0])
    for flags, chosen in (({"size_average": False}, "sum"), ({"reduce": False}, "none"), ({"reduce": True}, "mean")):
        with pytest.warns(UserWarning, match=f"please use reduction='{chosen}' instead"):
            loss = F.mse_loss(x, y, **flags)
        assert loss.tolist() == F.mse_loss(x, y, reduction=chosen).tolist()
        with pytest.warns(UserWarning, match=f"please use reduction='{chosen}' instead"):
            assert nn.CrossEntropyLoss(**flags).reduction == chosen


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
def test_bad_input_is_named(call, kind, message):
    with pytest.raises(kind, match=message):
        call(tensor([[1.0, 2.0, 3.0], [0.5, 0.0, -1.0]]))
