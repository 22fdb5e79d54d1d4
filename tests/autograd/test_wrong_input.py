"""No error of NumPy's or Python's own from inside reaches a user, whatever the arguments are."""

import numpy as np
import pytest

import autograd as torch
from autograd.core.reraise import raised_on_purpose
from tests.tools import error_kinds, wrong_input

#: The modules and classes, and the part of all their calls that is made.
TARGETS = {
    "autograd": 0.05, "autograd:Tensor": 0.05, "autograd.linalg": 0.1, "autograd.fft": 0.1, "autograd.special": 0.1,
    "autograd.signal.windows": 0.1, "autograd.masked": 0.1, "autograd.func": 0.1, "autograd.functional": 0.1,
    "autograd.graph": 0.1, "nn.functional": 0.05,
}  # fmt: skip


@pytest.mark.parametrize("name", TARGETS)
def test_every_error_is_raised_by_the_project_and_leaves_the_arguments_unchanged(name):
    functions, methods = wrong_input.target(name)
    assert list(wrong_input.faults(functions, methods, share=TARGETS[name])) == []


def test_the_driver_finds_a_foreign_error_a_changed_argument_and_an_endless_loop(monkeypatch):
    def foreign(x):
        return x.nothing

    def changes(x, y):
        x.zero_()
        y.zero_()

    def endless(x, n):
        while n == 5:
            pass

    monkeypatch.setattr(wrong_input, "PATIENCE", 0.01)
    found = list(wrong_input.faults({"foreign": foreign, "changes": changes, "endless": endless}))
    assert any(line.startswith("foreign(") and "AttributeError" in line for line in found)
    assert any(line.startswith("endless(") and "does not end" in line for line in found)


#: Calls that NumPy or Python fails in, the kind of PyTorch's error, and what the message says.
CALLS = {
    "shapes that do not broadcast": (
        lambda: torch.logaddexp(torch.ones(2), torch.ones(3)), RuntimeError, r"logaddexp\(\): .*\(2,\).*\(3,\)",
    ),
    "shapes of fmax": (lambda: torch.fmax(torch.ones(2), torch.ones(3)), RuntimeError, r"fmax\(\): "),
    "negative numbers to count": (lambda: torch.bincount(torch.tensor([-1])), RuntimeError, r"bincount\(\): "),
    "a size beyond the address space": (lambda: torch.zeros(10**15, 10**6), RuntimeError, r"zeros\(\): .*too big"),
    "a size beyond the memory": (lambda: torch.ones(10**15), RuntimeError, "not enough memory"),
    "a number beyond the floats": (lambda: torch.ones(2) * 10**400, RuntimeError, r"mul\(\): a number is out of range"),
    "an array for a tensor": (
        lambda: torch.trace(np.ones((2, 2))), TypeError,
        r"trace\(\): argument 'input' \(position 1\) must be Tensor, not numpy.ndarray: .*tensor\(...\)",
    ),
    "None for a tensor": (lambda: torch.trace(None), TypeError, "must be Tensor, not NoneType"),
    "a string for an int": (lambda: torch.ones(2).chunk("a"), TypeError, "argument 'chunks' .* must be int, not str"),
    "a dtype without a loop": (lambda: torch.special.i0(torch.tensor([1j])), RuntimeError, "i0"),
    "groups that do not divide": (
        lambda: torch.conv_transpose2d(torch.ones(1, 4, 5, 5), torch.ones(4, 2, 3, 3), groups=3), RuntimeError,
        r"^Given groups=3, expected weight to be divisible by 3 at dimension 0, but got weight of size \[4, 2, 3, 3\]",
    ),
    "no groups": (
        lambda: torch.conv_transpose1d(torch.ones(1, 4, 5), torch.ones(4, 2, 3), groups=0), RuntimeError,
        "non-positive groups is not supported, but got 0",
    ),
    "a fraction as a size": (
        lambda: torch.zeros(2, torch.tensor(1.5)), TypeError, r"^sizes must be integers, but got Tensor: tensor\(1.5",
    ),
    "several sizes in a tensor": (lambda: torch.ones(6).reshape(torch.tensor([2, 3])), TypeError, "but got Tensor"),
    "more dims than there are": (
        lambda: torch.tensordot(torch.ones(2, 3), torch.ones(3, 2), 3), RuntimeError, "dims from 0 to 2, .*dims=3",
    ),
    "fewer dims than none": (
        lambda: torch.tensordot(torch.ones(2, 3), torch.ones(3, 2), -1), RuntimeError, "expected dims from 0 to 2.*=-1",
    ),
    "lists of different lengths": (
        lambda: torch.tensordot(torch.ones(2, 3), torch.ones(3, 2), ([0], [1, 0])), RuntimeError, "the same length",
    ),
    "three lists": (lambda: torch.tensordot(torch.ones(2), torch.ones(2), ([0],) * 3), ValueError, "but got 3"),
    "numbers for lists": (lambda: torch.tensordot(torch.ones(2), torch.ones(2), (0, 0)), TypeError, r"got \(0, 0\)"),
    "an unknown dim of tensordot": (
        lambda: torch.tensordot(torch.ones(2, 3), torch.ones(3, 2), ([5], [0])), IndexError, "out of range",
    ),
    "three shapes": (
        lambda: torch.broadcast_shapes((2, 1), (1, 3), (4, 1)), RuntimeError,
        r"^broadcast_shapes: shapes \(2, 1\) and \(4, 1\) do not broadcast",
    ),
    "a negative size": (lambda: torch.broadcast_shapes((-1,)), ValueError, r"must not be negative, .*\(-1,\)"),
    "two sizes to infer": (
        lambda: torch.ones(1, 3).unflatten(0, (-1, -1)), RuntimeError, r"^unflatten: only one size .*\[-1, -1\]",
    ),
    "a new dim to keep": (lambda: torch.ones(1).expand(-1, 1), RuntimeError, r"sizes \[-1, 1\] is new"),
    "a dim of cross": (lambda: torch.cross(torch.ones(3), torch.ones(3), 5), IndexError, "but got 5"),
    "a dim of quantile": (lambda: torch.quantile(torch.ones(3), 0.5, 5), IndexError, "but got 5"),
    "attention of vectors": (
        lambda: torch.nn.functional.scaled_dot_product_attention(*[torch.ones(3)] * 3), RuntimeError, "got 1, 1 and 1",
    ),
    "pivots of another size": (
        lambda: torch.linalg.lu_solve(torch.eye(3), torch.tensor([1, 2]), torch.eye(3)), RuntimeError,
        r"\(\*, 3\) integers from 1 to 3, but got autograd.int64 of shape \(2,\)",
    ),
    "a norm of no elements": (
        lambda: torch.linalg.vector_norm(torch.ones(2, 0), -1, 1), RuntimeError, r"order -1 .* has none along dim 1",
    ),
    "an unknown keyword": (lambda: torch.ones(2).cumsum(0, other=1), TypeError, "unexpected keyword argument 'other'"),
}  # fmt: skip


@pytest.mark.parametrize("case", CALLS)
def test_an_error_from_inside_becomes_pytorchs_kind_with_a_sentence(case):
    call, kind, message = CALLS[case]
    with pytest.raises(kind, match=message) as caught:
        call()
    assert type(caught.value) is kind and caught.value.__cause__ is None and wrong_input.is_ours(caught.value)


def test_errors_of_the_users_own_functions_pass_unchanged():
    def fails(x):
        return [][x.numel()]

    class Silent:
        def __index__(self):
            raise KeyError("mine")

    with pytest.raises(IndexError, match=r"^list index out of range$"):
        torch.vmap(fails)(torch.ones(2))
    with pytest.raises(KeyError, match="mine"):
        torch.zeros(2).sum(Silent())


def test_a_warning_that_is_an_error_passes_unchanged(recwarn):
    assert raised_on_purpose(UserWarning("resized"))


def test_errors_are_mostly_of_the_kind_that_pytorch_raises():
    same, different = 0, 0
    for name, kinds in error_kinds.recorded().items():
        functions, _ = wrong_input.target(name)
        with wrong_input.limited():
            for call in error_kinds.calls(name, every=6):
                theirs = kinds.get(error_kinds.key(call), "ok").replace("AttributeError", "TypeError")
                ours = error_kinds.outcome(torch, functions[call.function], call)
                if "ok" not in (ours, theirs):
                    same, different = same + (ours == theirs), different + (ours != theirs)
    assert same > 0.8 * (same + different) and same > 1000
