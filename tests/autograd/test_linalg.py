"""autograd.linalg: products of the factors, NumPy's values, gradients, and errors."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd as torch
from autograd import linalg, ones, tensor
from autograd.testing import check_vjp, gradcheck
from tests.tools.shares import share


@st.composite
def matrices(draw, square=False):
    """Random matrices, real or complex, in stacks or alone, with sizes of 0."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    m = draw(st.integers(0, 4))
    n = m if square else draw(st.integers(0, 4))
    shape = (*draw(st.sampled_from([(), (), (3,), (2, 1), (0,)])), m, n)
    x = rng.normal(size=shape)
    x = x + 1j * rng.normal(size=shape) if draw(st.booleans()) else x
    return tensor(x + 3 * np.eye(m, n))


def close(a, b):
    return a.shape == b.shape and np.allclose(a.numpy(), b.numpy(), rtol=1e-9, atol=1e-9)


def product(*factors):
    out = factors[0]
    for factor in factors[1:]:
        out = out @ factor
    return out


def unit(n, like):
    return torch.eye(n, dtype=like.dtype).expand(*like.shape[:-2], n, n)


def stretched(U, S, Vh):
    return (U * S.unsqueeze(-2)) @ Vh


@share(1 / 4)
@given(matrices())
def test_the_product_of_the_factors_is_the_matrix(A):
    q, r = linalg.qr(A)
    assert close(q @ r, A) and close(q.mH @ q, unit(q.shape[-1], q)) and close(r, r.triu())
    complete = linalg.qr(A, "complete")
    assert close(product(*complete), A) and complete.Q.shape[-2:] == (A.shape[-2],) * 2
    for full in (False, True):
        U, S, Vh = linalg.svd(A, full)
        k = S.shape[-1]
        assert close(stretched(U[..., :k], S, Vh[..., :k, :]), A)
        assert close(U.mH @ U, unit(U.shape[-1], U)) and close(Vh @ Vh.mH, unit(Vh.shape[-2], Vh))
    assert close(product(*linalg.lu(A)), A)
    P = linalg.pinv(A)
    assert close(product(A, P, A), A) and close(product(P, A, P), P)


@share(1 / 4)
@given(matrices(square=True))
def test_the_product_of_the_factors_is_the_square_matrix(A):
    H = A @ A.mH + unit(A.shape[-1], A)
    L = linalg.cholesky(H)
    assert close(L @ L.mH, H) and close(linalg.cholesky(H, upper=True), L.mH)
    w, v = linalg.eigh(H)
    assert close(stretched(v, w, v.mH), H) and close(linalg.eigvalsh(H.triu(), "U"), w)
    w, v = linalg.eig(A)
    assert close(A.to(v.dtype) @ v, v * w.unsqueeze(-2))
    one = unit(A.shape[-1], A)
    assert close(linalg.inv(H) @ H, one) and close(linalg.matrix_power(H, -2) @ H @ H, one)
    LU, pivots = linalg.lu_factor(H)
    for left in (True, False):
        assert close(linalg.solve(H, A, left=left), linalg.lu_solve(LU, pivots, A, left=left))
    assert close(torch.cholesky_solve(A, L), linalg.solve(H, A)) and close(torch.cholesky_inverse(L), linalg.inv(H))
    sign, size = linalg.slogdet(A)
    assert close(sign * size.exp(), linalg.det(A))


@share(1 / 4)
@given(matrices(square=True))
def test_the_inverse_and_the_determinant_of_the_matrix_exponential(A):
    assert close(linalg.matrix_exp(A) @ linalg.matrix_exp(-A), unit(A.shape[-1], A))
    assert np.allclose(linalg.det(linalg.matrix_exp(A)).numpy(), np.exp(np.trace(A.numpy(), axis1=-2, axis2=-1)))


@pytest.mark.parametrize("ord", [None, "fro", "nuc", 1, -1, 2, -2, np.inf, -np.inf])
def test_matrix_norms_and_condition_numbers_are_numpys(ord):
    A = np.random.default_rng(0).normal(size=(4, 4))
    assert linalg.norm(tensor(A), ord).item() == pytest.approx(np.linalg.norm(A, ord))
    assert linalg.cond(tensor(A), ord).item() == pytest.approx(np.linalg.cond(A, ord))
    assert linalg.norm(tensor(A), ord, (1, 0), keepdim=True).shape == (1, 1)
    if ord not in ("fro", "nuc"):
        assert linalg.norm(tensor(A), ord, 0).numpy() == pytest.approx(np.linalg.norm(A, ord, 0))
    gradcheck(lambda x: linalg.norm(x, ord), [tensor(A, requires_grad=True)])


def test_the_older_norm_has_the_nuclear_norm_and_a_gradient_of_zero_at_zero():
    x = torch.zeros(2, 2, requires_grad=True)
    torch.norm(x, p=2).backward()
    assert x.grad.tolist() == [[0, 0], [0, 0]] and torch.norm(torch.eye(3), p="nuc").item() == 3


def singular(x):
    u, s, vh = linalg.svd(x, False)
    return (u * tensor([1.0, 2.0])) @ vh, s


def eigen_of_hermitian(x):
    w, v = linalg.eigh(x.mH @ x)
    return w, (v * tensor([1.0, 2.0, 4.0])) @ v.mH


def eigen(x):
    w, v = linalg.eig(x.mH @ x + torch.ones(3, 3).tril())
    return w, v.abs()


LARGER = {
    "svd": singular,
    "eigh": eigen_of_hermitian,
    "eig": eigen,
    "qr": lambda x: tuple(linalg.qr(x)),
    "qr of a wide one": lambda x: tuple(linalg.qr(x.mT)),
    "lu of a tall one": lambda x: tuple(linalg.lu(x))[1:],
    "lu of a wide one": lambda x: tuple(linalg.lu(x.mT))[1:],
    "pinv": lambda x: linalg.pinv(x),
    "householder_product": lambda x: linalg.householder_product(x, x[0]),
    "lstsq": lambda x: linalg.lstsq(x, x[:, :1]).solution,
}


@pytest.mark.parametrize("kind", ["f", "c"])
@pytest.mark.parametrize("name", LARGER)
def test_gradients_of_larger_matrices(name, kind):
    rng = np.random.default_rng(1)
    size = (3, 2) if name == "svd" else (4, 3)
    x = rng.normal(size=size) + 2 * np.eye(*size)
    x = x + 1j * rng.normal(size=size) if kind == "c" else x

    def function(x):
        out = LARGER[name](torch.as_tensor(x))
        return out if isinstance(out, tuple) else (out,)

    check_vjp(function, (x,), rng, "differences", name)


def test_the_gradient_of_the_determinant_of_a_singular_matrix():
    x = tensor([[1.0, 2.0], [2.0, 4.0]], dtype=torch.float64, requires_grad=True)
    linalg.det(x).backward()
    assert x.grad.numpy() == pytest.approx(np.array([[4, -2], [-2, 1]]))
    y = tensor(np.zeros((3, 3)), requires_grad=True)
    linalg.det(y).backward()
    assert not y.grad.any()


def test_multi_dot_of_matrices_with_vectors_at_the_ends_is_numpys():
    rng = np.random.default_rng(0)
    xs = [rng.normal(size=s) for s in ((2,), (2, 9), (9, 3), (3, 4), (4,))]
    for part in (xs, xs[1:], xs[:-1], xs[1:-1]):
        assert np.allclose(linalg.multi_dot([tensor(x) for x in part]).numpy(), np.linalg.multi_dot(part))


def test_tensorinv_and_tensorsolve_are_numpys():
    rng = np.random.default_rng(0)
    A, B = rng.normal(size=(2, 3, 6)), rng.normal(size=(2, 3))
    assert np.allclose(linalg.tensorsolve(tensor(A), tensor(B)).numpy(), np.linalg.tensorsolve(A, B))
    assert np.allclose(linalg.tensorinv(tensor(A), 2).numpy(), np.linalg.tensorinv(A, 2))


SINGULAR = torch.zeros(2, 2)


@pytest.mark.parametrize(
    "call",
    [
        lambda: linalg.inv(SINGULAR),
        lambda: linalg.inv(torch.stack([torch.eye(2), SINGULAR])),
        lambda: linalg.solve(SINGULAR, torch.ones(2)),
        lambda: linalg.matrix_power(SINGULAR, -1),
        lambda: linalg.cholesky(-torch.eye(2)),
        lambda: linalg.lu_factor(SINGULAR),
        lambda: linalg.inv_ex(SINGULAR, check_errors=True),
    ],
)
def test_singular_matrices_raise_lin_alg_error(call):
    with pytest.raises(linalg.LinAlgError):
        call()


def test_lin_alg_error_is_a_runtime_error_as_in_pytorch():
    assert issubclass(linalg.LinAlgError, RuntimeError) and not issubclass(linalg.LinAlgError, np.linalg.LinAlgError)


def test_the_error_names_the_singular_batch_element():
    with pytest.raises(linalg.LinAlgError, match=r"\(Batch element 1\): The input matrix is singular"):
        linalg.inv(torch.stack([torch.eye(2), SINGULAR]))


def test_the_ex_functions_return_info_and_do_not_raise():
    both = torch.stack([torch.eye(2), SINGULAR])
    assert linalg.inv_ex(both).info.tolist() == [0, 1]
    assert linalg.cholesky_ex(tensor([[1.0, 2.0], [2.0, 1.0]])).info.item() == 2
    assert linalg.lu_factor_ex(both).info.tolist() == [0, 1]
    assert linalg.cond(SINGULAR, 1).item() == np.inf and linalg.matrix_rank(both).tolist() == [2, 0]


@pytest.mark.parametrize(
    "call",
    [
        lambda: linalg.inv(torch.ones(2, 3)),
        lambda: linalg.inv(torch.ones(2)),
        lambda: linalg.inv(torch.eye(2).long()),
        lambda: linalg.norm(torch.ones(2, 2), "max"),
        lambda: linalg.norm(torch.ones(2, 2, 2), 1),
        lambda: linalg.qr(torch.eye(2), "full"),
        lambda: linalg.multi_dot([torch.eye(2)]),
        lambda: linalg.solve(torch.eye(2), torch.ones(3, 1)),
        lambda: linalg.eigh(torch.eye(2), "X"),
    ],
)
def test_wrong_input_raises(call):
    with pytest.raises(RuntimeError):
        call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: linalg.solve_triangular(ones(2, 2), ones(3, 1), upper=True), r"AX = B \(\(2, 2\) and \(3, 1\)\)"),
        (lambda: linalg.solve_triangular(ones(2, 2), ones(2, 3), upper=True, left=False), r"XA = B \(\(2, 2\) and"),
        (lambda: linalg.solve_triangular(ones(2, 2), ones(2), upper=True), r"AX = B \(\(2, 2\) and \(2,\)\)"),
        (lambda: linalg.lu_solve(*linalg.lu_factor_ex(ones(2, 2))[:2], ones(3, 1)), r"linalg.lu_solve: .* \(3, 1\)\)"),
        (lambda: torch.cholesky_solve(ones(3, 1), ones(2, 2)), r"AX = B \(\(2, 2\) and \(3, 1\)\)"),
        (lambda: linalg.householder_product(ones(2, 3), ones(2)), r"A has shape \(2, 3\) and tau \(2,\)"),
        (lambda: linalg.householder_product(ones(3, 2), ones(3)), r"A has shape \(3, 2\) and tau \(3,\)"),
    ],
)
def test_sizes_that_do_not_fit_an_equation_are_named(call, message):
    with pytest.raises(RuntimeError, match=message):
        call()


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (2, 0, 3), (2, 3, 0)])
def test_the_largest_of_no_numbers_in_a_matrix_norm_is_0_and_so_is_the_condition_number(shape):
    zeros = np.zeros(shape[:-2]).tolist()
    empty = torch.zeros(shape, requires_grad=True)
    assert (
        linalg.matrix_norm(empty, 2).tolist() == linalg.cond(empty).tolist() == linalg.cond(empty, 1).tolist() == zeros
    )
    assert linalg.matrix_norm(empty, 2, keepdim=True).shape == (*shape[:-2], 1, 1)
    if shape[-1] == 0:
        assert linalg.matrix_norm(empty, 1).tolist() == zeros
    if shape[-2] == 0:
        assert linalg.matrix_norm(empty, np.inf).tolist() == zeros
    linalg.cond(empty).sum().backward()
    assert empty.grad.shape == shape
