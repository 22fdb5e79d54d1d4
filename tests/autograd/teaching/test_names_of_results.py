"""Names of results: the variable that a recorded line assigns an operation to is the name that every tool shows."""

from __future__ import annotations

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


def test_attributes_and_globals_name_values_and_unpacked_or_nested_results_do_not():
    class Holder:
        pass

    holder = Holder()

    def program(x):
        holder.state = x + 1
        left, right = (holder.state * 2).chunk(2)
        numbers = [left - right]
        return autograd.exp(numbers[0]).sum() * 1

    assert names(program) == ["holder.state", None, None, None, None, None, None, "out"]


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
