"""Self-attention of several heads as a primitive, on queries, keys and values that one projection made side by side.

For each head, with D features and the weights p = softmax(q kᵀ / √D):

    out = p v,   d_v = pᵀ g,   d_p = g vᵀ,   d_s = p (d_p - Σ p d_p) / √D,   d_q = d_s k,   d_k = d_sᵀ q
"""

from __future__ import annotations

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


def heads(qkv: Array) -> Any:
    """Queries, keys and values, (N, H, L, D) each: views of an array (N, L, 3, H, D)."""
    return [qkv[:, :, i].transpose(0, 2, 1, 3) for i in range(3)]


def attention_weights(q: Any, k: Any, _: Any) -> Any:
    """softmax(q kᵀ / √D), (N, H, L, L)."""
    return softmax_along(q @ (_transposed(k) * q.shape[-1] ** -0.5), 3)


def _transposed(x: Any) -> Any:
    """Each matrix transposed, in memory too: BLAS multiplies small ones twice as fast so."""
    return copied(x.mT, "C")


def _attend(qkv: Array, weights: Array) -> Array:
    out = np.empty_like(qkv[:, :, 0])
    np.matmul(weights, heads(qkv)[2], out=out.transpose(0, 2, 1, 3))
    return out


def _rule(g: Any, qkv: Any, weights: Any) -> Any:
    recorded = isinstance(g, Tensor)
    g = permute(g, 0, 2, 1, 3) if recorded else g.transpose(0, 2, 1, 3)
    q, k, v = permute(qkv, 2, 0, 3, 1, 4) if recorded else heads(qkv)
    p = attention_weights(q, k, v) if recorded else weights
    d_p = g @ _transposed(v)
    d_s = p * (d_p - sum_axes(p * d_p, (3,), True)) * q.shape[-1] ** -0.5
    if recorded:
        return permute(stack([d_s @ k, d_s.mT @ q, p.mT @ g]), 1, 3, 0, 2, 4)
    out = np.empty_like(qkv)
    for product, d_head in zip(((d_s, k), (d_s.mT, q), (p.mT, g)), heads(out)):
        np.matmul(*product, out=d_head)
    return out


# The weights are passed as an array, so that they are computed once. They are not an independent input.
_self_attention: Operation = primitive(
    "self_attention", _attend, qkv=_rule, doc="softmax(q kᵀ / √D) v of each head: d_s k, d_sᵀ q, pᵀ g"
)


def attend_to_itself(qkv: Tensor) -> Tensor:
    """softmax(q kᵀ / √D) v of each head, (N, L, H, D), for `qkv` of shape (N, L, 3, H, D)."""
    out: Tensor = _self_attention(qkv, attention_weights(*heads(qkv.array)))
    return out
