"""Invalid input raises a specific error, which says what was given and what to do, and changes nothing."""

import re

import numpy as np
import pytest

import autograd as torch
from autograd import float64, tensor


def leaf(*shape):
    return torch.ones(shape, requires_grad=True)


#: The attempt, the type of the error, and parts of its message: what was given, and the remedy.
BAD = {
    "shapes that do not broadcast": (
        lambda: leaf(2, 3) + leaf(2),
        RuntimeError, ["add", "(2, 3)", "(2,)", "do not broadcast", "reshape or unsqueeze"],
    ),
    "shapes that do not broadcast in a comparison": (
        lambda: leaf(2, 3) == leaf(2), RuntimeError, ["eq", "(2, 3)", "(2,)"],
    ),
    "shapes that do not broadcast in where": (
        lambda: torch.where(leaf(2) > 0, leaf(3), 0.0), RuntimeError, ["where", "(2,)", "(3,)"],
    ),
    "matrices that do not align": (
        lambda: leaf(2, 3) @ leaf(2, 3), RuntimeError, ["matmul", "(2, 3)", "do not align", "transpose one of them"],
    ),
    "a matrix and a vector that do not align": (
        lambda: leaf(2, 3) @ leaf(2), RuntimeError, ["(2, 3) and (2,)", "(3)", "(2)"],
    ),
    "stacks that do not broadcast": (
        lambda: leaf(2, 3, 4) @ leaf(3, 4, 5), RuntimeError, ["(2, 3, 4)", "(3, 4, 5)", "(2,) and (3,)"],
    ),
    "a product with a scalar": (lambda: leaf(2) @ leaf(), RuntimeError, ["1D and 0D", "use *"]),
    "a product of two types": (
        lambda: leaf(2, 2) @ torch.ones(2, 2, dtype=float64), RuntimeError, ["float32", "float64", ".to()"],
    ),
    "a linear map of a scalar": (
        lambda: torch.linear(leaf(), leaf(2, 1), leaf(2)), RuntimeError, ["0D and 2D", "in_features = 1", "reshape(1)"],
    ),
    "a linear map without bias that does not align": (
        lambda: torch.linear(leaf(4, 5), leaf(2, 3)), RuntimeError, ["(4x5 and 3x2)", "in_features = 3"],
    ),
    "an image without a channel": (
        lambda: torch.conv2d(leaf(28, 28), leaf(6, 1, 5, 5)), RuntimeError, ["4D", "[28, 28]", "unsqueeze(-3)"],
    ),
    "an image whose channels come last": (
        lambda: torch.conv2d(leaf(2, 8, 8, 3), leaf(6, 3, 5, 5)), RuntimeError, ["got 8", "before the 2 spatial sizes"],
    ),
    "a product with a list": (lambda: torch.matmul(leaf(2), [1.0, 2.0]), TypeError, ["list", "tensor(...)"]),
    "a view that does not fit": (
        lambda: leaf(2, 3).view(4, 2), RuntimeError, ["[4, 2]", "size 6", "(2, 3)", "must stay the same"],
    ),
    "a view across a transposition": (lambda: leaf(2, 3).t().view(6), RuntimeError, ["[6]", "Use .reshape(...)"]),
    "a reshape with a remainder": (lambda: leaf(2, 3).reshape(4, -1), RuntimeError, ["[4, -1]", "size 6"]),
    "a reshape with two unknown sizes": (lambda: leaf(2, 3).reshape(-1, -1), RuntimeError, ["(-1, -1)", "only one"]),
    "a dim out of range": (
        lambda: leaf(2, 3).sum(2), IndexError, ["expected to be in range of [-2, 1]", "got 2"],
    ),
    "a dim twice": (lambda: leaf(2, 3).sum((0, -2)), RuntimeError, ["dim 0 appears multiple times"]),
    "a dim that is not an integer": (lambda: leaf(2, 3).softmax("x"), TypeError, ["dim must be an int", "str"]),
    "an index out of range": (lambda: leaf(2, 3)[2], IndexError, ["index 2", "size 2", "(2, 3)"]),
    "too many indices": (lambda: leaf(2, 3)[0, 0, 0], IndexError, ["too many", "(2, 3)"]),
    "an index tensor out of range": (
        lambda: torch.gather(leaf(2, 3), 1, tensor([[3], [0]])), RuntimeError, ["gather", "index 3", "size 3"],
    ),
    "a class out of range": (lambda: torch.one_hot(tensor([3]), 3), RuntimeError, ["3 >= 3"]),
    "a ragged list": (lambda: tensor([[1.0, 2.0], [3.0]]), ValueError, ["ragged", "lengths 2, 1"]),
    "a list of numbers and lists": (lambda: tensor([[1.0], 2.0]), ValueError, ["ragged", "1, a number"]),
    "an array of objects": (lambda: tensor(np.array([None, 1])), TypeError, ["O", "supported types", "float32"]),
    "an array of strings": (lambda: tensor(np.array(["a"])), TypeError, ["<U1", "supported types"]),
    "a list of strings": (lambda: tensor(["a", "b"]), TypeError, ["expected numbers", "'a'"]),
    "a string": (lambda: tensor("abc"), TypeError, ["str", "'abc'", "expected numbers"]),
    "None": (lambda: tensor(None), TypeError, ["NoneType", "expected numbers"]),
    "an array of dates": (lambda: torch.from_numpy(np.zeros(1, "M8[D]")), TypeError, ["M8[D]", "supported"]),
    "a list where an array belongs": (lambda: torch.from_numpy([1]), TypeError, ["list", "use tensor"]),
    "requires_grad on integers": (
        lambda: tensor([1, 2], requires_grad=True), RuntimeError, ["int64", ".float()", "floating point"],
    ),
    "requires_grad_ on booleans": (lambda: tensor([True]).requires_grad_(), RuntimeError, ["bool", ".float()"]),
    "requires_grad off for a result": (
        lambda: (leaf(2) * 2).requires_grad_(False), RuntimeError, ["leaf", "MulBackward0", "detach()"],
    ),
    "backward of a non-scalar": (lambda: (leaf(2) * 2).backward(), RuntimeError, ["scalar", "(2,)", "sum()"]),
    "backward without a graph": (lambda: torch.ones(()).backward(), RuntimeError, ["()", "requires_grad=True"]),
    "backward of a complex scalar": (
        lambda: (leaf() * 1j).backward(), RuntimeError, ["complex64", "gradient=", "abs()"],
    ),
    "a gradient of another shape": (
        lambda: (leaf(2) * 2).backward(torch.ones(3)), RuntimeError, ["(3,)", "(2,)", "output's shape"],
    ),
    "a gradient of another dtype": (
        lambda: (leaf(2) * 2).backward(torch.ones(2, dtype=float64)), RuntimeError, ["float64", "float32", ".to("],
    ),
    "a gradient that is not a tensor": (lambda: (leaf(2) * 2).backward([1, 1]), TypeError, ["list", "tensor(...)"]),
    "grad of a constant": (
        lambda: torch.autograd.grad(leaf(), torch.ones(3)), RuntimeError, ["does not require grad", "(3,)"],
    ),
    "grad with too few gradients": (
        lambda: torch.autograd.grad([leaf(), leaf()], leaf(), [torch.ones(())]), RuntimeError,
        ["2 tensors and 1 gradients"],
    ),
    "item() of several elements": (lambda: leaf(2, 2).item(), RuntimeError, ["4 elements", "(2, 2)", "tolist()"]),
    "item() of no element": (lambda: torch.zeros(0).item(), RuntimeError, ["0 elements", "(0,)"]),
    "numpy() of a tensor that requires grad": (lambda: leaf(2).numpy(), RuntimeError, ["tensor.detach().numpy()"]),
    "an array of a tensor that requires grad": (lambda: np.array(leaf(2)), RuntimeError, ["detach().numpy()"]),
    "float() of several elements": (lambda: float(leaf(2)), ValueError, ["one element", "(2,)", "tolist()"]),
    "bool() of several elements": (lambda: bool(leaf(2)), RuntimeError, ["more than one value", "(2,)", "any()"]),
    "bool() of no element": (lambda: bool(torch.zeros(0)), RuntimeError, ["no value", "(0,)", "numel()"]),
    "len() of a scalar": (lambda: len(leaf()), TypeError, ["0-d"]),
    "a loop over a scalar": (lambda: list(leaf()), TypeError, ["0-d"]),
    "a gradient set to another shape": (
        lambda: setattr(leaf(2), "grad", torch.ones(3)), RuntimeError, ["(3,)", "(2,)", "must be the same"],
    ),
    "a gradient set to a number": (lambda: setattr(leaf(2), "grad", 1.0), TypeError, ["Tensor or None", "float"]),
    "retain_grad of a constant": (lambda: torch.ones(2).retain_grad(), RuntimeError, ["requires_grad=False"]),
    "a hook on a constant": (
        lambda: torch.ones(2).register_hook(print), RuntimeError, ["doesn't require gradient"],
    ),
    "narrow beyond the end": (lambda: leaf(3).narrow(0, 4, 0), IndexError, ["start out of range", "[-3, 3]", "4"]),
    "narrow of a scalar": (lambda: leaf().narrow(0, 0, 1), RuntimeError, ["0-dim tensor"]),
    "index_add of too few slices": (
        lambda: leaf(3, 2).index_add(0, tensor([0, 1]), torch.ones(1, 2)), RuntimeError, ["(2, 2)", "(1, 2)"],
    ),
    "scatter of another type": (
        lambda: leaf(3).scatter(0, tensor([0]), torch.ones(1, dtype=float64)), RuntimeError, ["float32", "float64"],
    ),
    "an infinite range": (lambda: torch.arange(0, float("inf")), RuntimeError, ["unsupported range", "inf"]),
    "parts of two types": (
        lambda: torch.complex(leaf(1), torch.ones(1, dtype=float64)), RuntimeError, ["float32", "float64"],
    ),
    "the covariance of a 3-D tensor": (lambda: torch.cov(leaf(1, 1, 1)), RuntimeError, ["two or fewer", "(1, 1, 1)"]),
    "too few weights": (
        lambda: torch.cov(leaf(2, 3), fweights=tensor([1, 2])), RuntimeError, ["3 integers", "fweights", "(2,)"],
    ),
    "negative weights": (
        lambda: torch.cov(leaf(2), aweights=tensor([1.0, -1.0])), RuntimeError, ["aweights", "negative"],
    ),
    "differences of negative order": (lambda: torch.diff(leaf(3), -1), RuntimeError, ["non-negative", "-1"]),
    "fliplr of a vector": (lambda: leaf(3).fliplr(), RuntimeError, [">= 2-d", "(3,)"]),
    "flipud of a scalar": (lambda: leaf().flipud(), RuntimeError, [">= 1-d"]),
    "roll without shifts": (lambda: leaf(3).roll(()), RuntimeError, ["`shifts` required"]),
    "rot90 in one dim": (lambda: leaf(3).rot90(1, (0,)), RuntimeError, ["two dims", "(0,)"]),
    "the third smallest of two elements": (lambda: leaf(2).kthvalue(3), RuntimeError, ["out of range", "k=3"]),
    "a complex value in a real tensor": (
        lambda: leaf(1).masked_fill(tensor([True]), 1j), RuntimeError, ["float32", "without overflow", "1j"],
    ),
    "a negative tolerance": (lambda: torch.isclose(leaf(1), leaf(1), -1), RuntimeError, ["rtol=-1"]),
    "renorm of a vector": (lambda: leaf(3).renorm(2, 0, 1.0), RuntimeError, ["at least 2", "(3,)"]),
    "cross of different numbers of dims": (
        lambda: torch.linalg.cross(leaf(2, 3), leaf(3)), RuntimeError, ["same number of dimensions", "(2, 3)"],
    ),
    "the Fourier transform of a scalar": (lambda: torch.fft.fft(leaf()), IndexError, ["no dimensions"]),
    "samples from integer weights": (lambda: torch.multinomial(tensor([1, 1]), 1), RuntimeError, ["int64"]),
    "no samples": (lambda: torch.multinomial(tensor([1.0]), 0), RuntimeError, ["n_sample <= 0", "0"]),
    "a scatter that reaches outside": (
        lambda: torch.as_strided_scatter(leaf(4), torch.ones(2), (2,), (4,)), RuntimeError, ["outside", "4 elements"],
    ),
    "the extremes of an empty tensor": (lambda: torch.aminmax(torch.ones(0)), RuntimeError, ["non-zero size", "(0,)"]),
    "cat of an empty list": (lambda: torch.cat([]), ValueError, ["non-empty list"]),
    "cat of numbers": (lambda: torch.cat([leaf(2), 1.0]), TypeError, ["element 1", "float"]),
    "cat of sizes that differ": (
        lambda: torch.cat([leaf(2, 3), leaf(2, 4)]), RuntimeError, ["size 3", "size 4", "number 1"],
    ),
    "stack of shapes that differ": (lambda: torch.stack([leaf(2), leaf(3)]), RuntimeError, ["[2]", "[3]", "entry 1"]),
    "split that does not add up": (lambda: torch.split(leaf(5), [2, 2]), RuntimeError, ["exactly to 5", "[2, 2]"]),
    "expand of a size that is not 1": (lambda: leaf(2).expand(3), RuntimeError, ["(3)", "(2)", "[3]"]),
    "an incomplete permutation": (lambda: leaf(2, 3).permute(0), RuntimeError, ["2", "len(dims) = 1"]),
    "clamp without bounds": (lambda: torch.clamp(leaf(2)), RuntimeError, ["'min' or 'max'"]),
    "max of an empty tensor": (lambda: torch.max(torch.zeros(0)), RuntimeError, ["numel() == 0"]),
    "max along an empty dim": (lambda: torch.max(torch.zeros(2, 0), 1), IndexError, ["(2, 0)", "empty"]),
    "topk of too few elements": (lambda: torch.topk(leaf(3), 4), RuntimeError, ["(4)", "size 3"]),
    "zeros of a negative size": (lambda: torch.zeros(2, -1), RuntimeError, ["negative dimension -1", "[2, -1]"]),
    "random numbers of a negative size": (lambda: torch.randn(2, -1), RuntimeError, ["negative dimension -1"]),
    "a conversion with an unknown keyword": (lambda: torch.ones(2).to(kind=torch.float64), TypeError, ["kind"]),
    "zeros of a fractional size": (lambda: torch.zeros(2.5), TypeError, ["float", "2.5"]),
    "arange with the wrong sign of the step": (lambda: torch.arange(3, 1), RuntimeError, ["3 to 1 by 1"]),
    "arange with the step 0": (lambda: torch.arange(0, 1, 0), RuntimeError, ["nonzero"]),
    "an operation with a string": (lambda: leaf(2) + "a", TypeError, ["str"]),
    "an operation with a list": (lambda: leaf(2) / [1, 2], TypeError, ["list"]),
    "an integer to a negative power": (lambda: tensor([2]) ** -1, RuntimeError, ["int64", "-1", ".float()"]),
    "floor division of an integer by zero": (lambda: tensor([2]) // 0, RuntimeError, ["zero"]),
    "an unknown rounding": (lambda: torch.div(leaf(2), 2, rounding_mode="up"), RuntimeError, ["'floor'", "'up'"]),
    "an unsupported dtype": (lambda: torch.zeros(2, dtype="U3"), TypeError, ["<U3", "supported types"]),
    "another device": (lambda: leaf(2).to("cuda"), RuntimeError, ["cuda", "CPU"]),
    "padding of odd length": (lambda: torch.pad(leaf(2), (1,)), RuntimeError, ["divisible by 2", "[1]"]),
    "an unknown padding": (lambda: torch.pad(leaf(2), (1, 1), "mirror"), NotImplementedError, ["mirror", "reflect"]),
    "NumPy writing into an array": (lambda: np.add(np.ones(2), leaf(2), out=np.ones(2)), TypeError, ["out=", "graph"]),
    "a ufunc without a gradient": (lambda: np.cbrt(leaf(2)), TypeError, ["np.cbrt", "detach().numpy()"]),
    "a method of a ufunc": (lambda: np.add.reduce(leaf(2)), TypeError, ["np.add.reduce", "detach().numpy()"]),
}  # fmt: skip


@pytest.mark.parametrize("attempt", BAD)
def test_invalid_input_raises_an_error_that_says_what_was_given_and_what_to_do(attempt):
    call, error, parts = BAD[attempt]
    with pytest.raises(error) as caught:
        call()
    assert type(caught.value) is error
    for part in parts:
        assert re.search(re.escape(part), str(caught.value)), f"{part!r} is not in: {caught.value}"


def test_a_refused_backward_changes_no_gradient_and_frees_nothing():
    x = leaf(2)
    y = x * x
    x.grad = torch.full((2,), 5.0)
    for gradient in (None, torch.ones(3), torch.ones(2, dtype=float64), 1.0):
        with pytest.raises((RuntimeError, TypeError)):
            y.backward(gradient)
        assert x.grad.tolist() == [5, 5]
    y.backward(torch.ones(2))
    assert x.grad.tolist() == [7, 7]


def test_the_error_of_a_second_backward_names_the_remedies():
    x = leaf(2)
    y = (x * x).sum()
    y.backward()
    with pytest.raises(RuntimeError, match=r"freed .*detach\(\).*retain_graph=True"):
        y.backward()
    assert x.grad.tolist() == [2, 2]


def test_invalid_operations_change_neither_operand():
    x, y = leaf(2, 3), leaf(2)
    for call in (lambda: x + y, lambda: x @ y, lambda: x.view(4), lambda: x[5], lambda: x.requires_grad_("no") * y):
        with pytest.raises((RuntimeError, IndexError, TypeError)):
            call()
    assert x.tolist() == [[1] * 3] * 2 and y.tolist() == [1, 1]
    assert x.requires_grad and x.is_leaf and x.grad is None


def test_backward_raises_if_a_value_that_it_needs_was_overwritten():
    x = leaf(3)
    y = x * 2
    z = y * y
    y.add_(1)
    with pytest.raises(RuntimeError, match=r"modified by an inplace operation: mul .*shape \(3,\).*clone\(\)"):
        z.sum().backward()
    assert x.grad is None
