"""Schedules: the reduction on a plateau, and accepted and refused settings at both sides of each bound."""

import math
from collections import Counter

import numpy as np
import pytest

from autograd import tensor
from nn import optim
from nn.optim import lr_scheduler as lrs, swa_utils
from tests.nn.optim.helpers import parameter, two_groups

STEPS = 20


def test_the_rate_is_reduced_after_more_than_patience_epochs_without_improvement():
    schedule = lrs.ReduceLROnPlateau(optim.SGD([parameter()], lr=1.0), factor=0.5, patience=1)
    found = []
    for measure in (3.0, 2.0, 2.0, tensor(2.0), 2.0, 1.0):
        schedule.step(measure)
        found += schedule.get_last_lr()
    assert found == [1.0, 1.0, 1.0, 0.5, 0.5, 0.5]


@pytest.mark.parametrize("best", [10.0, -10.0])
@pytest.mark.parametrize(
    ("mode", "threshold_mode", "bar"),
    [("min", "abs", lambda best: best - 0.5), ("max", "abs", lambda best: best + 0.5),
     ("min", "rel", lambda best: best * 0.5), ("max", "rel", lambda best: best * 1.5)],
)  # fmt: skip
def test_a_measure_must_improve_by_more_than_the_threshold(mode, threshold_mode, bar, best):
    schedule = lrs.ReduceLROnPlateau(
        two_groups(), mode, threshold=0.5, threshold_mode=threshold_mode, factor=0.5, patience=0
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
    schedule = lrs.ReduceLROnPlateau(two_groups(), mode)
    assert schedule.best == (math.inf if mode == "min" else -math.inf)
    assert schedule.num_bad_epochs == schedule.cooldown_counter == schedule.last_epoch == 0
    schedule.step(-1e300 if mode == "max" else 1e300)
    assert abs(schedule.best) == 1e300 and schedule.num_bad_epochs == 0


@pytest.mark.parametrize("cooldown", [0, 1, 3])
@pytest.mark.parametrize("patience", [0, 1, 2])
def test_rates_are_reduced_every_patience_plus_cooldown_epochs(patience, cooldown):
    schedule = lrs.ReduceLROnPlateau(two_groups(), factor=0.5, patience=patience, cooldown=cooldown)
    schedule.step(1.0)
    found = []
    for _ in range(STEPS):
        schedule.step(1.0)
        found += [schedule.get_last_lr()[0]]
    falls = [patience + i * (patience + cooldown + 1) for i in range(STEPS)]
    np.testing.assert_allclose(found, [0.5 * 0.5 ** sum(t >= fall for fall in falls) for t in range(STEPS)])


def test_rates_do_not_fall_below_min_lr():
    for lowest, expected in (((0.2, 0.9), [0.2, 0.9]), (0.3, [0.3, 0.3])):
        schedule = lrs.ReduceLROnPlateau(two_groups(), factor=0.5, patience=0, min_lr=lowest)
        for _ in range(9):
            schedule.step(1.0)
        assert schedule.get_last_lr() == expected


@pytest.mark.parametrize(("eps", "after"), [(0.25, [0.5, 1.0]), (0.24, [0.25, 1.0]), (1.0, [0.5, 2.0])])
def test_a_reduction_of_at_most_eps_is_skipped(eps, after):
    schedule = lrs.ReduceLROnPlateau(two_groups(), factor=0.5, patience=0, eps=eps)
    schedule.step(1.0)
    schedule.step(1.0)
    assert schedule.get_last_lr() == after


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
        (lambda o: lrs.ReduceLROnPlateau(o, threshold_mode="low"), "threshold mode 'low' is unknown"),
        (lambda o: lrs.ReduceLROnPlateau(o, min_lr=[0.1]), "Expected 2 min_lrs, but got 1"),
        (lambda o: lrs.ReduceLROnPlateau(o, min_lr=[0.1] * 3), "Expected 2 min_lrs, but got 3"),
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
            lambda o: lrs.ChainedScheduler([lrs.ExponentialLR(x, 1) for x in (o, two_groups())]),
            "ExponentialLR at index 1, which has a different one",
        ),
        (
            lambda o: lrs.ChainedScheduler([lrs.ExponentialLR(o, 1)], two_groups()),
            "ExponentialLR at index 0, which has a different one",
        ),
        (lambda o: swa_utils.SWALR(o, 0.1, 1.5), "anneal_epochs must be equal or greater than 0, got 1.5"),
        (lambda o: swa_utils.SWALR(o, [0.1]), "Expected 2 swa_lrs, but got 1"),
    ],
)  # fmt: skip
def test_settings_out_of_range_are_refused(make, match):
    with pytest.raises(ValueError, match=match):
        make(two_groups())


@pytest.mark.parametrize(
    "make",
    [
        lambda o: lrs.ConstantLR(o, 0.0, 99), lambda o: lrs.LinearLR(o, 0.01, 0.0),
        lambda o: lrs.ReduceLROnPlateau(o, factor=0.99), lambda o: lrs.OneCycleLR(o, 1.0, 1),
        lambda o: lrs.OneCycleLR(o, 1.0, 9, pct_start=1), lambda o: lrs.OneCycleLR(o, 1.0, 9, pct_start=0),
        lambda o: lrs.CyclicLR(o, 0.1, 1.0, mode="square", scale_fn=float),
    ],
)  # fmt: skip
def test_settings_at_their_bounds_are_accepted(make):
    assert len(make(two_groups()).get_last_lr()) == 2


@pytest.mark.parametrize(
    "make",
    [
        lrs.ReduceLROnPlateau,
        lambda o: lrs.OneCycleLR(o, 1.0, 9),
        lambda o: lrs.CyclicLR(o, 0.1, 1.0),
        lambda o: swa_utils.SWALR(o, 0.1),
    ],
)
def test_a_schedule_of_anything_but_an_optimizer_is_refused(make):
    with pytest.raises(TypeError, match="list is not an Optimizer"):
        make([parameter()])
    with pytest.raises(TypeError, match="should have `optimizer` as its attribute"):
        lrs.SequentialLR(two_groups(), [3], [])


def test_resuming_an_optimizer_without_initial_rates_is_refused():
    with pytest.raises(KeyError, match="'initial_lr' is not specified"):
        lrs.StepLR(two_groups(), 1, last_epoch=2)


def test_milestones_are_counted():
    schedule = lrs.MultiStepLR(two_groups(), [3, 3, 1])
    assert schedule.milestones == Counter({3: 2, 1: 1})


def test_the_state_dict_of_a_plateau_has_pytorchs_order():
    keys = (
        "mode factor patience threshold threshold_mode cooldown min_lrs eps last_epoch _last_lr best "
        "cooldown_counter num_bad_epochs"
    )
    assert list(lrs.ReduceLROnPlateau(optim.SGD([parameter()], lr=0.1)).state_dict()) == keys.split()
