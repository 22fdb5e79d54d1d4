"""Warnings of optimizers and schedules: their words, and that they point at the line that the user wrote."""

import warnings

import pytest

from nn import optim
from nn.optim import lr_scheduler
from tests.nn.optim.helpers import parameter

DUPLICATE = "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error"
ORDER = (
    "Detected call of `lr_scheduler.step()` before `optimizer.step()`. Call them in the opposite order: otherwise the "
    "first rate of the schedule is skipped."
)
EPOCH = "The epoch parameter of `scheduler.step()` is deprecated: call `scheduler.step()` without it."


def warned(action):
    """The text of every warning, each of which must point at this file."""
    with warnings.catch_warnings(record=True) as raised:
        warnings.simplefilter("always")
        action()
    assert all(warning.filename == __file__ and warning.category is UserWarning for warning in raised)
    return [str(warning.message) for warning in raised]


@pytest.mark.parametrize("name", ["SGD", "Adam", "AdamW", "LBFGS"])
def test_a_parameter_given_twice_is_warned_of(name):
    w, other = parameter(), parameter()
    assert warned(lambda: getattr(optim, name)([w, w])) == [DUPLICATE]
    optimizer = optim.SGD([w])
    assert warned(lambda: optimizer.add_param_group({"params": [other, other]})) == [DUPLICATE]
    assert warned(lambda: optimizer.add_param_group({"params": [parameter(), parameter()]})) == []


def schedules(optimizer):
    """One schedule of each kind that warns of the order of steps."""
    step = lr_scheduler.StepLR(optimizer, 2)
    return [step, lr_scheduler.ExponentialLR(optimizer, 0.5), lr_scheduler.OneCycleLR(optimizer, 1.0, 9)]


@pytest.mark.parametrize("kind", range(3))
def test_a_schedule_that_steps_before_the_optimizer_warns_once(kind):
    early, late = (optim.SGD([parameter()], momentum=0.5) for _ in range(2))
    schedule = schedules(early)[kind]
    assert [warned(schedule.step) for _ in range(3)] == [[ORDER], [], []]
    schedule = schedules(late)[kind]
    late.step()
    assert [warned(schedule.step) for _ in range(3)] == [[], [], []]


def test_the_number_of_an_epoch_is_deprecated():
    optimizer = optim.SGD([parameter()])
    step, plateau = lr_scheduler.StepLR(optimizer, 2), lr_scheduler.ReduceLROnPlateau(optimizer)
    optimizer.step()
    assert warned(lambda: step.step(3)) == warned(lambda: step.step(epoch=0)) == [EPOCH]
    assert warned(lambda: plateau.step(1.0, 3)) == warned(lambda: plateau.step(1.0, epoch=0)) == [EPOCH]
    assert warned(lambda: step.step()) == warned(lambda: plateau.step(1.0)) == []
