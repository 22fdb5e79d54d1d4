"""The text of a program as it runs: it can be executed alone, and reads as one would write it by hand."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import autograd as torch
from autograd import Tensor, nn
from autograd.tensorflow import keras
from tests.tools.steps import STEPS, arrays_of, attention, by_hand, compiled, dropped, floats, mlp, space_of

F = nn.functional


class Counted(set):
    """A set that counts how often it is asked."""

    asked = 0

    def __contains__(self, x: object) -> bool:
        self.asked += 1
        return super().__contains__(x)


def test_a_thousand_values_of_one_kind_are_named_without_trying_all_numbers() -> None:
    step, _ = compiled(mlp)
    names = step.program.written().names
    names._taken = Counted(names.taken)
    found = [names.reserve("product") for _ in range(1000)]
    assert len(set(found)) == 1000 and names.taken.asked < 3000


@pytest.mark.parametrize("make", STEPS.values(), ids=STEPS)
def test_the_printed_program_does_what_eager_does_bit_for_bit(make: Any) -> None:
    plain, arguments = make()
    expected = [arrays_of(plain(*a)) for a in arguments[:4]][3]
    step, (args, *_) = compiled(make)
    text = step.program.written()
    space = space_of(text) | {"Changed": RuntimeError}
    exec(str(step.program), space)
    found = space[text.step_name](*[t.numpy() for t in args])
    assert [x.tobytes() for x in found] == [x.tobytes() for x in expected]
    assert [x.tobytes() for x in arrays_of(step(*args))] == [x.tobytes() for x in expected]
    changed = {name: x for name, x in text.given.items() if isinstance(x, np.ndarray)}
    assert {name: space[name].tobytes() for name in changed} == {name: x.tobytes() for name, x in changed.items()}
    code = re.sub(r"#.*", "", str(step.program))  # in which every value has a name that says what it is
    assert not re.search(r"\b(t\d+|tmp\w*|v\d+|value|casting)\b", code)


def test_the_listing_of_a_small_network() -> None:
    step, _ = compiled(mlp)
    assert str(step.program) == MLP


def test_the_programs_of_a_differentiable_function_call_the_same_values_by_the_same_names() -> None:
    model = nn.Sequential(nn.Linear(4, 3), nn.Tanh(), nn.Linear(3, 2))
    function = torch.compile(model)
    for _ in range(3):
        function(floats(5, 4)).sum().backward()
    forward, backward = str(function.program).split("import numpy as np")[1:]
    assert "return (layer2_out, layer1_out)" in forward
    assert "def backward(input, layer1_out, d_layer2_out):" in backward
    assert "return (d_layer0_weight, d_layer0_bias, d_layer2_weight, d_layer2_bias)" in backward


def test_a_step_in_one_line_has_the_same_headings_and_names() -> None:
    fc = nn.Linear(4, 2)
    o = torch.optim.SGD(fc.parameters(), lr=0.1)

    def step(x, y):  # fmt: skip
        o.zero_grad()
        scores = fc(x)
        loss = F.cross_entropy(scores, y)
        loss.backward()
        o.step()
        return loss

    step = torch.compile(step)
    for _ in range(3):
        step(floats(3, 4), torch.tensor([0, 1, 1]))
    text = str(step.program)
    headings = re.findall(r"^    # (.*)", text, re.MULTILINE)
    assert headings == [
        "forward: fc = Linear(4, 2)",
        "loss: cross_entropy",
        "backward of cross_entropy",
        "backward of fc",
        "SGD",
    ]
    assert "dot(x, fc_weight_T, out=scores)" in text
    assert "loss = -(" in text and "return (loss,)" in text


def test_an_update_by_hand_has_the_users_lines_as_headings() -> None:
    step, _ = compiled(by_hand)
    headings = re.findall(r"^    # (.*)", str(step.program), re.MULTILINE)
    assert headings == [
        "loss: ((x @ W + b - y) ** 2).mean()", "backward of loss = ((x @ W + b - y) ** 2).mean()",
        "gradients are added to .grad", "W.sub_(0.1 * W.grad)", "b.sub_(0.1 * b.grad)", "W.grad.zero_()",
        "b.grad.zero_()",
    ]  # fmt: skip


def test_values_that_the_user_calls_as_a_function_of_numpy_get_another_name() -> None:
    def step(x: Tensor) -> Tensor:
        exp = torch.exp(x)
        add = exp + x
        return exp * add

    step = torch.compile(step)
    x = floats(3)
    assert [step(x).tolist() for _ in range(3)] == [(x.exp() * (x.exp() + x)).tolist()] * 3
    assert "exp(x, out=exp_2)" in str(step.program)


def test_infinite_and_nan_constants_are_written() -> None:
    def step(x: Tensor) -> Tensor:
        return x.masked_fill(x > 0, -torch.inf).masked_fill(x < -1, torch.nan) * float("inf")

    step = torch.compile(step, fullgraph=True)
    results = [step(floats(5)).numpy() for _ in range(4)]
    assert all(r.tobytes() == results[0].tobytes() for r in results)


def test_random_numbers_are_drawn_from_the_generator_as_it_stands() -> None:
    step, _ = compiled(dropped)
    assert "rng.numpy.random((8, 6), np.float32)" in str(step.program)


def test_a_layer_of_keras_heads_its_lines_with_its_name() -> None:
    dense = keras.layers.Dense(3, activation="relu", name="hidden")
    dense.build((None, 4))

    def forward(x: Tensor) -> Tensor:
        return dense(x)

    forward = torch.compile(forward, fullgraph=True)
    for _ in range(3):
        forward(floats(2, 4))
    headings = re.findall(r"^    # (.*)", forward.program.text(), re.MULTILINE)
    assert "forward: hidden = Dense" in headings


def test_a_function_of_many_arguments_has_one_on_each_line() -> None:
    def total(**xs: Tensor) -> Tensor:
        return sum(xs.values())

    total = torch.compile(total)
    for _ in range(3):
        total(**{f"argument_{i}": floats(2, 2) for i in range(9)})
    text = total.program.text()
    assert "\ndef total(\n    xs_0,  " in text and "\n    xs_8,  " in text and "\n):\n" in text
    numbered = total.program.written()
    lines = text.splitlines()
    assert all(lines[numbered.line_number(i) - 1] == line for i, (_, line) in enumerate(numbered.body))


def test_an_unknown_style_is_refused() -> None:
    step, _ = compiled(attention)
    with pytest.raises(ValueError, match=r"^expected the style 'running' or 'slide', but got 'poem'$"):
        step.program.text("poem")


def test_a_traceback_shows_the_line_of_the_program() -> None:
    step, _ = compiled(mlp)
    text = step.program.written()
    numbers = {line: text.line_number(i) for i, (s, line) in enumerate(text.body) if s is not None}
    lines = text.source().splitlines()
    assert all(lines[number - 1] == line for line, number in numbers.items())


MLP = """\
import numpy as np
from numpy import add, dot, exp, log, maximum, multiply, not_equal, subtract
max_along, sum_along = np.maximum.reduce, np.add.reduce

# numbers as arrays, which NumPy need not convert in each call
zero = np.array(0, np.float32)
one = np.array(1, np.float32)
c_0_03125 = np.array(0.03125, np.float32)

# memory, 20,392 bytes, used again in each call; where an array has several
# names, each value takes the place of the one before
fc1_out = h = np.empty((32, 32), np.float32)
scores = d_scores = np.empty((32, 10), np.float32)
largest = sums = np.empty((32, 1), np.float32)
exponentials = np.empty((32, 10), np.float32)
places = np.empty(32, np.int64)
d_h = np.empty((32, 32), np.float32)
mask = np.empty((32, 32), np.bool_)
fc1_weight_change = np.empty((32, 64), np.float32)
fc2_bias_change = np.empty(10, np.float32)

# views: the same elements in another shape, order or type
fc2_weight_change = scores.reshape(10, 32)
picked = largest.reshape(32)
picked_2 = largest.reshape(32)
fc1_bias_change = largest.reshape(32)
fc1_weight_T = fc1_weight.T
fc2_weight_T = fc2_weight.T
d_scores_T = d_scores.T
d_h_bits = d_h.view(np.int32)
d_fc1_out = d_h_bits.view(np.float32)
d_fc1_out_T = d_fc1_out.T


def step(x, y):                                                      # x (32, 64), y (32,)
    lr = optimizer.param_groups[0]['lr']
    # forward: fc1 = Linear(64, 32)
    dot(x, fc1_weight_T, out=fc1_out)                                # (32, 32)
    add(fc1_out, fc1_bias, out=fc1_out)
    # forward: h = torch.relu(fc1(x))
    maximum(fc1_out, zero, out=h)                                    # (32, 32)
    # forward: fc2 = Linear(32, 10)
    dot(h, fc2_weight_T, out=scores)                                 # (32, 10)
    add(scores, fc2_bias, out=scores)
    # loss: cross_entropy
    if not max_along(y.view(np.uint64), axis=0) < 10: raise Changed
    max_along(scores, axis=1, keepdims=True, out=largest)            # (32, 1)
    subtract(scores, largest, out=scores)
    exp(scores, out=exponentials)                                    # (32, 10)
    sum_along(exponentials, axis=1, keepdims=True, out=sums)         # (32, 1)
    log(sums, out=sums)
    subtract(scores, sums, out=scores)
    add(row_starts, y, out=places)                                   # (32,)
    scores.take(places, out=picked)                                  # (32,)
    loss = -(sum_along(picked, axis=0) / 32)
    # backward of cross_entropy
    exp(scores, out=scores)
    scores.take(places, out=picked_2)                                # (32,)
    subtract(picked_2, one, out=picked_2)
    scores.put(places, picked_2)
    multiply(scores, c_0_03125, out=d_scores)                        # (32, 10)
    # backward of fc2
    dot(d_scores, fc2_weight, out=d_h)                               # (32, 32)
    dot(d_scores_T, h, out=d_fc2_weight)                             # (10, 32)
    sum_along(d_scores, axis=0, out=d_fc2_bias)                      # (10,)
    # backward of h = torch.relu(fc1(x))
    not_equal(h, zero, out=mask)                                     # (32, 32)
    multiply(d_h_bits, mask, out=d_h_bits)                           # (32, 32)
    # backward of fc1
    dot(d_fc1_out_T, x, out=d_fc1_weight)                            # (32, 64)
    sum_along(d_fc1_out, axis=0, out=d_fc1_bias)                     # (32,)
    # SGD
    multiply(lr, d_fc1_weight, out=fc1_weight_change)
    subtract(fc1_weight, fc1_weight_change, out=fc1_weight)
    multiply(lr, d_fc1_bias, out=fc1_bias_change)
    subtract(fc1_bias, fc1_bias_change, out=fc1_bias)
    multiply(lr, d_fc2_weight, out=fc2_weight_change)
    subtract(fc2_weight, fc2_weight_change, out=fc2_weight)
    multiply(lr, d_fc2_bias, out=fc2_bias_change)
    subtract(fc2_bias, fc2_bias_change, out=fc2_bias)
    return (loss,)
"""
