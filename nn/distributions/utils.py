"""What distributions share: broadcasting of parameters, probabilities and logits, triangular matrices as vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from autograd import (
    Tensor,
    broadcast_tensors,
    finfo,
    log,
    log1p,
    ones,
    randn,
    sigmoid,
    softmax,
    tensor,
    zeros,
)
from autograd.surface import make_public as _make_public

#: Euler's constant.
euler_constant = 0.57721566490153286060


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """Numbers and Tensors as Tensors of one shape; a number takes the dtype of the first Tensor."""
    for value in values:
        if not isinstance(value, (Tensor, int, float)):
            raise ValueError(f"Input arguments must all be numbers or Tensors, but got {type(value).__name__}")
    given = [value for value in values if isinstance(value, Tensor)]
    dtype = given[0].dtype if given else None
    tensors = [value if isinstance(value, Tensor) else tensor(float(value), dtype=dtype) for value in values]
    return tuple(broadcast_tensors(*tensors))


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """Probabilities of logits: their sigmoid if `is_binary`, else their softmax along the last dim."""
    return sigmoid(logits) if is_binary else softmax(logits, -1)


def clamp_probs(probs: Tensor) -> Tensor:
    """Probabilities limited to [eps, 1 - eps], for a finite logarithm."""
    eps = finfo(probs.dtype).eps
    return probs.clamp(eps, 1 - eps)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """Logits of probabilities: log(p / (1 - p)) if `is_binary`, else log p; infinities are avoided."""
    inside = clamp_probs(probs)
    return log(inside) - log1p(-inside) if is_binary else log(inside)


def _standard_normal(shape: Sequence[int], dtype: Any = None, device: Any = None) -> Tensor:
    return randn(tuple(shape), dtype=dtype, device=device)


def _sum_rightmost(value: Tensor, dim: int) -> Tensor:
    """The sum over the last `dim` dims."""
    return value.sum(tuple(range(-dim, 0))) if dim else value


class lazy_property:
    """A decorator as `property`, whose value is computed once and then kept as an attribute of the instance."""

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped, self.__doc__ = wrapped, wrapped.__doc__

    def __get__(self, instance: Any, obj_type: Any = None) -> Any:
        if instance is None:
            return self
        value = instance.__dict__[self.wrapped.__name__] = self.wrapped(instance)
        return value


def _below(size: int, diag: int) -> Tensor:
    """True on and below a diagonal of a square matrix."""
    return ones(size, size).tril(diag).bool()


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """The elements on and below a diagonal of matrices (*, n, n), row by row: (*, elements)."""
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    return mat[..., _below(n, diag)]


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """The inverse of `tril_matrix_to_vec`, with zeros above the diagonal.

    Raises:
        ValueError: no square matrix has that many elements there.
    """
    size, n = vec.shape[-1], max(1, -diag)
    while _below(n, diag).sum() < size:
        n += 1
    if _below(n, diag).sum() != size:
        raise ValueError(f"The size of last dimension is {size} which cannot be expressed as the lower triangular part")
    mat = zeros((*vec.shape[:-1], n, n), dtype=vec.dtype)
    mat[..., _below(n, diag)] = vec
    return mat


_make_public(globals())
