"""Every primitive of the registry, including those of `nn`: its gradients and the contract of its calls."""

import gc
import weakref

import numpy as np
import pytest
from hypothesis import given

import autograd
import nn  # noqa: F401 - registers its primitives
from autograd.core import operation
from autograd.core.primitive import registry
from autograd.core.tensor import Tensor, wrap
from autograd.testing import Draw, Mismatch, check_primitive, check_vjp, domains
from autograd.testing.engine.calls import direction_of
from autograd.testing.strategies import draws
from autograd.testing.vjp import in_single_precision
from tests.tools.shares import share

#: The primitives of the packages, without those that users define by `autograd.extend`.
PRIMITIVES = sorted(name for name, made in registry.items() if not made.defined_in)

every_primitive = pytest.mark.parametrize("name", PRIMITIVES)

#: The primitives that are analytic functions, whose gradients are checked for complex inputs too.
HOLOMORPHIC = sorted(name for name, domain in domains.items() if domain.analytic)


def test_every_primitive_has_a_domain_and_every_domain_a_primitive():
    assert set(PRIMITIVES) == set(domains), "give each primitive a domain in autograd/testing/domains/"


@every_primitive
@share(3 / 8)
@given(draw=draws())
def test_first_and_second_derivatives_agree_with_the_oracle(name, draw):
    check_primitive(name, draw, order=2)


@pytest.mark.parametrize("name", HOLOMORPHIC)
@share(1 / 4)
@given(draw=draws())
def test_gradients_of_complex_inputs_agree_with_differences_along_both_axes(name, draw):
    sample = domains[name].sample(draw)
    inputs = tuple(np.asarray(x + 1j * draw.rng.uniform(-0.3, 0.3, np.shape(x)))[()] for x in sample.inputs)
    check_vjp(sample.call, inputs, draw.rng, "differences", name, order=1)


@every_primitive
@share(1 / 4)
@given(draw=draws())
def test_single_precision_gradients_equal_the_double_precision_ones_rounded(name, draw):
    sample = domains[name].sample(draw)
    if name != "to_copy":  # its dtype is an argument
        inputs = [np.asarray(x).astype("c8" if np.iscomplexobj(x) else "f4")[()] for x in sample.inputs]
        assert np.asarray(sample.call(*inputs)).dtype in (np.float32, np.complex64)
    assert max(in_single_precision(sample, draw.rng)) <= 1e-5


@every_primitive
@share(1 / 8)
@given(draw=draws())
def test_a_call_with_arrays_equals_the_call_with_tensors(name, draw):
    sample = domains[name].sample(draw)
    of_arrays = sample.call(*sample.inputs)
    of_tensors = sample.call(*(wrap(x) for x in sample.inputs))
    assert not isinstance(of_arrays, Tensor) and isinstance(of_tensors, Tensor)
    assert np.shape(of_arrays) == of_tensors.shape
    assert np.asarray(of_arrays).dtype == of_tensors.array.dtype
    np.testing.assert_array_equal(of_arrays, of_tensors.array)


@every_primitive
@share(1 / 8)
@given(draw=draws())
def test_forward_and_backward_change_neither_inputs_nor_cotangent(name, draw):
    sample = domains[name].sample(draw)
    xs = [wrap(x).requires_grad_() for x in sample.inputs]
    out = sample.call(*xs)
    g = wrap(direction_of(out.array, draw.rng)[()])
    before = [np.array(t.array) for t in (*xs, g, out)]
    out.backward(g, retain_graph=True)
    out.backward(g)
    for t, old in zip((*xs, g, out), before, strict=True):
        np.testing.assert_array_equal(t.array, old)


@every_primitive
@share(1 / 8)
@given(draw=draws())
def test_gradients_share_no_memory_with_each_other_or_with_other_tensors(name, draw):
    sample = domains[name].sample(draw)
    xs = [wrap(x).requires_grad_() for x in sample.inputs]
    out = sample.call(*xs)
    g = wrap(direction_of(out.array, draw.rng)[()])
    out.backward(g)
    arrays = [t.array for t in (*xs, g, out)] + [x.grad.array for x in xs if x.grad is not None]
    new = arrays[len(xs) + 2 :]
    for i, a in enumerate(new):
        for j, b in enumerate(arrays):
            if j != len(xs) + 2 + i and isinstance(a, np.ndarray) and isinstance(b, np.ndarray):
                assert not np.shares_memory(a, b)


@every_primitive
def test_a_graph_is_freed_with_its_last_reference_without_the_garbage_collector(name):
    sample = domains[name].sample(Draw(3))
    gc.disable()
    gc.freeze()  # so that only objects created from here on are collected
    try:
        xs = [wrap(x).requires_grad_() for x in sample.inputs]
        out = sample.call(*xs)
        first = autograd.grad(
            out, xs, wrap(direction_of(out.array, np.random.default_rng(0))[()]), create_graph=True, allow_unused=True
        )
        nodes = [weakref.ref(t.node) for t in (out, *first, *xs) if t is not None and t.node is not None]
        del xs, out, first
        assert [ref() for ref in nodes] == [None] * len(nodes)
        assert gc.collect() == 0
    finally:
        gc.unfreeze()
        gc.enable()


# -- what follows from the definition of an elementwise primitive ------------------------------------

ELEMENTWISE = sorted(name for name, made in registry.items() if made.elementwise)
METHODS = [name for name in ELEMENTWISE if getattr(Tensor, name, None) is registry[name].function]
UFUNCS = {made.elementwise for made in registry.values() if isinstance(made.elementwise, np.ufunc)}


@pytest.mark.parametrize("name", METHODS)
def test_an_elementwise_method_has_an_in_place_form(name):
    if name in ("maximum", "minimum"):  # as in PyTorch
        assert not hasattr(Tensor, f"{name}_")
        return
    operands = [wrap(np.array([2.0, 3.0] if name == "acosh" else [0.25, 0.5])) for _ in registry[name].parameters]
    expected = registry[name].function(*operands)
    assert getattr(operands[0], f"{name}_")(*operands[1:]) is operands[0]
    np.testing.assert_array_equal(operands[0].array, expected.array)


@pytest.mark.parametrize("ufunc", sorted(UFUNCS, key=lambda ufunc: ufunc.__name__))
def test_numpys_ufunc_of_a_tensor_calls_the_primitive_made_from_it(ufunc):
    x = wrap(np.array([2.0, 3.0] if ufunc is np.arccosh else [0.25, 0.5])).requires_grad_()
    out = ufunc(*[x] * ufunc.nin)
    assert isinstance(out, Tensor) and out.requires_grad
    np.testing.assert_array_equal(out.array, ufunc(*[x.array] * ufunc.nin))


def test_numpys_ufunc_calls_the_present_definition_of_a_primitive():
    x = wrap(np.array([8.0])).requires_grad_()
    for slope, rule in ((1.0, lambda g: g), (2.0, lambda g: g * 2)):
        operation.unary("cbrt", np.cbrt, rule)
        try:
            np.cbrt(x).backward()
        finally:
            del registry["cbrt"]
        assert x.grad.item() == slope
        x.grad = None
    with pytest.raises(TypeError, match=r"np\.cbrt has no differentiable counterpart"):
        np.cbrt(x)


# -- the checker itself -----------------------------------------------------------------------------


def broken(**rules):
    """The square with other rules, not in the registry."""
    name = "broken"
    try:
        return operation.primitive(name, lambda x: x * x, **rules)
    finally:
        registry.pop(name, None)


@pytest.mark.parametrize("oracle", ["complex step", "differences"])
@pytest.mark.parametrize(
    "rule",
    [
        lambda g, x: g * (2.001 * x),
        lambda g, x: -g * (2 * x),
        lambda g, x: g * (2 * np.asarray(getattr(x, "array", x))),
        lambda g, x: g * x,
        lambda g: g,
    ],
    ids=["off by 0.05 %", "wrong sign", "a raw array in the rule", "half", "slope 1"],
)
def test_the_checker_refuses_a_wrong_rule(rule, oracle):
    with pytest.raises(Mismatch, match="the gradient of input 0"):
        check_vjp(broken(x=rule), (np.array([0.5, -1.5, 2.0]),), oracle=oracle, name="broken", order=2)


@pytest.mark.parametrize("oracle", ["complex step", "differences"])
def test_the_checker_accepts_the_right_rule(oracle):
    right = broken(x=lambda g, x: g * (2 * x))
    check_vjp(right, (np.array([0.5, -1.5, 2.0]),), oracle=oracle, name="square", order=3)
