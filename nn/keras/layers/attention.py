"""MultiHeadAttention: every step of one sequence looks at the steps of another, in several ways at once."""

from __future__ import annotations

import math
from typing import Any, Unpack

import numpy as np

from autograd import einsum, softmax, where
from autograd.core.tensor import Tensor, wrap

from ... import functional as F
from .. import initializers
from .base import Layer
from .core import positive
from .kernel import Costs, WithKernel


class _Projection(WithKernel):
    """A sum of products with a kernel, as letters say, plus a bias."""

    def __init__(
        self,
        subscripts: str,
        shape: tuple[int, ...],
        bias: tuple[int, ...],
        use_bias: bool,
        first: tuple[Any, Any],
        **common: Unpack[Costs],
    ) -> None:
        super().__init__(**common)
        self.subscripts, self.use_bias = subscripts, use_bias
        self.kernel = self.add_kernel(shape, first[0])
        self.bias = self.add_bias(bias, first[1])
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        """The product."""
        out = einsum(self.subscripts, inputs, self.kernel)
        return out if self.bias is None else out + self.bias


class MultiHeadAttention(Layer):
    """Means of `value` (N, S, features), weighted by how well every step of `query` (N, T, features) fits `key`.

    The three are projected first, for each head by kernels of its own (Vaswani et al., 2017).

    Args:
        num_heads: how many heads there are.
        key_dim: the size of a projected query or key.
        value_dim: that of a projected value; `key_dim` if left out.
        dropout: with what probability a weight is dropped in training.
        use_bias: whether the projections have a bias.
        output_shape: the size of the output's last dim; the query's if left out.
        kernel_initializer, bias_initializer: names or Initializers.

    >>> layer = MultiHeadAttention(num_heads=2, key_dim=3)
    >>> x = np.ones((1, 4, 6))
    >>> tuple(layer(x, x).shape), layer.count_params()
    ((1, 4, 6), 168)
    """

    def __init__(
        self,
        num_heads: int,
        key_dim: int,
        value_dim: int | None = None,
        dropout: float = 0.0,
        use_bias: bool = True,
        output_shape: int | None = None,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        name: str | None = None,
        trainable: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, trainable=trainable, dtype=dtype)
        self.num_heads = positive(num_heads, "num_heads", "MultiHeadAttention")
        self.key_dim = positive(key_dim, "key_dim", "MultiHeadAttention")
        self.value_dim = positive(value_dim or key_dim, "value_dim", "MultiHeadAttention")
        self.dropout, self.use_bias, self.width = dropout, use_bias, output_shape
        self.first = initializers.get(kernel_initializer), initializers.get(bias_initializer)
        self.costs: Costs = {
            "kernel_regularizer": kernel_regularizer,
            "bias_regularizer": bias_regularizer,
            "kernel_constraint": kernel_constraint,
            "bias_constraint": bias_constraint,
            "trainable": trainable,
            "dtype": dtype,
        }

    def __call__(self, query: Any, value: Any, key: Any = None, **kwargs: Any) -> Any:
        """As `call`; arguments after `key` go by name."""
        key = value if key is None else key
        for said, x in (("query", query), ("value", value), ("key", key)):
            if len(x.shape) != 3:
                raise ValueError(
                    f"Layer {self.name!r}: {said} must have the shape (batch, steps, features), but has "
                    f"{tuple(x.shape)}"
                )
        if not self.built:
            self._make(*(int(x.shape[-1]) for x in (query, value, key)))
        return super().__call__(query, value, key, **kwargs)

    def _make(self, query: int, value: int, key: int) -> None:
        heads, width = self.num_heads, self.width or query

        def projection(subscripts: str, shape: tuple[int, ...], bias: tuple[int, ...], name: str) -> _Projection:
            costs: Costs = {**self.costs, "name": name}
            return _Projection(subscripts, shape, bias, self.use_bias, self.first, **costs)

        inward = "ntd,dhk->nthk"
        self.query = projection(inward, (query, heads, self.key_dim), (heads, self.key_dim), "query")
        self.key = projection(inward, (key, heads, self.key_dim), (heads, self.key_dim), "key")
        self.value = projection(inward, (value, heads, self.value_dim), (heads, self.value_dim), "value")
        self.outward = projection("nthk,hkd->ntd", (heads, self.value_dim, width), (width,), "attention_output")
        self.built = True

    def call(
        self,
        query: Tensor,
        value: Tensor,
        key: Tensor,
        attention_mask: Any = None,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
        training: bool = False,
    ) -> Any:
        """The output (N, T, features), and the weights (N, heads, T, S) where they are asked for.

        Args:
            query, value, key: (N, T, features), (N, S, features), (N, S, features).
            attention_mask: (N, T, S) or what broadcasts to it: 0 or False where a step must not be looked at.
            return_attention_scores: whether the weights follow.
            use_causal_mask: whether no step looks at later ones.
            training: whether dropout drops.
        """
        q, k, v = self.query(query), self.key(key), self.value(value)
        scores = einsum("nthk,nshk->nhts", q * (1 / math.sqrt(self.key_dim)), k)
        allowed = self._allowed(attention_mask, use_causal_mask, *scores.array.shape[2:])
        weights = softmax(scores if allowed is None else where(allowed, scores, -1e9), -1)
        dropped = F.dropout(weights, self.dropout, training) if self.dropout else weights
        out = self.outward(einsum("nhts,nshk->nthk", dropped, v))
        return (out, weights) if return_attention_scores else out

    def _allowed(self, mask: Any, causal: bool, rows: int, columns: int) -> Tensor | None:
        """Where a step may be looked at, (N, 1, T, S) or (T, S); None: everywhere."""
        allowed = np.tri(rows, columns, dtype=bool) if causal else None
        if mask is not None:
            given = np.asarray(mask.array if isinstance(mask, Tensor) else mask).astype(bool)
            given = given[:, None] if given.ndim == 3 else given
            allowed = given if allowed is None else given & allowed
        return None if allowed is None else wrap(allowed)
