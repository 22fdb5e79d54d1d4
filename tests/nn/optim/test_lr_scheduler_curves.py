"""Every schedule by its curve in closed form: of two groups, from the start, from a later epoch and from a state."""

import itertools
import math
from collections import Counter

import numpy as np
import pytest

from autograd import tensor
from nn import optim
from nn.optim import lr_scheduler as lrs, swa_utils

STEPS, FIRST = 20, (0.5, 2.0)


def parameter():
    return tensor([1.0], requires_grad=True)


def optimizer(kind=optim.SGD):
    return kind(
        [{"params": [parameter()], "lr": lr} for lr in FIRST], **({} if kind is optim.Adam else {"momentum": 0.4})
    )


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
    np.testing.assert_allclose(rates(make(optimizer())), closed(curve, range(STEPS)), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", CURVES)
def test_a_schedule_goes_on_from_a_later_epoch(name):
    make, curve = CURVES[name]
    before = make(optimizer())
    rates(before, 3)
    if isinstance(before, lrs.CosineAnnealingWarmRestarts):
        assert before.T_cur == before.last_epoch == 2
    later = make(before.optimizer, last_epoch=2)
    assert later.last_epoch == 3
    np.testing.assert_allclose(rates(later, 9), closed(curve, range(3, 12)), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", CURVES)
def test_a_schedule_goes_on_from_its_state(name):
    make, curve = CURVES[name]
    before, later = make(optimizer()), make(optimizer())
    rates(before, 8)
    state = before.state_dict()
    assert not {"optimizer", "scale_fn", "lr_lambdas"} & {key for key, value in state.items() if value is not None}
    later.load_state_dict(state)
    later.optimizer.load_state_dict(before.optimizer.state_dict())
    np.testing.assert_allclose(rates(later, 12), closed(curve, range(7, 19)), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", [optim.SGD, optim.Adam])
@pytest.mark.parametrize("name", ["a triangle", "halved triangles", "one cycle", "one cycle of three"])
def test_a_momentum_goes_the_other_way(name, kind):
    make, curve = CURVES[name]
    schedule = make(optimizer(kind), base_momentum=[0.3, 0.5], max_momentum=(0.8, 0.9))
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
def test_a_momentum_can_be_left_alone(make):
    begun = optimizer()
    rates(make(begun), 5)
    assert [group["momentum"] for group in begun.param_groups] == [0.4, 0.4]
    make(optim.Adagrad([parameter()]))


@pytest.mark.parametrize("begin", [lambda o: lrs.CyclicLR(o, 0.1, 1.0), lambda o: lrs.OneCycleLR(o, 1.0, 9)])
def test_an_optimizer_without_momentum_is_refused(begin):
    with pytest.raises(ValueError, match="must support momentum or beta1"):
        begin(optim.Adagrad([parameter()]))


def test_each_group_has_bounds_of_its_own():
    found = rates(lrs.CyclicLR(optimizer(), [0.1, 1.0], (0.3, 5.0), 2), 5)
    np.testing.assert_allclose(found, [[0.1, 1], [0.2, 3], [0.3, 5], [0.2, 3], [0.1, 1]])
    found = rates(lrs.OneCycleLR(optimizer(), [1.0, 3.0], 11, div_factor=2), 4)
    np.testing.assert_allclose(found[0], [0.5, 1.5])
    np.testing.assert_allclose(found[:, 1], 3 * found[:, 0])


def test_a_cycle_begins_at_its_lower_bound():
    begun = optimizer()
    schedule = lrs.CyclicLR(begun, 0.1, 1.0, 4)
    assert schedule.base_lrs == [0.1, 0.1]
    assert [group["initial_lr"] for group in begun.param_groups] == [0.1, 0.1]


def test_one_cycle_may_be_stepped_once_more_than_it_has_steps():
    schedule = lrs.OneCycleLR(optimizer(), 1.0, 6)
    rates(schedule, 7)
    with pytest.raises(ValueError, match="Tried to step 7 times"):
        schedule.step()


@pytest.mark.parametrize("factor", [1, 2, 3])
def test_restarts_can_be_stepped_by_fractions(factor):
    schedule, curve = lrs.CosineAnnealingWarmRestarts(optimizer(), 2, factor, 0.1), restarts(2, factor, 0.1)
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


def after_one_another(base, t):
    if t < 1:
        return 0.1 * base
    if t < 5:
        return cosine(0.2, 3)(base, t - 1)
    return restarts(4, 2, 0)(base, t - 5) if t < 11 else base * 0.5 ** (t - 11)


def test_schedules_begin_when_the_ones_before_them_end():
    schedule = sequence(optimizer())
    np.testing.assert_allclose(rates(schedule), closed(after_one_another, range(STEPS)), rtol=1e-12)
    schedule.begin()
    np.testing.assert_allclose(rates(schedule), closed(after_one_another, range(STEPS)), rtol=1e-12)


def test_a_sequence_goes_on_from_its_state():
    before, later = sequence(optimizer()), sequence(optimizer())
    rates(before, 8)
    later.load_state_dict(before.state_dict())
    later.optimizer.load_state_dict(before.optimizer.state_dict())
    np.testing.assert_allclose(rates(later, 12), closed(after_one_another, range(7, 19)), rtol=1e-12)


def test_a_milestone_of_0_leaves_the_first_schedule_out():
    o = optimizer()
    parts = [lrs.ConstantLR(o, 0.1, 9), lrs.ExponentialLR(o, 0.5)]
    found = rates(lrs.SequentialLR(o, parts, [0]), 4)
    np.testing.assert_allclose(found, closed(lambda base, t: base * 0.5**t, range(4)))


def test_a_chain_multiplies_and_can_stand_in_a_sequence():
    o = optimizer()
    chain = lrs.ChainedScheduler([lrs.ConstantLR(o, 0.1, 2), lrs.ExponentialLR(o, 0.5)])
    together = lambda base, t: base * 0.5**t * (0.1 if t < 2 else 1)
    np.testing.assert_allclose(rates(chain, 6), closed(together, range(6)))
    chain.begin()
    np.testing.assert_allclose(rates(chain, 6), closed(together, range(6)))
    wave = optimizer()
    found = rates(lrs.ChainedScheduler([lrs.CosineAnnealingLR(wave, 4), lrs.ExponentialLR(wave, 0.5)]), 4)
    np.testing.assert_allclose(found, closed(lambda base, t: base * half_cosine(t / 4) * 0.5**t, range(4)))
    whole = lrs.SequentialLR(o, [lrs.LinearLR(o, 0.5, 1.0, 2), chain], [3])
    expected = lambda base, t: base * min(1, 0.5 + t / 4) if t < 3 else together(base, t - 3)
    np.testing.assert_allclose(rates(whole, 9), closed(expected, range(9)))


# -- ReduceLROnPlateau and SWALR ----------------------------------------------------------------------------


@pytest.mark.parametrize("best", [10.0, -10.0])
@pytest.mark.parametrize(
    ("mode", "threshold_mode", "bar"),
    [("min", "abs", lambda best: best - 0.5), ("max", "abs", lambda best: best + 0.5),
     ("min", "rel", lambda best: best * 0.5), ("max", "rel", lambda best: best * 1.5)],
)  # fmt: skip
def test_a_measure_must_be_better_than_the_best_by_the_threshold(mode, threshold_mode, bar, best):
    schedule = lrs.ReduceLROnPlateau(
        optimizer(), mode, threshold=0.5, threshold_mode=threshold_mode, factor=0.5, patience=0
    )
    sign = 1 if mode == "max" else -1
    schedule.step(best)
    assert schedule.best == best and schedule.num_bad_epochs == 0
    schedule.step(bar(best))
    assert schedule.best == best and schedule.get_last_lr() == [0.25, 1.0]
    schedule.step(bar(best) + sign * 0.01)
    assert schedule.best == bar(best) + sign * 0.01 and schedule.get_last_lr() == [0.25, 1.0]
    assert schedule.last_epoch == 3


@pytest.mark.parametrize("mode", ["min", "max"])
def test_the_first_measure_is_the_best(mode):
    schedule = lrs.ReduceLROnPlateau(optimizer(), mode)
    assert schedule.best == (math.inf if mode == "min" else -math.inf)
    assert schedule.num_bad_epochs == schedule.cooldown_counter == schedule.last_epoch == 0
    schedule.step(-1e300 if mode == "max" else 1e300)
    assert abs(schedule.best) == 1e300 and schedule.num_bad_epochs == 0


@pytest.mark.parametrize("cooldown", [0, 1, 3])
@pytest.mark.parametrize("patience", [0, 1, 2])
def test_a_plateau_lowers_the_rates_every_so_many_epochs(patience, cooldown):
    schedule = lrs.ReduceLROnPlateau(optimizer(), factor=0.5, patience=patience, cooldown=cooldown)
    schedule.step(1.0)
    found = []
    for _ in range(STEPS):
        schedule.step(1.0)
        found += [schedule.get_last_lr()[0]]
    falls = [patience + i * (patience + cooldown + 1) for i in range(STEPS)]
    np.testing.assert_allclose(found, [0.5 * 0.5 ** sum(t >= fall for fall in falls) for t in range(STEPS)])


def test_the_rates_stay_above_the_lowest_of_each_group():
    for lowest, expected in (((0.2, 0.9), [0.2, 0.9]), (0.3, [0.3, 0.3])):
        schedule = lrs.ReduceLROnPlateau(optimizer(), factor=0.5, patience=0, min_lr=lowest)
        for _ in range(9):
            schedule.step(1.0)
        assert schedule.get_last_lr() == expected


@pytest.mark.parametrize(("eps", "after"), [(0.25, [0.5, 1.0]), (0.24, [0.25, 1.0]), (1.0, [0.5, 2.0])])
def test_a_rate_that_would_hardly_fall_stays(eps, after):
    schedule = lrs.ReduceLROnPlateau(optimizer(), factor=0.5, patience=0, eps=eps)
    schedule.step(1.0)
    schedule.step(1.0)
    assert schedule.get_last_lr() == after


@pytest.mark.parametrize("strategy", ["cos", "linear"])
@pytest.mark.parametrize("epochs", [0, 1, 2, 7])
def test_the_rate_of_averaging_is_reached_and_kept(epochs, strategy):
    schedule = swa_utils.SWALR(optimizer(), [0.1, 3.0], epochs, strategy)

    def curve(base, t):
        part = min(1.0, t / epochs) if epochs else 1.0
        last = 0.1 if base == 0.5 else 3.0
        return last + (base - last) * (1 - part if strategy == "linear" else half_cosine(part))

    np.testing.assert_allclose(rates(schedule), closed(curve, range(STEPS)), rtol=1e-9)


# -- refusals, at both sides of every bound -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "match"),
    [
        (lambda o: lrs.ConstantLR(o, -0.01), "between 0 and 1, but got -0.01"),
        (lambda o: lrs.ConstantLR(o, 1.01), "between 0 and 1, but got 1.01"),
        (lambda o: lrs.LinearLR(o, 0.0), "Starting"),
        (lambda o: lrs.LinearLR(o, -0.5), "Starting"),
        (lambda o: lrs.LinearLR(o, 1.01), "Starting"),
        (lambda o: lrs.LinearLR(o, 0.5, -0.01), "Ending"),
        (lambda o: lrs.LinearLR(o, 0.5, 1.01), "Ending"),
        (lambda o: lrs.ReduceLROnPlateau(o, factor=1.0), "Factor should be < 1.0"),
        (lambda o: lrs.ReduceLROnPlateau(o, factor=1.5), "Factor should be < 1.0"),
        (lambda o: lrs.ReduceLROnPlateau(o, threshold_mode="low"), "threshold mode low is unknown"),
        (lambda o: lrs.ReduceLROnPlateau(o, min_lr=[0.1]), "expected 2 min_lrs, got 1"),
        (lambda o: lrs.ReduceLROnPlateau(o, min_lr=[0.1] * 3), "expected 2 min_lrs, got 3"),
        (lambda o: lrs.LambdaLR(o, [abs]), "Expected 2 lr_lambdas, but got 1"),
        (lambda o: lrs.LambdaLR(o, [abs] * 3), "Expected 2 lr_lambdas, but got 3"),
        (lambda o: lrs.CyclicLR(o, 0.1, 1.0, mode="square"), "mode is invalid and scale_fn is None"),
        (lambda o: lrs.CyclicLR(o, [0.1], 1.0), "Expected 2 base_lrs, but got 1"),
        (lambda o: lrs.CyclicLR(o, 0.1, (1.0,)), "Expected 2 max_lrs, but got 1"),
        (lambda o: lrs.CyclicLR(o, 0.1, 1.0, base_momentum=[0.1]), "Expected 2 base_momentums"),
        (lambda o: lrs.OneCycleLR(o, 1.0, 0), "Expected positive integer total_steps, but got 0"),
        (lambda o: lrs.OneCycleLR(o, 1.0, -1), "Expected positive integer total_steps, but got -1"),
        (lambda o: lrs.OneCycleLR(o, 1.0, epochs=3), "You must define either total_steps"),
        (lambda o: lrs.OneCycleLR(o, 1.0, steps_per_epoch=3), "You must define either total_steps"),
        (lambda o: lrs.OneCycleLR(o, 1.0, 9, pct_start=-0.1), "between 0 and 1 pct_start"),
        (lambda o: lrs.OneCycleLR(o, 1.0, 9, pct_start=1.1), "between 0 and 1 pct_start"),
        (lambda o: lrs.OneCycleLR(o, 1.0, 9, anneal_strategy="up"), "one of 'cos' or 'linear'"),
        (lambda o: lrs.CosineAnnealingWarmRestarts(o, 0), "positive integer T_0, but got 0"),
        (lambda o: lrs.CosineAnnealingWarmRestarts(o, -1), "positive integer T_0, but got -1"),
        (lambda o: lrs.CosineAnnealingWarmRestarts(o, 2.0), "positive integer T_0, but got 2.0"),
        (lambda o: lrs.CosineAnnealingWarmRestarts(o, 1, 0), "integer T_mult >= 1, but got 0"),
        (lambda o: lrs.CosineAnnealingWarmRestarts(o, 1, 1.5), "integer T_mult >= 1, but got 1.5"),
        (lambda o: lrs.SequentialLR(o, [lrs.ExponentialLR(o, 1)], [1]), "number of schedulers 1"),
        (lambda o: lrs.SequentialLR(o, [lrs.ExponentialLR(o, 1)] * 3, [1]), "number of schedulers 3"),
        (lambda o: lrs.SequentialLR(o, [], []), "SequentialLR expects at least one scheduler"),
        (lambda o: lrs.ChainedScheduler([]), "ChainedScheduler expects at least one scheduler"),
        (
            lambda o: lrs.ChainedScheduler([lrs.ExponentialLR(o, 1), lrs.ReduceLROnPlateau(o)]),
            "got one at index 1",
        ),
        (
            lambda o: lrs.ChainedScheduler([lrs.ExponentialLR(x, 1) for x in (o, optimizer())]),
            "ExponentialLR at index 1, which has a different one",
        ),
        (
            lambda o: lrs.ChainedScheduler([lrs.ExponentialLR(o, 1)], optimizer()),
            "ExponentialLR at index 0, which has a different one",
        ),
        (lambda o: swa_utils.SWALR(o, 0.1, 1.5), "anneal_epochs must be equal or greater than 0, got 1.5"),
        (lambda o: swa_utils.SWALR(o, [0.1]), "Expected 2 swa_lrs, but got 1"),
    ],
)  # fmt: skip
def test_a_schedule_refuses_what_lies_outside_its_bounds(make, match):
    with pytest.raises(ValueError, match=match):
        make(optimizer())


@pytest.mark.parametrize(
    "make",
    [
        lambda o: lrs.ConstantLR(o, 0.0, 99), lambda o: lrs.LinearLR(o, 0.01, 0.0),
        lambda o: lrs.ReduceLROnPlateau(o, factor=0.99), lambda o: lrs.OneCycleLR(o, 1.0, 1),
        lambda o: lrs.OneCycleLR(o, 1.0, 9, pct_start=1), lambda o: lrs.OneCycleLR(o, 1.0, 9, pct_start=0),
        lambda o: lrs.CyclicLR(o, 0.1, 1.0, mode="square", scale_fn=float),
    ],
)  # fmt: skip
def test_a_schedule_takes_the_bounds_themselves(make):
    assert len(make(optimizer()).get_last_lr()) == 2


@pytest.mark.parametrize(
    "make",
    [
        lrs.ReduceLROnPlateau,
        lambda o: lrs.OneCycleLR(o, 1.0, 9),
        lambda o: lrs.CyclicLR(o, 0.1, 1.0),
        lambda o: swa_utils.SWALR(o, 0.1),
    ],
)
def test_what_is_no_optimizer_is_refused(make):
    with pytest.raises(TypeError, match="list is not an Optimizer"):
        make([parameter()])
    with pytest.raises(TypeError, match="should have `optimizer` as its attribute"):
        lrs.SequentialLR(optimizer(), [3], [])


def test_milestones_are_counted():
    schedule = lrs.MultiStepLR(optimizer(), [3, 3, 1])
    assert schedule.milestones == Counter({3: 2, 1: 1})
