"""Layers without parameters of their own."""

from __future__ import annotations

import numpy as np

from autograd import broadcast_tensors, einsum, rand
from autograd.tensor import Tensor


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """While training, zero each element with probability `p` and divide the rest by 1 - p.

    Args:
        input: Tensor of any shape.
        p: probability of an element to be zeroed.
        training: if False, `input` is returned as it is.
        inplace: taken for PyTorch's sake; a new tensor is always returned.

    Raises:
        ValueError: `p` is not in [0, 1].

    >>> from autograd import ones
    >>> dropout(ones(3), p=1.0).tolist(), dropout(ones(3), p=1.0, training=False).tolist()
    ([0.0, 0.0, 0.0], [1.0, 1.0, 1.0])
    """
    if not 0 <= p <= 1:
        raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
    if not training or p == 0:
        return input
    kept = np.asarray(rand(*input.shape).array >= p).astype(input.array.dtype)
    if p < 1:
        kept *= 1 / (1 - p)
    return input * Tensor(kept)


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """The bilinear form x1ᵀ A x2 for each output, plus the bias.

    Args:
        input1: (*, in1_features).
        input2: (*, in2_features), with the same leading shape.
        weight: (out_features, in1_features, in2_features).
        bias: (out_features,).
    """
    out: Tensor = einsum("...i,oij,...j->...o", input1, weight, input2)
    return out if bias is None else out + bias


def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """x / max(‖x‖_p, eps) along `dim`.

    >>> from autograd import tensor
    >>> normalize(tensor([3.0, 4.0]), dim=0).tolist()
    [0.6000000238418579, 0.800000011920929]
    """
    return input / input.norm(p, dim=dim, keepdim=True).clamp(min=eps)


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between two vectors along `dim`; a norm below `eps` counts as `eps`."""
    x1, x2 = broadcast_tensors(x1, x2)
    along = (x1 * x2).sum(dim)
    return along / (x1.norm(2, dim=dim).clamp(min=eps) * x2.norm(2, dim=dim).clamp(min=eps))
