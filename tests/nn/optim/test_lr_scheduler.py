"""Schedules: the curves in closed form, going on from a saved state, and what is refused."""

import math

import numpy as np
import pytest
from autograd.optim import SGD, lr_scheduler

from autograd import tensor


def optimizer(lr=0.5):
    return SGD([tensor([1.0], requires_grad=True)], lr=lr)


def rates(schedule, epochs):
    found = []
    for _ in range(epochs):
        found += schedule.get_last_lr()
        schedule.optimizer.step()
        schedule.step()
    return found


@pytest.mark.parametrize(
    ("make", "curve"),
    [
        (lambda o: lr_scheduler.StepLR(o, 3, 0.1), lambda t: 0.1 ** (t // 3)),
        (lambda o: lr_scheduler.MultiStepLR(o, [2, 5], 0.3), lambda t: 0.3 ** ((t >= 2) + (t >= 5))),
        (lambda o: lr_scheduler.ExponentialLR(o, 0.9), lambda t: 0.9**t),
        (lambda o: lr_scheduler.CosineAnnealingLR(o, 4), lambda t: (1 + math.cos(math.pi * t / 4)) / 2),
        (lambda o: lr_scheduler.LambdaLR(o, lambda t: 1 / (1 + t)), lambda t: 1 / (1 + t)),
        (lambda o: lr_scheduler.LinearLR(o, 0.2, 1.0, 4), lambda t: 0.2 + 0.8 * min(t, 4) / 4),
        (lambda o: lr_scheduler.ConstantLR(o, 0.5, 3), lambda t: 0.5 if t < 3 else 1.0),
    ],
)
def test_a_rate_is_its_first_times_the_curve(make, curve):
    np.testing.assert_allclose(rates(make(optimizer()), 13), [0.5 * curve(t) for t in range(13)], atol=1e-15)


def test_one_cycle_goes_up_and_down_once():
    found = rates(lr_scheduler.OneCycleLR(optimizer(), 1.0, total_steps=11), 10)
    top = found.index(max(found))
    assert abs(found[0] - 1 / 25) < 1e-12
    assert found[:top] == sorted(found[:top]) and found[top:] == sorted(found[top:], reverse=True)


def test_a_cycle_raises_the_rate_as_it_lowers_the_momentum():
    begun = SGD([tensor([1.0], requires_grad=True)], lr=0.1, momentum=0.5)
    schedule = lr_scheduler.CyclicLR(
        begun, 0.1, 0.7, step_size_up=2, step_size_down=4, base_momentum=0.3, max_momentum=0.8
    )
    momenta, found = [], []
    for _ in range(9):
        found += schedule.get_last_lr()
        momenta.append(begun.param_groups[0]["momentum"])
        begun.step()
        schedule.step()
    height = np.array([0, 1 / 2, 1, 3 / 4, 1 / 2, 1 / 4, 0, 1 / 2, 1])
    np.testing.assert_allclose(found, 0.1 + 0.6 * height, rtol=1e-12)
    np.testing.assert_allclose(momenta, 0.8 - 0.5 * height, rtol=1e-12)


def test_the_rate_falls_after_more_than_patience_epochs_without_improvement():
    schedule = lr_scheduler.ReduceLROnPlateau(optimizer(1.0), factor=0.5, patience=1)
    found = []
    for measure in (3.0, 2.0, 2.0, tensor(2.0), 2.0, 1.0):
        schedule.step(measure)
        found += schedule.get_last_lr()
    assert found == [1.0, 1.0, 1.0, 0.5, 0.5, 0.5]


def test_a_schedule_goes_on_from_a_saved_state():
    whole = rates(lr_scheduler.CosineAnnealingLR(optimizer(), 7), 10)
    first = lr_scheduler.CosineAnnealingLR(optimizer(), 7)
    rates(first, 4)
    second = lr_scheduler.CosineAnnealingLR(optimizer(), 7)
    second.load_state_dict(first.state_dict())
    second.optimizer.load_state_dict(first.optimizer.state_dict())
    assert rates(second, 6) == whole[4:]


def test_a_cosine_can_begin_at_a_later_epoch():
    weights = [tensor([1.0], requires_grad=True)]
    begun = SGD([{"params": weights, "initial_lr": 0.5}], lr=0.1)
    schedule = lr_scheduler.CosineAnnealingLR(begun, 7, eta_min=0.1, last_epoch=2)
    np.testing.assert_allclose(
        rates(schedule, 5), [0.1 + 0.4 * (1 + math.cos(math.pi * t / 7)) / 2 for t in range(3, 8)], rtol=1e-14
    )


def test_each_group_keeps_its_own_rate():
    groups = [{"params": [tensor([1.0], requires_grad=True)], "lr": lr} for lr in (1.0, 4.0)]
    schedule = lr_scheduler.StepLR(SGD(groups), 1, 0.5)
    rates(schedule, 1)
    assert schedule.get_last_lr() == [0.5, 2.0]


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: lr_scheduler.StepLR(3, 1), TypeError, "int is not an Optimizer"),
        (lambda: lr_scheduler.StepLR(optimizer(), 1, last_epoch=2), KeyError, "'initial_lr' is not specified"),
        (lambda: lr_scheduler.LambdaLR(optimizer(), [abs, abs]), ValueError, "Expected 1 lr_lambdas, but got 2"),
        (lambda: lr_scheduler.ReduceLROnPlateau(optimizer(), factor=1.0), ValueError, "Factor should be < 1.0."),
        (lambda: lr_scheduler.ReduceLROnPlateau(optimizer(), mode="low"), ValueError, "mode low is unknown!"),
        (lambda: lr_scheduler.LinearLR(optimizer(), 0.0), ValueError, "Starting multiplicative factor"),
        (lambda: lr_scheduler.OneCycleLR(optimizer(), 1.0), ValueError, "You must define either total_steps"),
    ],
)
def test_bad_options_are_refused(call, kind, message):
    with pytest.raises(kind, match=message.replace(".", r"\.")):
        call()
