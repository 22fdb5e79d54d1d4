"""L-BFGS evaluates the loss at the same weights as PyTorch."""

import copy

import numpy as np
import pytest

import autograd
from autograd import float64, tensor
from nn import optim
from tests.nn.optim.helpers import closure_of
from tests.tools.answers import assert_alike

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
START = np.array([[1.0, 2.0], [0.5, -1.0]])
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


@pytest.mark.parametrize("case", CASES)
def test_every_evaluation_is_the_one_of_pytorch(case, answers):
    assert_alike(path(autograd, case), answers("torch", path, case), rtol=1e-6, atol=1e-8)


def test_lbfgs_finds_the_minimum_of_the_rosenbrock_function():
    w = tensor([-1.2, 1.0], dtype=autograd.float64, requires_grad=True)
    optimizer = optim.LBFGS([w], max_iter=100, line_search_fn="strong_wolfe")
    valley = lambda: 100 * (w[1] - w[0] ** 2) ** 2 + (1 - w[0]) ** 2
    assert optimizer.step(closure_of(optimizer, valley)).item() == pytest.approx(24.2)
    np.testing.assert_allclose(w.tolist(), [1, 1], atol=1e-3)
    assert optimizer.state[w]["func_evals"] <= 125


def test_lbfgs_resumes_from_a_state_saved_by_pytorch(answers):
    def advance(library, weight, state=None):
        weight.requires_grad_()
        optimizer = library.optim.LBFGS([weight], lr=0.3, max_iter=4, history_size=2)
        if state is not None:
            optimizer.load_state_dict(state)
        for _ in range(2):
            optimizer.step(closure_of(optimizer, lambda: ((weight - 3) ** 2).sum() + (weight**4).sum()))
        return optimizer.state_dict()

    def interrupted(torch):
        """The state and the weight after two steps, and the weight after two more."""
        weight = torch.tensor(START)
        state = copy.deepcopy(advance(torch, weight))
        halfway = weight.detach().clone()
        advance(torch, weight, copy.deepcopy(state))
        return state, halfway, weight

    def tensors(value):
        if isinstance(value, dict):
            return {key: tensors(part) for key, part in value.items()}
        if isinstance(value, list):
            return [tensors(part) for part in value]
        return tensor(value) if isinstance(value, np.ndarray) else value

    state, halfway, end = answers("torch", interrupted)
    assert set(state["state"][0]) - {"al"} == set(advance(autograd, tensor(START))["state"][0])
    weight = tensor(halfway)
    advance(autograd, weight, tensors(state))
    assert_alike(weight, end)


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
