"""Unfold and Fold: windows of an image as columns."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

from autograd import ones, tensor
from nn import functional as F


@st.composite
def windows(draw):
    kernel, dilation, padding, stride = (
        tuple(draw(st.integers(low, high)) for _ in range(2)) for low, high in ((1, 3), (1, 2), (0, 2), (1, 3))
    )
    size = tuple(
        max(1, d * (k - 1) + 1 - 2 * p) + draw(st.integers(0, 3)) for k, d, p in zip(kernel, dilation, padding)
    )
    return size, (kernel, dilation, padding, stride)


@given(windows(), st.integers(0, 99))
def test_fold_is_the_transpose_of_unfold(drawn, seed):
    size, options = drawn
    rng = np.random.default_rng(seed)
    x = tensor(rng.normal(size=(2, 3, *size)))
    columns = F.unfold(x, *options)
    y = tensor(rng.normal(size=tuple(columns.shape)))
    assert (columns * y).sum().item() == pytest.approx((x * F.fold(y, size, *options)).sum().item())


@given(windows(), st.integers(0, 99))
def test_a_convolution_is_a_product_with_the_columns(drawn, seed):
    size, (kernel, dilation, padding, stride) = drawn
    rng = np.random.default_rng(seed)
    x, weight = tensor(rng.normal(size=(2, 3, *size))), tensor(rng.normal(size=(4, 3, *kernel)))
    out = F.conv2d(x, weight, None, stride, padding, dilation)
    columns = F.unfold(x, kernel, dilation, padding, stride)
    np.testing.assert_allclose((weight.flatten(1) @ columns).numpy(), out.flatten(2).numpy(), atol=1e-10)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: F.unfold(ones(2, 2), 1), RuntimeError, "Expected 3D or 4D"),
        (lambda: F.unfold(ones(1, 1, 2, 2), 3), RuntimeError, "its components must be at least one"),
        (lambda: F.fold(ones(1, 3, 2), 2, 2), RuntimeError, "divisible by the product of kernel_size"),
        (lambda: F.fold(ones(1, 4, 2), 2, 2), RuntimeError, "blocks 1 . 1 = 1, but got input.size.2.=2"),
    ],
)
def test_error_messages(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
