"""`torch.signal.windows`: window functions, weights that decrease towards both ends.

Each takes the number of points `M`. With `sym` the window is symmetric; without, it is periodic: the first M of M + 1
symmetric points, for use with a Fourier transform. N below is M - 1 or M.

>>> hann(3), hann(4, sym=False)
(tensor([0., 1., 0.]), tensor([0.0000, 0.5000, 1.0000, 0.5000]))
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..base.dtypes import Array, default_float, to_numpy_dtype
from ..core.tensor import Tensor, wrap
from ..ops.arguments import named
from ..ops.special.bessel import bessel_i
from ..surface import make_public as _make_public

__all__ = [
    "bartlett", "blackman", "cosine", "exponential", "gaussian", "general_cosine", "general_hamming", "hamming",
    "hann", "kaiser", "nuttall",
]  # fmt: skip


def general_cosine(
    M: int, *, a: Sequence[float], sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """A sum of cosines: a₀ - a₁ cos(2πn/N) + a₂ cos(4πn/N) - …

    Raises:
        ValueError: M is negative, or `a` is empty.
    """
    if not a:
        raise ValueError("Coefficients cannot be empty")
    n, N = _points("general_cosine", M, sym)
    return _window(np.ones(1) if M == 1 else _cosines(*a)(n, N), dtype, requires_grad)


def general_hamming(
    M: int, *, alpha: float = 0.54, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The generalized Hamming window alpha - (1 - alpha) cos(2πn/N)."""
    return general_cosine(M, a=[alpha, 1 - alpha], sym=sym, dtype=dtype, requires_grad=requires_grad)


def _plain(name: str, formula: Callable[[Array, float], Array], doc: str) -> Callable[..., Tensor]:
    """Define a window without parameters by a function of n and N."""

    def window(
        M: int,
        *,
        sym: bool = True,
        dtype: Any = None,
        layout: Any = None,
        device: Any = None,
        requires_grad: bool = False,
    ) -> Tensor:
        return _window(np.ones(1) if M == 1 else formula(*_points(name, M, sym)), dtype, requires_grad)

    return named(window, name, doc)


def _cosines(*a: float) -> Callable[[Array, float], Array]:
    """The sum of cosines with these coefficients, as a function of n and N."""
    return lambda n, N: np.asarray(sum((-1) ** i * c * np.cos(2 * math.pi * i * n / N) for i, c in enumerate(a)))


hamming = _plain("hamming", _cosines(0.54, 1 - 0.54), "The Hamming window 0.54 - 0.46 cos(2πn/N).")
hann = _plain("hann", _cosines(0.5, 0.5), "The Hann window (1 - cos(2πn/N)) / 2 = sin²(πn/N).")
blackman = _plain("blackman", _cosines(0.42, 0.5, 0.08), "The Blackman window 0.42 - 0.5 cos(2πn/N) + 0.08 cos(4πn/N).")
#: A. H. Nuttall, "Some windows with very good sidelobe behavior" (1981).
nuttall = _plain(
    "nuttall", _cosines(0.3635819, 0.4891775, 0.1365995, 0.0106411), "The Nuttall window, a sum of four cosines."
)
bartlett = _plain("bartlett", lambda n, N: 1 - abs(2 * n / N - 1), "The Bartlett window: a triangle, 0 at both ends.")
cosine = _plain(
    "cosine", lambda n, N: np.sin(math.pi * (n + 0.5) / (N + 1)), "The cosine window: half a period of the sine."
)


def exponential(
    M: int, *, center: float | None = None, tau: float = 1.0, sym: bool = True, dtype: Any = None, layout: Any = None,
    device: Any = None, requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The exponential window exp(-|n - center| / tau); `center` is the middle by default.

    Raises:
        ValueError: M is negative, `tau` is not positive, or `center` is given for a symmetric window.
    """
    if tau <= 0:
        raise ValueError(f"Tau must be positive, got: {tau} instead.")
    if sym and center is not None:
        raise ValueError(f"Center must be None for symmetric windows, but got {center}")
    n, _ = _points("exponential", M, sym)
    middle = (M if not sym and M > 1 else M - 1) / 2 if center is None else center
    return _window(np.exp(-np.abs(n - middle) / tau), dtype, requires_grad)


def gaussian(
    M: int, *, std: float = 1.0, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The Gaussian window of standard deviation `std` around the middle.

    Raises:
        ValueError: M is negative, or `std` is not positive.
    """
    if std <= 0:
        raise ValueError(f"Standard deviation must be positive, got: {std} instead.")
    n, _ = _points("gaussian", M, sym)
    middle = (M if not sym and M > 1 else M - 1) / 2
    return _window(np.exp(-(((n - middle) / std) ** 2) / 2), dtype, requires_grad)


def kaiser(
    M: int, *, beta: float = 12.0, sym: bool = True, dtype: Any = None, layout: Any = None, device: Any = None,
    requires_grad: bool = False,
) -> Tensor:  # fmt: skip
    """The Kaiser window I₀(β √(1 - (2n/N - 1)²)) / I₀(β).

    Raises:
        ValueError: M or `beta` is negative.
    """
    if beta < 0:
        raise ValueError(f"beta must be non-negative, got: {beta} instead.")
    n, N = _points("kaiser", M, sym)
    height = beta * np.sqrt(np.maximum(1 - (2 * n / N - 1) ** 2, 0))
    return _window(np.ones(1) if M == 1 else bessel_i(height, 0) / bessel_i(np.float64(beta), 0), dtype, requires_grad)


def _points(name: str, M: int, sym: bool) -> tuple[Array, float]:
    """The points n = 0, 1, …, M - 1, and N, by which they are divided.

    Raises:
        ValueError: M is negative.
    """
    if M < 0:
        raise ValueError(f"{name} requires non-negative window length, got M={M}")
    return np.arange(M, dtype=np.float64), max(M - 1 if sym else M, 1) if M != 1 else 1.0


def _window(values: Array, dtype: Any, requires_grad: bool) -> Tensor:
    kind = default_float() if dtype is None else to_numpy_dtype(dtype)
    if kind.kind != "f" or kind.itemsize < 4:
        raise ValueError(f"windows expect float32 or float64 dtypes, got: {kind}")
    return wrap(values.astype(kind)).requires_grad_(requires_grad)


_make_public(globals())
