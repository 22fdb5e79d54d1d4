"""Methods of modules and optimizers that libraries written for PyTorch override or call."""

import copy
import pickle
import sys

import pytest

import autograd as torch
from autograd import nn
from autograd.optim import SGD, Optimizer
from autograd.optim.optimizer import required


class Metric(nn.Module):
    """Holds a tensor that is no parameter, and converts it as torchmetrics does."""

    def __init__(self):
        super().__init__()
        self.total, self.weight = [torch.ones(1)], nn.Parameter(torch.ones(1))

    def _apply(self, fn):
        super()._apply(fn)
        self.total = [fn(x) for x in self.total]
        return self


@pytest.mark.parametrize("convert", ["double", "float", "half"])
def test_conversions_reach_what_a_module_inside_converts_itself(convert):
    model = nn.Sequential(nn.Linear(1, 1), nn.Sequential(Metric()))
    model[0].weight.grad = torch.ones(1, 1)
    getattr(model, convert)()
    kept = [model[0].weight, model[0].weight.grad, model[1][0].weight, *model[1][0].total]
    assert {x.dtype for x in kept} == {
        {"double": torch.float64, "float": torch.float32, "half": torch.float16}[convert]
    }


def test_apply_of_one_module_leaves_its_children():
    model = nn.Sequential(nn.Linear(1, 1))
    model._apply(lambda x: x.double(), recurse=False)
    assert model[0].weight.dtype == torch.float32


class Needs(Optimizer):
    def __init__(self, params, lr=required):
        super().__init__(params, {"lr": lr})


def test_a_setting_that_is_required_must_be_given_by_each_group():
    x = torch.ones(1, requires_grad=True)
    assert repr(required) == "<required parameter>"
    with pytest.raises(ValueError, match="required optimization parameter lr"):
        Needs([x])
    assert Needs([{"params": [x], "lr": 1.0}]).param_groups[0]["lr"] == 1.0


class Older(SGD):
    """Takes a setting that its pickled forms may lack, as PyTorch's examples do."""

    def __setstate__(self, state):
        super().__setstate__(state)
        for group in self.param_groups:
            group.setdefault("nesterov_too", False)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_optimizers_are_copied_through_setstate(copied):
    optimizer = Older([torch.ones(1, requires_grad=True)], lr=0.5)
    found = copied(optimizer)
    assert found.param_groups[0]["nesterov_too"] is False and found.param_groups[0]["lr"] == 0.5


def test_a_storage_weighs_what_its_bytes_weigh():
    small, large = (sys.getsizeof(torch.ones(n).untyped_storage()) for n in (1, 1001))
    assert large - small == 4000
