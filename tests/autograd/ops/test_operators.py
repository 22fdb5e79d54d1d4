"""Operators with operands of unknown types, conversions to Python's numbers, and attributes of users."""

from __future__ import annotations

import copy
import math
import operator
import pickle
import subprocess
import sys

import numpy as np
import pytest

import autograd
from autograd import tensor
from autograd.ops.protocols import python_protocols
from tests.tools.tensors import leaf

BINARY = ("add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "matmul", "lshift", "rshift", "and", "or", "xor")
COMPARISONS = {"eq": "eq", "ne": "ne", "lt": "gt", "le": "ge", "gt": "lt", "ge": "le"}


class Other:
    """A type that answers every operator itself, as a library of its own quantities does."""


for name in (*BINARY, "divmod"):
    setattr(Other, f"__r{name}__", lambda self, x, name=name: f"r{name}")
for name in COMPARISONS:
    setattr(Other, f"__{name}__", lambda self, x, name=name: name)


def python_operator(name):
    return divmod if name == "divmod" else getattr(operator, f"{name}_" if name in ("and", "or") else name)


@pytest.mark.parametrize("name", [*BINARY, "divmod"])
@pytest.mark.parametrize("x", [tensor([1, 2]), tensor([1.0, 2.0])], ids=["ints", "floats"])
def test_an_operator_lets_an_unknown_operand_answer(x, name):
    assert python_operator(name)(x, Other()) == f"r{name}"


@pytest.mark.parametrize("name", [name for name in BINARY if name != "matmul"])
def test_an_in_place_operator_lets_an_unknown_operand_answer(name):
    assert getattr(operator, f"i{name}")(tensor([1, 2]), Other()) == f"r{name}"


@pytest.mark.parametrize("name", COMPARISONS)
def test_a_comparison_lets_an_unknown_operand_answer(name):
    assert python_operator(name)(tensor([1, 2]), Other()) == COMPARISONS[name]


@pytest.mark.parametrize("other", [object(), None, "a", [1, 2], (1, 2), {}], ids=lambda other: type(other).__name__)
def test_what_cannot_be_compared_is_unequal_and_has_no_order(other):
    x = tensor([1, 2])
    assert (x == other) is False and (x != other) is True
    for name in ("lt", "le", "gt", "ge"):
        with pytest.raises(TypeError, match="not supported between instances of 'Tensor'"):
            getattr(operator, name)(x, other)
    for name in BINARY:
        with pytest.raises(TypeError):
            python_operator(name)(x, other)


def test_an_object_is_found_in_a_list_after_a_tensor():
    o = object()
    assert o in [tensor([1.0]), o]
    assert [tensor([1.0]), o].index(o) == 1


def test_a_function_refuses_an_unknown_operand():
    for function in (autograd.add, autograd.mul, autograd.div, autograd.eq, autograd.lt):
        with pytest.raises(TypeError, match="expected a Tensor, an array or a number, but got Other"):
            function(tensor([1.0]), Other())


def test_an_error_between_known_operands_is_raised():
    class Bad(Exception):
        pass

    with pytest.raises(RuntimeError, match="do not broadcast"):
        tensor([1.0, 2.0]) + tensor([1.0, 2.0, 3.0])
    with pytest.raises(TypeError, match="masked array"):
        tensor([1.0]) + np.ma.masked_array([1.0], [True])


def test_plus_is_the_tensor_itself():
    x = leaf([1.0, -2.0])
    assert +x is x
    with pytest.raises(RuntimeError, match="positive"):
        +tensor([True])


def test_reversed_is_a_tensor_with_its_slices_in_reverse_order():
    assert reversed(tensor([[0, 1], [2, 3]])).tolist() == [[2, 3], [0, 1]]
    assert reversed(tensor(1)).item() == 1
    x = leaf([1.0, 2.0])
    (reversed(x) * tensor([1.0, 10.0])).sum().backward()
    assert x.grad.tolist() == [10, 1]


# -- numbers ----------------------------------------------------------------------------------------


@pytest.fixture
def warned(monkeypatch):
    """As if a conversion had warned already."""
    monkeypatch.setattr(python_protocols, "_warned", True)


@pytest.mark.parametrize("value", [leaf(2.0), leaf([2.0]), leaf([[2.0]])], ids=["0-d", "1-d", "2-d"])
def test_a_tensor_that_requires_grad_converts_to_a_number(value, warned):
    assert (float(value), int(value), complex(value), bool(value)) == (2.0, 2, 2 + 0j, True)
    assert "%f" % value == "2.000000"  # noqa: UP031 - the point
    assert math.sqrt(value) == math.sqrt(2.0) and math.floor(value) == 2


def test_a_tensor_that_requires_grad_can_be_put_into_an_array(warned):
    array = np.zeros(2)
    array[0] = leaf(2.0)
    assert array.tolist() == [2.0, 0.0]


@pytest.mark.parametrize("call", [np.asarray, np.array, lambda x: np.array([x]), lambda x: np.zeros(2).__iadd__(x)])
def test_an_array_of_a_tensor_that_requires_grad_is_refused(call, warned):
    with pytest.raises((RuntimeError, TypeError)):
        call(leaf([1.0, 2.0]))


CONVERSIONS = {
    **{function.__name__: function for function in (int, float, complex, bool, math.floor, operator.index)},
    "~": lambda x: int(~x),
    **{text: text.format for text in ("{:.2f}", "{:d}", "{:x}", "{:>9}")},
    **{text: text.__mod__ for text in ("%d", "%.1f")},
}


def _outcome(convert, value):
    try:
        return convert(value)
    except Exception as error:
        return type(error)


@pytest.mark.parametrize("convert", CONVERSIONS.values(), ids=CONVERSIONS.keys())
@pytest.mark.parametrize("number", [1.5, -0.0, math.nan, math.inf, 3, -4])
def test_a_tensor_of_one_number_converts_as_the_number_or_fails_with_the_same_error(convert, number):
    np.testing.assert_equal(_outcome(convert, tensor(number)), _outcome(convert, number))


def test_a_complex_number_without_an_imaginary_part_converts_to_a_real_number():
    assert (float(tensor(2 + 0j)), int(tensor(2 + 0j)), math.sqrt(tensor(4 + 0j))) == (2.0, 2, 2.0)
    for convert in (float, int, math.sqrt):
        with pytest.raises(RuntimeError, match=r"\.real"):
            convert(tensor(2 + 1j))


@pytest.mark.parametrize("element", ["a", None, [1]])
def test_a_tensor_contains_numbers_only(element):
    assert 2 in tensor([1, 2]) and np.float32(3) not in tensor([1, 2]) and tensor(1) in tensor([1, 2])
    with pytest.raises(RuntimeError, match=type(element).__name__):
        element in tensor([1, 2])  # noqa: B015 - the test raises


def test_the_first_conversion_of_a_process_warns():
    program = """
import warnings, autograd
x = autograd.tensor(2.0, requires_grad=True)
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    f"{x:.2f}", x.item(), bool(x)
    assert not caught, caught
    float(x), int(x), float(x), complex(x)
(warning,) = caught
assert warning.category is UserWarning and "may lead to unexpected behavior" in str(warning.message)
assert warning.filename == "<string>"
"""
    subprocess.run([sys.executable, "-c", program], check=True)


def test_several_elements_are_no_number():
    for convert in (float, int, complex):
        with pytest.raises(ValueError, match="only one element tensors can be converted to Python scalars"):
            convert(tensor([1.0, 2.0]))


# -- attributes -------------------------------------------------------------------------------------


def test_a_tensor_takes_attributes_which_copies_keep():
    x = tensor([1.0, 2.0])
    x.tag = [5]
    assert x.tag == [5]
    assert copy.copy(x).tag is x.tag
    deep = copy.deepcopy(x)
    assert deep.tag == [5] and deep.tag is not x.tag
    assert pickle.loads(pickle.dumps(x)).tag == [5]
    for other in (x.clone(), x.detach(), x * 1, x[:1]):
        assert not hasattr(other, "tag")
    del x.tag
    assert not hasattr(x, "tag")


def test_an_attribute_of_tensor_itself_cannot_be_replaced():
    with pytest.raises(AttributeError):
        tensor([1.0]).shape = (2,)


def test_a_view_and_a_parameter_take_attributes():
    for x in (autograd.ones(3)[:2], autograd.nn.Parameter(autograd.ones(2))):
        x.tag = 1
        assert x.tag == copy.copy(x).tag == pickle.loads(pickle.dumps(x)).tag == 1


def test_a_comparison_with_a_number_outside_the_range_of_the_dtype_is_exact():
    small = tensor([250], dtype=autograd.uint8)  # PyTorch compares with the number that 300 wraps around to
    assert (small < 300).item() and not (small > 300).item() and not (small <= -1).item()


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64"])
@pytest.mark.parametrize("base", [0, 1, -1, 0.0, 2.5, -1.5])
def test_gradient_of_a_number_raised_to_a_tensor_has_the_dtype_of_the_tensor(base, dtype):
    y = tensor([0, 1, 2], dtype=getattr(autograd, dtype), requires_grad=True)
    assert autograd.grad((base**y).real.sum(), y)[0].dtype == y.dtype


@pytest.mark.parametrize("base", [2j, 1 + 1j, -1.0, -2.5])
def test_a_base_that_is_not_positive_has_a_logarithm_in_the_gradient_of_a_complex_power(base):
    y = tensor([1 + 1j, 2 - 0.5j], dtype=autograd.complex128, requires_grad=True)
    logarithm = autograd.log(tensor(base, dtype=autograd.complex128))
    (expected,) = autograd.grad(autograd.exp(y * logarithm).real.sum(), y)
    np.testing.assert_allclose(autograd.grad((base**y).real.sum(), y)[0].numpy(), expected.numpy())
