"""Multi-head attention: several attentions side by side, each on its own part of the features."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

import autograd
from autograd import cat, linear, matmul, softmax, zeros
from autograd.dtypes import dtype as DType
from autograd.tensor import Tensor, wrap

from . import functional as F
from . import init
from .linear import Linear
from .module import Module
from .parameter import Parameter


class MultiheadAttention(Module):
    """Queries, keys and values are projected, split into heads that attend on their own, and joined by `out_proj`.

    Args:
        embed_dim: features of the query and of the output.
        num_heads: into how many heads they are split.
        dropout: the probability with which a weight is dropped in training.
        bias: whether the projections have biases.
        add_bias_kv: append a learnt key and value to every sequence.
        add_zero_attn: append a key and value of zeros.
        kdim, vdim: features of keys and of values; `embed_dim` if left out.
        batch_first: whether inputs are (N, L, E) rather than (L, N, E).

    Raises:
        ValueError: a size is not positive.
        AssertionError: the features don't split into the heads.

    >>> attention = MultiheadAttention(4, 2, batch_first=True)
    >>> x = autograd.ones(1, 3, 4)
    >>> out, weights = attention(x, x, x)
    >>> tuple(out.shape), tuple(weights.shape)
    ((1, 3, 4), (1, 3, 3))
    """

    in_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Any = None,
        dtype: DType | None = None,
    ) -> None:
        super().__init__()
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads} "
                "instead"
            )
        if embed_dim % num_heads:
            raise AssertionError("embed_dim must be divisible by num_heads")
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self.num_heads = num_heads
        self.head_dim = embed_dim // num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.add_zero_attn = add_zero_attn

        def made(*shape: int) -> Parameter:
            return Parameter(autograd.empty(*shape, device=device, dtype=dtype))

        alike = self.kdim == self.vdim == embed_dim
        self.register_parameter("in_proj_weight", made(3 * embed_dim, embed_dim) if alike else None)
        self.register_parameter("q_proj_weight", None if alike else made(embed_dim, embed_dim))
        self.register_parameter("k_proj_weight", None if alike else made(embed_dim, self.kdim))
        self.register_parameter("v_proj_weight", None if alike else made(embed_dim, self.vdim))
        self.register_parameter("in_proj_bias", made(3 * embed_dim) if bias else None)
        self.out_proj = Linear(embed_dim, embed_dim, bias=bias, device=device, dtype=dtype)
        self.register_parameter("bias_k", made(1, 1, embed_dim) if add_bias_kv else None)
        self.register_parameter("bias_v", made(1, 1, embed_dim) if add_bias_kv else None)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        """Draw new weights for the projections of query, key and value; biases 0."""
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight)
        for bias in (self.in_proj_bias, self.out_proj.bias):
            if bias is not None:
                init.zeros_(bias)
        for extra in (self.bias_k, self.bias_v):
            if extra is not None:
                init.xavier_normal_(extra)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        """What each query gathers, and the weights that it gave.

        Args:
            query: (L, N, embed_dim), (N, L, embed_dim) if `batch_first`, or (L, embed_dim).
            key, value: likewise, with S in the place of L, and kdim or vdim features.
            key_padding_mask: (N, S) or (S,): True where a key is to be ignored, or numbers to be added to scores.
            need_weights: whether the weights are returned.
            attn_mask: (L, S) or (N · num_heads, L, S): True where a query may *not* look, or numbers to be added.
            average_attn_weights: whether the weights are the mean over the heads.
            is_causal: a hint that `attn_mask` is the causal mask.

        Returns:
            an output of the query's shape, and weights (N, L, S), or (N, num_heads, L, S), or None.
        """
        if is_causal and attn_mask is None:
            raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
        single = query.ndim == 2
        if query.ndim not in (2, 3) or key.ndim != query.ndim or value.ndim != query.ndim:
            raise AssertionError(
                "query should be unbatched 2D or batched 3D tensor, and key and value alike, but received "
                f"{query.ndim}-D query, {key.ndim}-D key and {value.ndim}-D value"
            )
        if query.shape[-1] != self.embed_dim:
            raise AssertionError(f"was expecting embedding dimension of {self.embed_dim}, but got {query.shape[-1]}")
        if single:
            query, key, value = query.unsqueeze(0), key.unsqueeze(0), value.unsqueeze(0)
            key_padding_mask = None if key_padding_mask is None else key_padding_mask.unsqueeze(0)
        elif not self.batch_first:
            query, key, value = query.transpose(0, 1), key.transpose(0, 1), value.transpose(0, 1)
        q, k, v = self._projected(query, key, value)
        mask = self._mask(q, k, attn_mask, key_padding_mask)
        k, v, mask = self._extended(k, v, mask)
        heads = [x.unflatten(-1, (self.num_heads, self.head_dim)).transpose(1, 2) for x in (q, k, v)]
        dropped = self.dropout if self.training else 0.0
        weights: Tensor | None = None
        if need_weights:
            scores = matmul(heads[0] * (1 / math.sqrt(self.head_dim)), heads[1].mT)
            weights = softmax(scores if mask is None else scores + mask, -1)
            weights = F.dropout(weights, dropped)
            out = matmul(weights, heads[2])
            weights = weights.mean(1) if average_attn_weights else weights
        else:
            out = F.scaled_dot_product_attention(heads[0], heads[1], heads[2], mask, dropped)
        out = self.out_proj(out.transpose(1, 2).flatten(2))
        if single:
            return out.squeeze(0), None if weights is None else weights.squeeze(0)
        return out if self.batch_first else out.transpose(0, 1), weights

    def _projected(self, query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, ...]:
        """Query, key and value after their projections, (N, *, embed_dim)."""
        if self.in_proj_weight is not None and query is key and key is value:
            return tuple(linear(query, self.in_proj_weight, self.in_proj_bias).chunk(3, -1))
        if self.in_proj_weight is not None:
            weights: Any = self.in_proj_weight.chunk(3)
        else:
            weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
        biases: Any = (None,) * 3 if self.in_proj_bias is None else self.in_proj_bias.chunk(3)
        return tuple(linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases))

    def _mask(self, q: Tensor, k: Tensor, attn_mask: Tensor | None, key_padding_mask: Tensor | None) -> Tensor | None:
        """What is added to the scores (N, heads, L, S), or None."""
        count, length, size = q.shape[0], q.shape[1], k.shape[1]
        mask = None
        if attn_mask is not None:
            full = (count * self.num_heads, length, size)
            if tuple(attn_mask.shape) not in ((length, size), full):
                raise RuntimeError(
                    f"The shape of the attn_mask is {attn_mask.shape}, but should be {(length, size)} or {full}."
                )
            mask = _additive(attn_mask, q)
            if mask.ndim == 3:
                mask = mask.reshape(count, self.num_heads, length, size)
        if key_padding_mask is not None:
            if tuple(key_padding_mask.shape) != (count, size):
                raise AssertionError(
                    f"expecting key_padding_mask shape of {(count, size)}, but got {key_padding_mask.shape}"
                )
            padding = _additive(key_padding_mask, q).reshape(count, 1, 1, size)
            mask = padding if mask is None else mask + padding
        return mask

    def _extended(self, k: Tensor, v: Tensor, mask: Tensor | None) -> tuple[Tensor, Tensor, Tensor | None]:
        """Keys, values and mask with the learnt key and value, and those of zeros, that were asked for."""
        before = k.shape[1]
        if self.bias_k is not None and self.bias_v is not None:
            k, v = (cat([x, extra.expand(x.shape[0], 1, -1)], 1) for x, extra in ((k, self.bias_k), (v, self.bias_v)))
        if self.add_zero_attn:
            k, v = (cat([x, zeros(x.shape[0], 1, self.embed_dim, dtype=x.dtype)], 1) for x in (k, v))
        if mask is not None and k.shape[1] > before:
            mask = F.pad(mask, (0, k.shape[1] - before))
        return k, v, mask


def _additive(mask: Tensor, like: Tensor) -> Tensor:
    """The mask as numbers to add to the scores: -∞ where a boolean one is True."""
    if mask.array.dtype != np.bool_:
        return mask
    return wrap(np.where(mask.array, -np.inf, 0).astype(like.array.dtype))
