"""Every schedule follows its curve in closed form: from the start, from a later epoch and from a loaded state."""

import itertools
import math

import numpy as np
import pytest

from autograd import tensor
from nn import optim
from nn.optim import lr_scheduler as lrs
from tests.nn.optim.helpers import FIRST, parameter, two_groups

STEPS = 20


def rates(schedule, steps=STEPS):
    """The rates of both groups, epoch by epoch."""
    found = [schedule.get_last_lr()]
    for _ in range(steps - 1):
        schedule.optimizer.step()
        schedule.step()
        assert schedule.get_last_lr() == [group["lr"] for group in schedule.optimizer.param_groups]
        found.append(schedule.get_last_lr())
    return np.array(found)


def half_cosine(part):
    return (1 + math.cos(math.pi * part)) / 2


def cosine(low, period):
    return lambda base, t: low + (base - low) * half_cosine(t / period)


def restarts(first, factor, low):
    def curve(base, t):
        period = first
        while t >= period:
            t, period = t - period, period * factor
        return low + (base - low) * half_cosine(t / period)

    return curve


def cycle(low, high, up, down, scale):
    """Straight lines; `scale` is given the cycle, from 1, and the step."""

    def curve(base, t):
        number, place = divmod(t, up + down)
        height = place / up if place <= up else (up + down - place) / down
        return low + (high - low) * height * scale(number + 1, t)

    return curve


def straight(*points):
    """Through points (t, factor of the base)."""
    return lambda base, t: base * np.interp(t, *zip(*points))


def one_cycle(top, points, by):
    """Through points (t, factor of `top`), by cosines or lines."""

    def curve(base, t):
        for (a, low), (b, high) in itertools.pairwise(points):
            if a <= t <= b:
                part = (t - a) / (b - a)
                return top * (low + (high - low) * (part if by == "linear" else 1 - half_cosine(part)))
        raise AssertionError(t)

    return curve


CURVES = {
    "a function": (lambda o, **k: lrs.LambdaLR(o, lambda t: 3 / (t + 2), **k), lambda base, t: base * 3 / (t + 2)),
    "two functions": (
        lambda o, **k: lrs.LambdaLR(o, [lambda t: t + 1.0, lambda t: 0.5**t], **k),
        lambda base, t: base * (t + 1.0 if base == 0.5 else 0.5**t),
    ),
    "a product": (
        lambda o, **k: lrs.MultiplicativeLR(o, lambda t: 7 / (t + 1), **k),
        lambda base, t: base * 7**t / math.factorial(t + 1),
    ),
    "steps": (lambda o, **k: lrs.StepLR(o, 3, 0.3, **k), lambda base, t: base * 0.3 ** (t // 3)),
    "milestones": (
        lambda o, **k: lrs.MultiStepLR(o, [2, 5, 5, 11], 0.3, **k),
        lambda base, t: base * 0.3 ** sum(t >= m for m in (2, 5, 5, 11)),
    ),
    "a power": (lambda o, **k: lrs.ExponentialLR(o, 0.8, **k), lambda base, t: base * 0.8**t),
    "a constant": (lambda o, **k: lrs.ConstantLR(o, 0.25, 4, **k), lambda base, t: base * (0.25 if t < 4 else 1)),
    "a constant of 1": (lambda o, **k: lrs.ConstantLR(o, 1.0, 3, **k), lambda base, t: base),
    "a constant by default": (lrs.ConstantLR, lambda base, t: base * (1 / 3 if t < 5 else 1)),
    "a line": (lambda o, **k: lrs.LinearLR(o, 0.2, 0.7, 6, **k), straight((0, 0.2), (6, 0.7))),
    "a line down": (lambda o, **k: lrs.LinearLR(o, 1.0, 0.0, 5, **k), straight((0, 1.0), (5, 0.0))),
    "a line by default": (lrs.LinearLR, straight((0, 1 / 3), (5, 1.0))),
    "a root": (
        lambda o, **k: lrs.PolynomialLR(o, 7, 0.5, **k), lambda base, t: base * (1 - min(t, 7) / 7) ** 0.5
    ),
    "a cube": (lambda o, **k: lrs.PolynomialLR(o, 6, 3.0, **k), lambda base, t: base * (1 - min(t, 6) / 6) ** 3),
    "a polynomial by default": (lrs.PolynomialLR, straight((0, 1.0), (5, 0.0))),
    "a cosine": (lambda o, **k: lrs.CosineAnnealingLR(o, 5, 0.1, **k), cosine(0.1, 5)),
    "a short cosine": (lambda o, **k: lrs.CosineAnnealingLR(o, 1, 0.7, **k), cosine(0.7, 1)),
    "restarts": (lambda o, **k: lrs.CosineAnnealingWarmRestarts(o, 4, 1, 0.05, **k), restarts(4, 1, 0.05)),
    "later restarts": (lambda o, **k: lrs.CosineAnnealingWarmRestarts(o, 3, 2, **k), restarts(3, 2, 0.0)),
    "a triangle": (
        lambda o, **k: lrs.CyclicLR(o, 0.1, 0.7, 3, 5, **k), cycle(0.1, 0.7, 3, 5, lambda n, t: 1)
    ),
    "a triangle of two sides": (
        lambda o, **k: lrs.CyclicLR(o, 0.1, 0.7, 3, **k), cycle(0.1, 0.7, 3, 3, lambda n, t: 1)
    ),
    "halved triangles": (
        lambda o, **k: lrs.CyclicLR(o, 0.1, 0.7, 2, 3, "triangular2", **k),
        cycle(0.1, 0.7, 2, 3, lambda n, t: 0.5 ** (n - 1)),
    ),
    "fading triangles": (
        lambda o, **k: lrs.CyclicLR(o, 0.1, 0.7, 2, 3, "exp_range", 0.9, **k),
        cycle(0.1, 0.7, 2, 3, lambda n, t: 0.9**t),
    ),
    "triangles by number": (
        lambda o, **k: lrs.CyclicLR(o, 0.1, 0.7, 2, 3, scale_fn=lambda n: 1 / n, **k),
        cycle(0.1, 0.7, 2, 3, lambda n, t: 1 / n),
    ),
    "triangles by step": (
        lambda o, **k: lrs.CyclicLR(
            o, 0.1, 0.7, 2, 3, scale_fn=lambda t: 1 / (t + 1), scale_mode="iterations", **k
        ),
        cycle(0.1, 0.7, 2, 3, lambda n, t: 1 / (t + 1)),
    ),
    "one cycle": (
        lambda o, **k: lrs.OneCycleLR(o, 3.0, 20, pct_start=0.25, div_factor=10, final_div_factor=50, **k),
        one_cycle(3.0, [(0, 0.1), (4, 1.0), (19, 0.002)], "cos"),
    ),
    "one cycle of epochs": (
        lambda o, **k: lrs.OneCycleLR(o, 3.0, epochs=4, steps_per_epoch=5, **k),
        one_cycle(3.0, [(0, 1 / 25), (5, 1.0), (19, 1 / 25e4)], "cos"),
    ),
    "one cycle of three": (
        lambda o, **k: lrs.OneCycleLR(
            o, 3.0, 20, pct_start=0.2, div_factor=4, final_div_factor=5, three_phase=True, **k
        ),
        one_cycle(3.0, [(0, 0.25), (3, 1.0), (6, 0.25), (19, 0.05)], "cos"),
    ),
    "one straight cycle": (
        lambda o, **k: lrs.OneCycleLR(o, 3.0, 20, pct_start=0.25, anneal_strategy="linear", **k),
        one_cycle(3.0, [(0, 1 / 25), (4, 1.0), (19, 1 / 25e4)], "linear"),
    ),
}  # fmt: skip


def closed(curve, times):
    return np.array([[curve(base, t) for base in FIRST] for t in times])


@pytest.mark.parametrize("name", CURVES)
def test_a_schedule_follows_its_curve(name):
    make, curve = CURVES[name]
    np.testing.assert_allclose(rates(make(two_groups())), closed(curve, range(STEPS)), rtol=1e-9, atol=1e-12)


#: Schedules whose formula scales the last rate by a factor for each epoch, and those that follow a cosine like that.
SCALING = [
    "a product", "a power", "a line", "a line down", "a line by default", "a root", "a cube", "a polynomial by default",
]  # fmt: skip
COSINES = ["a cosine", "a short cosine"]


@pytest.mark.parametrize("name", SCALING + COSINES)
def test_a_schedule_that_scales_the_last_rate_resumes_from_the_present_one(name):
    make, curve = CURVES[name]
    before = make(two_groups())
    rates(before, 3)
    later = make(before.optimizer, last_epoch=2)
    assert later.last_epoch == 3 and later.get_last_lr() == before.get_last_lr()
    if name in SCALING:
        factors = closed(curve, [2]) / closed(curve, [3])
        np.testing.assert_allclose(rates(later, 9), closed(curve, range(3, 12)) * factors, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", [name for name in CURVES if name not in SCALING + COSINES])
def test_a_schedule_resumes_at_a_later_epoch(name):
    make, curve = CURVES[name]
    before = make(two_groups())
    rates(before, 3)
    if isinstance(before, lrs.CosineAnnealingWarmRestarts):
        assert before.T_cur == before.last_epoch == 2
    later = make(before.optimizer, last_epoch=2)
    assert later.last_epoch == 3
    np.testing.assert_allclose(rates(later, 9), closed(curve, range(3, 12)), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", CURVES)
def test_a_schedule_resumes_from_its_state(name):
    make, curve = CURVES[name]
    before, later = make(two_groups()), make(two_groups())
    rates(before, 8)
    state = before.state_dict()
    assert "optimizer" not in state and state.get("scale_fn") is None
    assert set(state.get("lr_lambdas", [None])) == {None}
    later.load_state_dict(state)
    later.optimizer.load_state_dict(before.optimizer.state_dict())
    np.testing.assert_allclose(rates(later, 12), closed(curve, range(7, 19)), rtol=1e-9, atol=1e-12)


def test_a_state_holds_neither_functions_nor_the_optimizer():
    optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=0.1)
    state = lrs.LambdaLR(optimizer, lambda epoch: 1 / (epoch + 1)).state_dict()
    assert state["last_epoch"] == 0 and "optimizer" not in state
    assert not [value for value in state.values() if callable(value) or isinstance(value, list) and callable(value[0])]


def test_a_cosine_starts_at_a_later_epoch_from_the_rate_of_its_group():
    groups = [{"params": [parameter()], "initial_lr": lr, "lr": cosine(0.1, 7)(lr, 3)} for lr in FIRST]
    schedule = lrs.CosineAnnealingLR(optim.SGD(groups, lr=0.1), 7, eta_min=0.1, last_epoch=2)
    np.testing.assert_allclose(rates(schedule, 5), closed(cosine(0.1, 7), range(3, 8)), rtol=1e-14)


@pytest.mark.parametrize("kind", [optim.SGD, optim.Adam])
@pytest.mark.parametrize("name", ["a triangle", "halved triangles", "one cycle", "one cycle of three"])
def test_momentum_moves_opposite_to_the_rate(name, kind):
    make, curve = CURVES[name]
    schedule = make(two_groups(kind), base_momentum=[0.3, 0.5], max_momentum=(0.8, 0.9))
    low, high = {
        "a triangle": (0.1, 0.7),
        "halved triangles": (0.1, 0.7),
        "one cycle": (0.3, 3),
        "one cycle of three": (0.75, 3),
    }[name]
    for t in range(STEPS):
        for group, least, most in zip(schedule.optimizer.param_groups, (0.3, 0.5), (0.8, 0.9)):
            part = max(0.0, (curve(0, t) - low) / (high - low))
            if name == "one cycle" and t > 4:
                part = half_cosine((t - 4) / 15)
            found = group["betas"][0] if kind is optim.Adam else group["momentum"]
            assert found == pytest.approx(most - (most - least) * part)
            assert kind is optim.SGD or group["betas"][1:] == (0.999,)
        schedule.optimizer.step()
        if t + 1 < STEPS:
            schedule.step()


@pytest.mark.parametrize("make", [lambda o: lrs.CyclicLR(o, 0.1, 1.0, cycle_momentum=False),
                                  lambda o: lrs.OneCycleLR(o, 1.0, 9, cycle_momentum=False)])  # fmt: skip
def test_momentum_can_be_left_unchanged(make):
    begun = two_groups()
    rates(make(begun), 5)
    assert [group["momentum"] for group in begun.param_groups] == [0.4, 0.4]
    make(optim.Adagrad([parameter()]))


@pytest.mark.parametrize("begin", [lambda o: lrs.CyclicLR(o, 0.1, 1.0), lambda o: lrs.OneCycleLR(o, 1.0, 9)])
def test_an_optimizer_without_momentum_is_refused(begin):
    with pytest.raises(ValueError, match="must support momentum or beta1"):
        begin(optim.Adagrad([parameter()]))


def test_each_group_can_have_its_own_bounds():
    found = rates(lrs.CyclicLR(two_groups(), [0.1, 1.0], (0.3, 5.0), 2), 5)
    np.testing.assert_allclose(found, [[0.1, 1], [0.2, 3], [0.3, 5], [0.2, 3], [0.1, 1]])
    found = rates(lrs.OneCycleLR(two_groups(), [1.0, 3.0], 11, div_factor=2), 4)
    np.testing.assert_allclose(found[0], [0.5, 1.5])
    np.testing.assert_allclose(found[:, 1], 3 * found[:, 0])


def test_a_cycle_starts_at_its_lower_bound():
    begun = two_groups()
    schedule = lrs.CyclicLR(begun, 0.1, 1.0, 4)
    assert schedule.base_lrs == [0.1, 0.1]
    assert [group["initial_lr"] for group in begun.param_groups] == [0.1, 0.1]


def test_one_cycle_may_be_stepped_once_more_than_it_has_steps():
    schedule = lrs.OneCycleLR(two_groups(), 1.0, 6)
    rates(schedule, 7)
    with pytest.raises(ValueError, match="Tried to step 7 times"):
        schedule.step()


@pytest.mark.parametrize("three", [False, True])
def test_one_cycle_is_piecewise_linear(three):
    optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=0.5, momentum=0.5)
    schedule = lrs.OneCycleLR(
        optimizer, 1.0, 20, anneal_strategy="linear", div_factor=10, final_div_factor=100, three_phase=three
    )
    times, rates, momenta = [0, 5, 10, 19], [0.1, 1.0, 0.1, 0.001], [0.95, 0.85, 0.95, 0.95]
    if not three:
        times, rates, momenta = ([line[i] for i in (0, 1, 3)] for line in (times, rates, momenta))
    for t in range(20):
        group = optimizer.param_groups[0]
        assert group["lr"] == pytest.approx(np.interp(t, times, rates))
        assert group["momentum"] == pytest.approx(np.interp(t, times, momenta))
        optimizer.step()
        if t < 19:
            schedule.step()


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_warm_restarts_accept_fractional_epochs(factor):
    schedule, curve = lrs.CosineAnnealingWarmRestarts(two_groups(), 2, factor, 0.1), restarts(2, factor, 0.1)
    for epoch in (0, 0.5, 1.75, 2.0, 2.25, 5.5, 8.0, 13.9, 0.25):
        schedule.step(epoch)
        np.testing.assert_allclose(schedule.get_last_lr(), closed(curve, [epoch])[0])
        assert schedule.last_epoch == math.floor(epoch)
    with pytest.raises(ValueError, match="Expected non-negative epoch"):
        schedule.step(-0.5)


def sequence(o):
    return lrs.SequentialLR(
        o,
        [
            lrs.ConstantLR(o, 0.1, 9),
            lrs.CosineAnnealingLR(o, 3, 0.2),
            lrs.CosineAnnealingWarmRestarts(o, 4, 2),
            lrs.ExponentialLR(o, 0.5),
        ],
        [1, 5, 11],
    )


def sequence_curve(base, t):
    if t < 1:
        return 0.1 * base
    if t < 5:
        return cosine(0.2, 3)(base, t - 1)
    return restarts(4, 2, 0)(base, t - 5) if t < 11 else base * 0.5 ** (t - 11)


def test_sequential_schedules_start_at_their_milestones():
    schedule = sequence(two_groups())
    np.testing.assert_allclose(rates(schedule), closed(sequence_curve, range(STEPS)), rtol=1e-12)
    schedule.begin()
    np.testing.assert_allclose(rates(schedule), closed(sequence_curve, range(STEPS)), rtol=1e-12)


def test_a_sequence_resumes_from_its_state():
    before, later = sequence(two_groups()), sequence(two_groups())
    rates(before, 8)
    later.load_state_dict(before.state_dict())
    later.optimizer.load_state_dict(before.optimizer.state_dict())
    np.testing.assert_allclose(rates(later, 12), closed(sequence_curve, range(7, 19)), rtol=1e-12)


def test_a_milestone_of_0_skips_the_first_schedule():
    o = two_groups()
    parts = [lrs.ConstantLR(o, 0.1, 9), lrs.ExponentialLR(o, 0.5)]
    found = rates(lrs.SequentialLR(o, parts, [0]), 4)
    np.testing.assert_allclose(found, closed(lambda base, t: base * 0.5**t, range(4)))


def test_chained_schedules_multiply_and_can_be_part_of_a_sequence():
    o = two_groups()
    chain = lrs.ChainedScheduler([lrs.ConstantLR(o, 0.1, 2), lrs.ExponentialLR(o, 0.5)])
    together = lambda base, t: base * 0.5**t * (0.1 if t < 2 else 1)
    np.testing.assert_allclose(rates(chain, 6), closed(together, range(6)))
    chain.begin()
    np.testing.assert_allclose(rates(chain, 6), closed(together, range(6)))
    wave = two_groups()
    found = rates(lrs.ChainedScheduler([lrs.CosineAnnealingLR(wave, 4), lrs.ExponentialLR(wave, 0.5)]), 4)
    np.testing.assert_allclose(found, closed(lambda base, t: base * half_cosine(t / 4) * 0.5**t, range(4)))
    whole = lrs.SequentialLR(o, [lrs.LinearLR(o, 0.5, 1.0, 2), chain], [3])
    expected = lambda base, t: base * min(1, 0.5 + t / 4) if t < 3 else together(base, t - 3)
    np.testing.assert_allclose(rates(whole, 9), closed(expected, range(9)))


def test_the_state_of_a_chain_holds_those_of_its_schedules():
    optimizer = optim.SGD([tensor([1.0], requires_grad=True)], lr=0.5)
    parts = [lrs.ConstantLR(optimizer, 0.1, 2), lrs.ExponentialLR(optimizer, 0.5)]
    state = lrs.ChainedScheduler(parts).state_dict()
    assert [part["last_epoch"] for part in state["_schedulers"]] == [0, 0]
