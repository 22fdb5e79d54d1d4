"""Functions of vectors: bilinear forms, normalization to length 1, angles and distances."""

from __future__ import annotations

import numpy as np

from autograd import broadcast_tensors, einsum, linear
from autograd.core.tensor import Tensor, wrap
from autograd.ops.half_precision import in_single_precision

__all__ = ["bilinear", "cosine_similarity", "linear", "normalize", "pairwise_distance", "pdist"]


@in_single_precision
def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """The bilinear form x1ᵀ A x2 for each output, plus the bias.

    Args:
        input1: (*, in1_features).
        input2: (*, in2_features), with the same leading shape.
        weight: (out_features, in1_features, in2_features).
        bias: (out_features,).

    Returns:
        (*, out_features).

    Raises:
        RuntimeError: the leading shapes differ, or the numbers of features are not those of the weight.
    """
    first, second, sizes = input1.array.shape, input2.array.shape, weight.array.shape
    if first[:-1] != second[:-1]:
        raise RuntimeError(
            f"bilinear(): input batch dimensions do not match: input1 has shape {first}, and input2 {second}"
        )
    if len(sizes) != 3 or first[-1:] + second[-1:] != sizes[1:]:
        raise RuntimeError(
            f"bilinear(): expected weight to have shape (out_features, in1_features, in2_features), but got {sizes} "
            f"for input1 {first} and input2 {second}, whose last sizes are the features"
        )
    out: Tensor = einsum("...i,oij,...j->...o", input1, weight, input2)
    return out if bias is None else out + bias


@in_single_precision
def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12) -> Tensor:
    """x / max(‖x‖_p, eps), where the norm is that of the vectors along `dim`; x has any shape.

    Raises:
        IndexError: there is no such dim, as for a vector and the default of 1.

    >>> from autograd import tensor
    >>> normalize(tensor([3.0, 4.0]), dim=0).tolist()
    [0.6000000238418579, 0.800000011920929]
    """
    return input / input.norm(p, dim=dim, keepdim=True).clamp(min=eps)


@in_single_precision
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """The cosine of the angle between the vectors of `x1` and `x2` along `dim`, without that dim; the shapes broadcast.

    Norms below `eps` are replaced by `eps`.

    Raises:
        RuntimeError: the shapes do not broadcast.
    """
    x1, x2 = broadcast_tensors(x1, x2)
    dot = (x1 * x2).sum(dim)
    return dot / (x1.norm(2, dim=dim).clamp(min=eps) * x2.norm(2, dim=dim).clamp(min=eps))


@in_single_precision
def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """The p-norm of x1 - x2 + eps along the last dim, for tensors that broadcast.

    >>> from autograd import tensor
    >>> round(pairwise_distance(tensor([[0.0, 0.0]]), tensor([[3.0, 4.0]])).item(), 4)
    5.0
    """
    return (x1 - x2 + eps).norm(p, dim=-1, keepdim=keepdim)


@in_single_precision
def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """The p-norm distances between all pairs of rows of (N, D): (N (N - 1) / 2,), in the order (0, 1), (0, 2), ….

    Raises:
        RuntimeError: the input is not a matrix, or `p` is negative.
    """
    if input.ndim != 2:
        raise RuntimeError(f"pdist only supports 2D tensors, got: {input.ndim}D")
    if p < 0:
        raise RuntimeError(f"pdist only supports non-negative p values, but got {p}")
    first, second = np.triu_indices(len(input), 1)
    return (input[wrap(first)] - input[wrap(second)]).norm(p, dim=1)
