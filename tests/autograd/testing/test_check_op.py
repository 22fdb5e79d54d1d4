"""`check_op`: right functions pass, and each kind of mistake fails."""

import sys

import numpy as np
import pytest

import autograd as torch
from autograd import Function, nn, tensor
from autograd.core import operation
from autograd.core.primitive import registry
from autograd.core.tensor import wrap
from autograd.testing import (
    Domain,
    GradcheckError,
    Mismatch,
    Sample,
    Values,
    check_op,
    domains,
    gradcheck,
    gradgradcheck,
)
from autograd.transforms.function import once_differentiable

quick = {"examples": 3}


def made(forward, **rules):
    """A primitive that is not in the registry."""
    try:
        return operation.primitive("planted", forward, **rules)
    finally:
        registry.pop("planted", None)


def elementwise(forward, vjp_x, vjp_y):
    """A primitive of two arrays that broadcast, not in the registry."""
    try:
        return operation.binary("planted", forward, vjp_x, vjp_y)
    finally:
        registry.pop("planted", None)


def leaf(values):
    return tensor(values, dtype=torch.float64, requires_grad=True)


# -- what is right passes ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "domain", "reference", "options"),
    [
        (torch.log, (0.1, 3), np.log, {"analytic": True}),
        (torch.mul, [(-2, 2), (-2, 2)], np.multiply, {"analytic": True, "order": 3, "examples": 1}),
        (torch.abs, Values(-2, 2, off=(0,)), np.abs, {"dtypes": ("float32", "complex128")}),
        (torch.atan2, [Values(0.5, 2), Values(0.5, 2)], np.arctan2, {}),
        (torch.max, (-2, 2), np.max, {"min_side": 1}),
        (torch.matmul, lambda draw: (draw.uniform((2, 3)), draw.uniform((3, 2))), np.matmul, {"analytic": True}),
        (None, domains["softmax" if "softmax" in domains else "matmul"], None, {}),
        (lambda x: (x.sin(), x.argmax(), x * 2), (-2, 2), None, {"min_side": 1}),
        (torch.zeros_like, lambda draw: (draw.uniform((0, 3)),), np.zeros_like, {}),
    ],
    ids=["log", "mul", "abs", "atan2", "max", "matmul", "a domain", "several outputs", "empty"],
)
def test_right_functions_pass(f, domain, reference, options):
    check_op(f, domain, reference, **(quick | options))


def test_the_parameters_of_a_module_are_checked_in_each_dtype_and_do_not_change():
    torch.manual_seed(0)
    layer = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    check_op(layer, lambda draw: (draw.uniform((4, 3)),), examples=1)
    assert layer[0].weight.dtype == torch.float32 and layer[1].running_mean.tolist() == [0, 0]

    class Scaled(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(3))

        def forward(self, x):
            return x * (self.weight * 0.5 + self.weight.detach() * 0.5)

    with pytest.raises(GradcheckError, match="with respect to parameter weight"):
        check_op(Scaled(), lambda draw: (draw.uniform((4, 3)),), **quick)


# -- what is wrong fails ----------------------------------------------------------------------------


def wrong_on_negative_strides(x):
    """A factor that is wrong for arrays with negative strides, as in code that reads raw memory."""
    backwards = x.ndim and min(np.asarray(getattr(x, "array", x)).strides, default=0) < 0
    return 1.5 if backwards else 1.0


MISTAKES = {
    "off by 0.05 %": (made(lambda x: x * x, x=lambda g, x: g * (2.001 * x)), 1, "constant factor"),
    "right at first order, wrong at second": (
        made(lambda x: x**3, x=lambda g, x: g * (3 * x.detach() * x if isinstance(x, torch.Tensor) else 3 * x * x)),
        2,
        "constant factor",
    ),
    "a raw array inside": (made(lambda x: x**3, x=lambda g, x: g * (3 * getattr(x, "array", x) ** 2)), 2, "cut off"),
    "wrong in its second argument only": (elementwise(np.multiply, lambda g, y: g * y, lambda g, x: -g * x), 1, None),
    "wrong only on a broadcast": (
        elementwise(np.multiply, lambda g, y: g * y if g.shape == y.shape else g * y * 0.5, lambda g, x: g * x),
        1,
        None,
    ),
    "wrong only on a negative stride": (
        made(lambda x: x * x, x=lambda g, x: g * 2 * x * wrong_on_negative_strides(x)),
        1,
        "constant factor",
    ),
}


def inputs_that_show(name):
    values = np.array([[0.5, -1.5, 2.0], [1.0, 0.7, -0.3]])
    if name == "wrong only on a negative stride":
        return (wrap(np.flip(values)).requires_grad_(),)
    if name == "wrong only on a broadcast":
        return leaf(values), leaf(values[0])
    return (leaf(values), leaf(values + 1)) if "argument" in name else (leaf(values),)


@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_fails_check_op(name):
    f, order, _ = MISTAKES[name]
    domain = [(-2, 2), (-2, 2)] if name.endswith(("argument only", "broadcast")) else (-2, 2)
    with pytest.raises(GradcheckError, match=f"order {order}: Jacobian mismatch"):
        check_op(f, domain, **quick)


@pytest.mark.parametrize("fast", [None, True])
@pytest.mark.parametrize("name", MISTAKES)
def test_each_mistake_fails_gradcheck_of_its_order(name, fast):
    f, order, cause = MISTAKES[name]
    inputs = inputs_that_show(name)
    checks = [gradcheck, gradgradcheck]
    if order == 2:
        assert gradcheck(f, inputs, fast_mode=fast)
    with pytest.raises(GradcheckError) as info:
        checks[order - 1](f, inputs, fast_mode=fast)
    if cause is not None:
        assert info.value.cause == cause
    if "second argument" in name:
        assert "with respect to input 1" in str(info.value)


def test_a_mistake_of_second_order_is_found_in_an_analytic_function():
    f = MISTAKES["right at first order, wrong at second"][0]
    with pytest.raises(GradcheckError, match="order 2"):
        check_op(f, (-2, 2), analytic=True, **quick)


class Leaks(Function):
    """Keeps its output in a reference cycle, like a Function that does not use save_for_backward."""

    @staticmethod
    def forward(ctx, x):
        ctx.output = x * 2
        return ctx.output

    @staticmethod
    def backward(ctx, g):
        return g * 2


def writes(x):
    y = x * 2
    x.detach().mul_(1.5)
    return y


def bumps_the_version(x):
    y = x * 2
    x.detach().mul_(1)
    return y


def layout_matters(x):
    return x * wrong_on_negative_strides(x)


def widens(x):
    return x * tensor(np.ones(x.shape)) if x.ndim else x * 1


OTHER_MISTAKES = {
    "wrong values": (torch.sin, {"reference": np.cos}, "but by the reference"),
    "non-determinism": (lambda x: x * torch.rand(()).item(), {}, "non-determinism"),
    "a changed input": (writes, {}, "input 0 is changed"),
    "a changed version": (bumps_the_version, {}, "input 0 is changed"),
    "a leak": (Leaks.apply, {}, "LeaksBackward is still alive"),
    "a layout": (layout_matters, {}, "depends on the memory layout"),
    "a dtype": (widens, {}, r"for inputs of autograd\.float32 output 0 is autograd\.float64"),
    "coarse rounding": (lambda x: x.to(torch.float16).to(x.dtype) * 1, {}, "cannot be judged|mismatch"),
}


@pytest.mark.parametrize("name", OTHER_MISTAKES)
def test_mistakes_other_than_wrong_derivatives_fail_too(name):
    f, options, message = OTHER_MISTAKES[name]
    with pytest.raises((Mismatch, GradcheckError), match=message):
        check_op(f, (-2, 2), **(quick | options))


@pytest.mark.parametrize(
    ("f", "values", "error"),
    [
        (torch.abs, (-2, 2), "makes real numbers of complex ones"),
        (lambda x: x.abs() + x * x, (-2, 2), "not analytic"),
        (lambda x: torch.erf(x), (-2, 2), "complex"),
    ],
)
def test_a_function_that_is_not_analytic_is_refused_with_analytic_true(f, values, error):
    with pytest.raises((Mismatch, ValueError, TypeError, RuntimeError), match=error):
        check_op(f, values, analytic=True, **quick)


def test_a_failure_notes_the_smallest_example_and_the_seed():
    def wrong_on_long_rows(x):
        return x * (x.detach() if x.shape[-1] > 2 else x)

    with pytest.raises(GradcheckError) as info:
        check_op(
            wrong_on_long_rows, lambda draw: (draw.uniform(draw.shape(min_dims=1, min_side=1)),), seed=5, examples=40
        )
    assert info.value.__notes__ == [
        "The smallest input found:\n"
        "    x0 = np.array([1.0, -1.0, -2.0])\n"
        "Check only this input: check_op(wrong_on_long_rows, lambda draw: (x0,))\n"
        "Repeat the search: check_op(wrong_on_long_rows, domain, seed=5, examples=40)"
    ]
    assert [x.tolist() for x in info.value.inputs] == [[1.0, -1.0, -2.0]]


def test_a_rule_that_is_wrong_only_in_single_precision_fails():
    wrong = made(lambda x: x * x, x=lambda g, x: g * x * (2.001 if x.dtype == np.float32 else 2))
    with pytest.raises(Mismatch, match=r"in autograd\.float32 the gradient of input 0"):
        check_op(wrong, (0.5, 2), **quick)


def test_a_function_that_can_be_differentiated_only_once_passes_at_first_order():
    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            return 2 * ctx.saved_tensors[0] * g

    check_op(Square.apply, (-2, 2), order=1, **quick)
    with pytest.raises(GradcheckError, match=r"order 2: .*differentiate twice"):
        check_op(Square.apply, (-2, 2), **quick)


def test_wrong_arguments_are_refused():
    with pytest.raises(TypeError, match=r"expected \(low, high\) or Values.*but got 'all'"):
        check_op(torch.sin, "all")
    with pytest.raises(TypeError, match=r"several in a list.*but got \[\]"):
        check_op(torch.sin, [])
    for domain in ((0, np.inf), (np.nan, 1)):
        with pytest.raises(ValueError, match="the bounds must be finite numbers"):
            check_op(torch.sin, domain)
    with pytest.raises(TypeError, match="expected a function of tensors, but got NoneType"):
        check_op(None, (0, 1))
    for options in ({"examples": 0}, {"order": 0}, {"examples": "3"}):
        with pytest.raises(ValueError, match=r"(examples|order) must be a whole number of 1 or more, but got"):
            check_op(torch.sin, (0, 1), **options)
    with pytest.raises(TypeError, match="dtypes must be a list of names, but got 'float32'"):
        check_op(torch.sin, (0, 1), dtypes="float32")


def test_without_hypothesis_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(ModuleNotFoundError, match="pip install hypothesis"):
        check_op(torch.sin, (-2, 2))


def test_a_domain_object_has_its_own_call():
    domain = Domain(lambda draw: Sample(lambda x: torch.cumsum(x, 0), (draw.uniform((3,)),)), analytic=True)
    check_op(None, domain, **quick)
