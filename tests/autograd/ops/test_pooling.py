"""Pooling and interpolation: windows and regions by loops, ties, borders, positions, and PyTorch's sizes."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
from autograd import nan, ones, tensor
from autograd.ops.window import pooling
from autograd.ops.window.interpolation import interpolate
from autograd.testing import check_vjp
from nn import functional as F
from tests.tools.answers import assert_alike, condensed


@st.composite
def windows(draw):
    kernel, stride = draw(st.integers(1, 3)), draw(st.integers(1, 3))
    padding = draw(st.integers(0, kernel // 2))
    size = draw(st.integers(max(1, kernel - 2 * padding), 6))
    x = np.random.default_rng(draw(st.integers(0, 99))).integers(-4, 5, (2, size)).astype(float)
    return x, kernel, stride, padding, draw(st.booleans())


def spans(size, kernel, stride, padding, ceil_mode):
    """Where each window starts and ends within the input; a last one must start within it or its left border."""
    count = (size + 2 * padding - kernel) / stride
    count = (math.ceil(count) if ceil_mode else math.floor(count)) + 1
    starts = [i * stride - padding for i in range(count) if not ceil_mode or i * stride < size + padding]
    return [(max(s, 0), min(s + kernel, size), min(s + kernel, size + padding) - s) for s in starts]


@given(windows())
def test_windows_in_one_dim_by_loops(case):
    x, kernel, stride, padding, ceil_mode = case
    parts = spans(x.shape[1], kernel, stride, padding, ceil_mode)
    top, at = F.max_pool1d(tensor(x), kernel, stride, padding, 1, ceil_mode, return_indices=True)
    assert top.tolist() == [[row[a:b].max() for a, b, _ in parts] for row in x]
    assert at.tolist() == [[a + int(row[a:b].argmax()) for a, b, _ in parts] for row in x]
    mean = F.avg_pool1d(tensor(x), kernel, stride, padding, ceil_mode)
    np.testing.assert_allclose(mean.numpy(), [[row[a:b].sum() / n for a, b, n in parts] for row in x])
    inside = F.avg_pool1d(tensor(x), kernel, stride, padding, ceil_mode, count_include_pad=False)
    np.testing.assert_allclose(inside.numpy(), [[row[a:b].mean() for a, b, _ in parts] for row in x])


@given(st.integers(1, 7), st.integers(1, 9), st.integers(0, 99))
def test_regions_cover_the_input(size, count, seed):
    x = np.random.default_rng(seed).normal(size=(2, size))
    bounds = [(i * size // count, -(-(i + 1) * size // count)) for i in range(count)]
    mean = F.adaptive_avg_pool1d(tensor(x), count).numpy()
    np.testing.assert_allclose(mean, [[row[a:b].mean() for a, b in bounds] for row in x])
    top, at = F.adaptive_max_pool1d(tensor(x), count, return_indices=True)
    assert top.tolist() == [[row[a:b].max() for a, b in bounds] for row in x]
    assert at.tolist() == [[a + int(row[a:b].argmax()) for a, b in bounds] for row in x]


CALLS = {
    "max": lambda x: F.max_pool2d(x, (2, 3), (1, 2), (1, 1), (2, 1)),
    "max of regions": lambda x: F.adaptive_max_pool2d(x, (3, 2)),
    "max of even regions": lambda x: F.adaptive_max_pool2d(x, (2, None)),
    "mean": lambda x: F.avg_pool2d(x, 3, 2, 1, True, False),
    "mean over a number": lambda x: F.avg_pool2d(x, 2, divisor_override=3),
    "mean of regions": lambda x: F.adaptive_avg_pool2d(x, (3, 2)),
    "nearest": lambda x: interpolate(x, scale_factor=(1.5, 2)),
    "bilinear": lambda x: interpolate(x, (7, 3), mode="bilinear"),
    "bicubic": lambda x: interpolate(x, (7, 3), mode="bicubic", align_corners=True),
}


@pytest.mark.parametrize("name", CALLS)
def test_gradients_of_first_and_second_order(name):
    rng = np.random.default_rng(0)
    x = rng.permutation(2 * 4 * 5).reshape(1, 2, 4, 5) * 0.3
    taped = lambda x: CALLS[name](x if hasattr(x, "node") else tensor(np.asarray(x)))
    check_vjp(taped, (x,), rng, "differences" if name.startswith("max") else "complex step", order=2)


def test_the_first_of_equal_values_takes_the_gradient():
    x = tensor([[1.0, 1.0, 0.0, 2.0, 2.0, 2.0]], requires_grad=True)
    F.max_pool1d(x, 3).sum().backward()
    assert x.grad.tolist() == [[1.0, 0.0, 0.0, 1.0, 0.0, 0.0]]


def test_overlapping_windows_add_up():
    x = tensor([[0.0, 5.0, 0.0]], requires_grad=True)
    F.max_pool1d(x, 2, 1).sum().backward()
    assert x.grad.tolist() == [[0.0, 2.0, 0.0]]


def test_nan_and_infinities_come_through():
    top = F.max_pool1d(tensor([[nan, 1.0, -math.inf, -math.inf]]), 2)
    assert math.isnan(top[0, 0].item()) and top[0, 1].item() == -math.inf
    x = tensor([[1.0, nan, 2.0, 0.0]], requires_grad=True)
    F.max_pool1d(x, 4).sum().backward()
    assert x.grad.tolist() == [[0.0, 1.0, 0.0, 0.0]], "to the NaN"
    x = tensor([[-math.inf, -math.inf]], requires_grad=True)
    F.max_pool1d(x, 2, padding=1).sum().backward()
    assert x.grad.tolist() == [[1.0, 1.0]]
    assert F.adaptive_avg_pool1d(tensor([[math.inf, 1.0, 2.0]]), 2).tolist() == [[math.inf, 1.5]]


def test_no_regions_give_an_empty_output_and_no_gradient():
    for pool in (F.adaptive_avg_pool1d, F.adaptive_max_pool1d):
        x = ones(1, 2, 5, requires_grad=True)
        out = pool(x, 0)
        out.sum().backward()
        assert out.shape == (1, 2, 0) and not x.grad.any()


def test_an_empty_stride_is_the_size_of_the_window():
    assert F.max_pool1d(tensor([[1.0, 3.0, 2.0, 0.0]]), 2, []).tolist() == [[3.0, 2.0]]


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: F.max_pool2d(ones(1, 4, 4), 2, padding=2), RuntimeError, "pad should be at most half of effective"),
        (lambda: F.max_pool2d(ones(1, 1, 1), 2), RuntimeError, "Output size is too small"),
        (lambda: F.avg_pool1d(ones(4), 2), RuntimeError, "Expected 2D or 3D"),
        (lambda: F.avg_pool1d(ones(1, 4), 0), RuntimeError, "non-positive kernel_size"),
        (lambda: F.avg_pool2d(ones(1, 4, 4), 2, divisor_override=0), RuntimeError, "divisor must be not zero"),
        (lambda: F.adaptive_avg_pool2d(ones(1, 4, 4), (1, 2, 3)), RuntimeError, "output_size must be 2 numbers"),
        (lambda: F.max_pool2d([1.0], 2), TypeError, "must be Tensor, not list"),
        (lambda: interpolate(ones(1, 1, 4)), ValueError, "either size or scale_factor should be defined"),
        (lambda: interpolate(ones(1, 1, 4), 2, 2), ValueError, "only one of size or scale_factor"),
        (lambda: interpolate(ones(1, 1, 4), 2, align_corners=True), ValueError, "align_corners option can only be set"),
        (lambda: interpolate(ones(1, 1, 4), 2, mode="bilinear"), NotImplementedError, "got 3D"),
        (lambda: interpolate(ones(1, 1, 4), (2, 2)), ValueError, "same number of spatial dimensions"),
        (lambda: interpolate(ones(1, 1, 4), 0), RuntimeError, "should be greater than 0"),
    ],
)
def test_what_does_not_fit_is_refused(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def value_and_gradient(library, name, array, *given, **options):
    """The result of a function of `nn.functional`, perhaps a pair, and its gradient for a random cotangent."""
    x = library.tensor(array, requires_grad=True)
    found = getattr(library.nn.functional, name)(x, *given, **options)
    out = found[0] if isinstance(found, tuple) else found
    out.backward(library.tensor(np.random.default_rng(1).normal(size=tuple(out.shape))))
    return condensed((found, x.grad))


@pytest.mark.parametrize("dims", [1, 2])
def test_pooling_agrees_with_pytorch(dims, answers):
    rng = np.random.default_rng(0)
    for kernel, stride, dilation, ceil_mode in itertools.product((2, 3), (None, 1, 3), (1, 2), (False, True)):
        x = rng.integers(-3, 4, (2, 3, 9, 8)[: dims + 2]).astype(float)
        for asked in (
            (f"max_pool{dims}d", x, kernel, stride, 1, dilation, ceil_mode, True),
            (f"avg_pool{dims}d", x, kernel, stride, 1, ceil_mode, dilation == 1),
        ):
            ours, theirs = value_and_gradient(autograd, *asked), answers("torch", value_and_gradient, *asked)
            assert_alike(ours, theirs, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(
    ("mode", "dims"),
    [("nearest", 2), ("nearest-exact", 2), ("linear", 1), ("bilinear", 2), ("bicubic", 2), ("area", 2)],
)
def test_interpolation_agrees_with_pytorch(mode, dims, answers):
    x = np.random.default_rng(0).normal(size=(2, 2, 4, 6)[: dims + 2])
    corners = (None,) if mode in ("nearest", "nearest-exact", "area") else (False, True)
    sizes = [
        {"size": (5, 9)[:dims]},
        {"size": (2, 1)[:dims]},
        {"scale_factor": 1.7},
        {"scale_factor": (2.0, 0.5)[:dims]},
    ]
    for size, align in itertools.product(sizes, corners):
        result = lambda library, **options: value_and_gradient(library, "interpolate", x, **options)
        options = {"mode": mode, "align_corners": align, **size}
        ours, theirs = result(autograd, **options), answers("torch", lambda torch: result(torch, **options))  # noqa: B023 - called at once
        assert_alike(ours, theirs, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "padding", "dilation", "ceil_mode", "out", "pairs"),
    [
        (6, 2, 2, 0, 1, False, 3, (0, 0)),
        (7, 2, 2, 0, 1, False, 3, (0, 0)),
        (7, 2, 2, 0, 1, True, 4, (0, 1)),
        (7, 2, 3, 1, 1, True, 3, (1, 1)),
        (7, 3, 2, 1, 1, False, 4, (1, 1)),
        (5, 3, 4, 1, 1, True, 2, (1, 1)),
        (5, 3, 5, 1, 1, True, 2, (1, 2)),
        (5, 2, 4, 1, 1, True, 2, (1, 1)),
        (5, 2, 6, 1, 1, True, 1, (1, 1)),
        (6, 2, 1, 1, 2, False, 6, (1, 1)),
        (6, 2, 5, 1, 3, True, 2, (1, 2)),
    ],
)
def test_the_padding_after_the_input_is_as_wide_as_the_last_window_needs(
    size, kernel, stride, padding, dilation, ceil_mode, out, pairs
):
    geometry = pooling._geometry("pool", 1, (1, 1, size), kernel, stride, padding, dilation, ceil_mode)
    assert (geometry.out, geometry.padding) == ((out,), (pairs,))


@pytest.mark.parametrize("p", [1, 2, 3, 2.5, math.inf])
def test_windows_of_zeros_have_no_gradient_under_lp_pooling(p):
    x = tensor([[[0.0, 0.0, 3.0, 4.0]]], requires_grad=True)
    F.lp_pool1d(x, p, 2).sum().backward()
    norm = autograd.linalg.norm(x[0, 0, 2:], p)
    np.testing.assert_allclose(x.grad.numpy().ravel(), [0, 0, *autograd.grad(norm, x)[0].numpy().ravel()[2:]], 1e-5)


def test_lp_pooling_of_infinite_p_is_the_largest_absolute_value():
    assert F.lp_pool1d(tensor([[[0.0, -2.0, 3.0, -1.0]]]), math.inf, 2).tolist() == [[[2.0, 3.0]]]
