"""Self-attention of several heads as a primitive, on queries, keys and values that one projection made side by side.

For each sequence and each head, with D features of a head and the weights p = softmax(q kᵀ / √D):

    out = p v
    d_v = pᵀ g,   d_p = g vᵀ,   d_s = p (d_p - Σ p d_p) / √D,   d_q = d_s k,   d_k = d_sᵀ q
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...core.operation import Operation, primitive
from ...core.tensor import Tensor
from ..new_memory import copied
from ..reduce.reductions import sum_axes
from ..shape.joining import stack
from ..shape.reshape import permute
from .softmax import softmax_along


def attention_weights(qkv: Array) -> Array:
    """softmax(q kᵀ / √D), an array (N, H, L, L)."""
    q, k, _ = _heads(qkv)
    return softmax_along(np.matmul(q, _transposed(k) * _scale(qkv)), 3)


def _heads(qkv: Array) -> Any:
    """Queries, keys and values, (N, H, L, D) each: views of an array (N, L, 3, H, D)."""
    return [qkv[:, :, i].transpose(0, 2, 1, 3) for i in range(3)]


def _transposed(x: Any) -> Any:
    """Each matrix transposed, in memory too: BLAS multiplies small ones twice as fast so."""
    return copied(x.mT, "C")


def _scale(qkv: Any) -> float:
    return 1 / math.sqrt(qkv.shape[-1])


def _attend(qkv: Array, weights: Array) -> Array:
    _, _, v = _heads(qkv)
    out = np.empty_like(qkv[:, :, 0])
    np.matmul(weights, v, out=out.transpose(0, 2, 1, 3))
    return out


def _rule(g: Any, qkv: Any, weights: Any) -> Any:
    if isinstance(g, Tensor):
        return _recorded_rule(g, qkv)
    q, k, v = _heads(qkv)
    g = g.transpose(0, 2, 1, 3)
    d_scores = _through_softmax(np.matmul(g, _transposed(v)), weights)
    d_scores *= _scale(qkv)
    out = np.empty_like(qkv)
    d_q, d_k, d_v = _heads(out)
    np.matmul(d_scores, k, out=d_q)
    np.matmul(d_scores.mT, q, out=d_k)
    np.matmul(weights.mT, g, out=d_v)
    return out


def _through_softmax(g: Any, p: Any) -> Any:
    return p * (g - sum_axes(g * p, (3,), True))


def _recorded_rule(g: Tensor, qkv: Tensor) -> Tensor:
    """The same in recorded operations, which compute the weights again."""
    q, k, v = permute(qkv, 2, 0, 3, 1, 4)
    g = permute(g, 0, 2, 1, 3)
    weights = softmax_along(q @ (_transposed(k) * _scale(qkv)), 3)
    d_scores = _through_softmax(g @ _transposed(v), weights) * _scale(qkv)
    return permute(stack([d_scores @ k, d_scores.mT @ q, weights.mT @ g]), 1, 3, 0, 2, 4)


#: (N, L, 3, H, D) and the weights of its heads: (N, L, H, D). The weights are passed as an array, so that they are not
#: computed again; they are not an independent input: the rule for qkv accounts for them.
_self_attention: Operation = primitive(
    "self_attention",
    _attend,
    qkv=_rule,
    doc="softmax(q kᵀ / √D) v of each head: d_s k / √D, d_sᵀ q / √D and pᵀ g for the softmax p of the scores s",
)


def attend_to_itself(qkv: Tensor) -> Tensor:
    """softmax(q kᵀ / √D) v of each head, (N, L, H, D), of queries, keys and values side by side, (N, L, 3, H, D)."""
    out: Tensor = _self_attention(qkv, attention_weights(qkv.array))
    return out
