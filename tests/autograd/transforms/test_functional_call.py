"""functional_call: which names it takes, what it writes back, and that the module is as before afterwards."""

from __future__ import annotations

import pytest

import autograd
from autograd import nn, tensor
from autograd.func import functional_call


class Counter(nn.Module):
    """Multiplies by a parameter and adds a buffer, which counts the calls."""

    def __init__(self):
        super().__init__()
        self.w = nn.Parameter(autograd.ones(1))
        self.register_buffer("count", autograd.zeros(1))
        self.register_buffer("nothing", None)
        self.inner = nn.Linear(1, 1)

    def forward(self, x):
        self.count = self.count + 1
        return x * self.w + self.count


def state(module):
    return {name: (value, value.tolist()) for name, value in [*module.named_parameters(), *module.named_buffers()]}


def test_a_name_that_the_module_does_not_have_is_let_through():
    model = nn.Linear(2, 1)
    given = {**dict(model.named_parameters()), "other": autograd.ones(1)}
    assert functional_call(model, given, autograd.ones(1, 2)).shape == (1, 1)
    assert not hasattr(model, "other")
    assert functional_call(Counter(), {"inner.other": autograd.ones(1)}, autograd.ones(1)).tolist() == [2]


def test_an_unknown_name_is_an_attribute_during_the_call():
    class Scaled(nn.Module):
        def forward(self, x):
            return x * self.scale

    model = Scaled()
    assert functional_call(model, {"scale": tensor([3.0])}, tensor([2.0])).tolist() == [6]
    assert not hasattr(model, "scale")


def test_strict_refuses_unknown_and_missing_names():
    model, x = nn.Linear(2, 1), autograd.ones(1, 2)
    full = dict(model.named_parameters())
    for given in ({**full, "other": x}, {"weight": full["weight"]}, {"weight": full["weight"], "other": x}):
        with pytest.raises(RuntimeError, match=r"unexpected key.*missing key"):
            functional_call(model, given, x, strict=True)
    assert functional_call(model, full, x, strict=True).shape == (1, 1)


def test_a_buffer_that_the_call_assigns_is_written_back_into_the_dict():
    model, given = Counter(), {"count": tensor([5.0])}
    before = state(model)
    assert functional_call(model, given, autograd.ones(1)).tolist() == [7]
    assert given["count"].tolist() == [6] and state(model) == before


def test_the_running_statistics_of_a_batch_norm_are_written_back_into_the_dict():
    model = nn.BatchNorm1d(2)
    given = {name: value.clone() for name, value in model.state_dict().items()}
    before = state(model)
    functional_call(model, given, tensor([[1.0, 2.0], [3.0, 5.0]]))
    assert autograd.allclose(given["running_mean"], tensor([0.2, 0.35])) and given["num_batches_tracked"].item() == 1
    assert state(model) == before


def test_a_buffer_that_is_not_replaced_changes_as_in_a_plain_call():
    model = Counter()
    functional_call(model, {"w": tensor([1.0])}, autograd.ones(1))
    assert model.count.tolist() == [1]


def test_a_buffer_of_none_can_be_replaced():
    model = Counter()
    assert functional_call(model, {"nothing": tensor([1.0])}, autograd.ones(1)).tolist() == [2]
    assert model.nothing is None and "nothing" in model._buffers


def test_the_parameters_are_the_same_objects_afterwards_even_if_the_call_raises():
    class Broken(Counter):
        def forward(self, x):
            self.w = nn.Parameter(tensor([9.0]))
            raise ZeroDivisionError

    model, given = Broken(), {"w": tensor([2.0])}
    parameter = model.w
    with pytest.raises(ZeroDivisionError):
        functional_call(model, given, autograd.ones(1))
    assert model.w is parameter and list(model._parameters) == ["w"] and given["w"].tolist() == [9]


def test_tied_names_are_replaced_together_unless_told_otherwise():
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Parameter(autograd.ones(1))
            self.b = self.a

        def forward(self, x):
            return x * self.a * self.b

    x, two = autograd.ones(1), tensor([2.0])
    assert functional_call(Tied(), {"a": two}, x).tolist() == [4]
    assert functional_call(Tied(), {"a": two}, x, tie_weights=False).tolist() == [2]
    with pytest.raises(ValueError, match=r"multiple values for keys \['a', 'b'\], which are tied"):
        functional_call(Tied(), {"a": two, "b": x}, x)


@pytest.mark.parametrize(
    ("given", "error", "match"),
    [
        ({"w": 3}, TypeError, "w is int: 3, but not a Tensor"),
        ({"training": tensor(1.0)}, TypeError, "training is bool: True, but not a Tensor"),
        ({"nowhere.w": tensor(1.0)}, AttributeError, "Counter has no submodule 'nowhere'"),
    ],
)
def test_what_cannot_be_replaced_is_refused_and_changes_nothing(given, error, match):
    model = Counter()
    before = state(model)
    with pytest.raises(error, match=match):
        functional_call(model, given, autograd.ones(1))
    assert state(model) == before and model.training is True


def test_several_dicts_are_merged_and_must_not_overlap():
    model, x = nn.Linear(1, 1), tensor([3.0])
    assert functional_call(model, ({"weight": tensor([[2.0]])}, {"bias": tensor([1.0])}), x).tolist() == [7]
    with pytest.raises(ValueError, match="weight appears in multiple dictionaries"):
        functional_call(model, ({"weight": tensor([[2.0]])}, {"weight": tensor([[1.0]])}), x)
