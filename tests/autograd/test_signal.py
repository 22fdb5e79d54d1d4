"""Window functions and short-time Fourier transforms."""

from __future__ import annotations

import numpy as np
import pytest

import autograd as torch
from autograd import tensor


@pytest.mark.parametrize("name", ["bartlett", "blackman", "hamming", "hanning", "kaiser"])
def test_windows_are_numpys(name):
    for M in (1, 2, 5, 8):
        args = (M, 5.0) if name == "kaiser" else (M,)
        ours = getattr(torch.signal.windows, {"hanning": "hann"}.get(name, name))
        out = ours(M, beta=5.0, dtype=torch.float64) if name == "kaiser" else ours(M, dtype=torch.float64)
        np.testing.assert_allclose(out.numpy(), getattr(np, name)(*args), atol=1e-14)


def test_istft_inverts_stft():
    x = tensor(np.random.default_rng(0).normal(size=(2, 64)), requires_grad=True)
    window = torch.hann_window(16, dtype=torch.float64)
    for onesided in (True, False):
        spectra = torch.stft(x, 16, 4, window=window, onesided=onesided, return_complex=True)
        back = torch.istft(spectra, 16, 4, window=window, onesided=onesided, length=64)
        np.testing.assert_allclose(back.detach().numpy(), x.detach().numpy(), atol=1e-12)


def test_stft_of_a_real_signal_needs_return_complex():
    with pytest.raises(RuntimeError, match="return_complex"):
        torch.stft(torch.ones(8), 4)
