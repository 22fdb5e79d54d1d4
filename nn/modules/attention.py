"""Multi-head attention: several attentions in parallel, each on its own part of the features."""

from __future__ import annotations

from typing import Any

import autograd
from autograd.base.dtypes import dtype as DType
from autograd.core.tensor import Tensor

from .. import functional as F, init
from ..checks import expect_integers
from ..module import Module
from ..parameter import Parameter
from .linear import Linear

__all__ = ["MultiheadAttention"]


class MultiheadAttention(Module):
    """Project queries, keys and values, attend in several heads independently, and join the heads by `out_proj`.

    Args:
        embed_dim: number of features of the query and of the output.
        num_heads: number of heads that the features are split into.
        dropout: the probability of dropping an attention weight in training.
        bias: whether the projections have biases.
        add_bias_kv: append a learned key and value to every sequence.
        add_zero_attn: append a key and value of zeros.
        kdim, vdim: number of features of keys and of values; `embed_dim` if None.
        batch_first: whether inputs are (N, L, E) rather than (L, N, E).

    Raises:
        ValueError: a size is not positive.
        AssertionError: `embed_dim` is not divisible by `num_heads`.

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
        expect_integers("MultiheadAttention", embed_dim=embed_dim, num_heads=num_heads)
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                f"embed_dim and num_heads must be greater than 0, got embed_dim={embed_dim} and num_heads={num_heads} "
                "instead"
            )
        if embed_dim % num_heads:
            raise AssertionError(
                f"embed_dim must be divisible by num_heads, but got embed_dim={embed_dim} and num_heads={num_heads}"
            )
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self.num_heads = num_heads
        self.head_dim = embed_dim // num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.add_zero_attn = add_zero_attn

        def parameter(*shape: int) -> Parameter:
            return Parameter(autograd.empty(shape, device=device, dtype=dtype))

        same_size = self.kdim == self.vdim == embed_dim
        self.register_parameter("in_proj_weight", parameter(3 * embed_dim, embed_dim) if same_size else None)
        self.register_parameter("q_proj_weight", None if same_size else parameter(embed_dim, embed_dim))
        self.register_parameter("k_proj_weight", None if same_size else parameter(embed_dim, self.kdim))
        self.register_parameter("v_proj_weight", None if same_size else parameter(embed_dim, self.vdim))
        self.register_parameter("in_proj_bias", parameter(3 * embed_dim) if bias else None)
        self.out_proj = Linear(embed_dim, embed_dim, bias=bias, device=device, dtype=dtype)
        self.register_parameter("bias_k", parameter(1, 1, embed_dim) if add_bias_kv else None)
        self.register_parameter("bias_v", parameter(1, 1, embed_dim) if add_bias_kv else None)
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
        """The output and the attention weights.

        Args:
            query: (L, N, embed_dim), (N, L, embed_dim) if `batch_first`, or (L, embed_dim).
            key, value: likewise, with S for L, and kdim or vdim features.
            key_padding_mask: (N, S) or (S,): True where a key is ignored, or numbers added to the scores.
            need_weights: whether to return the attention weights.
            attn_mask: (L, S) or (N · num_heads, L, S): True where attention is *not* allowed, or numbers to add.
            average_attn_weights: whether to average the attention weights over the heads.
            is_causal: a hint that `attn_mask` is the causal mask.

        Returns:
            an output of the query's shape, and attention weights (N, L, S) or (N, num_heads, L, S), or None.
        """
        return F.multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight, self.in_proj_bias, self.bias_k,
            self.bias_v, self.add_zero_attn, self.dropout, self.out_proj.weight, self.out_proj.bias, self.training,
            key_padding_mask, need_weights, attn_mask, self.in_proj_weight is None, self.q_proj_weight,
            self.k_proj_weight, self.v_proj_weight, average_attn_weights=average_attn_weights, is_causal=is_causal,
            batch_first=self.batch_first,
        )  # fmt: skip
