"""autograd.forward_ad: dual tensors, against derivatives by hand and by `func.jvp`."""

from __future__ import annotations

import threading

import pytest

import autograd
import autograd.autograd.forward_ad as fwAD
from autograd import func, nn, tensor
from tests.tools.tensors import leaf

PROGRAMS = {
    "product": lambda x: (x.sin() * x).sum(),
    "matrix": lambda x: (x.reshape(2, 2) @ x.reshape(2, 2)).exp(),
    "reduction": lambda x: x.logsumexp(0) * x,
    "joined": lambda x: autograd.cat([x, x.exp()]).cumsum(0),
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_a_tangent_is_the_jacobian_vector_product(program):
    x, v = leaf([0.1, -0.2, 0.3, 0.4]).detach(), leaf([1.0, 2.0, -1.0, 0.5]).detach()
    out, expected = func.jvp(program, (x,), (v,))
    with fwAD.dual_level():
        result = fwAD.unpack_dual(program(fwAD.make_dual(x, v)))
    assert autograd.equal(result.primal, out) and autograd.allclose(result.tangent, expected)
    assert not result.tangent.requires_grad and not result.primal.requires_grad


def test_the_tangents_of_several_duals_add_up():
    with fwAD.dual_level():
        x, y = fwAD.make_dual(tensor(2.0), tensor(1.0)), fwAD.make_dual(tensor(3.0), tensor(10.0))
        assert fwAD.unpack_dual(x * y).tangent.item() == 23
        assert fwAD.unpack_dual(x.exp() * 0 + y).tangent.item() == 10


def test_a_dual_tensor_unpacks_to_what_it_was_made_of():
    x, v = tensor([1.0, 2.0]), tensor([1.0, 0.0])
    with fwAD.dual_level():
        dual = fwAD.make_dual(x, v)
        assert fwAD.unpack_dual(dual) == (x, v) and dual.data_ptr() == x.data_ptr()


def test_what_depends_on_no_dual_has_no_tangent():
    x = tensor([1.0])
    assert fwAD.unpack_dual(x) == (x, None)
    with fwAD.dual_level():
        dual = fwAD.make_dual(x, x)
        assert fwAD.unpack_dual(x * 2).tangent is None
        assert fwAD.unpack_dual((dual * 2).detach()).tangent is None
        assert fwAD.unpack_dual(leaf([2.0]) * 2).tangent is None


def test_the_tangent_of_a_tensor_that_requires_grad_can_be_differentiated():
    x = leaf([1.0, 2.0])
    with fwAD.dual_level():
        dual = fwAD.make_dual(x, leaf([1.0, 0.0]).detach())
        tangent = fwAD.unpack_dual((dual**3).sum()).tangent
    tangent.backward()
    assert tangent.item() == 3 and x.grad.tolist() == [6, 0]


def test_the_tangent_of_a_gradient_is_a_second_derivative():
    x = leaf([2.0])
    with fwAD.dual_level():
        y = fwAD.make_dual(x, leaf([1.0]).detach()) ** 3
        (g,) = autograd.grad(y.sum(), x, create_graph=True)
        assert fwAD.unpack_dual(g).tangent.tolist() == [12]


def test_tangents_pass_through_modules():
    model = nn.Linear(2, 1)
    with fwAD.dual_level():
        result = fwAD.unpack_dual(model(fwAD.make_dual(autograd.ones(1, 2), tensor([[1.0, 0.0]]))))
    assert autograd.allclose(result.tangent, model.weight[:, :1]) and result.tangent.requires_grad


def test_a_dual_tensor_is_a_constant_after_its_level():
    with fwAD.dual_level():
        dual = fwAD.make_dual(tensor([1.0]), tensor([1.0]))
    assert not dual.requires_grad and fwAD.unpack_dual(dual).tangent is None


def test_levels_belong_to_their_thread():
    found = []
    with fwAD.dual_level():
        dual = fwAD.make_dual(tensor([1.0]), tensor([1.0]))
        thread = threading.Thread(target=lambda: found.append(fwAD.unpack_dual(dual * 2).tangent))
        thread.start()
        thread.join()
    assert found == [None]


def test_wrong_uses_raise():
    x = tensor([1.0, 2.0])
    with pytest.raises(RuntimeError, match="no level exists"):
        fwAD.make_dual(x, x)
    with pytest.raises(RuntimeError, match="no level exists"):
        fwAD.exit_dual_level()
    with fwAD.dual_level():
        with pytest.raises(RuntimeError, match="Nested forward mode AD is not supported"):
            fwAD.enter_dual_level()
        with pytest.raises(
            RuntimeError, match=r"Tensor is of size \[2\] while the given forward gradient is of size \[1\]"
        ):
            fwAD.make_dual(x, x[:1])
        for primal, tangent in ((x.int(), x), (x, x.int())):
            with pytest.raises(ValueError, match="to be floating point or complex, but got"):
                fwAD.make_dual(primal, tangent)
        dual = fwAD.make_dual(x, x)
        with pytest.raises(RuntimeError, match="already has a forward gradient"):
            fwAD.make_dual(dual, x)


def test_the_value_is_recorded_only_if_it_depends_on_a_leaf_of_the_caller():
    a, b, w = tensor([1.0, 2.0]), tensor([3.0, 4.0]), leaf([5.0, 6.0])
    with fwAD.dual_level():
        x, y = fwAD.make_dual(a, a), fwAD.make_dual(b, b)
        recorded = [fwAD.unpack_dual(out).primal.requires_grad for out in (x * 2, y * x, x * w, x * y * w)]
    assert recorded == [False, False, True, True]


@pytest.mark.parametrize("shapes", [(2, 3), (3, 2)])
def test_a_tangent_has_the_shape_of_its_primal(shapes):
    with fwAD.dual_level(), pytest.raises(RuntimeError, match="different size than that of the original Tensor"):
        fwAD.make_dual(autograd.ones(shapes[0]), autograd.ones(shapes[1]))
