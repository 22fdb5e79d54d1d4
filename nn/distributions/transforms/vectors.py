"""Transforms of vectors and matrices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from autograd import Tensor, arange, eye, finfo, sigmoid, zeros

from ...functional import logsigmoid, pad, softmax
from .. import constraints
from ..utils import tril_matrix_to_vec, vec_to_tril_matrix
from .base import Transform, with_events
from .elementwise import TanhTransform, inside


class SoftmaxTransform(Transform):
    """y = softmax(x) along the last dim; its inverse is the logarithm."""

    domain, codomain, _compared = constraints.real_vector, constraints.simplex, ()

    def _call(self, x: Any) -> Any:
        return softmax(x, -1)

    def _inverse(self, y: Any) -> Any:
        return y.log()


class StickBreakingTransform(Transform):
    """K numbers to K + 1 proportions: each is a fraction, a shifted sigmoid, of what those before have left."""

    domain, codomain, bijective, _compared = constraints.real_vector, constraints.simplex, True, ()

    def _call(self, x: Any) -> Any:
        fraction = inside(sigmoid(x - _log_left(x)))
        return pad(fraction, [0, 1], value=1.0) * pad((1 - fraction).cumprod(-1), [1, 0], value=1.0)

    def _inverse(self, y: Any) -> Any:
        parts = y[..., :-1]
        rest = (1 - parts.cumsum(-1)).clamp(min=finfo(y.dtype).tiny)
        return parts.log() - rest.log() + _log_left(parts)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return (y[..., :-1].log() + logsigmoid(_log_left(x) - x)).sum(-1)

    def forward_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return (*shape[:-1], shape[-1] + 1)

    def inverse_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return (*shape[:-1], shape[-1] - 1)


def _log_left(x: Any) -> Tensor:
    """log K, …, log 1: the shifts that make x = 0 the proportions that are all equal."""
    return arange(x.shape[-1], 0, -1, dtype=x.dtype).log()


class LowerCholeskyTransform(Transform):
    """A matrix to a lower triangular one with a positive diagonal, exp of its own."""

    domain, codomain, _compared = constraints.independent(constraints.real, 2), constraints.lower_cholesky, ()

    def _call(self, x: Any) -> Any:
        return x.tril(-1) + x.diagonal(dim1=-2, dim2=-1).exp().diag_embed()

    def _inverse(self, y: Any) -> Any:
        return y.tril(-1) + y.diagonal(dim1=-2, dim2=-1).log().diag_embed()


class PositiveDefiniteTransform(Transform):
    """A matrix to the positive definite LLᵀ, with the L of `LowerCholeskyTransform`."""

    domain, codomain, _compared = constraints.independent(constraints.real, 2), constraints.positive_definite, ()

    def _call(self, x: Any) -> Any:
        factor = LowerCholeskyTransform()(x)
        return factor @ factor.mT

    def _inverse(self, y: Any) -> Any:
        return LowerCholeskyTransform().inv(y.cholesky())


class CorrCholeskyTransform(Transform):
    """D (D - 1) / 2 numbers to the Cholesky factor of a D × D correlation matrix, whose rows have length 1.

    Below the diagonal, each element is tanh of one of the numbers, times the length that those to its left leave.
    D. Lewandowski, D. Kurowicka, H. Joe, "Generating random correlation matrices" (2009).
    """

    domain, codomain, bijective, _compared = constraints.real_vector, constraints.corr_cholesky, True, ()

    def _call(self, x: Any) -> Any:
        limit = 1 - finfo(x.dtype).eps
        partial = vec_to_tril_matrix(x.tanh().clamp(-limit, limit), -1)
        left = (1 - partial**2).sqrt().cumprod(-1)[..., :-1]
        return (partial + eye(partial.shape[-1], dtype=x.dtype)) * pad(left, [1, 0], value=1.0)

    def _inverse(self, y: Any) -> Any:
        left = pad(_squared_rest(y)[..., :-1], [1, 0], value=1.0)
        return (tril_matrix_to_vec(y, -1) / tril_matrix_to_vec(left, -1).sqrt()).atanh()

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        rest = tril_matrix_to_vec(_squared_rest(y), -2).log().sum(-1) / 2
        return rest + TanhTransform().log_abs_det_jacobian(x, y).sum(-1)

    def forward_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        rows = vec_to_tril_matrix(zeros(shape[-1]), -1).shape[-1]
        return (*shape[:-1], rows, rows)

    def inverse_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return (*shape[:-2], shape[-1] * (shape[-1] - 1) // 2)


def _squared_rest(y: Any) -> Any:
    """1 minus the squares of each row up to each element: what is left of the row's squared length."""
    return 1 - (y**2).cumsum(-1)


class ReshapeTransform(Transform):
    """The same elements in another event shape."""

    bijective = True

    def __init__(self, in_shape: Sequence[int], out_shape: Sequence[int], cache_size: int = 0) -> None:
        self.in_shape, self.out_shape = tuple(in_shape), tuple(out_shape)
        if math.prod(self.in_shape) != math.prod(self.out_shape):
            raise ValueError(
                f"in_shape, out_shape have different numbers of elements: {self.in_shape} and {self.out_shape}"
            )
        super().__init__(cache_size)
        self.domain = with_events(constraints.real, len(self.in_shape))
        self.codomain = with_events(constraints.real, len(self.out_shape))

    def _call(self, x: Any) -> Any:
        return x.reshape(self.forward_shape(x.shape))

    def _inverse(self, y: Any) -> Any:
        return y.reshape(self.inverse_shape(y.shape))

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return zeros(x.shape[: x.ndim - len(self.in_shape)], dtype=x.dtype)

    def forward_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return _reshaped(shape, self.in_shape, self.out_shape)

    def inverse_shape(self, shape: Sequence[int]) -> tuple[int, ...]:
        return _reshaped(shape, self.out_shape, self.in_shape)


def _reshaped(shape: Sequence[int], old: tuple[int, ...], new: tuple[int, ...]) -> tuple[int, ...]:
    batch = len(shape) - len(old)
    if batch < 0 or tuple(shape[batch:]) != old:
        raise ValueError(f"Shape mismatch: expected {old} but got {tuple(shape[max(batch, 0) :])}")
    return (*shape[:batch], *new)
