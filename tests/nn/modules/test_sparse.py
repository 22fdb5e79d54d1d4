"""Embedding and EmbeddingBag."""

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import ones, tensor
from nn import functional as F

seeds = st.integers(0, 99)


@given(seeds)
def test_an_embedding_is_a_product_with_one_hot_rows(seed):
    rng = np.random.default_rng(seed)
    weight, numbers = rng.normal(size=(5, 3)), rng.integers(0, 5, (2, 4))
    g = rng.normal(size=(2, 4, 3))
    table = tensor(weight, requires_grad=True)
    out = F.embedding(tensor(numbers), table)
    np.testing.assert_array_equal(out.detach().numpy(), np.eye(5)[numbers] @ weight)
    out.backward(tensor(g))
    np.testing.assert_allclose(table.grad.numpy(), np.eye(5)[numbers.ravel()].T @ g.reshape(8, 3))


def test_padding_gets_no_gradient_and_invalid_indices_are_refused():
    table = nn.Embedding(3, 2, padding_idx=-1)
    assert table.padding_idx == 2 and table.weight[2].tolist() == [0.0, 0.0]
    table(tensor([2, 0, 2])).sum().backward()
    assert table.weight.grad.tolist() == [[1.0, 1.0], [0.0, 0.0], [0.0, 0.0]]
    with pytest.raises(IndexError, match="index out of range in self"):
        table(tensor([3]))
    with pytest.raises(RuntimeError, match="Expected tensor for argument #1 'indices'"):
        table(tensor([1.0]))
    with pytest.raises(AssertionError, match="padding_idx must be within num_embeddings"):
        nn.Embedding(3, 2, padding_idx=3)
    assert nn.Embedding.from_pretrained(ones(2, 3)).weight.requires_grad is False


@given(
    st.lists(st.lists(st.integers(0, 4), max_size=4), min_size=1, max_size=4), st.sampled_from(["sum", "mean", "max"])
)
def test_embedding_bag_equals_a_loop_over_the_bags(bags, mode):
    table = tensor(np.random.default_rng(0).normal(size=(5, 3)), requires_grad=True)
    numbers = tensor(np.array([n for bag in bags for n in bag], np.int64))
    offsets = tensor(np.cumsum([0, *map(len, bags[:-1])]))
    out = F.embedding_bag(numbers, table, offsets, mode=mode, padding_idx=4)
    loop = []
    for bag in bags:
        rows = [table[n] for n in bag if n != 4]
        held = autograd.stack(rows) if rows else autograd.zeros(1, 3, dtype=autograd.float64)
        loop.append({"sum": held.sum(0), "mean": held.mean(0), "max": held.amax(0)}[mode])
    expected = autograd.stack(loop)
    np.testing.assert_allclose(out.detach().numpy(), expected.detach().numpy(), atol=1e-12)
    if mode != "max":  # among equal rows the one that is largest is another
        g = tensor(np.random.default_rng(1).normal(size=(len(bags), 3)))
        both = [autograd.grad((x * g).sum(), table, allow_unused=True)[0] for x in (out, expected + table.sum() * 0)]
        np.testing.assert_allclose(both[0].numpy(), both[1].numpy(), atol=1e-12)


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: F.embedding_bag(tensor([0]), ones(1, 2)), ValueError, "offsets has to be a 1D Tensor but got None"),
        (lambda: F.embedding_bag(tensor([[0]]), ones(1, 2), tensor([0])), ValueError, "if input is 2D, then offsets"),
        (lambda: F.embedding_bag(tensor([[5]]), ones(1, 2)), RuntimeError, "5 is not a row of a weight of shape"),
        (lambda: F.embedding(tensor([0]), ones(3)), RuntimeError, "'weight' must be 2-D"),
        (lambda: F.embedding([0], ones(3, 2)), TypeError, "embedding: the input must be Tensor, not list"),
    ],
)
def test_error_messages(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


@pytest.mark.parametrize("mode", ["sum", "mean"])
def test_scaling_by_frequency_divides_a_rows_gradient_by_the_number_of_its_lookups(mode):
    numbers, offsets, g = tensor([3, 1, 3, 0, 2, 3, 3, 5]), tensor([0, 2]), tensor([[1.0, 2.0], [3.0, -1.0]])
    gradients = []
    for scaled in (False, True):
        table = ones(6, 2, requires_grad=True)
        F.embedding_bag(numbers, table, offsets, None, 2.0, scaled, mode).backward(g)
        gradients.append(table.grad.numpy())
    np.testing.assert_allclose(gradients[1] * [[1], [1], [1], [4], [1], [1]], gradients[0], rtol=1e-6)


def test_no_lookups_scaled_by_frequency_have_a_gradient_of_zeros():
    layer = nn.Embedding(3, 2, scale_grad_by_freq=True)
    layer(autograd.zeros(0, 4, dtype=autograd.int64)).sum().backward()
    assert layer.weight.grad.tolist() == [[0.0, 0.0]] * 3
