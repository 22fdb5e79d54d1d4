"""Dot, Attention and AdditiveAttention: products of two sequences, and means that are weighted by them."""

from __future__ import annotations

import string
from typing import Any, Unpack

import numpy as np

import autograd
from autograd import einsum, softmax, where
from autograd.core.tensor import Tensor, wrap

from ... import functional as F
from .base import Common, Layer


class Dot(Layer):
    """The sum of products of two tensors along an axis of each, sample by sample.

    Args:
        axes: the axis of both, or of each.
        normalize: divide by the norms along the axes first, which gives cosines.

    >>> Dot(axes=1)([np.array([[1.0, 2.0]]), np.array([[3.0, 4.0]])]).tolist()
    [[11.0]]
    """

    def __init__(self, axes: Any, normalize: bool = False, **common: Unpack[Common]) -> None:
        super().__init__(**common)
        self.axes: tuple[int, int] = (axes, axes) if isinstance(axes, int) else tuple(axes)
        self.normalize = normalize
        self.built = True

    def call(self, inputs: Any) -> Any:
        """(N, the other dims of the first, the other dims of the second); (N, 1) if there are none.

        Raises:
            ValueError: there are not two inputs, or their sizes along the axes differ.
        """
        if not isinstance(inputs, (list, tuple)) or len(inputs) != 2:
            raise ValueError(
                f"A `Dot` layer should be called on a list of exactly 2 inputs. Received: inputs={inputs!r:.80}"
            )
        (x, y), (along, other) = inputs, (axis % t.ndim for axis, t in zip(self.axes, inputs))
        if x.shape[along] != y.shape[other]:
            raise ValueError(
                f"Incompatible input shapes: axis values {x.shape[along]} (at axis {along}) != {y.shape[other]} (at "
                f"axis {other}). Full input shapes: {tuple(x.shape)}, {tuple(y.shape)}"
            )
        if self.normalize:
            x, y = F.normalize(x, dim=along, eps=1e-6), F.normalize(y, dim=other, eps=1e-6)
        of_x = string.ascii_letters[: x.ndim]
        of_y = of_x[0] + string.ascii_letters[x.ndim : x.ndim + y.ndim - 1]
        of_y = of_y[:other] + of_x[along] + of_y[other + 1 :]
        left = of_x.replace(of_x[along], "") + of_y[1:].replace(of_x[along], "")
        out = einsum(f"{of_x},{of_y}->{left}", x, y)
        return out if out.ndim > 1 else out[:, None]


def dot(inputs: Any, axes: Any = -1, normalize: bool = False, name: str | None = None) -> Any:
    """The sum of products of two tensors or symbols along an axis of each."""
    return Dot(axes, normalize, name=name)(inputs)


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
