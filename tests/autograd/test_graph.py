"""autograd.graph: hooks for saved tensors, and increment_version."""

from __future__ import annotations

import pytest

import autograd
from autograd import tensor
from autograd.graph import increment_version, saved_tensors_hooks
from autograd.nn import functional
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


@pytest.mark.parametrize("write", [lambda t: t.add_(1), lambda t: t.zero_(), lambda t: t.__setitem__(0, 5.0)])
def test_a_pack_hook_that_writes_its_tensor_raises(write):
    x = leaf([1.0, 2.0])
    with (
        saved_tensors_hooks(lambda t: (write(t), t)[1], lambda t: t),
        pytest.raises(RuntimeError, match="pack hook is modifying its input in place"),
    ):
        (x * 2).exp()


@pytest.mark.parametrize(
    "unpack",
    [lambda t: t[:1], lambda t: t.repeat(3, 1), lambda t: t.int(), lambda t: t > 0, lambda t: t * 1j],
    ids=["shorter", "wider", "integers", "booleans", "complex"],
)
@pytest.mark.parametrize("program", [lambda x: x * x, lambda x: x.exp(), lambda x: autograd.outer(x, x) @ x])
def test_an_unpack_hook_that_returns_another_shape_or_kind_raises(program, unpack):
    x = leaf([1.0, 2.0])
    with saved_tensors_hooks(lambda t: t, unpack):
        y = program(x)
    with pytest.raises(RuntimeError, match=r"expected to have the shape .* of the tensor that was packed, but got"):
        y.sum().backward()


def test_an_unpacked_tensor_of_lower_precision_is_converted():
    x, w = leaf([1.0, 2.0]), leaf([3.0, 4.0])
    with saved_tensors_hooks(lambda t: t.float(), lambda t: t):
        y = x * w
    y.sum().backward()
    assert x.grad.tolist() == [3, 4] and x.grad.dtype == autograd.float64


def test_arrays_inside_keys_and_lists_are_packed_too():
    packed = []
    x = leaf([[1.0, 2.0, 4.0], [0.0, 3.0, 1.0]])
    with saved_tensors_hooks(lambda t: packed.append(t.tolist()) or t, lambda t: t):
        x[autograd.tensor([1, 0])].sum().backward()
        y = functional.layer_norm(x, (3,))
    assert [1, 0] in packed and len(packed) > 3
    (y * x).sum().backward()


def test_hooks_can_be_written_as_a_subclass_and_entered_again():
    class Counting(saved_tensors_hooks):
        def __init__(self):
            self.count = 0
            super().__init__(self.pack, lambda t: t)

        def pack(self, t):
            self.count += 1
            return t

    hooks, x = Counting(), leaf([1.0])
    assert hooks.pack_hook == hooks.pack
    for _ in range(2):
        with hooks as entered:
            assert entered is None
            x.exp()
    x.exp()
    with hooks, hooks:
        x.exp()
    assert hooks.count == 3


def test_hooks_can_be_forbidden():
    hooks = saved_tensors_hooks(lambda t: t, lambda t: t)
    with autograd.graph.disable_saved_tensors_hooks("not here"), pytest.raises(RuntimeError, match="not here"):
        hooks.__enter__()
    with hooks:
        pass


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
