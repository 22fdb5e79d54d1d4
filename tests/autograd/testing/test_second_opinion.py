"""What Taylor's test says about a wrong entry of a Jacobian, by its slopes for both values and by the step."""

from types import SimpleNamespace

import numpy as np
import pytest

from autograd.testing.engine import verdict

NONE = "Second opinion: none; Taylor's test cannot tell the two values apart here."
FOUND = "Second opinion: the remainder after Taylor's first two terms shrinks as h^{:.2f} (h^2 if right): "
WRONG = "it agrees that the gradient is wrong."
RIGHT = "the gradient seems right, so the step may be unsuitable."


def opinion(monkeypatch, slopes, size=2.0):
    """The sentence, and the steps that were tried, for slopes by side and by step."""
    values, steps = {7.0: "ours", 9.0: "theirs"}, []

    def taylor_slope(f, slope, step):
        assert f(0.25) == 5.25
        steps.append(step)
        return slopes[values[slope]][(len(steps) - 1) // 2]

    monkeypatch.setattr(verdict, "taylor_slope", taylor_slope)
    call = SimpleNamespace(
        inputs=[None, np.array([0.0, -size])],
        along_number=lambda source, column, outs: lambda t: {(1, 1, 3): [0, 0, 5 + t]}[(source, column, *outs)],
    )
    backward, oracle = np.zeros((3, 2)), np.zeros((3, 2))
    backward[2, 1], oracle[2, 1] = 7.0, 9.0
    found = verdict._second_opinion(call, SimpleNamespace(backward=backward, oracle=oracle), 3, 1, 2, 1)
    return found, steps[::2]


@pytest.mark.parametrize(
    "ours, theirs, sentence",
    [
        (1.0, 2.0, WRONG), (1.29, 1.71, WRONG), (1.3, 2.0, None), (1.0, 1.7, None), (1.0, 1.0, None), (2.0, 1.0, RIGHT),
        (1.71, 1.29, RIGHT), (1.7, 1.0, None), (2.0, 1.3, None), (2.0, 2.0, None), (-1.0, 3.0, WRONG),
        (None, 2.0, None), (1.0, None, None), (np.inf, 1.0, RIGHT), (1.0, np.inf, WRONG),
    ],
)  # fmt: skip
def test_the_slopes_decide(ours, theirs, sentence, monkeypatch):
    found, steps = opinion(monkeypatch, {"ours": [ours, None], "theirs": [theirs, None]})
    assert found == (NONE if sentence is None else FOUND.format(ours) + sentence)
    assert len(steps) == (2 if sentence is None else 1)


@pytest.mark.parametrize("size, steps", [(2.0, [0.25, 0.25]), (0.5, [0.125, 0.0625]), (1e6, [125e3] * 2)])
def test_the_second_step_is_a_part_of_the_number(size, steps, monkeypatch):
    second = {"ours": [1.5, 1.0], "theirs": [1.5, 2.0]}
    assert opinion(monkeypatch, second, size) == (FOUND.format(1.0) + WRONG, steps)
    hidden = {"ours": [None, 1.0], "theirs": [2.0, 2.0]}
    assert opinion(monkeypatch, hidden, size) == (FOUND.format(1.0) + WRONG, steps)


def test_at_zero_only_the_first_step_counts(monkeypatch):
    assert opinion(monkeypatch, {"ours": [1.5, 1.0], "theirs": [1.5, 2.0]}, 0.0) == (NONE, [0.125, 0.0])
    assert opinion(monkeypatch, {"ours": [2.0], "theirs": [1.0]}, 0.0) == (FOUND.format(2.0) + RIGHT, [0.125])
