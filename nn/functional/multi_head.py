"""Multi-head attention: several attentions in parallel, each on its own part of the features."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from autograd import cat, linear, matmul, pad, softmax, zeros
from autograd.core.tensor import Tensor

from .attention import additive, attend_to_itself, scaled_dot_product_attention
from .dropout import dropout

__all__ = ["multi_head_attention_forward"]


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
    *,
    batch_first: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """The output and the attention weights of multi-head attention; `nn.MultiheadAttention` holds its parameters.

    Args: as for `nn.MultiheadAttention` and its `forward`, with E for `embed_dim`, and
        query: (L, N, E) or (L, E); `key` and `value` likewise, with S for L.
        embed_dim_to_check: E.
        in_proj_weight, in_proj_bias: (3 · E, E) and (3 · E,), those for query, key and value stacked.
        bias_k, bias_v: (1, 1, E), a key and a value to append to every sequence.
        out_proj_weight, out_proj_bias: (E, E) and (E,), of the projection that joins the heads.
        training: whether to apply dropout.
        use_separate_proj_weight: whether the next three weights replace `in_proj_weight`.
        q_proj_weight, k_proj_weight, v_proj_weight: (E, E), (E, features of key) and (E, features of value).
        static_k, static_v: (N · num_heads, S, E / num_heads), already projected keys and values.
        batch_first: whether query, key, value and the output are (N, L, E); not in PyTorch's function.

    Returns:
        an output of the query's shape, and attention weights (N, L, S) or (N, num_heads, L, S), or None.

    Raises:
        AssertionError, RuntimeError: shapes do not match, or a weight is missing.
    """
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
    unbatched = query.ndim == 2
    if query.ndim not in (2, 3) or key.ndim != query.ndim or value.ndim != query.ndim:
        raise AssertionError(
            "query should be unbatched 2D or batched 3D tensor, and key and value alike, but received "
            f"{query.ndim}-D query, {key.ndim}-D key and {value.ndim}-D value"
        )
    embed_dim = query.shape[-1]
    if embed_dim != embed_dim_to_check:
        raise AssertionError(f"was expecting embedding dimension of {embed_dim_to_check}, but got {embed_dim}")
    if embed_dim % num_heads:
        raise AssertionError(f"embed_dim {embed_dim} not divisible by num_heads {num_heads}")
    if (bias_k is None) != (bias_v is None):
        raise AssertionError("bias_k and bias_v must both be set, or neither")
    weights: Any = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else in_proj_weight
    if weights is None or (use_separate_proj_weight and any(weight is None for weight in weights)):
        raise AssertionError(f"use_separate_proj_weight is {use_separate_proj_weight} but its weights are None")
    if unbatched:
        query, key, value = each_once(lambda x: x.unsqueeze(0), query, key, value)
        key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
    batch_first = batch_first or unbatched
    positions, heads = query.shape[:2], (num_heads, embed_dim // num_heads)
    length, count = positions[batch_first], positions[not batch_first]
    dropout_p = dropout_p if training else 0.0
    special = need_weights or add_zero_attn or dropout_p or any(x is not None for x in (bias_k, static_k, static_v))
    attention: Tensor | None = None
    out: Tensor | None = None
    if query is key is value and isinstance(weights, Tensor) and query.numel() and not special:
        mask = _mask((count, num_heads, length, length), query, attn_mask, key_padding_mask)
        if mask is None or not mask.requires_grad:
            qkv = linear(query, weights, in_proj_bias).view(*positions, 3, *heads)
            out = attend_to_itself(qkv if batch_first else qkv.transpose(0, 1), mask)
    if out is None:
        order = (0, 2, 1, 3) if batch_first else (1, 2, 0, 3)
        projected = _projected((query, key, value), weights, in_proj_bias)
        q, k, v = (x.unflatten(-1, heads).permute(order) for x in projected)
        k, v = _with_one_more(k, bias_k), _with_one_more(v, bias_v)
        k, v = _static(k, static_k, bias_k), _static(v, static_v, bias_v)
        if add_zero_attn:
            k, v = (cat([x, zeros(*x.shape[:2], 1, x.shape[3], dtype=x.dtype)], 2) for x in (k, v))
        appended = (bias_k is not None) + add_zero_attn
        mask = _mask((count, num_heads, length, k.shape[2] - appended), q, attn_mask, key_padding_mask)
        if mask is not None and appended:
            mask = pad(mask, (0, appended))
        attention, out = _attend(q, k, v, mask, dropout_p, need_weights)
        out = out.transpose(1, 2)
    joined = linear((out if batch_first else out.transpose(0, 1)).flatten(2), out_proj_weight, out_proj_bias)
    if attention is not None and average_attn_weights:
        attention = attention.mean(1)
    if unbatched:
        return joined.squeeze(0), None if attention is None else attention.squeeze(0)
    return joined, attention


def each_once(change: Callable[[Tensor], Tensor], *tensors: Tensor) -> tuple[Tensor, ...]:
    """`change` of each tensor; arguments that are the same tensor give the same result."""
    changed = {key: change(x) for key, x in {id(x): x for x in tensors}.items()}
    return tuple(changed[id(x)] for x in tensors)


def _projected(inputs: tuple[Tensor, ...], weights: Any, bias: Tensor | None) -> tuple[Tensor, ...]:
    """Query, key and value after their projections, with E features each."""
    if isinstance(weights, Tensor):
        if inputs[0] is inputs[1] is inputs[2]:
            return tuple(linear(inputs[0], weights, bias).chunk(3, -1))
        weights = weights.chunk(3)
    biases: Any = (None,) * 3 if bias is None else bias.chunk(3)
    return tuple(linear(x, w, b) for x, w, b in zip(inputs, weights, biases))


def _with_one_more(x: Tensor, extra: Tensor | None) -> Tensor:
    """Keys or values, (N, num_heads, S, D), with a learned one, (1, 1, E), at the end of every sequence, if given."""
    if extra is None:
        return x
    count, num_heads, _, size = x.shape
    return cat([x, extra.view(1, num_heads, 1, size).expand(count, -1, -1, -1)], 2)


def _static(heads: Tensor, static: Tensor | None, bias: Tensor | None) -> Tensor:
    """The static keys or values, (N, num_heads, S, E / num_heads), if given, else `heads`."""
    if static is None:
        return heads
    if bias is not None:
        raise AssertionError("bias cannot be added to static key or value.")
    count, num_heads, _, size = heads.shape
    if static.ndim != 3 or static.shape[0] != count * num_heads or static.shape[2] != size:
        raise AssertionError(
            f"expecting static_k and static_v of shape ({count * num_heads}, S, {size}), but got {tuple(static.shape)}"
        )
    return static.unflatten(0, (count, num_heads))


def _mask(
    scores: tuple[int, ...], q: Tensor, attn_mask: Tensor | None, key_padding_mask: Tensor | None
) -> Tensor | None:
    """The mask to add to the scores, of shape (N, num_heads, L, S), or None."""
    count, num_heads, length, size = scores
    mask = None
    if attn_mask is not None:
        full = (count * num_heads, length, size)
        if tuple(attn_mask.shape) not in ((length, size), full):
            raise RuntimeError(
                f"The shape of the attn_mask is {attn_mask.shape}, but should be {(length, size)} or {full}."
            )
        mask = additive(attn_mask, q, allowed=False)
        if mask.ndim == 3:
            mask = mask.unflatten(0, (count, num_heads))
    if key_padding_mask is not None:
        if tuple(key_padding_mask.shape) != (count, size):
            raise AssertionError(
                f"expecting key_padding_mask shape of {(count, size)}, but got {key_padding_mask.shape}"
            )
        padding = additive(key_padding_mask, q, allowed=False).reshape(count, 1, 1, size)
        mask = padding if mask is None else mask + padding
    return mask


def _attend(
    q: Tensor, k: Tensor, v: Tensor, mask: Tensor | None, dropout_p: float, need_weights: bool
) -> tuple[Tensor | None, Tensor]:
    """The attention weights of every head, or None if not needed, and the output (N, num_heads, L, E / num_heads)."""
    if not need_weights:
        return None, scaled_dot_product_attention(q, k, v, mask, dropout_p)
    scores = matmul(q * (1 / math.sqrt(q.shape[-1])), k.mT)
    weights = dropout(softmax(scores if mask is None else scores + mask, -1), dropout_p)
    return weights, matmul(weights, v)
