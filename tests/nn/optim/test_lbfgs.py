"""L-BFGS evaluates the loss at the same weights as PyTorch: as recorded, and as computed where PyTorch is installed.

`python -m tests.nn.optim.test_lbfgs` records lbfgs.json again; it needs PyTorch.
"""

import copy
import json
import sys
from pathlib import Path

import numpy as np
import pytest

import autograd
from autograd import float64, tensor
from nn import optim
from tests.nn.optim.helpers import closure_of

RECORD = Path(__file__).with_name("lbfgs.json")

LOSSES = {
    "quartic": lambda w: ((w - 3) ** 2).sum() + (w**4).sum(),
    "valley": lambda w: 5 * (w[1] - w[0] ** 2) ** 2 + (1 - w[0]) ** 2 + (w[2] + w[0] * w[1]) ** 2,
    "waves": lambda w: (w.sin() * 2 + w**2).sum() + (w[0] * w[1]).cos(),
    "steep": lambda w: (w * 3).exp().sum() + ((w + 2) ** 2 * 50).sum(),
    "flat": lambda w: ((w - 1) ** 6).sum(),
    "well": lambda w: (w.cosh() * 3).log().sum() * 4 + (w * 7).cos().sum(),
    "root": lambda w: (2 + (w - 2) ** 2).sqrt().sum(),
}
OPTIONS = {
    "plain": {"lr": 0.1, "max_iter": 4},
    "short memory": {"lr": 0.3, "max_iter": 6, "history_size": 2},
    "few evaluations": {"max_iter": 8, "max_eval": 5, "line_search_fn": "strong_wolfe"},
    "searching": {"max_iter": 7, "line_search_fn": "strong_wolfe"},
    "far steps": {"lr": 4.0, "max_iter": 5, "history_size": 3, "line_search_fn": "strong_wolfe"},
    "leaps": {"lr": 30.0, "max_iter": 6, "line_search_fn": "strong_wolfe"},
    "near steps": {"lr": 0.01, "max_iter": 5, "line_search_fn": "strong_wolfe"},
    "content": {"max_iter": 20, "tolerance_grad": 1e-2, "tolerance_change": 1e-3, "line_search_fn": "strong_wolfe"},
}
CASES = [f"{loss}, {options}" for loss in LOSSES for options in OPTIONS]


def path(library, case):
    """The weights at each evaluation in three calls of `step`, with two parameters."""
    loss, options = case.split(", ")
    first = library.tensor([-1.2, 1.0, 0.4], dtype=library.float64, requires_grad=True)
    second = library.tensor([0.5], dtype=library.float64, requires_grad=True)
    optimizer = library.optim.LBFGS([first, second], **OPTIONS[options])
    seen = []

    def closure():
        optimizer.zero_grad()
        w = library.cat([first, second])
        seen.append(w.tolist())
        value = LOSSES[loss](w)
        value.backward()
        return value

    for _ in range(3):
        optimizer.step(closure)
    return [*seen, [*first.tolist(), *second.tolist()]]


def assert_same(ours, theirs):
    assert len(ours) == len(theirs)
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-8)


@pytest.mark.parametrize("case", CASES)
def test_every_evaluation_is_the_recorded_one_of_pytorch(case):
    record = json.loads(RECORD.read_text(encoding="utf-8"))
    assert_same(path(autograd, case), record[case])


@pytest.mark.parametrize("case", CASES)
def test_every_evaluation_is_the_one_of_pytorch(case):
    assert_same(path(autograd, case), path(pytest.importorskip("torch"), case))


def test_lbfgs_finds_the_minimum_of_the_rosenbrock_function():
    w = tensor([-1.2, 1.0], dtype=autograd.float64, requires_grad=True)
    optimizer = optim.LBFGS([w], max_iter=100, line_search_fn="strong_wolfe")
    valley = lambda: 100 * (w[1] - w[0] ** 2) ** 2 + (1 - w[0]) ** 2
    assert optimizer.step(closure_of(optimizer, valley)).item() == pytest.approx(24.2)
    np.testing.assert_allclose(w.tolist(), [1, 1], atol=1e-3)
    assert optimizer.state[w]["func_evals"] <= 125


def test_lbfgs_resumes_from_a_state_saved_by_pytorch():
    torch = pytest.importorskip("torch")

    def advance(library, weight, state=None):
        weight.requires_grad_()
        optimizer = library.optim.LBFGS([weight], lr=0.3, max_iter=4, history_size=2)
        if state is not None:
            optimizer.load_state_dict(state)
        for _ in range(2):
            optimizer.step(closure_of(optimizer, lambda: ((weight - 3) ** 2).sum() + (weight**4).sum()))
        return optimizer.state_dict()

    def ours(value):
        if isinstance(value, dict):
            return {key: ours(part) for key, part in value.items()}
        if isinstance(value, list):
            return [ours(part) for part in value]
        return tensor(value.numpy()) if isinstance(value, torch.Tensor) else value

    start = np.array([[1.0, 2.0], [0.5, -1.0]])
    theirs, mine = torch.tensor(start), tensor(start)
    state = advance(torch, theirs)
    assert set(state["state"][0]) - {"al"} == set(advance(autograd, mine)["state"][0])
    mine = tensor(theirs.detach().numpy())
    advance(autograd, mine, ours(copy.deepcopy(state)))
    advance(torch, theirs, state)
    np.testing.assert_allclose(mine.detach().numpy(), theirs.detach().numpy(), rtol=1e-9)


def test_max_eval_counts_the_evaluations_of_each_call():
    x = tensor([-1.2, 1.0], dtype=float64, requires_grad=True)
    optimizer = optim.LBFGS([x], max_iter=100, max_eval=6, tolerance_change=0.0)
    calls = []

    def closure():
        calls.append(1)
        optimizer.zero_grad()
        loss = (1 - x[0]) ** 2 + 100 * (x[1] - x[0] ** 2) ** 2
        loss.backward()
        return loss

    counts = []
    for _ in range(3):
        calls.clear()
        optimizer.step(closure)
        counts.append(len(calls))
    assert counts == [6, 6, 6]


def write():
    """Record the evaluations of PyTorch."""
    import torch

    record = {case: [[round(x, 12) for x in w] for w in path(torch, case)] for case in CASES}
    lines = ",\n".join(f"{json.dumps(case)}: {json.dumps(ways)}" for case, ways in record.items())
    RECORD.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(write())
