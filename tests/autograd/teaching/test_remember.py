"""remember: what is recorded about each operation."""

from __future__ import annotations

import pytest

import autograd
import nn
from autograd import float64, tensor
from autograd.teaching import draw, explain, find_nan, remember, walk


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


def test_a_value_that_the_graph_does_not_keep_is_known_only_under_remember():
    x = leaf(2.0)
    three = autograd.tensor(3.0)
    assert [e.origin for e in walk(x + three) if e.kind == "constant"] == ["not kept"]
    with remember():
        y = x + three
    (constant,) = [e for e in walk(y) if e.kind == "constant"]
    assert (constant.value, constant.origin) == (3, "remembered")
    (made,) = [e for e in walk(y) if e.kind == "operation"]
    assert made.line.endswith("y = x + three") and "test_remember.py" in made.line


@pytest.mark.parametrize("dtype", [autograd.float32, autograd.float64, autograd.complex64, autograd.float16])
def test_a_number_beside_a_tensor_is_always_kept(dtype):
    x = autograd.tensor([2.0], dtype=dtype, requires_grad=True)
    numbers = {"add": x + 3, "radd": 3 + x, "sub": x - 3, "rsub": 3 - x, "mul": x * 3, "div": x / 3, "rdiv": 3 / x}
    for name, y in numbers.items():
        kept = [e.value for e in walk(y) if e.kind == "constant"]
        assert [complex(v) for v in kept] == [3], name
        y.abs().sum().backward()


def test_remember_raises_for_an_argument_that_is_not_a_module():
    with pytest.raises(TypeError, match=r"expected an nn.Module or a Keras model, but got int"), remember(3):
        pass


def test_remember_ends_with_its_block_and_attributes_operations_to_modules():
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    with remember(model):
        y = model(autograd.ones(3, 2)).sum()
    assert [(e.primitive, [call.name for call in e.modules]) for e in walk(y) if e.kind == "operation"] == [
        ("linear", ["", "0"]), ("relu", ["", "1"]), ("linear", ["", "2"]), ("sum", []),
    ]  # fmt: skip
    assert all(e.line is None for e in walk(model(autograd.ones(3, 2))))


def test_the_hooks_of_a_module_are_part_of_its_call():
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU())
    model[0].register_forward_pre_hook(lambda module, args: (args[0].sin(),))
    model[0].register_forward_hook(lambda module, args, out: out.cos())
    with remember(model):
        y = model(autograd.ones(3, 2).requires_grad_())
    assert [(e.primitive, [call.name for call in e.modules]) for e in walk(y) if e.kind == "operation"] == [
        ("sin", ["", "0"]), ("linear", ["", "0"]), ("cos", ["", "0"]), ("relu", ["", "1"]),
    ]  # fmt: skip


def test_explain_draw_and_find_nan_take_a_function_and_know_its_names():
    offset = leaf(5.0)

    def f(x):
        return (x * 3 + offset) ** 2

    x = leaf(2.0)
    words = str(explain(lambda: f(x)))
    assert "mul(x, 3)" in words and "not kept" not in words
    picture = draw(f, x).svg()
    assert ">x<" in picture.replace(" ", "") and "offset" in picture
    assert find_nan(f, x) is None
    for tool in (explain, draw, find_nan):
        with pytest.raises(TypeError, match="to return a tensor"):
            tool(lambda: 3)
        with pytest.raises(TypeError, match="expected a Tensor or a function, but got int"):
            tool(3)
