"""The line search of L-BFGS, compared with PyTorch's on invented losses, and when a call of `step` ends."""

import importlib
import itertools

import numpy as np
import pytest

import autograd
from autograd import float64, tensor
from nn import optim
from nn.optim.line_search import Point, minimum_of_cubic, strong_wolfe


def point(at, loss, slope):
    return Point(at, loss, slope, np.array([slope]))


@pytest.mark.parametrize(
    ("polynomial", "ends", "bounds", "lowest"),
    [
        ([1, 0, -3, 0], (0, 2), (0, 2), 1.0),
        ([1, 0, -3, 0], (0.5, 3), (0.5, 3), 1.0),
        ([1, 0, -3, 0], (0, 2), (1.25, 2), 1.25),
        ([1, 0, -3, 0], (0, 2), (0, 0.75), 0.75),
        ([0, 2, -12, 5], (1, 2), (-9, 9), 3.0),
        ([1, -3, 3, -1], (0, 3), (0, 3), 1.0),  # flat where it turns: the root is 0
        ([1, 0, 1, 0], (-1, 1), (-1, 3), 1.0),  # no lowest place: halfway
        ([0, 0, 1, 0], (0, 1), (-3, 5), -3.0),  # a straight line
        ([0, 0, -3, 1], (1, 2), (1, 4), 4.0),
        ([0, 0, 0, 1], (1, 2), (1, 4), 2.5),
    ],
)
def test_a_cubic_through_two_points_is_lowest_where_it_should_be(polynomial, ends, bounds, lowest):
    points = [point(x, np.polyval(polynomial, x), np.polyval(np.polyder(polynomial), x)) for x in ends]
    for pair in (points, points[::-1]):
        assert minimum_of_cubic(*pair, *bounds) == pytest.approx(lowest)


#: All different: for equal losses, PyTorch's choice depends on the order of its variables.
LOSSES = [-3.0, -2.0, -1.0, -0.7, -0.5, -0.2, -1e-4, 0.0, 0.25, 1.0, 2.0, 5.0]
SLOPES = [-2.0, -1.0, -0.9, -0.5, 0.0, 0.5, 0.9, 0.95, 3.0]


def scripts():
    """Random losses and slopes that a search meets, whatever it asks, with its first distance and largest number."""
    for seed in range(120):
        random = np.random.default_rng(seed)
        script = list(zip(random.permutation(LOSSES).tolist(), random.choice(SLOPES, 12).tolist()))
        yield script, float(random.choice([0.5, 1.0, 4.0])), int(random.integers(0, 9))


@pytest.mark.parametrize("smallest", [1e-9, 0.2, 0.5])
def test_a_search_evaluates_the_same_points_as_pytorch(smallest, answers):
    def ours(script, rate, tries):
        seen = []

        def evaluate(at):
            seen.append(at)
            return point(at, *script[len(seen) - 1])

        found = strong_wolfe(evaluate, point(0.0, 0.0, -1.0), rate, tries, smallest)
        return seen, (found.distance, found.loss, found.slope)

    def theirs(torch, script, rate, tries):
        seen = []

        def evaluate(x, at, d):
            seen.append(float(at))
            loss, slope = script[len(seen) - 1]
            return loss, torch.tensor([slope], dtype=torch.float64)

        one = torch.ones(1, dtype=torch.float64)
        loss, gradient, at, _ = importlib.import_module("torch.optim.lbfgs")._strong_wolfe(
            evaluate, 0 * one, rate, one, 0.0, -one, -one[0], tolerance_change=smallest, max_ls=tries
        )
        return seen, (float(at), loss, gradient.item())

    compared = 0
    for given, (seen, end) in zip(scripts(), answers("torch", lambda torch: [theirs(torch, *s) for s in scripts()])):
        if np.isnan([*seen, end[0]]).any():
            continue  # on a horizontal line PyTorch divides 0 by 0
        compared += 1
        found = ours(*given)
        assert found[0] == pytest.approx(seen, rel=1e-9), given
        assert found[1] == pytest.approx(end), given
    assert compared > 90


def descend_constant_slope(slopes, losses=(1.0,) * 9, calls=1, **options):
    """The final weights, the number of evaluations and the state, if the gradient is always the same."""
    w = tensor(np.zeros(len(slopes)), requires_grad=True)
    optimizer, evaluated, losses = optim.LBFGS([w], **options), [], iter(losses)

    def closure():
        evaluated.append(w.tolist())
        w.grad = tensor(np.array(slopes))
        return next(losses)

    for _ in range(calls):
        optimizer.step(closure)
    return w.tolist(), len(evaluated), optimizer.state[w]


def test_the_first_step_is_scaled_by_the_norm_of_the_gradient():
    at, count, state = descend_constant_slope([2.0, -6.0], max_iter=4, lr=0.5, tolerance_change=0.0)
    assert at == pytest.approx([-2 * (0.0625 + 1.5), 6 * (0.0625 + 1.5)])
    assert count == state["func_evals"] == state["n_iter"] == 4
    at, _, _ = descend_constant_slope([0.25], max_iter=3, max_eval=9, lr=0.5, tolerance_change=0.0)
    assert at == [-0.375]
    at, count, state = descend_constant_slope([2.0], max_iter=2, max_eval=9, lr=0.5, tolerance_change=0.0, calls=3)
    assert at == pytest.approx([-2 * 0.5 * (0.5 + 5)]) and count == state["func_evals"] == state["n_iter"] == 6


@pytest.mark.parametrize(
    ("options", "evaluations", "steps", "moved"),
    [
        ({"tolerance_grad": 0.5}, 1, 0, False),
        ({"tolerance_grad": 0.49}, 4, 4, True),
        ({"tolerance_change": 0.26}, 1, 1, False),
        ({"tolerance_change": 0.25}, 2, 1, True),  # the slope is just enough, the step is not
        ({"tolerance_change": 0.2, "lr": 0.4}, 2, 1, True),
        ({"tolerance_change": 0.19, "lr": 0.4}, 4, 4, True),
        ({"max_eval": 0}, 2, 1, True),
        ({"max_eval": 1}, 2, 1, True),
        ({"max_eval": 2}, 2, 1, True),
        ({"max_eval": 3}, 3, 2, True),
    ],
)
def test_a_call_ends_at_its_tolerances(options, evaluations, steps, moved):
    at, count, state = descend_constant_slope(
        [-0.5, 0.0], itertools.count(9.0, -1.0), **{"lr": 0.5, "max_iter": 4, **options}
    )
    assert count == evaluations and state["n_iter"] == steps and (at[0] > 0) == moved


def test_a_call_ends_when_the_loss_changes_by_less_than_the_tolerance():
    options = {"max_iter": 5, "lr": 4.0}
    assert descend_constant_slope([1.0], tolerance_change=0.5, **options)[1] == 2
    assert descend_constant_slope([1.0], itertools.count(0.0, 0.5), tolerance_change=0.5, **options)[1] == 5
    assert descend_constant_slope([1.0], itertools.count(0.0, -0.25), tolerance_change=0.5, **options)[1] == 2


@pytest.mark.parametrize("given", [(4, None, 5), (3, None, 3), (4, 7, 7), (4, 0, 0)])
def test_max_eval_is_a_quarter_more_than_max_iter_by_default(given):
    steps, evaluations, expected = given
    optimizer = optim.LBFGS([tensor([1.0], requires_grad=True)], max_iter=steps, max_eval=evaluations)
    assert optimizer.defaults["max_eval"] == expected


def test_parameters_without_elements_or_gradient_are_not_updated():
    empty, still, w = (tensor(np.ones(n), requires_grad=True) for n in (0, 3, 2))
    optimizer = optim.LBFGS([still, empty, w], lr=0.1, max_iter=3)

    def closure():
        optimizer.zero_grad()
        loss = (w * w).sum()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == 2
    assert still.tolist() == [1, 1, 1] and 0 < w[0].item() < 1 and w.dtype == float64
    alone = optim.LBFGS([empty])
    assert alone.step(lambda: empty.sum()).item() == 0 and alone.state[empty]["func_evals"] == 1


@pytest.mark.parametrize("history", [1, 3])
def test_the_history_holds_the_last_steps_only(history):
    w = tensor([-1.2, 1.0, 0.5], dtype=float64, requires_grad=True)
    optimizer = optim.LBFGS([w], lr=0.3, max_iter=6, history_size=history)

    def closure():
        optimizer.zero_grad()
        loss = (w**4).sum() + (w[0] * w[1] - 1) ** 2
        loss.backward()
        return loss

    optimizer.step(closure)
    state = optimizer.state[w]
    assert len(state["old_dirs"]) == len(state["old_stps"]) == len(state["ro"]) == history
    for change, step, ro in zip(state["old_dirs"], state["old_stps"], state["ro"]):
        assert ro.item() == pytest.approx(1 / (change @ step).item())
    with autograd.no_grad(), pytest.raises(TypeError, match="needs a closure"):
        optimizer.step()
