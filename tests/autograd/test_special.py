"""Special functions: known values, identities, inverses, and edge cases."""

from __future__ import annotations

import math

import numpy as np
import pytest

import autograd as torch
from autograd import special, tensor
from autograd.ops.special import bessel

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
def test_a_function_gives_the_known_value_to_14_digits(place):
    function, x, expected = KNOWN[place]
    assert function(tensor([x], dtype=torch.float64)).item() == pytest.approx(expected, rel=1e-14)


def test_lgamma_agrees_with_the_c_library_for_positive_and_negative_arguments():
    for x in (*POINTS, *(-POINTS[:8] - 0.2)):
        assert torch.lgamma(tensor(x)).item() == pytest.approx(math.lgamma(x), rel=1e-13, abs=1e-14)


def test_inverse_functions_invert():
    p = np.array([1e-300, 1e-10, 0.02, 0.3, 0.5, 0.9, 1 - 1e-12])
    np.testing.assert_allclose(special.ndtr(special.ndtri(tensor(p))).numpy(), p, rtol=1e-11)
    x = np.array([-0.999999, -0.5, -1e-10, 0.0, 0.3, 0.85])
    np.testing.assert_allclose(torch.erf(special.erfinv(tensor(x))).numpy(), x, rtol=1e-14)


def test_identities_between_special_functions():
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
    angles = tensor(np.random.default_rng(0).uniform(0, math.pi, 6))
    t = special.chebyshev_polynomial_t(angles.cos(), degree)
    np.testing.assert_allclose(t.numpy(), np.cos(degree.numpy() * angles.numpy()), atol=1e-13)


def test_values_at_zero_negative_numbers_infinity_and_nan():
    inf, nan = math.inf, math.nan
    x = tensor([0.0, -1.0, inf, nan], dtype=torch.float64)
    assert repr(torch.lgamma(x).tolist()) == repr([inf, inf, inf, nan])
    assert repr(torch.digamma(x).tolist()) == repr([-inf, nan, inf, nan])
    assert repr(special.erfinv(tensor([1.0, -1.0, 2.0, 0.0])).tolist()) == repr([inf, -inf, nan, 0.0])
    assert repr(special.entr(x).tolist()) == repr([0.0, -inf, -inf, nan])


def test_the_second_derivative_of_sinc_at_zero():
    x = tensor(0.0, dtype=torch.float64, requires_grad=True)
    (first,) = torch.autograd.grad(torch.sinc(x), x, create_graph=True)
    (second,) = torch.autograd.grad(first, x)
    assert second.item() == pytest.approx(-(math.pi**2) / 3)


@pytest.mark.parametrize(
    "call",
    [
        lambda: special.polygamma(-1, torch.ones(1)),
        lambda: special.multigammaln(torch.ones(1), 0),
    ],
)
def test_wrong_input_raises(call):
    with pytest.raises(RuntimeError):
        call()
