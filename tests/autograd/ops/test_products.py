"""Products of matrices and vectors, and einsum, with NumPy as the oracle."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd as torch
from autograd import tensor
from autograd.testing import check_vjp
from autograd.testing.strategies import arrays, draws
from tests.tools.shares import share


def close(ours, expected):
    assert ours.shape == np.shape(expected)
    np.testing.assert_allclose(ours.numpy(), expected, rtol=1e-12, atol=1e-12)


@st.composite
def factors(draw):
    """Two arrays for np.matmul: vectors, matrices and stacks that broadcast, in any combination."""
    source = draw(draws())
    m, n, p = (source.integer(0, 3) for _ in range(3))
    batch_a, batch_b = source.pair_of_shapes()
    a = source.choice([(n,), (m, n), (*batch_a[-2:], m, n)])
    b = source.choice([(n,), (n, p), (*batch_b[-2:], n, p)])
    return source.uniform(a), source.uniform(b), source.rng


@given(factors())
def test_matmul_agrees_with_numpy_in_every_case(case):
    a, b, _ = case
    close(torch.matmul(tensor(a), tensor(b)), np.matmul(a, b))
    close(tensor(a) @ tensor(b), a @ b)


@given(factors())
def test_gradients_of_matmul_agree_with_the_oracle_in_every_case(case):
    a, b, rng = case

    def product(x, y):
        return torch.matmul(x, y) if isinstance(x, torch.Tensor) or isinstance(y, torch.Tensor) else np.matmul(x, y)

    check_vjp(product, (a, b), rng, "complex step", "matmul", order=1)


@given(arrays((2, 3)), arrays((3, 4)), arrays((2, 4)), arrays((3,)))
def test_the_named_products_agree_with_numpy(a, b, c, v):
    ta, tb, tc, tv = (tensor(x) for x in (a, b, c, v))
    close(torch.mm(ta, tb), a @ b)
    close(torch.mv(ta, tv), a @ v)
    close(torch.dot(tv, tv), v @ v)
    close(torch.outer(tv, tv), np.outer(v, v))
    close(torch.addmm(tc, ta, tb, beta=2, alpha=3), 2 * c + 3 * (a @ b))
    close(torch.addmv(tensor(a[:, 0]), ta, tv, beta=2, alpha=-1), 2 * a[:, 0] - a @ v)
    close(torch.bmm(ta[None], tb[None]), (a @ b)[None])
    close(torch.baddbmm(tc[None], ta[None], tb[None], alpha=2), (c + 2 * (a @ b))[None])
    close(torch.linear(tensor(c), tb, tv) if c.shape[-1] == b.shape[-1] else tc, c @ b.T + v)
    close(torch.tensordot(ta, tb, 1), np.tensordot(a, b, 1))
    close(torch.tensordot(ta, tensor(a), ([0, 1], [0, 1])), np.tensordot(a, a, ([0, 1], [0, 1])))


EQUATIONS = [
    "ij,jk->ik", "ij,jk", "ij,kj->ik", "bij,bjk->bik", "bij,jk->bik", "i,j->ij", "i,i->", "ij->ji", "ij->", "ij->j",
    "ii->i", "ii", "ij,ij->ij", "ij,ij->", "...ij,...jk->...ik", "...i->...", "ij,j,i->", "ij,jk,kl->il", "bi,bj->bij",
    "i...->...i", "ijk,k->ij", "abc,bd,dc->a", "ij,k->ijk", "...,...->...", "iij->j", "ij , jk -> ki",
]  # fmt: skip


@pytest.mark.parametrize("equation", EQUATIONS)
@share(1 / 4)
@given(seed=st.integers(0, 2**16), stack=st.integers(1, 2))
def test_einsum_agrees_with_numpy_and_its_gradient_with_the_oracle(equation, seed, stack):
    rng = np.random.default_rng(seed)
    sizes = {letter: int(rng.integers(1, 4)) for letter in "abcdijkl"}
    terms = equation.replace(" ", "").split("->")[0].split(",")
    operands = []
    for term in terms:
        before, dots, after = term.partition("...")
        shape = [*(sizes[c] for c in before), *([stack] if dots else []), *(sizes[c] for c in after)]
        operands.append(rng.normal(size=shape))
    close(torch.einsum(equation, *(tensor(x) for x in operands)), np.einsum(equation, *operands))

    def function(*xs):
        if any(isinstance(x, torch.Tensor) for x in xs):
            return torch.einsum(equation, *xs)
        return np.asarray(np.einsum(equation, *xs))[()]

    check_vjp(function, operands, rng, "complex step", equation, order=1)


@pytest.mark.parametrize(
    ("equation", "shapes", "message"),
    [
        ("ij,jk->ik", [(2, 3), (4, 5)], "'j' has size 4 in one operand and 3 in another"),
        ("ij->ik", [(2, 3)], "'k' appears in no operand"),
        ("ij,jk->ik", [(2, 3)], "has 2 operands, but 1 were given"),
        ("i->i", [(2, 3)], "names 1 dims, but the operand has 2"),
        ("ij->ii", [(2, 2)], "appears twice"),
        ("1j->j", [(2, 2)], "subscripts must be letters"),
    ],
)
def test_an_invalid_einsum_equation_raises(equation, shapes, message):
    with pytest.raises(RuntimeError, match=message):
        torch.einsum(equation, *(torch.zeros(s) for s in shapes))
