"""A leaf that ceases to require grad keeps its gradient and its hooks, as in PyTorch."""

import copy

import pytest

import autograd as torch


def _leaf():
    x = torch.ones(2, requires_grad=True)
    (x * 2).sum().backward()
    return x


def _freeze(x):
    return x.requires_grad_(False)


def _assign(x):
    x.requires_grad = False
    return x


@pytest.mark.parametrize("freeze", [_freeze, _assign, torch.Tensor.detach_])
def test_a_frozen_leaf_keeps_its_gradient_and_adds_to_it_once_it_requires_grad_again(freeze):
    x = freeze(_leaf())
    assert not x.requires_grad and x.grad.tolist() == [2, 2]
    assert copy.deepcopy(x).grad.tolist() == [2, 2] and not copy.deepcopy(x).requires_grad
    x.requires_grad_()
    (x * 3).sum().backward()
    assert x.grad.tolist() == [5, 5]


@pytest.mark.parametrize(("frozen_again", "expected"), [(False, [4, 4]), (True, [2, 2])])
def test_a_graph_from_before_adds_to_the_gradient_unless_the_leaf_is_frozen(frozen_again, expected):
    x = _leaf()
    loss = (x * 2).sum()
    x.requires_grad_(False).requires_grad_().requires_grad_(not frozen_again)
    loss.backward()
    assert x.grad.tolist() == expected


def test_hooks_outlast_a_time_without_a_gradient():
    x = torch.ones(2, requires_grad=True)
    x.register_hook(lambda g: g * 10)
    x.requires_grad_(False).requires_grad_()
    x.sum().backward()
    assert x.grad.tolist() == [10, 10]


def test_an_optimizer_uses_and_clears_the_gradient_of_a_tensor_that_does_not_require_grad():
    frozen, constant = _leaf().requires_grad_(False), torch.ones(2)
    constant.grad = torch.full((2,), 2.0)
    optimizer = torch.optim.SGD([frozen, constant], lr=0.1)
    optimizer.step()
    assert frozen.tolist() == constant.tolist() == pytest.approx([0.8, 0.8])
    optimizer.zero_grad()
    assert frozen.grad is None and constant.grad is None and not constant.requires_grad
