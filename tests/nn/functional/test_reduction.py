"""Corners of the losses: bounds from both sides, ties, zeros, empty and bare inputs, and where a warning points."""

import math
import warnings

import numpy as np
import pytest

import autograd
import nn
import nn.functional as F
from autograd import tensor

RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(2, 3, 4))


def values(*numbers):
    return tensor(np.array(numbers))


# -- which reduction, and which way -------------------------------------------------------------------------

PAIRS = [F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.hinge_embedding_loss, F.soft_margin_loss,
         F.binary_cross_entropy_with_logits, F.poisson_nll_loss, F.multilabel_soft_margin_loss]  # fmt: skip


@pytest.mark.parametrize("size_average", [None, True, False])
@pytest.mark.parametrize("reduce", [None, True, False])
@pytest.mark.parametrize("loss", PAIRS)
def test_the_old_flags_choose_a_reduction(loss, reduce, size_average):
    x, t = tensor(X), tensor(np.sign(Y))
    chosen = "none" if reduce is False else "sum" if size_average is False else "mean"
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        found = loss(x, t, size_average=size_average, reduce=reduce)
    assert found.tolist() == loss(x, t, reduction=chosen).tolist()
    assert [w.filename for w in seen] == ([] if size_average is None and reduce is None else [__file__])


def test_warnings_point_to_the_call():
    x, wide = tensor(X), tensor(Y[:1])
    for loss in (F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss):
        with pytest.warns(UserWarning, match="Using a target size") as seen:
            loss(x, wide)
        assert [w.filename for w in seen] == [__file__]
    with pytest.warns(UserWarning, match="'mean' divides the total loss") as seen:
        F.kl_div(x, tensor(abs(Y)))
    assert seen[0].filename == __file__
    with pytest.warns(UserWarning, match="please use reduction='sum'") as seen:
        nn.MSELoss(size_average=False)
    assert seen[0].filename == __file__


@pytest.mark.parametrize(
    ("fused", "options"),
    [
        (True, {}),
        (True, {"ignore_index": 4}),
        (True, {"ignore_index": -1}),
        (False, {"ignore_index": 3}),
        (False, {"ignore_index": 0}),
        (False, {"reduction": "sum"}),
        (False, {"label_smoothing": 0.1}),
        (False, {"weight": tensor(np.ones(4))}),
    ],
)
def test_the_common_case_is_one_primitive(fused, options):
    x = tensor(X, requires_grad=True)
    loss = F.cross_entropy(x, tensor([1, 2, 2]), **options)
    assert (loss.grad_fn.name() == "CrossEntropyBackward0") == fused
    expected = -F.log_softmax(tensor(X), 1).numpy()[[0, 1, 2], [1, 2, 2]]
    if "label_smoothing" not in options:
        assert loss.item() == pytest.approx(expected.sum() if "reduction" in options else expected.mean())


def test_mse_is_one_primitive_only_of_one_shape_and_type():
    x = tensor(X, requires_grad=True)
    name = lambda loss: loss.grad_fn.name()
    assert name(F.mse_loss(x, tensor(Y))) == "MseLossBackward0"
    narrow = F.mse_loss(x, tensor(Y).float())
    assert name(narrow) != "MseLossBackward0" and narrow.dtype == autograd.float64
    assert name(F.mse_loss(x, tensor(Y), reduction="sum")) != "MseLossBackward0"


@pytest.mark.parametrize("ignored", [0, 3])
def test_the_first_and_the_last_class_can_be_ignored(ignored):
    target = [ignored, 1, 2]
    expected = F.cross_entropy(tensor(X[1:]), tensor(target[1:])).item()
    assert F.cross_entropy(tensor(X), tensor(target), ignore_index=ignored).item() == pytest.approx(expected)


# -- bounds -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "kind", "match"),
    [
        *[(lambda v=v: F.huber_loss(values(1.0), values(0.0), delta=v), RuntimeError, "non-pos") for v in (0, -0.5)],
        *[(lambda v=v: F.smooth_l1_loss(values(1.0), values(0.0), beta=v), RuntimeError, "neg") for v in (-0.5, -1)],
        *[(lambda v=v: F.binary_cross_entropy(values(v), values(1.0)), RuntimeError, "of input") for v in (-0.1, 1.1)],
        *[(lambda v=v: F.binary_cross_entropy(values(0.5), values(v)), RuntimeError, "of target") for v in (-0.1, 1.1)],
        *[
            (lambda v=v: F.cross_entropy(tensor(X), tensor([0, 1, v])), IndexError, f"Target {v} is out of bounds")
            for v in (-1, 4)
        ],
        *[
            (lambda v=v: F.cross_entropy(tensor(X), tensor([0, 1, 2]), label_smoothing=v), RuntimeError, "between 0.0")
            for v in (-0.1, 1.1)
        ],
        *[
            (lambda n=n: F.cross_entropy(tensor(X[0]), tensor([0] * n).long()), RuntimeError, "multi-target")
            for n in (0, 2)
        ],
        (lambda: F.cross_entropy(values(1.0)[0], tensor(0)), RuntimeError, "multi-target"),
        (lambda: F.cross_entropy(tensor(X), tensor(0)), ValueError, r"\(3\) to match target batch_size \(1\)"),
        (lambda: F.cross_entropy(tensor(X), tensor([0, 1])), ValueError, r"to match target batch_size \(2\)"),
        (lambda: F.cross_entropy(tensor(X), tensor([0] * 4)), ValueError, r"to match target batch_size \(4\)"),
        (lambda: F.cross_entropy(tensor(X), tensor([True] * 3)), RuntimeError, "to be an integer type"),
        (lambda: F.cross_entropy(tensor(X[..., None]), tensor([0] * 3)), RuntimeError, r"target size \[3, 1\], got"),
        (lambda: F.cross_entropy(tensor(X), tensor(abs(Y)), ignore_index=0), RuntimeError, "ignore_index"),
        (lambda: F.cross_entropy(tensor(X), tensor(abs(Y)), values(1.0)), RuntimeError, "cross_entropy: weight tensor"),
        (lambda: F.nll_loss(tensor(X), tensor([0] * 3), tensor(np.ones((4, 1)))), RuntimeError, "weight tensor should"),
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
            (lambda p=p: F.multi_margin_loss(tensor(X), tensor([0] * 3), p), ValueError, "only p == 1 and p == 2")
            for p in (0, 1.5, 3)
        ],
        *[
            (lambda n=n: F.multi_margin_loss(tensor(X), tensor([0, 1, n])), RuntimeError, "target out of range")
            for n in (-1, 4)
        ],
        *[
            (lambda n=n: F.multi_margin_loss(tensor(X), tensor([0] * n)), RuntimeError, "inconsistent target size")
            for n in (2, 4)
        ],
        (lambda: F.multi_margin_loss(tensor(X[0]), tensor([0, 1])), RuntimeError, "inconsistent target size"),
        (lambda: F.multi_margin_loss(tensor(X[None]), tensor([0])), RuntimeError, "inconsistent target size"),
        *[
            (
                lambda n=n: F.multi_margin_loss(tensor(X), tensor([0] * 3), weight=tensor(np.ones(n))),
                RuntimeError,
                f"inconsistent weight size, expected 4 but got .{n}",
            )
            for n in (3, 5)
        ],
        (lambda: F.multilabel_margin_loss(tensor(X[None]), tensor([[[0] * 4] * 3])), RuntimeError, "inconsistent"),
        *[(lambda v=v: F.gaussian_nll_loss(tensor(X), tensor(Y), v), ValueError, "negative") for v in (-0.01, -1.0)],
    ],
)  # fmt: skip
def test_a_loss_refuses_what_lies_outside_its_bounds(call, kind, match):
    with pytest.raises(kind, match=match):
        call()


def test_a_loss_takes_the_bounds_themselves():
    one, zero = values(1.0), values(0.0)
    assert F.huber_loss(one, zero, delta=0.5).item() == 0.5 * 0.75
    assert F.huber_loss(one, zero, delta=1).item() == 0.5
    assert F.smooth_l1_loss(one, zero, beta=0).item() == 1
    assert F.smooth_l1_loss(one, zero, beta=0.5).item() == 0.75
    log_p = F.log_softmax(tensor(X), 1).numpy()
    assert F.cross_entropy(tensor(X), tensor([0, 1, 2]), label_smoothing=1).item() == pytest.approx(-log_p.mean())
    shares = tensor(abs(Y))
    assert F.cross_entropy(tensor(X), shares, ignore_index=-1).item() == F.cross_entropy(tensor(X), shares).item()
    assert F.triplet_margin_loss(tensor(X), tensor(X), tensor(Y), margin=0.5, p=1).item() == 0
    assert nn.TripletMarginLoss(margin=0.5).margin == nn.TripletMarginWithDistanceLoss(margin=0.5).margin == 0.5


# -- bare inputs --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{}, {"weight": values(0.5, 1.0, 2.0, 3.0)}, {"label_smoothing": 0.2}])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_one_row_is_a_batch_of_one(options, reduction):
    row, batch = tensor(X[0]), tensor(X[:1])
    given = {"reduction": reduction, **options}
    for target in (tensor(2), tensor([2]), tensor(abs(Y[0]))):
        batched = target.reshape(1, -1) if target.numel() > 1 else target.reshape(1)
        expected = F.cross_entropy(batch, batched, **given)
        found = F.cross_entropy(row, target, **given)
        np.testing.assert_allclose(found.numpy().ravel(), expected.numpy().ravel(), rtol=1e-12)
        if reduction == "none":
            assert found.shape == (target.shape if target.numel() == 1 else ())


def test_numbers_without_dims_have_losses():
    x, y = tensor(0.75, dtype=autograd.float64), tensor(0.25, dtype=autograd.float64)
    for loss, expected in ((F.mse_loss, 0.25), (F.l1_loss, 0.5), (F.huber_loss, 0.125), (F.hinge_embedding_loss, 1.0)):
        assert loss(x, y).shape == () and loss(x, y).item() == expected
    assert F.kl_div(x, y, reduction="batchmean").item() == pytest.approx(0.25 * (math.log(0.25) - 0.75))
    assert F.multi_margin_loss(x, tensor(0)).item() == 0
    assert F.multilabel_margin_loss(x, tensor(0)).item() == 0
    assert F.multilabel_margin_loss(tensor(X[:, :0]), tensor(X[:, :0]).long(), reduction="none").tolist() == [0, 0, 0]


def test_kl_divides_by_the_rows():
    shares = tensor(abs(np.tile(Y[:, None], (1, 2, 1))))
    x = tensor(np.tile(X[:, None], (1, 2, 1)))
    assert F.kl_div(x, shares, reduction="batchmean").item() == pytest.approx(
        F.kl_div(x, shares, reduction="sum").item() / 3
    )


def test_factors_that_sum_to_nothing_leave_no_mean():
    weight = values(0.0, 0.0, 1.0, 1.0)
    assert math.isnan(F.nll_loss(tensor(X), tensor([0, 1, 0]), weight).item())
    assert F.nll_loss(tensor(X), tensor([0, 2, 0]), weight).item() == pytest.approx(-X[1, 2])
    assert F.nll_loss(tensor(X), tensor([0, 1, 0]), weight, reduction="sum").item() == 0


# -- ties and other targets ---------------------------------------------------------------------------------


def test_at_a_tie_the_gradient_of_a_margin_is_0():
    x = values([2.0, 1.0, 0.5, 2.0]).requires_grad_()
    F.multi_margin_loss(x, tensor([0]), reduction="sum").backward()
    assert x.grad.tolist() == [[-0.25, 0, 0, 0.25]]
    x.grad = None
    F.multilabel_margin_loss(x, tensor([[0, -1, 1, 1]]), reduction="sum").backward()
    assert x.grad.tolist() == [[-0.25, 0, 0, 0.25]]


def test_targets_between_the_signs_belong_to_both_or_none():
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


def test_stirling_counts_above_1():
    t = np.array([0.0, 0.5, 1.0, 1.5, 2.0])
    loss = lambda full: F.poisson_nll_loss(tensor(t * 0), tensor(t), full=full, reduction="none").numpy()
    counts = np.maximum(t, 1)
    stirling = np.where(t > 1, counts * np.log(counts) - counts + 0.5 * np.log(2 * np.pi * counts), 0)
    np.testing.assert_allclose(loss(True) - loss(False), stirling, rtol=1e-12)
    assert F.poisson_nll_loss(values(0.0), values(2.0), log_input=False).item() == pytest.approx(-2 * math.log(1e-8))


def test_variances_below_the_least_count_as_it():
    x, y = values(1.0, 1.0, 1.0), values(3.0, 3.0, 3.0)
    formula = lambda v: (math.log(v) + 4 / v) / 2
    found = F.gaussian_nll_loss(x, y, values(0.0, 0.25, 4.0), eps=0.5, reduction="none")
    np.testing.assert_allclose(found.numpy(), [formula(0.5), formula(0.5), formula(4.0)])
    assert F.gaussian_nll_loss(x, y, 2.0).item() == pytest.approx(formula(2.0))
    assert F.gaussian_nll_loss(x, y, 0.0).item() == pytest.approx(formula(1e-6))
    assert F.gaussian_nll_loss(x, y, 2.0, full=True).item() == pytest.approx(formula(2) + math.log(2 * math.pi) / 2)


# -- alignments ---------------------------------------------------------------------------------------------


def log_p(steps, count, classes):
    return tensor(RNG.normal(size=(steps, count, classes))).log_softmax(-1)


def test_sequences_without_steps_or_labels():
    x, labels = log_p(4, 4, 3), tensor([[1, 2], [1, 2], [1, 2], [1, 1]])
    found = F.ctc_loss(x, labels, [0, 0, 4, 2], [0, 1, 0, 2], reduction="none").tolist()
    assert found[:2] == [0, math.inf] and found[3] == math.inf
    assert found[2] == pytest.approx(-x[:, 2, 0].sum().item())
    zero = F.ctc_loss(x, labels, [0, 0, 4, 2], [0, 1, 0, 2], reduction="none", zero_infinity=True).tolist()
    assert zero == [0, 0, found[2], 0]
    whole = F.ctc_loss(x, labels, [0, 0, 4, 2], [0, 1, 0, 2], zero_infinity=True).item()
    assert whole == pytest.approx(found[2] / 4)


def test_an_unlikely_alignment_is_not_an_impossible_one():
    x = tensor(np.full((2, 1, 2), -1e5))
    assert F.ctc_loss(x, tensor([[1, 1]]), [2], [1], reduction="sum").item() == pytest.approx(
        2e5 - math.log(3), rel=1e-12
    )
    nothing = tensor(np.full((2, 1, 2), -np.inf))
    assert F.ctc_loss(nothing, tensor([[1]]), [2], [1], reduction="sum").item() == math.inf
    assert F.ctc_loss(nothing, tensor([[1]]), [2], [1], reduction="sum", zero_infinity=True).item() == 0


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
def test_labels_and_lengths_must_fit(labels, given, taken, match):
    with pytest.raises(RuntimeError, match=match):
        F.ctc_loss(log_p(3, 2, 3), tensor(labels), given, taken)


@pytest.mark.parametrize("blank", [-1, 3])
def test_a_blank_is_a_class(blank):
    with pytest.raises(RuntimeError, match=f"blank must be in label range: got {blank} for 3 classes"):
        F.ctc_loss(log_p(3, 2, 3), tensor([[1], [1]]), [3, 3], [1, 1], blank=blank)


def test_labels_beyond_their_length_do_not_count():
    x = log_p(5, 2, 3)
    padded = F.ctc_loss(x, tensor([[1, 2, -1, 99], [2, 1, 1, 0]]), [5, 4], [2, 3], reduction="none").tolist()
    in_a_row = F.ctc_loss(x, tensor([1, 2, 2, 1, 1]), [5, 4], [2, 3], reduction="none").tolist()
    alone = [
        F.ctc_loss(x[:, 0], tensor([1, 2]), [5], [2], reduction="sum").item(),
        F.ctc_loss(x[:4, 1], tensor([2, 1, 1]), [4], [3], reduction="sum").item(),
    ]
    assert padded == pytest.approx(alone) and in_a_row == pytest.approx(alone)


def test_options_that_have_no_place_in_the_order_are_named():
    with pytest.raises(TypeError, match="positional argument"):
        nn.GaussianNLLLoss(True)
    with pytest.raises(TypeError, match="positional argument"):
        nn.TripletMarginWithDistanceLoss(F.pairwise_distance)
