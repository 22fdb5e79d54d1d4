"""The text of a program for reading: it can be executed, and shows the user's lines above what became of them."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import autograd as torch
from autograd import Tensor, nn
from tests.tools.steps import STEPS, arrays_of, attention, by_hand, compiled, floats, mlp, space_of, transformer


def run(slide: Any, args: Any) -> dict[str, Any]:
    """The values of all names after the slide has been run on these arguments."""
    space = space_of(slide) | {name: t.numpy() for name, t in zip(slide.parameters, args)}
    exec(slide.source(), space)
    return space


@pytest.mark.parametrize("make", STEPS.values(), ids=STEPS)
def test_a_slide_does_what_eager_does_bit_for_bit_but_for_the_order_of_large_sums(make: Any) -> None:
    plain, arguments = make()
    expected = [arrays_of(plain(*a)) for a in arguments[:4]][3]
    step, (args, *_) = compiled(make)
    slide = step.program.written("slide")
    found = run(slide, args)
    returned = slide.source().splitlines()[-1].removeprefix("# returned: ").split(", ")
    step(*args)
    changed = {name: x for name, x in slide.given.items() if isinstance(x, np.ndarray)}
    for name, x in [*zip(returned, expected, strict=True), *changed.items()]:
        if make is transformer:
            np.testing.assert_allclose(found[name], x, rtol=1e-4, atol=1e-6)
        else:
            assert found[name].tobytes() == x.tobytes()


def test_a_slide_writes_no_memory_and_names_every_gradient() -> None:
    step, (args, *_) = compiled(attention)
    text = step.program.text("slide")
    assert "out=" not in text and "np.empty" not in text and "float32(0" not in text
    found = run(step.program.written("slide"), args)
    step(*args)
    for name in ("Wq", "Wk", "Wv", "Wo"):
        assert f"\n{name} -= lr * d_{name}\n" in text
        assert found[f"d_{name}"].shape == (4, 4)


def test_the_slide_of_a_small_network() -> None:
    step, _ = compiled(mlp)
    assert step.program.text("slide") == MLP


def test_an_update_by_hand_stands_below_the_users_lines() -> None:
    step, _ = compiled(by_hand)
    text = step.program.text("slide")
    lines = [re.sub(r" +# .*", "", line) for line in text.splitlines() if not line.startswith("#   ")]
    start = next(i for i, line in enumerate(lines) if line.endswith(" W.sub_(0.1 * W.grad)"))
    assert lines[start + 1] == "W -= 0.1 * d_W"
    assert lines[start].startswith("# -- update ---")


def test_the_gradient_for_an_operation_of_one_argument_says_its_rule() -> None:
    w = torch.tensor(np.float32([0.5, 2.0]), requires_grad=True)

    def step(x: Tensor) -> Tensor:
        w.grad = None
        loss = (torch.tanh(x * w) * x).sum()
        loss.backward()
        return loss

    step = torch.compile(step, fullgraph=True)
    for _ in range(3):
        step(floats(2))
    assert re.search(r"1 - (\w+) \* \1 .*# \(2,\) +tanh: g \* \(1 - out \* out\)", step.program.text("slide"))


def test_a_sum_in_the_backward_pass_says_that_there_was_a_copy() -> None:
    step, _ = compiled(mlp)
    lines = step.program.text("slide").splitlines()
    assert [line.split()[0] for line in lines if "summed" in line] == ["d_fc2_bias", "d_fc1_bias"]
    assert [line.split()[0] for line in lines if "for each of 32 rows" in line] == ["fc1_out", "scores"]


def test_a_diagonal_is_written_through_in_every_style() -> None:
    def step(x: Tensor) -> Tensor:
        square = x * 2
        square.diagonal().sin_()
        return square

    compiled_step = torch.compile(step, fullgraph=True)
    x = floats(3, 3)
    expected = [compiled_step(x).numpy().tobytes() for _ in range(4)]
    assert expected == [step(x).numpy().tobytes()] * 4
    assert run(compiled_step.program.written("slide"), [x])["square"].tobytes() == expected[0]


def test_a_slide_of_a_function_has_a_part_for_the_backward_pass() -> None:
    function = torch.compile(nn.Linear(3, 2))
    for _ in range(3):
        function(floats(4, 3)).sum().backward()
    forward, backward = function.program.text("slide").split("\n\n\n")
    assert "linear = input @ weight.T" in forward
    assert backward.endswith("# returned: d_weight, d_bias\n")


MLP = """\
# step(x, y), in NumPy. 5 lines of yours became 23. Every line can be run.
# d_x is the gradient of the loss with respect to x.
#
#   given    x (32, 64)   y (32,)
#   learnt   fc1_weight (32, 64)   fc1_bias (32,)   fc2_weight (10, 32)   fc2_bias (10,)

# -- forward --------------------------------------------- h = torch.relu(fc1(x))
fc1_out = x @ fc1_weight.T                                # (32, 32)   fc1
fc1_out += fc1_bias                                       # (32, 32)   one fc1_bias for each of 32 rows
h = np.maximum(fc1_out, 0)                                # (32, 32)   kept: the backward pass needs it

# -------------------------------------------------------- scores = fc2(h)
scores = h @ fc2_weight.T                                 # (32, 10)   fc2
scores += fc2_bias                                        # (32, 10)   one fc2_bias for each of 32 rows

# -- loss ------------------------------------------------ loss = F.cross_entropy(scores, y)
assert y.view(np.uint64).max(0) < 10
scores -= scores.max(1, keepdims=True)                    # (32, 10)
scores -= np.log(np.exp(scores).sum(1, keepdims=True))    # (32, 10)   kept: the backward pass needs it
row_starts = np.arange(0, 320, 10)
places = row_starts + y                                   # (32,)      kept: the backward pass needs it
loss = -(scores.take(places).sum(0) / 32)                 # ()

# -- backward -------------------------------------------- loss.backward()
scores = np.exp(scores)                                   # (32, 10)   cross_entropy
scores.put(places, scores.take(places) - 1)               # (32, 10)
d_scores = scores * 0.03125                               # (32, 10)
d_h = d_scores @ fc2_weight                               # (32, 32)   fc2
d_fc2_weight = d_scores.T @ h                             # (10, 32)
d_fc2_bias = d_scores.sum(0)                              # (10,)      summed: in the forward pass it was copied
d_fc1_out = np.where(h != 0, d_h, 0)                      # (32, 32)   relu
d_fc1_weight = d_fc1_out.T @ x                            # (32, 64)   fc1; none for x: it isn't learnt
d_fc1_bias = d_fc1_out.sum(0)                             # (32,)      summed: in the forward pass it was copied

# -- update ---------------------------------------------- optimizer.step()
lr = 0.1
fc1_weight -= lr * d_fc1_weight
fc1_bias -= lr * d_fc1_bias
fc2_weight -= lr * d_fc2_weight
fc2_bias -= lr * d_fc2_bias

# returned: loss
"""
