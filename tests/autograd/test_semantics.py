"""What happens at ties, edges and extremes; types and their promotion; NumPy beside Tensors; printing."""

import math

import numpy as np
import pytest

import autograd as torch
from autograd import float32, float64, grad, tensor

#: Infinities are values here, and NumPy's remarks on them are not wanted.
pytestmark = pytest.mark.filterwarnings(r"ignore::RuntimeWarning:autograd\..*")


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


def slope(f, x):
    """The gradient of the sum of f at x, as nested lists."""
    x = leaf(x)
    return grad(f(x).sum(), x)[0].tolist()


# -- ties and edges ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "x", "expected"),
    [
        (torch.relu, [-1, 0, 1], [0, 0, 1]),
        (torch.abs, [-1, 0, 1], [-1, 0, 1]),
        (torch.sign, [-1, 0, 1], [0, 0, 0]),
        (torch.floor, [0.5, 1.0], [0, 0]),
        (lambda x: torch.clamp(x, 0, 1), [-1, 0, 0.5, 1, 2], [0, 1, 1, 1, 0]),
        (lambda x: torch.clamp(x, min=0), [-1, 0, 1], [0, 1, 1]),
        (lambda x: torch.max(x), [1, 3, 3], [0, 0.5, 0.5]),
        (lambda x: torch.min(x), [1, 1, 3], [0.5, 0.5, 0]),
        (lambda x: torch.amax(x, 0), [3, 3, 1], [0.5, 0.5, 0]),
        (lambda x: torch.max(x, 0).values, [1, 3, 3], [0, 1, 0]),
        (lambda x: torch.min(x, 0).values, [1, 1, 3], [1, 0, 0]),
        (lambda x: torch.maximum(x, tensor([1.0, 1.0], dtype=float64)), [1, 2], [0.5, 1]),
        (lambda x: torch.minimum(x, tensor([1.0, 1.0], dtype=float64)), [1, 2], [0.5, 0]),
        (torch.norm, [0, 0], [0, 0]),
        (lambda x: torch.norm(x, p=1), [0, 2], [0, 1]),
        (lambda x: torch.norm(x, p=3), [0, 0], [0, 0]),
        (lambda x: x**0, [0, 2], [0, 0]),
        (lambda x: x**1, [0, 2], [1, 1]),
        (lambda x: x**2, [0, 2], [0, 4]),
        (lambda x: x ** tensor([0.0, 0.0], dtype=float64), [0, 2], [0, 0]),
        (lambda x: tensor([0.0, 0.0], dtype=float64) ** x, [0, 2], [0, 0]),
        (lambda x: 0.0**x, [1, 2], [0, 0]),
        (torch.std, [2, 2, 2], [0, 0, 0]),
        (torch.prod, [0, 2, 3], [6, 0, 0]),
        (torch.prod, [0, 0, 3], [0, 0, 0]),
        (torch.prod, [2, 3, 4], [12, 8, 6]),
        (lambda x: torch.cumprod(x, 0), [0, 2, 3], [1 + 2 + 6, 0, 0]),
        (lambda x: x.where(x > 0, -x), [-1, 0, 1], [-1, -1, 1]),
        (lambda x: torch.where(x > 0, x, -x), [-1, 0, 1], [-1, -1, 1]),
        (lambda x: torch.median(x), [3, 1, 2, 4], [0, 0, 1, 0]),
        (lambda x: torch.sort(x).values * tensor([1.0, 2.0, 3.0]), [3, 1, 2], [3, 1, 2]),
        (lambda x: torch.topk(x, 2).values, [3, 1, 2], [1, 0, 1]),
    ],
)
def test_the_gradient_at_a_kink_or_tie_is_the_documented_choice(f, x, expected):
    assert slope(f, x) == expected


def test_zero_to_the_zeroth_power_is_one():
    assert (leaf(0.0) ** 0).item() == 1
    assert (leaf(0.0) ** leaf(0.0)).item() == 1


@pytest.mark.parametrize("zeros", [0, 1, 2, 3])
def test_prod_has_the_right_second_derivatives_at_zeros(zeros):
    values = [0.0] * zeros + [2.0, 3.0, 5.0][: 4 - zeros] + [7.0] * (zeros == 0)
    x = leaf(values)
    (first,) = grad(torch.prod(x), x, create_graph=True)
    hessian = [grad(g, x, retain_graph=True)[0].tolist() for g in first]
    n = len(values)
    expected = [
        [0.0 if i == j else math.prod(values[k] for k in range(n) if k not in (i, j)) for j in range(n)]
        for i in range(n)
    ]
    assert hessian == expected


# -- extremes ---------------------------------------------------------------------------------------

HUGE = [-1e4, -800.0, -89.0, 0.0, 89.0, 800.0, 1e4]


@pytest.mark.parametrize("dtype", [float32, float64])
@pytest.mark.parametrize(
    "f",
    [
        torch.sigmoid,
        torch.tanh,
        torch.erf,
        lambda x: torch.logsumexp(x, 0),
        lambda x: torch.softmax(x, 0),
        lambda x: torch.log_softmax(x, 0),
        torch.norm,
        torch.std,
        torch.atan,
    ],
    ids=["sigmoid", "tanh", "erf", "logsumexp", "softmax", "log_softmax", "norm", "std", "atan"],
)
def test_extreme_values_have_finite_results_and_finite_gradients(f, dtype):
    x = tensor(HUGE, dtype=dtype, requires_grad=True)
    out = f(x)
    assert np.isfinite(out.detach().numpy()).all()
    (g,) = grad(out, x, torch.ones_like(out) * 0.7)
    assert np.isfinite(g.numpy()).all() and g.dtype is dtype


def test_logsumexp_of_nothing_but_minus_infinity_is_minus_infinity_with_gradient_zero():
    x = leaf([-math.inf, -math.inf])
    out = torch.logsumexp(x, 0)
    assert out.item() == -math.inf
    assert grad(out, x)[0].tolist() == [0, 0]


def test_logarithm_of_zero_is_minus_infinity_without_a_warning():
    assert torch.log(tensor(0.0)).item() == -math.inf


# -- types ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "expected"),
    [(1.0, "float32"), (1, "int64"), (True, "bool"), (1j, "complex64"), ([1, 2.0], "float32"), ([True, 2], "int64"),
     (np.float64(1), "float64"), (np.zeros(2, np.int8), "int8"), ([], "float32")],
)  # fmt: skip
def test_python_numbers_become_the_default_types_and_arrays_keep_theirs(value, expected):
    assert tensor(value).dtype.name == expected


PROMOTION = """
          uint8   int8    int16   int32   int64   float16 float32 float64 complex64 bool
uint8     uint8   int16   int16   int32   int64   float16 float32 float64 complex64 uint8
int8      int16   int8    int16   int32   int64   float16 float32 float64 complex64 int8
int16     int16   int16   int16   int32   int64   float16 float32 float64 complex64 int16
int32     int32   int32   int32   int32   int64   float16 float32 float64 complex64 int32
int64     int64   int64   int64   int64   int64   float16 float32 float64 complex64 int64
float16   float16 float16 float16 float16 float16 float16 float32 float64 complex64 float16
float32   float32 float32 float32 float32 float32 float32 float32 float64 complex64 float32
float64   float64 float64 float64 float64 float64 float64 float64 float64 complex128 float64
complex64 complex64 complex64 complex64 complex64 complex64 complex64 complex64 complex128 complex64 complex64
bool      uint8   int8    int16   int32   int64   float16 float32 float64 complex64 bool
"""


def promotion_table():
    header, *rows = (line.split() for line in PROMOTION.strip().splitlines())
    return [(row[0], column, kind) for row in rows for column, kind in zip(header, row[1:], strict=True)]


@pytest.mark.parametrize(("a", "b", "expected"), promotion_table())
def test_sums_have_the_type_of_the_promotion_table(a, b, expected):
    x, y = torch.ones(2, dtype=getattr(torch, a)), torch.ones(2, dtype=getattr(torch, b))
    assert torch.promote_types(x.dtype, y.dtype).name == expected
    assert (x + y).dtype.name == expected
    assert (x * y).dtype.name == expected


@pytest.mark.parametrize(
    ("a", "b", "expected"),
    [
        (torch.ones(2), 1.5, "float32"),
        (torch.ones(2, dtype=torch.int32), 2, "int32"),
        (torch.ones(2, dtype=torch.int32), 1.5, "float32"),
        (torch.ones(2, dtype=torch.uint8), torch.tensor(300), "uint8"),
        (torch.ones(2), tensor(1.0, dtype=float64), "float32"),
        (torch.ones(2, dtype=torch.int8), tensor(1.0, dtype=float64), "float64"),
        (torch.ones(2, dtype=torch.bool), 1, "int64"),
        (torch.ones(2), 1j, "complex64"),
        (torch.ones(2, dtype=float64), 1j, "complex128"),
        (tensor(1.0), tensor(1.0, dtype=float64), "float64"),
    ],
)
def test_numbers_and_zero_dimensional_tensors_widen_only_the_category(a, b, expected):
    assert (a * b).dtype.name == expected
    assert (b * a).dtype.name == expected


def test_gradients_have_the_type_of_their_inputs_even_after_promotion():
    x, y = torch.ones(2, requires_grad=True), torch.ones(2, dtype=float64, requires_grad=True)
    (x * y).sum().backward()
    assert x.grad.dtype is float32 and y.grad.dtype is float64


def test_zero_dimensional_results_stay_numpy_scalars_inside():
    x = leaf(2.0)
    for out in (x, x * x, x + 1, torch.exp(x), x**2, -x, torch.relu(x), leaf([1.0, 2.0]).sum(), torch.sigmoid(x)):
        assert isinstance(out.array, np.float64), out


# -- NumPy beside Tensors ---------------------------------------------------------------------------


def test_numpy_functions_and_operators_record_their_graph():
    t = leaf([1.0, 2.0])
    array = np.array([3.0, 4.0])
    for out in (np.exp(t), array * t, t * array, array + t, array - t, array / t, np.float64(2) * t, t**array,
                np.array([[1.0, 2.0]]) @ t, np.maximum(array, t), 2.0 - t, np.add(t, 1)):  # fmt: skip
        assert isinstance(out, torch.Tensor) and out.requires_grad and out.dtype is float64
    np.exp(t).sum().backward()
    np.testing.assert_allclose(t.grad.numpy(), np.exp([1.0, 2.0]))


def test_numpy_scalars_are_as_weak_as_python_numbers():
    t = tensor([1.0, 2.0], requires_grad=True)
    assert (np.float64(2) * t).dtype is float32
    assert (t * np.float64(2)).dtype is float32


def test_an_array_refuses_to_take_a_tensor_in_place():
    t, array = leaf([1.0, 2.0]), np.zeros(2)
    with pytest.raises(TypeError, match=r"graph would be lost"):
        array += t
    assert array.tolist() == [0, 0]


def test_an_array_of_a_tensor_that_requires_grad_is_refused():
    t = leaf([1.0, 2.0])
    for attempt in (lambda: np.array(t), lambda: np.asarray(t), lambda: t.numpy(), lambda: np.sum(t.__array__())):
        with pytest.raises(RuntimeError, match=r"detach\(\)"):
            attempt()
    assert np.asarray(t.detach()).tolist() == [1, 2]


def test_from_numpy_detach_and_numpy_share_memory():
    array = np.zeros(3)
    t = torch.from_numpy(array)
    array[0] = 5
    assert t[0].item() == 5
    assert np.shares_memory(t.detach().numpy(), array)
    assert not np.shares_memory(tensor(array).numpy(), array)


# -- printing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda: tensor([1.0, 2.5]), "tensor([1.0000, 2.5000])"),
        (lambda: tensor([1.0, 2.0], requires_grad=True), "tensor([1., 2.], requires_grad=True)"),
        (lambda: tensor(3), "tensor(3)"),
        (lambda: tensor([True, False]), "tensor([ True, False])"),
        (lambda: tensor([1.0], dtype=float64), "tensor([1.], dtype=autograd.float64)"),
        (lambda: tensor([1.0, 2.0], requires_grad=True) * 2, "tensor([2., 4.], grad_fn=<MulBackward0>)"),
        (lambda: torch.zeros(0), "tensor([])"),
        (lambda: torch.zeros(2, 0), "tensor([], size=(2, 0))"),
        (lambda: tensor([1e-5, 1.0]), "tensor([1.0000e-05, 1.0000e+00])"),
        (lambda: tensor([math.nan, math.inf, 1.0]), "tensor([nan, inf, 1.])"),
        (lambda: torch.eye(2), "tensor([[1., 0.],\n        [0., 1.]])"),
        (lambda: tensor([1 + 2j]), "tensor([1.+2.j])"),
    ],
)
def test_a_tensor_prints_as_in_pytorch(make, expected):
    assert repr(make()) == expected


def test_a_long_tensor_is_summarised():
    assert repr(torch.arange(2000)) == "tensor([   0,    1,    2,  ..., 1997, 1998, 1999])"
