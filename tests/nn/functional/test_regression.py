"""Regression losses: values by NumPy, gradients by differences, bounds, weights and unequal shapes."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import tensor, zeros
from nn import functional as F
from tests.tools.losses import check_against_torch, check_loss, reduce, reductions
from tests.tools.shares import share


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
}


# x and t are multiples of 0.1 that differ by at least 0.03: away from |d| = 0 and |d| = 0.7.
grids = st.lists(st.integers(-30, 30), min_size=6, max_size=6).map(lambda v: np.array(v).reshape(2, 3) / 10)


@pytest.mark.filterwarnings("ignore:reduction. 'mean' divides")
@reductions
@pytest.mark.parametrize(("make", "expected"), REGRESSION.values(), ids=REGRESSION)
@share(1 / 4)
@given(x=grids, t=grids, seed=st.integers(0, 9))
def test_values_and_gradients_of_elementwise_losses(make, expected, reduction, differences, x, t, seed):
    x = x + 0.03
    check_loss(make(reduction=reduction), lambda x, t: reduce(expected(x, t), reduction), x, t, differences, seed)


RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(2, 3, 4))


def values(*numbers):
    return tensor(np.array(numbers))


@reductions
@pytest.mark.parametrize("loss", [F.mse_loss, F.l1_loss, F.huber_loss])
def test_weights_multiply_the_losses_of_the_elements(loss, reduction):
    x, t = tensor([[1.0, 2.0, -3.0]]).double(), tensor([[0.5, 4.0, -3.5]]).double()
    weight = tensor([[1.0, 0.0, 3.0]]).double()
    each = loss(x, t, reduction="none") * weight
    mean = each.mean() if loss is F.huber_loss else each.sum() / 4  # PyTorch's huber_loss divides by the count
    expected = {"none": each, "sum": each.sum(), "mean": mean}[reduction]
    assert autograd.equal(loss(x, t, reduction=reduction, weight=weight), expected)
    with pytest.raises(ValueError, match="must have the same size"):
        loss(x, t, reduction=reduction, weight=weight[0])


def test_the_mean_of_no_squares_is_nan_and_its_gradient_is_empty():
    x = zeros(0, requires_grad=True)
    loss = F.mse_loss(x, zeros(0))
    loss.backward()
    assert loss.isnan().item() and x.grad.shape == (0,)


def test_mse_is_one_primitive_for_equal_shapes_and_dtypes():
    x = tensor(X, requires_grad=True)
    name = lambda loss: loss.grad_fn.name()
    assert name(F.mse_loss(x, tensor(Y))) == "MseLossBackward0"
    narrow = F.mse_loss(x, tensor(Y).float())
    assert name(narrow) != "MseLossBackward0" and narrow.dtype == autograd.float64
    assert name(F.mse_loss(x, tensor(Y), reduction="sum")) != "MseLossBackward0"


@pytest.mark.parametrize("function", [F.mse_loss, F.l1_loss, F.huber_loss, F.smooth_l1_loss])
def test_a_target_of_another_shape_warns(function):
    with pytest.warns(UserWarning) as warned:
        function(zeros(3, 1), zeros(3))
    assert str(warned[0].message) == (
        f"Using a target size ({zeros(3).shape}) that is different to the input size ({zeros(3, 1).shape}). "
        "This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size."
    )


@pytest.mark.parametrize(
    ("call", "kind", "match"),
    [
        *[(lambda v=v: F.huber_loss(values(1.0), values(0.0), delta=v), RuntimeError, "non-pos") for v in (0, -0.5)],
        *[(lambda v=v: F.smooth_l1_loss(values(1.0), values(0.0), beta=v), RuntimeError, "neg") for v in (-0.5, -1)],
    ],
)
def test_parameters_out_of_range_are_refused(call, kind, match):
    with pytest.raises(kind, match=match):
        call()


@pytest.mark.parametrize(
    ("compute", "error", "message"),
    [
        (
            lambda: F.huber_loss(zeros(3), zeros(3), delta=0),
            RuntimeError,
            "huber_loss does not support non-positive values for delta. Got: 0",
        ),
        (
            lambda: F.smooth_l1_loss(zeros(3), zeros(3), beta=-1),
            RuntimeError,
            "smooth_l1_loss does not support negative values for beta. Got: -1",
        ),
    ],
)
def test_error_messages(compute, error, message):
    with pytest.raises(error) as raised:
        compute()
    assert str(raised.value) == message


def test_parameters_at_the_end_of_their_range_are_accepted():
    one, zero = values(1.0), values(0.0)
    assert F.huber_loss(one, zero, delta=0.5).item() == 0.5 * 0.75
    assert F.huber_loss(one, zero, delta=1).item() == 0.5
    assert F.smooth_l1_loss(one, zero, beta=0).item() == 1
    assert F.smooth_l1_loss(one, zero, beta=0.5).item() == 0.75


@pytest.mark.parametrize("loss", [F.mse_loss, F.smooth_l1_loss, F.huber_loss])
@pytest.mark.parametrize("dtype", [autograd.float32, autograd.float64])
def test_bools_count_as_zeros_and_ones(loss, dtype):
    x, bools = tensor([0.25, 2.0], dtype=dtype), tensor([True, False])
    assert autograd.equal(loss(x, bools), loss(x, bools.to(dtype))) and loss(x, bools).dtype is dtype
    assert autograd.equal(loss(bools, x), loss(bools.to(dtype), x)) and loss(bools, x).dtype is dtype


def test_the_mean_of_integer_losses_is_refused():
    with pytest.raises(RuntimeError, match="floating point"):
        F.mse_loss(tensor([1, 2]), tensor([1, 3]))


def test_zero_dimensional_inputs():
    x, y = tensor(0.75, dtype=autograd.float64), tensor(0.25, dtype=autograd.float64)
    for loss, expected in ((F.mse_loss, 0.25), (F.l1_loss, 0.5), (F.huber_loss, 0.125)):
        assert loss(x, y).shape == () and loss(x, y).item() == expected


@reductions
@pytest.mark.parametrize(
    ("name", "options"),
    [("mse_loss", {}), ("l1_loss", {}), ("smooth_l1_loss", {"beta": 0.5}), ("huber_loss", {"delta": 0.5})],
)
def test_regression_losses_agree_with_pytorch(name, options, reduction, answers):
    check_against_torch(
        answers, name, *np.random.default_rng(7).normal(size=(2, 4, 3, 2)), reduction=reduction, **options
    )
