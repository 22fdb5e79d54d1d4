"""Scaled dot-product attention: an average of values, weighted by how well their keys match a query."""

from __future__ import annotations

import math

import numpy as np

from autograd import matmul, softmax, where
from autograd.base.symbolic import as_array
from autograd.core.tensor import Tensor

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
    if enable_gqa:
        heads, *repeated = (x.array.shape[-3] for x in (query, key, value))
        if any(not count or heads % count for count in repeated):
            raise RuntimeError(
                f"scaled_dot_product_attention: the number of heads in query ({heads}) must be divisible by that in "
                f"key ({repeated[0]}) and in value ({repeated[1]}) with enable_gqa=True: the heads are dim -3"
            )
        key, value = (x.repeat_interleave(heads // count, -3) for x, count in zip((key, value), repeated))
    scores = matmul(query * (1 / math.sqrt(query.array.shape[-1]) if scale is None else scale), key.mT)
    allowed: np.ndarray | None = None
    if is_causal:
        allowed = np.tri(scores.array.shape[-2], scores.array.shape[-1], dtype=bool)
    elif attn_mask is not None and attn_mask.array.dtype == np.bool_:
        allowed = as_array(attn_mask.array)
    elif attn_mask is not None:
        allowed = as_array(~np.isneginf(attn_mask.array))
        scores = scores + where(allowed, attn_mask, 0.0)
    if allowed is None:
        weights: Tensor = softmax(scores, -1)
    else:
        # A row without an allowed key keeps finite scores, for a softmax without NaN; its weights become 0 afterwards.
        fully_masked = ~allowed.any(-1, keepdims=True)
        weights = softmax(where(allowed | fully_masked, scores, -math.inf), -1)
        if fully_masked.any():
            weights = where(fully_masked, 0.0, weights)
    return matmul(dropout(weights, dropout_p) if dropout_p > 0 else weights, value)
