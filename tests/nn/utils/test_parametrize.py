"""Parametrizations: registered, computed at each access, assigned to, and removed."""

import copy
import itertools
import os
import sys

import pytest

import autograd
import nn
from autograd import ones
from nn.utils import (
    parametrizations,
    parametrize,
)
from nn.utils.parametrize import is_parametrized, register_parametrization, remove_parametrizations


class Symmetric(nn.Module):
    def forward(self, x):
        return x.triu() + x.triu(1).mT

    def right_inverse(self, x):
        return x.triu()


class Double(nn.Module):
    def forward(self, x):
        return x * 2


class Cut(nn.Module):
    def forward(self, x):
        return x[:1]


def doubled():
    return register_parametrization(nn.Linear(2, 2), "weight", Double())


def test_a_parametrized_weight_is_computed_at_each_access_and_differentiable():
    layer = register_parametrization(nn.Linear(3, 3), "weight", Symmetric())
    assert isinstance(layer, nn.Linear) and type(layer).__name__ == "ParametrizedLinear"
    assert is_parametrized(layer) and is_parametrized(layer, "weight") and not is_parametrized(layer, "bias")
    assert not is_parametrized(nn.Linear(1, 1))
    layer(ones(1, 3)).sum().backward()
    assert layer.parametrizations.weight.original.grad.tolist() == [[1, 2, 2], [0, 1, 2], [0, 0, 1]]
    layer.weight = ones(3, 3) * 4
    assert layer.weight.tolist() == [[4.0] * 3] * 3
    other = copy.deepcopy(layer)
    with autograd.no_grad():
        other.parametrizations.weight.original.zero_()
    assert other.weight.sum().item() == 0 and layer.weight.sum().item() == 36
    register_parametrization(layer, "weight", Double())
    assert layer.weight.tolist() == [[8.0] * 3] * 3


@pytest.mark.parametrize(("leave", "value"), [(True, 2.0), (False, 1.0)])
def test_a_parametrization_can_be_removed(leave, value):
    layer = nn.BatchNorm1d(3)
    for name in ("weight", "running_var"):
        register_parametrization(layer, name, Double())
    for name in ("weight", "running_var"):
        remove_parametrizations(layer, name, leave_parametrized=leave)
    assert type(layer) is nn.BatchNorm1d and not hasattr(layer, "parametrizations")
    assert layer.weight.tolist() == [value] * 3 and isinstance(layer.weight, nn.Parameter)
    assert layer.running_var.tolist() == [value] * 3 and not isinstance(layer.running_var, nn.Parameter)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: register_parametrization(nn.Linear(2, 2), "w", Double()), ValueError, "parametrized element .* 'w'"),
        (lambda: register_parametrization(nn.Linear(2, 2), "weight", Cut()), ValueError, "may not change the shape"),
        (lambda: register_parametrization(doubled(), "weight", Cut()), ValueError, "may not change the shape"),
        (lambda: setattr(doubled(), "weight", ones(2, 2)), RuntimeError, "Double does not implement right_inverse"),
        (
            lambda: remove_parametrizations(nn.Linear(2, 2), "weight"),
            ValueError,
            "not have a parametrization on weight",
        ),
        (
            lambda: remove_parametrizations(parametrizations.weight_norm(nn.Linear(2, 2)), "weight", False),
            ValueError,
            "in terms of several tensors",
        ),
    ],
)
def test_bad_arguments_are_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_refused_parametrization_changes_nothing():
    layer = nn.Linear(2, 2)
    with pytest.raises(ValueError):
        parametrize.register_parametrization(layer, "weight", Cut())
    assert type(layer) is nn.Linear and list(layer.state_dict()) == ["weight", "bias"]
    assert register_parametrization(layer, "weight", Cut(), unsafe=True).weight.shape == (1, 2)


class Halved(nn.Module):
    """Has an inverse, and counts its calls."""

    def __init__(self):
        super().__init__()
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return x / 2

    def right_inverse(self, x):
        return x * 2


class Sum(nn.Module):
    def forward(self, a, b):
        return a + b

    def right_inverse(self, x):
        return x / 4, x * 0.75


@pytest.mark.parametrize(("leave", "value"), [(True, 1.0), (False, 2.0)])
def test_the_parameter_itself_becomes_the_original_and_stays_when_it_is_removed(leave, value):
    layer = nn.Linear(1, 1, bias=False)
    weight, optimizer = layer.weight, nn.optim.SGD(layer.parameters(), lr=1.0)
    layer.weight.data.fill_(1.0)
    register_parametrization(layer, "weight", Halved())
    assert layer.parametrizations.weight.original is weight and weight.item() == 2.0 and layer.weight.item() == 1.0
    layer(ones(1, 1)).sum().backward()
    optimizer.step()
    assert layer.weight.item() == 0.75
    weight.data.fill_(2.0)
    remove_parametrizations(layer, "weight", leave_parametrized=leave)
    assert layer.weight is weight and weight.item() == value and type(layer) is nn.Linear
    assert list(layer.state_dict()) == ["weight"]


def test_a_tensor_of_several_originals_becomes_a_parameter():
    layer = register_parametrization(nn.Linear(1, 1), "weight", Sum())
    value = layer.weight.item()
    assert sorted(layer.state_dict()) == ["bias", *(f"parametrizations.weight.original{i}" for i in (0, 1))]
    remove_parametrizations(layer, "weight")
    assert type(layer.weight) is nn.Parameter and layer.weight.item() == value


def test_a_parametrization_takes_the_mode_of_its_module():
    layer = nn.Linear(2, 2).eval()
    register_parametrization(layer, "weight", nn.Dropout(0.5))
    assert not layer.parametrizations.weight[0].training
    register_parametrization(layer, "weight", nn.Dropout(0.5))
    assert not layer.parametrizations.weight[1].training
    assert layer.train().parametrizations.weight[0].training


def test_a_second_parametrization_is_applied_to_the_first():
    layer = register_parametrization(doubled(), "weight", Halved())
    assert layer.weight.equal(layer.parametrizations.weight.original)
    for norm in (parametrizations.spectral_norm, parametrizations.orthogonal):
        layer = norm(norm(nn.Linear(2, 2)))
        assert len(layer.parametrizations.weight) == 2 and layer.weight.shape == (2, 2)
    with pytest.raises(ValueError, match="weight_norm must be its first parametrization"):
        parametrizations.weight_norm(parametrizations.weight_norm(nn.Linear(2, 2)))
    module = nn.Module()
    module.register_buffer("b", ones(2, 2))
    assert parametrizations.spectral_norm(module, "b").b.shape == (2, 2)


def test_cached_results_are_computed_once():
    layer = register_parametrization(nn.Linear(1, 1), "weight", Halved())
    half, before = layer.parametrizations.weight[0], layer.parametrizations.weight[0].calls
    assert layer.weight is not layer.weight and half.calls == before + 2
    with parametrize.cached():
        first = layer.weight
        with parametrize.cached():
            assert layer.weight is first
        assert layer.weight is first and half.calls == before + 3
        layer.weight = ones(1, 1) * 5
        assert layer.weight is first
    assert layer.weight.item() == 5.0


def test_a_copy_can_lose_its_parametrization_alone():
    layer = register_parametrization(register_parametrization(nn.Linear(1, 1), "weight", Halved()), "bias", Halved())
    other = copy.deepcopy(layer)
    remove_parametrizations(other, "weight")
    assert is_parametrized(layer, "weight") and layer.weight.item() == other.weight.item()
    assert type(other).__name__ == "ParametrizedLinear" and is_parametrized(other, "bias")
    assert parametrize.type_before_parametrizations(layer) is nn.Linear
    assert parametrize.type_before_parametrizations(nn.ReLU()) is nn.ReLU


def test_parametrizations_are_transferred_with_their_originals():
    one, other = register_parametrization(nn.Linear(1, 1), "weight", Halved()), nn.Linear(1, 1)
    assert parametrize.transfer_parametrizations_and_params(one, other) is other
    assert other.parametrizations.weight.original is one.parametrizations.weight.original
    assert other.parametrizations.weight[0] is one.parametrizations.weight[0] and other.weight.equal(one.weight)
    plain = nn.Linear(1, 1)
    assert parametrize.transfer_parametrizations_and_params(plain, plain) is plain


@pytest.mark.parametrize("parametrized", [False, True])
def test_an_interrupt_leaves_the_module_as_it_was_before_or_after(parametrized):
    """Raises as each of the functions is called in turn, as Python does after Ctrl-C."""
    change = register_parametrization if not parametrized else remove_parametrizations
    for number in range(1, 1000):
        layer = nn.Linear(1, 1, bias=False)
        weight = layer.weight
        weight.data.fill_(3.0)
        if parametrized:
            register_parametrization(layer, "weight", Halved())
        arguments = ("weight", Halved()) if not parametrized else ("weight",)
        done = interrupted(number, lambda: change(layer, *arguments))  # noqa: B023  # called at once
        if type(layer) is nn.Linear:
            assert not is_parametrized(layer) and set(vars(layer)["_parameters"]) == {"weight", "bias"}
            assert layer.weight is weight and weight.item() == 3.0 and list(layer.state_dict()) == ["weight"]
        else:
            assert is_parametrized(layer, "weight") and layer.parametrizations.weight.original is weight
            assert layer.weight.item() == 3.0 and weight.item() == 6.0
            assert list(layer.state_dict()) == ["parametrizations.weight.original"]
        if done:
            break
    assert number > 20


def interrupted(number, call):
    """Call a function and raise KeyboardInterrupt in the function that is called by it as the given number.

    Returns whether there were fewer.
    """
    calls = itertools.count(1)

    def profiler(frame, event, argument):
        own = f"{os.sep}nn{os.sep}" in frame.f_code.co_filename
        restores = frame.f_code.co_name in ("_unchanged_by_errors", "__exit__", "<genexpr>")
        if event == "call" and own and not restores and next(calls) == number:
            raise KeyboardInterrupt

    before = sys.getprofile()
    sys.setprofile(profiler)
    try:
        call()
    except KeyboardInterrupt:
        return False
    finally:
        sys.setprofile(before)
    return True
