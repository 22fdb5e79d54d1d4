"""Errors of functions that take any number of tensors: PyTorch's kind of them."""

import numpy as np
import pytest

import autograd
import nn
from autograd.core.public_methods import public_methods
from tests.tools.answers import outcome

TENSORS = [
    lambda t: (t.zeros(2), t.ones(3)),
    lambda t: (t.zeros(2, 2, 2), t.ones(3, 3, 3)),
    lambda t: (t.zeros(2), 3),
    lambda t: (3, t.zeros(2)),
    lambda t: ("x",),
    lambda t: (t.zeros(1, 2),),
    lambda t: (t.zeros(2), t.zeros(1, 2)),
    lambda t: (t.zeros(2), t.tensor(1.0)),
]


@pytest.mark.parametrize("name", ["block_diag", "broadcast_tensors", "cartesian_prod", "meshgrid"])
def test_tensors_that_do_not_fit_and_values_that_are_no_tensors_are_told_apart(name, answers):
    def kinds(library):
        found = [outcome(library, lambda t, make=make: getattr(t, name)(*make(t))) for make in TENSORS]
        return [kind if isinstance(kind, str) else "accepted" for kind in found]

    assert kinds(autograd) == answers("torch", kinds)


def test_the_first_of_several_values_that_is_no_tensor_is_named():
    with pytest.raises(TypeError, match=r"argument 'tensors' \(position 2\) must be Tensor, not int"):
        autograd.broadcast_tensors(autograd.zeros(2), 3)


#: Compiled as a part of the project: errors of other code are its own affair.
SHELF = """
class Shelf:
    def shaped(self, x, size):
        return np.zeros(6).reshape(x, size)

    def rows(self, x, size):
        yield from np.zeros(6).reshape(x, size)

    def joined(self, x):
        return [0] + x

    def masked(self, x):
        return np.bitwise_and(np.ones(2), x)
"""


def test_an_accident_in_a_method_or_a_generator_names_it_and_its_arguments():
    scope = {"np": np, "__name__": "autograd.shelf"}
    exec(compile(SHELF, autograd.__file__, "exec"), scope)
    shelf = public_methods(scope["Shelf"])()
    for name, call in (("shaped", shelf.shaped), ("rows", lambda *args, **kwargs: list(shelf.rows(*args, **kwargs)))):
        with pytest.raises(RuntimeError) as caught:
            call(4, size=2)
        problem = "cannot reshape array of size 6 into shape (4,2)"
        assert str(caught.value) == f"Shelf.{name}(): {problem}; given: x = 4, size = 2"
        assert len(call(3, 2)) == 3


@pytest.mark.parametrize(
    ("method", "given", "expected"),
    [
        ("masked", 1.5, RuntimeError),  # no loop of NumPy's for these numbers
        ("masked", range(2), TypeError),
        ("joined", 1.5, TypeError),
        ("joined", range(2), TypeError),
    ],
)
def test_a_type_error_is_pytorchs_runtime_error_only_if_numpy_has_no_loop_for_numbers(method, given, expected):
    scope = {"np": np, "__name__": "autograd.shelf"}
    exec(compile(SHELF, autograd.__file__, "exec"), scope)
    with pytest.raises((TypeError, RuntimeError)) as caught:
        getattr(public_methods(scope["Shelf"])(), method)(given)
    assert caught.type is expected


@pytest.mark.parametrize(
    "method", [nn.Module.eval, nn.Sequential.append, nn.optim.SGD.step, nn.data.DataLoader.__iter__]
)
def test_a_method_that_is_called_on_its_class_misses_self(method):
    with pytest.raises(TypeError, match=r"missing .* 'self'"):
        method()
