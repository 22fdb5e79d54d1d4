"""Cross entropy and negative log-likelihood of classes: values by NumPy, gradients by differences, errors."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import tensor, zeros
from nn import functional as F
from tests.tools.losses import check_against_torch, check_loss, log_softmax, reduce, reductions
from tests.tools.shares import share

RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(2, 3, 4))


def values(*numbers):
    return tensor(np.array(numbers))


def ints(*shape):
    return autograd.zeros(shape, dtype=autograd.int64)


def expected_cross_entropy(x, target, weight, ignore_index, smoothing, reduction):
    """The definition, row by row, in loops."""
    classes = x.shape[1]
    weight = np.ones(classes) if weight is None else weight
    log_p = log_softmax(x)
    losses, factors = [], []
    for row, label in zip(log_p, target, strict=True):
        if label == ignore_index:
            losses.append(0.0)
            factors.append(0.0)
            continue
        own = -weight[label] * row[label]
        even = -(weight * row).sum() / classes
        losses.append((1 - smoothing) * own + smoothing * even)
        factors.append(weight[label])
    if reduction == "mean":
        return np.sum(losses) / np.sum(factors)
    return np.sum(losses) if reduction == "sum" else np.array(losses)


@reductions
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("ignore_index", [-100, 1])
@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@share(1 / 4)
@given(
    target=st.lists(st.integers(0, 2), min_size=3, max_size=4).filter(lambda t: set(t) != {1}), seed=st.integers(0, 99)
)
def test_cross_entropy_of_class_indices(reduction, weighted, ignore_index, smoothing, differences, target, seed):
    x = np.random.default_rng(seed).normal(size=(len(target), 3))
    weight = np.array([0.5, 1.0, 2.0]) if weighted else None
    module = nn.CrossEntropyLoss(
        tensor(weight) if weighted else None,
        ignore_index=ignore_index,
        reduction=reduction,
        label_smoothing=smoothing,
    )
    leaf = tensor(x, requires_grad=True)
    out = module(leaf, tensor(target))

    def expected(x):
        return expected_cross_entropy(x, target, weight, ignore_index, smoothing, reduction)

    np.testing.assert_allclose(out.detach().numpy(), expected(x), rtol=1e-10)
    cotangent = np.random.default_rng(seed + 1).normal(size=out.shape)
    out.backward(tensor(cotangent))
    slopes = differences(lambda x: float((expected(x) * cotangent).sum()), x)
    np.testing.assert_allclose(leaf.grad.numpy(), slopes, rtol=1e-6, atol=1e-9)


@reductions
def test_one_hot_probabilities_equal_class_indices(reduction):
    x = autograd.randn(4, 3)
    target = tensor([0, 2, 1, 1])
    certain = autograd.one_hot(target, 3).float()
    for smoothing in (0.0, 0.2):
        by_index = F.cross_entropy(x, target, reduction=reduction, label_smoothing=smoothing)
        by_share = F.cross_entropy(x, certain, reduction=reduction, label_smoothing=smoothing)
        np.testing.assert_allclose(by_index.numpy(), by_share.numpy(), rtol=1e-5)


@reductions
@pytest.mark.parametrize("weighted", [False, True])
def test_cross_entropy_of_class_probabilities(reduction, weighted, differences):
    rng = np.random.default_rng(3)
    x, t = rng.normal(size=(3, 4)), np.exp(log_softmax(rng.normal(size=(3, 4))))
    weight = np.array([0.5, 1, 2, 3]) if weighted else None
    factor = weight if weighted else 1
    check_loss(
        lambda x, t: F.cross_entropy(
            x, t, tensor(weight) if weighted else None, reduction=reduction, label_smoothing=0.1
        ),
        lambda x, t: reduce(-(factor * (0.9 * t + 0.025) * log_softmax(x)).sum(1), reduction),
        x,
        t,
        differences,
    )


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


@reductions
def test_dims_after_the_classes_count_as_rows(reduction):
    x = autograd.randn(2, 3, 4, 5, dtype=autograd.float64)
    target = autograd.randint(0, 3, (2, 4, 5))
    rows = x.permute(0, 2, 3, 1).reshape(-1, 3)
    for weight in (None, tensor([1.0, 2.0, 3.0]).double()):
        deep = F.cross_entropy(x, target, weight, reduction=reduction, label_smoothing=0.1)
        flat = F.cross_entropy(rows, target.reshape(-1), weight, reduction=reduction, label_smoothing=0.1)
        np.testing.assert_allclose(deep.numpy().ravel(), flat.numpy().ravel(), rtol=1e-12)
    nll = F.nll_loss(F.log_softmax(x, 1), target, reduction=reduction)
    np.testing.assert_allclose(nll.numpy(), F.cross_entropy(x, target, reduction=reduction).numpy(), rtol=1e-12)


def test_an_unbatched_row_of_logits():
    x = tensor([1.0, 2.0, 3.0])
    expected = F.cross_entropy(x.reshape(1, 3), tensor([2])).item()
    assert F.cross_entropy(x, tensor(2)).item() == pytest.approx(expected)
    assert F.cross_entropy(x, tensor(2), reduction="none").shape == ()
    assert nn.NLLLoss()(F.log_softmax(x, 0), tensor(2)).item() == pytest.approx(expected)
    assert nn.NLLLoss()(F.log_softmax(x, 0), tensor([2])).item() == pytest.approx(expected)


@pytest.mark.parametrize("options", [{}, {"weight": values(0.5, 1.0, 2.0, 3.0)}, {"label_smoothing": 0.2}])
@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
def test_an_unbatched_row_equals_a_batch_of_one(options, reduction):
    row, batch = tensor(X[0]), tensor(X[:1])
    given = {"reduction": reduction, **options}
    for target in (tensor(2), tensor([2]), tensor(abs(Y[0]))):
        batched = target.reshape(1, -1) if target.numel() > 1 else target.reshape(1)
        expected = F.cross_entropy(batch, batched, **given)
        found = F.cross_entropy(row, target, **given)
        np.testing.assert_allclose(found.numpy().ravel(), expected.numpy().ravel(), rtol=1e-12)
        if reduction == "none":
            assert found.shape == (target.shape if target.numel() == 1 else ())


def test_cross_entropy_does_not_overflow():
    x = tensor([[1e4, -1e4], [-1e4, 1e4]], requires_grad=True)
    loss = F.cross_entropy(x, tensor([1, 1]))
    assert loss.item() == 1e4
    loss.backward()
    np.testing.assert_allclose(x.grad.numpy(), [[0.5, -0.5], [0, 0]])


def test_the_mean_over_no_rows_is_nan():
    x = autograd.randn(2, 3)
    assert np.isnan(F.cross_entropy(x, tensor([-100, -100])).item())
    assert F.cross_entropy(x, tensor([-100, -100]), reduction="sum").item() == 0
    assert np.isnan(F.cross_entropy(x[:0], tensor([0])[:0]).item())


def test_the_mean_with_weights_of_zero_is_nan():
    weight = values(0.0, 0.0, 1.0, 1.0)
    assert math.isnan(F.nll_loss(tensor(X), tensor([0, 1, 0]), weight).item())
    assert F.nll_loss(tensor(X), tensor([0, 2, 0]), weight).item() == pytest.approx(-X[1, 2])
    assert F.nll_loss(tensor(X), tensor([0, 1, 0]), weight, reduction="sum").item() == 0


def test_class_indices_of_any_integer_dtype():
    x = autograd.randn(2, 3)
    expected = F.cross_entropy(x, tensor([0, 2])).item()
    for dtype in (autograd.int8, autograd.int32, autograd.uint8):
        assert F.cross_entropy(x, tensor([0, 2], dtype=dtype)).item() == pytest.approx(expected)


@pytest.mark.parametrize("ignored", [0, 3])
def test_the_first_and_the_last_class_can_be_ignored(ignored):
    target = [ignored, 1, 2]
    expected = F.cross_entropy(tensor(X[1:]), tensor(target[1:])).item()
    assert F.cross_entropy(tensor(X), tensor(target), ignore_index=ignored).item() == pytest.approx(expected)


def test_label_smoothing_of_1_is_the_mean_over_the_classes():
    log_p = F.log_softmax(tensor(X), 1).numpy()
    assert F.cross_entropy(tensor(X), tensor([0, 1, 2]), label_smoothing=1).item() == pytest.approx(-log_p.mean())


def test_a_negative_ignore_index_has_no_effect_on_probabilities():
    shares = tensor(abs(Y))
    assert F.cross_entropy(tensor(X), shares, ignore_index=-1).item() == F.cross_entropy(tensor(X), shares).item()


@pytest.mark.parametrize(
    ("call", "kind", "match"),
    [
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
        *[(lambda v=v: F.gaussian_nll_loss(tensor(X), tensor(Y), v), ValueError, "negative") for v in (-0.01, -1.0)],
    ],
)
def test_targets_weights_and_options_out_of_range_are_refused(call, kind, match):
    with pytest.raises(kind, match=match):
        call()


@pytest.mark.parametrize(
    ("compute", "error", "message"),
    [
        (
            lambda: F.cross_entropy(zeros(3, 5), ints(4)),
            ValueError,
            "Expected input batch_size (3) to match target batch_size (4).",
        ),
        (
            lambda: F.cross_entropy(zeros(3, 5), ints(3) + 12),
            IndexError,
            "Target 12 is out of bounds. There are 5 classes: expected a value from 0 to 4, or ignore_index = -100",
        ),
        (
            lambda: F.cross_entropy(zeros(3, 5), ints(3) - 1, ignore_index=-2),
            IndexError,
            "Target -1 is out of bounds. There are 5 classes: expected a value from 0 to 4, or ignore_index = -2",
        ),
        (
            lambda: F.nll_loss(zeros(3, 5, 2), ints(3, 2) + 7),
            IndexError,
            "Target 7 is out of bounds. There are 5 classes: expected a value from 0 to 4, or ignore_index = -100",
        ),
        (
            lambda: F.cross_entropy(zeros(3, 5), zeros(3)),
            RuntimeError,
            "expected target dtype to be an integer type, such as int64, but got float32: convert it with .long()",
        ),
        (
            lambda: F.cross_entropy(zeros(3, 5), ints(3, 5)),
            RuntimeError,
            "Expected floating point type for target with class probabilities, got int64: "
            "convert it with .float(), or pass class indices: argmax(dim=1) of one-hot rows",
        ),
        (
            lambda: F.cross_entropy(zeros(3, 5), zeros(3, 4)),
            RuntimeError,
            "0D or 1D target tensor expected, multi-target not supported: the input has shape (3, 5), "
            "the target (3, 4); expected one class for each row of the input",
        ),
        (
            lambda: F.cross_entropy(zeros(3, 5, 2), ints(3, 3)),
            RuntimeError,
            "Expected target size [3, 2], got [3, 3]",
        ),
        (
            lambda: F.cross_entropy(zeros(3, 5), ints(3), zeros(4)),
            RuntimeError,
            "weight tensor should be defined either for all 5 classes or no classes "
            "but got weight tensor of shape: [4]",
        ),
        (
            lambda: F.cross_entropy(zeros(3, 5), zeros(3, 5), ignore_index=2),
            RuntimeError,
            "ignore_index is not supported for floating point target",
        ),
        (
            lambda: F.cross_entropy(zeros(3, 5), ints(3), label_smoothing=2),
            RuntimeError,
            "label_smoothing must be between 0.0 and 1.0. Got: 2",
        ),
    ],
)
def test_error_messages(compute, error, message):
    with pytest.raises(error) as raised:
        compute()
    assert str(raised.value) == message


def test_the_weights_of_a_loss_layer_are_buffers():
    assert list(nn.CrossEntropyLoss(weight=zeros(3)).state_dict()) == ["weight"]
    assert list(nn.BCEWithLogitsLoss(pos_weight=zeros(2)).state_dict()) == ["pos_weight"]


@reductions
def test_losses_of_classes_agree_with_pytorch(reduction, answers):
    rng = np.random.default_rng(7)
    x, y, labels = rng.normal(size=(4, 3, 2)), rng.normal(size=(4, 3, 2)), rng.integers(0, 3, (4, 2))
    labels[0, 0] = -100
    options = {"reduction": reduction, "weight": rng.uniform(0.5, 2, 3)}
    check_against_torch(answers, "cross_entropy", x, labels, label_smoothing=0.2, **options)
    check_against_torch(answers, "cross_entropy", x, abs(y), label_smoothing=0.2, **options)
    check_against_torch(answers, "nll_loss", x, labels, **options)
