"""Schedules in sequence and at once: where each starts, and what a step before the optimizer's says."""

import math
import warnings

import numpy as np
import pytest

from autograd import tensor
from nn import optim
from nn.optim import lr_scheduler as lrs
from tests.nn.optim.helpers import parameter, two_groups

SCHEDULES = {
    "StepLR": lambda o: lrs.StepLR(o, 2, 0.5),
    "MultiStepLR": lambda o: lrs.MultiStepLR(o, [0, 2, 2, 5], 0.5),
    "ExponentialLR": lambda o: lrs.ExponentialLR(o, 0.8),
    "ConstantLR": lambda o: lrs.ConstantLR(o, 0.25, 3),
    "LinearLR": lambda o: lrs.LinearLR(o, 0.3, 0.9, 4),
    "PolynomialLR": lambda o: lrs.PolynomialLR(o, 20, 2.0),
    "CosineAnnealingLR": lambda o: lrs.CosineAnnealingLR(o, 3, 0.01),
    "CosineAnnealingWarmRestarts": lambda o: lrs.CosineAnnealingWarmRestarts(o, 3, 2, 0.01),
    "LambdaLR": lambda o: lrs.LambdaLR(o, lambda epoch: 1 / (1 + epoch)),
    "OneCycleLR": lambda o: lrs.OneCycleLR(o, 0.7, total_steps=40),
    "CyclicLR": lambda o: lrs.CyclicLR(o, 0.1, 0.5, 3, 2),
}


def rates(schedule, steps):
    found = []
    for _ in range(steps):
        found.append([float(group["lr"]) for group in schedule.optimizer.param_groups])
        schedule.optimizer.step()
        schedule.step()
    return np.array(found)


def momentum_groups():
    return optim.SGD([dict(group) for group in two_groups().param_groups], lr=0.5, momentum=0.9)


def shifted(optimizer, name):
    """The rates of a schedule alone, when it is sent to its epoch 0 after 3 epochs."""
    schedule = SCHEDULES[name](optimizer)
    rates(schedule, 3)
    schedule.begin()
    return rates(schedule, 8)


@pytest.mark.parametrize("first", SCHEDULES)
@pytest.mark.parametrize("second", [name for name in SCHEDULES if name not in ("OneCycleLR", "CyclicLR")])
def test_a_later_schedule_starts_at_its_epoch_0(first, second):
    o = momentum_groups()
    schedule = lrs.SequentialLR(o, [SCHEDULES[first](o), SCHEDULES[second](o)], [3])
    alone = momentum_groups()
    if first == "OneCycleLR":  # it sets the initial rates of its groups
        lrs.OneCycleLR(alone, 0.7, total_steps=40)
    if first == "CyclicLR":
        for group in alone.param_groups:
            group["initial_lr"] = 0.1
    np.testing.assert_allclose(rates(schedule, 11)[3:], shifted(alone, second), rtol=1e-12)


@pytest.mark.parametrize("first", SCHEDULES)
def test_a_later_multiplicative_schedule_starts_from_the_present_rate(first):
    o = momentum_groups()
    found = rates(lrs.SequentialLR(o, [SCHEDULES[first](o), lrs.MultiplicativeLR(o, lambda epoch: 0.9)], [3]), 6)
    np.testing.assert_allclose(found[3:], found[2] * np.array([[0.9], [0.81], [0.729]]), rtol=1e-12)


def test_a_multiplicative_schedule_follows_an_exponential_one():
    o = optim.SGD([tensor([1.0], requires_grad=True)], lr=0.1)
    parts = [lrs.ExponentialLR(o, 0.8), lrs.MultiplicativeLR(o, lambda epoch: 0.9)]
    assert rates(lrs.SequentialLR(o, parts, [2]), 4).round(6).ravel().tolist() == [0.1, 0.08, 0.072, 0.0648]


@pytest.mark.parametrize("second", ["ExponentialLR", "ConstantLR", "LinearLR", "PolynomialLR", "StepLR"])
def test_chained_schedules_that_scale_the_rate_multiply_their_factors(second):
    together, alone = two_groups(), two_groups()
    chain = lrs.ChainedScheduler(
        [lrs.MultiplicativeLR(together, lambda epoch: 0.9), SCHEDULES[second](together)], together
    )
    factors = 0.9 ** np.arange(8)[:, None]
    np.testing.assert_allclose(rates(chain, 8), rates(SCHEDULES[second](alone), 8) * factors, rtol=1e-12)


def test_nested_sequences_and_chains_start_at_their_milestones():
    o = optim.SGD([tensor([1.0], requires_grad=True)], lr=1.0)
    chain = lrs.ChainedScheduler([lrs.ExponentialLR(o, 0.5), lrs.ConstantLR(o, 0.5, 2)])
    inner = lrs.SequentialLR(o, [lrs.ExponentialLR(o, 0.8), lrs.StepLR(o, 1, 0.1)], [2])
    found = rates(lrs.SequentialLR(o, [chain, inner, lrs.LinearLR(o, 0.5, 1.0, 2)], [3, 6]), 8)
    np.testing.assert_allclose(found.ravel(), [0.5, 0.25, 0.25, 1.0, 0.8, 1.0, 0.5, 0.75])


@pytest.mark.parametrize("name", [*SCHEDULES, "MultiplicativeLR"])
def test_a_sequence_loaded_in_the_middle_goes_on(name):
    def build():
        o = momentum_groups()
        make = SCHEDULES.get(name, lambda o: lrs.MultiplicativeLR(o, lambda epoch: 0.9))
        return lrs.SequentialLR(o, [SCHEDULES["LinearLR"](o), make(o)], [3])

    whole, before, later = build(), build(), build()
    rates(before, 5)
    later.load_state_dict(before.state_dict())
    later.optimizer.load_state_dict(before.optimizer.state_dict())
    np.testing.assert_allclose(rates(later, 6), rates(whole, 11)[5:], rtol=1e-12)


@pytest.mark.parametrize("name", [name for name in SCHEDULES if name not in ("LambdaLR", "OneCycleLR", "CyclicLR")])
def test_a_step_to_a_given_epoch_sets_its_rate_and_warns(name):
    expected = rates(SCHEDULES[name](two_groups()), 6)[5]
    o = two_groups()
    schedule = SCHEDULES[name](o)
    o.step()
    if name == "CosineAnnealingWarmRestarts":  # where a given epoch is not deprecated
        schedule.step(5)
    else:
        with pytest.warns(UserWarning, match="epoch parameter"):
            schedule.step(5)
    np.testing.assert_allclose([group["lr"] for group in o.param_groups], expected, rtol=1e-12)


def test_a_measure_with_the_number_of_its_epoch_warns():
    schedule = lrs.ReduceLROnPlateau(two_groups())
    with pytest.warns(UserWarning, match="epoch parameter"):
        schedule.step(1.0, 7)
    assert schedule.last_epoch == 7


def test_a_schedule_stepped_before_its_optimizer_warns_once():
    schedule = lrs.StepLR(two_groups(), 3)
    with pytest.warns(UserWarning, match=r"`lr_scheduler.step\(\)` before `optimizer.step\(\)`"):
        schedule.step()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        schedule.step()
        late = lrs.StepLR(schedule.optimizer, 3)
        late.optimizer.step()
        late.step()


class Halving:
    """A callable with a state."""

    def __init__(self, calls=0):
        self.calls = calls

    def __call__(self, epoch):
        self.calls += 1
        return 0.5**epoch


@pytest.mark.parametrize("kind", [lrs.LambdaLR, lrs.MultiplicativeLR])
def test_the_state_holds_that_of_callable_objects_and_none_for_functions(kind):
    o = two_groups()
    schedule = kind(o, [Halving(), lambda epoch: 1.0])
    rates(schedule, 2)
    state = schedule.state_dict()
    calls = schedule.lr_lambdas[0].calls
    assert state["lr_lambdas"] == [{"calls": calls}, None]
    loaded = kind(o, [Halving(), lambda epoch: 1.0])
    own = loaded.lr_lambdas[0]
    loaded.load_state_dict(state)
    assert loaded.lr_lambdas[0] is own and own.calls == calls and loaded.last_epoch == 2


def test_rates_in_tensors_stay_tensors():
    lr = tensor(0.5)
    o = optim.SGD([tensor([1.0], requires_grad=True)], lr=lr)
    schedule = lrs.ExponentialLR(o, 0.5)
    last = schedule.get_last_lr()[0]
    o.step()
    schedule.step()
    assert o.param_groups[0]["lr"] is lr and lr.item() == 0.25
    assert last.item() == 0.5 and schedule.get_last_lr()[0].item() == 0.25
    assert schedule.base_lrs[0].item() == o.param_groups[0]["initial_lr"].item() == 0.5


def test_an_unknown_argument_names_the_schedule():
    for kind in (lrs.LambdaLR, lrs.MultiplicativeLR):
        with pytest.raises(TypeError, match=kind.__name__):
            kind(foo=1)


def test_restarts_within_a_chain_begin_anew_at_a_milestone():
    optimizer = optim.SGD([parameter()], lr=1.0)
    chain = optim.lr_scheduler.ChainedScheduler([optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, 4, 2)])
    constant = optim.lr_scheduler.ConstantLR(optimizer, 0.5, 9)
    schedule = optim.lr_scheduler.SequentialLR(optimizer, [constant, chain], [2])
    rates = []
    for _ in range(7):
        rates += schedule.get_last_lr()
        optimizer.step()
        schedule.step()
    falling = [(1 + math.cos(math.pi * t / 4)) / 2 for t in range(4)]
    assert rates == pytest.approx([0.5, 0.5, *falling, 1.0])
