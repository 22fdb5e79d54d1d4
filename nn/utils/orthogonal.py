"""The parametrization of weights with orthonormal rows or columns."""

from __future__ import annotations

from collections.abc import Callable

import autograd
from autograd import cat, eye, linalg, matrix_exp
from autograd.core.tensor import Tensor

from ..module import Module
from .parametrize import register_parametrization, tensor_named


def orthogonal(
    module: Module, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Module:
    """Keep the rows of a weight orthonormal, or its columns if there are fewer: W Wᵀ = I, or Wᵀ W = I.

    Args:
        module: the module that has the weight; it is changed, and returned.
        name: the name of the weight, (*, rows, columns).
        orthogonal_map: the map from any matrix, of lower triangle L, to an orthogonal one: "matrix_exp", exp(A) with
            the skew-symmetric A = L - Lᵀ; "cayley", (I + A/2)(I - A/2)⁻¹; "householder", a product of reflections.
            By default "matrix_exp" for square and complex weights and "householder" for others.
        use_trivialization: start from the current weight, made orthogonal, and multiply it by the map. Only then, or
            with "householder", can a value be assigned to the weight.

    Raises:
        ValueError: there is no such weight, it is not a matrix, or the map is unknown.

    >>> from nn import Linear
    >>> weight = orthogonal(Linear(3, 2)).weight
    >>> autograd.allclose(weight @ weight.mT, eye(2), atol=1e-5)
    True
    """
    weight = tensor_named(module, name)
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        square = weight.shape[-2] == weight.shape[-1]
        orthogonal_map = "matrix_exp" if square or weight.is_complex() else "householder"
    if orthogonal_map not in _MAPS:
        named = ", ".join(f'"{known}"' for known in _MAPS)
        raise ValueError(f"orthogonal_map has to be one of {named}. Got: {orthogonal_map}")
    if orthogonal_map == "householder" and weight.is_complex():
        raise ValueError("The householder parametrization does not support complex tensors.")
    return register_parametrization(module, name, _Orthogonal(weight, orthogonal_map, use_trivialization), unsafe=True)


class _Orthogonal(Module):
    """Maps any matrix to an orthogonal one: `base` times the result of the map. Wide matrices are transposed first."""

    def __init__(self, weight: Tensor, orthogonal_map: str, use_trivialization: bool) -> None:
        super().__init__()
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        self.use_trivialization = use_trivialization
        self.register_buffer("base", None)

    def forward(self, x: Tensor) -> Tensor:
        wide = x.shape[-2] < x.shape[-1]
        q = _MAPS[self.orthogonal_map](x.mT if wide else x)
        if self.base is not None:
            q = self.base @ q
        return q.mT if wide else q

    def right_inverse(self, weight: Tensor) -> Tensor:
        if weight.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {weight.shape}."
            )
        wide = weight.shape[-2] < weight.shape[-1]
        tall = (weight.mT if wide else weight).detach()
        if self.use_trivialization:
            rows, columns = tall.shape[-2:]
            rest = autograd.randn(*tall.shape[:-2], rows, rows - columns, dtype=tall.dtype)
            self.base = _orthogonalized(cat([tall, rest], -1))
            # Every map sends minus the identity to the identity, so that the weight is `base`.
            return autograd.zeros_like(weight) - eye(*weight.shape[-2:], dtype=weight.dtype)
        if self.orthogonal_map != "householder":
            raise NotImplementedError(
                "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                "use_trivialization=False."
            )
        reflections, factors = autograd.geqrf(tall)
        # For a factor of 0 geqrf makes no reflection, but the map makes one, which flips the sign.
        signs = reflections.diagonal(dim1=-2, dim2=-1).sgn() * (1 - 2 * (factors == 0).to(tall.dtype))
        original: Tensor = autograd.diagonal_scatter(reflections, signs, dim1=-2, dim2=-1)
        return original.mT if wide else original


def _skew(x: Tensor) -> Tensor:
    """The square matrix L - Lᴴ of the lower triangle L, padded with zero columns."""
    rows, columns = x.shape[-2:]
    lower = cat([x.tril(), x.new_zeros(*x.shape[:-2], rows, rows - columns)], -1)
    return lower - lower.mH


def _exponential(x: Tensor) -> Tensor:
    return matrix_exp(_skew(x))[..., : x.shape[-1]]


def _cayley(x: Tensor) -> Tensor:
    a = _skew(x)
    identity = eye(a.shape[-1], dtype=a.dtype)
    q: Tensor = linalg.solve(identity - a / 2, identity + a / 2)
    return q[..., : x.shape[-1]]


def _householder(x: Tensor) -> Tensor:
    """The product of the reflections whose vectors are below the diagonal, times the signs on the diagonal."""
    vectors = x.tril(-1)
    q = linalg.householder_product(vectors, 2 / (1 + vectors.square().sum(-2)))
    return q * x.detach().diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)


_MAPS: dict[str, Callable[[Tensor], Tensor]] = {
    "matrix_exp": _exponential,
    "cayley": _cayley,
    "householder": _householder,
}


def _orthogonalized(x: Tensor) -> Tensor:
    """The Q of x = QR, where R has a positive diagonal."""
    q, r = linalg.qr(x)
    return q * r.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)
