"""Parametrizations: registered, computed at each access, assigned to, and removed."""

import copy

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
