"""Pruning: masks that combine, and parameters that are whole again."""

import copy

import pytest

import autograd
import nn
from nn.utils import prune

W = [[0.1, -0.2, 0.3], [-0.9, 0.8, -0.7], [0.4, -0.5, 0.6]]


def layer():
    made = nn.Linear(3, 3)
    made.weight.data = autograd.tensor(W)
    return made


#: Prunings of a layer's weight, one after the other, and the mask that PyTorch leaves.
PRUNED = {
    "the elements nearest to 0": ([(prune.l1_unstructured, {"amount": 4})], [[0, 0, 0], [1, 1, 1], [0, 1, 1]]),
    "a fraction of them": ([(prune.l1_unstructured, {"amount": 0.5})], [[0, 0, 0], [1, 1, 1], [0, 1, 1]]),
    "by other scores": (
        [(prune.l1_unstructured, {"amount": 2, "importance_scores": 1 / autograd.tensor(W)})],
        [[1, 1, 1], [0, 0, 1], [1, 1, 1]],
    ),
    "a column by its norm": ([(prune.ln_structured, {"amount": 1, "n": 2, "dim": 1})], [[1, 0, 1]] * 3),
    "a row, then a fraction of what is left": (
        [(prune.ln_structured, {"amount": 1, "n": 1, "dim": 0}), (prune.l1_unstructured, {"amount": 0.5})],
        [[0, 0, 0], [1, 1, 1], [0, 0, 0]],
    ),
    "two rows, one after the other": (
        [(prune.ln_structured, {"amount": 1, "n": 2, "dim": -2})] * 2, [[0, 0, 0], [1, 1, 1], [0, 0, 0]],
    ),
    "a mask that is given": (
        [(prune.identity, {}), (prune.custom_from_mask, {"mask": autograd.eye(3)})], [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PRUNED)
def test_the_mask_is_that_of_pytorch_and_the_gradient_reaches_what_is_kept(name):
    prunings, mask = PRUNED[name]
    pruned = layer()
    for function, settings in prunings:
        assert function(pruned, "weight", **settings) is pruned
    assert pruned.weight_mask.tolist() == mask and prune.is_pruned(nn.Sequential(pruned))
    assert set(pruned.state_dict()) == {"bias", "weight_orig", "weight_mask"}
    pruned(autograd.ones(1, 3)).sum().backward()
    assert pruned.weight_orig.grad.tolist() == mask
    assert prune.remove(pruned, "weight") is pruned and not prune.is_pruned(pruned)
    assert autograd.equal(pruned.weight, autograd.tensor(W) * autograd.tensor(mask))
    assert {name for name, _ in pruned.named_parameters()} == {"bias", "weight"} and not pruned._forward_pre_hooks


def test_random_pruning_takes_that_many_and_the_history_is_listed():
    pruned = prune.random_structured(prune.random_unstructured(layer(), "weight", 0.2), "weight", 1, dim=0)
    assert pruned.weight_mask.sum(1).count_nonzero() == 2
    (method,) = pruned._forward_pre_hooks.values()
    assert [type(one).__name__ for one in method] == ["RandomUnstructured", "RandomStructured"]


def test_several_parameters_are_pruned_as_one():
    first, second = layer(), layer()
    second.weight.data *= 2
    prune.global_unstructured([(first, "weight"), (second, "weight")], prune.L1Unstructured, amount=0.5)
    assert first.weight_mask.sum() == 3 and second.weight_mask.sum() == 6
    with pytest.raises(TypeError, match="takes an unstructured pruning_method, but got RandomStructured"):
        prune.global_unstructured([(first, "weight")], prune.RandomStructured, amount=1)


def test_a_method_of_ones_own_and_a_tensor_without_a_module():
    class EveryOther(prune.BasePruningMethod):
        def compute_mask(self, t, default_mask):
            mask = default_mask.clone()
            mask.view(-1)[::2] = 0
            return mask

    pruned = layer()
    EveryOther.apply(pruned, "bias")
    assert pruned.bias_mask.tolist() == [0, 1, 0]
    assert EveryOther().prune(autograd.tensor([1.0, 2.0])).tolist() == [0, 2]


@pytest.mark.parametrize(
    ("amount", "error", "message"),
    [
        (-1, ValueError, "must be a number of parts >= 0"),
        (1.5, ValueError, r"or a fraction in \[0, 1\]"),
        ("half", TypeError, "but got 'half'"),
        (10, ValueError, "should be at most the number of parts left to prune, 9"),
    ],
)
def test_a_wrong_amount_is_refused_and_changes_nothing(amount, error, message):
    pruned = layer()
    before = copy.deepcopy(pruned.state_dict())
    with pytest.raises(error, match=message):
        prune.l1_unstructured(pruned, "weight", amount)
    assert list(pruned.state_dict()) == list(before) and not pruned._forward_pre_hooks
    with pytest.raises(ValueError, match="'weight' of Linear has to be pruned before"):
        prune.remove(pruned, "weight")
    with pytest.raises(AssertionError, match="must have the shape of the parameter 'weight'"):
        prune.l1_unstructured(pruned, "weight", 1, importance_scores=autograd.ones(2))
