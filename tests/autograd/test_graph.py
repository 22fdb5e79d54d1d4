"""autograd.graph: hooks for saved tensors, and increment_version."""

from __future__ import annotations

import pytest

import autograd
from autograd import tensor
from autograd.graph import increment_version, saved_tensors_hooks
from tests.tools.tensors import leaf

PROGRAMS = {
    "product": lambda x, w: ((x * w).sin() * x).sum(),
    "matrix": lambda x, w: (x.reshape(1, -1) @ w.reshape(-1, 1)).exp().sum(),
    "joined": lambda x, w: autograd.cat([x.exp(), (x * w).tanh()]).prod(),
    "scalar": lambda x, w: (x.sum() * w.sum()).exp().sqrt(),
}


@pytest.mark.parametrize("program", PROGRAMS.values(), ids=PROGRAMS)
def test_packed_tensors_give_the_same_first_and_second_derivatives(program):
    def derivatives(context):
        x, w = leaf([0.3, -0.7, 0.5]), leaf([0.2, 0.9, -0.4])
        with context:
            out = program(x, w)
            gs = autograd.grad(out, (x, w), create_graph=True)
            out = sum((g * g).sum() for g in gs)
        return [g.tolist() for g in (*gs, *autograd.grad(out, (x, w)))]

    packed = []

    def pack(t):
        packed.append(t.shape)
        return t.tolist(), t.dtype

    expected = derivatives(autograd.enable_grad())
    assert derivatives(saved_tensors_hooks(pack, lambda p: tensor(p[0], dtype=p[1]))) == expected
    assert packed


def test_only_the_innermost_hooks_pack_and_only_inside_their_block():
    outer, inner = [], []
    x = leaf([1.0])

    def into(which):
        return saved_tensors_hooks(lambda t: which.append(t) or t, lambda t: t)

    with into(outer):
        x.exp()
        with into(inner):
            x.exp()
    x.exp()
    assert (len(outer), len(inner)) == (1, 1)


def test_unpacking_anything_but_a_tensor_raises():
    x = leaf([1.0])
    with saved_tensors_hooks(lambda t: t, lambda t: 3):
        y = x.exp()
    with pytest.raises(TypeError, match="unpack_hook expected to be a Tensor but got result of type int"):
        y.backward(y.detach())


def test_an_error_in_a_hook_leaves_no_watcher():
    from autograd.core import graph

    with pytest.raises(ZeroDivisionError), saved_tensors_hooks(lambda t: 1 / 0, lambda t: t):
        leaf([1.0]).exp()
    assert graph.watchers == []


def test_increment_version_marks_tensors_as_modified_in_place():
    x = leaf([1.0, 2.0, 3.0])
    y = x * 2
    z = y * y
    increment_version(y)
    assert y._version == 1
    with pytest.raises(RuntimeError, match="modified by an inplace operation: mul"):
        z.sum().backward()
    increment_version([y, y[0]])
    assert y._version == 3
    increment_version([])
    for wrong in (3, [3]):
        with pytest.raises(RuntimeError, match=r"tensor.*int"):
            increment_version(wrong)
