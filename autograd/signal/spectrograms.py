"""Short-time Fourier transforms, their inverse, and PyTorch's older names for window functions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .. import fft
from ..core.tensor import Tensor, wrap
from ..ops.arguments import named
from ..ops.elementwise.complex_numbers import view_as_real
from ..ops.shape.indexing import put_at
from ..ops.shape.padding import pad
from ..ops.shape.reshape import movedim
from ..ops.shape.strided import unfold
from . import windows

__all__ = ["bartlett_window", "blackman_window", "hamming_window", "hann_window", "istft", "kaiser_window", "stft"]


def _periodic(window: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """Define the older form of a window function."""

    def older(
        window_length: int,
        periodic: bool = True,
        *,
        dtype: Any = None,
        device: Any = None,
        layout: Any = None,
        pin_memory: bool = False,
        requires_grad: bool = False,
    ) -> Tensor:
        if window_length < 0:
            raise RuntimeError(f"{name}_window requires non-negative window_length, got {window_length}")
        return window(window_length, sym=not periodic, dtype=dtype, device=device, requires_grad=requires_grad)

    name = window.__name__
    return named(older, f"{name}_window", f"`signal.windows.{name}`, by default periodic.")


hann_window = _periodic(windows.hann)
blackman_window = _periodic(windows.blackman)
bartlett_window = _periodic(windows.bartlett)


def hamming_window(
    window_length: int, periodic: bool = True, alpha: float = 0.54, beta: float = 0.46, *, dtype: Any = None,
    device: Any = None, layout: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The window alpha - beta cos(2πn/N), by default periodic."""
    return windows.general_cosine(
        window_length, a=[alpha, beta], sym=not periodic, dtype=dtype, device=device, requires_grad=requires_grad
    )


def kaiser_window(
    window_length: int, periodic: bool = True, beta: float = 12.0, *, dtype: Any = None, device: Any = None,
    layout: Any = None, pin_memory: bool = False, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """`signal.windows.kaiser`, by default periodic."""
    return windows.kaiser(
        window_length, beta=beta, sym=not periodic, dtype=dtype, device=device, requires_grad=requires_grad
    )


def stft(
    input: Tensor, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
    window: Tensor | None = None, center: bool = True, pad_mode: str = "reflect", normalized: bool = False,
    onesided: bool | None = None, return_complex: bool | None = None, align_to_window: bool | None = None,
) -> Tensor:  # fmt: skip
    """The short-time Fourier transform: the Fourier transforms of overlapping frames of a signal.

    Args:
        input: (T,) or (B, T).
        n_fft: the length of a frame.
        hop_length: the distance between the starts of neighbouring frames; n_fft // 4 by default.
        win_length: the length of the window; n_fft by default.
        window: (win_length,), the weights within a frame; ones by default.
        center: whether frame t is centered at t · hop_length, for which the signal is padded on both sides.
        pad_mode: how to pad, as in `nn.functional.pad`.
        normalized: whether to divide by √n_fft.
        onesided: whether to return only the first n_fft // 2 + 1 frequencies; by default for a real signal and window.
        return_complex: whether to return complex numbers, or pairs of real numbers in an additional last dim.
        align_to_window: with center=False, whether to pad the signal so that the first window begins at its start.

    Returns:
        (B, frequencies, frames), without B for a 1-D input.

    Raises:
        RuntimeError: the lengths do not match, or `return_complex` is not given for a real signal.
    """
    real = input.array.dtype.kind != "c" and (window is None or window.array.dtype.kind != "c")
    if return_complex is None and real:
        raise RuntimeError("stft requires the return_complex parameter be given for real inputs: pass True")
    step = n_fft // 4 if hop_length is None else hop_length
    x = input.reshape(1, -1) if input.array.ndim == 1 else input
    if center and align_to_window is not None:
        raise RuntimeError("stft align_to_window should only be set when center = false")
    if center or align_to_window:
        margin = n_fft // 2 if center else (n_fft - (win_length or n_fft)) // 2
        x = pad(x.unsqueeze(1), (margin, margin), mode=pad_mode).squeeze(1)
    if not 0 < n_fft <= x.array.shape[-1] or step <= 0:
        raise RuntimeError(
            f"stft: expected 0 < n_fft <= {x.array.shape[-1]} and hop_length > 0, but got n_fft={n_fft} and "
            f"hop_length={step}"
        )
    frames = unfold(x, -1, n_fft, step) * _padded_window(window, win_length, n_fft, x)
    norm = "ortho" if normalized else None
    half = real if onesided is None else onesided
    out = movedim(fft.rfft(frames, norm=norm) if half else fft.fft(frames, norm=norm), -1, -2)
    out = out[0] if input.array.ndim == 1 else out
    return view_as_real(out) if return_complex is False else out


def istft(
    input: Tensor, n_fft: int, hop_length: int | None = None, win_length: int | None = None,
    window: Tensor | None = None, center: bool = True, normalized: bool = False, onesided: bool | None = None,
    length: int | None = None, return_complex: bool = False,
) -> Tensor:  # fmt: skip
    """The inverse of `stft`: the sum of the windowed frames, divided by the sum of the squared windows.

    Args:
        input: (frequencies, frames) or (B, frequencies, frames), complex.
        n_fft, hop_length, win_length, window, center, normalized, onesided: as for `stft`.
        length: the length of the signal; by default what the frames cover, less the padding of `center`.
        return_complex: whether the signal is complex.

    Returns:
        The signal, (T,) or (B, T).

    Raises:
        RuntimeError: the sum of the squared windows is 0 at a point of the signal, or `input` has other dims.
    """
    if input.array.ndim not in (2, 3):
        raise RuntimeError(f"istft: expected an input of 2 or 3 dims, but got one of shape {input.array.shape}")
    step = n_fft // 4 if hop_length is None else hop_length
    x = input if input.array.ndim == 3 else input[None]
    weights = _padded_window(window, win_length, n_fft, x)
    half = x.array.shape[1] != n_fft if onesided is None else onesided
    norm = "ortho" if normalized else None
    spectra = movedim(x, -2, -1)
    if return_complex and not half:
        frames = fft.ifft(spectra, norm=norm)
    else:
        frames = fft.irfft(spectra[..., : n_fft // 2 + 1], n_fft, norm=norm)
    # Overlap-add: the frames are added where they overlap, and so are the squared windows, by which they are divided.
    count = x.array.shape[-1]
    total = n_fft + step * (count - 1)
    times = (np.arange(count)[:, None] * step + np.arange(n_fft)).reshape(-1)
    key = (slice(None), times)
    batch = len(x.array)
    summed = put_at((frames * weights).reshape(batch, -1), (batch, total), key)
    square = (weights * weights).unsqueeze(0).expand(count, n_fft).reshape(1, -1)
    envelope = put_at(square, (1, total), key)
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else total - (n_fft // 2 if center else 0)
    summed, envelope = summed[:, start:end], envelope[:, start:end]
    if np.any(np.abs(envelope.array) < 1e-11):
        raise RuntimeError(
            f"istft: window overlap add min: {np.abs(envelope.array).min():g}: the sum of the squared windows must not "
            "be 0 at any point of the signal: use a shorter hop_length, or a window that is not 0 at its ends"
        )
    out = summed / envelope
    if length is not None and out.array.shape[1] < length:
        out = pad(out, (0, length - out.array.shape[1]))
    return out if input.array.ndim == 3 else out[0]


def _padded_window(window: Tensor | None, win_length: int | None, n_fft: int, like: Tensor) -> Tensor:
    """The window (by default ones), padded with zeros on both sides to length n_fft.

    Raises:
        RuntimeError: the window's length is not win_length, or win_length exceeds n_fft.
    """
    length = n_fft if win_length is None else win_length
    if not 0 < length <= n_fft:
        raise RuntimeError(f"stft: expected 0 < win_length <= n_fft, but got win_length={length}")
    if window is None:
        window = wrap(np.ones(length, like.array.real.dtype))
    if window.array.shape != (length,):
        raise RuntimeError(
            f"stft: expected a 1D window tensor of size equal to win_length={length}, but got {window.shape}"
        )
    left = (n_fft - length) // 2
    return pad(window, (left, n_fft - length - left)) if length < n_fft else window
