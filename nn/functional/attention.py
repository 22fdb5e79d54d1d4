"""Scaled dot-product attention: an average of values, weighted by how well their keys match a query."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from autograd import matmul, permute, softmax, stack
from autograd.base.dtypes import Array
from autograd.core.operation import Operation, as_dtype, primitive
from autograd.core.tensor import Tensor, wrap
from autograd.ops.arguments import check_dim
from autograd.ops.fused.softmax import masked_softmax, softmax_along
from autograd.ops.new_memory import copied
from autograd.ops.reduce.reductions import sum_axes

from .dropout import dropout

__all__ = ["scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """softmax(query keyᵀ · scale + mask) value.

    Args:
        query: (*, L, E).
        key: (*, S, E).
        value: (*, S, V).
        attn_mask: broadcasts with (*, L, S): True where attention is allowed, or numbers added to the scores.
        dropout_p: the probability of dropping an attention weight; applied whenever it is above 0.
        is_causal: each query attends only to keys up to its own position.
        scale: factor of the scores; 1/√E if None.
        enable_gqa: whether to repeat the heads (dim -3) of key and value to the query's number (grouped queries).

    Returns:
        (*, L, V). A query whose keys are all masked gets 0.

    Raises:
        RuntimeError: both a mask and `is_causal`, or shapes that do not match.
    """
    if attn_mask is not None and is_causal:
        raise RuntimeError("scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True")
    ndims = [x.array.ndim for x in (query, key, value)]
    if min(ndims) < 2:
        raise RuntimeError(
            "scaled_dot_product_attention: expected query, key and value to have at least 2 dims each, but got "
            "{}, {} and {}".format(*ndims)
        )
    if enable_gqa:
        heads, *repeated = (x.array.shape[check_dim(-3, x.array.ndim)] for x in (query, key, value))
        if any(not count or heads % count for count in repeated):
            raise RuntimeError(
                f"scaled_dot_product_attention: the number of heads in query ({heads}) must be divisible by that in "
                f"key ({repeated[0]}) and in value ({repeated[1]}) with enable_gqa=True: the heads are dim -3"
            )
        key, value = (x.repeat_interleave(heads // count, -3) for x, count in zip((key, value), repeated))
    scores = matmul(query * (1 / math.sqrt(query.array.shape[-1]) if scale is None else scale), key.mT)
    mask = causal_mask(scores.array) if is_causal else None if attn_mask is None else additive(attn_mask, scores)
    weights = softmax(scores, -1) if mask is None or not scores.array.size else masked_softmax(scores, mask)
    return matmul(dropout(weights, dropout_p) if dropout_p > 0 else weights, value)


def causal_mask(scores: Array) -> Array:
    """(L, S), to add to scores of this shape: -∞ where a key comes after the query, else 0."""
    queries, keys = scores.shape[-2:]
    return np.where(np.tri(queries, keys, dtype=bool), 0, -np.inf).astype(scores.dtype)


def additive(mask: Tensor, scores: Tensor, allowed: bool = True) -> Tensor:
    """A mask as numbers to add to the scores; of booleans -∞ where they are not `allowed`, and 0 elsewhere."""
    if mask.array.dtype != np.bool_:
        return as_dtype(mask, scores.array.dtype)
    return wrap(np.where(mask.array == allowed, 0, -np.inf).astype(scores.array.dtype))


# -- self-attention of several heads, on queries, keys and values that one projection made side by side ------------
#
# For each head, with D features and the weights p = softmax(q kᵀ / √D + mask):
#
#     out = p v,   d_v = pᵀ g,   d_p = g vᵀ,   d_s = p (d_p - Σ p d_p) / √D,   d_q = d_s k,   d_k = d_sᵀ q


def _heads(qkv: Array) -> Any:
    """Queries, keys and values, (N, H, L, D) each: views of an array (N, L, 3, H, D)."""
    return [qkv[:, :, i].transpose(0, 2, 1, 3) for i in range(3)]


def _weights(q: Any, k: Any, mask: Array | None) -> Any:
    """softmax(q kᵀ / √D + mask), (N, H, L, L)."""
    scores = q @ (_transposed(k) * q.shape[-1] ** -0.5)
    return softmax_along(scores, 3) if mask is None else masked_softmax(scores, mask)


def _transposed(x: Any) -> Any:
    """Each matrix transposed; narrow ones in memory too, by which BLAS multiplies faster (measured: up to width 32)."""
    return copied(x.mT, "C") if x.shape[-1] <= 32 else x.mT


def _attend(qkv: Array, weights: Array, mask: Array | None) -> Array:
    out = np.empty_like(qkv[:, :, 0])
    np.matmul(weights, _heads(qkv)[2], out=out.transpose(0, 2, 1, 3))
    return out


def _rule(g: Any, qkv: Any, weights: Any, mask: Any) -> Any:
    recorded = isinstance(g, Tensor)
    g = permute(g, 0, 2, 1, 3) if recorded else g.transpose(0, 2, 1, 3)
    q, k, v = permute(qkv, 2, 0, 3, 1, 4) if recorded else _heads(qkv)
    p = _weights(q, k, mask) if recorded else weights
    d_p = g @ _transposed(v)
    d_s = p * (d_p - sum_axes(p * d_p, (3,), True)) * q.shape[-1] ** -0.5
    if recorded:
        return permute(stack([d_s @ k, d_s.mT @ q, p.mT @ g]), 1, 3, 0, 2, 4)
    out = np.empty_like(qkv)
    for product, d_head in zip(((d_s, k), (d_s.mT, q), (p.mT, g)), _heads(out)):
        np.matmul(*product, out=d_head)
    return out


# The weights are passed as an array, so that they are computed once. They are not an independent input.
_self_attention: Operation = primitive(
    "self_attention",
    _attend,
    qkv=_rule,
    keeps_layout=True,
    doc="softmax(q kᵀ / √D + mask) v of each head: d_s k, d_sᵀ q, pᵀ g",
)


def attend_to_itself(qkv: Tensor, mask: Tensor | None) -> Tensor:
    """softmax(q kᵀ / √D + mask) v of each head, (N, L, H, D), for `qkv` of shape (N, L, 3, H, D).

    The mask, which broadcasts with (N, H, L, L), has no gradient.
    """
    q, k, _ = _heads(qkv.array)
    fixed = None if mask is None else mask.array
    out: Tensor = _self_attention(qkv, _weights(q, k, fixed), fixed)
    return out
