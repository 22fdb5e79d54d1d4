"""Fourier transforms: NumPy's values, and gradients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd as torch
from autograd import fft, tensor
from autograd.testing import gradcheck
from tests.tools.shares import share

rng = np.random.default_rng(0)
REAL, COMPLEX = rng.normal(size=(3, 4, 5)), rng.normal(size=(3, 4, 5)) + 1j * rng.normal(size=(3, 4, 5))


@share(1 / 4)
@given(
    name=st.sampled_from(["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"]),
    n=st.sampled_from([None, 1, 3, 4, 8]),
    dim=st.integers(-3, 2),
    norm=st.sampled_from([None, "backward", "ortho", "forward"]),
)
def test_transforms_along_one_dim_agree_with_numpy(name, n, dim, norm):
    x = REAL if name in ("rfft", "ihfft") else COMPLEX
    out = getattr(fft, name)(tensor(x), n, dim, norm)
    np.testing.assert_allclose(out.numpy(), getattr(np.fft, name)(x, n, dim, norm), rtol=1e-12, atol=1e-12)


@share(1 / 4)
@given(
    name=st.sampled_from(["fftn", "ifftn", "rfftn", "irfftn", "fft2", "ifft2", "rfft2", "irfft2"]),
    where=st.sampled_from([(None, (0, 1)), ((2, 6), (-1, 0)), (None, (-2, -1)), ((4, 4), (0, 2))]),
    norm=st.sampled_from([None, "ortho", "forward"]),
)
def test_transforms_along_several_dims_agree_with_numpy(name, where, norm):
    x = REAL if name.startswith("r") else COMPLEX
    s, dim = where
    out = getattr(fft, name)(tensor(x), s, dim, norm)
    expected = getattr(np.fft, name)(x, s, dim, norm)
    np.testing.assert_allclose(out.numpy(), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["rfft", "irfft", "hfft", "ihfft", "fft2", "rfftn", "irfftn", "hfftn", "ihfftn"])
def test_gradients_of_transforms_of_given_lengths(name):
    x = (REAL if name in ("rfft", "ihfft", "rfftn", "ihfftn") else COMPLEX)[0, :2, :3]
    several = name[-1] in "2n"
    gradcheck(
        lambda x: getattr(fft, name)(x, (3, 2) if several else 4, (0, 1) if several else 0, "ortho"),
        [tensor(x, requires_grad=True)],
    )


def test_float32_gives_complex64_and_back():
    assert fft.fft(torch.ones(4)).dtype is torch.complex64 and fft.irfft(fft.rfft(torch.ones(4))).dtype is torch.float32


def test_frequencies_and_shifts_agree_with_numpy():
    for n in (4, 5):
        assert fft.fftfreq(n, 0.5).tolist() == pytest.approx(np.fft.fftfreq(n, 0.5).tolist())
        assert fft.rfftfreq(n).tolist() == pytest.approx(np.fft.rfftfreq(n).tolist())
    for dim in (None, 1, (0, 2)):
        np.testing.assert_array_equal(fft.fftshift(tensor(REAL), dim).numpy(), np.fft.fftshift(REAL, dim))
        np.testing.assert_array_equal(fft.ifftshift(fft.fftshift(tensor(REAL), dim), dim).numpy(), REAL)


@pytest.mark.parametrize(
    "call",
    [
        lambda: fft.rfft(tensor(COMPLEX)),
        lambda: fft.fft(tensor(REAL), 0),
        lambda: fft.fft(tensor(REAL), norm="unitary"),
        lambda: fft.fftn(tensor(REAL), (2,), (0, 1)),
    ],
)
def test_wrong_input_raises(call):
    with pytest.raises(RuntimeError):
        call()


def test_frequencies_without_values_or_at_no_distance_are_pytorchs():
    assert fft.fftfreq(0).tolist() == []
    assert str(fft.fftfreq(3, 0.0).tolist() + fft.rfftfreq(0).tolist()) == "[nan, inf, -inf, nan]"
