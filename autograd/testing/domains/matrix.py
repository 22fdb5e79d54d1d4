"""Domains of matrix decompositions and functions: matrices far from singular, defective and degenerate ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...base.dtypes import Array
from ...core.primitive import registry
from ...ops.matrix.decompositions import parts, svd_shapes
from ..engine.draw import Draw, Sample
from .domain import domain


def _distinct_values(draw: Draw, m: int, n: int, kinds: str = "fc") -> Array:
    """Matrices near diag(1, 2.2, 3.4): well-conditioned, with distinct eigenvalues and singular values."""
    shape = (*draw.choice([(), (), (2,)]), m, n)
    noise = draw.rng.uniform(-0.3, 0.3, shape)
    if draw.choice(kinds) == "c":
        noise = noise + 1j * draw.rng.uniform(-0.3, 0.3, shape)
    return np.asarray(noise + np.eye(m, n) * (1 + 1.2 * np.arange(n)))


def _square(draw: Draw) -> Array:
    n = draw.choice([1, 2, 2, 3])
    return _distinct_values(draw, n, n, "f")


def _small(draw: Draw) -> Array:
    """A stack of 1×1 matrices or one 2×2 matrix: more would make the differences slow."""
    n = draw.choice([1, 1, 1, 2])
    x = _distinct_values(draw, n, n)
    return x if n == 1 or x.ndim == 2 else x[0]


def _symmetric(x: Any) -> Any:
    """The Hermitian part, which turns a function of Hermitian matrices into one of any square matrices."""
    return (x + x.mT.conj()) / 2


domain("inv", "log_det", "matrix_exp", "det", "cofactors", "lu_factor")(lambda draw: ((_square(draw),), ()))
domain("pinv", analytic=False)(
    lambda draw: ((_distinct_values(draw, *draw.choice([(1, 1), (2, 1), (1, 2)])),), (0.0, 1e-15, False))
)


@domain("solve")
def _equations(draw: Draw) -> Any:
    n, columns = draw.integer(1, 2), draw.integer(0, 2)
    return (_distinct_values(draw, n, n, "f"), draw.uniform((*draw.choice([(), (2,)]), n, columns))), ()


def _decomposition(name: str, prepared: Callable[[Any], Any], draw_one: Callable[[Draw], Array], read: Any) -> None:
    """The domain of a decomposition of prepared matrices; `read` makes the result independent of vectors' phases."""

    @domain(name, analytic=False)
    def _sample(draw: Draw) -> Sample:
        x = draw_one(draw)
        return Sample(lambda a: read(registry[name].function(prepared(a)), x), (x,))


def _weights(n: int) -> Array:
    return np.arange(2, n + 2, dtype=np.int8)


def _read_eigen(joined: Any, x: Array) -> Any:
    """The weighted projections vv*ᵀ of the eigenvectors, plus the eigenvalues."""
    n = x.shape[-1]
    vectors, values = parts(joined, (n, n), (n,))
    return (vectors * _weights(n)) @ vectors.conj().mT + values[..., None]


def _read_singular(joined: Any, x: Array) -> Any:
    """The weighted products uv*ᵀ of the pairs of singular vectors, plus the sum of the singular values."""
    u, s, vh = parts(joined, *svd_shapes(x.shape))
    return (u * _weights(s.shape[-1])) @ vh + s.sum(-1)[..., None, None]


def _oblong(*shapes: tuple[int, int]) -> Callable[[Draw], Array]:
    return lambda draw: _distinct_values(draw, *draw.choice(shapes))


_decomposition("cholesky", _symmetric, _small, lambda joined, x: joined)
_decomposition("eigh", _symmetric, _small, _read_eigen)
_decomposition("eig", lambda x: x, _small, _read_eigen)
_decomposition("qr", lambda x: x, _oblong((1, 1), (1, 1), (2, 1), (2, 2)), lambda joined, x: joined)
_decomposition("svd", lambda x: x, _oblong((1, 1), (1, 1), (2, 1), (1, 2), (2, 2)), _read_singular)
