"""Losses: values by NumPy, gradients by differences, PyTorch as a second opinion where it is installed."""

import warnings

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import tensor
from nn import functional as F
from tests.tools.shares import share


def log_soft(x):
    x = x - x.max(1, keepdims=True)
    return x - np.log(np.exp(x).sum(1, keepdims=True))


def reduced(loss, reduction):
    return {"none": loss, "sum": loss.sum(), "mean": loss.mean()}[reduction]


def huber(d, delta):
    return np.where(abs(d) < delta, d * d / 2, delta * (abs(d) - delta / 2))


#: By name: the module for a reduction, and the losses of the elements by NumPy.
REGRESSION = {
    "mse": (nn.MSELoss, lambda x, t: (x - t) ** 2),
    "l1": (nn.L1Loss, lambda x, t: abs(x - t)),
    "huber": (lambda reduction: nn.HuberLoss(reduction, 0.7), lambda x, t: huber(x - t, 0.7)),
    "smooth_l1": (
        lambda reduction: nn.SmoothL1Loss(reduction=reduction, beta=0.7),
        lambda x, t: huber(x - t, 0.7) / 0.7,
    ),
    "smooth_l1 0": (
        lambda reduction: nn.SmoothL1Loss(reduction=reduction, beta=0.0),
        lambda x, t: abs(x - t),
    ),
    "bce_with_logits": (
        lambda reduction: nn.BCEWithLogitsLoss(tensor([0.5, 2.0, 1.0]).double(), reduction=reduction),
        lambda x, t: np.array([0.5, 2, 1]) * (np.log1p(np.exp(x)) - t * x),
    ),
    "bce_with_logits pos_weight": (
        lambda reduction: nn.BCEWithLogitsLoss(reduction=reduction, pos_weight=tensor([3.0, 1.0, 0.5]).double()),
        lambda x, t: (1 - t) * x + (1 + (np.array([3, 1, 0.5]) - 1) * t) * np.log1p(np.exp(-x)),
    ),
    "kl log_target": (
        lambda reduction: nn.KLDivLoss(reduction=reduction, log_target=True),
        lambda x, t: np.exp(t) * (t - x),
    ),
}
reductions = pytest.mark.parametrize("reduction", ["none", "mean", "sum"])

# x and t are multiples of 0.1 that differ by at least 0.03: away from |d| = 0 and |d| = 0.7.
grids = st.lists(st.integers(-30, 30), min_size=6, max_size=6).map(lambda v: np.array(v).reshape(2, 3) / 10)


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@reductions
@pytest.mark.parametrize(("make", "expected"), REGRESSION.values(), ids=REGRESSION)
@share(1 / 4)
@given(x=grids, t=grids, seed=st.integers(0, 9))
def test_values_and_gradients_of_elementwise_losses(make, expected, reduction, differences, x, t, seed):
    x = x + 0.03
    check(
        lambda x, t: make(reduction=reduction)(x, t),
        lambda x, t: reduced(expected(x, t), reduction),
        x,
        t,
        differences,
        seed,
    )


def check(loss, expected, x, t, differences, seed=0, rtol=1e-6):
    """Value, and the gradients with respect to input and target, for a random cotangent."""
    a, b = tensor(x, requires_grad=True), tensor(t, requires_grad=True)
    out = loss(a, b)
    np.testing.assert_allclose(out.detach().numpy(), expected(x, t), rtol=1e-10, atol=1e-12)
    cotangent = np.random.default_rng(seed).normal(size=out.shape)
    out.backward(tensor(cotangent))
    for leaf, slopes in (
        (a, differences(lambda x: float((expected(x, t) * cotangent).sum()), x)),
        (b, differences(lambda t: float((expected(x, t) * cotangent).sum()), t)),
    ):
        np.testing.assert_allclose(leaf.grad.numpy(), slopes, rtol=rtol, atol=1e-7)


@reductions
@given(p=st.lists(st.floats(0.05, 0.95), min_size=3, max_size=3), t=st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_binary_cross_entropy(reduction, differences, p, t):
    weight = np.array([1, 2, 0.5])
    check(
        lambda p, t: nn.BCELoss(tensor(weight), reduction=reduction)(p, t),
        lambda p, t: reduced(-weight * (t * np.log(p) + (1 - t) * np.log(1 - p)), reduction),
        np.array(p),
        np.array(t),
        differences,
    )


@reductions
@pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss, F.huber_loss])
def test_the_weights_of_a_regression_weigh_its_elements(loss, reduction):
    x, t = tensor([[1.0, 2.0, -3.0]]).double(), tensor([[0.5, 4.0, -3.5]]).double()
    weight = tensor([[1.0, 0.0, 3.0]]).double()
    each = loss(x, t, reduction="none") * weight
    mean = each.mean() if loss is F.huber_loss else each.sum() / 4  # PyTorch's huber_loss divides by the count
    expected = {"none": each, "sum": each.sum(), "mean": mean}[reduction]
    assert autograd.equal(loss(x, t, reduction=reduction, weight=weight), expected)
    with pytest.raises(ValueError, match="must have the same size"):
        loss(x, t, reduction=reduction, weight=weight[0])


def test_binary_cross_entropy_is_limited_at_its_ends():
    p = tensor([0.0, 0.0, 1.0, 1.0], dtype=autograd.float64, requires_grad=True)
    t = tensor([0.0, 1.0, 0.0, 1.0], dtype=autograd.float64)
    loss = F.binary_cross_entropy(p, t, reduction="none")
    assert loss.tolist() == [0, 100, 100, 0]
    loss.sum().backward()
    np.testing.assert_allclose(p.grad.numpy(), [0, -1e12, 1e12, 0])


@pytest.mark.filterwarnings("ignore::RuntimeWarning:autograd")  # as the library sets it
def test_binary_cross_entropy_with_logits_is_safe():
    x = tensor([-1e4, 1e4, 0.0], requires_grad=True)
    loss = F.binary_cross_entropy_with_logits(x, tensor([1.0, 0.0, 0.5]), reduction="none")
    np.testing.assert_allclose(loss.detach().numpy(), [1e4, 1e4, np.log(2)], rtol=1e-6)
    loss.sum().backward()
    assert x.grad.tolist() == [-1, 1, 0]


def test_kl_div_of_a_zero_probability_is_zero():
    x = tensor([[-1.0, -2.0]], requires_grad=True)
    t = tensor([[0.0, 1.0]], requires_grad=True)
    loss = F.kl_div(x, t, reduction="none")
    assert loss.tolist() == [[0, 2]]
    loss.sum().backward()
    assert x.grad.tolist() == [[0, -1]]
    assert np.isfinite(t.grad.numpy()).all()
    assert F.kl_div(x, t, reduction="batchmean").item() == 2
    with pytest.warns(UserWarning, match="'mean' divides the total loss by both the batch size and the support size"):
        assert F.kl_div(x, t).item() == 1


@reductions
def test_kl_div(reduction, differences):
    rng = np.random.default_rng(0)
    x, t = log_soft(rng.normal(size=(3, 4))), np.exp(log_soft(rng.normal(size=(3, 4))))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        check(
            lambda x, t: F.kl_div(x, t, reduction=reduction),
            lambda x, t: reduced(t * (np.log(t) - x), reduction),
            x,
            t,
            differences,
        )


def expected_cross_entropy(x, target, weight, ignore_index, smoothing, reduction):
    """The definition, row by row, in loops."""
    classes = x.shape[1]
    weight = np.ones(classes) if weight is None else weight
    log_p = log_soft(x)
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
def test_cross_entropy_of_indices(reduction, weighted, ignore_index, smoothing, differences, target, seed):
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
def test_probabilities_that_are_certain_are_indices(reduction):
    x = autograd.randn(4, 3)
    target = tensor([0, 2, 1, 1])
    certain = autograd.one_hot(target, 3).float()
    for smoothing in (0.0, 0.2):
        by_index = F.cross_entropy(x, target, reduction=reduction, label_smoothing=smoothing)
        by_share = F.cross_entropy(x, certain, reduction=reduction, label_smoothing=smoothing)
        np.testing.assert_allclose(by_index.numpy(), by_share.numpy(), rtol=1e-5)


@reductions
@pytest.mark.parametrize("weighted", [False, True])
def test_cross_entropy_of_probabilities(reduction, weighted, differences):
    rng = np.random.default_rng(3)
    x, t = rng.normal(size=(3, 4)), np.exp(log_soft(rng.normal(size=(3, 4))))
    weight = np.array([0.5, 1, 2, 3]) if weighted else None
    factor = weight if weighted else 1
    check(
        lambda x, t: F.cross_entropy(
            x, t, tensor(weight) if weighted else None, reduction=reduction, label_smoothing=0.1
        ),
        lambda x, t: reduced(-(factor * (0.9 * t + 0.025) * log_soft(x)).sum(1), reduction),
        x,
        t,
        differences,
    )


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


def test_one_row_needs_no_batch():
    x = tensor([1.0, 2.0, 3.0])
    expected = F.cross_entropy(x.reshape(1, 3), tensor([2])).item()
    assert F.cross_entropy(x, tensor(2)).item() == pytest.approx(expected)
    assert F.cross_entropy(x, tensor(2), reduction="none").shape == ()
    assert nn.NLLLoss()(F.log_softmax(x, 0), tensor(2)).item() == pytest.approx(expected)
    assert nn.NLLLoss()(F.log_softmax(x, 0), tensor([2])).item() == pytest.approx(expected)


def test_cross_entropy_is_safe_at_extremes():
    x = tensor([[1e4, -1e4], [-1e4, 1e4]], requires_grad=True)
    loss = F.cross_entropy(x, tensor([1, 1]))
    assert loss.item() == 1e4
    loss.backward()
    np.testing.assert_allclose(x.grad.numpy(), [[0.5, -0.5], [0, 0]])


def test_nothing_to_average_is_nan():
    x = autograd.randn(2, 3)
    assert np.isnan(F.cross_entropy(x, tensor([-100, -100])).item())
    assert F.cross_entropy(x, tensor([-100, -100]), reduction="sum").item() == 0
    assert np.isnan(F.cross_entropy(x[:0], tensor([0])[:0]).item())


def test_any_integers_are_classes():
    x = autograd.randn(2, 3)
    expected = F.cross_entropy(x, tensor([0, 2])).item()
    for dtype in (autograd.int8, autograd.int32, autograd.uint8):
        assert F.cross_entropy(x, tensor([0, 2], dtype=dtype)).item() == pytest.approx(expected)


def ints(*shape):
    return autograd.zeros(*shape, dtype=autograd.int64)


zeros = autograd.zeros


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
            "Target 12 is out of bounds. There are 5 classes: a target is one of 0 to 4, or ignore_index = -100",
        ),
        (
            lambda: F.cross_entropy(zeros(3, 5), ints(3) - 1, ignore_index=-2),
            IndexError,
            "Target -1 is out of bounds. There are 5 classes: a target is one of 0 to 4, or ignore_index = -2",
        ),
        (
            lambda: F.nll_loss(zeros(3, 5, 2), ints(3, 2) + 7),
            IndexError,
            "Target 7 is out of bounds. There are 5 classes: a target is one of 0 to 4, or ignore_index = -100",
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
            "convert it with .float(), or give a class a row: argmax(dim=1) of one-hot rows",
        ),
        (
            lambda: F.cross_entropy(zeros(3, 5), zeros(3, 4)),
            RuntimeError,
            "0D or 1D target tensor expected, multi-target not supported: the input has shape (3, 5), "
            "the target (3, 4); a target is one class for each row of the input",
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
        (
            lambda: F.huber_loss(zeros(3), zeros(3), delta=0),
            RuntimeError,
            "huber_loss does not support non-positive values for delta.",
        ),
        (
            lambda: F.smooth_l1_loss(zeros(3), zeros(3), beta=-1),
            RuntimeError,
            "smooth_l1_loss does not support negative values for beta.",
        ),
        (
            lambda: F.binary_cross_entropy(zeros(3), zeros(4)),
            ValueError,
            f"Using a target size ({zeros(4).shape}) that is different to the input size ({zeros(3).shape}) "
            "is deprecated. Please ensure they have the same size.",
        ),
        (
            lambda: F.binary_cross_entropy(zeros(3) + 2, zeros(3)),
            RuntimeError,
            "all elements of input should be between 0 and 1",
        ),
        (
            lambda: F.binary_cross_entropy(zeros(3), zeros(3) - 1),
            RuntimeError,
            "all elements of target should be between 0 and 1",
        ),
        (
            lambda: F.binary_cross_entropy_with_logits(zeros(3), zeros(4)),
            ValueError,
            f"Target size ({zeros(4).shape}) must be the same as input size ({zeros(3).shape})",
        ),
    ],
)
def test_bad_input_is_named(compute, error, message):
    with pytest.raises(error) as raised:
        compute()
    assert str(raised.value) == message


@pytest.mark.parametrize(
    "name", [name for name in dir(nn) if name.endswith("Loss") and name != "AdaptiveLogSoftmaxWithLoss"]
)
def test_another_reduction_is_refused(name):
    with pytest.raises(ValueError, match=r"^average is not a valid value for reduction$"):
        getattr(nn, name)(reduction="average")


@pytest.mark.parametrize("function", [F.mse_loss, F.l1_loss, F.huber_loss, F.cross_entropy, F.nll_loss])
def test_functions_refuse_another_reduction(function):
    target = zeros(2, 2) if function in (F.mse_loss, F.l1_loss, F.huber_loss) else ints(2)
    with pytest.raises(ValueError, match=r"^average is not a valid value for reduction$"):
        function(zeros(2, 2), target, reduction="average")


@pytest.mark.parametrize("function", [F.mse_loss, F.l1_loss, F.huber_loss, F.smooth_l1_loss])
def test_unequal_shapes_warn(function):
    with pytest.warns(UserWarning) as warned:
        function(zeros(3, 1), zeros(3))
    assert str(warned[0].message) == (
        f"Using a target size ({zeros(3).shape}) that is different to the input size ({zeros(3, 1).shape}). "
        "This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size."
    )


def test_weights_are_buffers():
    assert list(nn.CrossEntropyLoss(weight=zeros(3)).state_dict()) == ["weight"]
    assert list(nn.BCEWithLogitsLoss(pos_weight=zeros(2)).state_dict()) == ["pos_weight"]


@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
def test_losses_agree_with_pytorch(reduction):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(7)
    x, y, labels = rng.normal(size=(4, 3, 2)), rng.normal(size=(4, 3, 2)), rng.integers(0, 3, (4, 2))
    labels[0, 0] = -100
    weight = rng.uniform(0.5, 2, 3)
    options = {"reduction": reduction}
    cases = [
        ("mse_loss", x, y, {}),
        ("l1_loss", x, y, {}),
        ("smooth_l1_loss", x, y, {"beta": 0.5}),
        ("huber_loss", x, y, {"delta": 0.5}),
        ("cross_entropy", x, labels, {"weight": weight, "label_smoothing": 0.2}),
        ("cross_entropy", x, abs(y), {"weight": weight, "label_smoothing": 0.2}),
        ("nll_loss", x, labels, {"weight": weight}),
        ("binary_cross_entropy_with_logits", x, abs(np.tanh(y)), {"pos_weight": weight[:2]}),
        ("binary_cross_entropy", abs(np.tanh(x)), abs(np.tanh(y)), {}),
    ]
    for name, a, b, extra in cases:
        ours, theirs = tensor(a, requires_grad=True), torch.tensor(a, requires_grad=True)
        made = {k: (tensor(v), torch.tensor(v)) if isinstance(v, np.ndarray) else (v, v) for k, v in extra.items()}
        out = getattr(F, name)(ours, tensor(b), **{k: v[0] for k, v in made.items()}, **options)
        reference = getattr(torch.nn.functional, name)(
            theirs, torch.tensor(b), **{k: v[1] for k, v in made.items()}, **options
        )
        np.testing.assert_allclose(out.detach().numpy(), reference.detach().numpy(), rtol=1e-12, err_msg=name)
        cotangent = rng.normal(size=out.shape)
        out.backward(tensor(cotangent))
        reference.backward(torch.tensor(cotangent))
        np.testing.assert_allclose(ours.grad.numpy(), theirs.grad.numpy(), rtol=1e-10, atol=1e-14, err_msg=name)


@pytest.mark.parametrize(
    "loss",
    [
        F.mse_loss, F.l1_loss, F.huber_loss, F.smooth_l1_loss, F.cross_entropy, F.nll_loss, F.binary_cross_entropy,
        F.binary_cross_entropy_with_logits, F.kl_div,
    ],
)  # fmt: skip
def test_what_is_no_tensor_is_named(loss):
    x = tensor([[0.5, 0.5]])
    with pytest.raises(TypeError, match="the target of a loss must be Tensor, not ndarray: make one with tensor"):
        loss(x, np.array([[0.5, 0.5]]))
    with pytest.raises(TypeError, match="the input of a loss must be Tensor, not NoneType"):
        loss(None, x)
