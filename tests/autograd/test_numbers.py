"""Numbers and their types: gradients at zeros and ties, half precision, element types, masks of uint8, overflow."""

import math
import operator
import re

import numpy as np
import pytest

import autograd as torch
import nn.functional as F
from autograd import tensor
from tests.tools import edges

INF, NAN = math.inf, math.nan


def gradient(function, values, **options):
    """The gradient of the sum of a function's result."""
    x = tensor(values, requires_grad=True, **options)
    function(x).sum().backward()
    return x.grad.tolist()


# -- derivatives at zeros and ties -------------------------------------------------------------------------------


def test_huber_loss_has_the_second_derivative_1_at_0():
    loss = lambda v: F.huber_loss(v, torch.zeros(2), reduction="sum")
    hessian = torch.functional.hessian(loss, tensor([0.0, 0.5]))
    assert hessian.tolist() == [[1, 0], [0, 1]]


def test_the_derivative_of_xlog1py_where_x_is_0_is_the_logarithm():
    assert gradient(lambda x: torch.special.xlog1py(x, tensor([2.0])), [0.0]) == pytest.approx([math.log(3)])


def test_the_gradient_of_an_angle_at_the_origin_is_0():
    assert gradient(lambda x: torch.atan2(x[0], x[1]), [0.0, 0.0]) == [0, 0]
    assert gradient(lambda x: torch.angle(torch.complex(x, x)), [0.0]) == [0]


@pytest.mark.parametrize("median", [torch.median, torch.nanmedian])
def test_elements_equal_to_the_median_share_its_gradient(median):
    assert gradient(median, [1.0, 0.0, 1.0, 0.0]) == [0, 0.5, 0, 0.5]


def test_the_gradient_of_0_raised_to_a_number():
    with np.errstate(all="ignore"):
        assert gradient(lambda b: 0**b, [-1.0, 0.0, 1.0]) == [-INF, 0, 0]


def test_the_sign_that_copysign_takes_has_gradient_0():
    assert gradient(lambda b: torch.copysign(tensor([1.0, -2.0]), b), [3.0, -1.0]) == [0, 0]


# -- where PyTorch is wrong, by calculus -------------------------------------------------------------------------


def test_sinc_has_the_second_derivative_of_its_series_at_0():
    x = tensor(0.0, requires_grad=True, dtype=torch.float64)
    (first,) = torch.autograd.grad(torch.sinc(x), x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)  # sin(πx)/πx = 1 - (πx)²/6 + …; PyTorch: NaN
    assert second.item() == pytest.approx(-(math.pi**2) / 3)


def test_a_power_has_finite_second_derivatives_where_base_and_exponent_are_0():
    x, y = (tensor(0.0, requires_grad=True) for _ in range(2))
    first = torch.autograd.grad(x**y, (x, y), create_graph=True)
    second = torch.autograd.grad(first[0] + first[1], (x, y))  # PyTorch: NaN
    assert [g.item() for g in second] == [0, 0]


def test_the_derivative_of_polar_is_the_direction_for_a_negative_radius_too():
    r = tensor(-2.0, requires_grad=True)
    torch.polar(r, tensor(0.0)).real.backward()  # r cos 0 has the derivative 1; PyTorch: -1
    assert r.grad.item() == 1


def test_trigamma_is_infinite_at_the_negative_integers():
    with np.errstate(all="ignore"):
        assert torch.polygamma(1, tensor([-1.0, -2.0])).tolist() == [INF, INF]  # PyTorch: about 1e14


def test_largest_values_without_self_share_the_gradient_among_ties():
    x = tensor([9.0, 9.0], requires_grad=True)
    index = tensor([0, 0])
    torch.scatter_reduce(torch.zeros(1), 0, index, x, "amax", include_self=False).backward(tensor([1.0]))
    assert x.grad.tolist() == [0.5, 0.5]


def test_statistics_over_no_dims_are_those_of_all_elements():
    assert torch.var(tensor([1.0, 2.0, 3.0]), dim=()).item() == 1


# -- half precision ----------------------------------------------------------------------------------------------

HALF = torch.float16


def test_sums_and_norms_of_float16_neither_overflow_nor_lose_small_terms():
    assert torch.ones(100000, dtype=HALF).mean().item() == 1
    assert torch.full((4,), 300.0, dtype=HALF).norm().item() == 600
    assert torch.full((1000,), 300.0, dtype=HALF).var().item() == 0
    assert F.softmax(torch.zeros(70000, dtype=HALF), 0)[0].item() == pytest.approx(1.43e-5, rel=0.01)
    assert torch.ones(5000, dtype=HALF).cumsum(0)[-1].item() == 5000
    assert (torch.ones(30000, 2, dtype=HALF) * 2).mean(0).tolist() == [2, 2]
    assert gradient(torch.mean, [1.0] * 100000, dtype=HALF)[0] == pytest.approx(1e-5, rel=0.01)


def test_special_functions_of_float16():
    x = tensor([2.0, 3.5, 6.0], dtype=HALF)
    assert torch.special.erf(x).tolist() == [np.float16(0.995), 1, 1]


def test_a_number_beside_float16_is_not_rounded_to_float16():
    x = tensor([60000.0], dtype=HALF)
    assert (x * 1e-8).item() == pytest.approx(6e-4, rel=1e-3)
    assert (x / 1e5).item() == pytest.approx(0.6, rel=1e-3)
    assert (x * tensor(1e-8)).item() == pytest.approx(6e-4, rel=1e-3)
    assert gradient(lambda x: x / 1e5, [1.0], dtype=HALF) == pytest.approx([1e-5], rel=0.01)


#: Functions of float16 that are rounded at more than one step, as in PyTorch: they combine whole operations.
IN_STEPS = re.compile(r"stack|[*]|//|%|clamp\(t|F\.softmin|unsqueeze|logit|where|F.prelu|lerp")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("call", [call for call in edges.load("one_number") if not IN_STEPS.search(call)])
def test_a_function_of_float16_is_that_of_float32_rounded_once(call):
    points = np.random.default_rng(0).uniform(-4, 4, 50).astype(np.float16)
    half, single = (eval(call, {"t": torch, "F": F, "x": tensor(points.astype(d))}) for d in (np.float16, np.float32))
    if half.dtype is HALF:
        expected = single.numpy().astype(np.float16)
        np.testing.assert_array_max_ulp(*(np.nan_to_num(a) for a in (half.numpy(), expected)), maxulp=1)


# -- element types -----------------------------------------------------------------------------------------------


def test_a_sum_has_the_dtype_that_was_asked_for():
    assert torch.ones(3).sum(dtype=torch.int32).dtype is torch.int32
    assert torch.ones(3).sum(dtype=torch.uint8).dtype is torch.uint8


def test_unpacking_a_sequence_of_integers_gives_integers():
    from nn.utils.rnn import pack_sequence, unpack_sequence

    first, _ = unpack_sequence(pack_sequence([tensor([1, 2]), tensor([3])]))
    assert first.dtype is torch.int64 and first.tolist() == [1, 2]


def test_images_of_bytes_are_interpolated_and_rounded():
    x = (torch.arange(16).reshape(1, 1, 4, 4) * 16).to(torch.uint8)
    assert F.interpolate(x, size=(2, 2), mode="bilinear").tolist() == [[[[40, 72], [168, 200]]]]


def test_ranges_of_complex_numbers():
    assert torch.linspace(0, 3j, 4).tolist() == [0, 1j, 2j, 3j]
    assert torch.logspace(0, 1j, 2).dtype is torch.complex64


# -- masks of bytes, and numbers that do not fit -------------------------------------------------------------------


def test_a_uint8_tensor_as_an_index_is_a_mask():
    mask = tensor([1, 0, 1, 0, 0, 1], dtype=torch.uint8)
    x = torch.arange(6)
    with pytest.warns(UserWarning, match="indexing with dtype torch.uint8"):
        assert x[mask].tolist() == [0, 2, 5]
    with pytest.warns(UserWarning, match="indexing with dtype torch.uint8"):
        x[mask] = tensor([7, 8, 9])
    assert x.tolist() == [7, 1, 8, 3, 4, 9]
    with pytest.warns(UserWarning, match="where received a uint8 condition"):
        assert torch.where(mask, 1, 0).tolist() == [1, 0, 1, 0, 0, 1]


@pytest.mark.parametrize("kind", [torch.int8, torch.int16])
def test_small_integers_are_no_indices(kind):
    with pytest.raises(IndexError, match="long, int, byte or bool"):
        torch.arange(3)[tensor([0], dtype=kind)]


@pytest.mark.parametrize(
    "write",
    [
        lambda x: x.fill_(1000),
        lambda x: x.fill_(NAN),
        lambda x: x.masked_fill_(x == 0, 1000),
        lambda x: x.__setitem__(0, 1000),
        lambda x: x.scatter_(0, tensor([0]), 1000),
        lambda x: x.index_fill_(0, tensor([0]), 1000),
    ],
)
def test_a_number_that_does_not_fit_is_refused_and_changes_nothing(write):
    x = torch.zeros(2, dtype=torch.int8)
    with pytest.raises(RuntimeError, match="cannot be converted to type int8 without overflow"):
        write(x)
    assert x.tolist() == [0, 0]


def test_negative_integers_wrap_around_in_bytes_and_large_numbers_mask_float16():
    assert torch.full((1,), -1, dtype=torch.uint8).item() == 255
    x = torch.zeros(1, dtype=HALF)
    x[0] = -1e9
    assert x.item() == -INF


# -- edges of values -----------------------------------------------------------------------------------------------


def test_products_with_logarithms_at_0_and_infinity():
    assert torch.special.xlogy(tensor([0.0]), tensor([INF])).tolist() == [0]
    assert torch.xlogy(torch.ones(1, dtype=torch.float64), 3).item() == math.log(3)


def test_a_bound_that_is_nan_gives_nan():
    out = torch.clamp(tensor([1.0, 2.0]), min=tensor([NAN, 0.0]))
    assert out.isnan().tolist() == [True, False]


def test_a_variance_beyond_the_count_is_infinite_with_a_warning():
    x = tensor([1.0, 2.0, 4.0])
    for name in ("var", "std"):
        with pytest.warns(UserWarning, match=rf"{name}\(\): degrees of freedom is <= 0"):
            assert getattr(torch, name)(x, correction=5).item() == INF


def test_a_norm_of_negative_order_is_0_where_an_element_is_0():
    assert tensor([0.0, 3.0]).norm(-1).item() == 0
    assert tensor([INF, INF]).norm(-1).item() == INF


# -- matrices that no algorithm converges for ----------------------------------------------------------------------

UNFIT = tensor([[[1.0, 0.0], [0.0, 1.0]], [[NAN, 0.0], [0.0, 1.0]]])


@pytest.mark.parametrize(
    "function",
    [
        torch.linalg.svd, torch.linalg.svdvals, torch.linalg.pinv, torch.linalg.matrix_rank, torch.linalg.cond,
        torch.linalg.cholesky, torch.cholesky, torch.svd, torch.pinverse,
        lambda x: torch.linalg.matrix_norm(x, 2), lambda x: torch.linalg.cholesky_ex(x, check_errors=True),
    ],
)  # fmt: skip
def test_nan_in_a_matrix_raises_one_error_that_names_the_matrix_of_the_batch(function):
    with pytest.raises(torch.linalg.LinAlgError, match=r"\(Batch element 1\)"):
        function(UNFIT)
    with pytest.raises(RuntimeError):
        function(UNFIT[1])


def test_the_forms_with_info_report_and_do_not_raise():
    assert torch.linalg.cholesky_ex(UNFIT).info.tolist() == [0, 1]
    assert torch.linalg.solve_ex(torch.zeros(2, 2), torch.ones(2, 2)).info.item() == 1


def test_eigenvalues_of_what_is_not_finite_are_refused():
    with pytest.raises(RuntimeError, match="should not contain infs or NaNs"):
        torch.linalg.eig(UNFIT)


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_the_determinant_of_a_matrix_with_nan_is_nan():
    x = tensor([[[1.0, 0.0], [0.0, 1.0]], [[NAN, 2.0], [2.0, 4.0]]])
    assert torch.linalg.det(x).isnan().tolist() == [False, True]


@pytest.mark.parametrize("compare", [operator.eq, operator.ne, operator.lt, operator.le, operator.gt, operator.ge])
@pytest.mark.parametrize("dtype", ["uint8", "int8", "int16", "int32", "int64"])
def test_integers_are_compared_with_numbers_that_their_dtype_cannot_hold(dtype, compare):
    # PyTorch wraps the number to the dtype first: there 1 == 257 in uint8.
    limits = torch.iinfo(getattr(torch, dtype))
    elements = [limits.min, 0, 1, limits.max]
    x = tensor(elements, dtype=getattr(torch, dtype))
    for number in (-1, 0, 255, 256, 257, 2**31, 2**63, 2**70, -(2**63) - 1, limits.max + 2, limits.min - 1):
        assert compare(x, number).tolist() == [compare(element, number) for element in elements]
