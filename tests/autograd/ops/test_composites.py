"""Functions composed of primitives: values, with NumPy or a law as the oracle, and gradients."""

import itertools

import numpy as np
import pytest

import autograd as torch
from autograd import tensor
from autograd.testing import gradcheck

rng = np.random.default_rng(0)
VECTOR, OTHER = rng.normal(size=5), rng.normal(size=5)
MATRIX, SECOND = rng.normal(size=(3, 4)), rng.normal(size=(3, 4))
CUBE = rng.normal(size=(2, 3, 4))
WITH_NAN = np.where(MATRIX > 1, np.nan, MATRIX)
INTEGERS, DIVISORS = rng.integers(1, 50, 6), rng.integers(1, 50, 6)
REPEATS = np.array([3, 1, 1, 3, 2, 2, 2])

#: Our function, the oracle, and the arguments.
AGREE = {
    "clamp_max": (lambda x: torch.clamp_max(x, 0.1), lambda x: np.minimum(x, 0.1), MATRIX),
    "clamp_min": (lambda x: torch.clamp_min(x, 0.1), lambda x: np.maximum(x, 0.1), MATRIX),
    "copysign": (torch.copysign, np.copysign, VECTOR, OTHER),
    "deg2rad": (torch.deg2rad, np.deg2rad, VECTOR),
    "rad2deg": (torch.rad2deg, np.rad2deg, VECTOR),
    "fmax": (torch.fmax, np.fmax, WITH_NAN, SECOND),
    "fmin": (torch.fmin, np.fmin, WITH_NAN, SECOND),
    "ldexp": (torch.ldexp, lambda x, n: x * 2.0**n, VECTOR, INTEGERS[:5]),
    "logaddexp": (torch.logaddexp, np.logaddexp, VECTOR, OTHER),
    "logaddexp2": (torch.logaddexp2, np.logaddexp2, VECTOR, OTHER),
    "heaviside": (torch.heaviside, np.heaviside, np.trunc(VECTOR), OTHER),
    "nan_to_num": (torch.nan_to_num, np.nan_to_num, np.array([np.nan, np.inf, -np.inf, 1.0])),
    "positive": (torch.positive, np.positive, VECTOR),
    "sinc": (torch.sinc, np.sinc, np.append(VECTOR, 0.0)),
    "gcd": (torch.gcd, np.gcd, INTEGERS, DIVISORS),
    "lcm": (torch.lcm, np.lcm, INTEGERS, DIVISORS),
    "isreal": (torch.isreal, np.isreal, np.array([1 + 0j, 1j])),
    "nextafter": (torch.nextafter, np.nextafter, VECTOR, OTHER),
    "cov": (torch.cov, np.cov, MATRIX),
    "corrcoef": (torch.corrcoef, np.corrcoef, MATRIX),
    "quantile": (lambda x: torch.quantile(x, 0.3, 1), lambda x: np.quantile(x, 0.3, 1), MATRIX),
    "nanquantile": (lambda x: torch.nanquantile(x, 0.3, 1), lambda x: np.nanquantile(x, 0.3, 1), WITH_NAN),
    "nanmean": (torch.nanmean, np.nanmean, WITH_NAN),
    "nanmedian": (torch.nanmedian, np.nanmedian, np.append(VECTOR, np.nan)),
    "mode": (lambda x: torch.mode(x).values, lambda x: np.bincount(x).argmax(), REPEATS),
    "histc": (lambda x: torch.histc(x, 4), lambda x: np.histogram(x, 4)[0], MATRIX),
    "bucketize": (torch.bucketize, lambda x, b: np.searchsorted(b, x), MATRIX, np.sort(VECTOR)),
    "cummax": (lambda x: torch.cummax(x, 1).values, lambda x: np.maximum.accumulate(x, 1), MATRIX),
    "cummin": (lambda x: torch.cummin(x, 1).values, lambda x: np.minimum.accumulate(x, 1), MATRIX),
    "logcumsumexp": (lambda x: torch.logcumsumexp(x, 1), lambda x: np.logaddexp.accumulate(x, 1), MATRIX),
    "diff": (lambda x: torch.diff(x, 2), lambda x: np.diff(x, 2), MATRIX),
    "trapezoid": (torch.trapezoid, lambda y, x: np.sum((y[1:] + y[:-1]) * np.diff(x)) / 2, VECTOR, OTHER),
    "dist": (torch.dist, lambda x, y: np.linalg.norm(x - y), VECTOR, OTHER),
    "cdist": (torch.cdist, lambda x, y: np.linalg.norm(x[:, None] - y, axis=-1), MATRIX, SECOND),
    "atleast_2d": (torch.atleast_2d, np.atleast_2d, VECTOR),
    "atleast_3d": (torch.atleast_3d, np.atleast_3d, MATRIX),
    "column_stack": (lambda *x: torch.column_stack(x), lambda *x: np.column_stack(x), VECTOR, OTHER),
    "dstack": (lambda *x: torch.dstack(x), lambda *x: np.dstack(x), MATRIX, SECOND),
    "hsplit": (lambda x: torch.hsplit(x, 2)[1], lambda x: np.hsplit(x, 2)[1], MATRIX),
    "vsplit": (lambda x: torch.vsplit(x, [1])[1], lambda x: np.vsplit(x, [1])[1], MATRIX),
    "dsplit": (lambda x: torch.dsplit(x, 2)[0], lambda x: np.dsplit(x, 2)[0], CUBE),
    "unfold": (
        lambda x: x.unfold(1, 2, 1),
        lambda x: np.lib.stride_tricks.sliding_window_view(x, 2, 1),
        MATRIX,
    ),
    "kron": (torch.kron, np.kron, MATRIX, CUBE),
    "inner": (torch.inner, np.inner, MATRIX, SECOND),
    "vdot": (torch.vdot, np.vdot, VECTOR + 1j, OTHER - 2j),
    "cross": (lambda x, y: torch.cross(x, y, 0), lambda x, y: np.cross(x, y, axis=0), MATRIX, SECOND),
    "vander": (torch.vander, np.vander, VECTOR),
    "diagflat": (torch.diagflat, np.diagflat, MATRIX),
    "take": (torch.take, np.take, MATRIX, np.array([[1, -1], [5, 0]])),
    "isin": (torch.isin, np.isin, INTEGERS, DIVISORS),
    "msort": (torch.msort, lambda x: np.sort(x, 0), MATRIX),
    "tril_indices": (lambda: torch.tril_indices(3, 4, 1), lambda: np.stack(np.tril_indices(3, 1, 4))),
    "triu_indices": (lambda: torch.triu_indices(3, 4, 1), lambda: np.stack(np.triu_indices(3, 1, 4))),
    "unique_consecutive": (torch.unique_consecutive, lambda x: np.array([k for k, _ in itertools.groupby(x)]), REPEATS),
    "unravel_index": (
        lambda i: torch.stack(torch.unravel_index(i, (7, 8))),
        lambda i: np.stack(np.unravel_index(i, (7, 8))),
        INTEGERS,
    ),
}


@pytest.mark.parametrize("name", AGREE)
def test_values_agree_with_numpy(name):
    ours, oracle, *arrays = AGREE[name]
    out, expected = ours(*map(tensor, arrays)), oracle(*arrays)
    assert out.shape == np.shape(expected)
    np.testing.assert_allclose(out.numpy(), expected, rtol=1e-12, atol=1e-12)


X, Y, M, N = map(tensor, (VECTOR, OTHER, MATRIX, SECOND))
POSITIVE = M.abs() + 0.1
POSITIONS = tensor([2, 0])

#: The two sides of an equation.
LAWS = {
    "lerp": (torch.lerp(X, Y, 0.25), 0.75 * X + 0.25 * Y),
    "logit": (torch.sigmoid(torch.logit(torch.sigmoid(X))), torch.sigmoid(X)),
    "xlogy": (torch.xlogy(M, POSITIVE), M * POSITIVE.log()),
    "polar": (torch.polar(POSITIVE, M).abs(), POSITIVE),
    "trapz": (torch.trapz(X, Y), torch.trapezoid(X, Y)),
    "cumulative_trapezoid": (torch.cumulative_trapezoid(M)[:, -1], torch.trapezoid(M)),
    "renorm": (torch.renorm(10 * M, 2, 0, 1.0).norm(dim=1), torch.ones(3, dtype=torch.float64)),
    "atleast_1d": (torch.atleast_1d(X[0], X)[0], X[:1]),
    "block_diag": (torch.block_diag(M, N)[3:, 4:], N),
    "cartesian_prod": (torch.cartesian_prod(X, Y)[:, 1], Y.repeat(5)),
    "combinations": (torch.combinations(X), X[torch.triu_indices(5, 5, 1)].T),
    "addr": (torch.addr(M, X[:3], Y[:4], alpha=2), M + 2 * torch.outer(X[:3], Y[:4])),
    "addbmm": (torch.addbmm(X[:3], M[None], N.T[None]), X[:3] + M @ N.T),
    "split_with_sizes": (torch.cat(torch.split_with_sizes(X, [2, 3])), X),
    "sum_to_size": (M.sum_to_size(3, 1), M.sum(1, keepdim=True)),
    "select_scatter": (torch.select_scatter(M, N[1], 0, 1)[1], N[1]),
    "slice_scatter": (torch.slice_scatter(M, N[1:], 0, 1), torch.cat([M[:1], N[1:]])),
    "diagonal_scatter": (torch.diagonal_scatter(M, X[:3]).diagonal(), X[:3]),
    "index_copy": (torch.index_copy(M, 0, POSITIONS, N[:2])[POSITIONS], N[:2]),
    "index_put": (torch.index_put(M, (POSITIONS,), N[:2], True), torch.index_add(M, 0, POSITIONS, N[:2])),
    "as_strided_scatter": (
        torch.as_strided_scatter(M, Y[:3], (3,), (4,)),
        torch.slice_scatter(M, Y[:3, None], 1, 0, 1),
    ),
    "put": (torch.take(torch.put(M, POSITIONS, X[:2]), POSITIONS), X[:2]),
    "masked_scatter": (torch.masked_scatter(M, M > 0, N)[M > 0], N.reshape(-1)[: int((M > 0).sum())]),
    "scalar_tensor": (torch.scalar_tensor(2), tensor(2.0)),
}


@pytest.mark.parametrize("name", LAWS)
def test_a_law_holds(name):
    left, right = LAWS[name]
    assert left.shape == right.shape and torch.allclose(left, right)


#: Functions and their differentiable inputs; those above with an oracle and real inputs are added below.
SMOOTH = {
    "lerp": (torch.lerp, VECTOR, OTHER, OTHER),
    "logit": (lambda x: torch.logit(torch.sigmoid(x)), VECTOR),
    "xlogy": (lambda x, y: torch.xlogy(x, y.exp()), VECTOR, OTHER),
    "polar": (lambda r, a: torch.stack([torch.real(z := torch.polar(r, a)), torch.imag(z)]), VECTOR, OTHER),
    "quantile of q": (lambda x, q: torch.quantile(x, q), VECTOR, np.array([0.3, 0.6])),
    "cumulative_trapezoid": (torch.cumulative_trapezoid, MATRIX, SECOND),
    "renorm": (lambda x: torch.renorm(x, 2, 0, 1.0), MATRIX),
    "block_diag": (torch.block_diag, MATRIX, VECTOR),
    "cartesian_prod": (torch.cartesian_prod, VECTOR, OTHER),
    "combinations": (torch.combinations, VECTOR),
    "addr": (torch.addr, MATRIX, VECTOR[:3], OTHER[:4]),
    "addbmm": (torch.addbmm, MATRIX, CUBE, rng.normal(size=(2, 4, 4))),
    "sum_to_size": (lambda x: x.sum_to_size(3, 1), MATRIX),
    "copysign": (lambda x: torch.copysign(x, Y), VECTOR),
    "select_scatter": (lambda x, y: torch.select_scatter(x, y, 0, 1), MATRIX, SECOND[0]),
    "slice_scatter": (lambda x, y: torch.slice_scatter(x, y, 0, 1), MATRIX, SECOND[1:]),
    "diagonal_scatter": (torch.diagonal_scatter, MATRIX, VECTOR[:3]),
    "index_copy": (lambda x, y: torch.index_copy(x, 0, POSITIONS, y), MATRIX, SECOND[:2]),
    "index_put": (lambda x, y: torch.index_put(x, (POSITIONS,), y, True), MATRIX, SECOND[:2]),
    "put": (lambda x, y: torch.put(x, POSITIONS, y), MATRIX, VECTOR[:2]),
    "masked_scatter": (lambda x, y: torch.masked_scatter(x, M > 0, y), MATRIX, SECOND),
    "as_strided_scatter": (lambda x, y: torch.as_strided_scatter(x, y, (3,), (4,)), MATRIX, OTHER[:3]),
}
NOT_DIFFERENTIABLE = {"bucketize", "copysign", "heaviside", "histc", "nan_to_num", "nextafter", "vdot"}
for composite, (ours, _, *arrays) in AGREE.items():
    if (
        composite not in NOT_DIFFERENTIABLE
        and arrays
        and all(a.dtype == np.float64 and not np.isnan(a).any() for a in arrays)
    ):
        SMOOTH.setdefault(composite, (ours, *arrays))


@pytest.mark.parametrize("name", SMOOTH)
def test_gradients_agree_with_differences(name):
    function, *arrays = SMOOTH[name]
    assert gradcheck(function, [tensor(a, requires_grad=True) for a in arrays])


@pytest.mark.parametrize(
    "call",
    [
        lambda: torch.positive(tensor([True])),
        lambda: torch.heaviside(X, POSITIONS),
        lambda: torch.quantile(X, 1.5),
        lambda: torch.hsplit(M, 3),
        lambda: torch.dsplit(M, 1),
        lambda: torch.cross(X, Y),
        lambda: X.unfold(0, 6, 1),
        lambda: M.sum_to_size(2, 4),
        lambda: torch.select_scatter(M, X, 0, 1),
        lambda: torch.index_put(M, (POSITIONS,), X, True),
        lambda: torch.masked_scatter(M, M == M, X),
        lambda: torch.masked_scatter(M, M, X),
    ],
)
def test_invalid_arguments_raise(call):
    with pytest.raises(RuntimeError):
        call()
