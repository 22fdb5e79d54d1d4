"""Binary cross entropy, of probabilities and of logits: values by NumPy, gradients by differences, errors."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import tensor, zeros
from nn import functional as F
from tests.tools.losses import check_against_torch, check_loss, reduce, reductions
from tests.tools.shares import share

RNG = np.random.default_rng(5)


def values(*numbers):
    return tensor(np.array(numbers))


grids = st.lists(st.integers(-30, 30), min_size=6, max_size=6).map(lambda v: np.array(v).reshape(2, 3) / 10)


#: By name: the module for a reduction, and the losses of the elements by NumPy.
LOGITS = {
    "bce_with_logits": (
        lambda reduction: nn.BCEWithLogitsLoss(tensor([0.5, 2.0, 1.0]).double(), reduction=reduction),
        lambda x, t: np.array([0.5, 2, 1]) * (np.log1p(np.exp(x)) - t * x),
    ),
    "bce_with_logits pos_weight": (
        lambda reduction: nn.BCEWithLogitsLoss(reduction=reduction, pos_weight=tensor([3.0, 1.0, 0.5]).double()),
        lambda x, t: (1 - t) * x + (1 + (np.array([3, 1, 0.5]) - 1) * t) * np.log1p(np.exp(-x)),
    ),
}


def test_losses_without_weights_are_those_with_weights_of_1():
    x, t = (autograd.from_numpy(RNG.normal(size=(5, 3))).requires_grad_() for _ in range(2))
    labels, ones = tensor([0, 2, 1, 1, 0]), autograd.ones(3, dtype=autograd.float64)
    for plain, weighted, inputs in (
        (F.nll_loss(x, labels), F.nll_loss(x, labels, ones), (x,)),
        (F.binary_cross_entropy_with_logits(x, t), F.binary_cross_entropy_with_logits(x, t, pos_weight=ones), (x, t)),
    ):
        found, expected = (autograd.autograd.grad(loss, inputs) for loss in (plain, weighted))
        for a, b in zip((plain, *found), (weighted, *expected), strict=True):
            np.testing.assert_allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-12)


@reductions
@pytest.mark.parametrize(("make", "expected"), LOGITS.values(), ids=LOGITS)
@share(1 / 4)
@given(x=grids, t=grids, seed=st.integers(0, 9))
def test_binary_cross_entropy_with_logits(make, expected, reduction, differences, x, t, seed):
    x = x + 0.03
    check_loss(make(reduction=reduction), lambda x, t: reduce(expected(x, t), reduction), x, t, differences, seed)


@reductions
@given(p=st.lists(st.floats(0.05, 0.95), min_size=3, max_size=3), t=st.lists(st.floats(0, 1), min_size=3, max_size=3))
def test_binary_cross_entropy(reduction, differences, p, t):
    weight = np.array([1, 2, 0.5])
    check_loss(
        lambda p, t: nn.BCELoss(tensor(weight), reduction=reduction)(p, t),
        lambda p, t: reduce(-weight * (t * np.log(p) + (1 - t) * np.log(1 - p)), reduction),
        np.array(p),
        np.array(t),
        differences,
    )


def test_binary_cross_entropy_is_bounded_at_0_and_1():
    p = tensor([0.0, 0.0, 1.0, 1.0], dtype=autograd.float64, requires_grad=True)
    t = tensor([0.0, 1.0, 0.0, 1.0], dtype=autograd.float64)
    loss = F.binary_cross_entropy(p, t, reduction="none")
    assert loss.tolist() == [0, 100, 100, 0]
    loss.sum().backward()
    np.testing.assert_allclose(p.grad.numpy(), [0, -1e12, 1e12, 0])


@pytest.mark.filterwarnings("ignore::RuntimeWarning:autograd")  # as the library sets it
def test_binary_cross_entropy_with_logits_does_not_overflow():
    x = tensor([-1e4, 1e4, 0.0], requires_grad=True)
    loss = F.binary_cross_entropy_with_logits(x, tensor([1.0, 0.0, 0.5]), reduction="none")
    np.testing.assert_allclose(loss.detach().numpy(), [1e4, 1e4, np.log(2)], rtol=1e-6)
    loss.sum().backward()
    assert x.grad.tolist() == [-1, 1, 0]


@pytest.mark.parametrize(
    ("call", "kind", "match"),
    [
        *[(lambda v=v: F.binary_cross_entropy(values(v), values(1.0)), RuntimeError, "of input") for v in (-0.1, 1.1)],
        *[(lambda v=v: F.binary_cross_entropy(values(0.5), values(v)), RuntimeError, "of target") for v in (-0.1, 1.1)],
    ],
)
def test_probabilities_outside_0_and_1_are_refused(call, kind, match):
    with pytest.raises(kind, match=match):
        call()


@pytest.mark.parametrize(
    ("compute", "error", "message"),
    [
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
def test_error_messages(compute, error, message):
    with pytest.raises(error) as raised:
        compute()
    assert str(raised.value) == message


@reductions
def test_binary_crossentropy_agrees_with_pytorch(reduction, answers):
    x, y = np.random.default_rng(7).normal(size=(2, 4, 3, 2))
    pos_weight = np.array([0.5, 2.0])
    check_against_torch(
        answers, "binary_cross_entropy_with_logits", x, abs(np.tanh(y)), pos_weight=pos_weight, reduction=reduction
    )
    check_against_torch(answers, "binary_cross_entropy", abs(np.tanh(x)), abs(np.tanh(y)), reduction=reduction)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int64", "float16", "float64"])
def test_the_target_of_probabilities_has_their_dtype_and_that_of_logits_holds_no_integers(dtype):
    x, target = autograd.full((2,), 0.5), autograd.ones(2, dtype=getattr(autograd, dtype))
    with pytest.raises(RuntimeError, match=f"Found dtype autograd.{dtype} but expected autograd.float32"):
        F.binary_cross_entropy(x, target)
    if "int" in dtype:
        with pytest.raises(RuntimeError, match="Found dtype"):
            F.binary_cross_entropy_with_logits(x, target)
    elif dtype != "bool":
        F.binary_cross_entropy_with_logits(x, target)


@pytest.mark.parametrize("loss", [F.kl_div, F.huber_loss, F.smooth_l1_loss, F.mse_loss])
def test_losses_of_integers_are_refused(loss):
    with pytest.raises(RuntimeError, match=r"not implemented for|could not infer"):
        loss(autograd.ones(2, dtype=autograd.int64), autograd.ones(2, dtype=autograd.int64))
