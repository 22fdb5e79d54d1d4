"""Errors of functions that take any number of tensors: PyTorch's kind of them."""

import pytest

import autograd
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
