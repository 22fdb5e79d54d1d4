"""leaks: the graphs that are alive, and the variables that hold them."""

from __future__ import annotations

import gc
import types

import autograd
import nn
from autograd import float64, tensor
from autograd.teaching import leaks


def leaf(value):
    return tensor(value, dtype=float64, requires_grad=True)


class Meter:
    def __init__(self):
        self.total = 0.0
        self.seen = []


def holders(word):
    return [h for held in leaks() for h in held.holders if word in h]


def loss():
    return (leaf([1.0, 2.0, 3.0]) * 2).exp().sum()


def test_a_list_of_losses_is_found_by_its_variable_name():
    losses = [loss() for _ in range(2)]
    found = [held for held in leaks() if "losses" in str(held)]
    assert [h.nodes for h in found] == [3, 3] and found[0].saved >= 24
    assert {h.holders[0].split(",")[0] for h in found} == {"losses[0]", "losses[1]"}
    assert "a variable of test_a_list_of_losses_is_found_by_its_variable_name() at" in str(found[0])
    del losses, found
    assert not holders("losses")


def test_attributes_dicts_closures_and_module_variables_are_found():
    meter = Meter()
    meter.total = loss()
    assert [h.split(",")[0] for h in holders("meter")] == ["meter.total"]
    meter.total = 0.0
    meter.seen.append({"loss": loss()})
    assert [h.split(",")[0] for h in holders("meter")] == ["meter.seen[0]['loss']"]
    del meter
    module = types.ModuleType("training")
    module.kept = [(loss(), "a tuple")]
    assert holders("kept") == ["kept[0][0], a variable of module training"]
    del module

    def made():
        hidden = loss()
        return lambda: hidden

    function = made()
    assert [h.split(",")[0] for h in holders("function")] == ["function (in the closure of a function)"]
    assert function() is not None


def test_a_variable_in_the_traceback_of_an_exception_is_found():
    def fails():
        doomed = loss()
        raise ValueError(doomed.shape)

    try:
        fails()
    except ValueError as error:
        caught = error
    assert [h.partition(",")[0] for h in holders("which an exception or a generator keeps alive")] == ["doomed"]
    assert caught is not None


def test_an_unreachable_reference_cycle_is_collected_first():
    gc.disable()
    try:
        meter = Meter()
        meter.total, meter.me = loss().cos(), meter
        del meter
        assert "cos" not in {held.root for held in leaks()}
    finally:
        gc.enable()


def test_normal_training_leaves_no_graph():
    model = nn.Linear(3, 1)
    total = 0.0
    for _ in range(3):
        y = model(autograd.ones(2, 3)).sum()
        y.backward()
        total += y.item()
    del y
    assert not holders("test_normal_training")
