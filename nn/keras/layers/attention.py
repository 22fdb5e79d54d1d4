"""Attention layers: means of one sequence, weighted by how well its steps match a query."""

from __future__ import annotations

import math
from typing import Any, Unpack

import numpy as np

import autograd
from autograd import einsum, softmax, where
from autograd.core.operation import array_of
from autograd.core.tensor import Tensor, wrap

from ... import functional as F
from .. import initializers
from .base import Common, Layer
from .kernel import KernelCommon, KernelLayer
from .shapes import positive


class Attention(Layer):
    """Means of values (N, S, features), weighted by how well every step of a query (N, T, features) matches the keys.

    Args:
        use_scale: whether to multiply the scores by a learned number.
        score_mode: "dot" for products of queries and keys; "concat" for the tanh of their sums, times a learned number.
        dropout: the probability of dropping a weight in training.

    >>> Attention()([np.ones((1, 2, 3)), np.ones((1, 4, 3))]).shape
    TensorShape([1, 2, 3])
    """

    def __init__(
        self, use_scale: bool = False, score_mode: str = "dot", dropout: float = 0.0, **common: Unpack[Common]
    ) -> None:
        super().__init__(**common)
        if not isinstance(score_mode, str) or score_mode not in ("dot", "concat"):
            raise ValueError(
                f"Invalid value for argument score_mode. Expected one of {{'dot', 'concat'}}. Received: {score_mode}"
            )
        self.use_scale, self.score_mode, self.dropout = use_scale, score_mode, dropout

    def build(self, input_shape: Any) -> None:
        """Create the weights; ValueError if the input is not a list of query, value and, optionally, key."""
        if not isinstance(input_shape, list) or len(input_shape) not in (2, 3):
            raise ValueError(
                f"{type(self).__name__} layer must be called on a list of inputs, namely [query, value] or [query, "
                f"value, key]. Received: input_shape={input_shape}"
            )
        self.add_scale(input_shape[0][-1])

    def add_scale(self, features: int) -> None:
        """Create the factors of the scores."""
        self.scale = self.add_weight((), "ones", name="scale") if self.use_scale else None
        is_concat = self.score_mode == "concat"
        self.concat_weight = self.add_weight((), "ones", name="concat_score_weight") if is_concat else None

    def scores(self, query: Tensor, key: Tensor) -> Any:
        """How well every step of the query matches every step of the key, (N, T, S)."""
        scale: Any = 1.0 if self.scale is None else self.scale
        if self.concat_weight is None:
            return einsum("ntd,nsd->nts", query, key) * scale
        return self.concat_weight * autograd.tanh(scale * (query[:, :, None] + key[:, None])).sum(-1)

    def call(
        self, inputs: Any, mask: Any = None, training: bool = False, return_attention_scores: bool = False,
        use_causal_mask: bool = False,
    ) -> Any:  # fmt: skip
        """The output (N, T, features), and with return_attention_scores the weights (N, T, S).

        Args:
            inputs: a list of the query (N, T, features), the value (N, S, features) and, if it differs, the key.
            mask: a list of masks for query (N, T) and value (N, S), or None: False for steps to ignore.
            training: whether to apply dropout.
            return_attention_scores: whether to return the weights too.
            use_causal_mask: whether steps ignore later steps.
        """
        query, value = inputs[:2]
        scores = self.scores(query, inputs[2] if len(inputs) > 2 else value)
        query_mask, value_mask = (*(mask or (None, None)), None)[:2]
        weights = _weights(scores, None if value_mask is None else _as_mask(value_mask)[:, None], use_causal_mask)
        dropped = F.dropout(weights, self.dropout, training) if self.dropout else weights
        out = einsum("nts,nsd->ntd", dropped, value)
        if query_mask is not None:
            out = where(wrap(_as_mask(query_mask)[..., None]), out, 0.0)
        return (out, weights) if return_attention_scores else out


class AdditiveAttention(Attention):
    """Attention whose scores are sums of tanh(query + key), each feature times a learned number (Bahdanau, 2015).

    Args:
        use_scale: whether there are such numbers.
        dropout: the probability of dropping a weight in training.
    """

    def __init__(self, use_scale: bool = True, dropout: float = 0.0, **common: Unpack[Common]) -> None:
        super().__init__(use_scale, "concat", dropout, **common)

    def add_scale(self, features: int) -> None:
        """Create the factors of the features."""
        self.scale = self.add_weight((features,), "glorot_uniform", name="scale") if self.use_scale else None

    def scores(self, query: Tensor, key: Tensor) -> Any:
        """How well every step of the query matches every step of the key, (N, T, S)."""
        sums = autograd.tanh(query[:, :, None] + key[:, None])
        return (sums if self.scale is None else sums * self.scale).sum(-1)


class _Projection(KernelLayer):
    """An einsum with a kernel, plus a bias."""

    def __init__(
        self, subscripts: str, kernel_shape: tuple[int, ...], bias_shape: tuple[int, ...], use_bias: bool,
        initializers: tuple[Any, Any], **common: Unpack[KernelCommon],
    ) -> None:  # fmt: skip
        super().__init__(None, use_bias, *initializers, **common)
        self.subscripts = subscripts
        self.kernel = self.add_kernel(kernel_shape, self.kernel_initializer)
        self.bias = self.add_bias(bias_shape, self.bias_initializer)
        self.built = True

    def call(self, inputs: Tensor) -> Tensor:
        return self.activated(einsum(self.subscripts, inputs, self.kernel))


class MultiHeadAttention(Layer):
    """Means of `value` (N, S, features), weighted by how well every step of `query` (N, T, features) matches `key`.

    Each head first projects the three with its own kernels (Vaswani et al., 2017).

    Args:
        num_heads: the number of heads.
        key_dim: the size of a projected query or key.
        value_dim: the size of a projected value; `key_dim` by default.
        dropout: the probability of dropping a weight in training.
        use_bias: whether the projections have a bias.
        output_shape: the size of the output's last dim; the query's by default.
        kernel_initializer, bias_initializer: names or Initializers.

    >>> layer = MultiHeadAttention(num_heads=2, key_dim=3)
    >>> x = np.ones((1, 4, 6))
    >>> tuple(layer(x, x).shape), layer.count_params()
    ((1, 4, 6), 168)
    """

    def __init__(
        self, num_heads: int, key_dim: int, value_dim: int | None = None, dropout: float = 0.0, use_bias: bool = True,
        output_shape: int | None = None, kernel_initializer: Any = "glorot_uniform", bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None, bias_regularizer: Any = None, kernel_constraint: Any = None,
        bias_constraint: Any = None, name: str | None = None, trainable: bool = True, dtype: Any = None,
    ) -> None:  # fmt: skip
        super().__init__(name=name, trainable=trainable, dtype=dtype)
        self.num_heads = positive(num_heads, "num_heads", "MultiHeadAttention")
        self.key_dim = positive(key_dim, "key_dim", "MultiHeadAttention")
        self.value_dim = positive(key_dim if value_dim is None else value_dim, "value_dim", "MultiHeadAttention")
        self.dropout, self.use_bias, self.output_size = dropout, use_bias, output_shape
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_options = KernelCommon(
            kernel_regularizer=kernel_regularizer, bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint, bias_constraint=bias_constraint, trainable=trainable, dtype=dtype,
        )  # fmt: skip

    def __call__(self, query: Any, value: Any, key: Any = None, **kwargs: Any) -> Any:
        """Like `call`; arguments after `key` are passed by name."""
        key = value if key is None else key
        for argument, x in (("query", query), ("value", value), ("key", key)):
            if len(x.shape) != 3:
                raise ValueError(
                    f"Layer {self.name!r}: {argument} must have the shape (batch, steps, features), but has "
                    f"{tuple(x.shape)}"
                )
        if not self.built:
            self._add_projections(*(int(x.shape[-1]) for x in (query, value, key)))
        return super().__call__(query, value, key, **kwargs)

    def _add_projections(self, query: int, value: int, key: int) -> None:
        """Create the projections, for inputs with these numbers of features."""
        heads, output = self.num_heads, self.output_size or query

        def projection(subscripts: str, kernel: tuple[int, ...], bias: tuple[int, ...], name: str) -> _Projection:
            of_weights = self.kernel_initializer, self.bias_initializer
            options: KernelCommon = {**self.kernel_options, "name": name}
            return _Projection(subscripts, kernel, bias, self.use_bias, of_weights, **options)

        into_heads = "ntd,dhk->nthk"
        self.query = projection(into_heads, (query, heads, self.key_dim), (heads, self.key_dim), "query")
        self.key = projection(into_heads, (key, heads, self.key_dim), (heads, self.key_dim), "key")
        self.value = projection(into_heads, (value, heads, self.value_dim), (heads, self.value_dim), "value")
        self.combine = projection("nthk,hkd->ntd", (heads, self.value_dim, output), (output,), "attention_output")
        self.built = True

    def call(
        self, query: Tensor, value: Tensor, key: Tensor, attention_mask: Any = None,
        return_attention_scores: bool = False, use_causal_mask: bool = False, training: bool = False,
    ) -> Any:  # fmt: skip
        """The output (N, T, features), and with return_attention_scores the weights (N, heads, T, S).

        Args:
            query, value, key: (N, T, features), (N, S, features), (N, S, features).
            attention_mask: (N, T, S) or a shape that broadcasts to it: 0 or False for steps to ignore.
            return_attention_scores, use_causal_mask, training: as in `Attention.call`.
        """
        q, k, v = self.query(query), self.key(key), self.value(value)
        scores = einsum("nthk,nshk->nhts", q * (1 / math.sqrt(self.key_dim)), k)
        allowed = None if attention_mask is None else _as_mask(attention_mask)
        if allowed is not None and allowed.ndim == 3:
            allowed = allowed[:, None]
        weights = _weights(scores, allowed, use_causal_mask)
        dropped = F.dropout(weights, self.dropout, training) if self.dropout else weights
        out = self.combine(einsum("nhts,nshk->nthk", dropped, v))
        return (out, weights) if return_attention_scores else out


def _weights(scores: Tensor, allowed: np.ndarray | None, causal: bool) -> Tensor:
    """The softmax of scores (*, T, S) over the steps S that are `allowed` and, if `causal`, not later than T."""
    if causal:
        rows, columns = scores.array.shape[-2:]
        earlier = np.tri(rows, columns, dtype=bool)
        allowed = earlier if allowed is None else allowed & earlier
    return softmax(scores if allowed is None else where(wrap(allowed), scores, -1e9), -1)


def _as_mask(given: Any) -> np.ndarray:
    return np.asarray(array_of(given), bool)
