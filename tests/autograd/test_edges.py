"""Values, derivatives, dtypes and refusals at the edges of functions, beside PyTorch's answers as recorded.

`tests/tools/edges.py` records them. `DIFFERENCES` lists the calls in which ours differs, with the reason.
"""

import numpy as np
import pytest

import autograd
import nn.functional as F
from tests.tools import edges

pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning", "ignore::UserWarning")

POLES = "PyTorch computes a large finite number at the poles, the negative integers, where the derivative is infinite"
LIMIT = "PyTorch gives NaN for an infinite argument, where the function has a limit"
INEXACT = "PyTorch takes x ** 0.5 for sqrt(x), with other zeros and infinities than IEEE 754 gives pow"
DIFFERENCES = {
    "t.acosh(x)": "PyTorch's derivative is finite where the function is NaN",
    "t.digamma(x)": POLES,
    "t.lgamma(x)": POLES,
    "t.special.multigammaln(x, 2)": POLES,
    "t.polygamma(0, x)": POLES,
    "t.polygamma(1, x)": POLES,
    "t.polygamma(2, x)": LIMIT,
    "t.polygamma(3, x)": LIMIT,
    "t.special.bessel_j0(x)": LIMIT,
    "t.special.bessel_j1(x)": LIMIT,
    "t.special.bessel_y0(x)": LIMIT,
    "t.special.bessel_y1(x)": LIMIT,
    "t.special.zeta(2., x)": LIMIT,
    "t.special.zeta(x, y)": LIMIT + "; it gives infinity for NaN beside a negative integer",
    "t.special.i1e(x)": "i1e has a kink at 0, where PyTorch takes the second derivative to be 0 in an interval",
    "t.special.log_ndtr(x)": "the second derivative of a number that rounds to 0 is NaN at 1e300",
    "F.softplus(x)": "at the threshold PyTorch's second derivative belongs to the other side than its value",
    "F.softplus(x, 2., 3.)": "at the threshold PyTorch's second derivative belongs to the other side than its value",
    "x**.5": INEXACT,
    "x**-.5": INEXACT,
    "x**1.5": INEXACT,
    "t.frexp(x)[0]": "2 to the negative exponent overflows in PyTorch",
    "t.stack([x, x*2], 1).logcumsumexp(1)[:, 1]": "PyTorch takes the difference of two numbers that were rounded",
    "F.layer_norm(t.stack([x, x*2], 1), (2,))[:, 0]": "an infinite variance gives 0 here and NaN in PyTorch",
    "t.cdist(t.stack([x, x*2], 1)[:, None], t.stack([x*3, x*x], 1)[:, None], p=float('inf'))[:,0,0]": (
        "PyTorch loses NaN, and gives each of several largest differences the whole gradient instead of a share"
    ),
    "t.stack([t.dist(v, t.zeros_like(v)) for v in x.unbind()])": (
        "PyTorch takes the absolute value of a vector of one element, so that its square does not overflow"
    ),
    "t.stack([x, y, x], -1).cumprod(-1)[...,2]": "products with infinity and 0, in another order",
    "t.stack([x, y], -1).var(-1)": "the derivative of an infinite variance: the mean is subtracted before, not after",
    "t.igamma(x, y)": "PyTorch loses NaN beside 0 and infinity",
    "t.igammac(x, y)": "PyTorch loses NaN beside 0 and infinity",
    "t.clamp(x, y, y)": "PyTorch gives no gradient to a lower bound that is equal to the upper one",
    "t.clamp(x, y, t.ones_like(y))": "PyTorch gives no gradient to a lower bound that is equal to the upper one",
    "t.view_as_real(t.polar(x, y)).sum(-1)": "PyTorch's derivative has the wrong sign for a negative radius",
    "t.complex(x,y).sgn().real": "NumPy divides a complex number by an infinite real one as by a complex one",
    "t.complex(x,y).sgn().imag": "NumPy divides a complex number by an infinite real one as by a complex one",
}
CALLS = [
    *(("one_number", call, [edges.POINTS]) for call in edges.load("one_number")),
    *(("two_numbers", call, edges.grid()) for call in edges.load("two_numbers")),
]


def differing(table, call, arrays):
    """The parts ("value", "x", "xx", …) in which ours differs, with the first point of each.

    A derivative is not compared where an input or PyTorch's derivative is NaN: where PyTorch subtracts infinities or
    divides zeros, ours may know the derivative. Zeros have no sign here.
    """
    ours = edges.derivatives(autograd, F, call, arrays)
    found = {}
    for part, text in edges.load(table)[call].items():
        theirs = edges.unpacked(text)
        mine = np.array(ours.get(part, np.zeros(theirs.shape)))
        same = np.isclose(mine, theirs, rtol=1e-6, atol=1e-9, equal_nan=True) | (mine == theirs)
        if part != "value":
            same |= np.isnan(theirs) | np.any([np.isnan(a) for a in arrays], axis=0)
        if not same.all():
            at = int(np.argmin(same))
            found[part] = [float(np.asarray(a)[at]) for a in arrays], float(theirs[at]), float(mine[at])
    return found


@pytest.mark.parametrize(("table", "call", "arrays"), CALLS, ids=[call for _, call, _ in CALLS])
def test_values_and_derivatives_at_the_edges_are_pytorchs(table, call, arrays):
    found = differing(table, call, arrays)
    assert bool(found) == (call in DIFFERENCES), found or "this call no longer differs"


#: Where ours has another dtype than PyTorch, which has complex numbers of half precision.
OTHER_DTYPES = {"x+1j", "t.complex(x,x)"}


@pytest.mark.parametrize("call", edges.load("dtypes"))
def test_the_dtype_of_a_result_is_pytorchs_wherever_it_has_one(call):
    for kinds, theirs in zip(edges.kinds_of(call), edges.load("dtypes")[call].split(), strict=True):
        if theirs != "-" and call not in OTHER_DTYPES:
            assert edges.dtype_of(autograd, F, call, kinds) == theirs, kinds


@pytest.mark.parametrize("call", edges.load("numbers"))
def test_a_number_that_does_not_fit_is_refused_where_pytorch_refuses_it(call):
    ours = edges.refusals(autograd, F, call).split()
    for kind, mine, theirs in zip(edges.DTYPES, ours, edges.load("numbers")[call].split(), strict=False):
        differ = [
            v for v, a, b in zip(edges.NUMBERS, mine, theirs) if a != b and b in "ev" and not isinstance(v, complex)
        ]
        assert not differ, (kind, mine, theirs)
