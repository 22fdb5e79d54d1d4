"""The state of an optimizer: created wholly or not at all, with any keys, saved and loaded."""

import numpy as np
import pytest

from autograd import tensor
from nn import optim
from nn.optim import optimizer as base
from tests.nn.optim.helpers import parameter

STATEFUL = {
    "ASGD": {}, "Adadelta": {}, "Adagrad": {"initial_accumulator_value": 0.1}, "Adam": {"amsgrad": True}, "AdamW": {},
    "Adamax": {}, "NAdam": {}, "RAdam": {}, "RMSprop": {"momentum": 0.9, "centered": True}, "Rprop": {},
    "SGD": {"momentum": 0.9},
}  # fmt: skip


def stepped(optimizer, steps=1):
    for group in optimizer.param_groups:
        for x in group["params"]:
            x.grad = tensor(np.full(x.shape, 0.5))
    for _ in range(steps):
        optimizer.step()
    return [x.tolist() for group in optimizer.param_groups for x in group["params"]]


@pytest.mark.parametrize("failing", [MemoryError, KeyboardInterrupt])
@pytest.mark.parametrize("at", range(4))
@pytest.mark.parametrize("name", STATEFUL)
def test_a_first_step_that_fails_leaves_no_part_of_a_state(name, at, failing, monkeypatch):
    make = lambda: getattr(optim, name)([parameter(1.0, 2.0)], **STATEFUL[name])
    optimizer = make()
    calls = iter(range(10))

    def wrap(array):
        if next(calls) == at:
            raise failing
        return base_wrap(array)

    base_wrap = base.wrap
    monkeypatch.setattr(base, "wrap", wrap)
    try:
        stepped(optimizer)
    except failing:
        assert not optimizer.state
        monkeypatch.undo()
        assert stepped(optimizer, 2) == stepped(make(), 2)


def test_a_state_may_have_keys_that_are_no_parameters():
    make = lambda: optim.Adam([parameter(1.0)])
    optimizer = make()
    optimizer.state["shared"] = {"count": 1}
    optimizer.state["name"] = "mine"
    stepped(optimizer)
    saved = optimizer.state_dict()
    assert list(saved["state"]) == ["shared", "name", 0]
    loaded = make()
    loaded.load_state_dict(saved)
    assert loaded.state["shared"] == {"count": 1} and loaded.state["name"] == "mine"
    assert loaded.state["shared"] is not saved["state"]["shared"]
    (own,) = loaded.param_groups[0]["params"]
    assert loaded.state[own]["step"].item() == 1


@pytest.mark.parametrize("name", [*STATEFUL, "LBFGS"])
@pytest.mark.parametrize("wrong", [None, "0.1"])
def test_a_learning_rate_that_is_no_number_is_refused(name, wrong):
    with pytest.raises(TypeError, match=f"learning rate.*{wrong}"):
        getattr(optim, name)([parameter()], lr=wrong)


def test_settings_that_are_no_numbers_are_refused():
    for settings in ({"betas": None}, {"betas": (0.9,)}, {"betas": 0.9}):
        with pytest.raises(TypeError, match="betas must be a pair of numbers"):
            optim.Adam([parameter()], **settings)
    with pytest.raises(TypeError, match="Invalid eta values"):
        optim.Rprop([parameter()], etas=(0.5,))
    with pytest.raises(TypeError, match="Invalid momentum value: None is not a number"):
        optim.SGD([parameter()], momentum=None)
