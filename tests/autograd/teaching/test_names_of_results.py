"""Names of results: the variable that a recorded line assigns an operation to is the name that every tool shows."""

from __future__ import annotations

import gc
import weakref

import pytest

import autograd
from autograd import nn, ones, tensor
from autograd.teaching import draw, explain, find_nan, remember, walk


def names(program, given=None):
    """The names of the operations that a program's result depends on, in forward order; None for one without."""
    with remember():
        out = program(tensor([0.5, 2.0], requires_grad=True))
    return [entry.name for entry in walk(out, given or {}) if entry.primitive]


def test_the_target_of_an_assignment_names_the_last_operation_of_its_line():
    def program(x):
        hidden = x * 2 + 1
        scaled: autograd.Tensor = hidden.tanh() / 2
        first = second = scaled - 1
        if (walrus := first * second).sum() > 0:
            walrus *= 3
        return walrus.sum()

    # The last line has no target, and what it returns is assigned to `out`.
    assert names(program) == [None, "hidden", None, "scaled", "first", "walrus", "walrus (2)", "out"]


def test_an_attribute_names_a_value_and_an_item_does_not():
    class Holder:
        pass

    holder = Holder()

    def program(x):
        holder.state = x + 1
        numbers = [holder.state * 2]
        return autograd.exp(numbers[0]).sum() * 1

    assert names(program) == ["holder.state", None, None, None, "out"]


def pair(x):
    return x * 2, x.exp()


UNPACKED = {
    "views": lambda x: x.chunk(2),
    "a tuple of a function": pair,
    "a list": lambda x: [x + 1, x * 3],
    "several outputs of one primitive": lambda x: autograd.linalg.eigh(x.outer(x) + autograd.eye(2)),
}


@pytest.mark.parametrize("function", UNPACKED.values(), ids=UNPACKED)
def test_each_variable_of_an_assignment_names_its_value(function):
    def program(x):
        left, right = function(x)
        return left.sum() + right.sum()

    assert [name for name in names(program) if name] == ["left", "right", "out"]


def test_variables_name_values_also_in_nested_assignments_and_loops():
    def returned(x):
        return x * 2, (x * 3, x * 4)

    def program(x):
        one, (_, two) = returned(x)
        total = one.sum() + two.sum()
        for part in x.chunk(2):
            total = total + part.sum()
        return total * 1

    found = sorted(name for name in names(program) if name)
    assert found == ["one", "out", "part", "part (2)", "total", "total (2)", "total (3)", "two"]


def test_a_parameter_names_no_value():
    def doubled(inside):
        return (inside * 2).sum()

    assert names(lambda x: doubled(x + 1)) == [None, None, "out"]


def test_the_values_of_variables_are_not_kept():
    def program(x):
        left, right = x.chunk(2)
        doubled = right * 2
        gone = weakref.ref(left)
        del left
        assert gone() is None
        return doubled.sum()

    gc.disable()
    try:
        assert names(program)[-1] == "out"
    finally:
        gc.enable()


def test_a_variable_that_is_assigned_again_is_numbered():
    def loop(h):
        for _ in range(3):
            h = autograd.tanh(h)
        return h

    assert names(loop) == ["h", "h (2)", "h (3)"]


def test_given_names_stay_and_no_two_values_have_the_same_name():
    x = tensor([0.5, 2.0], requires_grad=True)
    with remember():
        h = x * 2
        for _ in range(2):
            h = h + 1
        x_again, x = x, h * 3
    labels = [entry.label for entry in walk(x, {"h": h, "x": x_again, "h (1)": x}) if entry.kind != "constant"]
    assert labels == ["x", "h (2)", "h (3)", "h", "h (1)"]
    labels = [entry.label for entry in walk(x, {"h": h}) if entry.kind != "constant"]
    assert labels[1:] == ["h (1)", "h (2)", "h", "x"]


class First(autograd.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x[:1]

    @staticmethod
    def backward(ctx, g):
        return autograd.cat([g, 0 * g])


def test_a_variable_that_shows_memory_that_was_written_since_is_left_alone():
    def program(x):
        y = x * 1
        view = First.apply(y)
        y.add_(1)
        total = y.sum()
        return total * int(view.shape[0])

    assert names(program) == ["y", "y (2)", "total", "out"]


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2), nn.ReLU())

    def forward(self, x):
        inner = self.layers(x)
        return inner + x


def test_the_result_of_a_module_has_the_name_that_its_caller_gives_it():
    block = Block()

    def program(x):
        y = block(x)
        y = block(y)
        return y.sum()

    found = names(program)
    assert [name for name in found if name] == ["inner", "y", "inner (2)", "y (2)", "out"]
    assert found.index("inner") == 3  # the last of linear, relu, linear and relu


def test_without_remember_there_are_no_names():
    x = tensor(2.0, requires_grad=True)
    y = x * 3
    assert [entry.name for entry in walk(y, {})] == [None] * 3


def shifted(scores):
    p = scores.softmax(0)
    q = p - p.max()
    return q.log().sum()


def test_every_tool_shows_the_names():
    x = tensor([1.0, 3.0], requires_grad=True)
    assert "given q = [-0.7616, 0]" in find_nan(shifted, x, names={}).text
    with remember():
        loss = shifted(x)
    assert "  q = sub(p, " in str(explain(loss, {}))
    assert "q = sub" in [box.lines[0] for box in draw(loss, names={}).drawing.boxes]


def test_the_names_of_a_model_are_found_while_it_is_drawn():
    lines = [box.lines[0] for box in draw(Block(), ones(1, 2), depth=None).drawing.boxes]
    assert "inner = relu" in lines


def test_the_operations_around_a_users_module_belong_to_the_same_call():
    model = nn.Sequential(nn.Linear(2, 2), Block(), nn.Linear(2, 2))

    def program(x):
        y = model(x.reshape(1, 2))
        return y.sum()

    assert [name for name in names(program) if name] == ["inner", "y", "out"]
