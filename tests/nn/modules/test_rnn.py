"""Normalization, embedding, attention and recurrent layers by their own laws, without another library."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import ones, tensor, zeros
from autograd.testing import check_vjp
from nn import functional as F

RNG = np.random.default_rng(0)
seeds = st.integers(0, 99)


@given(seeds)
def test_layer_norm_is_mean_0_and_variance_1_whatever_the_scale(seed):
    x = np.random.default_rng(seed).normal(3, 5, (4, 6))
    out = F.layer_norm(tensor(x), 6, eps=0.0).numpy()
    np.testing.assert_allclose(out.mean(1), 0, atol=1e-12)
    np.testing.assert_allclose(out.var(1), 1)
    np.testing.assert_allclose(F.layer_norm(tensor(7 * x - 2), (6,), eps=0.0).numpy(), out, atol=1e-12)


def test_batch_norm_remembers_what_it_saw():
    module, x = nn.BatchNorm1d(3, momentum=0.25), RNG.normal(2, 3, (5, 3)).astype(np.float32)
    module(tensor(x))
    np.testing.assert_allclose(module.running_mean.numpy(), 0.25 * x.mean(0), rtol=1e-5)
    np.testing.assert_allclose(module.running_var.numpy(), 0.75 + 0.25 * x.var(0, ddof=1), rtol=1e-5)
    assert module.num_batches_tracked.item() == 1
    once = module.eval()(tensor(x))
    assert module.num_batches_tracked.item() == 1 and (once == module(tensor(x))).all()


def test_batch_norm_needs_more_than_one_value_to_train():
    with pytest.raises(ValueError, match="Expected more than 1 value per channel when training"):
        nn.BatchNorm1d(3)(ones(1, 3))
    with pytest.raises(ValueError, match=r"expected 2D or 3D input \(got 4D input\)"):
        nn.BatchNorm1d(3)(ones(1, 3, 1, 1))
    with pytest.raises(RuntimeError, match="running_mean should contain 2 elements not 3"):
        nn.BatchNorm1d(3)(ones(4, 2))
    with pytest.raises(RuntimeError, match=r"Given normalized_shape=\[4\], expected input with shape \[\*, 4\]"):
        F.layer_norm(ones(2, 3), (4,))
    with pytest.raises(RuntimeError, match="divisible by num_groups"):
        F.group_norm(ones(2, 3), 2)


@pytest.mark.parametrize(
    "call",
    [lambda x, w, b: F.batch_norm(x, None, None, w, b, training=True),
     lambda x, w, b: F.batch_norm(x, ones(2).double(), ones(2).double() * 2, w, b),
     lambda x, w, b: F.group_norm(x, 1, w, b),
     lambda x, w, b: F.instance_norm(x, weight=w, bias=b)],
)  # fmt: skip
def test_normalization_has_gradients_of_second_order(call):
    arrays = RNG.normal(size=(3, 2, 4)), RNG.normal(size=2), RNG.normal(size=2)
    check_vjp(lambda *xs: call(*(x if hasattr(x, "node") else tensor(x) for x in xs)), arrays, RNG, order=2)


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


def test_padding_gets_no_gradient_and_bad_numbers_are_named():
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


def test_a_causal_query_does_not_see_what_comes_later():
    q, k, v = (tensor(RNG.normal(size=(1, 4, 3))) for _ in range(3))
    before = F.scaled_dot_product_attention(q, k, v, is_causal=True).numpy()
    later = v.numpy().copy()
    later[0, 3] += 9
    after = F.scaled_dot_product_attention(q, k, tensor(later), is_causal=True).numpy()
    np.testing.assert_array_equal(before[0, :3], after[0, :3])
    assert (before[0, 3] != after[0, 3]).all()
    np.testing.assert_allclose(before[0, 0], v.numpy()[0, 0])


def test_a_query_that_may_look_nowhere_gets_0_and_no_nan_as_gradient():
    q = tensor(RNG.normal(size=(2, 3)), requires_grad=True)
    for mask in (tensor([[True, True], [False, False]]), tensor([[0.0, 0.0], [-math.inf, -math.inf]]).double()):
        out = F.scaled_dot_product_attention(q, ones(2, 3).double(), ones(2, 3).double(), mask)
        assert out[1].tolist() == [0.0] * 3
        out.sum().backward()
        assert q.grad.isfinite().all()
    with pytest.raises(RuntimeError, match="Explicit attn_mask should not be set when is_causal=True"):
        F.scaled_dot_product_attention(q, q, q, mask, is_causal=True)


def test_dropped_weights_are_drawn_in_training_only():
    autograd.manual_seed(0)
    module = nn.MultiheadAttention(4, 2, dropout=0.5)
    x = ones(6, 1, 4)
    assert (module(x, x, x)[1] == 0).any() and not (module.eval()(x, x, x)[1] == 0).any()


def test_attention_refuses_what_does_not_fit():
    with pytest.raises(AssertionError, match="embed_dim must be divisible by num_heads"):
        nn.MultiheadAttention(4, 3)
    with pytest.raises(ValueError, match="embed_dim and num_heads must be greater than 0"):
        nn.MultiheadAttention(0, 1)
    module, x = nn.MultiheadAttention(4, 2), ones(3, 1, 4)
    with pytest.raises(RuntimeError, match="Need attn_mask if specifying the is_causal hint"):
        module(x, x, x, is_causal=True)
    with pytest.raises(RuntimeError, match="The shape of the attn_mask is"):
        module(x, x, x, attn_mask=zeros(2, 2))
    with pytest.raises(AssertionError, match="was expecting embedding dimension of 4, but got 5"):
        module(ones(3, 1, 5), x, x)


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_a_layer_is_its_cell_step_by_step(kind):
    layer, cell = getattr(nn, kind)(3, 4), getattr(nn, kind + "Cell")(3, 4)
    cell.load_state_dict({name.removesuffix("_l0"): value for name, value in layer.state_dict().items()})
    x = tensor(RNG.normal(size=(5, 2, 3)).astype(np.float32))
    state, outs = None, []
    for step in x:
        state = cell(step, state)
        outs.append(state[0] if kind == "LSTM" else state)
    np.testing.assert_allclose(layer(x)[0].tolist(), autograd.stack(outs).tolist(), atol=1e-6)
    whole, carried = layer(x)[0], layer(x[:2])[1]
    np.testing.assert_allclose(layer(x[2:], carried)[0].tolist(), whole[2:].tolist(), atol=1e-6)


@pytest.mark.parametrize("kind", ["RNN", "GRU", "LSTM"])
def test_recurrent_gradients_of_second_order(kind):
    layer = getattr(nn, kind)(2, 2).double()
    for parameter in layer.parameters():
        parameter.requires_grad_(False)
    call = lambda x: layer(x if hasattr(x, "node") else tensor(x))[0]
    check_vjp(call, (RNG.normal(size=(3, 1, 2)),), RNG, order=2)


def test_recurrent_layers_refuse_what_does_not_fit():
    layer = nn.LSTM(3, 4)
    with pytest.raises(ValueError, match="LSTM: Expected input to be 2D or 3D, got 4D instead"):
        layer(ones(1, 1, 1, 3))
    with pytest.raises(RuntimeError, match=r"input.size\(-1\) must be equal to input_size. Expected 3, got 2"):
        layer(ones(5, 1, 2))
    with pytest.raises(RuntimeError, match=r"Expected hidden\[1\] size \(1, 2, 4\), got \[1, 1, 4\]"):
        layer(ones(5, 2, 3), (zeros(1, 2, 4), zeros(1, 1, 4)))
    with pytest.warns(UserWarning, match="dropout option adds dropout after all but last recurrent layer"):
        nn.GRU(3, 4, dropout=0.5)
    with pytest.raises(ValueError, match="hidden_size must be greater than zero"):
        nn.RNN(3, 0)
    with pytest.raises(ValueError, match="Unknown nonlinearity"):
        nn.RNN(3, 4, nonlinearity="sigmoid")


def test_random_slopes_lie_between_the_bounds_and_their_mean_is_used_in_evaluation():
    module, x = nn.RReLU(0.1, 0.3), tensor([-1.0] * 50 + [2.0])
    out = module(x).numpy()
    assert ((out[:50] <= -0.1) & (out[:50] >= -0.3)).all() and len(set(out[:50])) > 40 and out[50] == 2
    np.testing.assert_allclose(module.eval()(x).numpy()[:50], -0.2, rtol=1e-6)
    with pytest.raises(ValueError, match="Lower bound"):
        F.rrelu(x, 0.3, 0.1)


def test_hard_gumbel_draws_are_one_hot_with_soft_gradients():
    logits = tensor(RNG.normal(size=(4, 3)), requires_grad=True)
    out = F.gumbel_softmax(logits, hard=True)
    assert sorted(np.unique(out.detach().numpy().round(9))) == [0, 1]
    (out * tensor(RNG.normal(size=(4, 3)))).sum().backward()
    assert (logits.grad != 0).all()
