"""Pixel shuffle and channel shuffle."""

import pytest
from hypothesis import given, strategies as st

from autograd import arange, ones, randn
from nn import functional as F


@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
def test_pixel_unshuffle_inverts_pixel_shuffle(channels, high, wide, r):
    x = randn(2, channels * r * r, high, wide)
    bigger = F.pixel_shuffle(x, r)
    assert tuple(bigger.shape) == (2, channels, high * r, wide * r)
    assert F.pixel_unshuffle(bigger, r).tolist() == x.tolist()
    # Channel c r² + i r + j is what stands at row i and column j of every block.
    assert bigger[:, 0, r - 1 :: r, ::r].tolist() == x[:, (r - 1) * r].tolist()


@given(st.integers(1, 4), st.integers(1, 4))
def test_channel_shuffle_can_be_undone(groups, size):
    x = arange(2 * groups * size * 3).reshape(2, groups * size, 3)
    shuffled = F.channel_shuffle(x, groups)
    assert shuffled[0, :, 0].tolist() == [x[0, g * size + i, 0].item() for i in range(size) for g in range(groups)]
    assert F.channel_shuffle(shuffled, size).tolist() == x.tolist()


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: F.pixel_shuffle(ones(1, 3, 2, 2), 2), RuntimeError, "divisible by the square of upscale_factor"),
        (lambda: F.pixel_unshuffle(ones(1, 3, 2, 3), 2), RuntimeError, "width to be divisible by downscale_factor"),
        (lambda: F.channel_shuffle(ones(1, 3, 2, 3), 2), RuntimeError, "divisible by groups. Got 3 channels and 2"),
    ],
)
def test_error_messages(call, kind, message):
    with pytest.raises(kind, match=message):
        call()
