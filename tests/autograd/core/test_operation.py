"""Operations: casts, broadcasting errors, what a definition refuses, and the nodes that calls leave."""

import inspect

import numpy as np
import pytest

import autograd as torch
import autograd.core.operation as primitives
from autograd import tensor
from autograd.core.primitive import registry
from tests.tools.tensors import leaf


@pytest.mark.parametrize("kind", [torch.complex64, torch.complex128])
def test_a_cast_between_complex_types_keeps_the_imaginary_part(kind):
    z = tensor([1 + 2j, -3j], dtype=torch.complex128)
    np.testing.assert_array_equal(z.to(kind).numpy(), [1 + 2j, -3j])


def test_a_complex_number_is_true_if_either_part_is_not_zero():
    assert tensor([1j, 0j, 1.0 + 0j]).bool().tolist() == [True, False, True]


def test_a_number_is_not_rounded_to_half_precision_before_it_is_used():
    x = tensor([2047 / 1024], dtype=torch.float16)
    assert (x * 1.0004).tolist() == [2.0], "1.0004 would be rounded to 1"
    assert (x * 1.0004).dtype == torch.float16


@pytest.mark.parametrize("other", [1, tensor([2]), tensor([2.0]), tensor([True])])
def test_booleans_are_not_subtracted(other):
    for call in (lambda: tensor([True]) - other, lambda: other - tensor([True])):
        with pytest.raises(RuntimeError, match="sub: not implemented for bool elements"):
            call()


def test_a_broadcasting_error_names_the_dim():
    with pytest.raises(RuntimeError, match=r"tensor a \(4\) must match the size of tensor b \(3\) at dim -2"):
        torch.ones(4, 1) + torch.ones(3, 2)


@pytest.mark.parametrize(("m", "n"), [(3, 0), (0, 3)])
def test_a_broadcasting_error_names_an_empty_dim(m, n):
    with pytest.raises(RuntimeError, match=rf"tensor a \({m}\) must match the size of tensor b \({n}\) at dim -1"):
        torch.ones(m) + torch.ones(n)


def test_a_broadcasting_error_does_not_name_a_dim_that_matches():
    with pytest.raises(RuntimeError, match=r"tensor a \(4\) must match the size of tensor b \(3\) at dim -2"):
        torch.ones(4, 300) + torch.ones(3, 300)


def test_as_dtype_does_not_copy_an_array_of_that_dtype():
    values = np.ones(3)
    assert primitives.as_dtype(values, np.dtype(np.float64)) is values


def test_next_functions_are_the_parents_of_a_node():
    x = leaf([1.0])
    y = x.exp() * x
    assert y.grad_fn.next_functions == ((y.grad_fn.parents[0], 0), (x.node, 0))


def test_a_masked_array_is_refused_and_other_subclasses_become_plain_arrays():
    class Odd(np.ndarray):
        pass

    x = tensor([1.0, 2.0])
    with pytest.raises(TypeError, match="masked array would lose its mask"):
        x + np.ma.masked_array([1.0, 2.0], [True, False])
    assert type((x + np.ones(2).view(Odd)).array) is np.ndarray


@pytest.mark.parametrize("dtype", [torch.int64, torch.uint8, torch.bool])
def test_functions_of_integers_have_the_default_float_type(dtype):
    assert torch.exp(torch.ones(2, dtype=dtype)).dtype is torch.float32


LEFT_OUT = [
    (
        torch.autograd.grad,
        {
            "grad_outputs": None,
            "retain_graph": None,
            "create_graph": False,
            "only_inputs": True,
            "allow_unused": None,
            "is_grads_batched": False,
            "materialize_grads": False,
        },
    ),
    (
        torch.autograd.backward,
        {"grad_tensors": None, "retain_graph": None, "create_graph": False, "grad_variables": None, "inputs": None},
    ),
    (torch.autograd.graph.save_on_cpu, {"pin_memory": False, "device_type": "cuda"}),
    (torch.Tensor.backward, {"gradient": None, "retain_graph": None, "create_graph": False, "inputs": None}),
]


@pytest.mark.parametrize(("function", "defaults"), LEFT_OUT, ids=lambda v: getattr(v, "__qualname__", ""))
def test_default_arguments_are_those_of_pytorch(function, defaults):
    found = {name: p.default for name, p in inspect.signature(function).parameters.items()}
    assert {name: value for name, value in found.items() if value is not inspect.Parameter.empty} == defaults


@pytest.mark.parametrize("asked", ["a", "z"])
def test_a_rule_that_names_no_argument_is_refused(asked):
    rule = {"a": lambda g, a: g, "z": lambda g, z: g}[asked]
    with pytest.raises(ValueError, match=f"the rule for x asks for {asked}, which is not an argument"):
        primitives.unary("refused", np.exp, rule)
    assert "refused" not in registry


NAMED = ["x", "x_shape", "x_dtype", "out", "x, x_shape", "x_dtype, out"]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64, torch.complex64])
@pytest.mark.parametrize("named", NAMED)
def test_a_rule_of_one_argument_may_name_its_shape_and_dtype(named, dtype):
    seen = []
    rule = eval(f"lambda g, {named}: (seen.append(({named},)), g * 3)[1]", {"seen": seen})
    triple = primitives.unary("triple_of_the_test", lambda x: x * 3, rule)
    del registry["triple_of_the_test"]
    x = torch.ones(2, dtype=dtype, requires_grad=True)
    triple(x).sum().abs().backward()
    assert x.grad.tolist() == [3.0, 3.0]
    kept = dict(zip(named.split(", "), seen[0]))
    assert kept.get("x_shape", (2,)) == (2,) and kept.get("x_dtype", x.array.dtype) == x.array.dtype


@pytest.mark.parametrize("shape", [(2,), (3, 2), (1,)])
@pytest.mark.parametrize("named", [*NAMED, "x, y", "y, out", "y_shape, x_dtype"])
def test_a_rule_of_two_arguments_may_name_their_shapes_and_dtypes(named, shape):
    rule_x = eval(f"lambda g, {named}: g * 3")
    weighted = primitives.binary("weighted_of_the_test", lambda x, y: 3 * x + y, rule_x, lambda g, y_dtype: g)
    del registry["weighted_of_the_test"]
    x, y = torch.ones(2, requires_grad=True), torch.ones(shape, requires_grad=True)
    out = weighted(x, y)
    out.sum().backward()
    assert x.grad.tolist() == [3.0 * out.numel() / 2] * 2
    assert y.grad.tolist() == torch.full(shape, out.numel() / y.numel()).tolist()
