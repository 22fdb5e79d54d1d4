"""Attention layers: means of one sequence, weighted by how well its steps match a query."""

from __future__ import annotations

import math
from typing import Any, Unpack

import numpy as np

import autograd
from autograd import einsum, softmax, where
from autograd.core.tensor import Tensor, wrap

from ... import functional as F
from .. import initializers
from .base import Common, Layer
from .kernel import Costs, WithKernel
from .shapes import positive


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


class Attention(Layer):
    """Means of a sequence of values (N, S, features), weighted by how well every step of a query fits the keys.

    Args:
        use_scale: whether the scores are multiplied by a learnt number.
        score_mode: "dot", products of queries and keys; "concat", the tanh of their sums, times a learnt number.
        dropout: with what probability a weight is dropped in training.

    >>> Attention()([np.ones((1, 2, 3)), np.ones((1, 4, 3))]).shape
    TensorShape([1, 2, 3])
    """

    def __init__(
        self, use_scale: bool = False, score_mode: str = "dot", dropout: float = 0.0, **common: Unpack[Common]
    ) -> None:
        super().__init__(**common)
        if score_mode not in ("dot", "concat"):
            raise ValueError(
                f"Invalid value for argument score_mode. Expected one of {{'dot', 'concat'}}. Received: {score_mode}"
            )
        self.use_scale, self.score_mode, self.dropout = use_scale, score_mode, dropout

    def build(self, input_shape: Any) -> None:
        """Make the learnt numbers.

        Raises:
            ValueError: the input is no list of query, value and, if it is another, key.
        """
        if not isinstance(input_shape, list) or len(input_shape) not in (2, 3):
            raise ValueError(
                f"{type(self).__name__} layer must be called on a list of inputs, namely [query, value] or [query, "
                f"value, key]. Received: input_shape={input_shape}"
            )
        self.make_scale(input_shape[0][-1])

    def make_scale(self, features: int) -> None:
        """Make what the scores are multiplied by."""
        self.scale = self.add_weight((), "ones", name="scale") if self.use_scale else None
        self.of_sums = self.add_weight((), "ones", name="concat_score_weight") if self.score_mode == "concat" else None

    def scores(self, query: Tensor, key: Tensor) -> Any:
        """How well every step of the query fits every step of the key, (N, T, S)."""
        scale: Any = 1.0 if self.scale is None else self.scale
        if self.of_sums is None:
            return einsum("ntd,nsd->nts", query, key) * scale
        return self.of_sums * autograd.tanh(scale * (query[:, :, None] + key[:, None])).sum(-1)

    def call(
        self,
        inputs: Any,
        mask: Any = None,
        training: bool = False,
        return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:
        """The output (N, T, features), and the weights (N, T, S) where they are asked for.

        Args:
            inputs: a list of the query (N, T, features), the value (N, S, features) and, if it is another, the key.
            mask: a list of masks of query (N, T) and value (N, S), or None: False where a step does not count.
            training: whether dropout drops.
            return_attention_scores: whether the weights follow.
            use_causal_mask: whether no step looks at later ones.
        """
        query, value = inputs[:2]
        scores = self.scores(query, inputs[2] if len(inputs) > 2 else value)
        of_query, of_value = (*(mask or (None, None)), None)[:2]
        if use_causal_mask:
            scores = where(wrap(np.tri(*scores.shape[1:], dtype=bool)), scores, -1e9)
        if of_value is not None:
            scores = where(_mask(of_value)[:, None], scores, -1e9)
        weights = softmax(scores, -1)
        dropped = F.dropout(weights, self.dropout, training) if self.dropout else weights
        out = einsum("nts,nsd->ntd", dropped, value)
        if of_query is not None:
            out = where(_mask(of_query)[..., None], out, 0.0)
        return (out, weights) if return_attention_scores else out


class AdditiveAttention(Attention):
    """Attention whose scores are sums of tanh(query + key), each feature times a learnt number (Bahdanau, 2015).

    Args:
        use_scale: whether there are such numbers.
        dropout: with what probability a weight is dropped in training.
    """

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **common: Unpack[Common]) -> None:
        super().__init__(use_scale, "concat", dropout, **common)

    def make_scale(self, features: int) -> None:
        """Make what the scores are multiplied by."""
        self.scale = self.add_weight((features,), "glorot_uniform", name="scale") if self.use_scale else None

    def scores(self, query: Tensor, key: Tensor) -> Any:
        """How well every step of the query fits every step of the key, (N, T, S)."""
        sums = autograd.tanh(query[:, :, None] + key[:, None])
        return (sums if self.scale is None else sums * self.scale).sum(-1)


def _mask(given: Any) -> Tensor:
    return wrap(np.asarray(given.array if isinstance(given, Tensor) else given).astype(bool))
