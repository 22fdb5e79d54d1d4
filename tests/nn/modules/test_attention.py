"""Attention and transformers without another library."""

import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

import autograd
import nn
from autograd import func, ones, tensor, zeros
from nn import functional as F

RNG = np.random.default_rng(0)


def test_causal_attention_does_not_depend_on_later_positions():
    q, k, v = (tensor(RNG.normal(size=(1, 4, 3))) for _ in range(3))
    before = F.scaled_dot_product_attention(q, k, v, is_causal=True).numpy()
    later = v.numpy().copy()
    later[0, 3] += 9
    after = F.scaled_dot_product_attention(q, k, tensor(later), is_causal=True).numpy()
    np.testing.assert_array_equal(before[0, :3], after[0, :3])
    assert (before[0, 3] != after[0, 3]).all()
    np.testing.assert_allclose(before[0, 0], v.numpy()[0, 0])


def test_a_fully_masked_query_gets_0_and_a_finite_gradient():
    q = tensor(RNG.normal(size=(2, 3)), requires_grad=True)
    for mask in (tensor([[True, True], [False, False]]), tensor([[0.0, 0.0], [-math.inf, -math.inf]]).double()):
        out = F.scaled_dot_product_attention(q, ones(2, 3).double(), ones(2, 3).double(), mask)
        assert out[1].tolist() == [0.0] * 3
        out.sum().backward()
        assert q.grad.isfinite().all()
    with pytest.raises(RuntimeError, match="Explicit attn_mask should not be set when is_causal=True"):
        F.scaled_dot_product_attention(q, q, q, mask, is_causal=True)


SIZES = st.integers(0, 3)


def a_mask(kind, *shape):
    """A mask of scores, by kind; no query is left without a key."""
    after = np.triu(np.ones(shape, bool), 1)
    return (
        None if kind is None else tensor(after if kind == "bool" else np.where(after, -np.inf, RNG.normal(size=shape)))
    )


@given(
    SIZES,
    SIZES,
    st.sampled_from([(1, 1), (4, 2), (6, 3)]),
    st.booleans(),
    st.sampled_from(["batch", "one", "bias"]),
    st.sampled_from([None, "bool", "numbers", "each head"]),
    st.booleans(),
)
def test_self_attention_is_the_same_whether_or_not_the_weights_are_asked_for(
    batch, tokens, heads, batch_first, form, kind, padded
):
    embed_dim, num_heads = heads
    layer = nn.MultiheadAttention(embed_dim, num_heads, bias=form == "bias", batch_first=batch_first).double()
    shape = (tokens, embed_dim) if form == "one" else (batch, tokens, embed_dim)
    x, direction, cotangent = (tensor(RNG.normal(size=shape)) for _ in range(3))
    count, length = (1, tokens) if form == "one" else (batch, tokens) if batch_first else (tokens, batch)
    mask = a_mask(kind, *[count * num_heads] * (kind == "each head"), length, length)
    padding = tensor(np.arange(length) > 0).expand(*[count] * (form != "one"), length) if padded else None

    def attend(x, need_weights):
        return layer(x, x, x, padding, need_weights=need_weights, attn_mask=mask)[0]

    found = []
    for need_weights in (False, True):
        out, tangent = func.jvp(lambda x: attend(x, need_weights), (x,), (direction,))  # noqa: B023 - called at once
        leaf = x.clone().requires_grad_()
        parameters = [leaf, *layer.parameters()]
        loss = (attend(leaf, need_weights) * cotangent).sum()
        grads = autograd.autograd.grad(loss, parameters, create_graph=True)
        slope = sum((g * g.detach().cos()).sum() for g in grads)
        found.append([out, tangent, *grads, *autograd.autograd.grad(slope, parameters, allow_unused=True)])
    for ours, composed in zip(*found, strict=True):
        assert (ours is None) == (composed is None)
        if ours is not None:
            np.testing.assert_allclose(ours.detach().numpy(), composed.detach().numpy(), rtol=1e-9, atol=1e-11)


def test_attention_weights_are_dropped_in_training_only():
    autograd.manual_seed(0)
    module = nn.MultiheadAttention(4, 2, dropout=0.5)
    x = ones(6, 1, 4)
    assert (module(x, x, x)[1] == 0).any() and not (module.eval()(x, x, x)[1] == 0).any()


def test_attention_refuses_invalid_sizes_and_masks():
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


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: nn.TransformerEncoderLayer(4, 2, activation="tanh"), RuntimeError, "activation should be relu/gelu"),
        (lambda: nn.Transformer(4, 2, 1, 1, 4)(ones(2, 3, 4), ones(2, 2, 4)), RuntimeError, "batch number of src"),
    ],
)
def test_error_messages_of_transformers(call, kind, message):
    with pytest.raises(kind, match=message):
        call()


def test_grouped_queries_need_keys_with_heads():
    query, none = autograd.ones(1, 2, 3, 4), autograd.ones(1, 0, 3, 4)
    with pytest.raises(RuntimeError, match="must be divisible by that in key"):
        nn.functional.scaled_dot_product_attention(query, none, none, enable_gqa=True)
