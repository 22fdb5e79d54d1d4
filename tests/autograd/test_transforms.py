"""Fourier transforms, windows and special functions: NumPy, mathematics and known values as the oracles."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd as torch
from autograd import fft, special, tensor
from autograd.ops.special import bessel
from autograd.testing import gradcheck
from tests.shares import share

rng = np.random.default_rng(0)
REAL, COMPLEX = rng.normal(size=(3, 4, 5)), rng.normal(size=(3, 4, 5)) + 1j * rng.normal(size=(3, 4, 5))


@share(1 / 4)
@given(
    name=st.sampled_from(["fft", "ifft", "rfft", "irfft", "hfft", "ihfft"]),
    n=st.sampled_from([None, 1, 3, 4, 8]),
    dim=st.integers(-3, 2),
    norm=st.sampled_from([None, "backward", "ortho", "forward"]),
)
def test_transforms_along_one_dim_are_numpys(name, n, dim, norm):
    x = REAL if name in ("rfft", "ihfft") else COMPLEX
    out = getattr(fft, name)(tensor(x), n, dim, norm)
    np.testing.assert_allclose(out.numpy(), getattr(np.fft, name)(x, n, dim, norm), rtol=1e-12, atol=1e-12)


@share(1 / 4)
@given(
    name=st.sampled_from(["fftn", "ifftn", "rfftn", "irfftn", "fft2", "ifft2", "rfft2", "irfft2"]),
    where=st.sampled_from([(None, (0, 1)), ((2, 6), (-1, 0)), (None, (-2, -1)), ((4, 4), (0, 2))]),
    norm=st.sampled_from([None, "ortho", "forward"]),
)
def test_transforms_along_several_dims_are_numpys(name, where, norm):
    x = REAL if name.startswith("r") else COMPLEX
    s, dim = where
    out = getattr(fft, name)(tensor(x), s, dim, norm)
    expected = getattr(np.fft, name)(x, s, dim, norm)
    np.testing.assert_allclose(out.numpy(), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ["rfft", "irfft", "hfft", "ihfft", "fft2", "rfftn", "irfftn", "hfftn", "ihfftn"])
def test_gradients_of_transforms_with_lengths(name):
    x = (REAL if name in ("rfft", "ihfft", "rfftn", "ihfftn") else COMPLEX)[0, :2, :3]
    several = name[-1] in "2n"
    gradcheck(
        lambda x: getattr(fft, name)(x, (3, 2) if several else 4, (0, 1) if several else 0, "ortho"),
        [tensor(x, requires_grad=True)],
    )


def test_single_precision_stays_single():
    assert fft.fft(torch.ones(4)).dtype is torch.complex64 and fft.irfft(fft.rfft(torch.ones(4))).dtype is torch.float32


def test_frequencies_and_shifts_are_numpys():
    for n in (4, 5):
        assert fft.fftfreq(n, 0.5).tolist() == pytest.approx(np.fft.fftfreq(n, 0.5).tolist())
        assert fft.rfftfreq(n).tolist() == pytest.approx(np.fft.rfftfreq(n).tolist())
    for dim in (None, 1, (0, 2)):
        np.testing.assert_array_equal(fft.fftshift(tensor(REAL), dim).numpy(), np.fft.fftshift(REAL, dim))
        np.testing.assert_array_equal(fft.ifftshift(fft.fftshift(tensor(REAL), dim), dim).numpy(), REAL)


def test_the_signal_comes_back_from_its_pieces():
    x = tensor(rng.normal(size=(2, 64)), requires_grad=True)
    window = torch.hann_window(16, dtype=torch.float64)
    for onesided in (True, False):
        pieces = torch.stft(x, 16, 4, window=window, onesided=onesided, return_complex=True)
        back = torch.istft(pieces, 16, 4, window=window, onesided=onesided, length=64)
        np.testing.assert_allclose(back.detach().numpy(), x.detach().numpy(), atol=1e-12)


@pytest.mark.parametrize("name", ["bartlett", "blackman", "hamming", "hanning", "kaiser"])
def test_windows_are_numpys(name):
    for M in (1, 2, 5, 8):
        args = (M, 5.0) if name == "kaiser" else (M,)
        ours = getattr(torch.signal.windows, {"hanning": "hann"}.get(name, name))
        out = ours(M, beta=5.0, dtype=torch.float64) if name == "kaiser" else ours(M, dtype=torch.float64)
        np.testing.assert_allclose(out.numpy(), getattr(np, name)(*args), atol=1e-14)


@pytest.mark.parametrize(
    "call",
    [
        lambda: fft.rfft(tensor(COMPLEX)),
        lambda: fft.fft(tensor(REAL), 0),
        lambda: fft.fft(tensor(REAL), norm="unitary"),
        lambda: fft.fftn(tensor(REAL), (2,), (0, 1)),
        lambda: torch.stft(torch.ones(8), 4),
        lambda: special.polygamma(-1, torch.ones(1)),
        lambda: special.multigammaln(torch.ones(1), 0),
        lambda: torch.scatter_reduce(torch.ones(1), 0, tensor([0]), torch.ones(1), "max"),
    ],
)
def test_wrong_input_is_refused(call):
    with pytest.raises(RuntimeError):
        call()


# -- special functions -----------------------------------------------------------------------------------

POINTS = np.array([1e-8, 0.01, 0.3, 0.5, 1.0, 1.5, 2.0, 3.7, 9.9, 10.1, 31.9, 32.1, 170.0, 1e5])

#: A function, a point and its value, from the Handbook's tables and series summed to more digits.
KNOWN = [
    (lambda x: special.digamma(x), 1.0, -0.57721566490153286),
    (lambda x: special.polygamma(1, x), 1.0, math.pi**2 / 6),
    (lambda x: special.polygamma(2, x), 1.0, -2.4041138063191886),
    (lambda x: special.zeta(x, torch.ones(1, dtype=torch.float64)), 4.0, math.pi**4 / 90),
    (lambda x: bessel.i0(x), 1.0, 1.2660658777520084),
    (lambda x: special.i1(x), -1.0, -0.56515910399248503),
    (lambda x: special.bessel_j0(x), 1.0, 0.76519768655796655),
    (lambda x: special.bessel_j1(x), 1.0, 0.44005058574493351),
    (lambda x: special.bessel_y0(x), 1.0, 0.088256964215676958),
    (lambda x: special.bessel_y1(x), 1.0, -0.78121282130028872),
    (lambda x: special.modified_bessel_k0(x), 1.0, 0.42102443824070834),
    (lambda x: special.modified_bessel_k1(x), 1.0, 0.60190723019723458),
    (lambda x: special.erfcx(x), 1.0, 0.42758357615580700),
    (lambda x: special.ndtri(x), 0.975, 1.9599639845400543),
    (lambda x: special.log_ndtr(x), -10.0, -53.231285150512470),
    (lambda x: special.multigammaln(x, 2), 1.5, math.log(math.pi) / 2 + math.lgamma(1.5)),
]


@pytest.mark.parametrize("place", range(len(KNOWN)))
def test_known_values(place):
    function, x, expected = KNOWN[place]
    assert function(tensor([x], dtype=torch.float64)).item() == pytest.approx(expected, rel=1e-14)


def test_lgamma_is_that_of_the_c_library_on_both_sides_of_zero():
    for x in (*POINTS, *(-POINTS[:8] - 0.2)):
        assert torch.lgamma(tensor(x)).item() == pytest.approx(math.lgamma(x), rel=1e-13, abs=1e-14)


def test_functions_and_their_inverses():
    p = np.array([1e-300, 1e-10, 0.02, 0.3, 0.5, 0.9, 1 - 1e-12])
    np.testing.assert_allclose(special.ndtr(special.ndtri(tensor(p))).numpy(), p, rtol=1e-11)
    x = np.array([-0.999999, -0.5, -1e-10, 0.0, 0.3, 0.85])
    np.testing.assert_allclose(torch.erf(special.erfinv(tensor(x))).numpy(), x, rtol=1e-14)


def test_laws_between_special_functions():
    x = tensor(POINTS[2:12])
    tail = torch.igammac(x, x + 0.1)
    np.testing.assert_allclose((torch.igamma(x, x + 0.1) + tail).numpy(), 1, rtol=1e-14)
    np.testing.assert_allclose(special.digamma(x + 1).numpy(), (special.digamma(x) + 1 / x).numpy(), rtol=1e-13)
    wronskian = special.bessel_j1(x) * special.bessel_y0(x) - special.bessel_j0(x) * special.bessel_y1(x)
    np.testing.assert_allclose(wronskian.numpy(), 2 / (math.pi * x.numpy()), rtol=1e-11)
    modified = bessel.i0(x) * special.modified_bessel_k1(x) + special.i1(x) * special.modified_bessel_k0(x)
    np.testing.assert_allclose(modified.numpy(), 1 / x.numpy(), rtol=1e-12)
    np.testing.assert_allclose(special.erfcx(x[:5]).numpy(), (torch.exp(x * x) * torch.erfc(x))[:5].numpy(), rtol=1e-12)
    degree = torch.arange(6)
    angles = tensor(rng.uniform(0, math.pi, 6))
    t = special.chebyshev_polynomial_t(angles.cos(), degree)
    np.testing.assert_allclose(t.numpy(), np.cos(degree.numpy() * angles.numpy()), atol=1e-13)


def test_edges_of_special_functions():
    inf, nan = math.inf, math.nan
    x = tensor([0.0, -1.0, inf, nan], dtype=torch.float64)
    assert repr(torch.lgamma(x).tolist()) == repr([inf, inf, inf, nan])
    assert repr(torch.digamma(x).tolist()) == repr([-inf, nan, inf, nan])
    assert repr(special.erfinv(tensor([1.0, -1.0, 2.0, 0.0])).tolist()) == repr([inf, -inf, nan, 0.0])
    assert repr(special.entr(x).tolist()) == repr([0.0, -inf, -inf, nan])


def test_sinc_has_its_second_derivative_at_zero():
    x = tensor(0.0, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(torch.sinc(x), x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    assert second.item() == pytest.approx(-(math.pi**2) / 3)


@pytest.mark.parametrize("reduce", ["sum", "prod", "mean", "amax", "amin"])
@pytest.mark.parametrize("include_self", [True, False])
def test_scatter_reduce_is_a_loop_and_its_gradient_right(reduce, include_self):
    x, src, index = rng.normal(size=(3, 2)), rng.normal(size=(4, 2)), rng.integers(0, 3, (4, 2))
    how = {"sum": np.sum, "prod": np.prod, "mean": np.mean, "amax": np.max, "amin": np.min}[reduce]
    expected = x.copy()
    for i, j in np.ndindex(x.shape):
        met = [src[k, j] for k in range(4) if index[k, j] == i]
        expected[i, j] = how([x[i, j], *met] if include_self or not met else met)
    out = torch.scatter_reduce(tensor(x), 0, tensor(index), tensor(src), reduce, include_self=include_self)
    np.testing.assert_allclose(out.numpy(), expected, rtol=1e-13)
    gradcheck(
        lambda a, b: torch.scatter_reduce(a, 0, tensor(index), b, reduce, include_self=include_self),
        [tensor(x, requires_grad=True), tensor(src, requires_grad=True)],
    )


def test_gradient_and_histograms_are_numpys():
    x, places = rng.normal(size=(4, 5)), np.sort(rng.normal(size=5))
    for ours, numpys in zip(torch.gradient(tensor(x), edge_order=2), np.gradient(x, edge_order=2), strict=True):
        np.testing.assert_allclose(ours.numpy(), numpys, rtol=1e-12)
    (uneven,) = torch.gradient(tensor(x), spacing=[tensor(places)], dim=1)
    np.testing.assert_allclose(uneven.numpy(), np.gradient(x, places, axis=1), rtol=1e-12)
    counts, edges = torch.histogram(tensor(x), 6)
    np.testing.assert_array_equal(counts.numpy(), np.histogram(x, 6)[0])
    assert edges.shape == (7,)
    mantissa, exponent = torch.frexp(tensor(x))
    np.testing.assert_array_equal(torch.ldexp(mantissa, exponent).numpy(), x)
