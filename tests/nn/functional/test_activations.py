"""Activations: values by NumPy, gradients by differences, the documented gradient at kinks, and in-place forms."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import tensor
from nn import functional as F
from tests.tools.shares import share


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def soft(x, axis):
    e = np.exp(x - x.max(axis, keepdims=True))
    return e / e.sum(axis, keepdims=True)


def phi(x):
    return 0.5 * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


#: The function, the module that holds its options, and its values by NumPy.
CASES = {
    "relu": (F.relu, nn.ReLU(), lambda x: np.maximum(x, 0)),
    "relu6": (F.relu6, nn.ReLU6(), lambda x: np.clip(x, 0, 6)),
    "sigmoid": (F.sigmoid, nn.Sigmoid(), sigmoid),
    "tanh": (F.tanh, nn.Tanh(), np.tanh),
    "logsigmoid": (F.logsigmoid, nn.LogSigmoid(), lambda x: np.log(sigmoid(x))),
    "softplus": (
        lambda x: F.softplus(x, 2.0, 5.0),
        nn.Softplus(2.0, 5.0),
        lambda x: np.where(2 * x > 5, x, np.log1p(np.exp(2 * x)) / 2),
    ),
    "softsign": (F.softsign, nn.Softsign(), lambda x: x / (1 + np.abs(x))),
    "tanhshrink": (F.tanhshrink, nn.Tanhshrink(), lambda x: x - np.tanh(x)),
    "softshrink": (F.softshrink, nn.Softshrink(), lambda x: np.sign(x) * np.maximum(np.abs(x) - 0.5, 0)),
    "hardshrink": (F.hardshrink, nn.Hardshrink(), lambda x: np.where(np.abs(x) > 0.5, x, 0)),
    "leaky_relu": (
        lambda x: F.leaky_relu(x, 0.1),
        nn.LeakyReLU(0.1),
        lambda x: np.where(x > 0, x, 0.1 * x),
    ),
    "elu": (lambda x: F.elu(x, 2.0), nn.ELU(2.0), lambda x: np.where(x > 0, x, 2 * np.expm1(x))),
    "celu": (lambda x: F.celu(x, 2.0), nn.CELU(2.0), lambda x: np.where(x > 0, x, 2 * np.expm1(x / 2))),
    "selu": (
        F.selu,
        nn.SELU(),
        lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x)),
    ),
    "gelu": (F.gelu, nn.GELU(), lambda x: x * phi(x)),
    "gelu tanh": (
        lambda x: F.gelu(x, approximate="tanh"),
        nn.GELU("tanh"),
        lambda x: x / 2 * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3))),
    ),
    "silu": (F.silu, nn.SiLU(), lambda x: x * sigmoid(x)),
    "mish": (F.mish, nn.Mish(), lambda x: x * np.tanh(np.log1p(np.exp(x)))),
    "hardtanh": (
        lambda x: F.hardtanh(x, -2, 1.0),
        nn.Hardtanh(-2, 1.0),
        lambda x: np.clip(x, -2, 1),
    ),
    "hardsigmoid": (F.hardsigmoid, nn.Hardsigmoid(), lambda x: np.clip(x + 3, 0, 6) / 6),
    "hardswish": (F.hardswish, nn.Hardswish(), lambda x: x * np.clip(x + 3, 0, 6) / 6),
    "threshold": (
        lambda x: F.threshold(x, 0.3, 7.0),
        nn.Threshold(0.3, 7.0),
        lambda x: np.where(x > 0.3, x, 7),
    ),
    "softmax": (lambda x: F.softmax(x, 1), nn.Softmax(1), lambda x: soft(x, 1)),
    "softmin": (lambda x: F.softmin(x, 0), nn.Softmin(0), lambda x: soft(-x, 0)),
    "log_softmax": (lambda x: F.log_softmax(x, -1), nn.LogSoftmax(-1), lambda x: np.log(soft(x, -1))),
    "glu": (F.glu, nn.GLU(), lambda x: x[:, :2] * sigmoid(x[:, 2:])),
}


each = pytest.mark.parametrize(("function", "module", "expected"), CASES.values(), ids=CASES)


# A grid whose points stay 0.05 away from every kink above: multiples of 0.1, shifted.
numbers = st.integers(-60, 60).map(lambda i: (i + 0.5) / 10 + 0.013)


matrices = st.lists(numbers, min_size=12, max_size=12).map(lambda values: np.array(values).reshape(3, 4))


@each
@share(1 / 4)
@given(x=matrices)
def test_values_and_gradients(function, module, expected, differences, x):
    out = function(tensor(x, requires_grad=True))
    np.testing.assert_allclose(out.detach().numpy(), expected(x), rtol=1e-12, atol=1e-13)
    cotangent = np.random.default_rng(0).normal(size=out.shape)
    leaf = tensor(x, requires_grad=True)
    module(leaf).backward(tensor(cotangent))
    slopes = differences(lambda x: float((expected(x) * cotangent).sum()), x)
    np.testing.assert_allclose(leaf.grad.numpy(), slopes, rtol=1e-7, atol=1e-8)


@pytest.mark.filterwarnings("ignore::RuntimeWarning:autograd")  # as the library sets it
@pytest.mark.parametrize("dtype", [autograd.float16, autograd.float32, autograd.float64])
@pytest.mark.parametrize(("function", "module", "expected"), CASES.values(), ids=CASES)
def test_the_dtype_is_kept(function, module, expected, dtype):
    x = autograd.zeros(3, 4, dtype=dtype, requires_grad=True)
    out = function(x)
    assert out.dtype is dtype
    out.sum().backward()
    assert x.grad.dtype is dtype


@pytest.mark.filterwarnings("ignore::RuntimeWarning:autograd")  # as the library sets it
@pytest.mark.parametrize("name", [n for n in CASES if n not in ("gelu tanh", "tanhshrink")])
def test_extreme_inputs_give_finite_values_and_gradients(name):
    x = tensor([[-1e4, 1e4, -100.0, 100.0]] * 3, requires_grad=True)
    out = CASES[name][0](x)
    out.sum().backward()
    assert np.isfinite(out.detach().numpy()).all()
    assert np.isfinite(x.grad.numpy()).all()


def slope(function, at):
    x = tensor(float(at), dtype=autograd.float64, requires_grad=True)
    function(x).backward()
    return x.grad.item()


@pytest.mark.parametrize(
    ("function", "at", "expected"),
    [
        (F.relu, 0, 0),
        (F.relu6, 0, 0),
        (F.relu6, 6, 0),
        (F.hardtanh, 1, 0),
        (F.hardtanh, -1, 0),
        (F.hardsigmoid, 3, 0),
        (F.hardswish, 3, 1),
        (F.hardswish, -3, 0),
        (lambda x: F.leaky_relu(x, 0.1), 0, 0.1),
        (lambda x: F.elu(x, 2.0), 0, 2),
        (F.celu, 0, 1),
        (F.logsigmoid, 0, 0.5),
        (F.softplus, 0, 0.5),
        (F.softshrink, 0.5, 0),
        (F.hardshrink, 0.5, 0),
        (lambda x: F.threshold(x, 0.0, 0.0), 0, 0),
    ],
)
def test_the_gradient_at_a_kink(function, at, expected):
    assert slope(function, at) == expected


@pytest.mark.parametrize("function", [F.softplus, F.logsigmoid])
@pytest.mark.parametrize("at", [-3.0, 0.0, 2.0])
def test_second_derivatives(function, at):
    x = tensor(at, dtype=autograd.float64, requires_grad=True)
    (first,) = autograd.grad(function(x), [x], create_graph=True)
    (second,) = autograd.grad(first, [x])
    sign = 1 if function is F.softplus else -1
    assert second.item() == pytest.approx(sign * sigmoid(at) * (1 - sigmoid(at)), rel=1e-12)


def test_prelu_has_a_weight_for_each_channel():
    module = nn.PReLU(3)
    assert module.weight.tolist() == [0.25] * 3
    x = -autograd.ones(2, 3, 4)
    module(x).sum().backward()
    assert module.weight.grad.tolist() == [-8.0] * 3
    assert nn.PReLU()(x).sum().item() == -6
    with pytest.raises(RuntimeError, match="Mismatch of parameter numbers and input channel size"):
        module(autograd.ones(2, 4))


def test_rrelu_draws_slopes_in_training_and_uses_their_mean_in_evaluation():
    module, x = nn.RReLU(0.1, 0.3), tensor([-1.0] * 50 + [2.0])
    out = module(x).numpy()
    assert ((out[:50] <= -0.1) & (out[:50] >= -0.3)).all() and len(set(out[:50])) > 40 and out[50] == 2
    np.testing.assert_allclose(module.eval()(x).numpy()[:50], -0.2, rtol=1e-6)
    with pytest.raises(RuntimeError, match="Lower bound"):
        F.rrelu(x, 0.3, 0.1)


def test_gumbel_softmax_draws_classes_with_the_probabilities_of_the_logits():
    p = np.array([[0.1, 0.2, 0.7], [0.5, 0.25, 0.25]])
    logits = tensor(np.log(p)).expand(4000, 2, 3)
    drawn = {}
    for tau in (1.0, 2.0):
        autograd.manual_seed(0)
        drawn[tau] = F.gumbel_softmax(logits, tau, dim=2)
    frequencies = np.eye(3)[drawn[1.0].argmax(2).numpy()].mean(0)
    assert abs(frequencies - p).max() < 0.03
    expected = F.softmax(drawn[1.0].log() / 2, 2)
    np.testing.assert_allclose(drawn[2.0].numpy(), expected.numpy(), rtol=1e-9)
    autograd.manual_seed(0)
    assert F.gumbel_softmax(logits, 1.0).tolist() == drawn[1.0].tolist()


def test_hard_gumbel_softmax_is_one_hot_with_soft_gradients():
    rng = np.random.default_rng(0)
    logits = tensor(rng.normal(size=(4, 3)), requires_grad=True)
    out = F.gumbel_softmax(logits, hard=True)
    assert sorted(np.unique(out.detach().numpy().round(9))) == [0, 1]
    (out * tensor(rng.normal(size=(4, 3)))).sum().backward()
    assert (logits.grad != 0).all()


def test_options_out_of_range_are_refused():
    with pytest.raises(ValueError, match=r"min_val=2\.0 is greater than max_val=1\.0"):
        F.hardtanh(tensor([0.0]), 2.0, 1.0)
    with pytest.raises(RuntimeError, match="approximate argument must be either none or tanh"):
        F.gelu(tensor([0.0]), "x")
    with pytest.raises(RuntimeError, match="Halving dimension must be even, but dimension -1 is size 3"):
        F.glu(autograd.zeros(3))
    with pytest.raises(RuntimeError, match="lambda must be greater or equal to 0, but found to be -1"):
        F.softshrink(tensor([0.0]), -1)
    with pytest.raises(RuntimeError, match="alpha cannot be 0 for CELU"):
        F.celu(tensor([0.0]), 0.0)
    with pytest.warns(UserWarning, match="Implicit dimension choice for softmax has been deprecated"):
        nn.Softmax()(autograd.zeros(2, 2))


REPRS = """
ReLU() Sigmoid() Tanh() LogSoftmax(dim=None) Softplus(beta=1.0, threshold=20.0) LeakyReLU(negative_slope=0.01)
ELU(alpha=1.0) GELU(approximate='none') SiLU() ReLU6() Hardtanh(min_val=-1.0, max_val=1.0) LogSigmoid() Softsign()
Tanhshrink() SELU() CELU(alpha=1.0) Mish() Hardsigmoid() Hardswish() PReLU(num_parameters=1) Softshrink(0.5)
Hardshrink(0.5) GLU(dim=-1) Softmax(dim=None) Softmin(dim=None)
"""


def test_reprs_equal_pytorchs():
    names = [part.strip() for part in REPRS.replace("\n", " ").replace(") ", ")|").split("|") if part.strip()]
    for text in names:
        assert repr(getattr(nn, text.split("(")[0])()) == text
    assert repr(nn.ReLU(inplace=True)) == "ReLU(inplace=True)"
    assert repr(nn.ELU(2.0, True)) == "ELU(alpha=2.0, inplace=True)"


IN_PLACE = {
    "celu": (1.3,), "elu": (1.3,), "hardsigmoid": (), "hardswish": (), "hardtanh": (-0.5, 0.5), "leaky_relu": (0.1,),
    "mish": (), "relu": (), "relu6": (), "rrelu": (0.1, 0.3, False), "selu": (), "silu": (), "threshold": (0.2, 0.5),
}  # fmt: skip


@pytest.mark.parametrize("name", IN_PLACE)
def test_inplace_gives_the_same_values_and_gradients(name):
    function, options = getattr(F, name), IN_PLACE[name]
    values = np.linspace(-7.03, 7.04, 23)
    x, leaf = autograd.tensor(values, requires_grad=True), autograd.tensor(values, requires_grad=True)
    expected = function(x, *options)
    (expected * autograd.arange(23)).sum().backward()
    written = leaf * 1
    out = function(written, *options, inplace=True)
    assert out is written
    (written * autograd.arange(23)).sum().backward()
    np.testing.assert_array_equal(written.detach().numpy(), expected.detach().numpy())
    np.testing.assert_array_equal(leaf.grad.numpy(), x.grad.numpy())
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        function(leaf, *options, inplace=True)
    if hasattr(F, f"{name}_"):
        assert getattr(F, f"{name}_")(leaf * 1, *options).tolist() == expected.tolist()


def test_layers_with_inplace_overwrite_their_input():
    for module in nn.ReLU(True), nn.ELU(inplace=True), nn.Threshold(0.0, 3.0, True), nn.Dropout(1.0, True):
        x = autograd.tensor([-1.0, -2.0])
        assert module(x) is x
        assert x.tolist() != [-1.0, -2.0]
    x = autograd.tensor([-1.0])
    assert nn.Dropout(1.0, True).eval()(x).item() == -1.0


@pytest.mark.parametrize("function", [F.relu, F.leaky_relu, lambda x: F.rrelu(x, 0.1, 0.3), abs])
def test_second_derivatives_of_broken_lines_are_zeros(function):
    x = tensor([-1.0, 0.0, 2.0], requires_grad=True)
    (slope,) = autograd.grad(function(x).sum(), x, create_graph=True)
    assert autograd.grad(slope.sum(), x)[0].tolist() == [0.0] * 3
